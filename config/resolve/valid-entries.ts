import type { ImageKind } from "../aws/workflow-steps";
import { nearMatch } from "../near-match";
import type { Path, Problem } from "../problems";
import { isMap, type RawMap } from "../raw-map";
import { type FactoryFile, FactoryObject } from "../schema/factory-file";

/** The valid entries of a factory file: accounts, images and containers without a schema error. */
export interface ValidEntries {
  /** Invalid entries are left out; invalid sections are replaced by values that no rule reports. */
  readonly file: FactoryFile;
  /** Names of the golden images and containers that were left out. */
  readonly invalidGolden: Readonly<Record<ImageKind, ReadonlySet<string>>>;
  /** Names of the app accounts that contain images or containers, valid or not. */
  readonly appsWithImages: ReadonlySet<string>;
}

function mapAt(value: unknown, key: string): RawMap {
  const entry = isMap(value) ? value[key] : undefined;
  return isMap(entry) ? entry : {};
}

function isBelow(path: Path, prefix: Path): boolean {
  return prefix.every((key, index) => path[index] === key);
}

const PLACEHOLDER_ACCOUNT = "000000000000";
const PLACEHOLDER_ORGANIZATION = {
  id: "o-0000000000",
  managementAccountId: PLACEHOLDER_ACCOUNT,
};

/** Sections that contain entries of users' choice. */
const SECTIONS_OF_ENTRIES = ["images", "containers", "appAccounts"];

/** Returns all entries of a file without schema errors. */
export function allEntries(file: FactoryFile): ValidEntries {
  return {
    file,
    invalidGolden: { image: new Set(), container: new Set() },
    appsWithImages: appsWithImages(file.appAccounts),
  };
}

/**
 * Returns the valid entries of a file with schema errors, so that rules can be checked for them in
 * the same round. Returns `undefined` if every entry depends on what is invalid: the Regions of the
 * shared account, the defaults of images, or a whole section.
 */
export function validEntries(raw: unknown, problems: readonly Problem[]): ValidEntries | undefined {
  const root = isMap(raw) ? raw : {};
  const sharedAccount = repairSharedAccount(mapAt(root, "sharedAccount"), problems);
  if (!sharedAccount || !isValid(["defaults"], problems)) return undefined;
  if (problems.some(isWholeSection) || problems.some(isMistypedSection)) return undefined;

  const { data } = FactoryObject.safeParse(validContent(root, sharedAccount, problems));
  if (!data) return undefined;
  return {
    file: data,
    invalidGolden: {
      image: missing(mapAt(root, "images"), data.images),
      container: missing(mapAt(root, "containers"), data.containers),
    },
    appsWithImages: appsWithImages(mapAt(root, "appAccounts")),
  };
}

/** Returns the names of the app accounts that contain images or containers, valid or not. */
function appsWithImages(apps: RawMap): Set<string> {
  const hasImages = (app: unknown): boolean =>
    Object.keys({ ...mapAt(app, "images"), ...mapAt(app, "containers") }).length > 0;
  return new Set(Object.keys(apps).filter((name) => hasImages(apps[name])));
}

/** Returns a file without its invalid entries, and with placeholders for its invalid sections. */
function validContent(root: RawMap, sharedAccount: RawMap, problems: readonly Problem[]): RawMap {
  const valid = (section: string, instead: unknown): unknown =>
    isValid([section], problems) ? root[section] : instead;
  const images = validIn(root, "images", [], problems);
  const [region] = Object.keys(mapAt(sharedAccount, "regions"));
  return {
    organization: valid("organization", PLACEHOLDER_ORGANIZATION),
    state: valid("state", { backend: "s3", bucket: "state-{account}", region }),
    tags: valid("tags", {}),
    defaults: root["defaults"],
    sharedAccount,
    images: Object.keys(images).length > 0 ? images : undefined,
    containers: validIn(root, "containers", [], problems),
    appAccounts: validApps(mapAt(root, "appAccounts"), problems),
    ci: valid("ci", undefined),
  };
}

