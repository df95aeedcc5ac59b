import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { type App, TerraformStack, Testing } from "cdktf";
import { ConfigError } from "../../config/problems";
import { UpdaterDashboard } from "../../modules/sharing/updater-dashboard";
import { addStacks } from "../../stacks/all-stacks";
import { assertWithinLimits } from "../../stacks/limits";
import { withoutStackTraces } from "../../stacks/without-stack-traces";
import { loadMinimal, minimalContainer, type Raw } from "../../tools/fixtures/factory-file";
import { FUNCTION_DIRECTORIES } from "../../tools/fixtures/synth";

function accountIds(count: number): string[] {
  const others = Array.from({ length: count - 1 }, (_, index) => String(300_000_000_000 + index));
  return ["222222222222", ...others];
}

/** Adds all stacks of a factory, which checks their sizes, and renders nothing. */
function construct(mutate: (file: Raw) => unknown): App {
  const app = Testing.app();
  const options = { ...FUNCTION_DIRECTORIES, bootstrap: false };
  withoutStackTraces(() => addStacks(app, loadMinimal(mutate), options));
  return app;
}

/** The message of the `ConfigError` that a function throws. */
function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("a limit must be exceeded");
}

/** The message about what `build` adds to a stack. */
function messageAbout(build: (stack: TerraformStack) => unknown): string {
  const app = Testing.app();
  const stack = new TerraformStack(app, "shared-eu-west-1");
  new AwsProvider(stack, "aws", { region: "eu-west-1" });
  build(stack);
  return messageOf(() => assertWithinLimits(app));
}

function shareWith(file: Raw, accounts: readonly string[]): void {
  file.images.base.share = { channels: { stable: { principals: { accounts } } } };
}

test("synthesis accepts a key policy for 480 accounts, which AWS KMS accepts", () => {
  expect(() => construct((file) => shareWith(file, accountIds(480)))).not.toThrow();
});

test("synthesis rejects a key policy that AWS KMS would reject, with its size and the way out", () => {
  expect(
    messageOf(() => construct((file) => shareWith(file, accountIds(600)))),
  ).toBe(`AWS would reject these resources:
  shared-eu-west-1: the policy of the KMS key 'Images of the golden image factory' must have at most 32,768 characters, got: 38,538; give the channels organizational units or the organization in place of accounts`);
});

test("synthesis rejects buildAccess that doesn't fit into the inline policies of the build role", () => {
  const read = (count: number) => (file: Raw) =>
    (file.images.base.buildAccess = {
      read: Array.from({ length: count }, (_, index) => `acme-installers-${index}`),
    });
  expect(() => construct(read(20))).not.toThrow();
  expect(messageOf(() => construct(read(60)))).toBe(`AWS would reject these resources:
  shared-eu-west-1: the inline policies of aws_iam_role.environment_build-roles_base_57360B99 must have at most 10,240 characters, got: 14,032; name fewer and shorter prefixes in buildAccess, or use buildAccess.policies`);
});

test("synthesis rejects a repository policy that Amazon ECR would reject", () => {
  const share = { channels: { stable: { principals: { accounts: accountIds(700) } } } };
  expect(
    messageOf(() =>
      construct((file) => (file.containers = { runtime: { ...minimalContainer(), share } })),
    ),
  ).toBe(`AWS would reject these resources:
  shared-eu-west-1: the policy of the ECR repository of 'runtime' must have at most 10,240 characters, got: 10,765; give the channels organizational units or the organization in place of accounts`);
});

test("synthesis accepts 300 images with 3 channels that have alarms, in graphs of at most 100 channels", () => {
  const app = construct((file) => {
    const { share: _, ...image } = file.images.base;
    const channel = { principals: { organization: true }, maxAgeDays: 7 };
    const share = { channels: { a: channel, b: channel, c: channel } };
    for (let index = 0; index < 300; index += 1)
      file.images[`image-${index}`] = { ...image, share };
  });
  const [dashboard] = app.node.findAll().filter((one) => one instanceof CloudwatchDashboard);
  const { widgets } = JSON.parse(dashboard?.dashboardBodyInput ?? "");
  const counts = widgets.map(({ properties }: Raw) => properties.metrics.length);
  expect(counts).toEqual([7, ...Array(9).fill(100), 3, 1, 1, 1]);
});

test("synthesis rejects a dashboard with more metrics than CloudWatch shows", () => {
  const channels = Array.from({ length: 2_490 }, (_, index) => ({
    image: `image-${index}`,
    channel: "a",
  }));
  const props = {
    name: "golden",
    region: "eu-west-1",
    functionName: "f",
    queueName: "q",
    channels,
    hasFindings: false,
  };
  expect(messageAbout((stack) => new UpdaterDashboard(stack, "dashboard", props))).toBe(
    `AWS would reject these resources:
  shared-eu-west-1: the dashboard golden must have at most 2,500 metrics, got: 2,503; remove maxAgeDays from channels that need no alarm`,
  );
});

test("synthesis rejects a role whose inline policies are too long together, and a managed policy that is too long; a reference counts as the longest ARN", () => {
  expect(
    messageAbout((stack) => {
      const role = new IamRole(stack, "role", { name: "updater", assumeRolePolicy: "{}" });
      for (const id of ["one", "two"])
        new IamRolePolicy(stack, id, { role: role.name, policy: "x".repeat(5_000) + role.arn });
      new IamPolicy(stack, "managed", { name: "deploy-keys", policy: "x".repeat(6_145) });
      new IamPolicy(stack, "fits", { name: "deploy-roles", policy: "x".repeat(6_144) });
    }),
  ).toBe(`AWS would reject these resources:
  shared-eu-west-1: the policy deploy-keys must have at most 6,144 characters, got: 6,145; move images to another Region, account or factory file
  shared-eu-west-1: the inline policies of aws_iam_role.role must have at most 10,240 characters, got: 10,256; move images to another Region, account or factory file`);
});

test("synthesis rejects more operators than fit into a trust policy", () => {
  const operators = (count: number) => (file: Raw) => {
    file.sharedAccount.operators = Array.from(
      { length: count },
      (_, index) => `arn:aws:iam::111111111111:role/operators-of-team-${index}`,
    );
    file.appAccounts.payments.fleet = true;
  };
  expect(() => construct(operators(30))).not.toThrow();
  expect(messageOf(() => construct(operators(40)))).toBe(`AWS would reject these resources:
  payments-eu-west-1: the trust policy of golden-image-factory-fleet must have at most 2,048 characters, got: 2,270; name fewer operators, such as one role that several people assume`);
});
