import * as z from "zod";
import { buildable, exactlyOne, share } from "./buildable";
import {
  AmiId,
  AmiTags,
  boolean,
  ImageName,
  integer,
  ManagedName,
  mapOf,
  matching,
  nonEmptyMapOf,
  Region,
  SnapshotId,
  strict,
  uniqueList,
  VersionRange,
} from "./primitives";

const DeviceName = matching("a device name such as /dev/xvda", /^(\/dev\/[a-z0-9]+|xvd[a-z]+)$/);

/** The limits are those of the oldest provider supported. */
export const volume = {
  sizeGib: integer("GiB", 1, 16_000)
    .optional()
    .describe("GiB; by default that of what it is made from."),
  type: z
    .enum(["gp2", "gp3", "io1", "io2", "standard"], {
      error: "must be gp2, gp3, io1, io2 or standard",
    })
    .optional()
    .describe("gp3 by default."),
  iops: integer("IOPS", 100, 10_000)
    .optional()
    .describe("Operations per second; for gp3, io1 and io2."),
  throughputMibps: integer("MiB per second", 125, 1_000)
    .optional()
    .describe("MiB per second; for gp3."),
};

export const RootVolume = strict({
  device: DeviceName.optional().describe(
    "The parent image's root device. Known of most that AWS maintains, of Windows and macOS, and taken from a golden parent.",
  ),
  ...volume,
});

/** A volume beside the root. */
const Volume = strict({
  device: DeviceName.describe("What instances of the image call it."),
  ...volume,
  snapshots: nonEmptyMapOf("snapshots", Region, SnapshotId)
    .optional()
    .describe("What it is made from, by Region; empty without."),
});

const LaunchTemplate = matching(
  "a launch template's id such as lt-0123456789abcdef0",
  /^lt-([0-9a-f]{8}|[0-9a-f]{17})$/,
);

const DedicatedHost = matching(
  "a Dedicated Host's id such as h-0123456789abcdef0, or the ARN of a host resource group",
  /^(h-([0-9a-f]{8}|[0-9a-f]{17})|arn:aws[a-z-]*:resource-groups:[a-z0-9-]+:\d{12}:group\/[\w.-]+)$/,
);

const Parent = strict({
  golden: ImageName.optional().describe("A golden image of this factory."),
  awsManaged: ManagedName.optional().describe("An image that AWS maintains."),
  ssm: matching("the path of an SSM parameter", /^\/?[\w.-]+(\/[\w.-]+)*$/)
    .optional()
    .describe("An SSM parameter that holds an AMI's id."),
  marketplace: matching(
    "a Marketplace product's id such as prod-1234567890abc",
    /^prod-[a-z0-9]{8,32}$/,
  )
    .optional()
    .describe("An AMI product of AWS Marketplace that the account is subscribed to."),
  ami: nonEmptyMapOf("AMI ids", Region, AmiId).optional().describe("An AMI per Region."),
  version: VersionRange.optional().describe(
    "For golden and awsManaged: x.x.x by default, or 1.x.x, 1.2.x, 1.2.3 to hold back.",
  ),
})
  .superRefine(exactlyOne("golden", "awsManaged", "ssm", "marketplace", "ami"))
  .superRefine(({ golden, awsManaged, version }, context) => {
    if (version !== undefined && golden === undefined && awsManaged === undefined)
      context.addIssue({
        code: "custom",
        path: ["version"],
        message: "is for golden and awsManaged only",
        input: version,
      });
  });

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_AmiDistributionConfiguration.html */
const AmiName = matching(
  "an AMI name of letters, digits, spaces and -_.: that isn't too long for Image Builder (127)",
  /^(?=.{1,127}$)[-_A-Za-z0-9{][-_A-Za-z0-9\s:{}.]+[-_A-Za-z0-9}]$/,
).regex(
  /\{\{\s*imagebuilder:buildDate\s*\}\}/,
  "must hold {{ imagebuilder:buildDate }}, or a second build can't be named",
);

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html: no others may begin so. */
const ParameterName = matching(
  "the path of an SSM parameter such as /imagebuilder/amazon-linux-2023, not of AWS's own",
  /^(?!\/(aws|ssm))(\/[\w.-]+){1,15}$/i,
);

const Outputs = strict({
  copyToRegions: uniqueList(Region)
    .optional()
    .describe("Regions that get copies of the AMIs and bake none."),
  parameter: ParameterName.optional().describe(
    "Holds the newest AMI's id, in each Region that gets one; before any approval, and after a revocation too. Below /imagebuilder/ Image Builder's own role writes it, elsewhere one that is made here.",
  ),
  launchTemplates: nonEmptyMapOf("launch templates", Region, LaunchTemplate)
    .optional()
    .describe(
      "Get the newest AMI as a new default version, by Region; before any approval, and after a revocation too.",
    ),
});

const image = {
  platform: z
    .enum(["Linux", "Windows", "macOS"], { error: "must be Linux, Windows or macOS" })
    .optional()
    .describe("Known of golden parents and of most that AWS maintains."),
  parent: Parent.describe("What the image is built on."),
  ...buildable,
  dedicatedHosts: nonEmptyMapOf("Dedicated Hosts", Region, DedicatedHost)
    .optional()
    .describe(
      "For macOS: which one builds in a Region; by default any that places instances by itself.",
    ),
  rootVolume: RootVolume.optional(),
  volumes: uniqueList(Volume, 25)
    .optional()
    .describe(
      "Volumes beside the root, encrypted with the image key; a golden parent's come along.",
    ),
  userData: matching("the path of a file", /^[^\p{Cc}]+$/u)
    .optional()
    .describe(
      "Run by the instances that build, relative to this file. In place of what Image Builder runs, which installs the SSM agent.",
    ),
  removeSsmAgent: boolean()
    .optional()
    .describe("Leave the image without the SSM agent. False by default; not for Windows."),
  amiName: AmiName.optional().describe("NAME-{{ imagebuilder:buildDate }} by default."),
  amiTags: AmiTags.optional().describe("On the AMIs. Other accounts can't see them."),
  outputs: Outputs.optional().describe("What comes of a build beside its AMI."),
};

const GoldenImage = strict({ ...image, share });
const AppImage = strict(image);

export const GoldenImages = nonEmptyMapOf("golden images", ImageName, GoldenImage);
export const AppImages = mapOf("images", ImageName, AppImage);
