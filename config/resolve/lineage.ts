import type { ImageKind } from "../aws/workflow-steps";
import { nearMatch } from "../near-match";
import type { Path, Problem } from "../problems";

interface HasParent {
  readonly parent: { readonly kind: string; readonly name?: string };
}

/** The golden entries of one kind, by name. */
export type GoldenEntries = Readonly<Record<string, HasParent>>;

function goldenParentOf({ parent }: HasParent): string | undefined {
  return parent.kind === "golden" ? parent.name : undefined;
}

/**
 * Returns `name` and the names of its golden parents, up to the last one or to the first that
 * repeats.
 */
function lineageOf(golden: GoldenEntries, name: string): string[] {
  const lineage = [name];
  for (;;) {
    const entry = golden[lineage.at(-1) as string];
    const parent = entry && goldenParentOf(entry);
    if (parent === undefined) return lineage;
    const isRepeated = lineage.includes(parent);
    lineage.push(parent);
    if (isRepeated) return lineage;
  }
}

function describeUnknown(kind: ImageKind, name: string, known: readonly string[]): string {
  const match = nearMatch(name, known);
  if (match !== undefined) return `must be a golden ${kind}, did you mean '${match}'?`;
  return `must be one of the golden ${kind}s: ${known.join(", ") || "none exist"}`;
}

/**
 * Reports a golden parent that doesn't exist, and images that are built on themselves. Names in
 * `invalid` exist.
 */
export function parentProblems(
  kind: ImageKind,
  entries: readonly { readonly path: Path; readonly name: string; readonly entry: HasParent }[],
  golden: Readonly<Record<ImageKind, GoldenEntries>>,
  invalid: ReadonlySet<string>,
): Problem[] {
  const own = golden[kind];
  const otherKind = kind === "image" ? "container" : "image";
  return entries.flatMap(({ path, name, entry }): Problem[] => {
    const parent = goldenParentOf(entry);
    if (parent === undefined || invalid.has(parent)) return [];
    const at = [...path, "parent", "golden"];
    if (Object.hasOwn(own, parent)) {
      const isGolden = own[name] === entry;
      const lineage = isGolden ? lineageOf(own, name) : [];
      if (lineage.length < 2 || lineage.at(-1) !== name) return [];
      const message = `must not be built on itself: ${lineage.join(" → ")}`;
      return [{ rule: "parent-not-itself", path: at, message }];
    }
    const message = Object.hasOwn(golden[otherKind], parent)
      ? `must be a golden ${kind}: '${parent}' is a golden ${otherKind}`
      : describeUnknown(
          kind,
          parent,
          [...Object.keys(own), ...invalid].filter((other) => own[other] !== entry),
        );
    return [{ rule: "parent-exists", path: at, message, got: parent }];
  });
}