function validApps(apps: RawMap, problems: readonly Problem[]): RawMap {
  const valid = Object.entries(apps).flatMap(([name, app]) => {
    if (!isMap(app) || !isValidAccount(name, problems)) return [];
    const path = ["appAccounts", name];
    const images = validIn(app, "images", path, problems);
    const containers = validIn(app, "containers", path, problems);
    return [[name, { ...app, images, containers }] as const];
  });
  return Object.fromEntries(valid);
}

/** Returns the valid entries of a section of `map`, whose path in the file is `path`. */
function validIn(map: RawMap, section: string, path: Path, problems: readonly Problem[]): RawMap {
  const entries = Object.entries(mapAt(map, section));
  return Object.fromEntries(
    entries.filter(([name]) => isValid([...path, section, name], problems)),
  );
}

function isValid(path: Path, problems: readonly Problem[]): boolean {
  return !problems.some((problem) => isBelow(problem.path, path));
}

function isWholeSection({ path: [section, ...rest] }: Problem): boolean {
  return rest.length === 0 && SECTIONS_OF_ENTRIES.includes(String(section));
}

/** Whether a key of the file is probably a section. */
function isMistypedSection({ path, key }: Problem): boolean {
  const sections = Object.keys(FactoryObject.shape);
  return path.length === 0 && key !== undefined && nearMatch(key, sections) !== undefined;
}

/**
 * Reports keys of the file that are indented like the entries of the section before them, instead
 * of what results from that.
 */
export function withMisplacedSections(raw: unknown, problems: readonly Problem[]): Problem[] {
  const root = isMap(raw) ? raw : {};
  const sections = Object.keys(FactoryObject.shape);
  const misplaced = SECTIONS_OF_ENTRIES.flatMap((section): Problem[] =>
    Object.keys(mapAt(root, section))
      .filter((key) => sections.includes(key) && !Object.hasOwn(root, key))
      .filter((key) => problems.some(({ path }) => isBelow(path, [section, key])))
      .map((key) => ({
        path: [section],
        key,
        message: `${key} is a key of the file: it must start in the first column`,
      })),
  );
  const isResult = ({ path: [section, ...rest] }: Problem): boolean =>
    misplaced.some((one) => one.path[0] === section || (one.key === section && rest.length === 0));
  return [...misplaced, ...problems.filter((problem) => !isResult(problem))];
}

function missing(entries: RawMap, valid: RawMap): Set<string> {
  return new Set(Object.keys(entries).filter((name) => !Object.hasOwn(valid, name)));
}

/** Whether an app account is valid apart from its images and containers. */
function isValidAccount(name: string, problems: readonly Problem[]): boolean {
  return !problems.some(({ path }) => {
    const [, , section, entry] = path;
    const isOfEntry = (section === "images" || section === "containers") && entry !== undefined;
    return isBelow(path, ["appAccounts", name]) && !isOfEntry;
  });
}

/** Returns the shared account without what is invalid; `undefined` if a Region is unknown. */
function repairSharedAccount(raw: RawMap, problems: readonly Problem[]): RawMap | undefined {
  const own = problems.filter(({ path }) => path[0] === "sharedAccount");
  const invalid = new Set(own.map(({ path }) => path[1]));
  const known = Object.keys(FactoryObject.shape.sharedAccount.shape);
  const valid = Object.entries(raw).filter(([key]) => known.includes(key) && !invalid.has(key));
  const regions = Object.entries(mapAt(raw, "regions")).flatMap(([region, network]) => {
    const ofRegion = own.filter(({ path }) => path[1] === "regions" && path[2] === region);
    if (ofRegion.length === 0) return [[region, network] as const];
    return [[region, {}] as const];
  });
  const isInvalidName = own.some(({ path, got }) => path[1] === "regions" && path[2] === got);
  if (regions.length === 0 || isInvalidName) return undefined;
  return {
    ...Object.fromEntries(valid),
    ...(invalid.has("id") && { id: PLACEHOLDER_ACCOUNT }),
    regions: Object.fromEntries(regions),
  };
}
