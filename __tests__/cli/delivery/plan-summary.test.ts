import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ResourceChange } from "../../../cli/delivery/plan";
import { MARKER, planSummary } from "../../../cli/delivery/summary";
import { EMPTY_LOCK_FILE } from "../../../config/versions/lock-file";
import type { Result } from "../run-factory";
import { runInProcess } from "../run-in-process";
import { change } from "./changes";

/** The lines of the summary of one plan, without those that every summary has. */
function linesOf(...changes: ResourceChange[]): string[] {
  return planSummary([{ stack: "shared-eu-west-1", changes }])
    .split("\n")
    .filter(
      (line) => line !== "" && line !== MARKER && line !== "## Plan" && !line.startsWith("| --- "),
    );
}

describe("planSummary", () => {
  test("counts what each stack creates, updates, replaces and destroys", () => {
    const plans = [
      {
        stack: "shared-eu-west-1",
        changes: [
          change("aws_sns_topic", ["create"], null, {}),
          change("aws_sns_topic", ["update"], {}, {}),
          change("aws_sns_topic", ["no-op"], {}, {}),
          change("aws_iam_policy_document", ["read"], null, {}),
        ],
      },
      {
        stack: "payments-eu-west-1",
        changes: [
          change("aws_sns_topic", ["delete", "create"], {}, {}),
          change("aws_sqs_queue", ["delete"], {}, null),
        ],
      },
    ];
    expect(planSummary(plans).split("\n").slice(-5, -1)).toEqual([
      "| stack | create | update | replace | destroy |",
      "| --- | --- | --- | --- | --- |",
      "| shared-eu-west-1 | 1 | 1 |  |  |",
      "| payments-eu-west-1 |  |  | 1 | 1 |",
    ]);
    expect(planSummary([...plans, { stack: "orders-eu-west-1", changes: [] }])).toMatch(
      /\| payments-eu-west-1 .*\n\nNo changes in 1 of 3 stacks\.\n$/,
    );
  });

  test("lists destroyed and replaced resources first", () => {
    const lines = linesOf(
      change("aws_sns_topic", ["create"], null, {}),
      change("aws_s3_bucket", ["delete", "create"], {}, {}, "logs"),
      change("aws_sqs_queue", ["delete"], {}, null, "failed"),
    );
    expect(lines.slice(0, 4)).toEqual([
      "**Destroys**",
      "- shared-eu-west-1: `aws_sqs_queue.failed`",
      "**Replaces**",
      "- shared-eu-west-1: `aws_s3_bucket.logs`",
    ]);
  });

  test.each(["component", "image_recipe", "container_recipe", "workflow"])(
    "lists a new version of a %s, which can't be changed, apart from other replacements",
    (kind) => {
      expect(
        linesOf(change(`aws_imagebuilder_${kind}`, ["create", "delete"], {}, {})).slice(0, 2),
      ).toEqual([
        "**Replaced by a new version**",
        `- shared-eu-west-1: \`aws_imagebuilder_${kind}.x\``,
      ]);
    },
  );

  test("doesn't list new manifests and the run of the updater among the replacements", () => {
    const manifest = { key: "channels/0.json" };
    const ofRebuilder = { key: "rebuilder/0.json" };
    const ofRecorder = { key: "recorder/0.json" };
    expect(
      linesOf(
        change("aws_s3_object", ["create", "delete"], manifest, {}, "manifest"),
        change("aws_s3_object", ["create", "delete"], ofRebuilder, {}, "rebuilder"),
        change("aws_s3_object", ["create", "delete"], ofRecorder, {}, "recorder"),
        change("aws_lambda_invocation", ["delete", "create"], {}, {}),
      )[0],
    ).toBe("| stack | create | update | replace | destroy |");
  });

  test("lists changes that affect who can use an image, and no others", () => {
    expect(
      linesOf(
        change("aws_sns_topic", ["update"], {}, {}),
        change("aws_kms_grant", ["create"], null, {}),
        change("aws_kms_grant", ["no-op"], {}, {}, "same"),
      ).slice(0, 3),
    ).toEqual([
      "**Access to images**",
      "- shared-eu-west-1: `aws_kms_grant.x`: Auto Scaling can use the image key",
      "| stack | create | update | replace | destroy |",
    ]);
    expect(linesOf(change("aws_sns_topic", ["update"], {}, {}))[0]).toBe(
      "| stack | create | update | replace | destroy |",
    );
  });

  test("lists new versions in the version lock file", () => {
    const before = {
      components: { agent: { versions: ["1.0.0"] } },
      recipes: { "shared/base": { versions: ["1.0.3"] } },
      workflows: {},
    };
    const after = {
      components: { agent: { versions: ["1.0.1"] }, more: { versions: ["1.0.0"] } },
      recipes: { "shared/base": { versions: ["1.0.3"] } },
      workflows: { "test:wait": { versions: ["1.0.0"] } },
    };
    expect(planSummary([], [before, after])).toContain(
      "**New versions**\n\n- component agent: 1.0.0 → 1.0.1\n- component more: none → 1.0.0\n- workflow test:wait: none → 1.0.0\n",
    );
  });

  test("lists failed plans before everything else, with Terraform's error", () => {
    const plans = [
      { stack: "shared-eu-west-1", changes: [change("aws_sqs_queue", ["delete"], {}, null)] },
      {
        stack: "orders-eu-west-1",
        changes: [],
        failed: "Initializing\n\nError: no such role\n\n  with provider",
      },
      { stack: "web-eu-west-1", changes: [], failed: "Killed\nby the system" },
    ];
    expect(planSummary(plans)).toContain(
      "## Plan\n\n**Plan failed**\n\n- orders-eu-west-1: Error: no such role\n- web-eu-west-1: Killed\n\n**Destroys**\n",
    );
  });

  test("lists recipes that were removed from the factory file, which no plan shows", () => {
    const entry = { versions: ["1.0.0"], digests: { parent: "0123456789abcdef" } };
    const before = { ...EMPTY_LOCK_FILE, recipes: { "payments/web": entry } };
    const after = { ...EMPTY_LOCK_FILE, recipes: { "payments/web": { versions: ["1.0.0"] } } };
    expect(planSummary([], [before, after])).toContain(
      "**No longer managed**\n\n- recipe payments/web was removed from factory.yaml: if its stack was removed too, destroy the stack before you merge, or its resources stay in AWS\n",
    );
  });

  test("shortens lists before the table, and stays within the length of a comment", () => {
    const changes = Array.from({ length: 1_500 }, (_, index) =>
      change("aws_sqs_queue", ["delete"], {}, null, `queue-${index}-${"x".repeat(40)}`),
    );
    const text = planSummary([{ stack: "shared-eu-west-1", changes }]);
    expect(text).toContain("- … and 1440 more\n");
    expect(text).toContain("| shared-eu-west-1 |  |  |  | 1500 |");
    const plans = Array.from({ length: 5_000 }, (_, index) => ({
      stack: `stack-${index}`,
      changes: changes.slice(0, 1),
    }));
    expect(planSummary(plans).length).toBeLessThanOrEqual(65_536);
    expect(planSummary(plans)).toMatch(
      /\n\n… truncated\. The log of each job contains its complete plan\.\n$/,
    );
  });

  test("reports when nothing changes", () => {
    expect(linesOf(change("aws_sns_topic", ["no-op"], {}, {}))[0]).toBe(
      "No changes in 1 of 1 stacks.",
    );
  });
});

