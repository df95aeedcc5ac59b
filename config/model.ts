import type { Audience } from "./audience";
import type { OrganizationId } from "./aws/arns";
import type { Architecture, Platform } from "./aws/base-images";
import type { ImageKind, WorkflowType } from "./aws/workflow-steps";
import type { ComponentDocument } from "./documents/component/check";
import type { WorkflowDocument } from "./documents/workflow/check";
import type { Permission } from "./documents/workflow/permissions";
import type { DataVolume, Volume } from "./resolve/volumes";
import type { FactoryFile } from "./schema/factory-file";
import type { LockFile } from "./versions/lock-file";

/** A factory file that was found right, with every default filled in. Nothing downstream checks it again. */
export interface Factory {
  readonly organization: OrganizationId;
  readonly state: FactoryFile["state"];
  readonly tags: Readonly<Record<string, string>>;
  /** Whether state buckets and image keys refuse to be destroyed. */
  readonly protect: boolean;
  readonly updater: FactoryFile["sharedAccount"]["updater"];
  readonly keyAdministrators: {
    readonly permissionSets: readonly string[];
    readonly roles: readonly string[];
  };
  /** Whose workflows plan and deploy. @default - people do */
  readonly ci?: NonNullable<FactoryFile["ci"]>;
  /** Its images and containers are the golden ones. */
  readonly shared: Account;
  readonly apps: readonly AppAccount[];
}

/** A factory whose versions are known. */
export interface VersionedFactory extends Factory {
  readonly lockFile: LockFile;
}

export interface Account {
  readonly name: string;
  /** 12 digits. */
  readonly id: string;
  /** @default - the caller's own credentials */
  readonly deployRole?: string;
  readonly emails: readonly string[];
  readonly regions: readonly RegionNetwork[];
  readonly images: readonly Image[];
  readonly containers: readonly Container[];
}

export interface AppAccount extends Account {
  /** Whether this account's Auto Scaling runs golden images directly. */
  readonly autoScaling: boolean;
}

export interface RegionNetwork {
  readonly name: string;
  /** Where instances build. @default - the default VPC */
  readonly subnetId?: string;
  /** Given with `subnetId`. */
  readonly securityGroupIds?: readonly string[];
}

/** What comes of a recipe and a pipeline. */
export interface BuildableBase {
  readonly kind: ImageKind;
  readonly name: string;
  /** Its line in the ledger: account and name. */
  readonly recipe: string;
  readonly description?: string;
  readonly platform: Platform;
  readonly majorMinor: string;
  readonly components: readonly Component[];
  readonly workingDirectory?: string;
  /** @default - nobody can log in to what builds */
  readonly keyPair?: string;
  readonly instanceTypes: readonly string[];
  /** Those that bake it. */
  readonly regions: readonly string[];
  /** @default - somebody starts the pipeline */
  readonly schedule?: Schedule;
  readonly testsEnabled: boolean;
  readonly scan: boolean;
  readonly channels: readonly Channel[];
  /** How many builds a lifecycle policy leaves. @default - all */
  readonly retainBuilds?: number;
  /** Empty: what Image Builder runs by itself. */
  readonly workflows: readonly Workflow[];
}

/** A machine image. */
export interface Image extends BuildableBase {
  readonly kind: "image";
  readonly parent: Parent;
  readonly rootVolume: Volume;
  /** Beside the root, those of golden parents included. */
  readonly volumes: readonly DataVolume[];
  /** Base64. @default - what Image Builder runs */
  readonly userData?: string;
  readonly removeSsmAgent: boolean;
  /** Ids of Dedicated Hosts, or ARNs of host resource groups, by Region. For macOS. */
  readonly dedicatedHosts: Readonly<Record<string, string>>;
  readonly amiName: string;
  readonly amiTags: Readonly<Record<string, string>>;
  /** Those that get copies of its AMIs and bake none. */
  readonly copyToRegions: readonly string[];
  /** Path of the SSM parameter that holds the newest AMI's id. @default - there is none */
  readonly parameter?: string;
  /** Ids of launch templates that get the newest AMI, by Region. */
  readonly launchTemplates: Readonly<Record<string, string>>;
}

/** A container image, with a repository of its own. */
export interface Container extends BuildableBase {
  readonly kind: "container";
  readonly parent: ContainerParent;
  readonly architecture: Architecture;
  /** The text of its Dockerfile, with Image Builder's placeholders. */
  readonly dockerfile: string;
  /** The root volume of the instances that build it. */
  readonly hostVolume: Volume;
}

export type ContainerParent =
  | { readonly kind: "golden" | "awsManaged"; readonly name: string; readonly version: string }
  | { readonly kind: "registry"; readonly uri: string };

/** A workflow that an image is built with. */
export interface Workflow {
  readonly type: WorkflowType;
  readonly source: { readonly awsManaged: string } | { readonly document: WorkflowDocument };
  readonly parameters: Readonly<Record<string, string>>;
  /** With which others it runs at the same time. @default - it runs alone */
  readonly parallelGroup?: string;
  /** What becomes of the build when it fails. @default "abort" */
  readonly onFailure?: "abort" | "continue";
  /** What its steps need, beside what every workflow may do. */
  readonly permissions: readonly Permission[];
}

export type Parent =
  | { readonly kind: "golden" | "awsManaged"; readonly name: string; readonly version: string }
  | { readonly kind: "ssm"; readonly path: string }
  | { readonly kind: "marketplace"; readonly product: string }
  | { readonly kind: "ami"; readonly amis: Readonly<Record<string, string>> };

export type Component = { readonly parameters: Readonly<Record<string, string>> } & (
  | { readonly kind: "awsManaged"; readonly name: string; readonly version: string }
  | { readonly kind: "document"; readonly document: ComponentDocument }
  | { readonly kind: "arn"; readonly arn: string }
);

export interface Schedule {
  readonly expression: string;
  readonly timezone: string;
  /** Whether a run is skipped when neither parent nor components have a new version. */
  readonly onlyOnUpdates: boolean;
}

export interface Channel {
  readonly name: string;
  readonly audience: Audience;
  readonly keep: number;
  readonly bakeHours: number;
  readonly approval: "automatic" | "required";
  readonly maxAgeDays?: number;
}

/** Regions in which an account has AMIs of images that it doesn't bake there. */
export function copyRegionsOf({ regions, images }: Account): string[] {
  const own = regions.map(({ name }) => name);
  return [...new Set(images.flatMap(({ copyToRegions }) => copyToRegions))].filter(
    (region) => !own.includes(region),
  );
}

/** Everything that an account bakes. */
export function buildablesOf({
  images,
  containers,
}: Pick<Account, "images" | "containers">): (Image | Container)[] {
  return [...images, ...containers];
}

/** Every account that bakes images. */
export function accountsOf({ shared, apps }: Factory): Account[] {
  return [shared, ...apps];
}
