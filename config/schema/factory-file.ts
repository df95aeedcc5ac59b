import * as z from "zod";
import { InstanceTypes } from "./buildable";
import { AppContainers, GoldenContainers } from "./container";
import { AppImages, GoldenImages, RootVolume } from "./image";
import {
  AccountId,
  boolean,
  Email,
  integer,
  mapOf,
  matching,
  nonEmptyMapOf,
  OrganizationId,
  PermissionSet,
  Region,
  RoleName,
  SecurityGroupId,
  SimpleName,
  SubnetId,
  strict,
  Tags,
  uniqueList,
} from "./primitives";
import { DailySchedule } from "./schedule";

const Organization = strict({ id: OrganizationId, managementAccountId: AccountId });

function isBucketName(name: string): boolean {
  return /^(?!xn--|sthree-|amzn-s3-demo-|\d+\.\d+\.\d+\.\d+$)[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9](?<!-s3alias|--ol-s3|\.mrap)$/.test(
    name,
  );
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
const StateBucket = z
  .string({ error: "must be a bucket name with {account} in it, such as acme-tfstate-{account}" })
  .refine(
    (name) => name.includes("{account}"),
    "must hold {account}, because every account has a bucket of its own",
  )
  .refine(
    (name) => isBucketName(name.replaceAll("{account}", "000000000000")),
    "must be a bucket name (3 to 63 lower-case letters, digits, hyphens and dots) with an account's 12 digits for {account}",
  );

const State = z.discriminatedUnion(
  "backend",
  [
    strict({ backend: z.literal("s3"), bucket: StateBucket, region: Region }),
    strict({
      backend: z.literal("cloud"),
      organization: matching("an HCP Terraform organization", /^[\w-]+$/),
      project: matching("an HCP Terraform project", /^[\w -]{3,40}$/).optional(),
      hostname: matching("a host name", /^[a-z0-9-]+(\.[a-z0-9-]+)+$/).optional(),
    }),
    strict({ backend: z.literal("local") }),
  ],
  { error: "must be s3, cloud or local" },
);

const AccountRegions = nonEmptyMapOf(
  "Regions",
  Region,
  strict({
    subnetId: SubnetId.optional().describe("Where instances build; the default VPC without it."),
    securityGroupIds: uniqueList(SecurityGroupId).optional(),
  }).refine(
    ({ subnetId, securityGroupIds }) =>
      (subnetId === undefined) === (securityGroupIds === undefined),
    "must hold subnetId and securityGroupIds together, or neither",
  ),
);

const account = {
  id: AccountId,
  deployRole: RoleName.optional().describe(
    "Assumed by provider and backend; without it, the caller's own credentials.",
  ),
  notify: strict({ emails: uniqueList(Email) })
    .optional()
    .describe("Who hears of builds and alarms."),
  regions: AccountRegions,
};

const SharedAccount = strict({
  ...account,
  keyAdministrators: strict({
    permissionSets: z
      .array(PermissionSet, { error: "must be a list" })
      .optional()
      .describe("Permission sets of IAM Identity Center."),
    roles: z.array(RoleName, { error: "must be a list" }).optional(),
  })
    .optional()
    .describe("Who administers the image key besides IAM policies; none of them decrypts with it."),
  updater: strict({
    schedule: DailySchedule.default("rate(1 hour)").describe(
      "How often shares are set right without an event; UTC, at least daily.",
    ),
    reservedConcurrency: integer("concurrent executions", 1, 1_000).optional(),
  }).prefault({}),
  protect: boolean().default(true).describe("State buckets and image keys refuse to be destroyed."),
});

const AppAccount = strict({
  ...account,
  autoScaling: boolean()
    .default(false)
    .describe("Let this account's Auto Scaling run golden AMIs directly."),
  images: AppImages.default({}),
  containers: AppContainers.default({}).describe("Container images, with an ECR repository each."),
});

const Defaults = strict({
  instanceTypes: InstanceTypes.optional(),
  rootVolume: RootVolume.optional(),
});

const Repository = matching(
  "a repository such as acme/golden-images, or with the ids of both such as acme@1234/golden-images@5678",
  /^(?:[\w-]+\/[\w.-]+|[\w-]+@\d+\/[\w.-]+@\d+)$/,
);

/** factory.yaml. */
export const FactoryFile = strict({
  organization: Organization,
  state: State.describe("Where Terraform keeps state; one place per account."),
  tags: Tags.prefault({}).describe("On everything."),
  defaults: Defaults.prefault({}).describe("Under every image, which may override."),
  sharedAccount: SharedAccount.describe("Bakes and shares the golden images."),
  images: GoldenImages.default({}).describe(
    "Golden images, baked in the shared account in each of its Regions.",
  ),
  containers: GoldenContainers.default({}).describe(
    "Golden container images, likewise, with an ECR repository each.",
  ),
  appAccounts: mapOf("app accounts", SimpleName, AppAccount).default({}),
  ci: strict({
    github: strict({
      repository: Repository.describe(
        "Whose workflows plan and deploy: OWNER/NAME, or OWNER@ID/NAME@ID to be sure that no other ever has the name.",
      ),
      provider: z
        .literal("existing", { error: "must be existing, or left out" })
        .optional()
        .describe(
          "The accounts have an OIDC provider for GitHub already; by default the state stacks make one.",
        ),
    }),
  })
    .optional()
    .describe(
      "The state stacks make roles for GitHub Actions to plan and deploy with. Instead of every deployRole.",
    ),
}).superRefine(({ images, containers }, context) => {
  if (Object.keys({ ...images, ...containers }).length === 0)
    context.addIssue({
      code: "custom",
      path: ["images"],
      message: "must hold at least one: golden images by name, or containers in their place",
      input: images,
    });
});
export type FactoryFile = z.output<typeof FactoryFile>;
