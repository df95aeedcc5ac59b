/** Differences between the packages of two builds. */

/** Name and version. */
export type Package = readonly [string, string];

/** A package that two builds don't have in the same versions. */
export interface PackageChange {
  readonly name: string;
  /** Versions in the older build. Empty if the package is new. */
  readonly before: readonly string[];
  /** Versions in the newer build. Empty if the package is gone. */
  readonly after: readonly string[];
}

/** Returns the versions of each package. A build can contain several versions of one, such as kernels. */
function versionsByName(packages: readonly Package[]): Map<string, string[]> {
  const versions = new Map<string, string[]>();
  for (const [name, version] of packages) {
    const known = versions.get(name);
    if (known) known.push(version);
    else versions.set(name, [version]);
  }
  return versions;
}

/** Returns what changed from one build to another, by name. */
export function packageChanges(
  before: readonly Package[],
  after: readonly Package[],
): PackageChange[] {
  const [old, current] = [versionsByName(before), versionsByName(after)];
  const names = [...new Set([...old.keys(), ...current.keys()])].sort();
  return names.flatMap((name) => {
    const [one = [], other = []] = [old.get(name), current.get(name)];
    const isSame = one.length === other.length && one.every((version) => other.includes(version));
    if (isSame) return [];
    return [
      {
        name,
        before: one.filter((version) => !other.includes(version)),
        after: other.filter((version) => !one.includes(version)),
      },
    ];
  });
}
