import { REGION_NAME, REGIONS } from "../aws/regions";
import { didYouMean, nearMatch } from "../near-match";
import { dotted, type Path, type Problem } from "../problems";

/** Keys of a factory file whose maps have Regions as keys, or whose lists contain Regions. */
const KEYS: readonly string[] = [
  "regions",
  "ami",
  "copyToRegions",
  "dedicatedHosts",
  "launchTemplates",
  "snapshots",
];

/** A Region that the AWS SDK doesn't know. */
export interface UnknownRegion {
  readonly name: string;
  /** The Region that was probably meant. @default - it is probably a new Region */
  readonly meant?: string | undefined;
  /** A warning for each place that names it. */
  readonly warnings: readonly [Problem, ...Problem[]];
}

interface Use {
  readonly name: string;
  readonly path: Path;
}

/** Finds the Regions in the content of a factory file that the AWS SDK doesn't know. */
export function unknownRegions(raw: unknown): UnknownRegion[] {
  const uses: Use[] = [];
  withRegions(raw, (name, path) => {
    uses.push({ name, path });
    return name;
  });
  const unknown = uses.filter(({ name }) => !REGIONS.includes(name));
  return [...new Set(unknown.map(({ name }) => name))].map((name) => {
    const own = unknown.filter((use) => use.name === name);
    const known = candidates(own, uses);
    const warnings = own.map((use) => warningOf(use, known)) as [Problem, ...Problem[]];
    return { name, meant: nearMatch(name, known), warnings };
  });
}

/**
 * Returns the Regions that these uses of a name may mean: first those that the file also names, but
 * none that is in the same map or list.
 */
function candidates(own: readonly Use[], uses: readonly Use[]): string[] {
  const parents = new Set(own.map(parentOf));
  const siblings = uses.filter((use) => parents.has(parentOf(use))).map(({ name }) => name);
  const known = new Set([...uses.map(({ name }) => name), ...REGIONS]);
  return [...known].filter((name) => REGIONS.includes(name) && !siblings.includes(name));
}

function parentOf({ path }: Use): string {
  return dotted(path.slice(0, -1));
}

function warningOf({ name, path }: Use, known: readonly string[]): Problem {
  const isKey = path.at(-1) === name;
  const hint =
    didYouMean(name, known) || ": check its name, unless AWS added it after this release";
  return {
    rule: "region-known",
    severity: "warning",
    path,
    message: `isn't a known Region${hint}`,
    ...(!isKey && { got: name }),
  };
}

/**
 * Returns the content of a factory file with the Regions that were probably meant, to find out
 * which other problems a mistyped Region causes.
 */
export function withCorrectRegions(raw: unknown, unknown: readonly UnknownRegion[]): unknown {
  const names = new Map(unknown.map(({ name, meant }) => [name, meant]));
  return withRegions(raw, (name) => names.get(name) ?? name);
}

/** Whether the schema accepts the name of an unknown Region. */
export function isRegionName({ name }: UnknownRegion): boolean {
  return REGION_NAME.test(name);
}

type Rename = (name: string, path: Path) => string;

/** Returns a copy of the content of a factory file with other names for its Regions. */
function withRegions(value: unknown, rename: Rename, path: Path = []): unknown {
  const key = path.at(-1);
  const isPlace = typeof key === "string" && KEYS.includes(key);
  if (typeof value === "string")
    return path.length === 2 && path[0] === "state" && key === "region"
      ? rename(value, path)
      : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value))
    return value.map((item, index) => {
      const at = [...path, index];
      return isPlace && typeof item === "string" ? rename(item, at) : withRegions(item, rename, at);
    });
  const renamed = Object.entries(value).map(([name, item]) => {
    const at = [...path, name];
    return [isPlace ? rename(name, at) : name, withRegions(item, rename, at)] as const;
  });
  return Object.fromEntries(renamed);
}
