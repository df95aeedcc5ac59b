import type { FindingsPolicy } from "../contract/findings";
import type { Audience } from "./audience";
import type { OrganizationId } from "./aws/arns";
import type { Architecture, BaseImage, Platform } from "./aws/base-images";
import type { BucketObjects } from "./aws/buckets";
import type { HostAmi } from "./aws/container-hosts";
import type { Permission } from "./aws/workflow-permissions";
import type { ImageKind, WorkflowType } from "./aws/workflow-steps";
import type { ComponentDocument } from "./documents/component/check";
import type { ResourceUse } from "./documents/component/resource-uses";
import type { WorkflowDocument } from "./documents/workflow/check";
import type { Path } from "./problems";
import type { FactoryFile } from "./schema/factory-file";
import type { LockFile } from "./versions/lock-file";

/** A valid factory file with every default filled in. Nothing downstream validates it again. */
export interface Factory {
  readonly organization: OrganizationId;
  readonly state: FactoryFile["state"];
  readonly tags: Readonly<Record<string, string>>;
  /** Whether Terraform refuses to destroy state buckets and image keys. */
  readonly protect: boolean;
  readonly updater: FactoryFile["sharedAccount"]["updater"];
  readonly keyAdministrators: FactoryFile["sharedAccount"]["keyAdministrators"];
  /** ARNs of the roles and users that may look at instances in app accounts. */
  readonly operators: readonly string[];
  /** Whether package lists and signed statements of golden builds are stored. */
  readonly evidence: boolean;
  /** Email recipients of release notes. @default - none are sent */
  readonly notes?: { readonly emails: readonly string[] } | undefined;
  /** Whether the AMIs of golden builds get watermarks. */
  readonly watermarks: boolean;
  /** The repository whose workflows plan and deploy. @default - people plan and deploy */
  readonly ci?: FactoryFile["ci"];
  /** Its images and containers are the golden ones. */
  readonly shared: Account;
  readonly apps: readonly AppAccount[];
  /** Paths of the files that the factory file names, relative to it. */
  readonly files: readonly string[];
}

/** A factory with the versions of its components, recipes and workflows. */
export interface VersionedFactory extends Factory {
  readonly lockFile: LockFile;
}

export interface Account {
  readonly name: string;
  /** 12 digits. */
  readonly id: string;
  /** @default - the caller's credentials */
  readonly deployRole?: string | undefined;
  readonly emails: readonly string[];
  readonly regions: readonly RegionNetwork[];
  /** Permissions of all its build instances. */
  readonly buildAccess: BuildAccess;
  readonly images: readonly Image[];
  readonly containers: readonly Container[];
}

export interface AppAccount extends Account {
  /** Whether the account's Auto Scaling groups may run golden images directly. */
  readonly autoScaling: boolean;
  /** Whether operators may see which instances run golden images in the account. */
  readonly fleet: boolean;
}

/** A Region of an account, and where its build instances run. */
export interface RegionNetwork {
  readonly name: string;
  /** @default - the default VPC */
  readonly subnetId?: string | undefined;
  /** Given together with `subnetId`. */
  readonly securityGroupIds?: readonly string[] | undefined;
}

/** Permissions of build instances, in addition to those that every build instance has. */
export interface BuildAccess {
  readonly read: readonly BucketObjects[];
  readonly write: readonly BucketObjects[];
  /** Names in the account and Region of the build, or ARNs. */
  readonly secrets: readonly string[];
  /** SSM parameters of the account and Region of the build. A path ends with a slash. */
  readonly parameters: readonly string[];
  /** ARNs of customer managed policies of the account. */
  readonly policies: readonly string[];
}

