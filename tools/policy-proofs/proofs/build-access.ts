/** The permissions that `buildAccess` and component documents give build instances. */
import { deepStrictEqual, ok } from "node:assert";
import type { BucketObjects } from "../../../config/aws/buckets";
import { type BuildAccess, buildablesOf, type Container, type Image } from "../../../config/model";
import type { Context, Document, IamPrincipal } from "../../iam/evaluate";
import type { Resource } from "../../iam/resolved-stacks";
import { ALLOW_ALL, EMPTY_POLICY, type PolicyFixture } from "../policy-fixture";
import { checkEach, ownerOf, type Proof } from "./support";

/** An account that isn't one of the factory's. */
const OTHER_ACCOUNT = "555555555555";

/** Leaves all decisions about a key to identity policies. */
const OPEN_KEY: Document = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }],
};

export function buildRoles({ stacks }: PolicyFixture): Resource[] {
  return stacks.resourcesOf("aws_iam_role").filter(({ config }) => /-build-/.test(config.name));
}

/**
 * Returns the image or container that a build role is for; `undefined` for a role that several may
 * share.
 */
export function imageOf(fixture: PolicyFixture, role: Resource): Image | Container | undefined {
  const { name } = role.config;
  if (!name.includes("--")) return undefined;
  const users = fixture.stacks
    .resourcesOf("aws_imagebuilder_infrastructure_configuration")
    .filter(({ account, region }) => account === role.account && region === role.region)
    .filter(({ config }) => config.instance_profile_name === name);
  deepStrictEqual(users.length, 1, `${name} must be the build role of one image`);
  return buildablesOf(ownerOf(fixture, role)).find((one) => one.name === users[0]?.config.name);
}

/** Returns the permissions that the instances with a build role must have. */
export function accessOf(fixture: PolicyFixture, role: Resource): BuildAccess[] {
  const image = imageOf(fixture, role);
  const { buildAccess } = ownerOf(fixture, role);
  return image ? [buildAccess, image.buildAccess] : [buildAccess];
}

/** All permissions in the factory, to prove that each is given to no other role. */
function allAccess({ factory: { shared, apps } }: PolicyFixture): BuildAccess[] {
  return [shared, ...apps].flatMap((account) => [
    account.buildAccess,
    ...buildablesOf(account).map(({ buildAccess }) => buildAccess),
  ]);
}

/** A build role with its own policies only, and the permissions that they must give. */
interface BuildRole {
  readonly fixture: PolicyFixture;
  readonly role: Resource;
  readonly by: IamPrincipal;
  readonly access: readonly BuildAccess[];
}

function s3Actions({ fixture, by, role }: BuildRole, resource: string, context: Context): string[] {
  return fixture.allowed("s3", by, resource, role.account, context);
}

function kmsActions({ fixture, by }: BuildRole, context: Context): string[] {
  const key = `arn:aws:kms:eu-west-1:${OTHER_ACCOUNT}:key/1`;
  return fixture.allowedBy(OPEN_KEY, "kms", by, key, OTHER_ACCOUNT, context);
}

function isGranted(
  granted: readonly BucketObjects[],
  bucket: string,
  key: string,
  owner?: string,
): boolean {
  return granted.some((one) => {
    const isOwner = owner === undefined || one.owner === undefined || one.owner === owner;
    const isInside = one.isPrefix ? key.startsWith(one.key) : key === one.key;
    return one.bucket === bucket && isOwner && isInside;
  });
}

function objectsOf({ access }: BuildRole, kind: "read" | "write"): BucketObjects[] {
  return access.flatMap((one) => one[kind]);
}

function checkObject(buildRole: BuildRole, bucket: string, key: string, owner: string): void {
  const object = `arn:aws:s3:::${bucket}/${key}`;
  const [read, write] = [objectsOf(buildRole, "read"), objectsOf(buildRole, "write")];
  const context = { "aws:ResourceAccount": owner };
  deepStrictEqual(
    s3Actions(buildRole, object, context),
    [
      ...(isGranted(read, bucket, key, owner) ? ["GetObject"] : []),
      ...(isGranted(write, bucket, key, owner) ? ["PutObject"] : []),
    ],
    `${buildRole.role.config.name} on ${object} of ${owner}`,
  );
  const [canRead, canWrite] = [isGranted(read, bucket, key), isGranted(write, bucket, key)];
  checkKey(buildRole, "s3", "aws:s3:arn", object, [
    ...(canRead || canWrite ? ["Decrypt"] : []),
    ...(canWrite ? ["GenerateDataKey"] : []),
  ]);
}

