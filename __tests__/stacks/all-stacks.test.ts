import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, TerraformStack, Testing } from "cdktf";
import * as fc from "fast-check";
import { loadFactory } from "../../config/load";
import { addStacks } from "../../stacks/all-stacks";
import {
  minimalContainer,
  minimalFactory,
  type Raw,
  withFolder,
} from "../../tools/fixtures/factory-file";
import { propertyRuns, propertySeed } from "../../tools/fixtures/property-runs";
import {
  FUNCTION_DIRECTORIES,
  only,
  resources,
  statements,
  synth,
  synthFactory,
  type TerraformJson,
} from "../../tools/fixtures/synth";

function addresses(stacks: Record<string, TerraformJson>): string[] {
  return Object.entries(stacks).flatMap(([id, { resource = {} }]) =>
    Object.entries(resource).flatMap(([type, named]) =>
      Object.keys(named).map((name) => `${id}: ${type}.${name}`),
    ),
  );
}

function imageKey(json: TerraformJson | undefined) {
  return resources(json, "aws_kms_key").find(
    ({ description }) => description === "Images of the golden image factory",
  );
}

describe("Terraform JSON", () => {
  test("is the same, byte by byte, for the same factory.yaml", () => {
    expect(JSON.stringify(synth())).toBe(JSON.stringify(synth()));
  });

  const another = (f: Raw) => ({
    ...f.images.web,
    parent: { awsManaged: "amazon-linux-2023-x86" },
  });
  const channel = { principals: { accounts: ["222222222222"] } };

  // CDKTF would write a reference to another stack as a reference to its state. Without the pass
  // that finds it, the reference would be to the stack's own resource of the same name.
  test("is what CDKTF writes after it has looked for references between stacks", () => {
    const factory = loadFactory("examples/complete/factory.yaml");
    const outdir = mkdtempSync(join(tmpdir(), "cdktf-out-"));
    try {
      const app = new App({ outdir });
      addStacks(app, factory, { ...FUNCTION_DIRECTORIES, bootstrap: false });
      for (const stack of app.node.children.filter(TerraformStack.isStack))
        TerraformStack.prototype.prepareStack.call(stack);
      app.synth();
      const written = Object.fromEntries(
        readdirSync(join(outdir, "stacks")).map((id) => [
          id,
          JSON.parse(readFileSync(join(outdir, "stacks", id, "cdk.tf.json"), "utf8")),
        ]),
      );
      expect(synthFactory(factory)).toEqual(written);
    } finally {
      rmSync(outdir, { recursive: true });
    }
  });

  test.each<[string, (f: Raw) => unknown, number]>([
    ["an image", (f) => (f.images = { another: another(f), ...f.images }), 5],
    [
      "a channel",
      (f) => (f.images.base.share.channels = { canary: channel, ...f.images.base.share.channels }),
      2,
    ],
    ["a component", (f) => f.images.base.components.unshift({ awsManaged: "reboot-linux" }), 0],
    [
      "a Region",
      (f) => (f.sharedAccount.regions = { "us-east-1": {}, ...f.sharedAccount.regions }),
      95,
    ],
    [
      "an app",
      (f) =>
        (f.appAccounts = {
          a: { ...f.appAccounts.payments, id: "333333333333" },
          ...f.appAccounts,
        }),
      62,
    ],
    ["an e-mail address", (f) => (f.sharedAccount.notify = { emails: ["a@example.com"] }), 1],
  ])("only gains resources when %s is added, at any position", (_title, mutate, added) => {
    const before = addresses(synth());
    const after = addresses(synth(mutate));
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after.length - before.length).toBe(added);
  });

  test("only loses an image's own resources when any image is removed", () => {
    const name = fc
      .stringMatching(/^[a-z0-9]{1,4}(-[a-z0-9]{1,4}){0,2}$/)
      .filter((text) => text.length >= 3 && text !== "base");
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1, maxLength: 5 }),
        fc.nat(),
        (names, index) => {
          const removed = names[index % names.length];
          const images = (f: Raw, kept: string[]) =>
            kept.forEach((key) => {
              f.images[key] = { ...another(f), share: { channels: { [key]: channel } } };
            });
          const all = addresses(synth((f) => images(f, names)));
          const fewer = addresses(
            synth((f) =>
              images(
                f,
                names.filter((key) => key !== removed),
              ),
            ),
          );
          expect(all).toEqual(expect.arrayContaining(fewer));
          expect(all.length - fewer.length).toBe(7);
        },
      ),
      { numRuns: propertyRuns(15), seed: propertySeed() },
    );
  });

  test("keeps shares apart whose image and channel names would be equal when joined by one hyphen", () => {
    const stacks = synth((f) => {
      f.images["base-a"] = { ...another(f), share: { channels: { b: channel } } };
      f.images.base.share.channels = { "a-b": channel, stable: channel };
      f.images.key = another(f);
    });
    const names = resources(stacks["shared-eu-west-1"], "aws_ram_resource_share").map(
      ({ name }) => name,
    );
    expect(names.sort()).toEqual([
      "golden-image-base--a-b",
      "golden-image-base--stable",
      "golden-image-base-a--b",
    ]);
  });

  test("has at most 8 resources for an image with a channel", () => {
    const more = (f: Raw) =>
      (f.images.more = {
        ...another(f),
        share: { channels: { stable: channel } },
        retain: { builds: 5 },
      });
    expect(addresses(synth(more)).length - addresses(synth()).length).toBeLessThanOrEqual(8);
  });
});

