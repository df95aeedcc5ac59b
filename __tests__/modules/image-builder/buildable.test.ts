import { Buildable, type ImageProps } from "../../../modules/image-builder/buildable";
import { only, resources, synthModule } from "../../../tools/fixtures/synth";

const props: ImageProps = {
  kind: "image",
  name: "base",
  recipe: {
    version: "1.0.0",
    parentImage: "arn:parent",
    components: [
      { arn: "arn:a", parameters: { Script: "echo ${HOME} %{x}" } },
      { arn: "arn:b", parameters: {} },
    ],
    volumes: [{ device: "/dev/xvda", type: "gp3" }],
    keyArn: "arn:alias",
    removeSsmAgent: false,
  },
  infrastructure: {
    instanceTypes: ["t3.medium"],
    instanceProfileName: "profile",
    keepFailedInstances: false,
    logBucket: "logs",
    topicArn: "arn:topic",
    resourceTags: { "golden-image:image": "base" },
  },
  distribution: {
    regions: [{ region: "eu-west-1" }],
    amiName: "base-{{ imagebuilder:buildDate }}",
    amiTags: { os: "linux" },
  },
  pipeline: { enabled: true, testsEnabled: true, scan: false, enhancedMetadata: true },
};
function image(overrides: Partial<ImageProps> = {}) {
  return synthModule((stack) => {
    new Buildable(stack, "image", { ...props, ...overrides });
  });
}

test("an image's recipe encrypts the root volume with the given key", () => {
  expect(only(image(), "aws_imagebuilder_image_recipe").block_device_mapping).toEqual([
    {
      device_name: "/dev/xvda",
      ebs: {
        encrypted: "true",
        kms_key_id: "arn:alias",
        delete_on_termination: "true",
        volume_type: "gp3",
      },
    },
  ]);
});

test("an image's recipe encrypts further volumes, from a snapshot or empty", () => {
  const volumes = [
    ...props.recipe.volumes,
    { device: "/dev/sdf", sizeGib: 100, type: "io2", iops: 4_000 },
    { device: "/dev/sdg", type: "gp3", throughputMibps: 250, snapshotId: "snap-1" },
  ];
  const recipe = only(
    image({ recipe: { ...props.recipe, volumes } }),
    "aws_imagebuilder_image_recipe",
  );
  expect(recipe.block_device_mapping.slice(1)).toEqual([
    {
      device_name: "/dev/sdf",
      ebs: {
        encrypted: "true",
        kms_key_id: "arn:alias",
        delete_on_termination: "true",
        volume_size: 100,
        volume_type: "io2",
        iops: 4_000,
      },
    },
    {
      device_name: "/dev/sdg",
      ebs: {
        encrypted: "true",
        kms_key_id: "arn:alias",
        delete_on_termination: "true",
        snapshot_id: "snap-1",
        volume_type: "gp3",
        throughput: 250,
      },
    },
  ]);
});

test("an image's recipe has user data and removes the SSM agent only on request", () => {
  const plain = only(image(), "aws_imagebuilder_image_recipe");
  expect([plain.user_data_base64, plain.systems_manager_agent]).toEqual([undefined, undefined]);
  const recipe = { ...props.recipe, userData: "IyEvYmluL3No", removeSsmAgent: true };
  expect(only(image({ recipe }), "aws_imagebuilder_image_recipe")).toMatchObject({
    user_data_base64: "IyEvYmluL3No",
    systems_manager_agent: { uninstall_after_build: true },
  });
});

test("build instances have a key pair and run on Dedicated Hosts only on request", () => {
  const infrastructure = (more: Partial<ImageProps["infrastructure"]>) =>
    only(
      image({ infrastructure: { ...props.infrastructure, ...more } }),
      "aws_imagebuilder_infrastructure_configuration",
    );
  expect([infrastructure({}).key_pair, infrastructure({}).placement]).toEqual([
    undefined,
    undefined,
  ]);
  expect(infrastructure({ keyPair: "debug" }).key_pair).toBe("debug");
  expect(infrastructure({ dedicatedHost: { kind: "any" } }).placement).toEqual({
    tenancy: "host",
  });
  expect(infrastructure({ dedicatedHost: { kind: "host", id: "h-1" } }).placement).toEqual({
    tenancy: "host",
    host_id: "h-1",
  });
  expect(infrastructure({ dedicatedHost: { kind: "group", arn: "arn:group" } }).placement).toEqual({
    tenancy: "host",
    host_resource_group_arn: "arn:group",
  });
});

test("a new recipe is created before the old one is destroyed", () => {
  expect(only(image(), "aws_imagebuilder_image_recipe").lifecycle).toEqual({
    create_before_destroy: true,
  });
});

test("a recipe runs components in the given order, and passes ${ and %{ in parameters as written", () => {
  expect(only(image(), "aws_imagebuilder_image_recipe").component).toEqual([
    { component_arn: "arn:a", parameter: [{ name: "Script", value: "echo $${HOME} %%{x}" }] },
    { component_arn: "arn:b", parameter: [] },
  ]);
});

