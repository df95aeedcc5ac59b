import { DOCUMENT, minimalContainer, type Raw } from "../../tools/fixtures/factory-file";
import { only, resources, statements, synth, type TerraformJson } from "../../tools/fixtures/synth";

/**
 * A factory with a golden container for the organization, a child of it for one account, and a
 * container of an app account.
 */
function withContainers(
  mutate: (f: Raw) => unknown = () => undefined,
  documents?: Record<string, string>,
) {
  return synth((f) => {
    f.containers = {
      runtime: {
        ...minimalContainer(),
        share: { channels: { stable: { principals: { organization: true } } } },
      },
      java: {
        ...minimalContainer({ golden: "runtime" }),
        share: { channels: { partners: { principals: { accounts: ["222222222222"] } } } },
      },
    };
    f.appAccounts.payments.containers = {
      "payments-api": minimalContainer({ golden: "java", version: "1.x.x" }),
    };
    mutate(f);
  }, documents);
}

const stacks = withContainers();
const shared = stacks["shared-eu-west-1"];
function named(type: string, name: string, stack = shared): Raw {
  return resources(stack, type).find((one) => one.name === name);
}
function additionsOf(stack: TerraformJson | undefined) {
  return named("aws_iam_policy", "golden-image-factory-deploy-additions", stack);
}
function recipe(stack = shared) {
  return only(stack, "aws_imagebuilder_container_recipe");
}

test("a container's recipe pushes to its own repository and encrypts the host's volume with the image key", () => {
  expect(recipe()).toMatchObject({
    container_type: "DOCKER",
    name: "runtime",
    version: "1.0.0",
    parent_image: "public.ecr.aws/amazonlinux/amazonlinux:2023",
    platform_override: "Linux",
    target_repository: { service: "ECR", repository_name: "golden-image-factory/runtime" },
    instance_configuration: {
      image: "ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id",
      block_device_mapping: [
        {
          device_name: "/dev/xvda",
          ebs: {
            encrypted: "true",
            kms_key_id: "arn:aws:kms:eu-west-1:111111111111:alias/golden-image-factory/images",
          },
        },
      ],
    },
    lifecycle: { create_before_destroy: true },
  });
  expect(recipe().depends_on).toContainEqual(
    expect.stringMatching(/^aws_ecr_repository\.repositories_runtime_/),
  );
  expect(
    named("aws_imagebuilder_infrastructure_configuration", "runtime").instance_metadata_options,
  ).toEqual({
    http_tokens: "required",
    http_put_response_hop_limit: 2,
  });
});

