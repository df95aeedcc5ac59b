import * as z from "zod";
import {
  AccountId,
  AmiId,
  AmiTags,
  ComponentArn,
  Description,
  flag,
  ImageName,
  InstanceType,
  list,
  MajorMinor,
  ManagedName,
  named,
  namedSome,
  OrganizationalUnit,
  Region,
  SimpleName,
  SnapshotId,
  strict,
  text,
  VersionRange,
  whole,
} from "./primitives";
import { ScheduleExpression, TimeZone } from "./schedule";

/** Refuses an object unless exactly one of `kinds` is in it. */
const exactlyOne =
  <K extends string>(...kinds: K[]) =>
  (value: { [key in K]?: unknown }, context: z.RefinementCtx): void => {
    const given = kinds.filter((kind) => value[kind] !== undefined);
    if (given.length !== 1)
      context.addIssue({ code: "custom", message: `must hold exactly one of ${kinds.join(", ")}`, input: value });
  };

export const InstanceTypes = list(InstanceType).describe("What to build and test on, in order of preference.");

const DeviceName = text("a device name such as /dev/xvda", /^(\/dev\/[a-z0-9]+|xvd[a-z]+)$/);

/** The limits are those of the oldest provider supported. */
const volume = {
  sizeGib: whole("GiB", 1, 16_000).optional().describe("GiB; by default that of what it is made from."),
  type: z
    .enum(["gp2", "gp3", "io1", "io2", "standard"], { error: "must be gp2, gp3, io1, io2 or standard" })
    .optional()
    .describe("gp3 by default."),
  iops: whole("IOPS", 100, 10_000).optional().describe("Operations per second; for gp3, io1 and io2."),
  throughputMibps: whole("MiB per second", 125, 1_000).optional().describe("MiB per second; for gp3."),
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
  snapshots: namedSome("snapshots", Region, SnapshotId).optional().describe("What it is made from, by Region; empty without."),
});

const LaunchTemplate = text("a launch template's id such as lt-0123456789abcdef0", /^lt-([0-9a-f]{8}|[0-9a-f]{17})$/);

const DedicatedHost = text(
  "a Dedicated Host's id such as h-0123456789abcdef0, or the ARN of a host resource group",
  /^(h-([0-9a-f]{8}|[0-9a-f]{17})|arn:aws[a-z-]*:resource-groups:[a-z0-9-]+:\d{12}:group\/[\w.-]+)$/,
);

const Parent = strict({
  golden: ImageName.optional().describe("A golden image of this factory."),
  awsManaged: ManagedName.optional().describe("An image that AWS maintains."),
  ssm: text("the path of an SSM parameter", /^\/?[\w.-]+(\/[\w.-]+)*$/)
    .optional()
    .describe("An SSM parameter that holds an AMI's id."),
  marketplace: text("a Marketplace product's id such as prod-1234567890abc", /^prod-[a-z0-9]{8,32}$/)
    .optional()
    .describe("An AMI product of AWS Marketplace that the account is subscribed to."),
  ami: namedSome("AMI ids", Region, AmiId).optional().describe("An AMI per Region."),
  version: VersionRange.optional().describe(
    "For golden and awsManaged: x.x.x by default, or 1.x.x, 1.2.x, 1.2.3 to hold back.",
  ),
})
  .superRefine(exactlyOne("golden", "awsManaged", "ssm", "marketplace", "ami"))
  .superRefine(({ golden, awsManaged, version }, context) => {
    if (version !== undefined && golden === undefined && awsManaged === undefined)
      context.addIssue({ code: "custom", path: ["version"], message: "is for golden and awsManaged only", input: version });
  });

const ParameterValue = z.string({ error: "must be a text (in quotes if it is a number)" }).min(1, "must not be empty");

const Component = strict({
  awsManaged: ManagedName.optional().describe("A component that AWS maintains."),
  document: text("the path of a .yaml or .yml file", /^[^\p{Cc}]+\.ya?ml$/u)
    .optional()
    .describe("A component document, relative to this file. Its name without ending is the component's."),
  arn: ComponentArn.optional().describe("Any other component, of the Region that the image is baked in."),
  version: VersionRange.optional().describe("For awsManaged: x.x.x by default."),
  parameters: namedSome("parameters", text("a parameter's name", /^[\w-]{1,256}$/), ParameterValue)
    .optional()
    .describe("Passed to the component. No secrets: they are stored in plain text."),
})
  .superRefine(exactlyOne("awsManaged", "document", "arn"))
  .superRefine(({ awsManaged, version }, context) => {
    if (version !== undefined && awsManaged === undefined)
      context.addIssue({ code: "custom", path: ["version"], message: "is for awsManaged only", input: version });
  });

