import type { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { type Account, accountsOf, copyRegionsOf, type VersionedFactory } from "../config/model";
import { appStackId, childStackId, sharedStackId, stateStackId } from "../config/names";
import { AppStack, appRegions } from "./app-stack";
import { ChildStack } from "./child-stack";
import { CopyRegionStack } from "./copy-region-stack";
import { assertWithinLimits } from "./limits";
import { buildablesIn, copyRegionsFrom, hasGoldenParent } from "./props/region";
import { SharedStack } from "./shared-stack";
import { StateStack } from "./state-stack";

export interface AllStacksProps {
  /** Absolute path of the folder with the bundled updater. */
  readonly updaterDirectory: string;
  /** Absolute path of the folder with the bundled rebuilder. */
  readonly rebuilderDirectory: string;
  /** Absolute path of the folder with the bundled recorder. */
  readonly recorderDirectory: string;
  /**
   * Whether the state buckets don't exist yet. State stacks then keep their state in the
   * folder above the output folder.
   */
  readonly bootstrap: boolean;
}

/**
 * Adds every stack of a factory. The stacks of each account are in deployment order.
 *
 * Throws a `ConfigError` if AWS would reject a resource because of its size.
 */
export function addStacks(
  scope: Construct,
  factory: VersionedFactory,
  { bootstrap, ...directories }: AllStacksProps,
): void {
  const { shared, apps } = factory;
  const { rebuilderDirectory } = directories;
  addStateStacks(scope, factory, bootstrap);
  for (const account of accountsOf(factory)) addCopyRegionStacks(scope, factory, account);
  for (const { name: region } of shared.regions) {
    const id = sharedStackId(region);
    const stack = new SharedStack(scope, id, { factory, region, ...directories });
    dependOnCopyRegions(scope, stack, factory, shared, region);
    addChildStacks(scope, factory, region, stack);
  }
  for (const app of apps) {
    for (const region of appRegions(app)) {
      const id = appStackId(app.name, region);
      const stack = new AppStack(scope, id, { factory, app, region, rebuilderDirectory });
      dependOnCopyRegions(scope, stack, factory, app, region);
    }
  }
  assertWithinLimits(scope);
}

function addStateStacks(scope: Construct, factory: VersionedFactory, bootstrap: boolean): void {
  const { state } = factory;
  if (state.backend !== "s3") return;
  const { bucket, region } = state;
  for (const account of accountsOf(factory))
    new StateStack(scope, stateStackId(account.name), {
      factory,
      account,
      region,
      bucket,
      bootstrap,
    });
}

function regionStackId({ shared }: VersionedFactory, account: Account, region: string): string {
  return account === shared ? sharedStackId(region) : appStackId(account.name, region);
}

function addCopyRegionStacks(scope: Construct, factory: VersionedFactory, account: Account): void {
  for (const region of copyRegionsOf(account))
    new CopyRegionStack(scope, regionStackId(factory, account, region), {
      factory,
      account,
      region,
    });
}

/** Image Builder encrypts copies with the keys of their Regions, so those keys must exist first. */
function dependOnCopyRegions(
  scope: Construct,
  stack: TerraformStack,
  factory: VersionedFactory,
  account: Account,
  region: string,
): void {
  for (const copyRegion of copyRegionsFrom(account, region)) {
    const dependency = scope.node.tryFindChild(regionStackId(factory, account, copyRegion));
    if (dependency instanceof CopyRegionStack) stack.addDependency(dependency);
  }
}

/** Adds a stack for each image with a golden parent. It depends on the stack of the parent. */
function addChildStacks(
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
