/** The keys that images and containers have in common. */

import * as z from "zod";
import type { Audience } from "../audience";
import {
  boolean,
  exactlyOne,
  integer,
  matching,
  nonEmptyMapOf,
  oneOf,
  onlyWith,
  strict,
  uniqueList,
} from "../schema-blocks";
import { BuildAccess } from "./build-access";
import { Findings } from "./findings";
import {
  AccountId,
  ComponentArn,
  Description,
  ImageName,
  InstanceType,
  MajorMinor,
  ManagedName,
  OrganizationalUnit,
  Region,
  SimpleName,
  VersionRange,
  YamlPath,
} from "./primitives";
import { APP_SCHEDULE, FOLLOWING_SCHEDULE, GOLDEN_SCHEDULE, Schedule } from "./schedule";

/** The range that resolves to the newest version. */
export const NEWEST = "x.x.x";

export const InstanceTypes = uniqueList(InstanceType).describe(
  "Instance types to build and test on, in order of preference. Default: t3.medium, t4g.medium for Arm parents, mac1.metal or mac2.metal for macOS.",
);

const ParameterValue = z
  .string({ error: "must be a string (in quotes if it is a number, true or false)" })
  .min(1, "must not be empty")
  // For editors: numbers and booleans of a file are read as text.
  .meta({ type: ["string", "number", "boolean"] });

const Component = strict({
  awsManaged: ManagedName.optional().describe("The name of an AWS-managed component."),
  document: YamlPath.optional().describe(
    "The path of a component document, relative to this file.",
  ),
  arn: ComponentArn.optional().describe(
    "The ARN of any other component, in the Region that builds the image. {region} stands for that Region.",
  ),
  name: ImageName.optional().describe(
    "For document: the name of the component, the same wherever the document is used. Default: the file's name without its extension.",
  ),
  supportedOsVersions: uniqueList(
    matching("a string of at most 1,024 characters", /^[^\p{Cc}]{1,1024}$/u),
    25,
  )
    .optional()
    .describe(
      "For document: the operating system versions that the component supports, such as Amazon Linux 2023, the same wherever the document is used. Image Builder rejects a recipe if the parent's operating system version starts with none of them. Default: all.",
    ),
  version: VersionRange.optional().describe("For awsManaged. Default: x.x.x, the newest version."),
  parameters: nonEmptyMapOf(
    "parameters",
    matching("a parameter name", /^[\w-]{1,256}$/),
    ParameterValue,
  )
    .optional()
    .describe(
      "Parameters of the component. Don't put secrets here: AWS stores them in plain text.",
    ),
})
  .superRefine(exactlyOne("awsManaged", "document", "arn"))
  .superRefine(onlyWith("version", "awsManaged"))
  .superRefine(onlyWith("name", "document"))
  .superRefine(onlyWith("supportedOsVersions", "document"))
  .transform(({ awsManaged, document, arn, version = NEWEST, parameters = {}, ...own }) => {
    if (awsManaged !== undefined)
      return { kind: "awsManaged" as const, name: awsManaged, version, parameters };
    if (document !== undefined)
      return { kind: "document" as const, path: document, parameters, ...own };
    return { kind: "arn" as const, arn: arn as string, parameters };
  });
export type ComponentEntry = z.output<typeof Component>;

const workflow = {
  awsManaged: ManagedName.optional().describe(
    "The name of an AWS-managed workflow. Image Builder runs its newest version.",
  ),
  document: YamlPath.optional().describe("The path of a workflow document, relative to this file."),
  parameters: nonEmptyMapOf(
    "parameters",
    matching("a parameter name", /^[\w-]{1,128}$/),
    ParameterValue.max(1_024, "must have at most 1,024 characters"),
  )
    .optional()
    .describe(
      "Parameters of the workflow. A parameter named topicArn that has neither a default nor a value gets the ARN of the account's SNS topic for notifications.",
    ),
};

function withParameters<T extends { parameters?: Record<string, string> | undefined }>(entry: T) {
  return { ...entry, parameters: entry.parameters ?? {} };
}

/**
 * Keys for test workflows:
 * https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_WorkflowConfiguration.html
 */
