import type { WorkflowType } from "../aws/workflow-steps";
import type { Problem } from "../problems";
import type { Files } from "../resolve/image";
import type { VolumeSource } from "../resolve/volumes";
import type { FactoryFile } from "../schema/factory-file";
import type { Sound } from "../sound";

type Parts = Sound<FactoryFile>;
type Path = readonly PropertyKey[];
type ImagePart = NonNullable<NonNullable<Parts["images"]>[string]>;
type ContainerPart = NonNullable<NonNullable<Parts["containers"]>[string]>;
type BakedPart = Pick<ImagePart, keyof ImagePart & keyof ContainerPart>;

/** An image or container as far as it is sound, with its place in the file and the account that bakes it. */
interface Baked {
  readonly path: Path;
  readonly name: string;
  readonly account: SubjectAccount;
  /** Whether a parent is named, right or not. */
  readonly hasParent: boolean;
  readonly components: readonly SubjectComponent[];
  readonly workflows: readonly SubjectWorkflow[];
  readonly channels: readonly SubjectChannel[];
  /** The Regions that factory.yaml names for it, if it does. */
  readonly ownRegions: readonly (string | undefined)[] | undefined;
  /** Those that it is baked in. */
  readonly regions: readonly string[];
  readonly workingDirectory: string | undefined;
  readonly instanceTypes: readonly (string | undefined)[] | undefined;
  readonly testsEnabled: boolean;
  readonly onlyOnUpdates: boolean;
  readonly scan: boolean;
  readonly retainBuilds: number | undefined;
}

export interface SubjectContainer extends Baked {
  readonly kind: "container";
  readonly parent: NonNullable<ContainerPart["parent"]>;
  readonly dockerfile: string | undefined;
  readonly hostVolume: NonNullable<ContainerPart["hostVolume"]>;
}

export interface SubjectImage extends Baked, VolumeSource {
  readonly kind: "image";
  readonly parent: NonNullable<ImagePart["parent"]>;
  /** Those that get copies. */
  readonly copyToRegions: readonly (string | undefined)[];
  /** By Region. */
  readonly launchTemplates: Readonly<Record<string, unknown>>;
  readonly parameter: string | undefined;
  /** Whether a platform is named, right or not; and hosts. */
  readonly hasPlatform: boolean;
  readonly hasHosts: boolean;
  /** By Region. */
  readonly hosts: Readonly<Record<string, unknown>>;
  readonly volumes: NonNullable<ImagePart["volumes"]>;
  readonly userData: string | undefined;
  readonly removeSsmAgent: boolean;
  readonly hasAmiName: boolean;
}

export type SubjectBaked = SubjectImage | SubjectContainer;

export interface SubjectWorkflow {
  readonly path: Path;
  readonly type: WorkflowType;
  readonly awsManaged?: string | undefined;
  readonly document?: string | undefined;
  readonly parallelGroup?: string | undefined;
  readonly onFailure?: "abort" | "continue" | undefined;
  readonly parameters: Readonly<Record<string, string | undefined>>;
}

