import * as z from "zod";
import {
  AccountId,
  boolean,
  ComponentArn,
  Description,
  InstanceType,
  integer,
  MajorMinor,
  ManagedName,
  matching,
  nonEmptyMapOf,
  OrganizationalUnit,
  Region,
  SimpleName,
  strict,
  uniqueList,
  VersionRange,
} from "./primitives";
import { ScheduleExpression, TimeZone } from "./schedule";

/** Refuses an object unless exactly one of `kinds` is in it. */
export function exactlyOne<K extends string>(...kinds: K[]) {
  return (value: { [key in K]?: unknown }, context: z.RefinementCtx): void => {
    const given = kinds.filter((kind) => value[kind] !== undefined);
    if (given.length !== 1)
      context.addIssue({
        code: "custom",
        message: `must hold exactly one of ${kinds.join(", ")}`,
        input: value,
      });
  };
}

export const InstanceTypes = uniqueList(InstanceType).describe(
  "What to build and test on, in order of preference.",
);

const ParameterValue = z
  .string({ error: "must be a text (in quotes if it is a number)" })
  .min(1, "must not be empty");

const Component = strict({
  awsManaged: ManagedName.optional().describe("A component that AWS maintains."),
  document: matching("the path of a .yaml or .yml file", /^[^\p{Cc}]+\.ya?ml$/u)
    .optional()
    .describe(
      "A component document, relative to this file. Its name without ending is the component's.",
    ),
  arn: ComponentArn.optional().describe(
    "Any other component, of the Region that the image is baked in.",
  ),
  version: VersionRange.optional().describe("For awsManaged: x.x.x by default."),
  parameters: nonEmptyMapOf(
    "parameters",
    matching("a parameter's name", /^[\w-]{1,256}$/),
    ParameterValue,
  )
    .optional()
    .describe("Passed to the component. No secrets: they are stored in plain text."),
})
  .superRefine(exactlyOne("awsManaged", "document", "arn"))
  .superRefine(({ awsManaged, version }, context) => {
    if (version !== undefined && awsManaged === undefined)
      context.addIssue({
        code: "custom",
        path: ["version"],
        message: "is for awsManaged only",
        input: version,
      });
  });

const Schedule = strict({
  expression: ScheduleExpression.optional().describe("cron(…) with six fields, or rate(…)."),
  timezone: TimeZone.optional().describe("Etc/UTC by default."),
  onlyOnUpdates: boolean()
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

const Workflow = {
  awsManaged: ManagedName.optional().describe(
    "A workflow that AWS maintains, in its newest version.",
  ),
  document: matching("the path of a .yaml or .yml file", /^[^\p{Cc}]+\.ya?ml$/u)
    .optional()
    .describe("A workflow document, relative to this file."),
  parameters: nonEmptyMapOf(
    "parameters",
    matching("a parameter's name", /^[\w-]{1,128}$/),
    ParameterValue.max(1_024, "must have at most 1,024 characters"),
  )
    .optional()
    .describe(
      "Passed to the workflow. A text called topicArn that has no default and is given none is the factory's topic.",
    ),
};

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_WorkflowConfiguration.html: what only tests take. */
const TestWorkflow = strict({
  ...Workflow,
  parallelGroup: matching(
    "a name of at most 100 letters, digits and -_+#",
    /^[A-Za-z0-9][\w\-+#]{0,99}$/,
  )
    .optional()
    .describe("Runs at the same time as the others of its group, which are listed together."),
  onFailure: z
    .enum(["abort", "continue"], { error: "must be abort or continue" })
    .optional()
    .describe("What becomes of the build when the workflow fails: abort by default."),
}).superRefine(exactlyOne("awsManaged", "document"));

const OneWorkflow = strict(Workflow).superRefine(exactlyOne("awsManaged", "document"));

const Workflows = strict({
  build: OneWorkflow.optional().describe("build-image of AWS by default, or build-container."),
  tests: uniqueList(TestWorkflow, 9)
    .optional()
    .describe("In order; test-image of AWS by default, or test-container."),
  distribution: OneWorkflow.optional().describe("By default what Image Builder does by itself."),
}).describe(
  "In place of what Image Builder runs. To take them away again, leave {} here, which is AWS's own: Terraform would keep what it isn't told of.",
);

/** What comes of a recipe and a pipeline, a machine image or a container image, by the keys that both have. */
export const buildable = {
  description: Description.optional(),
  version: MajorMinor.describe("major.minor; factory.lock.json gives the patch."),
  components: uniqueList(Component, 20).describe("In order."),
  workingDirectory: matching(
    "a path of at most 1,024 characters",
    /^[^\p{Cc}]{1,1024}$/u,
  ).optional(),
  instanceTypes: InstanceTypes.optional(),
  keyPair: matching("a key pair's name of at most 255 characters", /^[\x20-\x7e]{1,255}$/)
    .optional()
    .describe("Lets somebody log in to the instances that build. By default nobody can."),
  regions: uniqueList(Region).optional().describe("All of the account's Regions by default."),
  schedule: Schedule.optional().describe(
    "cron(0 2 ? * sun *) by default, UTC; for an app's image cron(0 6 ? * mon *).",
  ),
  tests: strict({ enabled: boolean() }).optional().describe("Enabled by default."),
  scan: boolean()
    .optional()
    .describe(
      "Let Amazon Inspector, which has to be active, scan the test instance. False by default.",
    ),
  retain: strict({ builds: integer("builds", 1, 1_000) })
    .optional()
    .describe("Delete older builds with what came of them. By default nothing is deleted."),
  workflows: Workflows.optional(),
};

const Principals = strict({
  organization: z.literal(true, { error: "must be true, or left out" }).optional(),
  organizationalUnits: uniqueList(OrganizationalUnit).optional().describe("With all units below."),
  accounts: uniqueList(AccountId).optional(),
}).superRefine(exactlyOne("organization", "organizationalUnits", "accounts"));

const Channel = strict({
  principals: Principals.describe("Who sees, launches and decrypts the channel's builds."),
  keep: integer("builds", 1, 1_000)
    .default(3)
    .describe("How many of the newest builds are shared."),
  bakeHours: integer("hours", 0, 8_760)
    .default(0)
    .describe("How old a build must be to be shared."),
  approval: z
    .enum(["automatic", "required"], { error: "must be automatic or required" })
    .default("automatic"),
  maxAgeDays: integer("days", 1, 3_650)
    .optional()
    .describe("Raise an alarm when the newest shared build is older."),
});

/** Of golden ones. */
export const share = strict({ channels: nonEmptyMapOf("channels", SimpleName, Channel) })
  .optional()
  .describe("Left out: baked, and not shared.");