describe("the shared account", () => {
  const shared = (mutate?: (f: Raw) => unknown) => synth(mutate)["shared-eu-west-1"];
  const imageKeyPolicy = (mutate?: (f: Raw) => unknown) =>
    statements(imageKey(shared(mutate)).policy);

  test("has a share for each channel, with its principals within the organization and its policy in tags", () => {
    const json = shared((f) => {
      f.images.base.share.channels = {
        stable: {
          principals: { organizationalUnits: ["ou-abcd-11111111"] },
          keep: 2,
          bakeHours: 72,
          approval: "required",
        },
      };
      delete f.appAccounts;
    });
    expect(only(json, "aws_ram_resource_share")).toEqual({
      "//": expect.anything(),
      name: "golden-image-base--stable",
      allow_external_principals: false,
      permission_arns: ["arn:aws:ram::aws:permission/AWSRAMDefaultPermissionImageBuilderImage"],
      tags: {
        "golden-image:image": "base",
        "golden-image:channel": "stable",
        "golden-image:keep": "2",
        "golden-image:bake-hours": "72",
        "golden-image:approval": "required",
      },
    });
    expect(only(json, "aws_ram_principal_association").principal).toBe(
      "arn:aws:organizations::999999999999:ou/o-abcdefghij/ou-abcd-11111111",
    );
  });

  test("has no share for an image without a channel", () => {
    expect(resources(shared(), "aws_ram_resource_share")).toHaveLength(1);
  });

  test("has no association of builds with shares, because the updater manages them", () => {
    expect(resources(shared(), "aws_ram_resource_association")).toEqual([]);
  });

  test("lets exactly the audiences of all channels use the image key", () => {
    const policy = imageKeyPolicy((f) => {
      f.images.base.share.channels = {
        canary: { principals: { accounts: ["222222222222"] } },
        stable: { principals: { organizationalUnits: ["ou-abcd-11111111"] } },
      };
      f.images.web.share = { channels: { all: { principals: { accounts: ["333333333333"] } } } };
    });
    expect(Object.keys(policy)).toEqual([
      "Administer",
      "ImageBuilderUse",
      "ImageBuilderAttach",
      ...["OrganizationalUnits", "Accounts"].flatMap((name) => [
        `${name}Use`,
        `${name}Attach`,
        `${name}GrantToOwnAutoScaling`,
        `${name}Find`,
      ]),
    ]);
    expect(policy["AccountsUse"].Condition.StringEquals["aws:PrincipalAccount"]).toEqual([
      "222222222222",
      "333333333333",
    ]);
  });

  test("lets permission sets, with or without a Region in their path, and roles administer the image key", () => {
    const policy = imageKeyPolicy(
      (f) =>
        (f.sharedAccount.keyAdministrators = {
          permissionSets: ["Admins"],
          roles: ["security/keys"],
        }),
    );
    expect(policy["KeyAdministrators"].Condition.ArnLike["aws:PrincipalArn"]).toEqual([
      "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Admins_????????????????",
      "arn:aws:iam::111111111111:role/security/keys",
    ]);
  });

  test("stores a component's document under its digest, and creates a new version before it forgets the old one", () => {
    const json = shared();
    const [{ key, source }] = resources(json, "aws_s3_object").filter(
      (object) => object.source !== undefined,
    );
    expect(key).toMatch(/^components\/agent\/[0-9a-f]{64}\.yaml$/);
    expect(source).toMatch(/^assets\/.*\/agent\.yaml$/);
    expect(only(json, "aws_imagebuilder_component")).toMatchObject({
      name: "agent",
      version: "1.0.0",
      description: "An agent",
      platform: "Linux",
      uri: expect.stringMatching(/^s3:\/\/\$\{aws_s3_object/),
      skip_destroy: true,
      lifecycle: { create_before_destroy: true },
    });
  });

  test("creates a recipe after the key's alias and the components, which the recipe names by literal ARNs", () => {
    expect(only(shared(), "aws_imagebuilder_image_recipe").depends_on).toEqual([
      expect.stringMatching(/^aws_kms_alias\.image-key_alias_/),
      expect.stringMatching(/^aws_imagebuilder_component\.components_agent_/),
    ]);
  });

  test("has literal ARNs in recipes, so that plans show them", () => {
    expect(only(shared(), "aws_imagebuilder_image_recipe")).toMatchObject({
      name: "base",
      version: "1.0.0",
      parent_image: "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-x86/x.x.x",
      component: [
        {
          component_arn: "arn:aws:imagebuilder:eu-west-1:aws:component/update-linux/x.x.x",
          parameter: [],
        },
        {
          component_arn: "arn:aws:imagebuilder:eu-west-1:111111111111:component/agent/1.0.0/1",
          parameter: [{ name: "Path", value: "/opt" }],
        },
      ],
      block_device_mapping: [
        {
          ebs: {
            kms_key_id: "arn:aws:kms:eu-west-1:111111111111:alias/golden-image-factory/images",
          },
        },
      ],
    });
  });

  test("has a golden parent's volumes in the recipes of its children, encrypted with the child's image key", () => {
    const stacks = synth((f) => {
      f.images.base.volumes = [
        { device: "/dev/sdf", sizeGib: 100, snapshots: { "eu-west-1": "snap-0123456789abcdef0" } },
      ];
    });
    const [, volume] = only(
      stacks["payments-eu-west-1"],
      "aws_imagebuilder_image_recipe",
    ).block_device_mapping;
    expect(volume).toEqual({
      device_name: "/dev/sdf",
      ebs: {
        encrypted: "true",
        kms_key_id: "arn:aws:kms:eu-west-1:222222222222:alias/golden-image-factory/images",
        delete_on_termination: "true",
        volume_size: 100,
        volume_type: "gp3",
      },
    });
  });

  test.each<[string, Raw, string]>([
    ["an SSM parameter", { ssm: "/golden/ami" }, "ssm:/golden/ami"],
    ["a Marketplace product", { marketplace: "prod-1234567890abc" }, "prod-1234567890abc"],
    ["an AMI", { ami: { "eu-west-1": "ami-0123456789abcdef0" } }, "ami-0123456789abcdef0"],
    [
      "a pinned image",
      { awsManaged: "amazon-linux-2-x86", version: "2024.1.x" },
      "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2-x86/2024.1.x",
    ],
  ])("accepts %s as a parent", (_title, parent, expected) => {
    const json = shared((f) => {
      f.images.base.parent = parent;
      f.images.base.rootVolume = { device: "/dev/xvda" };
    });
    expect(only(json, "aws_imagebuilder_image_recipe").parent_image).toBe(expected);
  });

  const group = "arn:aws:resource-groups:eu-west-1:111111111111:group/macs";
  test.each<[string, Raw, Raw]>([
    ["any Dedicated Host by default", undefined, {}],
    ["the given host", "h-0123456789abcdef0", { host_id: "h-0123456789abcdef0" }],
    ["a host of the given group", group, { host_resource_group_arn: group }],
  ])("builds a macOS image on %s", (_title, host, expected) => {
    const json = shared((f) => {
      f.images.mac = {
        platform: "macOS",
        parent: { awsManaged: "macos-sequoia-arm64" },
        version: "1.0",
        components: [{ awsManaged: "update-macos" }],
        ...(host && { dedicatedHosts: { "eu-west-1": host } }),
      };
    });
    const placements = resources(json, "aws_imagebuilder_infrastructure_configuration").map(
      ({ name, placement }) => [name, placement],
    );
    expect(placements).toEqual([
      ["base", undefined],
      ["mac", { tenancy: "host", ...expected }],
    ]);
  });

  test("builds in the subnet and security groups of the Region", () => {
    const network = {
      subnetId: "subnet-0123456789abcdef0",
      securityGroupIds: ["sg-0123456789abcdef0"],
    };
    const json = shared((f) => (f.sharedAccount.regions["eu-west-1"] = network));
    expect(only(json, "aws_imagebuilder_infrastructure_configuration")).toMatchObject({
      subnet_id: network.subnetId,
      security_group_ids: network.securityGroupIds,
    });
  });

  test("has outputs with descriptions", () => {
    expect(Object.keys(shared()?.output ?? {}).sort()).toEqual([
      "image_key_alias",
      "pipeline_arns",
      "rebuilder_function",
      "share_arns",
      "topic_arn",
      "updater_function",
    ]);
    for (const output of Object.values(shared()?.output ?? {}))
      expect(output.description).toMatch(/\w/);
  });

  test("has no resource that Terraform can't destroy when protect is false", () => {
    const stacks = synth((f) => (f.sharedAccount.protect = false));
    expect(JSON.stringify(stacks)).not.toContain("prevent_destroy");
    expect(JSON.stringify(synth())).toContain("prevent_destroy");
  });
});

describe("an image with a golden parent", () => {
  test("has a separate stack with recipe, infrastructure, distribution and pipeline only", () => {
    expect(Object.keys(synth()["shared-eu-west-1-web"]?.resource ?? {})).toEqual([
      "aws_imagebuilder_distribution_configuration",
      "aws_imagebuilder_image_pipeline",
      "aws_imagebuilder_image_recipe",
      "aws_imagebuilder_infrastructure_configuration",
    ]);
  });

  test("refers to the resources of the Region's stack by name, without data sources", () => {
    const json = synth()["shared-eu-west-1-web"];
    expect(json?.data).toBeUndefined();
    expect(only(json, "aws_imagebuilder_infrastructure_configuration")).toMatchObject({
      instance_profile_name: "golden-image-factory-build-eu-west-1",
      sns_topic_arn: "arn:aws:sns:eu-west-1:111111111111:golden-image-factory-notifications",
      logging: { s3_logs: { s3_bucket_name: "golden-image-factory-logs-111111111111-eu-west-1" } },
    });
    const shared = synth()["shared-eu-west-1"];
    expect(only(shared, "aws_iam_instance_profile").name).toBe(
      "golden-image-factory-build-eu-west-1",
    );
    expect(only(shared, "aws_sns_topic").name).toBe("golden-image-factory-notifications");
    expect(resources(shared, "aws_s3_bucket").map(({ bucket }) => bucket)).toContain(
      "golden-image-factory-logs-111111111111-eu-west-1",
    );
  });

  test("has its components, logs and share in the Region's stack, whatever its parent is", () => {
    const inRegion = (parent: Raw) => {
      const all = synth((f) => {
        f.images.web = { ...f.images.base, parent };
      });
      const json = all["shared-eu-west-1"];
      return [
        "aws_ram_resource_share",
        "aws_imagebuilder_component",
        "aws_cloudwatch_log_group",
      ].map((type) =>
        Object.keys(json?.resource?.[type] ?? {}).filter((id) => !id.startsWith("rebuilder_")),
      );
    };
    expect(inRegion({ golden: "base" })).toEqual(inRegion({ awsManaged: "amazon-linux-2023-x86" }));
  });

  test("is deployed after its parent, and no stack depends on a stack of another account", () => {
    const file = minimalFactory();
    file.images.site = { ...file.images.web, parent: { golden: "web" } };
    const dependencies = withFolder({ file }, (path) => {
      const app = Testing.app();
      addStacks(app, loadFactory(path), {
        ...FUNCTION_DIRECTORIES,
        bootstrap: false,
      });
      return app.node.children
        .filter(TerraformStack.isStack)
        .map((stack) => [stack.node.id, stack.dependencies.map(({ node: { id } }) => id)])
        .filter(([, on]) => on?.length);
    });
    expect(dependencies).toEqual([
      ["shared-eu-west-1-web", ["shared-eu-west-1"]],
      ["shared-eu-west-1-site", ["shared-eu-west-1-web"]],
    ]);
  });
});

describe("an app account", () => {
  const payments = (mutate?: (f: Raw) => unknown) => synth(mutate)["payments-eu-west-1"];

  test("builds on the newest golden image that is shared with it, by the parent's ARN", () => {
    expect(only(payments(), "aws_imagebuilder_image_recipe").parent_image).toBe(
      "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/x.x.x",
    );
  });

  test("builds on a version range of the golden image when factory.yaml names one", () => {
    const json = payments(
      (f) => (f.appAccounts.payments.images["payments-web"].parent.version = "1.2.x"),
    );
    expect(only(json, "aws_imagebuilder_image_recipe").parent_image).toMatch(
      /image\/base\/1\.2\.x$/,
    );
  });

  test("runs the pipeline of an image that follows its parent every month, without a condition", () => {
    expect(only(payments(), "aws_imagebuilder_image_pipeline").schedule).toEqual({
      schedule_expression: "cron(0 4 1 * ? *)",
      timezone: "Etc/UTC",
      pipeline_execution_start_condition: "EXPRESSION_MATCH_ONLY",
    });
  });

  test("runs the pipeline of an image that doesn't follow its parent only when the parent or a component has a new version", () => {
    const json = payments(
      (f) => (f.appAccounts.payments.images["payments-web"].followParent = false),
    );
    expect(
      only(json, "aws_imagebuilder_image_pipeline").schedule.pipeline_execution_start_condition,
    ).toBe("EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE");
  });

  test("encrypts its images with its own key, which only itself may use", () => {
    const json = payments();
    expect(only(json, "aws_imagebuilder_image_recipe").block_device_mapping[0].ebs.kms_key_id).toBe(
      "arn:aws:kms:eu-west-1:222222222222:alias/golden-image-factory/images",
    );
    expect(
      statements(imageKey(json).policy)["AccountsUse"].Condition.StringEquals[
        "aws:PrincipalAccount"
      ],
    ).toEqual(["222222222222"]);
  });

  test("has neither shares nor an updater", () => {
    expect(resources(payments(), "aws_ram_resource_share")).toEqual([]);
    const names = resources(payments(), "aws_lambda_function").map((one) => one.function_name);
    expect(names).toEqual(["golden-image-factory-rebuilder"]);
  });

  test("grants the shared account's image key to its Auto Scaling with autoScaling: true, and may retire the grant", () => {
    expect(resources(payments(), "aws_kms_grant")).toEqual([]);
    const json = payments((f) => (f.appAccounts.payments.autoScaling = true));
    expect(Object.values(json?.data?.["aws_kms_key"] ?? {})).toMatchObject([
      { key_id: "arn:aws:kms:eu-west-1:111111111111:alias/golden-image-factory/images" },
    ]);
    expect(only(json, "aws_kms_grant")).toMatchObject({
      key_id: expect.stringMatching(/^\$\{data\.aws_kms_key\..*\.arn\}$/),
      grantee_principal:
        "arn:aws:iam::222222222222:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
      retiring_principal: "arn:aws:iam::222222222222:root",
      retire_on_delete: true,
    });
  });

  test("needs no image with autoScaling: true", () => {
    const json = payments((f) => {
      f.appAccounts.payments = {
        id: "222222222222",
        autoScaling: true,
        regions: { "eu-west-1": {} },
      };
    });
    expect(resources(json, "aws_imagebuilder_image_recipe")).toEqual([]);
    expect(resources(json, "aws_kms_grant")).toHaveLength(1);
  });
});

test("a state stack's bucket can't be destroyed", () => {
  expect(only(synth()["state-shared"], "aws_s3_bucket")).toMatchObject({
    bucket: "acme-tfstate-111111111111",
    lifecycle: { prevent_destroy: true },
  });
});

const dependenciesOf = (json: TerraformJson | undefined, type: string) =>
  only(json, type).depends_on.map((address: string) => address.replace(/_[0-9A-F]{8}$/, ""));

test("a pipeline is created after the permissions of its roles and its log group", () => {
  const json = synth((f) => {
    f.images.base.workflows = {};
    f.containers = { runtime: { ...minimalContainer(), regions: ["us-east-1"] } };
    f.sharedAccount.regions = { "eu-west-1": {}, "us-east-1": {} };
    f.images.base.regions = ["eu-west-1"];
    f.images.web.regions = ["eu-west-1"];
  });
  const build = (role: string) => [
    `aws_iam_role_policy_attachment.environment_${role}_AmazonSSMManagedInstanceCore`,
    `aws_iam_role_policy_attachment.environment_${role}_EC2InstanceProfileForImageBuilder`,
    `aws_iam_role_policy.environment_${role}_logs`,
  ];
  expect(dependenciesOf(json["shared-eu-west-1"], "aws_imagebuilder_image_pipeline")).toEqual([
    ...build("build-role"),
    "aws_iam_role_policy_attachment.environment_execution-role_managed",
    "aws_iam_role_policy.environment_execution-role_policy",
    "aws_cloudwatch_log_group.environment_image-logs_base",
  ]);
  expect(dependenciesOf(json["shared-us-east-1"], "aws_imagebuilder_image_pipeline")).toEqual([
    ...build("build-role"),
    ...build("container-build-role"),
    "aws_iam_role_policy.environment_container-build-role_containers",
    "aws_cloudwatch_log_group.environment_image-logs_runtime",
  ]);
  expect(
    only(json["shared-eu-west-1-web"], "aws_imagebuilder_image_pipeline").depends_on,
  ).toBeUndefined();
});

test("a lifecycle policy is created after its recipe and the permissions of its role", () => {
  const json = synth((f) => (f.images.base.retain = { builds: 5 }));
  expect(dependenciesOf(json["shared-eu-west-1"], "aws_imagebuilder_lifecycle_policy")).toEqual([
    "aws_imagebuilder_image_recipe.images_base_recipe",
    "aws_iam_role_policy_attachment.environment_lifecycle-role_policy",
  ]);
});

test("a build role reads what a document fetches that another document runs under its component's name", () => {
  const inner = `schemaVersion: 1.0
phases:
  - name: build
    steps:
      - { name: Get, action: S3Download, inputs: [{ source: "s3://acme-installers/agent.rpm", destination: /tmp/agent.rpm }] }
`;
  const outer = `schemaVersion: 1.0
phases:
  - name: build
    steps:
      - { name: Run, action: ExecuteDocument, inputs: { document: "arn:aws:imagebuilder:eu-west-1:111111111111:component/fetch-agent/1.0.0/1" } }
`;
  const json = synth(
    (f) => {
      f.images.base.components = [{ document: "outer.yaml" }];
      f.images.web.components = [{ document: "fetch_agent.yaml", name: "fetch-agent" }];
      f.images.base.parent = { awsManaged: "amazon-linux-2023-x86" };
    },
    { "outer.yaml": outer, "fetch_agent.yaml": inner },
  )["shared-eu-west-1"];
  const base = resources(json, "aws_iam_role_policy").map(
    ({ role, policy }) => `${role} ${policy}`,
  );
  expect(base.filter((text) => text.includes("acme-installers/agent.rpm"))).toHaveLength(2);
});

describe("an image with the keys of its entry", () => {
  const FOREIGN = "arn:aws:imagebuilder:{region}:333333333333:image/base/x.x.x";
  const json = synth((f) => {
    f.sharedAccount.regions = { "eu-west-1": {}, "us-east-1": {} };
    Object.assign(f.images.base, {
      parent: { arn: FOREIGN },
      rootVolume: { device: "/dev/sda1" },
      volumes: [],
      enabled: false,
      tests: { timeoutMinutes: 120 },
      keepFailedInstances: true,
      enhancedMetadata: false,
      amiDescription: "Base image",
      retain: { days: 90 },
      components: [
        {
          document: "agent.yaml",
          name: "log-agent",
          supportedOsVersions: ["Amazon Linux 2023"],
          parameters: { Path: "/opt" },
        },
        { arn: "arn:aws:imagebuilder:{region}:333333333333:component/scan/1.x.x" },
      ],
    });
  });

  test.each(["eu-west-1", "us-east-1"])(
    "is built in %s on an image of another owner, with a component under another name",
    (region) => {
      const stack = json[`shared-${region}`];
      expect(
        resources(stack, "aws_imagebuilder_image_recipe").find(({ name }) => name === "base"),
      ).toMatchObject({
        parent_image: FOREIGN.replace("{region}", region),
        component: [
          {
            component_arn: `arn:aws:imagebuilder:${region}:111111111111:component/log-agent/1.0.0/1`,
          },
          { component_arn: `arn:aws:imagebuilder:${region}:333333333333:component/scan/1.x.x` },
        ],
        block_device_mapping: [{ device_name: "/dev/sda1" }],
      });
      expect(only(stack, "aws_imagebuilder_component")).toMatchObject({
        name: "log-agent",
        supported_os_versions: ["Amazon Linux 2023"],
      });
      expect(resources(stack, "aws_s3_object").map(({ key }) => key)).toContainEqual(
        expect.stringMatching(/^components\/log-agent\//),
      );
    },
  );

  test("has them in its pipeline, infrastructure, distribution and lifecycle policy", () => {
    const stack = json["shared-eu-west-1"];
    const named = (type: string) => resources(stack, type).find(({ name }) => name === "base");
    expect(named("aws_imagebuilder_image_pipeline")).toMatchObject({
      status: "DISABLED",
      image_tests_configuration: { image_tests_enabled: true, timeout_minutes: 120 },
      enhanced_image_metadata_enabled: false,
    });
    expect(
      named("aws_imagebuilder_infrastructure_configuration").terminate_instance_on_failure,
    ).toBe(false);
    expect(
      named("aws_imagebuilder_distribution_configuration").distribution[0]
        .ami_distribution_configuration.description,
    ).toBe("Base image");
    expect(named("aws_imagebuilder_lifecycle_policy").policy_detail[0].filter).toEqual([
      // The channel of the image keeps three builds.
      { type: "AGE", value: 90, unit: "DAYS", retain_at_least: 3 },
    ]);
  });
});