const Schedule = strict({
  expression: ScheduleExpression.optional().describe("cron(…) with six fields, or rate(…)."),
  timezone: TimeZone.optional().describe("Etc/UTC by default."),
  onlyOnUpdates: flag()
    .optional()
    .describe(
      "Skip a run when neither parent nor components have a new version. By default true on a golden parent, else false.",
    ),
  manual: z
    .literal(true, { error: "must be true, or left out" })
    .optional()
    .describe("No schedule: somebody starts the pipeline."),
})
  .superRefine(exactlyOne("expression", "manual"))
  .superRefine(({ manual, timezone, onlyOnUpdates }, context) => {
    if (manual && (timezone !== undefined || onlyOnUpdates !== undefined))
      context.addIssue({
        code: "custom",
        message: "manual has neither timezone nor onlyOnUpdates",
        input: { timezone, onlyOnUpdates },
      });
  });

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_AmiDistributionConfiguration.html */
const AmiName = text(
  "an AMI name of letters, digits, spaces and -_.: that isn't too long for Image Builder (127)",
  /^(?=.{1,127}$)[-_A-Za-z0-9{][-_A-Za-z0-9\s:{}.]+[-_A-Za-z0-9}]$/,
).regex(/\{\{\s*imagebuilder:buildDate\s*\}\}/, "must hold {{ imagebuilder:buildDate }}, or a second build can't be named");

/** What golden images and apps' own have in common. */
/** https://docs.aws.amazon.com/imagebuilder/latest/userguide/dist-using-ssm-parameters.html: Image Builder's role writes no others. */
const ParameterName = text(
  "the path of an SSM parameter that Image Builder may write, such as /imagebuilder/amazon-linux-2023",
  /^\/imagebuilder(\/[\w.-]+){1,14}$/,
);

const Outputs = strict({
  copyToRegions: list(Region).optional().describe("Regions that get copies of the AMIs and bake none."),
  parameter: ParameterName.optional().describe(
    "Holds the newest AMI's id, in each Region that gets one; before any approval, and after a revocation too.",
  ),
  launchTemplates: namedSome("launch templates", Region, LaunchTemplate)
    .optional()
    .describe("Get the newest AMI as a new default version, by Region; before any approval, and after a revocation too."),
});

const image = {
  description: Description.optional(),
  platform: z
    .enum(["Linux", "Windows", "macOS"], { error: "must be Linux, Windows or macOS" })
    .optional()
    .describe("Known of golden parents and of most that AWS maintains."),
  parent: Parent.describe("What the image is built on."),
  version: MajorMinor.describe("major.minor; factory.lock.json gives the patch."),
  components: list(Component, 20).describe("In order."),
  workingDirectory: text("a path of at most 1,024 characters", /^[^\p{Cc}]{1,1024}$/u).optional(),
  instanceTypes: InstanceTypes.optional(),
  dedicatedHosts: namedSome("Dedicated Hosts", Region, DedicatedHost)
    .optional()
    .describe("For macOS: which one builds in a Region; by default any that places instances by itself."),
  rootVolume: RootVolume.optional(),
  volumes: list(Volume, 25)
    .optional()
    .describe("Volumes beside the root, encrypted with the image key; a golden parent's come along."),
  userData: text("the path of a file", /^[^\p{Cc}]+$/u)
    .optional()
    .describe(
      "Run by the instances that build, relative to this file. In place of what Image Builder runs, which installs the SSM agent.",
    ),
  removeSsmAgent: flag().optional().describe("Leave the image without the SSM agent. False by default; not for Windows."),
  keyPair: text("a key pair's name of at most 255 characters", /^[\x20-\x7e]{1,255}$/)
    .optional()
    .describe("Lets somebody log in to the instances that build. By default nobody can."),
  amiName: AmiName.optional().describe("NAME-{{ imagebuilder:buildDate }} by default."),
  amiTags: AmiTags.optional().describe("On the AMIs. Other accounts can't see them."),
  outputs: Outputs.optional().describe("What comes of a build beside its AMI."),
  regions: list(Region).optional().describe("All of the account's Regions by default."),
  schedule: Schedule.optional().describe("cron(0 2 ? * sun *) by default, UTC; for an app's image cron(0 6 ? * mon *)."),
  tests: strict({ enabled: flag() }).optional().describe("Enabled by default."),
  scan: flag().optional().describe("Let Amazon Inspector, which has to be active, scan the test instance. False by default."),
  retain: strict({ builds: whole("builds", 1, 1_000) })
    .optional()
    .describe("Delete older builds with their AMIs and snapshots. By default nothing is deleted."),
};

const Principals = strict({
  organization: z.literal(true, { error: "must be true, or left out" }).optional(),
  organizationalUnits: list(OrganizationalUnit).optional().describe("With all units below."),
  accounts: list(AccountId).optional(),
}).superRefine(exactlyOne("organization", "organizationalUnits", "accounts"));

const Channel = strict({
  principals: Principals.describe("Who sees, launches and decrypts the channel's builds."),
  keep: whole("builds", 1, 1_000).default(3).describe("How many of the newest builds are shared."),
  bakeHours: whole("hours", 0, 8_760).default(0).describe("How old a build must be to be shared."),
  approval: z.enum(["automatic", "required"], { error: "must be automatic or required" }).default("automatic"),
  maxAgeDays: whole("days", 1, 3_650).optional().describe("Raise an alarm when the newest shared build is older."),
});

export const GoldenImage = strict({
  ...image,
  share: strict({ channels: namedSome("channels", SimpleName, Channel) })
    .optional()
    .describe("Left out: baked, and not shared."),
});

export const AppImage = strict(image);

export const GoldenImages = namedSome("golden images", ImageName, GoldenImage);
export const AppImages = named("images", ImageName, AppImage);
