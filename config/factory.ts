import type { Audience } from "./audience";
import type { Platform } from "./base-images";
import type { ComponentDocument } from "./component-document";
import type { Ledger } from "./ledger";
import type { OrganizationId } from "./names";
import type { DataVolume, Volume } from "./root-volume";
import type { FactoryFile } from "./schema";

/** A factory file that was found right, with every default filled in. Nothing downstream checks it again. */
export interface Factory {
  readonly organization: OrganizationId;
  readonly state: FactoryFile["state"];
  readonly tags: Readonly<Record<string, string>>;
  /** Whether state buckets and image keys refuse to be destroyed. */
  readonly protect: boolean;
  readonly updater: FactoryFile["sharedAccount"]["updater"];
  readonly keyAdministrators: { readonly permissionSets: readonly string[]; readonly roles: readonly string[] };
  /** Whose workflows plan and deploy. @default - people do */
  readonly ci?: NonNullable<FactoryFile["ci"]>;
  /** Its images are the golden ones. */
  readonly shared: Account;
  readonly apps: readonly AppAccount[];
}

/** A factory whose versions are known. */
export interface VersionedFactory extends Factory {
  readonly ledger: Ledger;
}

export interface Account {
  readonly name: string;
  /** 12 digits. */
  readonly id: string;
  /** @default - the caller's own credentials */
  readonly deployRole?: string;
  readonly emails: readonly string[];
  readonly regions: readonly AccountRegion[];
  readonly images: readonly Image[];
}

export interface AppAccount extends Account {
  /** Whether this account's Auto Scaling runs golden images directly. */
  readonly autoScaling: boolean;
}

export interface AccountRegion {
  readonly name: string;
  /** Where instances build. @default - the default VPC */
  readonly subnetId?: string;
  /** Given with `subnetId`. */
  readonly securityGroupIds?: readonly string[];
}

/** What comes of a recipe and a pipeline. */
export interface Baked {
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
}

/** A machine image. */
export interface Image extends Baked {
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
export const copyRegionsOf = ({ regions, images }: Account): string[] => {
  const own = regions.map(({ name }) => name);
  return [...new Set(images.flatMap(({ copyToRegions }) => copyToRegions))].filter((region) => !own.includes(region));
};

/** Every account that bakes images. */
export const accountsOf = ({ shared, apps }: Factory): Account[] => [shared, ...apps];
