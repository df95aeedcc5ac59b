/** The packages of builds, and how they differ. The page of the catalogue uses it too. */

/** A package of an operating system in a build. */
export interface Package {
  readonly name: string;
  readonly version: string;
}

/** A package whose versions differ between two builds. */
export interface PackageChange {
  readonly name: string;
  /** Versions in the earlier build. A build can contain several of one package. */
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** How the packages of a build differ from those of an earlier one. Sorted by name. */
export interface PackageDifference {
  /** Packages with a higher version. */
  readonly up: readonly PackageChange[];
  /** Packages with a lower version. */
  readonly down: readonly PackageChange[];
  /** Packages with other versions that can't be compared. */
  readonly changed: readonly PackageChange[];
  /** Packages that only the later build contains; `from` is empty. */
  readonly added: readonly PackageChange[];
  /** Packages that only the earlier build contains; `to` is empty. */
  readonly removed: readonly PackageChange[];
}

/** How a version differs from another. `changed` if it isn't certain which one is higher. */
export type VersionStep = "up" | "down" | "changed";

/** The runs of digits in a version, and what is between them. */
function tokensOf(version: string): string[] {
  return version.match(/\d+|\D+/g) ?? [];
}

function occurrences(text: string, character: string): number {
  return text.split(character).length - 1;
}

function isNumber(token: string | undefined): token is string {
  return token !== undefined && /^\d+$/.test(token);
}

/**
 * Compares two versions as far as the result is the same for packages of every kind. Image Builder
 * doesn't report which kind a package is, and dpkg and rpm order versions differently.
 *
 * A version is higher or lower only if the first difference between the two is a number in both.
 * The parts before it are equal then, and dpkg and rpm compare numbers. Versions of which only one
 * has an epoch (`1:`), or that have another number of hyphens, aren't compared, because the first
 * difference may be in different parts.
 * https://manpages.debian.org/stable/dpkg-dev/deb-version.7.en.html
 * https://rpm.org/docs/latest/man/rpm-version.7
 */
export function compareVersions(from: string, to: string): VersionStep {
  for (const separator of [":", "-"])
    if (occurrences(from, separator) !== occurrences(to, separator)) return "changed";
  const [before, after] = [tokensOf(from), tokensOf(to)];
  const index = before.findIndex((token, position) => token !== after[position]);
  const [one, other] = [before[index], after[index]];
  if (!isNumber(one) || !isNumber(other)) return "changed";
  const difference = compareNumbers(one, other);
  if (difference === 0) return "changed";
  return difference < 0 ? "up" : "down";
}

/** Compares numbers of any length, for sorting the lowest first. */
function compareNumbers(one: string, other: string): number {
  const [a, b] = [one.replace(/^0+/, ""), other.replace(/^0+/, "")];
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}

function versionsByName(packages: readonly Package[]): Map<string, Set<string>> {
  const versions = new Map<string, Set<string>>();
  for (const { name, version } of packages) {
    const known = versions.get(name) ?? new Set();
    versions.set(name, known.add(version));
  }
  return versions;
}

function stepOf({ from, to }: PackageChange): keyof PackageDifference {
  const [before, ...otherBefore] = from;
  const [after, ...otherAfter] = to;
  if (before === undefined) return "added";
  if (after === undefined) return "removed";
  if (otherBefore.length + otherAfter.length > 0) return "changed";
  return compareVersions(before, after);
}

/**
 * Compares the packages of two builds. A package that a list contains twice with the same version,
 * for example for two architectures, counts once.
 */
export function comparePackages(
  from: readonly Package[],
  to: readonly Package[],
): PackageDifference {
  const [before, after] = [versionsByName(from), versionsByName(to)];
  const changes = [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .map((name) => ({
      name,
      from: [...(before.get(name) ?? [])].sort(),
      to: [...(after.get(name) ?? [])].sort(),
    }))
    .filter((one) => JSON.stringify(one.from) !== JSON.stringify(one.to));
  const by = (step: keyof PackageDifference): PackageChange[] =>
    changes.filter((one) => stepOf(one) === step);
  return {
    up: by("up"),
    down: by("down"),
    changed: by("changed"),
    added: by("added"),
    removed: by("removed"),
  };
}

/** Returns how many packages differ in which way. */
export function countChanges({
  up,
  down,
  changed,
  added,
  removed,
}: PackageDifference): Readonly<Record<keyof PackageDifference, number>> {
  return {
    up: up.length,
    down: down.length,
    changed: changed.length,
    added: added.length,
    removed: removed.length,
  };
}
