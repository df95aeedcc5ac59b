import { describeAccessChange } from "../../../cli/delivery/access-changes";
import type { ResourceChange } from "../../../cli/delivery/plan";
import { change } from "./changes";

function policy(...statements: object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** Each case: what changes, the change, and its description without the address. */
type Case = [string, ResourceChange, string | undefined];

function expectDescription(one: ResourceChange, description: string | undefined): void {
  expect(describeAccessChange(one)).toEqual(
    description === undefined ? [] : [`\`${one.address}\`: ${description}`],
  );
}

const PRINCIPAL = { principal: "222222222222" };

test.each<Case>([
  [
    "is added",
    change("aws_ram_principal_association", ["create"], null, PRINCIPAL),
    "222222222222 gets access to the shared builds",
  ],
  [
    "is removed",
    change("aws_ram_principal_association", ["delete"], PRINCIPAL, null),
    "222222222222 loses access to the shared builds",
  ],
])("describeAccessChange describes a principal that %s", (_what, one, description) =>
  expectDescription(one, description),
);

test.each<Case>([
  [
    "is created",
    change("aws_ram_resource_share", ["create"], null, { tags: { a: "b" } }),
    "a resource share is created",
  ],
  [
    "is deleted",
    change("aws_ram_resource_share", ["delete"], {}, null),
    "a resource share is deleted, and its builds are no longer shared",
  ],
  [
    "gets other tags",
    change(
      "aws_ram_resource_share",
      ["update"],
      { tags: { keep: "1", old: "x", same: "y" } },
      { tags: { keep: "2", same: "y", new: "z" } },
    ),
    "the resource share changes: keep 1 → 2, old x → none, new none → z",
  ],
  [
    "keeps its tags",
    change("aws_ram_resource_share", ["update"], { tags: { a: "b" } }, { tags: { a: "b" } }),
    "the resource share changes",
  ],
  [
    "has no tags",
    change("aws_ram_resource_share", ["update"], {}, { tags: { a: "b" } }),
    "the resource share changes: a none → b",
  ],
])("describeAccessChange describes a resource share that %s", (_what, one, description) =>
  expectDescription(one, description),
);

test.each<Case>([
  [
    "is created",
    change("aws_kms_key", ["create"], null, { description: "Volumes of images" }),
    'the key "Volumes of images" is created',
  ],
  [
    "is deleted",
    change("aws_kms_key", ["delete"], { description: "K" }, null),
    'the key "K" is deleted, and everything encrypted with it becomes unreadable',
  ],
  [
    "gets another policy, by statement",
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
    'the policy of the key "Volumes of images" adds D; changes B; removes C',
  ],
  [
    "gets a policy that is only written differently",
    change(
      "aws_kms_key",
      ["update"],
      { description: "K", policy: policy({ Sid: "A" }, { Sid: "B" }) },
      { description: "K", policy: policy({ Sid: "B" }, { Sid: "A" }) },
    ),
    'the policy of the key "K" changes, but none of its statements do',
  ],
  [
    "gets a policy that is known after apply",
    change(
      "aws_kms_key",
      ["update"],
      { description: "Volumes of images", policy: policy() },
      { description: "Volumes of images" },
    ),
    'the policy of the key "Volumes of images" changes; the new policy is known after apply',
  ],
  [
    "keeps its policy",
    change(
      "aws_kms_key",
      ["update"],
      { description: "K", policy: policy() },
      { description: "K", policy: policy() },
    ),
    undefined,
  ],
])("describeAccessChange describes a key that %s", (_what, one, description) =>
  expectDescription(one, description),
);

test.each<Case>([
  [
    "is created",
    change("aws_kms_grant", ["create"], null, {}),
    "Auto Scaling can use the image key",
  ],
  [
    "is removed",
    change("aws_kms_grant", ["delete"], {}, null),
    "Auto Scaling can no longer use the image key",
  ],
])("describeAccessChange describes a grant that %s", (_what, one, description) =>
  expectDescription(one, description),
);

const REPOSITORY = { name: "golden-image-factory/base" };
const DELETED =
  "the repository golden-image-factory/base is deleted, which ECR rejects unless it is empty";

test.each<Case>([
  ["is deleted", change("aws_ecr_repository", ["delete"], REPOSITORY, null), DELETED],
  [
    "is replaced",
    change("aws_ecr_repository", ["delete", "create"], REPOSITORY, { name: "x" }),
    DELETED,
  ],
  [
    "is deleted with its images",
    change("aws_ecr_repository", ["delete"], { ...REPOSITORY, force_delete: true }, null),
    "the repository golden-image-factory/base is deleted, with all of its container images",
  ],
  [
    "gets other settings",
    change("aws_ecr_repository", ["update"], REPOSITORY, REPOSITORY),
    undefined,
  ],
])("describeAccessChange describes a repository that %s", (_what, one, description) =>
  expectDescription(one, description),
);

test.each<Case>([
  [
    "changes",
    change(
      "aws_ecr_repository_policy",
      ["update"],
      { repository: "golden-image-factory/base", policy: policy({ Sid: "AccountsPull" }) },
      { repository: "golden-image-factory/base", policy: policy({ Sid: "OrganizationPull" }) },
    ),
    "pull access to golden-image-factory/base: adds OrganizationPull; removes AccountsPull",
  ],
  [
    "is created with its repository",
    change("aws_ecr_repository_policy", ["create"], null, {
      policy: policy({ Sid: "AccountsPull" }),
    }),
    "pull access to a new repository: adds AccountsPull",
  ],
  [
    "stays the same",
    change("aws_ecr_repository_policy", ["update"], { policy: "{}" }, { policy: "{}" }),
    undefined,
  ],
])("describeAccessChange describes a repository policy that %s", (_what, one, description) =>
  expectDescription(one, description),
);

const LAUNCH_PERMISSION = {
  distribution: [
    { ami_distribution_configuration: [{ launch_permission: [{ user_ids: ["222222222222"] }] }] },
  ],
};
const UNMANAGED = "the distribution has a launch permission, which the updater doesn't manage";

test.each<Case>([
  [
    "gets a launch permission",
    change("aws_imagebuilder_distribution_configuration", ["update"], {}, LAUNCH_PERMISSION),
    UNMANAGED,
  ],
  [
    "loses a launch permission",
    change("aws_imagebuilder_distribution_configuration", ["update"], LAUNCH_PERMISSION, {}),
    UNMANAGED,
  ],
  [
    "has no launch permission",
    change(
      "aws_imagebuilder_distribution_configuration",
      ["update"],
      {},
      { distribution: [{ launch_permission: [] }] },
    ),
    undefined,
  ],
])("describeAccessChange describes a distribution that %s", (_what, one, description) =>
  expectDescription(one, description),
);

/** Returns the manifest of two images, whose channels have the given audiences. */
function manifest(base: readonly string[], web: readonly string[], launchPermissionGraceDays = 30) {
  const channel = (audience: string) => ({
    channels: {
      stable: { share: "arn", keep: 1, bakeHours: 0, approval: "automatic", audience },
    },
  });
  const content = JSON.stringify({
    version: 1,
    launchPermissionGraceDays,
    regions: ["eu-west-1"],
    audiences: { base, web },
    images: { base: channel("base"), web: channel("web") },
  });
  return { key: "channels/0.json", content };
}

function manifestChange(before: object, after: object): ResourceChange {
  return change("aws_s3_object", ["create", "delete"], before, after);
}

describe("describeAccessChange", () => {
  const [payments, orders] = ["222222222222", "333333333333"];
  const descriptions = (one: ResourceChange) =>
    describeAccessChange(one).map((text) => text.replace(`\`${one.address}\`: `, ""));

  test("describes which accounts lose the launch permission of an image, and which lose the image key", () => {
    const before = manifest([payments, orders], [payments]);
    expect(descriptions(manifestChange(before, manifest([payments], [payments])))).toEqual([
      "333333333333 loses the launch permission of the AMIs of base: of shared builds at once, unless it is in an OU or organization that has a channel of it, and of others 30 days after the next full run",
      "333333333333 loses the image key at once, unless it is in an OU or organization that still has a channel: it can't launch any golden image any more",
    ]);
    expect(descriptions(manifestChange(before, manifest([orders], [payments], 0)))).toEqual([
      "222222222222 loses the launch permission of the AMIs of base: of shared builds at once, unless it is in an OU or organization that has a channel of it, and of others in the next full run",
    ]);
  });

  test("describes nothing if accounts only get access, or if the new manifest is known after apply", () => {
    const before = manifest([payments], []);
    expect(descriptions(manifestChange(before, manifest([payments, orders], [])))).toEqual([]);
    expect(descriptions(manifestChange(before, {}))).toEqual([]);
  });
});

test("describeAccessChange returns nothing for a resource that doesn't affect access", () =>
  expectDescription(change("aws_sns_topic", ["update"], {}, {}), undefined));
