import * as z from "zod";
import { BUCKET_NAME } from "../aws/buckets";
import {
  boolean,
  integer,
  mapOf,
  matching,
  nonEmptyMapOf,
  strict,
  uniqueList,
} from "../schema-blocks";
import { BuildAccess } from "./build-access";
import { InstanceTypes } from "./buildable";
import { AppContainers, GoldenContainers } from "./container";
import { AppImages, GoldenImages, RootVolume } from "./image";
import {
  AccountId,
  Email,
  OrganizationId,
  PermissionSet,
  PrincipalArn,
  Region,
  RoleName,
  SecurityGroupId,
  SimpleName,
  SubnetId,
  Tags,
} from "./primitives";
import { DailySchedule } from "./schedule";

const Organization = strict({
  id: OrganizationId.describe("Organization ID."),
  managementAccountId: AccountId.describe("Account ID of the management account."),
});

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
export const StateBucket = z
  .string({
    error: "must be a bucket name that contains {account}, such as acme-tfstate-{account}",
  })
  .refine(
    (name) => name.includes("{account}"),
    "must contain {account}, because each account has its own bucket",
  )
  .refine(
    (name) => BUCKET_NAME.test(name.replaceAll("{account}", "000000000000")),
    "must be a bucket name: 3 to 63 lower-case letters, digits, hyphens and dots, once {account} is replaced by 12 digits",
  );

export const HcpOrganization = matching("an HCP Terraform organization", /^[\w-]+$/);

const State = z.discriminatedUnion(
  "backend",
  [
    strict(
      {
        backend: z.literal("s3").describe("An S3 bucket in each account."),
        bucket: StateBucket.describe(
          "Name of the state bucket. {account} stands for the account ID.",
        ),
        region: Region.describe("Region of the state buckets."),
      },
      "backend: s3",
    ),
    strict(
      {
        backend: z
          .literal("cloud")
          .describe("HCP Terraform or Terraform Enterprise. Each stack is a workspace."),
        organization: HcpOrganization.describe("HCP Terraform organization."),
        project: matching("an HCP Terraform project", /^[\w -]{3,40}$/)
          .optional()
          .describe("HCP Terraform project. Default: the organization's default project."),
        hostname: matching("a host name", /^[a-z0-9-]+(\.[a-z0-9-]+)+$/)
          .optional()
          .describe("Host name of Terraform Enterprise. Default: app.terraform.io."),
      },
      "backend: cloud",
    ),
    strict(
      {
        backend: z
          .literal("local")
          .describe(
            "Files terraform.STACK.tfstate in the folder that contains cdktf.out. For trying things out.",
          ),
      },
      "backend: local",
    ),
  ],
  {
    error: ({ input }) =>
      typeof input === "object" && input !== null && "backend" in input
        ? "must be s3, cloud or local"
        : "must contain backend: s3, cloud or local",
  },
);

const AccountRegions = nonEmptyMapOf(
  "Regions",
  Region,
  strict({
    subnetId: SubnetId.optional().describe("Subnet of build instances. Default: the default VPC."),
    securityGroupIds: uniqueList(SecurityGroupId)
      .optional()
      .describe("Security groups of build instances. Required with subnetId."),
  }).refine(
    ({ subnetId, securityGroupIds }) =>
      (subnetId === undefined) === (securityGroupIds === undefined),
    "must contain subnetId and securityGroupIds together, or neither",
  ),
);

const account = {
  id: AccountId.describe("Account ID, in quotes."),
  deployRole: RoleName.optional().describe(
    "Role that Terraform assumes in the account, for the provider and the backend. Default: the caller's credentials.",
  ),
  notify: strict({
    emails: uniqueList(Email).describe(
      "Email addresses. Amazon SNS sends each a link to confirm the subscription.",
    ),
  })
    .optional()
    .describe("Email recipients for notifications about builds and alarms."),
  regions: AccountRegions.describe("Regions that build images."),
  buildAccess: BuildAccess.describe(
    "Permissions of all build instances of the account, in addition to those that every build instance has.",
  ),
};

