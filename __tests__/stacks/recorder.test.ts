import {
  parseRecorderManifest,
  type RecorderManifest,
  recorderManifestKey,
} from "../../contract/recorder";
import { loadMinimal, type Raw } from "../../tools/fixtures/factory-file";
import {
  only,
  resources,
  statements,
  synth,
  synthFactory,
  type TerraformJson,
} from "../../tools/fixtures/synth";

const RECORDER = "golden-image-factory-recorder";
const SHARED = "shared-eu-west-1";

function withEvidence(mutate: (file: Raw) => unknown = () => undefined) {
  return synth((file) => {
    file.sharedAccount.evidence = true;
    mutate(file);
  });
}

function stacksWithRecorder(stacks: Record<string, TerraformJson>): string[] {
  return Object.keys(stacks).filter((id) =>
    resources(stacks[id], "aws_lambda_function").some((one) => one.function_name === RECORDER),
  );
}

function policyOf(stacks: Record<string, TerraformJson>, name: string) {
  const roles = resources(stacks[SHARED], "aws_iam_role_policy");
  return statements(roles.find((one) => one.name === name).policy);
}

test("a factory without evidence has no recorder, no key that signs and no bucket for evidence", () => {
  const stacks = synth();
  expect(stacksWithRecorder(stacks)).toEqual([]);
  expect(JSON.stringify(stacks)).not.toMatch(/recorder|evidence|SIGN_VERIFY/i);
});

test("with evidence, each Region of the shared account that builds images has a recorder", () => {
  const stacks = withEvidence((file) => {
    file.sharedAccount.regions["us-east-1"] = {};
    file.images.base.regions = ["eu-west-1"];
    file.images.web.regions = ["eu-west-1"];
  });
  expect(stacksWithRecorder(stacks)).toEqual([SHARED]);
  expect(Object.keys(stacks[SHARED]?.output ?? {})).toContain("recorder_function");
});

test("the updater knows the recorder's queue and can send to it", () => {
  const stacks = withEvidence();
  const updater = resources(stacks[SHARED], "aws_lambda_function").find(
    (one) => one.function_name === "golden-image-factory-share-updater",
  );
  const url = updater.environment.variables.RECORDER_QUEUE_URL;
  expect(url).toMatch(/^\$\{aws_sqs_queue\.recorder_queue_\w+\.url\}$/);
  const { SendMessages } = policyOf(stacks, "share-updater");
  expect(SendMessages.Resource).toContain(url.replace(".url", ".arn"));
  expect(SendMessages.Resource).toHaveLength(3);
});

test("the recorder's manifest contains the current versions and digests of recipes and components, sorted by name", () => {
  const factory = loadMinimal((file) => {
    file.sharedAccount.evidence = true;
  });
  const stacks = synthFactory(factory);
  const locals = Object.entries(stacks[SHARED]?.locals ?? {});
  const [, text] = locals.find(([name]) => name.startsWith("recorder_")) ?? [];
  const manifest: RecorderManifest = parseRecorderManifest(text, recorderManifestKey(text));
  expect(Object.keys(manifest.images)).toEqual(["base", "web"]);
  for (const [name, { version, digests }] of Object.entries(manifest.images)) {
    const entry = factory.lockFile.recipes[`shared/${name}`];
    expect({ version, digests }).toEqual({
      version: entry?.versions.at(-1),
      digests: entry?.digests,
    });
    expect(Object.keys(digests)).not.toEqual([]);
  }
  expect(manifest.components).toEqual(
    Object.fromEntries(
      Object.keys(manifest.components).map((name) => [
        name,
        {
          version: factory.lockFile.components[name]?.versions.at(-1),
          digests: factory.lockFile.components[name]?.digests,
        },
      ]),
    ),
  );
  expect(Object.keys(manifest.components)).toEqual(["agent"]);
});

test("build instances of all accounts are denied the buckets for evidence, in their roles and in the bucket's policy", () => {
  const stacks = withEvidence();
  const logs = Object.values(stacks).flatMap((stack) =>
    resources(stack, "aws_iam_role_policy").filter(({ name }) => name === "logs"),
  );
  expect(logs.length).toBeGreaterThan(1);
  for (const { policy } of logs)
    expect(statements(policy)["DenyFactoryBuckets"].Resource).toContain(
      "arn:aws:s3:::golden-image-factory-evidence-*",
    );
  const bucket = resources(stacks[SHARED], "aws_s3_bucket_policy")
    .map(({ policy }) => statements(policy))
    .find((policy) => "DenyOverwriting" in policy);
  expect(bucket?.["DenyBuildInstances"].Condition).toEqual({
    ArnLike: { "aws:PrincipalArn": ["arn:aws:iam::*:role/golden-image-factory-build-*"] },
  });
});

