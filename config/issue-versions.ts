import { componentDigests, type Digests, documentsOf, recipeDigests, workflowDigests, workflowDocumentsOf } from "./content";
import { accountsOf, bakedBy, type Factory } from "./factory";
import type { Entries, Entry, Ledger } from "./ledger";
import { compareVersions, parseVersion } from "./versions";
import type { ImageKind } from "./workflow/actions";

/** What has to change in a ledger for one component, recipe or workflow. */
export interface Move {
  readonly kind: "component" | "recipe" | "workflow";
  readonly name: string;
  /** @default - it is new */
  readonly from?: string | undefined;
  /** @default - it is gone */
  readonly to?: string | undefined;
  /** What is about to change: inputs, or `version`. */
  readonly why: readonly string[];
}

/** An image whose `version` is lower than one that was issued. */
export interface Regression {
  readonly recipe: string;
  readonly kind: ImageKind;
  readonly majorMinor: string;
  readonly issued: string;
}

export interface Issue {
  readonly ledger: Ledger;
  readonly moves: readonly Move[];
  readonly regressions: readonly Regression[];
}

/** Documents have no version in factory.yaml. */
const DOCUMENT_MAJOR_MINOR = "1.0";

const majorMinorOf = (version: string): string => {
  const { major, minor } = parseVersion(version);
  return `${major}.${minor}`;
};

const changed = (before: Digests = {}, after: Digests): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((input) => before[input] !== after[input]).sort();

interface Wanted {
  readonly majorMinor: string;
  readonly digests: Digests;
}

/** The entry for `wanted` after `entry`: the same for the same, else a version that is higher than any before. */
const next = (entry: Entry | undefined, { majorMinor, digests }: Wanted): { entry: Entry; why: string[] } => {
  const current = entry?.versions.at(-1);
  if (!entry || current === undefined)
    return { entry: { versions: [`${majorMinor}.0`], digests: { ...digests } }, why: ["new"] };
  const sameSeries = majorMinorOf(current) === majorMinor;
  const why = [...(sameSeries ? [] : ["version"]), ...(entry.digests ? changed(entry.digests, digests) : ["taken up again"])];
  if (why.length === 0) return { entry, why };
  const versions = sameSeries
    ? [...entry.versions.slice(0, -1), `${majorMinor}.${parseVersion(current).patch + 1}`]
    : [...entry.versions, `${majorMinor}.0`];
  return { entry: { versions, digests: { ...digests } }, why };
};

const regresses = (entry: Entry | undefined, majorMinor: string): boolean => {
  const current = entry?.versions.at(-1);
  return current !== undefined && compareVersions(`${majorMinor}.0`, `${majorMinorOf(current)}.0`) < 0;
};

/** Entries for all that is wanted. What isn't any more keeps its line without digests, so that it can't start lower again. */
const issue = (
  kind: Move["kind"],
  entries: Entries,
  wanted: ReadonlyMap<string, Wanted>,
): { entries: Entries; moves: Move[] } => {
  const after: Record<string, Entry> = {};
  const moves: Move[] = [];
  for (const name of [...new Set([...Object.keys(entries), ...wanted.keys()])].sort()) {
    const before = Object.hasOwn(entries, name) ? entries[name] : undefined;
    const want = wanted.get(name);
    if (want) {
      const { entry, why } = regresses(before, want.majorMinor) && before ? { entry: before, why: [] } : next(before, want);
      after[name] = entry;
      if (why.length > 0) moves.push({ kind, name, from: before?.versions.at(-1), to: entry.versions.at(-1), why });
    } else if (before) {
      after[name] = { versions: before.versions };
      if (before.digests) moves.push({ kind, name, from: before.versions.at(-1), why: ["gone"] });
    }
  }
  return { entries: after, moves };
};

/**
 * Brings a ledger up to date with what the factory's images are made of: the same content keeps its version, another gets the next
 * patch, a raised `version` starts at its patch 0, and no version is ever issued twice.
 */
export const issueVersions = (ledger: Ledger, factory: Factory): Issue => {
  const images = accountsOf(factory).flatMap(bakedBy);
  const documents = documentsOf(images).map(
    (document) =>
      [document.name, { majorMinor: DOCUMENT_MAJOR_MINOR, digests: componentDigests(document, document.platform) }] as const,
  );
  const components = issue("component", ledger.components, new Map(documents));

  const recipes = issue(
    "recipe",
    ledger.recipes,
    new Map(
      images.map((image) => [
        image.recipe,
        { majorMinor: image.majorMinor, digests: recipeDigests(image, components.entries, factory.shared) },
      ]),
    ),
  );
  const workflows = issue(
    "workflow",
    ledger.workflows,
    new Map(
      workflowDocumentsOf(images).map((document) => [
        document.key,
        { majorMinor: DOCUMENT_MAJOR_MINOR, digests: workflowDigests(document) },
      ]),
    ),
  );
  return {
    ledger: { components: components.entries, recipes: recipes.entries, workflows: workflows.entries },
    moves: [...components.moves, ...recipes.moves, ...workflows.moves],
    regressions: images.flatMap(({ recipe, kind, majorMinor }) =>
      regresses(ledger.recipes[recipe], majorMinor)
        ? [{ recipe, kind, majorMinor, issued: ledger.recipes[recipe]?.versions.at(-1) ?? "" }]
        : [],
    ),
  };
};
