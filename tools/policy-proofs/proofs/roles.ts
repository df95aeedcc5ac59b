/** The permissions of each role, the services that assume it, and the callers of the functions. */
import { deepStrictEqual, ok, strictEqual } from "node:assert";
import { type Account, buildablesOf, type Container, type Image } from "../../../config/model";
import { parseRebuilderManifest, rebuilderManifestKey } from "../../../contract/rebuilder-manifest";
import { parseRecorderManifest, recorderManifestKey } from "../../../contract/recorder";
import { PRIVATE_HOST, PRIVATE_PARENT } from "../../fixtures/random-factories";
import type { Context, Document, Principal } from "../../iam/evaluate";
import type { Resource } from "../../iam/resolved-stacks";
import {
  ALLOW_ALL,
  administrator,
  EMPTY_POLICY,
  keyKind,
  type PolicyFixture,
  principal,
} from "../policy-fixture";
import { imageOf } from "./build-access";
import {
  amiParameters,
  checkEach,
  FIND_ACTIONS,
  type FunctionName,
  functionActions,
  functionsOf,
  hasRecorder,
  isFollowing,
  limitsFindings,
  manifestText,
  type Proof,
  type RecorderTasks,
  SERVICES,
  sorted,
  topicsOf,
} from "./support";

const PULL_ACTIONS = [
  "BatchCheckLayerAvailability",
  "BatchGetImage",
  "GetAuthorizationToken",
  "GetDownloadUrlForLayer",
];
const PUSH_ACTIONS = ["CompleteLayerUpload", "InitiateLayerUpload", "PutImage", "UploadLayerPart"];

function ownerOf({ factory }: PolicyFixture, { account }: Resource): Account | undefined {
  return [factory.shared, ...factory.apps].find(({ id }) => id === account);
}

/** The images and containers that are built in a role's account and Region. */
function buildablesFor(fixture: PolicyFixture, role: Resource): (Image | Container)[] {
  const owner = ownerOf(fixture, role);
  return owner ? buildablesOf(owner).filter(({ regions }) => regions.includes(role.region)) : [];
}

/** The context of a request to sign as the recorder does. */
const DIGEST: Context = { "kms:MessageType": "DIGEST", "kms:SigningAlgorithm": "ECDSA_SHA_256" };

/** Lists the actions of a service that a principal may perform on a resource. */
type Actions = (service: string, resource: string, context?: Context) => string[];

function actionsOf(fixture: PolicyFixture, by: Principal, account: string): Actions {
  return (service, resource, context = {}) =>
    fixture.allowed(service, by, resource, account, context);
}

/**
 * A role may decrypt with the data key; with the image key only what its audience may, and nothing
 * with the key that signs.
 */
function checkKeys(fixture: PolicyFixture, role: Resource, actions: Actions): void {
  for (const key of fixture.stacks.resourcesOf("aws_kms_key", role.stack)) {
    const kind = keyKind(key);
    if (kind === "signing" && role.config.name.includes("-recorder-")) continue;
    const find = kind === "image" && fixture.isMember(role.account, key) ? FIND_ACTIONS : [];
    deepStrictEqual(
      actions("kms", fixture.stacks.arnOf(key), DIGEST),
      kind === "data" ? ["Decrypt", "GenerateDataKey"] : find,
      `${role.config.name} on ${key.config.description}`,
    );
  }
}

function checkNothing(actions: Actions, ...services: string[]): void {
  for (const service of services) deepStrictEqual(actions(service, "*"), [], service);
}

function checkBuildRoleData(fixture: PolicyFixture, role: Resource, actions: Actions): void {
  const { stacks } = fixture;
  const { account, stack, region } = role;
  for (const bucket of stacks.resourcesOf("aws_s3_bucket")) {
    const isLogBucket = bucket.stack === stack && bucket.config.bucket.includes("-logs-");
    deepStrictEqual(
      actions("s3", `${stacks.arnOf(bucket)}/key`),
      isLogBucket ? ["PutObject"] : [],
      bucket.config.bucket,
    );
    deepStrictEqual(actions("s3", stacks.arnOf(bucket)), [], bucket.config.bucket);
  }
  const logGroup = `arn:aws:logs:${region}:${account}:log-group:`;
  deepStrictEqual(actions("logs", `${logGroup}/aws/imagebuilder/base`), [
    "CreateLogGroup",
    "CreateLogStream",
    "PutLogEvents",
  ]);
  deepStrictEqual(actions("logs", `${logGroup}/aws/lambda/x`), []);
}

function checkBuildRoleContainers(fixture: PolicyFixture, role: Resource, actions: Actions): void {
  const { account, region } = role;
  const buildsContainers =
    /-build-containers-/.test(role.config.name) || imageOf(fixture, role)?.kind === "container";
  const onRepository = (owner: string, name: string): string[] =>
    actions("ecr", `arn:aws:ecr:${region}:${owner}:repository/${name}`, {
      "aws:ResourceAccount": owner,
    });
  const login = buildsContainers ? ["GetAuthorizationToken"] : [];
  const pull = buildsContainers ? PULL_ACTIONS : [];
  const pullAndPush = buildsContainers ? sorted(PULL_ACTIONS, PUSH_ACTIONS) : [];
  deepStrictEqual(onRepository(account, "golden-image-factory/none"), pullAndPush);
  deepStrictEqual(onRepository(account, "else"), login);
  deepStrictEqual(onRepository("888888888888", "golden-image-factory/none"), pull);
  const scans = (ownerOf(fixture, role)?.containers ?? []).some(
    ({ scan, regions }) => scan && regions.includes(region),
  );
  deepStrictEqual(
    onRepository(account, "image-builder-image-scanning-repository"),
    scans ? pullAndPush : login,
  );

  const recipe = `arn:aws:imagebuilder:${region}:${account}:container-recipe/runtime/1.0.0`;
  const readComponents = ["GetComponent", "GetMarketplaceResource"];
  deepStrictEqual(
    actions("imagebuilder", recipe),
    buildsContainers ? sorted(readComponents, ["GetContainerRecipe"]) : readComponents,
  );
}

