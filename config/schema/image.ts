import type * as z from "zod";
import { launchTemplateId } from "../aws/input-schemas";
import {
  boolean,
  exactlyOne,
  integer,
  mapOf,
  matching,
  nonEmptyMapOf,
  oneOf,
  onlyWith,
  strict,
  uniqueList,
} from "../schema-blocks";
import { buildable, NEWEST, share } from "./buildable";
import {
  AmiId,
  AmiTags,
  Description,
  FilePath,
  ImageArn,
  ImageName,
  ManagedName,
  ParameterPath,
  Region,
  SnapshotId,
  VersionRange,
} from "./primitives";

export const DeviceName = matching(
  "a device name such as /dev/xvda",
  /^(\/dev\/[a-z0-9]+|xvd[a-z]+)$/,
);

/** Settings of a volume. The limits are those of the oldest supported provider. */
export const volume = {
  sizeGib: integer("GiB", 1, 16_000)
    .optional()
    .describe("Size in GiB. Default: the size of the parent's volume or of the snapshot."),
  type: oneOf(["gp2", "gp3", "io1", "io2", "standard"])
    .optional()
    .describe("Volume type. Default: gp3."),
  iops: integer("IOPS", 100, 10_000).optional().describe("For gp3, io1 and io2."),
  throughputMibps: integer("MiB per second", 125, 1_000)
    .optional()
    .describe("Throughput in MiB per second, for gp3."),
};

export const RootVolume = strict({
  ...volume,
  sizeGib: volume.sizeGib.describe("Size in GiB. Default: the size of the parent's root volume."),
  device: DeviceName.optional().describe(
    "The parent's root device. Default: the parent's, if the factory knows it (golden parents, most AWS-managed images, Windows, macOS); otherwise required.",
  ),
});

const Volume = strict({
  device: DeviceName.describe("Device name on instances of the image."),
  ...volume,
  snapshots: nonEmptyMapOf("snapshots", Region, SnapshotId)
    .optional()
    .describe("Snapshots to create the volume from, by Region. Default: the volume is empty."),
});

const DedicatedHost = matching(
  "a Dedicated Host ID such as h-0123456789abcdef0, or the ARN of a host resource group",
  /^(h-([0-9a-f]{8}|[0-9a-f]{17})|arn:aws[a-z-]*:resource-groups:[a-z0-9-]+:\d{12}:group\/[\w.-]+)$/,
);

const Parent = strict({
  golden: ImageName.optional().describe("The name of a golden image of this factory."),
  awsManaged: ManagedName.optional().describe("The name of an AWS-managed image."),
  ssm: ParameterPath.optional().describe("The path of an SSM parameter that contains an AMI ID."),
  marketplace: matching(
    "a Marketplace product ID such as prod-1234567890abc",
    /^prod-[a-z0-9]{8,32}$/,
  )
    .optional()
    .describe("An AMI product of AWS Marketplace that the account is subscribed to."),
  ami: nonEmptyMapOf("AMI IDs", Region, AmiId).optional().describe("An AMI ID for each Region."),
  arn: ImageArn.optional().describe(
    "The ARN of an Image Builder image that another team builds, in the Region that builds this image. {region} stands for that Region. Its owner must share it with the account, with launch permission for its AMI and permission for the key that encrypts it.",
  ),
  version: VersionRange.optional().describe(
    "For golden and awsManaged. 1.x.x, 1.2.x or 1.2.3 limits the versions of the parent that the image uses. Default: x.x.x, the newest version.",
  ),
})
  .superRefine(exactlyOne("golden", "awsManaged", "ssm", "marketplace", "ami", "arn"))
  .superRefine(onlyWith("version", "golden", "awsManaged"))
  .transform(({ golden, awsManaged, ssm, marketplace, ami, arn, version = NEWEST }) => {
    if (golden !== undefined) return { kind: "golden" as const, name: golden, version };
    if (awsManaged !== undefined) return { kind: "awsManaged" as const, name: awsManaged, version };
    if (ssm !== undefined) return { kind: "ssm" as const, path: ssm };
    if (marketplace !== undefined) return { kind: "marketplace" as const, product: marketplace };
    if (ami !== undefined) return { kind: "ami" as const, amis: ami };
    return { kind: "arn" as const, arn: arn as string };
  });