/** Properties of both images and containers. */
export interface BuildableBase {
  readonly kind: ImageKind;
  readonly name: string;
  /** Name in the version lock file: `ACCOUNT/NAME`. */
  readonly recipe: string;
  readonly description?: string | undefined;
  readonly platform: Platform;
  readonly majorMinor: string;
  readonly components: readonly Component[];
  readonly workingDirectory?: string | undefined;
  /** @default - logging in to build instances is impossible */
  readonly keyPair?: string | undefined;
  readonly instanceTypes: readonly string[];
  /**
   * Permissions of its build instances, in addition to those of the account: those of its entry,
   * and for the objects that its component documents name literally.
   */
  readonly buildAccess: BuildAccess;
  /** Regions that build it. */
  readonly regions: readonly string[];
  /** How it follows the newest build of its parent. @default - it doesn't */
  readonly followParent?: FollowParent | undefined;
  /** @default - the pipeline is started manually */
  readonly schedule?: Schedule | undefined;
  /** Whether the pipeline starts builds on its schedule. */
  readonly enabled: boolean;
  readonly testsEnabled: boolean;
  /** Time limit of the tests, in minutes. @default - the provider's, 720 */
  readonly testTimeoutMinutes?: number | undefined;
  readonly scan: boolean;
  readonly channels: readonly Channel[];
  /** Whether the instance of a failed build keeps running. */
  readonly keepFailedInstances: boolean;
  /** Whether Image Builder collects the packages of the image. */
  readonly enhancedMetadata: boolean;
  /** Builds that a lifecycle policy keeps. @default - all */
  readonly retain?: Retention | undefined;
  /** Empty if Image Builder runs its default workflows. */
  readonly workflows: readonly Workflow[];
}

/** How an image follows the newest build of its parent. */
export interface FollowParent {
  /**
   * Days without a successful build on the newest build of the parent that raise an alarm.
   * @default - no alarm
   */
  readonly alarmAfterDays?: number | undefined;
}

/** The newest builds, or the builds up to an age and `minBuilds` of any age. */
export type Retention =
  | { readonly kind: "count"; readonly builds: number }
  | { readonly kind: "age"; readonly days: number; readonly minBuilds: number };

/** A machine image. */
export interface Image extends BuildableBase {
  readonly kind: "image";
  readonly parent: Parent;
  /**
   * The AWS-managed image at the end of the line of parents.
   * @default - it is another kind of image, or unknown
   */
  readonly base?: BaseImage | undefined;
  readonly rootVolume: Volume;
  /** Volumes in addition to the root volume, including those of golden parents. */
  readonly volumes: readonly DataVolume[];
  /** Base64. @default - Image Builder's own user data */
  readonly userData?: string | undefined;
  readonly removeSsmAgent: boolean;
  /** Ids of Dedicated Hosts, or ARNs of host resource groups, by Region. For macOS. */
  readonly dedicatedHosts: Readonly<Record<string, string>>;
  readonly amiName: string;
  /** @default - the image's description, which copies don't get */
  readonly amiDescription?: string | undefined;
  readonly amiTags: Readonly<Record<string, string>>;
  /** Regions that get copies of the AMIs without building them. */
  readonly copyToRegions: readonly string[];
  /** Path of the SSM parameter that contains the newest AMI's id. @default - there is none */
  readonly parameter?: string | undefined;
  /** Ids of launch templates that get the newest AMI, by Region. */
  readonly launchTemplates: Readonly<Record<string, string>>;
}

/** A container image. */
export interface Container extends BuildableBase {
  readonly kind: "container";
  readonly parent: ContainerParent;
  readonly architecture: Architecture;
  /** Text of its Dockerfile, with Image Builder's placeholders. @default - that of its platform */
  readonly dockerfile?: string | undefined;
  /** AMI of the instances that build it. @default - the ECS-optimized AMI */
  readonly hostAmi?: HostAmi | undefined;
  /** Root volume of the instances that build it. */
  readonly hostVolume: Volume;
}

export type Buildable = Image | Container;

interface GoldenParent<T> {
  readonly kind: "golden";
  readonly name: string;
  readonly version: string;
  readonly image: T;
}

interface AwsManagedParent {
  readonly kind: "awsManaged";
  readonly name: string;
  readonly version: string;
}

/** An image that isn't in the factory. `{region}` in its ARN stands for the Region of the build. */
interface ForeignParent {
  readonly kind: "arn";
  readonly arn: string;
}

export type Parent =
  | GoldenParent<Image>
  | AwsManagedParent
  | ForeignParent
  | { readonly kind: "ssm"; readonly path: string }
  | { readonly kind: "marketplace"; readonly product: string }
  | { readonly kind: "ami"; readonly amis: Readonly<Record<string, string>> };