const BUILD_ROLES: Proof = {
  name: "build instances can read components and write their logs, and can access no other data",
  check: (fixture) => {
    const roles = fixture.stacks
      .resourcesOf("aws_iam_role")
      .filter(({ config }) => /-build-/.test(config.name));
    checkEach(roles, (role) => {
      const { account, region } = role;
      const actions = actionsOf(fixture, fixture.role(role), account);
      deepStrictEqual(
        actions(
          "imagebuilder",
          `arn:aws:imagebuilder:${region}:${account}:component/agent/1.0.0/1`,
        ),
        ["GetComponent", "GetMarketplaceResource"],
      );
      checkBuildRoleData(fixture, role, actions);
      checkKeys(fixture, role, actions);
      checkNothing(actions, "sns", "sqs", "lambda", "ram", "iam", "sts");
      checkBuildRoleContainers(fixture, role, actions);
    });
  },
};

/** The steps of the fixtures' workflow `gate` name a document, a function and a state machine. */
function checkWorkflowSteps(fixture: PolicyFixture, role: Resource, actions: Actions): void {
  const { account, region } = role;
  const usesGate = buildablesFor(fixture, role).some(({ workflows }) =>
    workflows.some(({ source }) => "document" in source && source.document.name === "gate"),
  );
  const forGate = (...names: string[]): string[] => (usesGate ? names : []);
  const arn = (service: string, resource: string): string =>
    `arn:aws:${service}:${region}:${account}:${resource}`;
  const states = "arn:aws:states:eu-west-1:111111111111";
  deepStrictEqual(actions("ssm", arn("ssm", "document/Harden")), forGate("SendCommand"));
  deepStrictEqual(actions("ssm", arn("ssm", "document/Other")), []);
  deepStrictEqual(actions("lambda", arn("lambda", "function:notify")), forGate("InvokeFunction"));
  deepStrictEqual(actions("lambda", arn("lambda", "function:other")), []);
  deepStrictEqual(actions("states", `${states}:stateMachine:check`), forGate("StartExecution"));
  deepStrictEqual(actions("states", `${states}:execution:check:1`), forGate("DescribeExecution"));
  deepStrictEqual(actions("states", arn("states", "stateMachine:other")), []);
}

function checkParameters(fixture: PolicyFixture, role: Resource, actions: Actions): void {
  const buildables = buildablesFor(fixture, role);
  const images = buildables.flatMap((one) => (one.kind === "image" ? [one] : []));
  for (const path of ["/golden/base", "/golden/other"])
    for (const region of [role.region, "ap-south-1"]) {
      const isWritten = images.some(
        ({ parameter, copyToRegions }) =>
          parameter === path && (region === role.region || copyToRegions.includes(region)),
      );
      deepStrictEqual(
        actions("ssm", `arn:aws:ssm:${region}:${role.account}:parameter${path}`),
        isWritten ? ["PutParameter"] : [],
        path,
      );
    }
  for (const path of [PRIVATE_PARENT, PRIVATE_HOST]) {
    const isRead = buildables.some((one) => amiParameters(one).includes(path));
    deepStrictEqual(
      actions("ssm", `arn:aws:ssm:${role.region}:${role.account}:parameter${path}`),
      isRead ? ["GetParameter"] : [],
      path,
    );
  }
}

const EXECUTION_ROLE_ACTIONS = [
  "kms:Decrypt",
  "kms:GenerateDataKey",
  "lambda:InvokeFunction",
  "ssm:GetParameter",
  "ssm:PutParameter",
  "ssm:SendCommand",
  "states:DescribeExecution",
  "states:StartExecution",
];

function actionsIn(documents: readonly Document[]): string[] {
  return documents.flatMap(({ Statement }) => Statement.flatMap(({ Action = [] }) => Action));
}

const EXECUTION_ROLES: Proof = {
  name: "an execution role has AWS's managed policy, and in addition only permissions that its workflows and parameters need",
  check: (fixture) => {
    const { stacks } = fixture;
    const roles = stacks
      .resourcesOf("aws_iam_role")
      .filter(({ config }) => /-execution-/.test(config.name));
    for (const role of roles) {
      const by = fixture.role(role);
      ok("identity" in by, role.config.name);
      // Without the managed policy.
      const identity = [stacks.documentOf(stacks.arnOf(role), "identity")];
      const actions = actionsOf(fixture, { ...by, identity }, role.account);
      checkWorkflowSteps(fixture, role, actions);
      checkParameters(fixture, role, actions);
      checkKeys(fixture, role, actions);
      deepStrictEqual(
        actionsIn(identity).filter((action) => !EXECUTION_ROLE_ACTIONS.includes(action)),
        [],
        role.config.name,
      );
    }
  },
};

const READ_SHARES = ["GetResourceShareAssociations", "GetResourceShares"];

function checkUpdaterShares({ account, region }: Resource, actions: Actions): void {
  const share = `arn:aws:ram:${region}:${account}:resource-share/1`;
  const builds = { "ram:RequestedResourceType": "imagebuilder:Image" };
  const tagged = { ...builds, "aws:ResourceTag/golden-image:image": "base" };
  deepStrictEqual(
    actions("ram", share, tagged),
    sorted(READ_SHARES, ["AssociateResourceShare", "DisassociateResourceShare"]),
  );
  deepStrictEqual(actions("ram", share, builds), READ_SHARES);
  deepStrictEqual(
    actions("ram", share, { ...tagged, "ram:Principal": "888888888888" }),
    READ_SHARES,
  );
  deepStrictEqual(
    actions("ram", share, { ...tagged, "ram:RequestedResourceType": "ec2:Subnet" }),
    sorted(READ_SHARES, ["DisassociateResourceShare"]),
  );
  deepStrictEqual(actions("ram", share.replace(account, "888888888888"), tagged), READ_SHARES);
}