test("build instances require IMDSv2 at one hop, write logs, notify the topic, and are terminated after a failure", () => {
  expect(only(image(), "aws_imagebuilder_infrastructure_configuration")).toMatchObject({
    instance_metadata_options: { http_tokens: "required", http_put_response_hop_limit: 1 },
    logging: { s3_logs: { s3_bucket_name: "logs", s3_key_prefix: "base" } },
    sns_topic_arn: "arn:topic",
    terminate_instance_on_failure: true,
    resource_tags: { "golden-image:image": "base" },
  });
});

test("a distribution has no launch permissions, because the updater grants them", () => {
  expect(only(image(), "aws_imagebuilder_distribution_configuration").distribution).toEqual([
    {
      region: "eu-west-1",
      ami_distribution_configuration: {
        name: "base-{{ imagebuilder:buildDate }}",
        ami_tags: { os: "linux" },
      },
    },
  ]);
});

test("a pipeline runs tests and collects metadata", () => {
  expect(only(image(), "aws_imagebuilder_image_pipeline")).toMatchObject({
    status: "ENABLED",
    image_tests_configuration: { image_tests_enabled: true },
    image_scanning_configuration: { image_scanning_enabled: false },
    enhanced_image_metadata_enabled: true,
  });
});

test("a pipeline runs on its schedule, always or only for a new version of the parent or a component", () => {
  const schedule = (onlyOnUpdates: boolean) =>
    only(
      image({
        pipeline: {
          ...props.pipeline,
          schedule: { expression: "rate(1 day)", timezone: "Etc/UTC", onlyOnUpdates },
        },
      }),
      "aws_imagebuilder_image_pipeline",
    ).schedule;
  expect(schedule(false)).toEqual({
    schedule_expression: "rate(1 day)",
    timezone: "Etc/UTC",
    pipeline_execution_start_condition: "EXPRESSION_MATCH_ONLY",
  });
  expect(schedule(true).pipeline_execution_start_condition).toBe(
    "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE",
  );
  expect(only(image(), "aws_imagebuilder_image_pipeline").schedule).toBeUndefined();
});

test("an image has no lifecycle policy by default", () => {
  expect(resources(image(), "aws_imagebuilder_lifecycle_policy")).toEqual([]);
});

test("a lifecycle policy deletes old builds of the newest 50 recipe versions, with their AMIs and snapshots", () => {
  const recipeVersions = Array.from({ length: 60 }, (_, index) => `1.0.${59 - index}`);
  const policy = only(
    image({
      lifecycle: { recipeVersions, retain: { kind: "count", builds: 10 }, roleArn: "arn:role" },
    }),
    "aws_imagebuilder_lifecycle_policy",
  );
  expect(policy).toMatchObject({
    execution_role: "arn:role",
    resource_type: "AMI_IMAGE",
    policy_detail: [
      {
        action: [{ type: "DELETE", include_resources: [{ amis: true, snapshots: true }] }],
        exclusion_rules: [{ amis: [{ is_public: false }] }],
        filter: [{ type: "COUNT", value: 10 }],
      },
    ],
  });
  const { recipe } = policy.resource_selection[0];
  expect(recipe).toHaveLength(50);
  expect(recipe[0]).toEqual({ name: "base", semantic_version: "1.0.59" });
  expect(recipe[49]).toEqual({ name: "base", semantic_version: "1.0.10" });
});

test("a lifecycle policy deletes builds by age, and keeps the newest ones of any age", () => {
  const retain = { kind: "age", days: 90, minBuilds: 3 } as const;
  const policy = only(
    image({ lifecycle: { recipeVersions: ["1.0.0"], retain, roleArn: "arn:role" } }),
    "aws_imagebuilder_lifecycle_policy",
  );
  expect(policy.policy_detail[0].filter).toEqual([
    { type: "AGE", value: 90, unit: "DAYS", retain_at_least: 3 },
  ]);
});

test("a pipeline is disabled, limits tests and collects no metadata on request", () => {
  const pipeline = {
    ...props.pipeline,
    enabled: false,
    testTimeoutMinutes: 90,
    enhancedMetadata: false,
  };
  expect(only(image({ pipeline }), "aws_imagebuilder_image_pipeline")).toMatchObject({
    status: "DISABLED",
    image_tests_configuration: { image_tests_enabled: true, timeout_minutes: 90 },
    enhanced_image_metadata_enabled: false,
  });
});

test("the instance of a failed build is kept on request", () => {
  const infrastructure = { ...props.infrastructure, keepFailedInstances: true };
  expect(
    only(image({ infrastructure }), "aws_imagebuilder_infrastructure_configuration")
      .terminate_instance_on_failure,
  ).toBe(false);
});

test("a distribution describes AMIs on request, and passes ${ in the description as written", () => {
  const distribution = { ...props.distribution, amiDescription: "Base ${x}" };
  expect(
    only(image({ distribution }), "aws_imagebuilder_distribution_configuration").distribution[0]
      .ami_distribution_configuration,
  ).toMatchObject({ name: "base-{{ imagebuilder:buildDate }}", description: "Base $${x}" });
});
