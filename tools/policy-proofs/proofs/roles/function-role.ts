/** Checks and helpers for the roles of all functions. */
import { deepStrictEqual, ok } from "node:assert";
import type { Context, IamPrincipal } from "../../../iam/evaluate";
import type { Resource } from "../../../iam/resolved-stacks";
import type { PolicyFixture } from "../../policy-fixture";
import { checkEach, type FunctionName, functionActions, sorted } from "../support";
import { type Actions, actionsIn, actionsOf } from "./support";

/**
 * From this number on the role's policy may name a pattern: IAM limits the length of inline
 * policies.
 */
export const MAX_NAMED_IMAGES = 75;

function roleOf({ stacks }: PolicyFixture, { stack, config }: Resource): Resource {
  const role = stacks
    .resourcesOf("aws_iam_role", stack)
    .find((one) => stacks.arnOf(one) === config.role);
  ok(role, `${stack} must contain the role of its function`);
  return role;
}

interface FunctionRole {
  readonly role: Resource;
  readonly by: IamPrincipal;
  readonly actions: Actions;
  /** The actions that the role's policies name. */
  readonly named: readonly string[];
}

/** The role of a function, and its permissions. */
export function functionRole(fixture: PolicyFixture, lambda: Resource): FunctionRole {
  const role = roleOf(fixture, lambda);
  const by = fixture.role(role);
  const actions = actionsOf(fixture, by, lambda.account);
  return { role, by, actions, named: sorted(actionsIn(by.identity)) };
}

/** The actions that Lambda and Amazon S3 need in the name of every function. No code calls them. */
const ACTIONS_NOT_CALLED = [
  "kms:Decrypt",
  "kms:GenerateDataKey",
  "logs:CreateLogStream",
  "logs:PutLogEvents",
  "s3:ListBucket",
  "sqs:DeleteMessage",
  "sqs:GetQueueAttributes",
  "sqs:ReceiveMessage",
];

/** The actions that the policies of a function's role must name. */
export function neededActions(name: FunctionName, ...notCalled: readonly string[]): string[] {
  return sorted(functionActions(name), ACTIONS_NOT_CALLED, notCalled);
}

/** The context of a request that sets or removes tags with these keys. */
export function withTags(...keys: string[]): Context {
  return { "aws:TagKeys": keys };
}

/** The context of a request for an AMI that Image Builder created for a build. */
export function ofBuild(arn: string): Context {
  return { "aws:ResourceTag/Ec2ImageBuilderArn": arn };
}

/** A function processes its queue, sends messages to it, and to some others. */
export function checkQueues(
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
export function checkLogsAndBuckets(
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