/**
 * From this number on the role's policy may name a pattern: IAM limits the length of inline
 * policies.
 */
const MAX_NAMED_IMAGES = 75;

function checkUpdaterImages(
  { account, region }: Resource,
  images: readonly (Image | Container)[],
  actions: Actions,
): void {
  const shared = images.filter(({ channels }) => channels.length > 0);
  const children = images.filter(({ parent }) => parent.kind === "golden");
  // A pattern leaves room for the other list.
  const named = shared.length > MAX_NAMED_IMAGES ? 1 : shared.length;
  const isIn = (list: typeof images, name: string, total: number): boolean =>
    total > MAX_NAMED_IMAGES || list.some((one) => one.name === name);
  for (const name of [...images.map((image) => image.name), "not-ours"]) {
    const isShared = isIn(shared, name, shared.length);
    const isChild = isIn(children, name, named + children.length);
    const build = `arn:aws:imagebuilder:${region}:${account}:image/${name}/1.0.0/1`;
    const tags = (...keys: string[]): string[] =>
      actions("imagebuilder", build, { "aws:TagKeys": keys });
    deepStrictEqual(
      actions("imagebuilder", build),
      sorted(
        ["GetImage", "ListImageBuildVersions", "ListImages"],
        isShared ? ["PutImagePolicy"] : [],
      ),
      name,
    );
    const mark = "golden-image:revoked-by";
    strictEqual(tags(mark).includes("TagResource"), isChild, name);
    for (const keys of [[mark, "golden-image:approved-stable"], ["golden-image:revoked"], ["Name"]])
      strictEqual(tags(...keys).includes("TagResource"), false, `${name} ${keys.join()}`);
    for (const other of [
      build.replace(account, "888888888888"),
      build.replace(region, "sa-east-1"),
      build.replace("image/", "component/"),
    ])
      deepStrictEqual(actions("imagebuilder", other), ["ListImages"], other);
  }
}

function checkUpdaterAmis(
  { account, region }: Resource,
  images: readonly (Image | Container)[],
  actions: Actions,
): void {
  const readFindings = limitsFindings(images) ? ["GetImageFindings"] : [];
  /** The actions on an AMI whatever its tags are. */
  const read = ["DescribeImageAttribute", "DescribeImages", ...readFindings];
  const build = `arn:aws:imagebuilder:${region}:${account}:image/base/1.0.0/1`;
  const ofFactory = { "aws:ResourceTag/golden-image:image": "base" };
  const ofBuild = (arn: string): Context => ({ "aws:ResourceTag/Ec2ImageBuilderArn": arn });
  const change = sorted(read, ["ModifyImageAttribute"]);
  const withTags = (...keys: string[]): Context => ({ "aws:TagKeys": keys });
  const orphaned = "golden-image:orphaned-since";
  // Old builds keep their copies when `copyToRegions` changes, so any Region may contain some.
  for (const place of [region, "sa-east-1"]) {
    const onAmi = (...contexts: Context[]): string[] =>
      actions("ec2", `arn:aws:ec2:${place}::image/ami-1`, Object.assign({}, ...contexts));
    deepStrictEqual(onAmi(), read);
    deepStrictEqual(onAmi(ofFactory, ofBuild(build)), change);
    deepStrictEqual(
      onAmi(ofFactory, ofBuild(build), withTags(orphaned)),
      sorted(change, ["CreateTags", "DeleteTags"]),
    );
    for (const keys of [[orphaned, "golden-image:image"], ["golden-image:image"], ["Name"]])
      deepStrictEqual(onAmi(ofFactory, ofBuild(build), withTags(...keys)), change, keys.join());
    // Not the factory's, or another account's.
    for (const tags of [
      [ofBuild(build)],
      [ofFactory],
      [ofFactory, ofBuild(build.replace(account, "888888888888"))],
      [ofFactory, ofBuild(build.replace(region, "ap-east-1"))],
      [ofFactory, ofBuild(build.replace("arn:aws:", "arn:aws-cn:"))],
    ])
      deepStrictEqual(onAmi(...tags, withTags(orphaned)), read, JSON.stringify(tags));
  }
  for (const other of [`${account}:instance/i-1`, ":snapshot/snap-1"])
    deepStrictEqual(
      actions("ec2", `arn:aws:ec2:${region}:${other}`, {
        ...ofFactory,
        ...ofBuild(build),
        ...withTags(orphaned),
      }),
      ["DescribeImages", ...readFindings],
    );
}

/** A function processes its queue, sends messages to it, and to some others. */
function checkQueues(
  { stacks }: PolicyFixture,
  { account, region, stack }: Resource,
  name: FunctionName,
  actions: Actions,
  ...others: readonly string[]
): void {
  const process = ["DeleteMessage", "GetQueueAttributes", "ReceiveMessage", "SendMessage"];
  const onQueue: Readonly<Record<string, readonly string[]>> = {
    [`golden-image-factory-${name}`]: process,
    [`golden-image-factory-${name}-failed`]: ["SendMessage"],
    ...Object.fromEntries(
      others.map((other) => [`golden-image-factory-${other}`, ["SendMessage"]]),
    ),
  };
  checkEach(stacks.resourcesOf("aws_sqs_queue", stack), (queue) =>
    deepStrictEqual(actions("sqs", stacks.arnOf(queue)), onQueue[queue.config.name] ?? []),
  );
  deepStrictEqual(actions("sqs", `arn:aws:sqs:${region}:${account}:other`), []);
}

/** Prefixes of the manifests' keys. */
const MANIFESTS: Readonly<Record<FunctionName, string>> = {
  "share-updater": "channels",
  rebuilder: "rebuilder",
  recorder: "recorder",
};

