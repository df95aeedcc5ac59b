import * as fc from "fast-check";
import {
  parseRebuilderManifest,
  type RebuilderManifest,
  rebuilderManifestKey,
} from "../../contract/rebuilder-manifest";
import { RebuilderRole } from "../../modules/rebuilding/rebuilder-role";
import { rebuilderProps, startMinute } from "../../stacks/props/rebuilding";
import { loadMinimal, minimalContainer, type Raw } from "../../tools/fixtures/factory-file";
import { propertySeed } from "../../tools/fixtures/property-runs";
import {
  only,
  resources,
  statements,
  synth,
  synthModule,
  type TerraformJson,
} from "../../tools/fixtures/synth";

const REBUILDER = "golden-image-factory-rebuilder";

/** The manifests of rebuilders, by stack. */
function manifests(stacks: Record<string, TerraformJson>): Record<string, RebuilderManifest> {
  return Object.fromEntries(
    Object.entries(stacks).flatMap(([id, { locals = {} }]) =>
      Object.entries(locals).flatMap(([name, text]) =>
        name.startsWith("rebuilder_")
          ? [[id, parseRebuilderManifest(text, rebuilderManifestKey(text))]]
          : [],
      ),
    ),
  );
}

function payments(change: object) {
  return (f: Raw) => Object.assign(f.appAccounts.payments.images["payments-web"], change);
}

const FOLLOWING = { dedicatedHost: false, manual: false };

test("an account and Region has a rebuilder with its images that follow their parents, sorted by name", () => {
  const stacks = synth((f) => {
    f.sharedAccount.regions["us-east-1"] = {};
    f.images.base.regions = ["eu-west-1"];
    f.images.web.regions = ["eu-west-1"];
    f.images.api = { ...f.images.web };
  });
  expect(manifests(stacks)).toEqual({
    "shared-eu-west-1": {
      version: 1,
      images: { api: { pipeline: "api", ...FOLLOWING }, web: { pipeline: "web", ...FOLLOWING } },
    },
    "payments-eu-west-1": {
      version: 1,
      images: { "payments-web": { pipeline: "payments-web", ...FOLLOWING } },
    },
  });
  for (const [id, stack] of Object.entries(stacks)) {
    const functions = resources(stack, "aws_lambda_function").map((one) => one.function_name);
    expect(functions.includes(REBUILDER)).toBe(id in manifests(stacks));
    expect("rebuilder_function" in (stack.output ?? {})).toBe(id in manifests(stacks));
  }
});

test.each([
  ["its parent is another kind of image", { parent: { awsManaged: "amazon-linux-2023-x86" } }],
  ["its parent is pinned", { parent: { golden: "base", version: "1.0.0" } }],
  ["followParent is false", { followParent: false }],
  ["people start all builds and there is no alarm", { schedule: { manual: true } }],
])("an image has no rebuilder if %s", (_title, change) => {
  const stacks = synth(payments(change));
  expect(Object.keys(manifests(stacks))).toEqual(["shared-eu-west-1"]);
  expect(JSON.stringify(stacks["payments-eu-west-1"])).not.toMatch(/rebuilder|archive/);
});

test("an image whose builds people start has an alarm with alarmAfterDays", () => {
  const stacks = synth(
    payments({ schedule: { manual: true }, followParent: { alarmAfterDays: 3 } }),
  );
  expect(manifests(stacks)["payments-eu-west-1"]?.images).toEqual({
    "payments-web": {
      pipeline: "payments-web",
      dedicatedHost: false,
      manual: true,
      alarmAfterDays: 3,
    },
  });
  const alarms = resources(stacks["payments-eu-west-1"], "aws_cloudwatch_metric_alarm");
  expect(alarms).toContainEqual(
    expect.objectContaining({
      alarm_name: "golden-image-payments-web-behind-parent",
      evaluation_periods: 72,
    }),
  );
});

test("an image for macOS is on a dedicated host", () => {
  const stacks = synth((f) => {
    const mac = {
      platform: "macOS",
      version: "1.0",
      components: [{ awsManaged: "reboot-macos" }],
      instanceTypes: ["mac2.metal"],
    };
    const parent = { awsManaged: "macos-sonoma-14-arm64" };
    f.images.mac = { ...mac, parent, share: f.images.base.share };
    f.appAccounts.payments.images["payments-mac"] = { ...mac, parent: { golden: "mac" } };
  });
  expect(manifests(stacks)["payments-eu-west-1"]?.images["payments-mac"]).toMatchObject({
    dedicatedHost: true,
  });
});

test("events of RAM start runs only in accounts with a parent that another account shares", () => {
  const ruleNames = (stack: TerraformJson | undefined) =>
    resources(stack, "aws_cloudwatch_event_rule").map(({ name }) => name);
  const stacks = synth();
  expect(ruleNames(stacks["payments-eu-west-1"])).toContain(`${REBUILDER}-shares`);
  expect(ruleNames(stacks["shared-eu-west-1"])).toContain(`${REBUILDER}-builds`);
  expect(ruleNames(stacks["shared-eu-west-1"])).not.toContain(`${REBUILDER}-shares`);
  const withParentOf = (owner: string) =>
    synth((f) => {
      const parent = { arn: `arn:aws:imagebuilder:{region}:${owner}:image/elsewhere/x.x.x` };
      f.images.foreign = { ...f.images.web, parent, rootVolume: { device: "/dev/xvda" } };
    })["shared-eu-west-1"];
  expect(ruleNames(withParentOf("333333333333"))).toContain(`${REBUILDER}-shares`);
  expect(ruleNames(withParentOf("111111111111"))).not.toContain(`${REBUILDER}-shares`);
});