test("Amazon Inspector can decrypt with the image key exactly in Regions in which a channel limits findings", () => {
  const keysWith = (mutate: (file: Raw) => unknown): string[] =>
    Object.entries(
      synth((file) => {
        file.sharedAccount.regions["us-east-1"] = {};
        file.images.base.regions = ["eu-west-1"];
        file.images.base.outputs = { copyToRegions: ["us-east-1"] };
        file.images.web.regions = ["eu-west-1"];
        mutate(file);
      }),
    ).flatMap(([id, stack]) =>
      resources(stack, "aws_kms_key").some(({ policy }) => policy.includes("InspectorDecrypts"))
        ? [id]
        : [],
    );
  expect(keysWith(() => undefined)).toEqual([]);
  const limit = (file: Raw): void => {
    file.images.base.share.channels.stable.findings = { maxSeverity: "high" };
  };
  expect(keysWith(limit)).toEqual([SHARED]);
  const stacks = synth(limit);
  const key = resources(stacks[SHARED], "aws_kms_key").find(({ policy }) =>
    policy.includes("InspectorDecrypts"),
  );
  expect(statements(key.policy)["InspectorDecrypts"]).toEqual({
    Sid: "InspectorDecrypts",
    Effect: "Allow",
    Principal: "*",
    Action: "kms:Decrypt",
    Resource: "*",
    Condition: {
      ArnEquals: {
        "aws:PrincipalArn":
          "arn:aws:iam::111111111111:role/aws-service-role/ami.inspector2.amazonaws.com/AWSServiceRoleForAmazonInspector2Ami",
      },
      StringEquals: { "kms:ViaService": "ec2.eu-west-1.amazonaws.com" },
    },
  });
});

test("the updater's alarm for errors names the message about the recorder only if there is one", () => {
  const messagesOf = (stacks: Record<string, TerraformJson>) => {
    const alarm = resources(stacks[SHARED], "aws_cloudwatch_metric_alarm").find(
      ({ alarm_name: name }) => name === "golden-image-factory-share-updater-unreadable",
    );
    return /\(the message is (.*)\)/.exec(alarm?.alarm_description)?.[1];
  };
  expect(messagesOf(synth())).toBe(
    "'image not fully reconciled' or 'images that left the factory file can't be found'",
  );
  expect(messagesOf(withEvidence())).toBe(
    "'image not fully reconciled', 'images that left the factory file can't be found' or 'build not sent to the recorder'",
  );
});

test("an alarm and a line of the dashboard watch builds that stay shared despite their findings, only if a channel limits findings", () => {
  const limited = synth((file) => {
    file.images.base.share.channels.stable.findings = { maxSeverity: "high" };
  });
  const alarmsOf = (stacks: Record<string, TerraformJson>) =>
    resources(stacks[SHARED], "aws_cloudwatch_metric_alarm").filter(
      ({ metric_name: metric }) => metric === "SharedDespiteFindings",
    );
  expect(alarmsOf(limited)).toEqual([
    expect.objectContaining({
      alarm_name: "golden-image-factory-share-updater-shared-despite-findings",
      alarm_description:
        "A channel shares a build that it would not share now, because of what Amazon Inspector finds in it. The build stays shared, because no build can replace it. First find the build in the log group /aws/lambda/golden-image-factory-share-updater (the message is 'a shared build has findings that the channel doesn't allow'), and list its findings with 'npx --no factory findings IMAGE'. Then build the image with the fixes, or accept the findings with an exception in factory.yaml. See docs/guides/operations.md in the package golden-image-factory.",
      statistic: "Maximum",
      evaluation_periods: 3,
      threshold: 1,
      treat_missing_data: "notBreaching",
    }),
  ]);
  expect(alarmsOf(synth())).toEqual([]);
  const bodyOf = (stacks: Record<string, TerraformJson>): string =>
    only(stacks[SHARED], "aws_cloudwatch_dashboard").dashboard_body;
  expect(bodyOf(limited)).toContain("SharedDespiteFindings");
  expect(bodyOf(synth())).not.toContain("SharedDespiteFindings");
});