/** A function writes its log and reads its manifest, and no other logs and objects. */
function checkLogsAndBuckets(
  { stacks, factory }: PolicyFixture,
  { account, region, stack, config }: Resource,
  name: FunctionName,
  actions: Actions,
): void {
  const groups = stacks.resourcesOf("aws_cloudwatch_log_group", stack);
  const ownGroup = `/aws/lambda/${config.function_name}`;
  ok(
    groups.some((group) => group.config.name === ownGroup),
    `${stack} must contain ${ownGroup}`,
  );
  const sendsNotes = name === "recorder" && factory.notes !== undefined;
  const onGroup = (group: string): string[] => {
    if (group === ownGroup) return ["CreateLogStream", "PutLogEvents"];
    return sendsNotes && group.startsWith("/aws/imagebuilder/") ? ["GetLogEvents"] : [];
  };
  for (const group of [ownGroup, ...groups.map((one) => one.config.name), "/aws/lambda/other"])
    deepStrictEqual(
      actions("logs", `arn:aws:logs:${region}:${account}:log-group:${group}:log-stream:x`),
      onGroup(group),
      group,
    );

  for (const bucket of stacks.resourcesOf("aws_s3_bucket")) {
    const arn = stacks.arnOf(bucket);
    // The proof about evidence covers its bucket.
    if (bucket.config.bucket.includes("-evidence-")) continue;
    const isOwn = bucket.stack === stack && bucket.config.bucket.includes("-components-");
    deepStrictEqual(actions("s3", arn), isOwn ? ["ListBucket"] : [], arn);
    for (const prefix of [...Object.values(MANIFESTS), "components/agent"])
      deepStrictEqual(
        actions("s3", `${arn}/${prefix}/1.json`),
        isOwn && prefix === MANIFESTS[name] ? ["GetObject"] : [],
        `${arn} ${prefix}`,
      );
    const record = `${arn}/notes/failed/base/1.0.0/1.txt`;
    deepStrictEqual(actions("s3", record), isOwn && sendsNotes ? ["PutObject"] : [], record);
  }
}

/** The role of a function. */
function roleOf({ stacks }: PolicyFixture, { stack, config }: Resource): Resource {
  const role = stacks
    .resourcesOf("aws_iam_role", stack)
    .find((one) => stacks.arnOf(one) === config.role);
  ok(role, `${stack} must contain the role of its function`);
  return role;
}

/**
 * The role's policies must contain the actions that the updater's code calls, and these in
 * addition: for Lambda, S3 and RAM.
 */
const UPDATER_ACTIONS_NOT_CALLED = [
  "imagebuilder:PutImagePolicy",
  "kms:Decrypt",
  "kms:GenerateDataKey",
  "logs:CreateLogStream",
  "logs:PutLogEvents",
  "s3:ListBucket",
  "sqs:DeleteMessage",
  "sqs:GetQueueAttributes",
  "sqs:ReceiveMessage",
];

const UPDATER: Proof = {
  name: "the updater can perform the actions that its code calls, on shares with the factory's tag and on shared builds and their AMIs only",
  check: (fixture) => {
    const { stacks } = fixture;
    checkEach(functionsOf(stacks, "share-updater"), (lambda) => {
      const { account, region } = lambda;
      const role = roleOf(fixture, lambda);
      const by = fixture.role(role);
      ok("identity" in by, role.config.name);
      const actions = actionsOf(fixture, by, account);
      const images = buildablesOf(fixture.factory.shared).filter(({ regions }) =>
        regions.includes(region),
      );
      checkUpdaterShares(lambda, actions);
      checkUpdaterImages(lambda, images, actions);
      checkUpdaterAmis(lambda, images, actions);
      const recorder = hasRecorder(fixture.factory) ? ["recorder"] : [];
      checkQueues(fixture, lambda, "share-updater", actions, ...recorder);
      checkLogsAndBuckets(fixture, lambda, "share-updater", actions);
      checkKeys(fixture, role, actions);
      checkNothing(actions, "sns", "lambda", "iam", "sts");

      const needed = sorted(functionActions("share-updater"), UPDATER_ACTIONS_NOT_CALLED);
      const isAnyShared = images.some(({ channels }) => channels.length > 0);
      const isAnyChild = images.some(({ parent }) => parent.kind === "golden");
      deepStrictEqual(
        sorted(actionsIn(by.identity)),
        needed
          .filter((action) => isAnyShared || action !== "imagebuilder:PutImagePolicy")
          .filter((action) => isAnyChild || action !== "imagebuilder:TagResource")
          .filter((action) => limitsFindings(images) || action !== "ec2:GetImageFindings"),
      );
    });
  },
};

/**
 * From this number of images on, the role's policy may name all images of an account: IAM limits
 * the length of inline policies.
 */
const MAX_NAMED_FOLLOWERS = 8;

/** The parents of images, as the account and name of their builds. */
function parentOf({ parent }: Image | Container, sharedAccount: string): string {
  if (parent.kind === "golden") return `${sharedAccount}:image/${parent.name}`;
  ok(parent.kind === "arn", "only golden parents and parents with an ARN can be followed");
  return parent.arn
    .split(":")
    .slice(4)
    .join(":")
    .replace(/\/[^/]*$/, "");
}