const SharedAccount = strict({
  ...account,
  keyAdministrators: strict({
    permissionSets: z
      .array(PermissionSet, { error: "must be a list" })
      .default([])
      .describe("Permission sets of IAM Identity Center."),
    roles: z
      .array(RoleName, { error: "must be a list" })
      .default([])
      .describe("Names of roles in the shared account."),
  })
    .prefault({})
    .describe(
      "Principals that administer the image key, in addition to those whose IAM policies allow it. This doesn't let them decrypt.",
    ),
  operators: uniqueList(PrincipalArn)
    .default([])
    .describe(
      "ARNs of the IAM roles and users that may look at instances in app accounts with fleet: true. They must exist before the app accounts are deployed.",
    ),
  updater: strict({
    schedule: DailySchedule.default("rate(1 hour)").describe(
      "How often the updater checks the shares when no event arrives. UTC; at least daily.",
    ),
    // Amazon SQS takes no other number:
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
    concurrency: integer("images", 2, 1_000)
      .default(5)
      .describe("Number of images that the function checks at the same time."),
    launchPermissionGraceDays: integer("days", 0, 365)
      .default(30)
      .describe(
        "Days for which an account keeps a launch permission that no channel grants any more, for example because the account left a channel. 0: the permission is removed within a day.",
      ),
  })
    .prefault({})
    .describe(
      "The function that makes each channel share the newest builds that its conditions allow.",
    ),
  evidence: boolean()
    .default(false)
    .describe(
      "Whether the package list of each build is stored, with a signed statement of what the build was built from.",
    ),
  notes: strict({
    emails: uniqueList(Email).describe(
      "Email addresses. Amazon SNS sends each a link to confirm the subscription.",
    ),
  })
    .optional()
    .describe(
      "Email recipients for release notes: what changed when a channel shares another build, and why a build failed.",
    ),
  watermarks: boolean()
    .default(false)
    .describe(
      "Whether the AMIs of each golden build get a watermark with the name of the build. AMIs that are created from them inherit it.",
    ),
  protect: boolean()
    .default(true)
    .describe(
      "Whether Terraform refuses to destroy state buckets, image keys, the signing key and bucket for evidence, and any other bucket or repository that isn't empty, in all accounts of the factory.",
    ),
});

const AppAccount = strict({
  ...account,
  regions: AccountRegions.describe(
    "Regions in which the account builds images, or runs golden images with Auto Scaling. With fleet, operators look at the instances in these Regions, and in those of the factory.",
  ),
  autoScaling: boolean()
    .default(false)
    .describe("Whether the account's Auto Scaling groups may run golden AMIs directly."),
  fleet: boolean()
    .default(false)
    .describe(
      "Whether sharedAccount.operators may see which instances run golden images in the account. The stack of the account's first Region creates a role for them.",
    ),
  images: AppImages.default({}).describe("Images of the account."),
  containers: AppContainers.default({}).describe(
    "Container images. Each has its own Amazon ECR repository.",
  ),
});

const Defaults = strict({
  instanceTypes: InstanceTypes.optional(),
  rootVolume: RootVolume.default({}).describe("Root volume of images."),
});

export const Repository = matching(
  "OWNER/NAME such as acme/golden-images, or OWNER@ID/NAME@ID with the numeric IDs of GitHub such as acme@1234/golden-images@5678",
  /^(?:[\w-]+\/[\w.-]+|[\w-]+@\d+\/[\w.-]+@\d+)$/,
);

const Ci = strict({
  github: strict({
    repository: Repository.describe(
      "The repository whose GitHub workflows plan and deploy: OWNER/NAME, or OWNER@ID/NAME@ID with the numeric IDs of GitHub, so that a repository that is later created under the same name isn't trusted.",
    ),
    provider: z
      .literal("existing", {
        error:
          "must be `existing` if the account already has an OIDC provider for GitHub, or left out",
      })
      .optional()
      .describe(
        "existing: the accounts already have an OIDC provider for GitHub. Default: the state stacks create it.",
      ),
  }).describe("GitHub Actions."),
});

/** factory.yaml, without the checks that need several of its keys. */
export const FactoryObject = strict({
  organization: Organization.describe("The AWS organization that contains all accounts."),
  state: State.describe("Where Terraform keeps state. Each stack has a separate state."),
  tags: Tags.default({}).describe("Tags of every resource."),
  defaults: Defaults.prefault({}).describe("Defaults for all images. An image can override them."),
  sharedAccount: SharedAccount.describe("The account that builds and shares the golden images."),
  images: GoldenImages.default({}).describe(
    "Golden images. By default, each Region of the shared account builds them.",
  ),
  containers: GoldenContainers.default({}).describe(
    "Golden containers. Each has its own Amazon ECR repository.",
  ),
  appAccounts: mapOf("app accounts", SimpleName, AppAccount)
    .default({})
    .describe(
      "Accounts that build their own images, that run golden images with Auto Scaling, or whose instances operators look at (fleet).",
    ),
  ci: Ci.optional().describe(
    "IAM roles for GitHub Actions, instead of deployRole. The state stack of each account, which contains its state bucket, creates them.",
  ),
});

export const FactoryFile = FactoryObject.superRefine(({ images, containers }, context) => {
  if (Object.keys(images).length + Object.keys(containers).length > 0) return;
  const message =
    "must contain at least one golden image, unless containers contains a golden container";
  context.addIssue({ code: "custom", path: ["images"], message, input: images });
});
export type FactoryFile = z.output<typeof FactoryFile>;
export type AppAccountEntry = FactoryFile["appAccounts"][string];