/** A key may be used through one service, for one resource. */
function checkKey(
  buildRole: BuildRole,
  service: string,
  context: string,
  resource: string,
  expected: readonly string[],
): void {
  const forResource = { [`kms:EncryptionContext:${context}`]: resource };
  const via = (name: string): Context => ({ "kms:ViaService": `${name}.eu-west-1.amazonaws.com` });
  deepStrictEqual(kmsActions(buildRole, { ...via(service), ...forResource }), expected, resource);
  deepStrictEqual(kmsActions(buildRole, { ...via("ec2"), ...forResource }), [], resource);
  deepStrictEqual(kmsActions(buildRole, via(service)), [], resource);
}

function checkBucket(buildRole: BuildRole, bucket: string, prefix: string, owner: string): void {
  const arn = `arn:aws:s3:::${bucket}`;
  const prefixes = objectsOf(buildRole, "read").filter(({ isPrefix }) => isPrefix);
  const ofBucket = { "aws:ResourceAccount": owner };
  const list = (isListed: boolean): string[] => (isListed ? ["ListBucket"] : []);
  deepStrictEqual(
    s3Actions(buildRole, arn, { ...ofBucket, "s3:prefix": prefix }),
    list(isGranted(prefixes, bucket, prefix, owner)),
    `${buildRole.role.config.name} on ${arn} with prefix ${prefix}`,
  );
  deepStrictEqual(
    s3Actions(buildRole, arn, ofBucket),
    list(isGranted(prefixes, bucket, "", owner)),
    `${buildRole.role.config.name} on ${arn} without prefix`,
  );
  const [canRead, canWrite] = (["read", "write"] as const).map((kind) =>
    objectsOf(buildRole, kind).some((one) => one.bucket === bucket),
  );
  checkKey(buildRole, "s3", "aws:s3:arn", arn, [
    ...(canRead || canWrite ? ["Decrypt"] : []),
    ...(canWrite ? ["GenerateDataKey"] : []),
  ]);
}

function checkObjects(buildRole: BuildRole): void {
  const all = allAccess(buildRole.fixture).flatMap(({ read, write }) => [...read, ...write]);
  // Accounts and images often have the same permissions.
  const distinct = new Map(all.map((one) => [`${one.bucket}/${one.key} ${one.owner}`, one]));
  for (const { bucket, key, owner } of distinct.values())
    for (const account of [owner ?? OTHER_ACCOUNT, "666666666666"]) {
      for (const probe of [key, `${key}x`, `${key}x/y`, "else", `else/${key}`])
        checkObject(buildRole, bucket, probe || "x", account);
      for (const probe of [`${key}x`, "else/"]) checkBucket(buildRole, bucket, probe, account);
    }
  checkObject(buildRole, "other-bucket", "x", OTHER_ACCOUNT);
  checkBucket(buildRole, "other-bucket", "x", OTHER_ACCOUNT);
}

function checkSecret(buildRole: BuildRole, arn: string, isReadable: boolean): void {
  const { fixture, by, role } = buildRole;
  deepStrictEqual(
    fixture.allowed("secretsmanager", by, arn, role.account),
    isReadable ? ["GetSecretValue"] : [],
    `${role.config.name} on ${arn}`,
  );
  checkKey(buildRole, "secretsmanager", "SecretARN", arn, isReadable ? ["Decrypt"] : []);
}

function checkSecrets(buildRole: BuildRole): void {
  const { account, region } = buildRole.role;
  const granted = buildRole.access.flatMap(({ secrets }) => secrets);
  for (const secret of new Set(allAccess(buildRole.fixture).flatMap(({ secrets }) => secrets))) {
    const isReadable = granted.includes(secret);
    if (secret.startsWith("arn:")) {
      checkSecret(buildRole, secret, isReadable);
      continue;
    }
    const arnIn = (where: string, name: string): string =>
      `arn:aws:secretsmanager:${where}:${account}:secret:${name}-AbCdEf`;
    checkSecret(buildRole, arnIn(region, secret), isReadable);
    checkSecret(buildRole, arnIn(region, `${secret}-else`), false);
    checkSecret(buildRole, arnIn("ap-south-1", secret), false);
  }
}