function checkRebuilderImages(
  fixture: PolicyFixture,
  { account, region }: Resource,
  followers: readonly (Image | Container)[],
  actions: Actions,
): void {
  const names = followers.map(({ name }) => name);
  const arn = (resource: string, owner = account): string =>
    `arn:aws:imagebuilder:${region}:${owner}:${resource}`;
  const on = (resource: string, context: Context = {}): string[] =>
    actions("imagebuilder", resource, context);
  const withTags = (...keys: string[]): Context => ({ "aws:TagKeys": keys });
  const parent = "golden-image:parent";
  const namesAll = on(arn("image-pipeline/not-ours")).length > 0;
  ok(!namesAll || names.length > MAX_NAMED_FOLLOWERS, "the policy must name images");

  const parents = followers.map((one) => parentOf(one, fixture.factory.shared.id));
  for (const one of parents)
    deepStrictEqual(on(`arn:aws:imagebuilder:${region}:${one}/1.0.0/1`), ["GetImage"], one);
  for (const other of [account, fixture.factory.shared.id, "777777777777"])
    if (!namesAll) deepStrictEqual(on(arn("image/not-ours/1.0.0/1", other)), [], other);

  for (const name of [...names, "not-ours"]) {
    const isOwn = namesAll || names.includes(name);
    const own = (...allowed: string[]): string[] => (isOwn ? allowed : []);
    const build = arn(`image/${name}/1.0.0/1`);
    deepStrictEqual(on(build, withTags(parent)), own("GetImage", "TagResource"), build);
    const hasParent = { [`aws:ResourceTag/${parent}`]: "x" };
    for (const context of [
      {},
      { ...withTags(parent), ...hasParent },
      withTags(parent, "golden-image:approved-stable"),
      withTags("golden-image:revoked"),
      withTags("Name"),
    ])
      deepStrictEqual(on(build, context), own("GetImage"), `${build} ${JSON.stringify(context)}`);

    const pipeline = arn(`image-pipeline/${name}`);
    const reads = own("GetImagePipeline", "ListImagePipelineImages");
    const starts = [...reads, ...own("StartImagePipelineExecution", "TagResource")];
    for (const context of [{}, withTags(parent)])
      deepStrictEqual(on(pipeline, context), starts, pipeline);
    for (const keys of [
      [parent, "golden-image:approved-stable"],
      ["golden-image:revoked"],
      ["Name"],
    ])
      deepStrictEqual(on(pipeline, withTags(...keys)), reads, `${pipeline} ${keys.join()}`);
    for (const resource of [build, pipeline])
      for (const [from, to] of [
        // An account that has no parent.
        [account, "777777777777"],
        [region, "sa-east-1"],
      ] as const)
        deepStrictEqual(on(resource.replace(from, to), withTags(parent)), [], `${resource} ${to}`);
  }

  for (const { name, kind } of followers) {
    const action = kind === "image" ? "GetImageRecipe" : "GetContainerRecipe";
    deepStrictEqual(on(arn(`${kind}-recipe/${name}/1.0.0`)), [action], name);
  }
  const isNamed = (kind: string): boolean => followers.some((one) => one.kind === kind);
  for (const kind of ["image", "container"])
    if (!(namesAll && isNamed(kind)))
      deepStrictEqual(on(arn(`${kind}-recipe/not-ours/1.0.0`)), [], kind);
}

/** The role's policy must contain the actions that the code calls, and these: for Lambda and S3. */
const REBUILDER_ACTIONS_NOT_CALLED = [
  "imagebuilder:TagResource",
  "kms:Decrypt",
  "kms:GenerateDataKey",
  "logs:CreateLogStream",
  "logs:PutLogEvents",
  "s3:ListBucket",
  "sqs:DeleteMessage",
  "sqs:GetQueueAttributes",
  "sqs:ReceiveMessage",
  "sqs:SendMessage",
];

/** What the rebuilder does with its queues, by their names. It can't use the queues of others. */
const REBUILDER_QUEUES: Readonly<Record<string, readonly string[]>> = {
  "golden-image-factory-rebuilder": ["DeleteMessage", "GetQueueAttributes", "ReceiveMessage"],
  "golden-image-factory-rebuilder-failed": ["SendMessage"],
};

const REBUILDER: Proof = {
  name: "the rebuilder can start only the pipelines of images that follow their parents, with no other tag than that of the parent, and reads only these images and their parents",
  check: (fixture) => {
    const { stacks } = fixture;
    for (const lambda of functionsOf(stacks, "rebuilder")) {
      const { account } = lambda;
      const role = roleOf(fixture, lambda);
      const by = fixture.role(role);
      ok("identity" in by, role.config.name);
      const actions = actionsOf(fixture, by, account);
      const followers = buildablesFor(fixture, role).filter(isFollowing);
      checkRebuilderImages(fixture, lambda, followers, actions);
      checkEach(stacks.resourcesOf("aws_sqs_queue", lambda.stack), (queue) =>
        deepStrictEqual(
          actions("sqs", stacks.arnOf(queue)),
          REBUILDER_QUEUES[queue.config.name] ?? [],
        ),
      );
      checkLogsAndBuckets(fixture, lambda, "rebuilder", actions);
      checkKeys(fixture, role, actions);
      checkNothing(actions, "sns", "lambda", "ram", "ec2", "iam", "sts");
      const has = (kind: string): boolean => followers.some((one) => one.kind === kind);
      deepStrictEqual(
        sorted(actionsIn(by.identity)),
        sorted(functionActions("rebuilder"), REBUILDER_ACTIONS_NOT_CALLED)
          .filter((action) => has("image") || action !== "imagebuilder:GetImageRecipe")
          .filter((action) => has("container") || action !== "imagebuilder:GetContainerRecipe"),
      );
    }
  },
};

const FOLLOWING: Proof = {
  name: "an account and Region has a rebuilder exactly if an image follows its parent there, and its manifest names exactly these images",
  check: (fixture) => {
    const { stacks, factory } = fixture;
    const named = functionsOf(stacks, "rebuilder").map((lambda) => {
      const text = manifestText(stacks, lambda, "rebuilder");
      const { images } = parseRebuilderManifest(text, rebuilderManifestKey(text));
      return `${lambda.account} ${lambda.region}: ${Object.keys(images).sort().join()}`;
    });
    const expected = [factory.shared, ...factory.apps].flatMap((account) =>
      account.regions.flatMap(({ name: region }) => {
        const followers = buildablesOf(account)
          .filter(({ regions }) => regions.includes(region))
          .filter(isFollowing);
        const names = followers.map(({ name }) => name).sort();
        return names.length > 0 ? [`${account.id} ${region}: ${names.join()}`] : [];
      }),
    );
    deepStrictEqual(named.sort(), expected.sort());
  },
};

