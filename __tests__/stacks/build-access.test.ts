import {
  loadMinimal,
  minimalContainer,
  problemsOf,
  type Raw,
} from "../../tools/fixtures/factory-file";
import { resources, statements, synth, type TerraformJson } from "../../tools/fixtures/synth";

const SHARED = "shared-eu-west-1";

/** A team's document: it gets a package from the team's bucket, and a token in a command. */
const PACKAGE = `schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: Package
        action: S3Download
        inputs: [{ source: s3://team-packages/monitor.rpm, destination: /opt/monitor.rpm }]
      - name: Token
        action: ExecuteBash
        inputs: { commands: [aws secretsmanager get-secret-value --secret-id monitor-token] }
`;

const DOCUMENTS = { "package.yaml": PACKAGE };

/** The image web, with its parent base, is built with the team's document. */
function withPackage(file: Raw, image: Raw = {}): void {
  file.images.base.components = [{ awsManaged: "update-linux" }];
  Object.assign(file.images.web, { components: [{ document: "package.yaml" }], ...image });
}

function synthWith(image: Raw = {}, mutate: (file: Raw) => unknown = () => undefined) {
  return synth((file) => {
    withPackage(file, image);
    mutate(file);
  }, DOCUMENTS);
}

/** Names of the instance profiles of images, by image. References are resolved. */
function profilesOf(stacks: Record<string, TerraformJson>): Record<string, string> {
  const all = Object.values(stacks);
  const entries = all.flatMap((json) =>
    resources(json, "aws_imagebuilder_infrastructure_configuration").map((infrastructure) => {
      const given: string = infrastructure.instance_profile_name;
      const [, id = ""] = /aws_iam_instance_profile\.([\w-]+)\.name/.exec(given) ?? [];
      return [
        infrastructure.name,
        json.resource?.["aws_iam_instance_profile"]?.[id]?.name ?? given,
      ];
    }),
  );
  return Object.fromEntries(entries);
}

/** The inline policy `access` of a build role: statements by Sid. */
function accessOf(json: TerraformJson | undefined, roleId: string) {
  const policy = resources(json, "aws_iam_role_policy").find(
    ({ name, role }) => name === "access" && role.includes(roleId),
  );
  return policy && statements(policy.policy);
}

function rolesOf(json: TerraformJson | undefined): string[] {
  return resources(json, "aws_iam_role").map(({ name }) => name);
}

test("an image whose document names a bucket has a build role in the Region's stack, with permission for that object", () => {
  const stacks = synthWith();
  expect(rolesOf(stacks[SHARED])).toEqual(
    expect.arrayContaining([
      "golden-image-factory-build-eu-west-1",
      "golden-image-factory-build-eu-west-1--web",
    ]),
  );
  expect(rolesOf(stacks[`${SHARED}-web`])).toEqual([]);
  expect(profilesOf(stacks)).toEqual({
    base: "golden-image-factory-build-eu-west-1",
    web: "golden-image-factory-build-eu-west-1--web",
    "payments-web": "golden-image-factory-build-eu-west-1",
  });
  expect(accessOf(stacks[SHARED], "build-roles_web")).toEqual({
    ReadObjects: {
      Sid: "ReadObjects",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: ["arn:aws:s3:::team-packages/monitor.rpm"],
    },
    DecryptObjects: {
      Sid: "DecryptObjects",
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: "arn:aws:kms:*:*:key/*",
      Condition: {
        StringLike: {
          "kms:ViaService": "s3.*.amazonaws.com",
          "kms:EncryptionContext:aws:s3:arn": [
            "arn:aws:s3:::team-packages",
            "arn:aws:s3:::team-packages/monitor.rpm",
          ],
        },
      },
    },
  });
  expect(accessOf(stacks[SHARED], "environment_build-role_")).toBeUndefined();
});

test("the team's document is reported only for the secret, until buildAccess contains it", () => {
  const warning =
    'warning: images.web.components[0].document: reads the secret monitor-token in a command (package.yaml:8:9), and build instances have no permission for it: add monitor-token to buildAccess.secrets of the image or of its account, got: "package.yaml" [component-secret-granted]';
  expect(problemsOf((file) => withPackage(file), DOCUMENTS)).toEqual([warning]);
  const secrets = ["monitor-token"];
  expect(problemsOf((f) => withPackage(f, { buildAccess: { secrets } }), DOCUMENTS)).toEqual([]);
  expect(
    problemsOf((file) => {
      withPackage(file);
      file.sharedAccount.buildAccess = { secrets };
    }, DOCUMENTS),
  ).toEqual([]);
});