describe("factory plan-summary", () => {
  const folder = mkdtempSync(join(tmpdir(), "plans-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const run = (...args: readonly string[]): Promise<Result> =>
    runInProcess(["plan-summary", ...args], { PATH: process.env["PATH"] });
  const write = (name: string, content: object): string => {
    writeFileSync(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  };

  test("reads plans, which are named after their stacks, and compares versions with a commit", async () => {
    const plan = write("state-shared.json", {
      format_version: "1.2",
      resource_changes: [change("aws_s3_bucket", ["create"], null, {})],
    });
    const { status, stdout } = await run("--base", "HEAD", plan);
    expect(stdout).toContain("| state-shared | 1 |  |  |  |");
    expect(status).toBe(0);
  });

  test("prints the changes of each stack, and the Markdown, as JSON with --json", async () => {
    const shared = write("shared-eu-west-1.json", {
      format_version: "1.2",
      resource_changes: [
        change("aws_sns_topic", ["delete", "create"], {}, {}),
        change("aws_sqs_queue", ["no-op"], {}, {}),
      ],
    });
    const app = write("payments-eu-west-1.json", { failed: "Error: no credentials" });
    const { status, stdout } = await run(shared, app, "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      stacks: [
        {
          stack: "shared-eu-west-1",
          changes: [{ address: expect.stringMatching(/^aws_sns_topic\./), change: "replace" }],
        },
        { stack: "payments-eu-west-1", failed: "Error: no credentials", changes: [] },
      ],
      markdown: (await run(shared, app)).stdout.replace(/\n$/, ""),
    });
  });

  test("summarizes what Terraform 1.11 and the AWS provider 5.100 planned for a part of the smallest example", async () => {
    const plan = "__tests__/cli/delivery/plans/shared-eu-west-1.json";
    expect((await run(plan)).stdout.split("\n")).toEqual([
      MARKER,
      "## Plan",
      "",
      "**Access to images**",
      "",
      '- shared-eu-west-1: `aws_kms_key.environment_data-key_04E49737`: the key "Data of the golden image factory" is created',
      '- shared-eu-west-1: `aws_kms_key.image-key_AC49DE97`: the key "Volumes of images" is created',
      "- shared-eu-west-1: `aws_ram_principal_association.shares-of-amazon-linux-2023_stable_o-abcdefghij_A2E3CF33`: arn:aws:organizations::999999999999:organization/o-abcdefghij gets access to the shared builds",
      "- shared-eu-west-1: `aws_ram_resource_share.shares-of-amazon-linux-2023_stable_B3F67381`: a resource share is created",
      "",
      "| stack | create | update | replace | destroy |",
      "| --- | --- | --- | --- | --- |",
      "| shared-eu-west-1 | 7 |  |  |  |",
      "",
      "",
    ]);
  });

  test.each<[string, () => string[], RegExp]>([
    [
      "a file that doesn't exist",
      () => ["nothing.json"],
      /^nothing\.json can't be read as a plan: ENOENT: no such file or directory, open 'nothing\.json'\n$/,
    ],
    [
      "a file that isn't a plan",
      () => [write("other.json", {})],
      /\/other\.json isn't a plan: write it with `terraform show -json PLAN`\n$/,
    ],
    [
      "a commit that doesn't exist",
      () => ["--base", "nowhere", write("some.json", { format_version: "1.2" })],
      /^--base: must be a commit, branch or tag of this Git repository, got: nowhere\n$/,
    ],
  ])("rejects %s", async (_what, args, message) => {
    const { status, stdout, stderr } = await run(...args());
    expect(stderr).toMatch(message);
    expect([status, stdout]).toEqual([1, ""]);
  });
});