const FLEET_ROLE = "golden-image-factory-fleet";

const FLEET: Proof = {
  name: "an app account has the fleet role exactly if operators may look at it; only these can assume the role, which can only describe the AMIs of instances",
  check: (fixture) => {
    const { stacks, factory } = fixture;
    const roles = stacks
      .resourcesOf("aws_iam_role")
      .filter(({ config }) => config.name === FLEET_ROLE);
    deepStrictEqual(
      roles.map(({ account }) => account).sort(),
      factory.apps.flatMap(({ id, fleet }) => (fleet ? [id] : [])).sort(),
    );
    for (const role of roles) {
      const { account } = role;
      const arn = stacks.arnOf(role);
      const by = fixture.role(role);
      ok("identity" in by, FLEET_ROLE);
      const actions = actionsOf(fixture, by, account);
      const instance = `arn:aws:ec2:${role.region}:${account}:instance/i-1`;
      for (const resource of ["*", instance])
        deepStrictEqual(actions("ec2", resource), ["DescribeInstanceImageMetadata"], resource);
      deepStrictEqual(actionsIn(by.identity), ["ec2:DescribeInstanceImageMetadata"]);

      const trust = stacks.documentOf(arn, "trust");
      const assumes = (operator: string): string[] => {
        const owner = operator.split(":")[4] ?? "";
        const of = { account: owner, organization: factory.organization.id, units: [] };
        return fixture.allowedBy(trust, "sts", principal(of, operator, ALLOW_ALL), arn, account);
      };
      const { operators } = factory;
      ok(operators.length > 0, "a fleet role must have operators");
      for (const operator of operators) {
        deepStrictEqual(assumes(operator).includes("AssumeRole"), true, operator);
        deepStrictEqual(assumes(`${operator}-else`).includes("AssumeRole"), false, operator);
      }
    }
  },
};

/** The role's policies must contain the actions that the code calls, and these: for Lambda and S3. */
const RECORDER_ACTIONS_NOT_CALLED = [
  "kms:Decrypt",
  "kms:GenerateDataKey",
  "logs:CreateLogStream",
  // The code signs this request without a client of the SDK.
  "logs:GetLogEvents",
  "logs:PutLogEvents",
  "s3:ListBucket",
  "sqs:DeleteMessage",
  "sqs:GetQueueAttributes",
  "sqs:ReceiveMessage",
];

/** The tasks for which the recorder needs actions. It needs all others always. */
const TASKS_OF_ACTIONS: Readonly<Record<string, readonly (keyof RecorderTasks)[]>> = {
  "ec2:AttachImageWatermark": ["watermarks"],
  "ec2:DetachImageWatermark": ["watermarks"],
  "ec2:GetImageFindings": ["notes"],
  "imagebuilder:ListImagePackages": ["evidence", "notes"],
  "imagebuilder:ListWorkflowExecutions": ["notes"],
  "imagebuilder:ListWorkflowStepExecutions": ["notes"],
  "kms:GetPublicKey": ["evidence"],
  "kms:Sign": ["evidence"],
  "logs:GetLogEvents": ["notes"],
  "ram:GetResourceShareAssociations": ["notes"],
  "s3:PutObject": ["evidence", "notes"],
  "sns:Publish": ["notes"],
};

function isNeeded(
  action: string,
  factory: RecorderTasks,
  images: readonly (Image | Container)[],
): boolean {
  if (action === "ecr:DescribeImages") return factory.evidence && images.some(isContainer);
  return TASKS_OF_ACTIONS[action]?.some((task) => Boolean(factory[task])) ?? true;
}

function checkRecorderImages(
  { account, region }: Resource,
  { evidence, notes }: RecorderTasks,
  images: readonly (Image | Container)[],
  actions: Actions,
): void {
  const build = (name: string): string =>
    `arn:aws:imagebuilder:${region}:${account}:image/${name}/1.0.0/1`;
  const read = [
    "GetImage",
    ...(evidence || notes ? ["ListImagePackages"] : []),
    ...(notes ? ["ListWorkflowExecutions"] : []),
  ];
  for (const { name } of images)
    deepStrictEqual(actions("imagebuilder", build(name)), read, build(name));
  const execution = `arn:aws:imagebuilder:${region}:${account}:workflow-execution/wf-1`;
  const readExecution = notes ? ["ListWorkflowStepExecutions"] : [];
  deepStrictEqual(actions("imagebuilder", execution), readExecution);
  deepStrictEqual(actions("imagebuilder", execution.replace(account, "888888888888")), []);
  const namesAll = actions("imagebuilder", build("not-ours")).length > 0;
  ok(!namesAll || images.length > MAX_NAMED_IMAGES, "the policy must name images");
  const [first] = images;
  ok(first, "a Region with a recorder must have images");
  for (const [from, to] of [
    [account, "888888888888"],
    [region, "sa-east-1"],
    ["image/", "component/"],
  ] as const)
    deepStrictEqual(actions("imagebuilder", build(first.name).replace(from, to)), [], to);
}