test("a container's pipeline has no distribution, because the recipe names the repository", () => {
  const pipeline = named("aws_imagebuilder_image_pipeline", "runtime");
  expect(pipeline.container_recipe_arn).toMatch(/^\$\{aws_imagebuilder_container_recipe\./);
  expect([
    pipeline.image_recipe_arn,
    pipeline.distribution_configuration_arn,
    pipeline.execution_role,
  ]).toEqual([undefined, undefined, undefined]);
});

test("a Linux container has a default Dockerfile that builds as root, or the given one with ${ and %{ as written", () => {
  expect(recipe().dockerfile_template_data).toBe(
    "FROM {{{ imagebuilder:parentImage }}}\nUSER root\n{{{ imagebuilder:environments }}}\n{{{ imagebuilder:components }}}\n",
  );
  const dockerfile =
    "FROM {{{ imagebuilder:parentImage }}}\n{{{ imagebuilder:environments }}}\n{{{ imagebuilder:components }}}\nENV A=${HOME}%{x}\n";
  const json = withContainers((f) => (f.containers.runtime.dockerfile = "Dockerfile"), {
    "agent.yaml": DOCUMENT,
    Dockerfile: dockerfile,
  });
  expect(recipe(json["shared-eu-west-1"]).dockerfile_template_data).toBe(
    dockerfile.replace("ENV A=${HOME}%{x}", () => "ENV A=$${HOME}%%{x}"),
  );
});

test("a Windows container has a default Dockerfile with only the placeholders", () => {
  const json = withContainers(
    (f) =>
      (f.containers.runtime.parent = {
        awsManaged: "windows-server-2019-x86-core-ltsc2019-amd64",
      }),
  );
  expect(recipe(json["shared-eu-west-1"]).dockerfile_template_data).toBe(
    "FROM {{{ imagebuilder:parentImage }}}\n{{{ imagebuilder:environments }}}\n{{{ imagebuilder:components }}}\n",
  );
});

test("a container's repository has immutable tags, scans on push, and is encrypted with the image key", () => {
  expect(named("aws_ecr_repository", "golden-image-factory/runtime")).toMatchObject({
    image_tag_mutability: "IMMUTABLE",
    image_scanning_configuration: { scan_on_push: true },
    encryption_configuration: [
      { encryption_type: "KMS", kms_key: expect.stringMatching(/^\$\{aws_kms_key\.image-key_/) },
    ],
    tags: { LifecycleExecutionAccess: "EC2 Image Builder" },
    force_delete: false,
  });
  const key = resources(shared, "aws_kms_key").find(
    ({ description }) => description === "Images of the golden image factory",
  );
  expect(statements(key.policy)["RepositoriesAttach"]).toMatchObject({
    Principal: { AWS: "arn:aws:iam::111111111111:root" },
    Action: "kms:CreateGrant",
    Condition: {
      StringEquals: { "kms:ViaService": "ecr.eu-west-1.amazonaws.com" },
      Bool: { "kms:GrantIsForAWSResource": "true" },
    },
  });
  const [policy] = resources(shared, "aws_ecr_lifecycle_policy");
  expect(JSON.parse(policy.policy).rules).toMatchObject([
    {
      selection: {
        tagStatus: "untagged",
        countType: "sinceImagePushed",
        countUnit: "days",
        countNumber: 7,
      },
    },
  ]);
});

test("a golden container's audience may pull it, and only the own account may pull an app account's container", () => {
  const policies = ["runtime", "java"].map((name) => {
    const repositoryPolicy = resources(shared, "aws_ecr_repository_policy").find(({ repository }) =>
      repository.includes(`_${name}_`),
    );
    return statements(repositoryPolicy.policy);
  });
  expect(policies).toMatchObject([
    {
      OrganizationPull: {
        Principal: "*",
        Condition: { StringEquals: { "aws:PrincipalOrgID": "o-abcdefghij" } },
      },
    },
    { AccountsPull: { Condition: { StringEquals: { "aws:PrincipalAccount": ["222222222222"] } } } },
  ]);
  expect(policies[0]?.["OrganizationPull"].Action).toEqual([
    "ecr:DescribeImages",
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
  ]);
  expect(resources(stacks["payments-eu-west-1"], "aws_ecr_repository_policy")).toEqual([]);
});

test("the updater shares containers as it shares images", () => {
  expect(
    resources(shared, "aws_ram_resource_share").map(({ tags }) => tags["golden-image:image"]),
  ).toEqual(["base", "java", "runtime"]);
  const updater = resources(shared, "aws_iam_role_policy").find(
    ({ name }) => name === "share-updater",
  );
  expect(statements(updater.policy)["ShareImages"].Resource).toEqual(
    ["base", "runtime", "java"].map(
      (name) => `arn:aws:imagebuilder:eu-west-1:111111111111:image/${name}/*`,
    ),
  );
});

test("a container with a golden parent has a separate stack, and its repository in the Region's stack", () => {
  expect(Object.keys(stacks["shared-eu-west-1-java"]?.resource ?? {})).toEqual([
    "aws_imagebuilder_container_recipe",
    "aws_imagebuilder_image_pipeline",
    "aws_imagebuilder_infrastructure_configuration",
  ]);
  expect(recipe(stacks["shared-eu-west-1-java"])).toMatchObject({
    parent_image: "arn:aws:imagebuilder:eu-west-1:111111111111:image/runtime/x.x.x",
    target_repository: { repository_name: "golden-image-factory/java" },
  });
  expect(recipe(stacks["shared-eu-west-1-java"]).platform_override).toBeUndefined();
});

test("an app account builds on a golden container as on a golden image", () => {
  const app = stacks["payments-eu-west-1"];
  expect(recipe(app).parent_image).toBe(
    "arn:aws:imagebuilder:eu-west-1:111111111111:image/java/1.x.x",
  );
  expect(
    named("aws_imagebuilder_image_pipeline", "payments-api", app).schedule
      .pipeline_execution_start_condition,
  ).toBe("EXPRESSION_MATCH_ONLY");
});

test("only the role of instances that build containers may push to repositories", () => {
  const profile = (name: string) =>
    named("aws_imagebuilder_infrastructure_configuration", name).instance_profile_name;
  expect([profile("base"), profile("runtime")]).toEqual([
    expect.stringMatching(/environment_build-role_/),
    expect.stringMatching(/environment_container-build-role_/),
  ]);
  const policy = resources(shared, "aws_iam_role_policy").find(({ name }) => name === "containers");
  expect(statements(policy.policy)["PushContainers"]).toMatchObject({
    Action: expect.arrayContaining(["ecr:PutImage"]),
    Resource: ["arn:aws:ecr:eu-west-1:111111111111:repository/golden-image-factory/*"],
  });
});

test("instances that build containers pull from the account's repositories of parents and from other accounts", () => {
  const json = withContainers((f) => {
    f.containers.runtime.parent = {
      registry: "111111111111.dkr.ecr.eu-central-1.amazonaws.com/team/base:1",
    };
    f.containers.more = minimalContainer({
      registry: "999999999999.dkr.ecr.eu-west-1.amazonaws.com/base:1",
    });
  })["shared-eu-west-1"];
  const policy = resources(json, "aws_iam_role_policy").find(({ name }) => name === "containers");
  expect(statements(policy.policy)).toMatchObject({
    PullParents: {
      Resource: [
        "arn:aws:ecr:eu-west-1:111111111111:repository/golden-image-factory/*",
        "arn:aws:ecr:eu-central-1:111111111111:repository/team/base",
      ],
    },
    PullParentsOfOtherAccounts: {
      Resource: "*",
      Condition: { StringNotEquals: { "aws:ResourceAccount": "111111111111" } },
    },
  });
});

test("every ARN is in the partition of the Region", () => {
  const json = withContainers((f) => {
    f.state.region = "cn-north-1";
    f.sharedAccount.regions = { "cn-north-1": {} };
    f.containers.runtime.workflows = {
      tests: [{ awsManaged: "test-container" }, { document: "gate.yaml" }],
    };
    f.images.base.outputs = { parameter: "/golden/base" };
    f.ci = { github: { repository: "acme/images" } };
    delete f.appAccounts;
  });
  // The ARN in the workflow document is as written there.
  const text = JSON.stringify(json).replace(
    /arn:aws:states:eu-west-1:111111111111:(stateMachine|execution):check/g,
    "",
  );
  expect(text).not.toMatch(/arn:aws:/);
});

test("a container's host is an ECS-optimized AMI for Graviton, and Image Builder's choice for Windows", () => {
  const of = (change: Raw) => {
    const json = withContainers((f) => Object.assign(f.containers.runtime, change));
    const {
      instance_configuration: host,
      platform_override: override,
      parent_image: parent,
    } = recipe(json["shared-eu-west-1"]);
    return {
      image: host.image,
      device: host.block_device_mapping[0].device_name,
      override,
      parent,
    };
  };
  expect(of({ instanceTypes: ["t4g.medium"] }).image).toBe(
    "ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id",
  );
  expect(of({ parent: { awsManaged: "windows-server-2019-x86-core-ltsc2019-amd64" } })).toEqual({
    image: undefined,
    device: "/dev/sda1",
    override: undefined,
    parent:
      "arn:aws:imagebuilder:eu-west-1:aws:image/windows-server-2019-x86-core-ltsc2019-amd64/x.x.x",
  });
});

test("a scanned container is pushed to Image Builder's scan repository, and old builds are deleted with their images", () => {
  const json = withContainers((f) =>
    Object.assign(f.containers.runtime, { scan: true, retain: { builds: 5 } }),
  )["shared-eu-west-1"];
  expect(
    named("aws_imagebuilder_image_pipeline", "runtime", json).image_scanning_configuration,
  ).toEqual({
    image_scanning_enabled: true,
  });
  const policy = resources(json, "aws_iam_role_policy").find(({ name }) => name === "containers");
  expect(statements(policy.policy)["PushContainers"].Resource).toContain(
    "arn:aws:ecr:eu-west-1:111111111111:repository/image-builder-image-scanning-repository",
  );
  expect(only(json, "aws_imagebuilder_lifecycle_policy")).toMatchObject({
    name: "runtime",
    resource_type: "CONTAINER_IMAGE",
    policy_detail: [{ action: [{ type: "DELETE", include_resources: [{ containers: true }] }] }],
  });
  expect(JSON.stringify(only(json, "aws_imagebuilder_lifecycle_policy"))).not.toContain(
    "exclusion_rules",
  );
});

test("a factory with containers needs no image", () => {
  const json = withContainers((f) => {
    delete f.images;
    delete f.appAccounts.payments.images;
  });
  expect(resources(json["shared-eu-west-1"], "aws_imagebuilder_image_recipe")).toEqual([]);
  expect(resources(json["shared-eu-west-1"], "aws_ecr_repository")).toHaveLength(2);
});

test("the deploy role of GitHub Actions has a managed policy for containers in accounts with containers only", () => {
  const withCi = (mutate: (f: Raw) => unknown) =>
    withContainers((f) => {
      f.ci = { github: { repository: "acme/images" } };
      mutate(f);
    });
  const [without, withContainer] = [
    withCi((f) => delete f.appAccounts.payments.containers),
    withCi(() => undefined),
  ];
  expect(additionsOf(without["state-payments"])).toBeUndefined();
  const additions = additionsOf(withContainer["state-payments"]);
  expect(Object.keys(statements(additions.policy))).toEqual([
    "ManageRepositories",
    "ManageContainerRecipes",
    "CreateRepositoryGrants",
    "RetireRepositoryGrants",
    "FindParentContainers",
    "FindHostImages",
  ]);
});

test("a container builds on a container image of another owner, on instances of a given AMI", () => {
  const json = withContainers((f) => {
    f.sharedAccount.regions["us-east-1"] = {};
    Object.assign(f.containers.runtime, {
      platform: "Linux",
      parent: { arn: "arn:aws:imagebuilder:{region}:333333333333:image/runtime/1.x.x" },
      hostAmi: {
        ami: { "eu-west-1": "ami-0123456789abcdef0", "us-east-1": "ami-0123456789abcdef1" },
      },
      hostVolume: { device: "/dev/sda1", sizeGib: 20 },
    });
  });
  const of = (region: string) => recipe(json[`shared-${region}`]);
  expect(of("us-east-1")).toMatchObject({
    parent_image: "arn:aws:imagebuilder:us-east-1:333333333333:image/runtime/1.x.x",
    instance_configuration: {
      image: "ami-0123456789abcdef1",
      block_device_mapping: [
        { device_name: "/dev/sda1", ebs: { encrypted: "true", volume_size: 20 } },
      ],
    },
  });
  expect(of("us-east-1").platform_override).toBeUndefined();
  expect(of("eu-west-1").instance_configuration.image).toBe("ami-0123456789abcdef0");
});

test.each([
  ["/host/ami", "arn:aws:ssm:eu-west-1:111111111111:parameter/host/ami"],
  ["/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id", undefined],
])(
  "an execution role reads the SSM parameter %s of build instances if Image Builder may not",
  (path, arn) => {
    const json = withContainers((f) => {
      f.ci = { github: { repository: "acme/images" } };
      Object.assign(f.containers.runtime, {
        hostAmi: { ssm: path },
        hostVolume: { device: "/dev/xvda" },
      });
    });
    const shared = json["shared-eu-west-1"];
    expect(recipe(shared).instance_configuration.image).toBe(`ssm:${path}`);
    const policy = resources(shared, "aws_iam_role_policy").find(
      ({ name }) => name === "workflows",
    );
    expect(policy && statements(policy.policy)["ReadParentParameters"].Resource).toEqual(
      arn && [arn],
    );
    expect(
      named("aws_imagebuilder_image_pipeline", "runtime", shared).execution_role === undefined,
    ).toBe(arn === undefined);
    const account = path.startsWith("/aws/") ? "" : "111111111111";
    expect(
      statements(additionsOf(json["state-shared"]).policy)["ReadParentParameters"].Resource,
    ).toEqual([`arn:aws:ssm:*:${account}:parameter${path}`]);
  },
);