test("buildAccess of an image gives only its build role permissions", () => {
  const stacks = synthWith({
    buildAccess: {
      read: ["acme-installers", "acme-tools/linux/", "acme-tools/windows/", "acme-tools/key.asc"],
      write: ["acme-results/web/"],
      secrets: [
        "monitor-token",
        "arn:aws:secretsmanager:eu-west-1:888888888888:secret:license-AbCdEf",
      ],
      parameters: ["/agents/endpoint", "licenses/"],
      policies: ["arn:aws:iam::111111111111:policy/read-sources"],
    },
  });
  const access = accessOf(stacks[SHARED], "build-roles_web") ?? {};
  expect(Object.keys(access)).toEqual([
    "ReadObjects",
    "ListBucket1",
    "ListBucket2",
    "DecryptObjects",
    "WriteObjects",
    "EncryptObjects",
    "ReadSecrets",
    "DecryptSecrets",
    "ReadParameters",
    "DecryptParameters",
    "ListParameters",
  ]);
  expect(access).toMatchObject({
    ReadObjects: {
      Resource: [
        "arn:aws:s3:::acme-installers/*",
        "arn:aws:s3:::acme-tools/linux/*",
        "arn:aws:s3:::acme-tools/windows/*",
        "arn:aws:s3:::acme-tools/key.asc",
        "arn:aws:s3:::team-packages/monitor.rpm",
      ],
    },
    ListBucket1: { Action: "s3:ListBucket", Resource: "arn:aws:s3:::acme-installers" },
    ListBucket2: {
      Action: "s3:ListBucket",
      Resource: "arn:aws:s3:::acme-tools",
      Condition: { StringLike: { "s3:prefix": ["linux/*", "windows/*"] } },
    },
    WriteObjects: { Action: "s3:PutObject", Resource: ["arn:aws:s3:::acme-results/web/*"] },
    EncryptObjects: { Action: ["kms:Decrypt", "kms:GenerateDataKey"] },
    ReadSecrets: {
      Action: "secretsmanager:GetSecretValue",
      Resource: [
        "arn:aws:secretsmanager:eu-west-1:111111111111:secret:monitor-token-??????",
        "arn:aws:secretsmanager:eu-west-1:888888888888:secret:license-AbCdEf",
      ],
    },
    DecryptSecrets: {
      Condition: { StringLike: { "kms:ViaService": "secretsmanager.*.amazonaws.com" } },
    },
    ReadParameters: {
      Action: ["ssm:GetParameter", "ssm:GetParameters"],
      Resource: [
        "arn:aws:ssm:eu-west-1:111111111111:parameter/agents/endpoint",
        "arn:aws:ssm:eu-west-1:111111111111:parameter/licenses/*",
      ],
    },
    ListParameters: {
      Action: "ssm:GetParametersByPath",
      Resource: [
        "arn:aws:ssm:eu-west-1:111111111111:parameter/licenses",
        "arn:aws:ssm:eu-west-1:111111111111:parameter/licenses/*",
      ],
    },
  });
  expect(access["ListBucket1"].Condition).toBeUndefined();
  const attached = resources(stacks[SHARED], "aws_iam_role_policy_attachment").filter(
    ({ policy_arn }) => policy_arn.includes("read-sources"),
  );
  expect(attached).toMatchObject([
    {
      policy_arn: "arn:aws:iam::111111111111:policy/read-sources",
      role: expect.stringContaining("build-roles_web"),
    },
  ]);
});

test("buildAccess of an account applies to all of its build roles, and covers what documents name", () => {
  const stacks = synthWith({}, (file) => {
    file.sharedAccount.buildAccess = { read: ["team-packages"] };
    file.containers = {
      runtime: { ...minimalContainer(), buildAccess: { read: ["acme-layers/base.tar"] } },
      java: minimalContainer(),
    };
  });
  expect(profilesOf(stacks)).toEqual({
    base: "golden-image-factory-build-eu-west-1",
    web: "golden-image-factory-build-eu-west-1",
    runtime: "golden-image-factory-build-eu-west-1--runtime",
    java: "golden-image-factory-build-containers-eu-west-1",
    "payments-web": "golden-image-factory-build-eu-west-1",
  });
  const readBy = (role: string): string[] | undefined =>
    accessOf(stacks[SHARED], role)?.["ReadObjects"].Resource;
  expect(readBy("environment_build-role_")).toEqual(["arn:aws:s3:::team-packages/*"]);
  expect(readBy("environment_container-build-role_")).toEqual(["arn:aws:s3:::team-packages/*"]);
  expect(readBy("build-roles_runtime")).toEqual([
    "arn:aws:s3:::team-packages/*",
    "arn:aws:s3:::acme-layers/base.tar",
  ]);
  expect(accessOf(stacks["payments-eu-west-1"], "build-role")).toBeUndefined();
  const containers = resources(stacks[SHARED], "aws_iam_role_policy").filter(
    ({ name }) => name === "containers",
  );
  expect(containers.map(({ role }) => role)).toEqual([
    expect.stringContaining("build-roles_runtime"),
    expect.stringContaining("container-build-role"),
  ]);
});