/** It reads AMIs and findings, and changes watermarks of the factory's AMIs only. */
function checkRecorderAmis(
  { account, region }: Resource,
  { notes, watermarks }: RecorderTasks,
  actions: Actions,
): void {
  const read = ["DescribeImages", ...(notes ? ["GetImageFindings"] : [])];
  const mark = watermarks ? ["AttachImageWatermark", "DetachImageWatermark"] : [];
  const build = `arn:aws:imagebuilder:${region}:${account}:image/base/1.0.0/1`;
  const image = { "aws:ResourceTag/golden-image:image": "base" };
  const ofBuild = (arn: string): Context => ({ "aws:ResourceTag/Ec2ImageBuilderArn": arn });
  for (const place of [region, "sa-east-1"]) {
    const ami = `arn:aws:ec2:${place}::image/ami-1`;
    deepStrictEqual(actions("ec2", ami, { ...image, ...ofBuild(build) }), sorted(read, mark));
    for (const tags of [
      {},
      image,
      ofBuild(build),
      { ...image, ...ofBuild(build.replace(account, "888888888888")) },
      { ...image, ...ofBuild(build.replace(region, "ap-east-1")) },
    ])
      deepStrictEqual(actions("ec2", ami, tags), read, JSON.stringify(tags));
  }
  for (const resource of ["*", `arn:aws:ec2:${region}:${account}:instance/i-1`])
    deepStrictEqual(actions("ec2", resource, { ...image, ...ofBuild(build) }), read, resource);
}

function isContainer({ kind }: Image | Container): boolean {
  return kind === "container";
}

/** It reads the digests of the images in the repositories of its containers, and pulls none. */
function checkRecorderContainers(
  { account, region }: Resource,
  { evidence }: RecorderTasks,
  images: readonly (Image | Container)[],
  actions: Actions,
): void {
  const repository = (name: string): string =>
    `arn:aws:ecr:${region}:${account}:repository/golden-image-factory/${name}`;
  const isTooMany = images.length > MAX_NAMED_IMAGES / 2;
  for (const image of images) {
    const read = evidence && isContainer(image) ? ["DescribeImages"] : [];
    if (isContainer(image) || !isTooMany)
      deepStrictEqual(actions("ecr", repository(image.name)), read, image.name);
  }
  const own = repository(images.find(isContainer)?.name ?? "base");
  for (const [from, to] of [
    [account, "888888888888"],
    [region, "sa-east-1"],
    ["golden-image-factory/", "other/"],
  ] as const)
    deepStrictEqual(actions("ecr", own.replace(from, to)), [], to);
}

/** It publishes to its topic, records messages, and reads logs of builds. */
function checkRecorderNotes(
  { stacks }: PolicyFixture,
  { account, region, stack }: Resource,
  { notes }: RecorderTasks,
  actions: Actions,
): void {
  const own = topicsOf(stacks, "notes", stack);
  for (const topic of stacks.resourcesOf("aws_sns_topic")) {
    const arn = stacks.arnOf(topic);
    deepStrictEqual(actions("sns", arn), own.includes(topic) ? ["Publish"] : [], arn);
  }
  deepStrictEqual(actions("ram", "*"), notes ? ["GetResourceShareAssociations"] : []);
  const stream = (group: string, at = account): string =>
    `arn:aws:logs:${region}:${at}:log-group:${group}:log-stream:1.0.0/1`;
  const read = notes ? ["GetLogEvents"] : [];
  deepStrictEqual(actions("logs", stream("/aws/imagebuilder/base")), read);
  deepStrictEqual(actions("logs", stream("/aws/imagebuilder/base", "888888888888")), []);
}

const RECORDER: Proof = {
  name: "the recorder can read the builds of the shared account, sign with its key, write evidence, publish release notes, mark AMIs and do nothing else, each only if the factory does it, and exists exactly if it has something to do",
  check: (fixture) => {
    const { stacks, factory } = fixture;
    const recorders = functionsOf(stacks, "recorder");
    const regionsOf = factory.shared.regions.filter(({ name }) =>
      buildablesOf(factory.shared).some(({ regions }) => regions.includes(name)),
    );
    deepStrictEqual(
      recorders.map(({ account, region }) => `${account} ${region}`).sort(),
      hasRecorder(factory)
        ? regionsOf.map(({ name }) => `${factory.shared.id} ${name}`).sort()
        : [],
    );
    for (const lambda of recorders) {
      const { account, stack } = lambda;
      const role = roleOf(fixture, lambda);
      const by = fixture.role(role);
      ok("identity" in by, role.config.name);
      const actions = actionsOf(fixture, by, account);
      const images = buildablesFor(fixture, role);
      checkRecorderImages(lambda, factory, images, actions);
      checkRecorderAmis(lambda, factory, actions);
      // The repository's policy lets its audience pull, to which the account itself may belong.
      checkRecorderContainers(lambda, factory, images, (service, resource) =>
        fixture.allowedBy(EMPTY_POLICY, service, by, resource, account),
      );
      checkRecorderNotes(fixture, lambda, factory, actions);
      checkQueues(fixture, lambda, "recorder", actions);
      checkLogsAndBuckets(fixture, lambda, "recorder", actions);
      checkKeys(fixture, role, actions);
      for (const key of fixture.keys("signing")) {
        const own = key.stack === stack;
        const arn = stacks.arnOf(key);
        deepStrictEqual(actions("kms", arn, DIGEST), own ? ["GetPublicKey", "Sign"] : [], arn);
        deepStrictEqual(actions("kms", arn), own ? ["GetPublicKey"] : [], arn);
      }
      checkNothing(actions, "lambda", "iam", "sts");
      deepStrictEqual(
        sorted(actionsIn(by.identity)),
        sorted(functionActions("recorder"), RECORDER_ACTIONS_NOT_CALLED).filter((action) =>
          isNeeded(action, factory, images),
        ),
      );

      const text = manifestText(stacks, lambda, "recorder");
      const manifest = parseRecorderManifest(text, recorderManifestKey(text));
      deepStrictEqual(Object.keys(manifest.images), images.map(({ name }) => name).sort());
      for (const { name, channels } of images)
        deepStrictEqual(
          Object.keys(manifest.images[name]?.channels ?? {}),
          factory.notes ? channels.map((channel) => channel.name).sort() : [],
        );
      const names = images.flatMap(({ components }) =>
        components.flatMap((one) => ("document" in one ? [one.document.name] : [])),
      );
      deepStrictEqual(Object.keys(manifest.components), [...new Set(names)].sort());
    }
  },
};

