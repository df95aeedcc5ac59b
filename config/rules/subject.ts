import type { Problem } from "../problems";
import type { Files } from "../resolve-image";
import type { VolumeSource } from "../root-volume";
import type { FactoryFile } from "../schema";
import type { Sound } from "../sound";

type Parts = Sound<FactoryFile>;
type Path = readonly PropertyKey[];
type ImagePart = NonNullable<NonNullable<Parts["images"]>[string]>;

/** An image as far as it is sound, with its place in the file and the account that bakes it. */
export interface SubjectImage extends VolumeSource {
  readonly path: Path;
  readonly name: string;
  readonly account: SubjectAccount;
  readonly parent: NonNullable<ImagePart["parent"]>;
  readonly components: readonly SubjectComponent[];
  readonly channels: readonly SubjectChannel[];
  /** The Regions that factory.yaml names for it, if it does. */
  readonly ownRegions: readonly (string | undefined)[] | undefined;
  /** Those that it is baked in. */
  readonly regions: readonly string[];
  /** Those that get copies. */
  readonly copyToRegions: readonly (string | undefined)[];
  /** By Region. */
  readonly launchTemplates: Readonly<Record<string, unknown>>;
  readonly parameter: string | undefined;
  /** Whether a parent is named, right or not; and a platform, and hosts. */
  readonly hasParent: boolean;
  readonly hasPlatform: boolean;
  readonly hasHosts: boolean;
  /** By Region. */
  readonly hosts: Readonly<Record<string, unknown>>;
  readonly workingDirectory: string | undefined;
  readonly volumes: NonNullable<ImagePart["volumes"]>;
  readonly userData: string | undefined;
  readonly removeSsmAgent: boolean;
  readonly instanceTypes: readonly (string | undefined)[] | undefined;
  readonly hasAmiName: boolean;
  readonly retainBuilds: number | undefined;
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
  /** Whether it has images, right or not. */
  readonly hasImages: boolean;
}

/** What the rules judge: a factory file as far as it is sound, and the documents that it names. */
export interface Subject {
  readonly shared: SubjectAccount;
  readonly apps: readonly SubjectAccount[];
  /** By name, in the order of the file. */
  readonly golden: ReadonlyMap<string, SubjectImage>;
  readonly appImages: readonly SubjectImage[];
  readonly state: Parts["state"];
  readonly hasCi: boolean;
  readonly defaultVolume: VolumeSource["rootVolume"];
  readonly defaultInstanceTypes: readonly (string | undefined)[] | undefined;
  /** By the path that factory.yaml gives. */
  readonly documents: Files["documents"];
  readonly userData: Files["userData"];
}

/** Something that must hold between parts of a factory file. */
export type Rule = (subject: Subject) => Problem[];

type AccountPart = {
  readonly id?: string | undefined;
  readonly deployRole?: string | undefined;
  readonly regions?: Readonly<Record<string, unknown>> | undefined;
  readonly autoScaling?: boolean | undefined;
  readonly images?: Readonly<Record<string, unknown>> | undefined;
};

const accountOf = (name: string, path: Path, part: AccountPart = {}): SubjectAccount => ({
  path,
  name,
  id: part.id,
  deployRole: part.deployRole,
  regions: part.regions && Object.keys(part.regions),
  autoScaling: part.autoScaling ?? false,
  hasImages: Object.keys(part.images ?? {}).length > 0,
});

const channelsOf = (path: Path, { share }: ImagePart): SubjectChannel[] =>
  Object.entries(share?.channels ?? {}).map(([name, channel]) => ({
    path: [...path, "share", "channels", name],
    name,
    keep: channel?.keep,
    accounts: channel?.principals?.accounts,
  }));

/** Which of several kinds of parent is meant nobody knows. */
const soleParent = ({ parent = {} }: ImagePart): SubjectImage["parent"] => {
  const { version: _version, ...kinds } = parent;
  return Object.values(kinds).filter((kind) => kind !== undefined).length === 1 ? parent : {};
};

const imageOf = (account: SubjectAccount, path: Path, name: string, part: ImagePart = {}): SubjectImage => ({
  path,
  name,
  account,
  platform: part.platform,
  parent: soleParent(part),
  rootVolume: part.rootVolume,
  components: (part.components ?? []).map((component, index) => ({
    ...component,
    path: [...path, "components", index],
    parameters: component?.parameters ?? {},
  })),
  channels: channelsOf(path, part),
  ownRegions: part.regions,
  copyToRegions: part.outputs?.copyToRegions ?? [],
  launchTemplates: part.outputs?.launchTemplates ?? {},
  parameter: part.outputs?.parameter,
  regions: (part.regions ?? account.regions ?? []).flatMap((region) => region ?? []),
  hasParent: Object.keys(soleParent(part)).length > 0,
  hasPlatform: "platform" in part,
  hasHosts: part.dedicatedHosts !== undefined,
  hosts: part.dedicatedHosts ?? {},
  workingDirectory: part.workingDirectory,
  volumes: part.volumes ?? [],
  userData: part.userData,
  removeSsmAgent: part.removeSsmAgent === true,
  instanceTypes: part.instanceTypes,
  hasAmiName: part.amiName !== undefined,
  retainBuilds: part.retain?.builds,
});

/** What the rules judge of a file's sound parts. */
export const subjectOf = (parts: Parts, { documents, userData }: Files): Subject => {
  const shared = accountOf("sharedAccount", ["sharedAccount"], parts.sharedAccount);
  const apps = Object.entries(parts.appAccounts ?? {}).flatMap(([name, part]) =>
    part ? [{ part, account: accountOf(name, ["appAccounts", name], part) }] : [],
  );
  return {
    shared,
    apps: apps.map(({ account }) => account),
    golden: new Map(
      Object.entries(parts.images ?? {}).map(([name, part]) => [name, imageOf(shared, ["images", name], name, part)]),
    ),
    appImages: apps.flatMap(({ account, part }) =>
      Object.entries(part.images ?? {}).map(([name, image]) =>
        imageOf(account, [...account.path, "images", name], name, image),
      ),
    ),
    state: parts.state,
    hasCi: parts.ci !== undefined,
    defaultVolume: parts.defaults?.rootVolume,
    defaultInstanceTypes: parts.defaults?.instanceTypes,
    documents,
    userData,
  };
};

export const allAccounts = ({ shared, apps }: Subject): SubjectAccount[] => [shared, ...apps];

export const allImages = ({ golden, appImages }: Subject): SubjectImage[] => [...golden.values(), ...appImages];
