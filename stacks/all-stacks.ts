import type { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { copyRegionsOf, type VersionedFactory } from "../config/model";
import { appStackId, childStackId, sharedStackId, stateStackId } from "../config/names";
import { AppStack } from "./app-stack";
import { ChildStack } from "./child-stack";
import { CopyRegionStack } from "./copy-region-stack";
import { buildablesIn, copyRegionsFrom, hasGoldenParent } from "./props/region";
import { SharedStack } from "./shared-stack";
import { StateStack } from "./state-stack";

export interface AllStacksProps {
  /** Absolute path of the folder with the bundled share updater. */
  readonly updaterDirectory: string;
  /** Whether state buckets are to be made: their own state is kept beside factory.yaml then. */
  readonly bootstrap: boolean;
}

/** Every stack of a factory, those of the shared account in the order in which they can be deployed. */
export function addStacks(
  scope: Construct,
  factory: VersionedFactory,
  { updaterDirectory, bootstrap }: AllStacksProps,
): void {
  const { state, shared, apps } = factory;

  if (state.backend === "s3") {
    for (const account of [shared, ...apps]) {
      const { bucket, region } = state;
      new StateStack(scope, stateStackId(account.name), {
        factory,
        account,
        region,
        bucket,
        bootstrap,
      });
    }
  }
  const copies = new Map(
    [shared, ...apps].flatMap((account) =>
      copyRegionsOf(account).map((region) => {
        const id = account === shared ? sharedStackId(region) : appStackId(account.name, region);
        return [id, new CopyRegionStack(scope, id, { factory, account, region })] as const;
      }),
    ),
  );
  for (const { name: region } of shared.regions) {
    const stack = new SharedStack(scope, sharedStackId(region), {
      factory,
      region,
      updaterDirectory,
    });
    afterCopies(stack, copyRegionsFrom(shared, region).map(sharedStackId), copies);
    addChildren(scope, factory, region, stack);
  }
  for (const app of apps) {
    for (const { name: region } of app.regions) {
      const stack = new AppStack(scope, appStackId(app.name, region), { factory, app, region });
      const ids = copyRegionsFrom(app, region).map((to) => appStackId(app.name, to));
      afterCopies(stack, ids, copies);
    }
  }
}

/** What makes copies comes after the keys that encrypt them. */
function afterCopies(
  stack: TerraformStack,
  ids: readonly string[],
  copies: ReadonlyMap<string, CopyRegionStack>,
): void {
  for (const id of ids) {
    const copy = copies.get(id);
    if (copy) stack.addDependency(copy);
  }
}

/** A stack for each image on a golden parent, after its parent's. */
function addChildren(
  scope: Construct,
  factory: VersionedFactory,
  region: string,
  sharedStack: SharedStack,
): void {
  const children = buildablesIn(factory.shared, region).filter(hasGoldenParent);
  const stacks = new Map(
    children.map((image) => [
      image.name,
      new ChildStack(scope, childStackId(region, image.name), { factory, region, image }),
    ]),
  );
  for (const { name, parent } of children) {
    const parentStack = parent.kind === "golden" ? stacks.get(parent.name) : undefined;
    stacks.get(name)?.addDependency(parentStack ?? sharedStack);
  }
}