const TestWorkflow = strict({
  ...workflow,
  parallelGroup: matching(
    "a name of at most 100 letters, digits and -_+#",
    /^[A-Za-z0-9][\w\-+#]{0,99}$/,
  )
    .optional()
    .describe("Workflows of one group run at the same time. List them next to each other."),
  onFailure: oneOf(["abort", "continue"])
    .optional()
    .describe("What Image Builder does with the build if the workflow fails. Default: abort."),
})
  .superRefine(exactlyOne("awsManaged", "document"))
  .transform(({ onFailure = "abort" as const, ...entry }) => ({
    ...withParameters(entry),
    onFailure,
  }));

const OneWorkflow = strict(workflow)
  .superRefine(exactlyOne("awsManaged", "document"))
  .transform(withParameters);

const Workflows = strict({
  build: OneWorkflow.optional().describe(
    "The build workflow. Default: AWS's build-image or build-container.",
  ),
  tests: uniqueList(TestWorkflow, 9)
    .optional()
    .describe("Test workflows, in order. Default: AWS's test-image or test-container."),
  distribution: OneWorkflow.optional().describe(
    "The distribution workflow. Default: Image Builder's built-in distribution.",
  ),
}).describe(
  "Workflows to run instead of Image Builder's defaults. To return to the defaults, set `workflows: {}`: without the key, Terraform leaves the workflows as they are.",
);

/**
 * https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LifecyclePolicyDetailFilter.html
 */
const Retention = strict({
  builds: integer("builds", 1, 1_000)
    .optional()
    .describe(
      "Number of builds of each recipe version to keep. If days is set: how many of the newest builds are kept even if they are older, at most 10. Default if days is set: the largest keep of the channels, or 1.",
    ),
  days: integer("days", 1, 1_000)
    .optional()
    .describe("Age from which builds are deleted, in days. Default: age doesn't matter."),
})
  .refine(
    ({ builds, days }) => builds !== undefined || days !== undefined,
    "must contain builds, days or both",
  )
  .describe(
    "Lifecycle policy. Image Builder deletes older builds with their AMIs or container images. Default: nothing is deleted.",
  );

/** Whether an image is built again when its parent has a newer build. */
const FollowParent = z
  .union(
    [
      boolean(),
      strict({
        alarmAfterDays: integer("days", 1, 365).describe(
          "Raises an alarm if the image hasn't been on the newest build of its parent for this many days.",
        ),
      }),
    ],
    { error: "must be true, false or { alarmAfterDays: DAYS }" },
  )
  .describe(
    "Whether the rebuilder starts the pipeline when the parent has a newer build, or when the parent's build was revoked. Needs a golden parent or a parent by ARN, with a range of versions. Default: true for golden parents and parents by ARN with a range of versions, false for others.",
  );

/** The keys that images and containers have in common. */
export const buildable = {
  description: Description.optional().describe("Description of the recipe and the pipeline."),
  version: MajorMinor.describe(
    'Major and minor version, in quotes: "1.0". The patch version comes from factory.lock.json.',
  ),
  components: uniqueList(Component, 20).describe("Components, in the order in which they run."),
  workingDirectory: matching("a path of at most 1,024 characters", /^[^\p{Cc}]{1,1024}$/u)
    .optional()
    .describe("Working directory of builds and tests. Default: /tmp, or C:/ on Windows."),
  instanceTypes: InstanceTypes.optional(),
  keyPair: matching("a key pair name of at most 255 characters", /^[\x20-\x7e]{1,255}$/)
    .optional()
    .describe("The EC2 key pair of build instances. Default: none (you can't log in with SSH)."),
  buildAccess: BuildAccess.describe(
    "Permissions of the instances that build and test the image, in addition to those of the account. Build instances also have permission for the objects that component documents name literally in S3Download, S3Upload and ExecuteDocument.",
  ),
  regions: uniqueList(Region)
    .optional()
    .describe("Regions that build the image. Default: all Regions of the account."),
  schedule: Schedule.optional().describe(
    `When the pipeline starts. Default: ${FOLLOWING_SCHEDULE} for images that follow their parent; otherwise ${GOLDEN_SCHEDULE} for golden images, ${APP_SCHEDULE} in app accounts.`,
  ),
  followParent: FollowParent.optional(),
  enabled: boolean()
    .default(true)
    .describe(
      "Whether the pipeline is enabled. With false, Image Builder doesn't start builds on the schedule. Existing builds stay shared.",
    ),
  tests: strict({
    enabled: boolean().default(true).describe("Whether Image Builder tests builds."),
    timeoutMinutes: integer("minutes", 60, 1_440)
      .optional()
      .describe(
        "Time limit of the tests, in minutes. AWS documents that Image Builder currently ignores it. Default: 720, from the provider.",
      ),
  })
    .prefault({})
    .describe("Tests of builds."),
  scan: boolean()
    .default(false)
    .describe(
      "Whether Amazon Inspector scans the test instance. Inspector must be active in the account.",
    ),
  keepFailedInstances: boolean()
    .default(false)
    .describe(
      "Whether the build instance of a failed build keeps running, so that you can inspect it. Nothing terminates it: AWS charges for it and its volumes until you terminate it.",
    ),
  enhancedMetadata: boolean()
    .default(true)
    .describe(
      "Whether Image Builder collects the list of installed packages and other details of the image.",
    ),
  retain: Retention.optional(),
  workflows: Workflows.optional(),
};

const Principals = strict({
  organization: z
    .literal(true, { error: "must be true, or left out" })
    .optional()
    .describe("Every account of the organization."),
  organizationalUnits: uniqueList(OrganizationalUnit)
    .optional()
    .describe("Organizational units (OUs), with all OUs below them."),
  accounts: uniqueList(AccountId).optional().describe("Account IDs, in quotes."),
})
  .superRefine(exactlyOne("organization", "organizationalUnits", "accounts"))
  .transform(({ organizationalUnits, accounts }): Audience => {
    if (organizationalUnits) return { kind: "organizationalUnits", units: organizationalUnits };
    return accounts ? { kind: "accounts", accounts } : { kind: "organization" };
  });

const Channel = strict({
  principals: Principals.describe(
    "Who can use the channel's builds: see, launch and decrypt AMIs, or see and pull container images.",
  ),
  keep: integer("builds", 1, 1_000)
    .default(3)
    .describe("How many of the newest builds are shared."),
  bakeHours: integer("hours", 0, 8_760)
    .default(0)
    .describe("Bake time: the minimum age of a shared build, in hours."),
  approval: oneOf(["automatic", "required"])
    .default("automatic")
    .describe("required: a build is shared only after `factory approve`."),
  maxAgeDays: integer("days", 1, 3_650)
    .optional()
    .describe(
      "Raises an alarm if the newest shared build is older than this many days. Default: no alarm.",
    ),
  findings: Findings.optional().describe(
    "What Amazon Inspector may find in a shared build. Only for images for Linux and Windows. A build that was never scanned isn't shared. Shared builds stay until the channel can share others. Default: no limits.",
  ),
});

/** The key of golden images and containers that shares their builds. */
export const share = strict({
  channels: nonEmptyMapOf("channels", SimpleName, Channel).describe("Channels by name."),
})
  .optional()
  .describe("How builds are shared. Default: builds aren't shared.");