const PLACE = "arn:aws:imagebuilder:eu-west-1:222222222222";

test("the rebuilder reads golden parents in the shared account, and parents with a range in any account", () => {
  const stacks = synth((f) => {
    const { images } = f.appAccounts.payments;
    const parent = { arn: "arn:aws:imagebuilder:{region}:333333333333:image/foreign/1.x.x" };
    const rootVolume = { device: "/dev/xvda" };
    images["payments-api"] = { ...images["payments-web"], parent, rootVolume };
    f.containers = { runtime: { ...minimalContainer(), share: f.images.base.share } };
    f.appAccounts.payments.containers = {
      "payments-runtime": { ...minimalContainer(), parent: { golden: "runtime" } },
    };
  });
  const policies = resources(stacks["payments-eu-west-1"], "aws_iam_role_policy");
  const policy = statements(policies.find(({ name }) => name === "rebuilder").policy);
  expect(policy["ReadBuilds"].Resource).toEqual([
    "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/*",
    "arn:aws:imagebuilder:eu-west-1:333333333333:image/foreign/*",
    "arn:aws:imagebuilder:eu-west-1:111111111111:image/runtime/*",
    `${PLACE}:image/payments-web/*`,
    `${PLACE}:image/payments-api/*`,
    `${PLACE}:image/payments-runtime/*`,
  ]);
  expect(policy["StartBuilds"].Resource).toEqual([
    `${PLACE}:image-pipeline/payments-web`,
    `${PLACE}:image-pipeline/payments-api`,
    `${PLACE}:image-pipeline/payments-runtime`,
  ]);
  expect(policy["ReadImageRecipes"].Resource).toEqual([
    `${PLACE}:image-recipe/payments-web/*`,
    `${PLACE}:image-recipe/payments-api/*`,
  ]);
  expect(policy["ReadContainerRecipes"].Resource).toEqual([
    `${PLACE}:container-recipe/payments-runtime/*`,
  ]);
});

test("the role names all resources of an account with so many images that IAM couldn't take their names", () => {
  const withImages = (count: number) => {
    const factory = loadMinimal((f) => {
      const { images } = f.appAccounts.payments;
      for (let index = 0; index < count; index += 1)
        images[`payments-${index}`] = { ...images["payments-web"] };
    });
    const [account] = factory.apps;
    if (!account) throw new Error("the factory must have an app account");
    const at = { accountId: account.id, region: "eu-west-1" };
    return rebuilderProps(at, factory, account)?.arns;
  };
  expect(withImages(15)?.pipelines).toHaveLength(16);
  expect(withImages(60)).toEqual({
    parents: ["arn:aws:imagebuilder:eu-west-1:111111111111:image/*/*"],
    images: [`${PLACE}:image/*/*`],
    pipelines: [`${PLACE}:image-pipeline/*`],
    imageRecipes: [`${PLACE}:image-recipe/*/*`],
    containerRecipes: [],
  });
});

test("startMinute is a minute of the hour that depends on the account only", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\d{12}$/), (account) => {
      const minute = startMinute(account);
      expect(Number.isInteger(minute) && minute >= 0 && minute < 60).toBe(true);
    }),
    { seed: propertySeed() },
  );
  expect([startMinute("111111111111"), startMinute("222222222222")]).toEqual([47, 32]);
  const schedules = Object.values(synth()).flatMap((stack) =>
    resources(stack, "aws_cloudwatch_event_rule").filter(({ name }) => name === REBUILDER),
  );
  expect(schedules.map((rule) => rule.schedule_expression)).toEqual([
    `cron(${startMinute("111111111111")} * * * ? *)`,
    `cron(${startMinute("222222222222")} * * * ? *)`,
  ]);
});

test("a stack has one archive provider for the updater and the rebuilder", () => {
  const { terraform, provider } = synth()["shared-eu-west-1"] as TerraformJson;
  expect(provider["archive"]).toHaveLength(1);
  expect(terraform.required_providers.archive.source).toBe("hashicorp/archive");
  expect(only(synth()["payments-eu-west-1"], "aws_lambda_function").function_name).toBe(REBUILDER);
});

test("the policy of the role is within IAM's limit for any number of images with the longest names", () => {
  const suffix = "x".repeat(50);
  for (const count of [1, 8, 9, 10, 11, 12, 50]) {
    const factory = loadMinimal((f) => {
      const { images } = f.appAccounts.payments;
      for (let index = 0; index < count; index += 1) {
        f.images[`base-${index}-${suffix}`] = { ...f.images.base };
        images[`web-${index}-${suffix}`] = {
          ...images["payments-web"],
          parent: { golden: `base-${index}-${suffix}` },
        };
      }
    });
    const [account] = factory.apps;
    const at = { accountId: "222222222222", region: "eu-west-1" };
    const arns = account && rebuilderProps(at, factory, account)?.arns;
    if (!arns) throw new Error("the account must have a rebuilder");
    const json = synthModule((stack) => {
      new RebuilderRole(stack, "role", {
        ...arns,
        name: "rebuilder",
        logGroupArn: "x".repeat(128),
        queueArn: "arn:aws:sqs:eu-west-1:222222222222:golden-image-factory-rebuilder",
        deadLetterQueueArn: "x".repeat(128),
        dataKeyArn: "x".repeat(128),
        manifestBucketArn: "x".repeat(128),
      });
    });
    expect(only(json, "aws_iam_role_policy").policy.length).toBeLessThanOrEqual(10_240);
    // At most 11 images with such names are listed.
    expect(arns.pipelines).toHaveLength(count < 11 ? count + 1 : 1);
  }
});