function checkParameters(buildRole: BuildRole): void {
  const { fixture, by, role, access } = buildRole;
  const granted = access.flatMap(({ parameters }) => parameters);
  const arnOf = (path: string): string =>
    `arn:aws:ssm:${role.region}:${role.account}:parameter${path}`;
  for (const path of new Set(allAccess(fixture).flatMap(({ parameters }) => parameters))) {
    const folder = path.replace(/\/$/, "");
    for (const probe of [folder, `${folder}/`, `${folder}/x`, `${folder}x`]) {
      const isReadable = granted.some((one) =>
        one.endsWith("/") ? probe.startsWith(one) : probe === one,
      );
      const isListed = granted.some((one) => one.endsWith("/") && `${probe}/`.startsWith(one));
      const arn = arnOf(probe);
      deepStrictEqual(
        fixture.allowed("ssm", by, arn, role.account),
        [
          ...(isReadable ? ["GetParameter", "GetParameters"] : []),
          ...(isListed ? ["GetParametersByPath"] : []),
        ],
        `${role.config.name} on ${arn}`,
      );
      checkKey(buildRole, "ssm", "PARAMETER_ARN", arn, isReadable ? ["Decrypt"] : []);
    }
  }
}

/** Every action that a policy of a build role may allow. */
const BUILD_ROLE_ACTIONS =
  /^(s3:(GetObject|ListBucket|PutObject)|kms:(Decrypt|GenerateDataKey)|secretsmanager:GetSecretValue|ssm:GetParameter(s|sByPath)?|ecr:\w+|imagebuilder:GetContainerRecipe)$/;

function checkActions({ by, role }: BuildRole): void {
  const allowed = by.identity.flatMap(({ Statement }) =>
    Statement.filter(({ Effect }) => Effect === "Allow").flatMap(({ Action = [] }) => Action),
  );
  const unknown = allowed.filter((action) => !BUILD_ROLE_ACTIONS.test(action));
  deepStrictEqual(unknown, [], role.config.name);
}

const GRANTED: Proof = {
  name: "build instances can read and write exactly what buildAccess lists and what component documents name literally, and decrypt only that",
  check: (fixture) =>
    checkEach(buildRoles(fixture), (role) => {
      const arn = fixture.stacks.arnOf(role);
      const by = fixture.role(role);
      // Without AWS's managed policies.
      const identity = [fixture.stacks.documentOf(arn, "identity")];
      const access = accessOf(fixture, role);
      const buildRole = { fixture, role, by: { ...by, identity }, access };
      checkObjects(buildRole);
      checkSecrets(buildRole);
      checkParameters(buildRole);
      checkActions(buildRole);
    }),
};

const DENIED: Proof = {
  name: "build instances can do nothing with the factory's buckets but write logs, whatever policy is attached to their role",
  check: (fixture) => {
    const { stacks } = fixture;
    checkEach(buildRoles(fixture), (role) => {
      const by = fixture.role(role);
      const almighty = { ...by, identity: [...by.identity, ALLOW_ALL] };
      // Without the policies of the buckets.
      const actions = (resource: string): string[] =>
        fixture.allowedBy(EMPTY_POLICY, "s3", almighty, resource, role.account);
      for (const bucket of stacks.resourcesOf("aws_s3_bucket")) {
        const arn = stacks.arnOf(bucket);
        const isLogBucket = bucket.config.bucket.includes("-logs-");
        for (const resource of [arn, `${arn}/key`, `${arn}/folder/image.iso`])
          deepStrictEqual(actions(resource), isLogBucket ? ["PutObject"] : [], resource);
      }
      const other = "arn:aws:s3:::acme-installers";
      deepStrictEqual(actions(other), actions("*"), other);
      deepStrictEqual(actions(`${other}/key`), actions("*"), other);
      ok(actions(other).includes("GetObject"), "other buckets must not be denied");
    });
  },
};

export const BUILD_ACCESS: readonly Proof[] = [GRANTED, DENIED];