export interface SubjectComponent {
  readonly path: Path;
  readonly awsManaged?: string | undefined;
  readonly document?: string | undefined;
  readonly arn?: string | undefined;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface SubjectChannel {
  readonly path: Path;
  readonly name: string;
  readonly keep: number | undefined;
  /** The accounts that it is for, where it is for accounts. */
  readonly accounts: readonly (string | undefined)[] | undefined;
}

export interface SubjectAccount {
  readonly path: Path;
  readonly name: string;
  readonly id: string | undefined;
  readonly deployRole: string | undefined;
  /** `undefined` where they are wrong as a whole. */
  readonly regions: readonly string[] | undefined;
  readonly autoScaling: boolean;
  /** Whether it has images or containers, right or not. */
  readonly hasImages: boolean;
}

/** What the rules judge: a factory file as far as it is sound, and the documents that it names. */
export interface Subject {
  readonly shared: SubjectAccount;
  readonly apps: readonly SubjectAccount[];
  /** By name, in the order of the file. */
  readonly golden: ReadonlyMap<string, SubjectImage>;
  readonly goldenContainers: ReadonlyMap<string, SubjectContainer>;
  readonly appImages: readonly SubjectImage[];
  readonly appContainers: readonly SubjectContainer[];
  readonly state: Parts["state"];
  readonly hasCi: boolean;
  readonly defaultVolume: VolumeSource["rootVolume"];
  readonly defaultInstanceTypes: readonly (string | undefined)[] | undefined;
  /** By the path that factory.yaml gives. */
  readonly files: Files;
}

/** Something that must hold between parts of a factory file. */
export type Rule = (subject: Subject) => Problem[];

type AccountPart = {
  readonly id?: string | undefined;
  readonly deployRole?: string | undefined;
  readonly regions?: Readonly<Record<string, unknown>> | undefined;
  readonly autoScaling?: boolean | undefined;
  readonly images?: Readonly<Record<string, unknown>> | undefined;
  readonly containers?: Readonly<Record<string, unknown>> | undefined;
};

function accountOf(name: string, path: Path, part: AccountPart = {}): SubjectAccount {
  return {
    path,
    name,
    id: part.id,
    deployRole: part.deployRole,
    regions: part.regions && Object.keys(part.regions),
    autoScaling: part.autoScaling ?? false,
    hasImages: Object.keys({ ...part.images, ...part.containers }).length > 0,
  };
}

function channelsOf(path: Path, { share }: BakedPart): SubjectChannel[] {
  return Object.entries(share?.channels ?? {}).map(([name, channel]) => ({
    path: [...path, "share", "channels", name],
    name,
    keep: channel?.keep,
    accounts: channel?.principals?.accounts,
  }));
}

/** Which of several kinds of parent is meant nobody knows. */
function soleParent<T extends { readonly version?: string | undefined }>({
  parent,
}: {
  readonly parent?: T | undefined;
}) {
  const { version: _version, ...kinds } = parent ?? {};
  return Object.values(kinds).filter((kind) => kind !== undefined).length === 1
    ? parent
    : undefined;
}

function workflowsOf(path: Path, { workflows }: BakedPart): SubjectWorkflow[] {
  const { build, tests = [], distribution } = workflows ?? {};
  const workflow = (
    type: WorkflowType,
    part: (typeof tests)[number],
    at: Path,
  ): SubjectWorkflow => ({
    ...part,
    path: at,
    type,
    parameters: part?.parameters ?? {},
  });
  return [
    ...(build ? [workflow("build", build, [...path, "workflows", "build"])] : []),
    ...tests.map((test, index) => workflow("test", test, [...path, "workflows", "tests", index])),
    ...(distribution
      ? [workflow("distribution", distribution, [...path, "workflows", "distribution"])]
      : []),
  ];
}

function bakedOf(
  account: SubjectAccount,
  path: Path,
  name: string,
  part: BakedPart,
): Omit<Baked, "hasParent"> {
  return {
    path,
    name,
    account,
    components: (part.components ?? []).map((component, index) => ({
      ...component,
      path: [...path, "components", index],
      parameters: component?.parameters ?? {},
    })),
    workflows: workflowsOf(path, part),
    channels: channelsOf(path, part),
    ownRegions: part.regions,
    regions: (part.regions ?? account.regions ?? []).flatMap((region) => region ?? []),
    workingDirectory: part.workingDirectory,
    instanceTypes: part.instanceTypes,
    testsEnabled: part.tests?.enabled ?? true,
    onlyOnUpdates: part.schedule?.onlyOnUpdates ?? false,
    scan: part.scan ?? false,
    retainBuilds: part.retain?.builds,
  };
}

function imageOf(
  account: SubjectAccount,
  path: Path,
  name: string,
  part: ImagePart = {},
): SubjectImage {
  return {
    ...bakedOf(account, path, name, part),
    kind: "image",
    platform: part.platform,
    parent: soleParent(part) ?? {},
    hasParent: soleParent(part) !== undefined,
    rootVolume: part.rootVolume,
    copyToRegions: part.outputs?.copyToRegions ?? [],
    launchTemplates: part.outputs?.launchTemplates ?? {},
    parameter: part.outputs?.parameter,
    hasPlatform: "platform" in part,
    hasHosts: part.dedicatedHosts !== undefined,
    hosts: part.dedicatedHosts ?? {},
    volumes: part.volumes ?? [],
    userData: part.userData,
    removeSsmAgent: part.removeSsmAgent === true,
    hasAmiName: part.amiName !== undefined,
  };
}

function containerOf(
  account: SubjectAccount,
  path: Path,
  name: string,
  part: ContainerPart = {},
): SubjectContainer {
  return {
    ...bakedOf(account, path, name, part),
    kind: "container",
    parent: soleParent(part) ?? {},
    hasParent: soleParent(part) !== undefined,
    dockerfile: part.dockerfile,
    hostVolume: part.hostVolume ?? {},
  };
}

/** What the rules judge of a file's sound parts. */
export function subjectOf(parts: Parts, files: Files): Subject {
  const shared = accountOf("sharedAccount", ["sharedAccount"], parts.sharedAccount);
  const apps = Object.entries(parts.appAccounts ?? {}).flatMap(([name, part]) =>
    part ? [{ part, account: accountOf(name, ["appAccounts", name], part) }] : [],
  );
  return {
    shared,
    apps: apps.map(({ account }) => account),
    golden: new Map(
      Object.entries(parts.images ?? {}).map(([name, part]) => [
        name,
        imageOf(shared, ["images", name], name, part),
      ]),
    ),
    goldenContainers: new Map(
      Object.entries(parts.containers ?? {}).map(([name, part]) => [
        name,
        containerOf(shared, ["containers", name], name, part),
      ]),
    ),
    appImages: apps.flatMap(({ account, part }) =>
      Object.entries(part.images ?? {}).map(([name, image]) =>
        imageOf(account, [...account.path, "images", name], name, image),
      ),
    ),
    appContainers: apps.flatMap(({ account, part }) =>
      Object.entries(part.containers ?? {}).map(([name, container]) =>
        containerOf(account, [...account.path, "containers", name], name, container),
      ),
    ),
    state: parts.state,
    hasCi: parts.ci !== undefined,
    defaultVolume: parts.defaults?.rootVolume,
    defaultInstanceTypes: parts.defaults?.instanceTypes,
    files,
  };
}

export function allAccounts({ shared, apps }: Subject): SubjectAccount[] {
  return [shared, ...apps];
}

export function allImages({ golden, appImages }: Subject): SubjectImage[] {
  return [...golden.values(), ...appImages];
}

export function allContainers({ goldenContainers, appContainers }: Subject): SubjectContainer[] {
  return [...goldenContainers.values(), ...appContainers];
}

/** Images and containers. */
export function allBaked(subject: Subject): SubjectBaked[] {
  return [...allImages(subject), ...allContainers(subject)];
}

/** The golden ones of either kind. */
export function allGolden({ golden, goldenContainers }: Subject): SubjectBaked[] {
  return [...golden.values(), ...goldenContainers.values()];
}

/** Those that something of a kind may be built on. */
export function goldenOf(
  { golden, goldenContainers }: Subject,
  { kind }: Pick<SubjectBaked, "kind">,
) {
  return (kind === "image" ? golden : goldenContainers) as ReadonlyMap<string, SubjectBaked>;
}