/** The service that assumes each kind of role. */
const ASSUMED_BY: Readonly<Record<string, string>> = {
  build: "ec2",
  lifecycle: "imagebuilder",
  execution: "imagebuilder",
  "share-updater": "lambda",
  rebuilder: "lambda",
  recorder: "lambda",
};

const TRUST: Proof = {
  name: "every role is assumed by one service, by GitHub Actions or by operators, and by no account",
  check: (fixture) =>
    checkEach(fixture.stacks.resourcesOf("aws_iam_role"), (role) => {
      const { account } = role;
      const arn = fixture.stacks.arnOf(role);
      const trust = fixture.stacks.documentOf(arn, "trust");
      const actions = (by: Principal): string[] =>
        fixture.allowedBy(trust, "sts", by, arn, account);
      const services = SERVICES.filter((service) => actions(service).length > 0);
      const [, kind = ""] =
        /-(build|lifecycle|execution|share-updater|rebuilder|recorder)-/.exec(role.config.name) ??
        [];
      ok(
        kind !== "" || /-(plan|deploy|fleet)$/.test(role.config.name),
        `${role.config.name} must be of a known kind`,
      );
      deepStrictEqual(
        services.map(({ service }) => service),
        kind === "" ? [] : [`${ASSUMED_BY[kind]}.amazonaws.com`],
        role.config.name,
      );
      for (const service of services) deepStrictEqual(actions(service), ["AssumeRole"]);
      for (const other of fixture.accounts)
        deepStrictEqual(
          actions(administrator(other)).filter((action) => action.startsWith("AssumeRole")),
          [],
        );
    }),
};

/** Ends of the names of the rules that invoke each function. Others send messages to its queue. */
const RULES_OF_FUNCTIONS: Readonly<Record<FunctionName, readonly string[]>> = {
  "share-updater": ["", "-full"],
  rebuilder: [""],
  // Its queue and operators invoke it, by IAM policies.
  recorder: [],
};

const CALLERS: Proof = {
  name: "only the factory's schedules and event rules can invoke its functions",
  check: (fixture) => {
    const { stacks } = fixture;
    checkEach(stacks.resourcesOf("aws_lambda_function"), (lambda) => {
      const { stack, account, region, config } = lambda;
      const [topic] = topicsOf(stacks, "notifications", stack);
      const rules = stacks.resourcesOf("aws_cloudwatch_event_rule", stack);
      const [, suffixes] =
        Object.entries(RULES_OF_FUNCTIONS).find(([name]) => config.function_name.endsWith(name)) ??
        [];
      const own = suffixes?.map((suffix) => `${config.function_name}${suffix}`);
      ok(topic && own, `${stack}: ${config.function_name} must be a known function`);
      const [ownRules, otherRules] = [true, false].map((isOwn) =>
        rules
          .filter((rule) => own.includes(rule.config.name) === isOwn)
          .map((rule) => stacks.arnOf(rule)),
      ) as [string[], string[]];
      deepStrictEqual(ownRules.length, own.length, `${stack} must contain the rules ${own}`);
      const actions = (by: Principal, source: string): string[] =>
        fixture.allowed("lambda", by, stacks.arnOf(lambda), account, { "aws:SourceArn": source });
      const others = [
        ...otherRules,
        stacks.arnOf(topic),
        `arn:aws:events:${region}:${account}:rule/other`,
      ];
      for (const source of [...ownRules, ...others]) {
        for (const by of SERVICES) {
          const isRule = by.service === "events.amazonaws.com" && ownRules.includes(source);
          deepStrictEqual(
            actions(by, source),
            isRule ? ["InvokeFunction"] : [],
            `${by.service} for ${source}`,
          );
        }
        for (const other of fixture.accounts)
          if (other.account !== account)
            deepStrictEqual(actions(administrator(other), source), [], other.account);
      }
    });
  },
};

/** The image or container that a resource is named after. */
function buildableOf(fixture: PolicyFixture, resource: Resource): Image | Container {
  const owner = ownerOf(fixture, resource);
  const found = owner && buildablesOf(owner).find(({ name }) => name === resource.config.name);
  ok(found, resource.config.name);
  return found;
}

const FAILED_BUILDS: Proof = {
  name: "the instance of a failed build is terminated, unless its image keeps it",
  check: (fixture) => {
    const all = fixture.stacks.resourcesOf("aws_imagebuilder_infrastructure_configuration");
    checkEach(all, (infrastructure) =>
      deepStrictEqual(
        infrastructure.config.terminate_instance_on_failure,
        !buildableOf(fixture, infrastructure).keepFailedInstances,
        infrastructure.config.name,
      ),
    );
  },
};

const LIFECYCLE: Proof = {
  name: "a lifecycle policy keeps at least as many builds as each channel shares",
  check: (fixture) => {
    for (const policy of fixture.stacks.resourcesOf("aws_imagebuilder_lifecycle_policy")) {
      const [{ type, value, retain_at_least: minimum }] = policy.config.policy_detail[0].filter;
      const kept = type === "COUNT" ? value : minimum;
      for (const { keep } of buildableOf(fixture, policy).channels)
        ok(kept >= keep, `${policy.config.name} keeps ${kept} builds, a channel ${keep}`);
    }
  },
};

export const ROLES: readonly Proof[] = [
  BUILD_ROLES,
  EXECUTION_ROLES,
  UPDATER,
  REBUILDER,
  FOLLOWING,
  FLEET,
  RECORDER,
  TRUST,
  CALLERS,
  FAILED_BUILDS,
  LIFECYCLE,
];
