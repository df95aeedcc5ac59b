import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MARKER, planSummary, type ResourceChange } from "../../../cli/delivery/summary";
import { EMPTY_LOCK_FILE } from "../../../config/versions/lock-file";

function change(
  type: string,
  actions: string[],
  before: object | null,
  after: object | null,
  id = "x",
): ResourceChange {
  return {
    address: `${type}.${id}`,
    type,
    change: { actions, before, after } as ResourceChange["change"],
  };
}
function policy(...statements: object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** The lines of a summary, without what every one has. */
function linesOf(...changes: ResourceChange[]): string[] {
  return planSummary([{ stack: "shared-eu-west-1", changes }])
    .split("\n")
    .filter(
      (line) => line !== "" && line !== MARKER && line !== "## Plan" && !line.startsWith("| --- "),
    );
}

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
    /\| payments-eu-west-1 .*\n\nNothing changes in 1 of 3 stacks\.\n$/,
  );
});

test("names what is destroyed and replaced before everything else", () => {
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

test.each(["image_recipe", "container_recipe", "workflow"])(
  "tells a new version of a %s, which can't be changed, from a replacement",
  (kind) => {
    expect(
      linesOf(change(`aws_imagebuilder_${kind}`, ["create", "delete"], {}, {})).slice(0, 2),
    ).toEqual([
      "**New in place of an old version**",
      `- shared-eu-west-1: \`aws_imagebuilder_${kind}.x\``,
    ]);
  },
);

test.each<[string, ResourceChange, string | undefined]>([
  [
    "a principal more",
    change("aws_ram_principal_association", ["create"], null, { principal: "222222222222" }),
    "`aws_ram_principal_association.x`: 222222222222 will see what is shared",
  ],
  [
    "a principal less",
    change("aws_ram_principal_association", ["delete"], { principal: "222222222222" }, null),
    "`aws_ram_principal_association.x`: 222222222222 won't see any more what is shared",
  ],
  [
    "a share that goes",
    change("aws_ram_resource_share", ["delete"], {}, null),
    "`aws_ram_resource_share.x`: a share goes, and what is in it with it",
  ],
  [
    "a share that changes",
    change("aws_ram_resource_share", ["update"], { tags: {} }, { tags: { a: "b" } }),
    "`aws_ram_resource_share.x`: the share changes: a none → b",
  ],
  [
    "a key's policy, statement by statement",
    change(
      "aws_kms_key",
      ["update"],
      {
        description: "Volumes of images",
        policy: policy({ Sid: "A" }, { Sid: "B", Action: "x" }, { Sid: "C" }),
      },
      {
        description: "Volumes of images",
        policy: policy({ Sid: "A" }, { Sid: "B", Action: "y" }, { Sid: "D" }),
      },
    ),
    '`aws_kms_key.x`: the policy of the key of "Volumes of images" adds D; changes B; takes away C',
  ],
  [
    "a key's policy that isn't known yet",
    change(
      "aws_kms_key",
      ["update"],
      { description: "Volumes of images", policy: policy() },
      { description: "Volumes of images" },
    ),
    '`aws_kms_key.x`: the policy of the key of "Volumes of images" changes, in what way is known after apply',
  ],
  [
    "a key whose policy stays",
    change(
      "aws_kms_key",
      ["update"],
      { description: "K", policy: policy() },
      { description: "K", policy: policy() },
    ),
    undefined,
  ],
  [
    "a key that goes",
    change("aws_kms_key", ["delete"], { description: "K" }, null),
    '`aws_kms_key.x`: the key of "K" goes, and with it all that it encrypts',
  ],
  [
    "a grant",
    change("aws_kms_grant", ["create"], null, {}),
    "`aws_kms_grant.x`: Auto Scaling may use the image key",
  ],
  [
    "a launch permission",
    change(
      "aws_imagebuilder_distribution_configuration",
      ["update"],
      {},
      {
        distribution: [
          {
            ami_distribution_configuration: [
              { launch_permission: [{ user_ids: ["222222222222"] }] },
            ],
          },
        ],
      },
    ),
    "`aws_imagebuilder_distribution_configuration.x`: a launch permission of the distribution, which the updater doesn't know of",
  ],
  [
    "a distribution without one",
    change(
      "aws_imagebuilder_distribution_configuration",
      ["update"],
      {},
      { distribution: [{ launch_permission: [] }] },
    ),
    undefined,
  ],
  [
    "who pulls a container",
    change(
      "aws_ecr_repository_policy",
      ["update"],
      { repository: "golden-image-factory/base", policy: policy({ Sid: "AccountsPull" }) },
      { repository: "golden-image-factory/base", policy: policy({ Sid: "OrganizationPull" }) },
    ),
    "`aws_ecr_repository_policy.x`: who pulls from golden-image-factory/base: adds OrganizationPull; takes away AccountsPull",
  ],
  [
    "a repository that nobody pulled from before",
    change("aws_ecr_repository_policy", ["create"], null, {
      policy: policy({ Sid: "AccountsPull" }),
    }),
    "`aws_ecr_repository_policy.x`: who pulls from a new repository: adds AccountsPull",
  ],
  [
    "a repository that goes",
    change("aws_ecr_repository", ["delete"], { name: "golden-image-factory/base" }, null),
    "`aws_ecr_repository.x`: the repository golden-image-factory/base goes, and what is in it with it, or else ECR refuses",
  ],
  [
    "a repository in another's place",
    change(
      "aws_ecr_repository",
      ["delete", "create"],
      { name: "golden-image-factory/base" },
      { name: "x" },
    ),
    "`aws_ecr_repository.x`: the repository golden-image-factory/base goes, and what is in it with it, or else ECR refuses",
  ],
  [
    "a repository whose settings change",
    change(
      "aws_ecr_repository",
      ["update"],
      { name: "golden-image-factory/base" },
      { name: "golden-image-factory/base" },
    ),
    undefined,
  ],
  ["what isn't about access", change("aws_sns_topic", ["update"], {}, {}), undefined],
])("of who can use an image: %s", (_what, one, words) => {
  const lines = linesOf(one);
  const at = lines.indexOf("**Who can use an image**");
  expect(at < 0 ? undefined : lines[at + 1]).toBe(
    words === undefined ? undefined : `- shared-eu-west-1: ${words}`,
  );
});

test("says which versions move in the ledger", () => {
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

test("names what couldn't be planned before everything else, with Terraform's own words", () => {
  const plans = [
    { stack: "shared-eu-west-1", changes: [change("aws_sqs_queue", ["delete"], {}, null)] },
    {
      stack: "orders-eu-west-1",
      changes: [],
      failed: "Initializing\n\nError: no such role\n\n  with provider",
    },
  ];
  expect(planSummary(plans)).toContain(
    "## Plan\n\n**Couldn't be planned**\n\n- orders-eu-west-1: Error: no such role\n\n**Destroys**\n",
  );
});

test("says what is no longer managed, because its stack is gone from the plans as well", () => {
  const entry = { versions: ["1.0.0"], digests: { parent: "0123456789abcdef" } };
  const before = { ...EMPTY_LOCK_FILE, recipes: { "payments/web": entry } };
  const after = { ...EMPTY_LOCK_FILE, recipes: { "payments/web": { versions: ["1.0.0"] } } };
  expect(planSummary([], [before, after])).toContain(
    "**No longer managed**\n\n- recipe payments/web is gone from factory.yaml: what a stack of its own made stays, unless it was destroyed before\n",
  );
});

test("cuts lists and not the table, and stays as short as a comment may be", () => {
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
    /\n\n… and more than a comment holds: each plan is in the log of its job\.\n$/,
  );
});

test("says when nothing changes", () => {
  expect(linesOf(change("aws_sns_topic", ["no-op"], {}, {}))[0]).toBe(
    "Nothing changes in 1 of 1 stacks.",
  );
});

describe("npm run plan-summary", () => {
  const folder = mkdtempSync(join(tmpdir(), "plans-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (name: string, content: object): string => {
    writeFileSync(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  };

  test("reads plans, called after their stacks, and the ledger as it was", () => {
    const plan = write("state-shared.json", {
      format_version: "1.2",
      resource_changes: [change("aws_s3_bucket", ["create"], null, {})],
    });
    const args = ["dist/plan-summary.js", "--base", "HEAD", plan];
    expect(execFileSync(process.execPath, args, { encoding: "utf8" })).toContain(
      "| state-shared | 1 |  |  |  |",
    );
  });

  test("reads what Terraform 1.11 and the aws provider 5.100 planned of the smallest example, a part of it", () => {
    const args = ["dist/plan-summary.js", "__tests__/cli/delivery/plans/shared-eu-west-1.json"];
    expect(execFileSync(process.execPath, args, { encoding: "utf8" }).split("\n")).toEqual([
      MARKER,
      "## Plan",
      "",
      "**Who can use an image**",
      "",
      '- shared-eu-west-1: `aws_kms_key.environment_data-key_04E49737`: the key of "Data of the golden image factory" is new',
      '- shared-eu-west-1: `aws_kms_key.image-key_AC49DE97`: the key of "Volumes of images" is new',
      "- shared-eu-west-1: `aws_ram_principal_association.shares-of-amazon-linux-2023_stable_o-abcdefghij_A2E3CF33`: arn:aws:organizations::999999999999:organization/o-abcdefghij will see what is shared",
      "- shared-eu-west-1: `aws_ram_resource_share.shares-of-amazon-linux-2023_stable_B3F67381`: a share comes",
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
      "a file that isn't there",
      () => ["nothing.json"],
      /^nothing\.json can't be read as a plan: ENOENT/,
    ],
    [
      "a file that is no plan",
      () => [write("other.json", {})],
      /other\.json isn't what `terraform show -json` prints of a plan/,
    ],
    [
      "a commit that there isn't",
      () => ["--base", "nowhere", write("some.json", { format_version: "1.2" })],
      /^--base: git knows no commit 'nowhere' here/,
    ],
  ])("refuses %s", (_what, args, message) => {
    const { status, stderr } = spawnSync(process.execPath, ["dist/plan-summary.js", ...args()], {
      encoding: "utf8",
    });
    expect(stderr).toMatch(message);
    expect(status).toBe(1);
  });
});