/**
 * https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_AmiDistributionConfiguration.html
 */
const AmiName = matching(
  "an AMI name of at most 127 letters, digits, spaces and the characters - _ . and :",
  /^(?=.{1,127}$)[-_A-Za-z0-9{][-_A-Za-z0-9\s:{}.]+[-_A-Za-z0-9}]$/,
).regex(
  /\{\{\s*imagebuilder:buildDate\s*\}\}/,
  "must contain {{ imagebuilder:buildDate }}, because each build needs a different AMI name",
);

/**
 * AWS reserves other prefixes:
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
 */
const ParameterName = matching(
  "the path of an SSM parameter such as /imagebuilder/amazon-linux-2023, not starting with /aws or /ssm",
  /^(?!\/(aws|ssm))(\/[\w.-]+){1,15}$/i,
);

const Outputs = strict({
  copyToRegions: uniqueList(Region)
    .default([])
    .describe("Regions that get copies of the AMIs without building them."),
  parameter: ParameterName.optional().describe(
    "An SSM parameter for the ID of the newest AMI, in each Region that has an AMI. Image Builder writes it when a build ends, before any approval, and doesn't reset it after a revocation. Image Builder's service-linked role can write parameters under /imagebuilder/; for others the factory creates a role.",
  ),
  launchTemplates: nonEmptyMapOf("launch templates", Region, launchTemplateId)
    .default({})
    .describe(
      "Launch templates by Region. Image Builder adds the newest AMI as the new default version when a build ends, before any approval, and doesn't reset it after a revocation.",
    ),
});

const image = {
  platform: oneOf(["Linux", "Windows", "macOS"])
    .optional()
    .describe(
      "Operating system. Default: the parent's; required if it can't be inferred from the parent.",
    ),
  parent: Parent.describe("The image that this image is built on."),
  ...buildable,
  dedicatedHosts: nonEmptyMapOf("Dedicated Hosts", Region, DedicatedHost)
    .default({})
    .describe(
      "For macOS: the Dedicated Host that builds in a Region. Default: any host with auto-placement.",
    ),
  rootVolume: RootVolume.default({}).describe("Root volume, encrypted with the image key."),
  volumes: uniqueList(Volume, 25, 0)
    .optional()
    .describe(
      "Volumes in addition to the root volume, encrypted with the image key. Volumes of a golden parent are inherited. Default: none.",
    ),
  userData: FilePath.optional().describe(
    "The path of a user data script for build instances, relative to this file. It replaces Image Builder's own script, which installs the SSM agent.",
  ),
  removeSsmAgent: boolean()
    .default(false)
    .describe("Whether Image Builder removes the SSM agent from the image. Not for Windows."),
  amiName: AmiName.optional().describe(
    "Name of the AMIs. Default: NAME-{{ imagebuilder:buildDate }}.",
  ),
  amiDescription: Description.optional().describe(
    "Description of the AMIs and of their copies. Default: the image's description for the AMIs, and none for copies.",
  ),
  amiTags: AmiTags.default({}).describe(
    "Tags of the AMIs. Other accounts can't see them. Image Builder replaces {{imagebuilder:buildDate}} and {{imagebuilder:buildVersion}} in values.",
  ),
  outputs: Outputs.prefault({}).describe("Where builds are published in addition to their AMI."),
};

export const GoldenImage = strict({ ...image, share });
export const AppImage = strict(image);

export type ImageEntry = z.output<typeof GoldenImage>;

export const GoldenImages = nonEmptyMapOf("golden images", ImageName, GoldenImage);
export const AppImages = mapOf("images", ImageName, AppImage);
