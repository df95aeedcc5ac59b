import type { ImageKind } from "../aws/workflow-steps";
import { resolveUses } from "../documents/component/resource-uses";
import type { BuildableBase, Channel, Component, Retention, Schedule } from "../model";
import type { ComponentEntry } from "../schema/buildable";
import type { ContainerEntry } from "../schema/container";
import type { ImageEntry } from "../schema/image";
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
  return Object.entries(share?.channels ?? {}).map(([name, { principals, ...channel }]) => ({
    name,
    audience: principals,
    ...channel,
  }));
}

function resolveSchedule({ schedule, parent }: ImageEntry | ContainerEntry): Schedule | undefined {
  if (schedule === null) return undefined;
  const { onlyOnUpdates = parent.kind === "golden", ...rest } = schedule;
  return { ...rest, onlyOnUpdates };
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

/** Resolves what images and containers have in common. */
export function resolveBuildable<K extends ImageKind>(
  kind: K,
  name: string,
  entry: ImageEntry | ContainerEntry,
  account: AccountEntry,
  context: ResolveContext,
  references: FileReferences,
): Omit<BuildableBase, "platform" | "instanceTypes" | "kind"> & { readonly kind: K } {
  const components = entry.components.flatMap(
    (component, index) => resolveComponent(component, index, account, context, references) ?? [],
  );
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
    schedule: resolveSchedule(entry),
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
