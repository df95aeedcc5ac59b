import type { ImageKind } from "../aws/workflow-steps";
import { resolveUses } from "../documents/component/resource-uses";
import type {
  Buildable,
  BuildableBase,
  Channel,
  Component,
  FollowParent,
  Retention,
  Schedule,
} from "../model";
import { SHARED_ACCOUNT } from "../names";
import type { ComponentEntry } from "../schema/buildable";
import type { ContainerEntry } from "../schema/container";
import { findingsPolicy } from "../schema/findings";
import type { ImageEntry } from "../schema/image";
import {
  APP_SCHEDULE,
  DEFAULT_TIME_ZONE,
  FOLLOWING_SCHEDULE,
  GOLDEN_SCHEDULE,
} from "../schema/schedule";
import { buildAccessOf } from "./build-access";
import type { AccountEntry, ResolveContext } from "./context";
import type { FileReferences } from "./file-references";
import { resolveWorkflows } from "./workflow";

function resolveComponent(
  component: ComponentEntry,
  index: number,
  { id }: AccountEntry,
  context: ResolveContext,
  references: FileReferences,
): Component | undefined {
  if (component.kind !== "document") return component;
  const { path, name, supportedOsVersions, parameters } = component;
  const document = references.resolve(
    context.files.components,
    path,
    "components",
    index,
    "document",
  );
  if (!document) return undefined;
  const own = { ...document, name: name ?? document.name, supportedOsVersions };
  const uses = resolveUses(own, parameters, context.files.documentsByName, id);
  return { kind: "document", document: own, parameters, uses };
}

function resolveChannels({ share }: Pick<ImageEntry, "share">): Channel[] {
  return Object.entries(share?.channels ?? {}).map(
    ([name, { principals, findings, ...channel }]) => ({
      name,
      audience: principals,
      ...channel,
      ...(findings && { findings: findingsPolicy(findings) }),
    }),
  );
}

/**
 * Returns whether a range of versions such as `1.x.x` contains those of a major and minor version.
 */
function isInRange(majorMinor: string, range: string): boolean {
  const nodes = majorMinor.split(".");
  return range
    .split(".")
    .slice(0, 2)
    .every((node, index) => node === "x" || node === nodes[index]);
}

/**
 * Returns whether an image is built every month because its golden parent is, in the same account.
 * Its own monthly build would be one more, and each image below it would be built once more as
 * well.
 */
function isBuiltWithParent(
  { parent }: ImageEntry | ContainerEntry,
  account: AccountEntry,
  golden: Buildable | undefined,
): boolean {
  return (
    golden?.followParent !== undefined &&
    golden.enabled &&
    golden.schedule?.expression === FOLLOWING_SCHEDULE &&
    account.name === SHARED_ACCOUNT &&
    parent.kind === "golden" &&
    isInRange(golden.majorMinor, parent.version)
  );
}

function resolveSchedule(
  entry: ImageEntry | ContainerEntry,
  account: AccountEntry,
  followParent: FollowParent | undefined,
  golden: Buildable | undefined,
): Schedule | undefined {
  const { schedule, parent } = entry;
  if (schedule === null) return undefined;
  if (schedule)
    return { ...schedule, onlyOnUpdates: schedule.onlyOnUpdates ?? parent.kind === "golden" };
  const timezone = DEFAULT_TIME_ZONE;
  if (followParent) {
    const onlyOnUpdates = isBuiltWithParent(entry, account, golden);
    return { expression: FOLLOWING_SCHEDULE, timezone, onlyOnUpdates };
  }
  const expression = account.name === SHARED_ACCOUNT ? GOLDEN_SCHEDULE : APP_SCHEDULE;
  return { expression, timezone, onlyOnUpdates: parent.kind === "golden" };
}

/** Returns whether new builds of an image can come to a parent without a change of the recipe. */
export function hasParentRange({ parent }: Pick<ImageEntry | ContainerEntry, "parent">): boolean {
  if (parent.kind === "golden") return parent.version.endsWith(".x");
  return parent.kind === "arn" && parent.arn.endsWith(".x");
}

function resolveFollowParent(entry: ImageEntry | ContainerEntry): FollowParent | undefined {
  const { followParent = hasParentRange(entry) } = entry;
  if (followParent === false) return undefined;
  return followParent === true ? {} : followParent;
}

/** Leaves out Regions that the account doesn't have, so that only their own rule reports them. */
function resolveRegions(
  { regions }: ImageEntry | ContainerEntry,
  account: AccountEntry,
): readonly string[] {
  const own = regions?.filter((region) => account.regions.includes(region)) ?? [];
  return own.length === 0 ? account.regions : own;
}

function resolveRetention({ retain, share }: ImageEntry | ContainerEntry): Retention | undefined {
  if (!retain) return undefined;
  const { builds, days } = retain;
  if (days === undefined) return { kind: "count", builds: builds as number };
  const keeps = Object.values(share?.channels ?? {}).map(({ keep }) => keep);
  return { kind: "age", days, minBuilds: builds ?? Math.max(1, ...keeps) };
}

/** An entry of an image or container, and what it belongs to. */
export interface NamedEntry {
  readonly name: string;
  readonly entry: ImageEntry | ContainerEntry;
  readonly account: AccountEntry;
  /** The golden parent. @default - it has another parent */
  readonly golden: Buildable | undefined;
}

/** Resolves what images and containers have in common. */
export function resolveBuildable<K extends ImageKind>(
  kind: K,
  { name, entry, account, golden }: NamedEntry,
  context: ResolveContext,
  references: FileReferences,
): Omit<BuildableBase, "platform" | "instanceTypes" | "kind"> & { readonly kind: K } {
  const components = entry.components.flatMap(
    (component, index) => resolveComponent(component, index, account, context, references) ?? [],
  );
  const followParent = resolveFollowParent(entry);
  return {
    kind,
    name,
    recipe: `${account.name}/${name}`,
    description: entry.description,
    majorMinor: entry.version,
    components,
    workingDirectory: entry.workingDirectory,
    keyPair: entry.keyPair,
    buildAccess: buildAccessOf(entry, components, account),
    regions: resolveRegions(entry, account),
    followParent,
    schedule: resolveSchedule(entry, account, followParent, golden),
    enabled: entry.enabled,
    testsEnabled: entry.tests.enabled,
    testTimeoutMinutes: entry.tests.timeoutMinutes,
    scan: entry.scan,
    channels: resolveChannels(entry),
    keepFailedInstances: entry.keepFailedInstances,
    enhancedMetadata: entry.enhancedMetadata,
    retain: resolveRetention(entry),
    workflows: resolveWorkflows(kind, entry, context, references),
  };
}
