import type { ImageKind } from "../aws/workflow-steps";
import { accountsOf, type Buildable, buildablesOf, type Factory } from "../model";
import {
  componentDigests,
  componentDocumentsOf,
  type InputDigests,
  recipeDigests,
  workflowDigests,
  workflowDocumentsOf,
} from "./digests";
import type { Entries, Entry, LockFile } from "./lock-file";
import { compareVersions, majorMinorOf, parseVersion } from "./version";

/** A change that a version lock file needs for one component, recipe or workflow. */
export interface VersionChange {
  readonly kind: "component" | "recipe" | "workflow";
  readonly name: string;
  /** @default - it is new */
  readonly from?: string | undefined;
  /** @default - it was removed */
  readonly to?: string | undefined;
  /** The inputs that changed, or `version`, `new`, `removed`, `re-added`. */
  readonly reasons: readonly string[];
}

/** An image whose `version` is lower than one that was issued. */
export interface Regression {
  readonly recipe: string;
  readonly kind: ImageKind;
  readonly majorMinor: string;
  readonly issued: string;
}

/** A version lock file brought up to date, and how it changed. */
export interface IssuedVersions {
  readonly lockFile: LockFile;
  readonly changes: readonly VersionChange[];
  readonly regressions: readonly Regression[];
}

/**
 * Returns the major.minor of a document, which has no version in factory.yaml: 1.0, or that of its
 * current version if it is higher. An account may have had components with the same name before the
 * factory.
 */
function documentMajorMinor(entry: Entry | undefined): string {
  const current = entry?.versions.at(-1) ?? "1.0.0";
  return majorMinorOf(compareVersions(current, "1.0.0") > 0 ? current : "1.0.0");
}

/** Content that needs a version. */
interface Content {
  readonly majorMinor: string;
  readonly digests: InputDigests;
}

function changedInputs(before: InputDigests, after: InputDigests): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((input) => before[input] !== after[input])
    .sort();
}

interface NextEntry {
  readonly entry: Entry;
  /** Empty if the version stays. */
  readonly reasons: readonly string[];
}

/**
 * Returns the entry for `content`. Unchanged content keeps its version; changed content gets a
 * version higher than any before.
 */
function nextEntry(entry: Entry | undefined, { majorMinor, digests }: Content): NextEntry {
  const current = entry?.versions.at(-1);
  if (!entry || current === undefined)
    return { entry: { versions: [`${majorMinor}.0`], digests: { ...digests } }, reasons: ["new"] };
  const isSameSeries = majorMinorOf(current) === majorMinor;
  const reasons = [
    ...(isSameSeries ? [] : ["version"]),
    ...(entry.digests ? changedInputs(entry.digests, digests) : ["re-added"]),
  ];
  if (reasons.length === 0) return { entry, reasons };
  const versions = isSameSeries
    ? [...entry.versions.slice(0, -1), `${majorMinor}.${parseVersion(current).patch + 1}`]
    : [...entry.versions, `${majorMinor}.0`];
  return { entry: { versions, digests: { ...digests } }, reasons };
}

function isRegression(entry: Entry, majorMinor: string): boolean {
  const current = entry.versions.at(-1);
  return (
    current !== undefined && compareVersions(`${majorMinor}.0`, `${majorMinorOf(current)}.0`) < 0
  );
}

interface IssuedSection {
  readonly entries: Entries;
  readonly changes: readonly VersionChange[];
}

/**
 * Issues versions for one section. A name without content keeps its entry, without digests, so that
 * it never starts lower again.
 */
function issueSection(
  kind: VersionChange["kind"],
  entries: Entries,
  contents: ReadonlyMap<string, Content>,
): IssuedSection {
  const issued: Record<string, Entry> = {};
  const changes: VersionChange[] = [];
  for (const name of [...new Set([...Object.keys(entries), ...contents.keys()])].sort()) {
    const before = Object.hasOwn(entries, name) ? entries[name] : undefined;
    const content = contents.get(name);
    const from = before?.versions.at(-1);
    if (content && before && isRegression(before, content.majorMinor)) {
      issued[name] = before;
    } else if (content) {
      const { entry, reasons } = nextEntry(before, content);
      issued[name] = entry;
      if (reasons.length > 0)
        changes.push({ kind, name, from, to: entry.versions.at(-1), reasons });
    } else if (before) {
      issued[name] = { versions: before.versions };
      if (before.digests) changes.push({ kind, name, from, reasons: ["removed"] });
    }
  }
  return { entries: issued, changes };
}

/**
 * Brings a version lock file up to date with a factory. Unchanged content keeps its version,
 * changed content gets the next patch, a raised `version` starts at patch 0, and no version is ever
 * issued twice.
 */
export function issueVersions(lockFile: LockFile, factory: Factory): IssuedVersions {
  const images = accountsOf(factory).flatMap(buildablesOf);
  const components = issueSection(
    "component",
    lockFile.components,
    componentContents(images, lockFile.components),
  );
  const recipes = issueSection(
    "recipe",
    lockFile.recipes,
    recipeContents(images, components.entries, factory),
  );
  const workflows = issueSection(
    "workflow",
    lockFile.workflows,
    workflowContents(images, lockFile.workflows),
  );
  return {
    lockFile: {
      components: components.entries,
      recipes: recipes.entries,
      workflows: workflows.entries,
    },
    changes: [...components.changes, ...recipes.changes, ...workflows.changes],
    regressions: regressionsOf(images, lockFile.recipes),
  };
}

function componentContents(
  images: readonly Buildable[],
  entries: Entries,
): ReadonlyMap<string, Content> {
  return new Map(
    componentDocumentsOf(images).map((document) => [
      document.name,
      {
        majorMinor: documentMajorMinor(entries[document.name]),
        digests: componentDigests(document, document.platform),
      },
    ]),
  );
}

function recipeContents(
  images: readonly Buildable[],
  components: Entries,
  { shared }: Factory,
): ReadonlyMap<string, Content> {
  return new Map(
    images.map((image) => [
      image.recipe,
      { majorMinor: image.majorMinor, digests: recipeDigests(image, components, shared) },
    ]),
  );
}

function workflowContents(
  images: readonly Buildable[],
  entries: Entries,
): ReadonlyMap<string, Content> {
  return new Map(
    workflowDocumentsOf(images).map((document) => [
      document.key,
      {
        majorMinor: documentMajorMinor(entries[document.key]),
        digests: workflowDigests(document),
      },
    ]),
  );
}

function regressionsOf(images: readonly Buildable[], recipes: Entries): Regression[] {
  return images.flatMap(({ recipe, kind, majorMinor }) => {
    const entry = recipes[recipe];
    const issued = entry?.versions.at(-1);
    if (!entry || issued === undefined || !isRegression(entry, majorMinor)) return [];
    return [{ recipe, kind, majorMinor, issued }];
  });
}