export type ContainerParent =
  | GoldenParent<Container>
  | AwsManagedParent
  | ForeignParent
  | { readonly kind: "registry"; readonly uri: string };

/** A volume of an image, encrypted by its recipe. */
export interface Volume {
  /**
   * The root volume's device is the parent's: another name would add a volume and leave the root
   * unencrypted.
   */
  readonly device: string;
  /** @default - the size of the parent's volume or of the snapshot */
  readonly sizeGib?: number | undefined;
  readonly type: "gp2" | "gp3" | "io1" | "io2" | "standard";
  readonly iops?: number | undefined;
  readonly throughputMibps?: number | undefined;
}

/** A volume in addition to the root volume. */
export interface DataVolume extends Volume {
  /** Snapshots by Region. @default - the parent's volume of that device, or an empty volume */
  readonly snapshots?: Readonly<Record<string, string>> | undefined;
}

/** A component document with what its entry in the factory file adds. */
export interface OwnComponent extends ComponentDocument {
  /** Name of the component: the entry's, or the file's without its extension. */
  readonly name: string;
  /** @default - every version of the platform */
  readonly supportedOsVersions?: readonly string[] | undefined;
}

export type Component = { readonly parameters: Readonly<Record<string, string>> } & (
  | { readonly kind: "awsManaged"; readonly name: string; readonly version: string }
  | {
      readonly kind: "document";
      readonly document: OwnComponent;
      /** The buckets and secrets that its steps use, with the values of the parameters. */
      readonly uses: readonly ResourceUse[];
    }
  | { readonly kind: "arn"; readonly arn: string }
);

/** A workflow that builds, tests or distributes an image. */
export interface Workflow {
  readonly type: WorkflowType;
  readonly source: { readonly awsManaged: string } | { readonly document: WorkflowDocument };
  readonly parameters: Readonly<Record<string, string>>;
  /** Other workflows of the group run at the same time. @default - it runs alone */
  readonly parallelGroup?: string | undefined;
  /** Reaction of Image Builder to a workflow that fails. Tests have it, others can't have it. */
  readonly onFailure?: "abort" | "continue" | undefined;
  /** Permissions that its steps need, in addition to those of every workflow. */
  readonly permissions: readonly Permission[];
  /**
   * Where it is in its image's entry.
   * @default - it isn't in the factory file: it is Image Builder's default
   */
  readonly path?: Path | undefined;
}

export interface Schedule {
  readonly expression: string;
  /** IANA time zone. */
  readonly timezone: string;
  /** Whether a run is skipped if neither the parent nor a component has a new version. */
  readonly onlyOnUpdates: boolean;
}

export interface Channel {
  readonly name: string;
  readonly audience: Audience;
  /** Number of newest builds that are shared. */
  readonly keep: number;
  /** Minimum age of a shared build, in hours. */
  readonly bakeHours: number;
  readonly approval: "automatic" | "required";
  /** Age of the newest shared build that raises an alarm, in days. @default - no alarm */
  readonly maxAgeDays?: number | undefined;
  /**
   * Limits for Amazon Inspector's findings in a shared build. @default - findings have no effect
   */
  readonly findings?: FindingsPolicy | undefined;
}

/** Returns the Regions that only get copies of an account's AMIs. */
export function copyRegionsOf({ regions, images }: Account): string[] {
  const own = regions.map(({ name }) => name);
  const copies = new Set(images.flatMap(({ copyToRegions }) => copyToRegions));
  return [...copies].filter((region) => !own.includes(region));
}

export function buildablesOf({
  images,
  containers,
}: Pick<Account, "images" | "containers">): Buildable[] {
  return [...images, ...containers];
}

/**
 * Returns whether the rebuilder checks an image. If people start all builds and there is no alarm,
 * it has nothing to do.
 */
export function isFollowing({ followParent, schedule }: Buildable): boolean {
  if (followParent === undefined) return false;
  return schedule !== undefined || followParent.alarmAfterDays !== undefined;
}

/** Returns the shared account and the app accounts. */
export function accountsOf({ shared, apps }: Factory): Account[] {
  return [shared, ...apps];
}
