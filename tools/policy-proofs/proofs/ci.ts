/**
 * The workflows that can assume the roles for GitHub Actions, and the permissions of these roles.
 */
import { deepStrictEqual, ok } from "node:assert";
import { type Context, type Document, evaluate, type Principal } from "../../iam/evaluate";
import type { Resource } from "../../iam/resolved-stacks";
import type { PolicyFixture } from "../policy-fixture";
import { expectationsFor } from "./ci-expectations";
import { BUCKET_WRITES } from "./ci-expectations/buckets";
import { ISSUER } from "./ci-expectations/github-roles";
import type { Proof } from "./support";

/** Leaves all decisions to identity policies. */
const OPEN_RESOURCE_POLICY: Document = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }],
};

function rolesNamed({ stacks }: PolicyFixture, name: "plan" | "deploy"): Resource[] {
  return stacks
    .resourcesOf("aws_iam_role")
    .filter(({ config }) => config.name === `golden-image-factory-${name}`);
}

/** Whether a job of a repository can assume a role. `context` is the end of its token's subject. */
function canAssume(
  { stacks }: PolicyFixture,
  role: Resource,
  repository: string,
  context: string,
  ref = "refs/heads/main",
): boolean {
  const { account } = role;
  const arn = stacks.arnOf(role);
  const policy = stacks.documentOf(arn, "trust");
  const withToken = (claims: Readonly<Record<string, string>>, issuer = ISSUER): boolean => {
    const conditions = Object.entries(claims).map(([claim, value]) => [
      `${ISSUER}:${claim}`,
      value,
    ]);
    return evaluate({
      principal: { provider: `arn:aws:iam::${account}:oidc-provider/${issuer}` },
      resource: arn,
      account,
      policy,
      context: Object.fromEntries(conditions),
    })("sts:AssumeRoleWithWebIdentity");
  };
  const name = repository.replace(/@\d+/g, "");
  const claims = {
    aud: "sts.amazonaws.com",
    sub: `repo:${repository}:${context}`,
    ref,
    repository: name,
  };
  const [owner] = name.split("/");
  ok(
    !withToken({ ...claims, repository: `${owner}/other` }),
    "a token whose claim 'repository' names another repository must be rejected",
  );
  ok(!withToken(claims, "gitlab.com"), "a token of another identity provider must be rejected");
  ok(
    !withToken({ ...claims, aud: "https://github.com/acme" }),
    "a token for another audience must be rejected",
  );
  return withToken(claims);
}

const JOB_CONTEXTS = [
  "pull_request",
  "ref:refs/heads/main",
  "ref:refs/heads/other",
  "environment:production",
  "environment:staging",
];

/** `configured` is `owner/name`, or `owner@id/name@id` with GitHub's numeric ids. */
function checkTrust(
  fixture: PolicyFixture,
  role: Resource,
  configured: string,
  expected: readonly string[],
): void {
  const [, owner = "", id] = /^([^@/]+)(?:@(\d+))?\//.exec(configured) ?? [];
  const plain = configured.replace(/@\d+/g, "");
  const withIds = id === undefined ? plain.replace("/", "@12/").concat("@34") : configured;
  const accepted = (repository: string): string[] =>
    JOB_CONTEXTS.filter((context) => canAssume(fixture, role, repository, context));
  deepStrictEqual(accepted(withIds), expected);
  deepStrictEqual(accepted(plain), id === undefined ? expected : []);
  const others = [
    `${owner}/other`,
    `${owner}x/${plain.split("/")[1]}`,
    `${plain}x`,
    "evil/golden-images",
    `${owner}@1/other@2`,
    `evil@1/${owner}@2`,
  ];
  for (const other of others) deepStrictEqual(accepted(other), [], other);
}

interface Request {
  readonly service: string;
  readonly resource: string;
  readonly context?: Context;
}