test("the owner that a step expects is a condition", () => {
  const owned = PACKAGE.replace(
    "monitor.rpm, destination: /opt/monitor.rpm",
    'agent/*, destination: /opt/, expectedBucketOwner: "888888888888"',
  );
  const stacks = synth((file) => withPackage(file), { "package.yaml": owned });
  const owner = { StringEquals: { "aws:ResourceAccount": "888888888888" } };
  expect(accessOf(stacks[SHARED], "build-roles_web")).toMatchObject({
    ReadObjectsOf888888888888: {
      Resource: ["arn:aws:s3:::team-packages/agent/*"],
      Condition: owner,
    },
    ListBucket1Of888888888888: {
      Resource: "arn:aws:s3:::team-packages",
      Condition: { ...owner, StringLike: { "s3:prefix": ["agent/*"] } },
    },
  });
});

test("a build role's name fits into IAM's 64 characters, and differs for images whose names start alike", () => {
  const names = ["first", "second"].map((end) => `amazon-linux-2023-hardened-for-databases-${end}`);
  const stacks = synth((file) => {
    for (const name of names)
      file.images[name] = { ...file.images.base, buildAccess: { read: ["acme-tools"] } };
  });
  const roles = rolesOf(stacks[SHARED]).filter((name) => name.includes("--"));
  expect(roles).toEqual([
    "golden-image-factory-build-eu-west-1--amazon-linux-2023-534fd32a",
    "golden-image-factory-build-eu-west-1--amazon-linux-2023-762b056d",
  ]);
  expect(roles.map((name) => name.length)).toEqual([64, 64]);
});

test("in China, services have another domain", () => {
  const stacks = synth((file) => {
    file.state = { backend: "local" };
    file.sharedAccount.regions = { "cn-north-1": {} };
    file.sharedAccount.buildAccess = { read: ["acme-tools"] };
    file.appAccounts = {};
  });
  expect(accessOf(stacks["shared-cn-north-1"], "build-role")).toMatchObject({
    ReadObjects: { Resource: ["arn:aws-cn:s3:::acme-tools/*"] },
    DecryptObjects: { Condition: { StringLike: { "kms:ViaService": "s3.*.amazonaws.com.cn" } } },
  });
});

test("every build role denies the factory's own buckets; without state in S3 there is no state bucket", () => {
  const denied = (mutate: (file: Raw) => unknown) => {
    const policies = resources(synth(mutate)[SHARED], "aws_iam_role_policy");
    return policies
      .filter(({ name }) => name === "logs")
      .map(({ policy }) => statements(policy)["DenyFactoryBuckets"].Resource);
  };
  const components = "arn:aws:s3:::golden-image-factory-components-*";
  const state = "arn:aws:s3:::acme-tfstate-????????????";
  expect(denied((f) => (f.images.base.buildAccess = { read: ["acme-tools"] }))).toEqual([
    [components, state, `${state}/*`],
    [components, state, `${state}/*`],
  ]);
  expect(denied((f) => (f.state = { backend: "local" }))).toEqual([[components]]);
});

test("the deploy role may attach exactly the named policies, to build roles only", () => {
  const policies = ["arn:aws:iam::111111111111:policy/read-licenses"];
  const stacks = synth((file) => {
    file.ci = { github: { repository: "acme/golden-images" } };
    file.images.web.buildAccess = { policies };
  });
  const additions = (stack: string) =>
    resources(stacks[stack], "aws_iam_policy").filter(({ name }) => name.endsWith("-additions"));
  const [{ policy }] = additions("state-shared");
  expect(statements(policy)).toEqual({
    AttachBuildPolicies: {
      Sid: "AttachBuildPolicies",
      Effect: "Allow",
      Action: ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
      Resource: "arn:aws:iam::111111111111:role/golden-image-factory-build-*",
      Condition: { ArnEquals: { "iam:PolicyARN": policies } },
    },
  });
  expect(additions("state-payments")).toEqual([]);
});

test("buildAccess issues no versions", () => {
  const before = loadMinimal().lockFile;
  const after = loadMinimal((file) => {
    file.images.base.buildAccess = { read: ["acme-tools"], secrets: ["token"] };
    file.appAccounts.payments.buildAccess = { write: ["acme-results"] };
  }).lockFile;
  expect(after).toEqual(before);
});
