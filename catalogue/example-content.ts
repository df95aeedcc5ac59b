/** Packages and findings of the example: those of a distribution, and those of an image. */
import type { Package } from "../contract/packages";
import { DAY_MS } from "../contract/time";
import { type Distribution, FINDINGS, PACKAGES, UPDATES } from "./example-data";
import type { CatalogueFinding } from "./schema";

interface Source {
  /** Names of source packages. */
  readonly names: readonly string[];
  /** Endings of the packages that are built from each. */
  readonly parts: readonly string[];
  /** Ending of versions. */
  readonly release: string;
  /** Path of a file of a package. */
  readonly path: (name: string) => string;
}

const DISTRIBUTIONS: Readonly<Record<Distribution, Source>> = {
  "amazon-linux": {
    names: PACKAGES,
    parts: ["", "-libs", "-common", "-devel", "-tools"],
    release: "-1.amzn2023",
    path: (name) => `usr/lib64/${name}.so`,
  },
  ubuntu: {
    names: PACKAGES,
    parts: ["", "-bin", "-common", "-data", "-dev"],
    release: "-2ubuntu4",
    path: (name) => `usr/lib/x86_64-linux-gnu/${name}.so`,
  },
  windows: {
    names: UPDATES,
    parts: [""],
    release: ".0",
    path: (name) => `Windows/servicing/Packages/${name}.mum`,
  },
  container: {
    names: PACKAGES.slice(0, 45),
    parts: ["", "-libs", "-common"],
    release: "-1.amzn2023",
    path: (name) => `usr/lib64/${name}.so`,
  },
};

/** Number of findings that builds of a distribution can have. */
const POOL = 160;

/** Returns a number that depends on a text only. FNV-1a, in the public domain. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text)
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  // The last bits of similar texts are alike.
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** A source package gets a new version every 40 to 200 days. */
function versionOf(name: string, time: number, release: string): string {
  const hash = hashOf(name);
  const interval = 40 + (hash % 160);
  const number = Math.floor((time / DAY_MS + (hash % interval)) / interval);
  return `${1 + (hash % 9)}.${hash % 13}.${number}${release}`;
}

/** Returns the packages of a build: of its distribution, and of the components of its image. */
export function packagesAt(
  image: string,
  distribution: Distribution,
  components: readonly { readonly name: string }[],
  time: number,
): Package[] {
  const { names, parts, release } = DISTRIBUTIONS[distribution];
  const own = [...components.map(({ name }) => name), `${image}-settings`, `${image}-scripts`];
  return [...names, ...own].flatMap((name) => {
    const version = versionOf(name, time, release);
    return parts.map((part) => ({ name: `${name}${part}`, version }));
  });
}

function severityOf(hash: number): string {
  const percent = hash % 100;
  if (percent < 2) return "critical";
  if (percent < 20) return "high";
  return percent < 70 ? "medium" : "low";
}

type Titled = readonly [title: string, severity: string];

/** The findings that builds can have. */
const POOLS = new Map<Distribution, readonly Titled[]>();

function poolOf(distribution: Distribution): readonly Titled[] {
  const pool = POOLS.get(distribution) ?? makePool(distribution);
  POOLS.set(distribution, pool);
  return pool;
}

function makePool(distribution: Distribution): Titled[] {
  const { names } = DISTRIBUTIONS[distribution];
  const made = Array.from({ length: POOL }, (_, index) => {
    const hash = hashOf(`${distribution} finding ${index}`);
    const name = names[hash % names.length];
    return [`CVE-2026-${10_000 + (hash % 30_000)} - ${name}`, severityOf(hash >>> 8)] as const;
  });
  return [...(distribution === "windows" ? [] : FINDINGS), ...made];
}

/**
 * Returns the findings in a build, the most severe first. The older a build, the more it has: about
 * 17 in the newest.
 *
 * @param age - number of newer builds
 * @param now - time of the scan, in milliseconds since 1970
 */
export function findingsAt(
  image: string,
  distribution: Distribution,
  age: number,
  now: number,
): CatalogueFinding[] {
  const order = ["critical", "high", "medium", "low"];
  const { path } = DISTRIBUTIONS[distribution];
  return poolOf(distribution)
    .map(([title, severity]) => ({ title, severity, hash: hashOf(`${image} ${title}`) }))
    .filter(({ severity, hash }) => hash % 1_000 < (severity === "critical" ? 12 : 105 + age * 12))
    .map(({ title, severity, hash }) => ({
      title,
      severity,
      hasFix: hash % 10 < 7,
      firstObserved: new Date(now - (hash % 20) * DAY_MS).toISOString(),
      paths: [path(title.split(" - ")[1] ?? "")],
    }))
    .sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity));
}
