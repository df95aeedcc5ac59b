/** Lists of actions, and helpers, that several proofs use. */
import { deepStrictEqual, ok } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import type { Account, Container, Factory, Image } from "../../../config/model";
import { type Manifest, manifestKey, parseManifest } from "../../../contract/manifest";
import type { Context } from "../../iam/evaluate";
import type { ResolvedStacks, Resource } from "../../iam/resolved-stacks";
import type { PolicyFixture } from "../policy-fixture";

export interface Proof {
  /** A sentence that is true if the check passes. */
  readonly name: string;
  /** Throws an `AssertionError` if the sentence is false. */
  readonly check: (fixture: PolicyFixture) => void;
}

/** Splits a text of names at its white space. */
export function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

/**
 * The context of a request that EC2 sends to AWS KMS to start an instance with an encrypted volume.
 */
export function viaEc2(region: string): Context {
  return {
    "kms:ViaService": `ec2.${region}.amazonaws.com`,
    "kms:EncryptionContextKeys": "aws:ebs:id",
    "kms:GrantIsForAWSResource": "true",
  };
}

/** The context of a request to sign as the recorder does. */
export const DIGEST: Context = {
  "kms:MessageType": "DIGEST",
  "kms:SigningAlgorithm": "ECDSA_SHA_256",
};

/**
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
 */
export const AUTO_SCALING_ACTIONS = words(`
  CreateGrant Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext
  ReEncryptFrom ReEncryptTo
`);

/** The actions that EC2 needs on the key of an encrypted volume. */
export const EC2_ACTIONS = AUTO_SCALING_ACTIONS.filter((action) => action !== "GenerateDataKey");

/** All actions that encrypt or decrypt with a key. */
export const CRYPTO_ACTIONS = words(`
  Decrypt Encrypt GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext
  GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo
`);

/** All actions with a key that signs, other than managing it. */
export const SIGN_ACTIONS = words("GetPublicKey Sign Verify");

/** All actions that a key's administrator may perform. */
export const MANAGE_ACTIONS = words(`
  CancelKeyDeletion CreateAlias DeleteAlias DescribeKey DisableKey DisableKeyRotation EnableKey
  EnableKeyRotation GetKeyPolicy GetKeyRotationStatus ListAliases ListGrants ListKeyPolicies
  ListKeyRotations ListResourceTags PutKeyPolicy RevokeGrant RotateKeyOnDemand
  ScheduleKeyDeletion TagResource UntagResource UpdateAlias UpdateKeyDescription
`);

/** The actions that every principal of a key's audience may perform. */
export const FIND_ACTIONS = ["DescribeKey", "ListGrants"];

export function sorted(...lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort();
}

/** AWS services that could be used as a confused deputy by a policy that names a service. */
export const SERVICES = [
  "cloudwatch",
  "sns",
  "sqs",
  "s3",
  "lambda",
  "ec2",
  "events",
  "imagebuilder",
  "logs.eu-west-1",
  "autoscaling",
].map((name) => ({ service: `${name}.amazonaws.com` }));

/**
 * Checks every resource of a list that must not be empty: a proof about no resource proves nothing.
 */
export function checkEach(
  resources: readonly Resource[],
  check: (resource: Resource) => void,
): void {
  ok(resources.length > 0, "there must be at least one resource to check");
  for (const resource of resources) check(resource);
}

/** The account of the factory file that contains a resource. */
export function ownerOf({ factory }: PolicyFixture, { account }: Resource): Account {
  const owner = [factory.shared, ...factory.apps].find(({ id }) => id === account);
  ok(owner, `${account} must be an account of the factory`);
  return owner;
}

/**
 * Whether the rebuilder checks an image. Repeats the product's rule on purpose, in other code.
 */
export function isFollowing({ followParent, schedule }: Image | Container): boolean {
  return followParent !== undefined && Boolean(schedule ?? followParent.alarmAfterDays);
}

/** The IAM actions of the SDK commands and paginators that a source file imports. */
export function calledActions(file: string): string[] {
  const imports = [
    ...readFileSync(file, "utf8").matchAll(/import \{([^}]*)\} from "@aws-sdk\/client-(\w+)"/g),
  ];
  return imports.flatMap(([, names = "", client = ""]) =>
    [...names.matchAll(/paginate(\w+)|(\w+)Command\b/g)].map(
      ([, paginated, sent]) => `${client}:${paginated ?? sent}`,
    ),
  );
}

/** Actions whose name differs from the command's: IAM has one action for several. */
const ACTIONS_OF_COMMANDS: Readonly<Record<string, string>> = {
  "s3:HeadObject": "s3:GetObject",
  "sqs:SendMessageBatch": "sqs:SendMessage",
};

