import type { ImageKind } from "../aws/workflow-steps";
import { accountsOf, buildablesOf, type Factory } from "../model";
import {
  componentDigests,
  componentDocumentsOf,
  type InputDigests,
  recipeDigests,
  workflowDigests,
  workflowDocumentsOf,
} from "./digests";
import type { Entries, Entry, LockFile } from "./lock-file";
import { compareVersions, parseVersion } from "./version";

/** What has to change in a ledger for one component, recipe or workflow. */
export interface VersionChange {
  readonly kind: "component" | "recipe" | "workflow";
  readonly name: string;
  /** @default - it is new */
  readonly from?: string | undefined;
  /** @default - it is gone */
  readonly to?: string | undefined;
  /** What is about to change: inputs, or `version`. */
  readonly reasons: readonly string[];
}

/** An image whose `version` is lower than one that was issued. */
export interface Regression {
  readonly recipe: string;
  readonly kind: ImageKind;
  readonly majorMinor: string;
  readonly issued: string;
}

export interface IssuedVersions {
  readonly lockFile: LockFile;
  readonly changes: readonly VersionChange[];
  readonly regressions: readonly Regression[];
}

/** Documents have no version in factory.yaml. */
const DOCUMENT_MAJOR_MINOR = "1.0";

function majorMinorOf(version: string): string {
  const { major, minor } = parseVersion(version);
  return `${major}.${minor}`;
}

function changed(before: InputDigests = {}, after: InputDigests): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((input) => before[input] !== after[input])
    .sort();
}

interface Content {
  readonly majorMinor: string;
  readonly digests: InputDigests;
}

/** The entry for `wanted` after `entry`: the same for the same, else a version that is higher than any before. */
function nextEntry(
  entry: Entry | undefined,
  { majorMinor, digests }: Content,
): { entry: Entry; why: string[] } {
  const current = entry?.versions.at(-1);
  if (!entry || current === undefined)
    return { entry: { versions: [`${majorMinor}.0`], digests: { ...digests } }, why: ["new"] };
  const sameSeries = majorMinorOf(current) === majorMinor;
  const why = [
    ...(sameSeries ? [] : ["version"]),
    ...(entry.digests ? changed(entry.digests, digests) : ["taken up again"]),
  ];
  if (why.length === 0) return { entry, why };
  const versions = sameSeries
    ? [...entry.versions.slice(0, -1), `${majorMinor}.${parseVersion(current).patch + 1}`]
    : [...entry.versions, `${majorMinor}.0`];
  return { entry: { versions, digests: { ...digests } }, why };
}

function regresses(entry: Entry | undefined, majorMinor: string): boolean {
  const current = entry?.versions.at(-1);
  return (
    current !== undefined && compareVersions(`${majorMinor}.0`, `${majorMinorOf(current)}.0`) < 0
  );
}

/** Entries for all that is wanted. What isn't any more keeps its line without digests, so that it can't start lower again. */
function issueSection(
  kind: VersionChange["kind"],
  entries: Entries,
  wanted: ReadonlyMap<string, Content>,
): { entries: Entries; moves: VersionChange[] } {
  const after: Record<string, Entry> = {};
  const moves: VersionChange[] = [];
  for (const name of [...new Set([...Object.keys(entries), ...wanted.keys()])].sort()) {
    const before = Object.hasOwn(entries, name) ? entries[name] : undefined;
    const want = wanted.get(name);
    if (want) {
      const { entry, why } =
        regresses(before, want.majorMinor) && before
          ? { entry: before, why: [] }
          : nextEntry(before, want);
      after[name] = entry;
      if (why.length > 0)
        moves.push({
          kind,
          name,
          from: before?.versions.at(-1),
          to: entry.versions.at(-1),
          reasons: why,
        });
    } else if (before) {
      after[name] = { versions: before.versions };
      if (before.digests)
        moves.push({ kind, name, from: before.versions.at(-1), reasons: ["gone"] });
    }
  }
  return { entries: after, moves };
}

/**
 * Brings a ledger up to date with what the factory's images are made of: the same content keeps its version, another gets the next
 * patch, a raised `version` starts at its patch 0, and no version is ever issued twice.
 */
export function issueVersions(ledger: LockFile, factory: Factory): IssuedVersions {
  const images = accountsOf(factory).flatMap(buildablesOf);
  const documents = componentDocumentsOf(images).map(
    (document) =>
      [
        document.name,
        {
          majorMinor: DOCUMENT_MAJOR_MINOR,
          digests: componentDigests(document, document.platform),
        },
      ] as const,
  );
  const components = issueSection("component", ledger.components, new Map(documents));

  const recipes = issueSection(
    "recipe",
    ledger.recipes,
    new Map(
      images.map((image) => [
        image.recipe,
        {
          majorMinor: image.majorMinor,
          digests: recipeDigests(image, components.entries, factory.shared),
        },
      ]),
    ),
  );
  const workflows = issueSection(
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
    lockFile: {
      components: components.entries,
      recipes: recipes.entries,
      workflows: workflows.entries,
    },
    changes: [...components.moves, ...recipes.moves, ...workflows.moves],
    regressions: images.flatMap(({ recipe, kind, majorMinor }) =>
      regresses(ledger.recipes[recipe], majorMinor)
        ? [{ recipe, kind, majorMinor, issued: ledger.recipes[recipe]?.versions.at(-1) ?? "" }]
        : [],
    ),
  };
}
