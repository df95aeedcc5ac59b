import { Construct } from "constructs";
import { type Condition, type Statement, withStringEquals } from "../common/policy";
import { PrivateBucket } from "../common/private-bucket";
import { SigningKey } from "../keys/signing-key";

export interface EvidenceProps {
  readonly bucketName: string;
  /** Alias of the key that signs. Starts with `alias/`. */
  readonly keyAlias: string;
  /** ARN of the root of the account. */
  readonly rootArn: string;
  /** ARN of the role that signs and writes. It may be created later. */
  readonly recorderArn: string;
  /** Conditions of the principals that may read, by a name for each. */
  readonly audience: Readonly<Record<string, Condition>>;
  /** ID of the organization that all of the audience belongs to. */
  readonly organizationId: string;
  /** Patterns of the ARNs of the build instances' roles, in all accounts. */
  readonly buildRoleArns: readonly string[];
  /** Whether Terraform rejects plans that destroy the key, or the bucket with its objects. */
  readonly protect: boolean;
}

/**
 * Lets the audience read.
 *
 * Amazon S3 rejects a policy that looks public. It doesn't if the principal is of a fixed
 * organization, while a pattern of OUs isn't fixed.
 * Assumed: the ID of the organization is enough next to such a pattern.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
function readStatements(
  { audience, organizationId }: EvidenceProps,
  bucketArn: string,
): Statement[] {
  return Object.entries(audience).map(([name, condition]) => ({
    Sid: `${name}Read`,
    Principal: "*",
    Action: ["s3:GetObject", "s3:ListBucket"],
    Resource: [bucketArn, `${bucketArn}/*`],
    Condition: withStringEquals(condition, { "aws:PrincipalOrgID": organizationId }),
  }));
}

/**
 * Keeps objects as they are, whatever other policies allow: only the recorder writes, and only new
 * objects.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
 */
function immutabilityStatements({ recorderArn }: EvidenceProps, bucketArn: string): Statement[] {
  const objects = `${bucketArn}/*`;
  const deny = { Effect: "Deny", Principal: "*", Resource: objects } as const;
  return [
    {
      Sid: "DenyOtherWriters",
      ...deny,
      Action: "s3:PutObject",
      Condition: { ArnNotEquals: { "aws:PrincipalArn": recorderArn } },
    },
    {
      Sid: "DenyOverwriting",
      ...deny,
      Action: "s3:PutObject",
      Condition: { Null: { "s3:if-none-match": "true" } },
    },
    {
      Sid: "DenyReplacing",
      ...deny,
      Action: [
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:ReplicateDelete",
        "s3:ReplicateObject",
      ],
    },
  ];
}

/**
 * The evidence about the builds of a Region: the bucket that stores it, and the key that signs it.
 */
export class Evidence extends Construct {
  readonly bucketArn: string;
  readonly bucketName: string;
  readonly keyArn: string;

  constructor(scope: Construct, id: string, props: EvidenceProps) {
    super(scope, id);
    const { rootArn, recorderArn, protect } = props;
    this.keyArn = new SigningKey(this, "key", {
      alias: props.keyAlias,
      rootArn,
      signerArn: recorderArn,
      protect,
    }).arn;
    const bucket = new PrivateBucket(this, "bucket", {
      name: props.bucketName,
      protect,
      deniedRoles: props.buildRoleArns,
      statements: (arn) => [...readStatements(props, arn), ...immutabilityStatements(props, arn)],
      emptyOnDestroy: !protect,
    });
    this.bucketArn = bucket.arn;
    this.bucketName = bucket.name;
  }
}
