import { type BucketObjects, bucketObjects, containsObjects } from "../aws/buckets";
import { literalObjects } from "../documents/component/resource-uses";
import type { BuildAccess, Component } from "../model";
import type { BuildAccessEntry } from "../schema/build-access";
import type { AccountEntry } from "./context";

export function resolveAccess({ read, write, ...others }: BuildAccessEntry): BuildAccess {
  return { read: read.flatMap(resolveObjects), write: write.flatMap(resolveObjects), ...others };
}

/** The schema accepts only texts that name objects. */
function resolveObjects(location: string): BucketObjects[] {
  const objects = bucketObjects(location);
  return objects ? [objects] : [];
}

/** Returns `granted` with the objects of `wanted` that neither it nor `inherited` contains. */
function withObjects(
  granted: readonly BucketObjects[],
  inherited: readonly BucketObjects[],
  wanted: readonly BucketObjects[],
): BucketObjects[] {
  const all = [...granted];
  for (const objects of wanted) {
    const isGranted = [...inherited, ...all].some((one) => containsObjects(one, objects));
    if (!isGranted) all.push(objects);
  }
  return all;
}

/**
 * Resolves the permissions of an image's build instances: those of its entry, and for the objects
 * that its component documents name literally, unless its account already gives them.
 */
export function buildAccessOf(
  { buildAccess }: { readonly buildAccess: BuildAccessEntry },
  components: readonly Component[],
  account: AccountEntry,
): BuildAccess {
  const own = resolveAccess(buildAccess);
  const uses = components.flatMap((component) =>
    component.kind === "document" ? component.uses.filter(({ isInput }) => isInput) : [],
  );
  const literals = (kind: "read" | "write"): BucketObjects[] =>
    uses.flatMap((use) => (use.kind === kind ? (literalObjects(use) ?? []) : []));
  return {
    ...own,
    read: withObjects(own.read, account.buildAccess.read, literals("read")),
    write: withObjects(own.write, account.buildAccess.write, literals("write")),
  };
}