/** The functions that the stacks contain. */
export type FunctionName = "share-updater" | "rebuilder" | "recorder";

/** The IAM actions that the code of a function calls. */
export function functionActions(name: FunctionName): string[] {
  const folders = [`lambda/${name}/adapters`, "lambda/common"];
  const called = folders.flatMap((folder) =>
    readdirSync(folder).flatMap((file) => calledActions(`${folder}/${file}`)),
  );
  return [...new Set(called.map((action) => ACTIONS_OF_COMMANDS[action] ?? action))].sort();
}

/** The stacks' functions of a kind, such as `rebuilder`. */
export function functionsOf(stacks: ResolvedStacks, name: FunctionName): Resource[] {
  return stacks
    .resourcesOf("aws_lambda_function")
    .filter(({ config }) => config.function_name === `golden-image-factory-${name}`);
}

/** Tasks of a recorder. */
export type RecorderTasks = Pick<Factory, "evidence" | "notes" | "watermarks">;

/** Whether a factory has recorders. Repeats the product's rule on purpose, in other code. */
export function hasRecorder({ evidence, notes, watermarks }: RecorderTasks): boolean {
  return [evidence, notes, watermarks].some(Boolean);
}

/** The stacks' topics of a kind. */
export function topicsOf(
  stacks: ResolvedStacks,
  name: "notifications" | "notes",
  stack?: string,
): Resource[] {
  return stacks
    .resourcesOf("aws_sns_topic", stack)
    .filter(({ config }) => config.name === `golden-image-factory-${name}`);
}

/**
 * The text of the manifest that a stack's function reads. Checks that the function's environment
 * names the object, and that the object's key contains the prefix and the hash of its content.
 */
export function manifestText(
  stacks: ResolvedStacks,
  { stack, id }: Resource,
  prefix: string,
): string {
  const json = stacks.synthesized[stack];
  const lambda = json?.resource?.["aws_lambda_function"]?.[id];
  const { MANIFEST_KEY, MANIFEST_BUCKET } = lambda?.environment.variables ?? {};
  const [, objectId = ""] = /^\$\{aws_s3_object\.([\w-]+)\.key\}$/.exec(MANIFEST_KEY) ?? [];
  const object = json?.resource?.["aws_s3_object"]?.[objectId];
  const [, local = ""] = /^\$\{local\.([\w-]+)\}$/.exec(object?.content) ?? [];
  deepStrictEqual(object?.key, `${prefix}/\${sha256(local.${local})}.json`);
  deepStrictEqual(MANIFEST_BUCKET, `\${aws_s3_object.${objectId}.bucket}`);
  return String(json?.locals?.[local]);
}

/** The manifest that a stack's updater reads, with the ARNs of shares. */
export function manifestOf(stacks: ResolvedStacks, stack: string): Manifest {
  const updater = functionsOf(stacks, "share-updater").find((one) => one.stack === stack);
  ok(updater, `${stack} must contain the updater`);
  const text = manifestText(stacks, updater, "channels").replace(
    /\$\{aws_ram_resource_share\.([\w-]+)\.arn\}/g,
    (_, name: string) => {
      const share = stacks
        .resourcesOf("aws_ram_resource_share", stack)
        .find((one) => one.id === name);
      return share ? stacks.arnOf(share) : "";
    },
  );
  return parseManifest(text, manifestKey(text));
}

/** Returns whether a channel limits what Amazon Inspector may find. */
export function limitsFindings(images: readonly (Image | Container)[]): boolean {
  return images.some(({ channels }) => channels.some(({ findings }) => findings !== undefined));
}

/** Prefixes of the parameters that Image Builder's service-linked role may read. */
const READABLE_PARAMETERS = ["/imagebuilder/", "/aws/service/"];

/**
 * Paths of the SSM parameters with the AMIs of a parent and of the instances that build a
 * container.
 */
export function amiParameters(buildable: Image | Container): string[] {
  const { parent } = buildable;
  const host = buildable.kind === "container" ? buildable.hostAmi : undefined;
  return [
    ...(parent.kind === "ssm" ? [parent.path] : []),
    ...(host?.kind === "ssm" ? [host.path] : []),
  ];
}

/**
 * Whether Image Builder needs a role to build. Repeats the product's rule on purpose, in other
 * code.
 */
export function needsExecutionRole(buildable: Image | Container): boolean {
  if (buildable.workflows.length > 0) return true;
  const readsOther = amiParameters(buildable).some(
    (path) => !READABLE_PARAMETERS.some((prefix) => path.startsWith(prefix)),
  );
  if (readsOther || buildable.kind === "container") return readsOther;
  return buildable.parameter?.startsWith("/imagebuilder/") === false;
}
