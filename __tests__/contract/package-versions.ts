/** How dpkg and rpm compare versions, for tests. */

function sign(difference: number): number {
  return Math.sign(difference);
}

/** https://manpages.debian.org/stable/dpkg-dev/deb-version.7.en.html */
function compareDebianParts(one: string, other: string): number {
  const order = (character: string | undefined): number => {
    if (character === "~") return -1;
    if (character === undefined || /\d/.test(character)) return 0;
    const code = character.charCodeAt(0);
    return /[A-Za-z]/.test(character) ? code : code + 256;
  };
  let [a, b] = [one, other];
  while (a !== "" || b !== "") {
    const [textA, textB] = [/^\D*/.exec(a)?.[0] ?? "", /^\D*/.exec(b)?.[0] ?? ""];
    for (let index = 0; index < Math.max(textA.length, textB.length); index += 1) {
      const difference = order(textA[index]) - order(textB[index]);
      if (difference !== 0) return sign(difference);
    }
    [a, b] = [a.slice(textA.length), b.slice(textB.length)];
    const [digitsA, digitsB] = [/^\d*/.exec(a)?.[0] ?? "", /^\d*/.exec(b)?.[0] ?? ""];
    const difference = Number(digitsA) - Number(digitsB);
    if (difference !== 0) return sign(difference);
    [a, b] = [a.slice(digitsA.length), b.slice(digitsB.length)];
  }
  return 0;
}

/** Splits a version into epoch, upstream version and revision. */
function partsOf(version: string): [number, string, string] {
  const colon = version.indexOf(":");
  const rest = version.slice(colon + 1);
  const hyphen = rest.lastIndexOf("-");
  return [
    colon < 0 ? 0 : Number(version.slice(0, colon)),
    hyphen < 0 ? rest : rest.slice(0, hyphen),
    hyphen < 0 ? "" : rest.slice(hyphen + 1),
  ];
}

function compareBy(parts: (one: string, other: string) => number) {
  return (one: string, other: string): number => {
    const [[epochA, versionA, revisionA], [epochB, versionB, revisionB]] = [
      partsOf(one),
      partsOf(other),
    ];
    return sign(epochA - epochB) || parts(versionA, versionB) || parts(revisionA, revisionB);
  };
}

/** Returns whether dpkg orders a version before (-1) or after (1) another one. */
export const compareDebian = compareBy(compareDebianParts);

/** `rpmvercmp`: https://github.com/rpm-software-management/rpm/blob/master/rpmio/rpmvercmp.cc */
function compareRpmParts(one: string, other: string): number {
  let [a, b] = [one, other];
  while (a !== "" || b !== "") {
    [a, b] = [a, b].map((text) => text.replace(/^[^A-Za-z0-9~^]+/, "")) as [string, string];
    if (a.startsWith("~") || b.startsWith("~")) {
      if (!a.startsWith("~")) return 1;
      if (!b.startsWith("~")) return -1;
      [a, b] = [a.slice(1), b.slice(1)];
      continue;
    }
    if (a.startsWith("^") || b.startsWith("^")) {
      if (a === "") return -1;
      if (b === "") return 1;
      if (!a.startsWith("^")) return 1;
      if (!b.startsWith("^")) return -1;
      [a, b] = [a.slice(1), b.slice(1)];
      continue;
    }
    if (a === "" || b === "") break;
    const pattern = /^\d/.test(a) ? /^\d+/ : /^[A-Za-z]+/;
    const [segmentA, segmentB] = [pattern.exec(a)?.[0] ?? "", pattern.exec(b)?.[0] ?? ""];
    if (segmentB === "") return /^\d/.test(a) ? 1 : -1;
    const difference = /^\d/.test(segmentA)
      ? Number(segmentA) - Number(segmentB)
      : Number(segmentA > segmentB) - Number(segmentA < segmentB);
    if (difference !== 0) return sign(difference);
    [a, b] = [a.slice(segmentA.length), b.slice(segmentB.length)];
  }
  return sign(a.length - b.length);
}

/** Returns whether rpm orders a version before (-1) or after (1) another one. */
export const compareRpm = compareBy(compareRpmParts);
