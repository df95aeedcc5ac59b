import type { Audience } from "../audience";
import { defaultInstanceType } from "../aws/base-images";
import type { ImageKind } from "../aws/workflow-steps";
import type { ComponentDocument } from "../documents/component/check";
import type { TextFile } from "../documents/text-file";
import type { UserData } from "../documents/user-data";
import type { WorkflowDocument } from "../documents/workflow/check";
import type { BuildableBase, Channel, Component, Image, Parent, Schedule } from "../model";
import { defaultAmiName } from "../names";
import type { Validated } from "../problems";
import type { FactoryFile } from "../schema/factory-file";
import { architectureFor, platformOf } from "./lineage";
import { dataVolumes, rootVolume } from "./volumes";
import { resolveWorkflows } from "./workflow";

/** What lies beside a factory file, by the path that it gives. */
export interface Files {
  readonly documents: ReadonlyMap<string, Validated<ComponentDocument>>;
  readonly workflows: ReadonlyMap<string, Validated<WorkflowDocument>>;
  readonly dockerfiles: ReadonlyMap<string, Validated<TextFile>>;
  readonly userData: ReadonlyMap<string, UserData>;
}

export type ImageEntry = FactoryFile["images"][string];
export type ContainerEntry = FactoryFile["containers"][string];

/** What an account's images have from around them. */
export interface ResolveContext {
  readonly account: string;
  /** Of the account. */
  readonly regions: readonly string[];
  /** The default schedule's expression. */
  readonly schedule: string;
  readonly defaults: FactoryFile["defaults"];
  readonly golden: ReadonlyMap<string, ImageEntry>;
  readonly goldenContainers: ReadonlyMap<string, ContainerEntry>;
  readonly files: Files;
}

function parentOf({
  golden,
  awsManaged,
  ssm,
  marketplace,
  ami,
  version = "x.x.x",
}: ImageEntry["parent"]): Parent {
  if (golden !== undefined) return { kind: "golden", name: golden, version };
  if (awsManaged !== undefined) return { kind: "awsManaged", name: awsManaged, version };
  if (marketplace !== undefined) return { kind: "marketplace", product: marketplace };
  if (ssm !== undefined) return { kind: "ssm", path: ssm };
  return { kind: "ami", amis: ami ?? {} };
}

function componentOf(
  entry: ImageEntry["components"][number],
  documents: Files["documents"],
): Component {
  const { awsManaged, document: path, arn = "", version = "x.x.x", parameters = {} } = entry;
  if (awsManaged !== undefined)
    return { kind: "awsManaged", name: awsManaged, version, parameters };
  const read = documents.get(path ?? "");
  return read?.value
    ? { kind: "document", document: read.value, parameters }
    : { kind: "arn", arn, parameters };
}

type Principals = NonNullable<ImageEntry["share"]>["channels"][string]["principals"];

function audienceOf({ organizationalUnits: units, accounts }: Principals): Audience {
  if (units) return { kind: "organizationalUnits", units };
  return accounts ? { kind: "accounts", accounts } : { kind: "organization" };
}

function channelsOf({ share }: Pick<ImageEntry, "share">): Channel[] {
  return Object.entries(share?.channels ?? {}).map(([name, { principals, ...policy }]) => ({
    name,
    audience: audienceOf(principals),
    ...policy,
  }));
}

function scheduleOf(
  {
    schedule,
    parent,
  }: {
    readonly schedule?: ImageEntry["schedule"];
    readonly parent: { readonly golden?: string | undefined };
  },
  fallback: string,
): Schedule | undefined {
  return schedule?.manual
    ? undefined
    : {
        expression: schedule?.expression ?? fallback,
        timezone: schedule?.timezone ?? "Etc/UTC",
        onlyOnUpdates: schedule?.onlyOnUpdates ?? parent.golden !== undefined,
      };
}

/** What images and containers have alike. */
export function resolveBuildable<K extends ImageKind>(
  kind: K,
  name: string,
  entry: ImageEntry | ContainerEntry,
  around: ResolveContext,
): Omit<BuildableBase, "platform" | "instanceTypes" | "kind"> & { readonly kind: K } {
  return {
    kind,
    name,
    recipe: `${around.account}/${name}`,
    description: entry.description,
    majorMinor: entry.version,
    components: entry.components.map((component) => componentOf(component, around.files.documents)),
    workingDirectory: entry.workingDirectory,
    keyPair: entry.keyPair,
    regions: entry.regions ?? around.regions,
    schedule: scheduleOf(entry, around.schedule),
    testsEnabled: entry.tests?.enabled ?? true,
    scan: entry.scan ?? false,
    channels: channelsOf(entry),
    retainBuilds: entry.retain?.builds,
    workflows: resolveWorkflows(kind, entry, around.files.workflows),
  };
}

export function resolveImage(name: string, entry: ImageEntry, around: ResolveContext): Image {
  const { defaults, golden, files } = around;
  const { device = "", ...volume } = rootVolume(entry, golden, defaults.rootVolume);
  const platform = platformOf(entry, golden) ?? "Linux";
  return {
    ...resolveBuildable("image", name, entry, around),
    platform,
    instanceTypes: entry.instanceTypes ??
      defaults.instanceTypes ?? [defaultInstanceType(platform, architectureFor(entry, golden))],
    parent: parentOf(entry.parent),
    rootVolume: { device, ...volume },
    volumes: dataVolumes(entry, golden).map(({ type = "gp3", ...rest }) => ({ ...rest, type })),
    userData: entry.userData === undefined ? undefined : files.userData.get(entry.userData)?.base64,
    removeSsmAgent: entry.removeSsmAgent ?? false,
    dedicatedHosts: entry.dedicatedHosts ?? {},
    amiName: entry.amiName ?? defaultAmiName(name),
    amiTags: entry.amiTags ?? {},
    copyToRegions: entry.outputs?.copyToRegions ?? [],
    parameter: entry.outputs?.parameter,
    launchTemplates: entry.outputs?.launchTemplates ?? {},
  };
}
