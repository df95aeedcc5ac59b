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

/** Returns all entries of a file without schema errors. */
export function allEntries(file: FactoryFile): ValidEntries {
  const apps = Object.entries(file.appAccounts).filter(
    ([, { images, containers }]) => Object.keys({ ...images, ...containers }).length > 0,
  );
  return {
    file,
    invalidGolden: { image: new Set(), container: new Set() },
    appsWithImages: new Set(apps.map(([name]) => name)),
  };
}

/**
 * Returns the valid entries of a file with schema errors, so that rules can be checked for them in
 * the same round. Returns `undefined` if every entry depends on what is invalid: the Regions of the
 * shared account, the defaults of images, or a whole section.
 */
export function validEntries(raw: unknown, problems: readonly Problem[]): ValidEntries | undefined {
  const isValid = (...path: PropertyKey[]): boolean =>
    !problems.some((problem) => isBelow(problem.path, path));
  const valid = (entries: RawMap, path: Path): RawMap =>
    Object.fromEntries(Object.entries(entries).filter(([name]) => isValid(...path, name)));

  const sharedAccount = repairSharedAccount(mapAt(raw, "sharedAccount"), problems);
  const root = isMap(raw) ? raw : {};
  const isWhole = ({ path: [section, ...rest] }: Problem): boolean =>
    rest.length === 0 && ["images", "containers", "appAccounts"].includes(String(section));
  if (!sharedAccount || !isValid("defaults") || problems.some(isWhole)) return undefined;
  if (problems.some(isMistypedSection)) return undefined;

  const [images, containers, apps] = ["images", "containers", "appAccounts"].map((key) =>
    mapAt(raw, key),
  ) as [RawMap, RawMap, RawMap];
  const validImages = valid(images, ["images"]);
  const [region] = Object.keys(sharedAccount["regions"] as RawMap);
  const { data } = FactoryObject.safeParse({
    organization: isValid("organization") ? root["organization"] : PLACEHOLDER_ORGANIZATION,
    state: isValid("state") ? root["state"] : { backend: "s3", bucket: "state-{account}", region },
    tags: isValid("tags") ? root["tags"] : {},
    defaults: root["defaults"],
    sharedAccount,
    images: Object.keys(validImages).length > 0 ? validImages : undefined,
    containers: valid(containers, ["containers"]),
    appAccounts: Object.fromEntries(
      Object.entries(apps)
        .filter(([name, app]) => isValidAccount(name, app, problems))
        .map(([name, app]) => [
          name,
          {
            ...(app as RawMap),
            images: valid(mapAt(app, "images"), ["appAccounts", name, "images"]),
            containers: valid(mapAt(app, "containers"), ["appAccounts", name, "containers"]),
          },
        ]),
    ),
    ci: isValid("ci") ? root["ci"] : undefined,
  });
  if (!data) return undefined;
  return {
    file: data,
    invalidGolden: {
      image: missing(images, data.images),
      container: missing(containers, data.containers),
    },
    appsWithImages: new Set(
      Object.entries(apps).flatMap(([name, app]) =>
        Object.keys({ ...mapAt(app, "images"), ...mapAt(app, "containers") }).length > 0
          ? name
          : [],
      ),
    ),
  };
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
  const misplaced = ["images", "containers", "appAccounts"].flatMap((section): Problem[] =>
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
function isValidAccount(name: string, app: unknown, problems: readonly Problem[]): boolean {
  const path = ["appAccounts", name];
  return (
    isMap(app) &&
    !problems.some((problem) => {
      const [, , section, entry] = problem.path;
      const isOfEntry = (section === "images" || section === "containers") && entry !== undefined;
      return isBelow(problem.path, path) && !isOfEntry;
    })
  );
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
