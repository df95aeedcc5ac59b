/** Permissions of build instances that a factory adds to those that every build instance has. */

import type { Condition, Statement } from "../common/policy";

/** Objects of a bucket. */
export interface ObjectAccess {
  readonly bucketArn: string;
  /** Key of one object, or a prefix with `*` at its end. */
  readonly keys: string;
  /** Account that must own the bucket. 12 digits. @default - any account */
  readonly owner?: string | undefined;
}

export interface BuildAccess {
  readonly read: readonly ObjectAccess[];
  readonly write: readonly ObjectAccess[];
  /** ARNs of secrets, or patterns of them. */
  readonly secrets: readonly string[];
  /** ARNs of SSM parameters, or patterns of them. */
  readonly parameters: readonly string[];
  /** ARNs of the paths whose parameters can be listed, and patterns of the paths below them. */
  readonly parameterPaths: readonly string[];
  /** ARNs of customer managed policies of the account. */
  readonly policies: readonly string[];
}

/** Returns statements for items; none if there are no items, because IAM rejects an empty list. */
function when<T>(
  items: readonly T[],
  statements: (items: readonly T[]) => readonly Statement[],
): readonly Statement[] {
  return items.length > 0 ? statements(items) : [];
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}

function objectArns(objects: readonly ObjectAccess[]): string[] {
  return unique(objects.map(({ bucketArn, keys }) => `${bucketArn}/${keys}`));
}

interface OwnedObjects {
  /** End of the Sids of statements. */
  readonly suffix: string;
  readonly condition: Condition;
  readonly objects: readonly ObjectAccess[];
}

/** Groups objects by the account that must own their bucket. */
function byOwner(objects: readonly ObjectAccess[]): OwnedObjects[] {
  const owners = [...new Set(objects.map(({ owner }) => owner))];
  return owners.map((owner) => {
    const owned = objects.filter((one) => one.owner === owner);
    if (owner === undefined) return { suffix: "", condition: {}, objects: owned };
    const condition = { StringEquals: { "aws:ResourceAccount": owner } };
    return { suffix: `Of${owner}`, condition, objects: owned };
  });
}

/** Leaves out a condition without operators. */
function withCondition(statement: Statement, condition: Condition): Statement {
  return Object.keys(condition).length === 0 ? statement : { ...statement, Condition: condition };
}

function objectStatements(
  name: string,
  action: string,
  objects: readonly ObjectAccess[],
): Statement[] {
  return byOwner(objects).map(({ suffix, condition, objects: owned }) =>
    withCondition(
      { Sid: `${name}${suffix}`, Action: action, Resource: objectArns(owned) },
      condition,
    ),
  );
}

/**
 * Lets instances list the keys with a prefix. Each bucket has a statement: in one for several
 * buckets, a prefix would apply to all of them.
 */
function listStatements(objects: readonly ObjectAccess[]): Statement[] {
  const prefixes = objects.filter(({ keys }) => keys.endsWith("*"));
  return byOwner(prefixes).flatMap(({ suffix, condition, objects: owned }) =>
    unique(owned.map(({ bucketArn }) => bucketArn)).map((bucket, index) => {
      const keys = owned.filter(({ bucketArn }) => bucketArn === bucket).map((one) => one.keys);
      // A request without a prefix lists the whole bucket.
      const prefix: Condition = keys.includes("*") ? {} : { StringLike: { "s3:prefix": keys } };
      return withCondition(
        { Sid: `ListBucket${index + 1}${suffix}`, Action: "s3:ListBucket", Resource: bucket },
        { ...condition, ...prefix },
      );
    }),
  );
}

/**
 * Lets a service use any key for exactly these resources, which the encryption context names. The
 * policy of a customer managed key decides, too; keys of AWS need no permission.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
 */
function keyStatement(
  sid: string,
  partition: string,
  actions: string | readonly string[],
  service: string,
  context: string,
  arns: readonly string[],
): Statement {
  // In China, the names of services end with another domain.
  const domain = partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
  return {
    Sid: sid,
    Action: actions,
    Resource: `arn:${partition}:kms:*:*:key/*`,
    Condition: {
      StringLike: {
        "kms:ViaService": `${service}.*.${domain}`,
        [`kms:EncryptionContext:${context}`]: arns,
      },
    },
  };
}

/** The encryption context of an object is its ARN, or with an S3 Bucket Key that of its bucket. */
function objectContexts(objects: readonly ObjectAccess[]): string[] {
  return unique([...objects.map(({ bucketArn }) => bucketArn), ...objectArns(objects)]);
}

/** Renders the statements of the inline policy. The policies are attached to the role instead. */
export function accessStatements(
  { read, write, secrets, parameters, parameterPaths }: BuildAccess,
  partition: string,
): Statement[] {
  return [
    ...objectStatements("ReadObjects", "s3:GetObject", read),
    ...listStatements(read),
    ...when(read, (objects) => [
      keyStatement(
        "DecryptObjects",
        partition,
        "kms:Decrypt",
        "s3",
        "aws:s3:arn",
        objectContexts(objects),
      ),
    ]),
    ...objectStatements("WriteObjects", "s3:PutObject", write),
    ...when(write, (objects) => [
      // S3 decrypts the parts of a multipart upload when it combines them.
      keyStatement(
        "EncryptObjects",
        partition,
        ["kms:Decrypt", "kms:GenerateDataKey"],
        "s3",
        "aws:s3:arn",
        objectContexts(objects),
      ),
    ]),
    ...when(secrets, (arns) => [
      { Sid: "ReadSecrets", Action: "secretsmanager:GetSecretValue", Resource: arns },
      // https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
      keyStatement("DecryptSecrets", partition, "kms:Decrypt", "secretsmanager", "SecretARN", arns),
    ]),
    ...when(parameters, (arns) => [
      { Sid: "ReadParameters", Action: ["ssm:GetParameter", "ssm:GetParameters"], Resource: arns },
      // https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html
      keyStatement("DecryptParameters", partition, "kms:Decrypt", "ssm", "PARAMETER_ARN", arns),
    ]),
    ...when(parameterPaths, (arns) => [
      { Sid: "ListParameters", Action: "ssm:GetParametersByPath", Resource: arns },
    ]),
  ];
}