interface Permissions {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

/** The actions that a principal's identity policies allow on a resource. */
function permissionsOn(
  { reference }: PolicyFixture,
  by: Principal,
  { service, resource, context = {} }: Request,
): Permissions {
  const isAllowed = evaluate({
    principal: by,
    resource,
    account: "999999999999",
    policy: OPEN_RESOURCE_POLICY,
    context,
  });
  const actions = reference.actionsOf(service).filter(({ name }) => isAllowed(name));
  const names = (isRead: boolean): string[] =>
    actions
      .filter((action) => action.isRead === isRead)
      .map(({ name }) => name.slice(service.length + 1))
      .sort();
  return { reads: names(true), writes: names(false) };
}

function checkContains(actual: readonly string[], expected: readonly string[], of: string): void {
  const missing = expected.filter((action) => !actual.includes(action));
  deepStrictEqual(missing, [], of);
}

function checkPlanExpectations(fixture: PolicyFixture, role: Resource, by: Principal): void {
  for (const expected of expectationsFor(fixture, role)) {
    const { resource } = expected;
    const { reads, writes } = permissionsOn(fixture, by, expected);
    const lock = resource.endsWith(".tflock") ? ["DeleteObject", "PutObject"] : [];
    deepStrictEqual(writes, [...lock, ...(expected.canDecrypt ? ["Decrypt"] : [])], resource);
    if (!expected.isDeployOnly) checkContains(reads, expected.reads, resource);
    ok(
      !reads.includes("GetObject") || resource.includes(".tfstate"),
      `the plan role must not read ${resource}`,
    );
  }
}

function checkPlanKeys(fixture: PolicyFixture, { account, region }: Resource, by: Principal): void {
  const otherData = {
    "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::else",
    "aws:CalledVia": ["sns.amazonaws.com"],
  };
  const volumes = {
    "kms:ViaService": `ec2.${region}.amazonaws.com`,
    "kms:EncryptionContext:aws:ebs:id": "vol-1",
  };
  const resource = `arn:aws:kms:${region}:${account}:key/1`;
  for (const context of [otherData, volumes])
    deepStrictEqual(permissionsOn(fixture, by, { service: "kms", resource, context }).writes, []);
}

/** Folders of the component bucket to which Terraform writes: documents and manifests. */
const DOCUMENT_FOLDERS = ["components", "channels", "rebuilder", "recorder"];

/** Terraform empties buckets before it destroys them. */
const DELETES = ["DeleteObject", "DeleteObjectVersion"];

/**
 * The messages of the recorder, which contain the ends of build logs, are next to the documents.
 */
function checkNotesAreHidden(
  fixture: PolicyFixture,
  { account, region }: Resource,
  by: Principal,
  expectedWrites: readonly string[],
): void {
  const resource = `arn:aws:s3:::golden-image-factory-components-${account}-${region}/notes/failed/x`;
  const { reads, writes } = permissionsOn(fixture, by, { service: "s3", resource });
  const objectReads = reads.filter((action) => action.startsWith("GetObject"));
  deepStrictEqual(objectReads, [], `the CI roles must not read ${resource}`);
  const objectWrites = writes.filter((action) => !BUCKET_WRITES.includes(action));
  deepStrictEqual(objectWrites, expectedWrites, resource);
}

/** Documents in S3, and the resources of the stack that creates the roles themselves. */
function checkOtherPlanReads(fixture: PolicyFixture, role: Resource, by: Principal): void {
  const { account, region, stack } = role;
  const { stacks } = fixture;
  const checkReads = (service: string, resource: string, ...actions: string[]): void =>
    checkContains(permissionsOn(fixture, by, { service, resource }).reads, actions, resource);
  const components = `arn:aws:s3:::golden-image-factory-components-${account}-${region}`;
  for (const folder of DOCUMENT_FOLDERS)
    checkReads("s3", `${components}/${folder}/x`, "GetObject", "GetObjectTagging");
  checkNotesAreHidden(fixture, role, by, []);
  for (const bucket of stacks.resourcesOf("aws_s3_bucket", stack))
    checkReads("s3", stacks.arnOf(bucket), "GetBucketPolicy", "GetEncryptionConfiguration");
  for (const name of ["plan", "deploy"]) {
    const arn = `arn:aws:iam::${account}:role/golden-image-factory-${name}`;
    checkReads("iam", arn, "GetRolePolicy", "ListRolePolicies");
  }
  const provider = `arn:aws:iam::${account}:oidc-provider/${ISSUER}`;
  checkReads("iam", provider, "GetOpenIDConnectProvider");
  for (const policy of stacks.resourcesOf("aws_iam_policy", stack))
    checkReads("iam", stacks.arnOf(policy), "GetPolicy", "GetPolicyVersion");
}

/** Write actions that AWS allows for any resource only. */
const CREATE_ACTIONS: Readonly<Record<string, readonly string[]>> = { kms: ["CreateKey"] };

function checkDeployExpectations(fixture: PolicyFixture, role: Resource, by: Principal): void {
  for (const expected of expectationsFor(fixture, role)) {
    const { service, resource } = expected;
    const { reads, writes } = permissionsOn(fixture, by, expected);
    const all = [
      ...expected.writes,
      ...(expected.canDecrypt ? ["Decrypt"] : []),
      ...(CREATE_ACTIONS[service] ?? []),
    ];
    deepStrictEqual(writes, all.sort(), resource);
    checkContains(reads, expected.reads, resource);
  }
}

function checkDeployObjects(fixture: PolicyFixture, role: Resource, by: Principal): void {
  const { account, region } = role;
  const onBucket = (name: string): Permissions => {
    const resource = `arn:aws:s3:::golden-image-factory-${name}`;
    const { reads, writes } = permissionsOn(fixture, by, { service: "s3", resource });
    return { reads, writes: writes.filter((action) => !BUCKET_WRITES.includes(action)) };
  };
  for (const folder of DOCUMENT_FOLDERS) {
    const { writes, reads } = onBucket(`components-${account}-${region}/${folder}/x`);
    deepStrictEqual(writes, ["DeleteObject", "DeleteObjectVersion", "PutObject"]);
    checkContains(reads, ["GetObject", "GetObjectTagging"], "documents");
  }
  checkNotesAreHidden(fixture, role, by, DELETES);
  const logs = onBucket(`logs-${account}-${region}/x`);
  deepStrictEqual(logs.writes, DELETES);
  ok(!logs.reads.includes("GetObject"), "the deploy role must not read build logs");
  const logBucket = onBucket(`logs-${account}-${region}`);
  checkContains(logBucket.reads, ["ListBucketVersions"], "to empty the log bucket");
}

export const CI: readonly Proof[] = [
  {
    name: "only pull requests and the main branch of the repository can assume the plan role, and only its environment on main the deploy role",
    check: (fixture) => {
      const { ci, apps } = fixture.factory;
      const repository = ci?.github.repository ?? "";
      const [plan, deploy] = [rolesNamed(fixture, "plan"), rolesNamed(fixture, "deploy")];
      const accounts = ci ? 1 + apps.length : 0;
      deepStrictEqual([plan.length, deploy.length], [accounts, accounts]);
      for (const role of plan)
        checkTrust(fixture, role, repository, ["pull_request", "ref:refs/heads/main"]);
      for (const role of deploy) {
        checkTrust(fixture, role, repository, ["environment:production"]);
        for (const name of [repository, `${repository.replace("/", "@12/")}@34`])
          ok(
            !canAssume(fixture, role, name, "environment:production", "refs/pull/1/merge"),
            "a pull request must not assume the deploy role",
          );
      }
    },
  },
  {
    name: "the plan role can write only the lock of a state, and can read no data but state and components",
    check: (fixture) => {
      for (const role of rolesNamed(fixture, "plan")) {
        const by = fixture.role(role);
        checkPlanExpectations(fixture, role, by);
        checkPlanKeys(fixture, role, by);
        checkOtherPlanReads(fixture, role, by);
      }
    },
  },
  {
    name: "the deploy role can create, change and destroy the resources of the stacks, and nothing else",
    check: (fixture) => {
      for (const role of rolesNamed(fixture, "deploy")) {
        const by = fixture.role(role);
        checkDeployExpectations(fixture, role, by);
        checkDeployObjects(fixture, role, by);
      }
    },
  },
  {
    name: "the policies of these roles are within the limits of IAM: 10,240 characters inline, 6,144 characters managed",
    check: ({ stacks }) => {
      for (const { config } of stacks.resourcesOf("aws_iam_role_policy"))
        ok(config.policy.length <= 10_240, `the inline policies of ${config.role} are too long`);
      for (const { config } of stacks.resourcesOf("aws_iam_policy"))
        ok(config.policy.length <= 6_144, `the managed policy ${config.name} is too long`);
    },
  },
];
