import type { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias";
import { Construct } from "constructs";
import type { Condition, Statement } from "../common/policy";
import { ADMINISTRATION, Key } from "./key";

export interface ImageKeyProps {
  /** Starts with `alias/`. */
  readonly alias: string;
  readonly region: string;
  /** ARN of the root of the account that owns the key. */
  readonly rootArn: string;
  /** ARNs of the roles in that account that Image Builder builds in. They needn't exist yet. Empty: they are of the audience. */
  readonly imageBuilderRoleArns: readonly string[];
  /** Whether repositories of that account are encrypted with the key. @default false */
  readonly repositories?: boolean;
  /** Patterns of the ARNs of roles that may manage the key without an IAM policy that says so. */
  readonly administrators: readonly string[];
  /** Who launches images: the conditions that a principal must meet, by a name for each. Any one is enough. */
  readonly audience: Readonly<Record<string, Condition>>;
  /** ARN of the Auto Scaling role of the account that a request comes from, with the policy variable for the account. */
  readonly autoScalingRoleArn: string;
  readonly protect: boolean;
}

// https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
const USE = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"];

/** What Auto Scaling needs of a grant, from the same page. */
export const AUTO_SCALING_OPERATIONS = [
  "CreateGrant",
  "Decrypt",
  "DescribeKey",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "ReEncryptFrom",
  "ReEncryptTo",
];

function oneOrMore(values: readonly string[]): string | readonly string[] {
  return values.length === 1 ? (values[0] ?? "") : values;
}

/**
 * The key that encrypts the volumes of images, and containers in their repositories.
 *
 * Whoever may use it does so through EC2 only, and is matched by conditions: a principal named in a key policy must exist, a
 * condition needn't be met by anybody yet. Nobody of its administrators, the account's root included, may decrypt with it.
 */
export class ImageKey extends Construct {
  /** To be waited for by what names the key by its alias. */
  readonly alias: KmsAlias;
  readonly arn: string;

  constructor(scope: Construct, id: string, props: ImageKeyProps) {
    super(scope, id);
    const {
      alias,
      region,
      rootArn,
      imageBuilderRoleArns,
      repositories = false,
      administrators,
      audience,
      autoScalingRoleArn,
      protect,
    } = props;
    // The suffix is the same in every partition: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    const viaEc2 = { "kms:ViaService": `ec2.${region}.amazonaws.com` };

    const use = (name: string, condition: Condition): Statement[] => [
      {
        Sid: `${name}Use`,
        Principal: "*",
        Action: USE,
        Resource: "*",
        Condition: { ...condition, StringEquals: { ...condition["StringEquals"], ...viaEc2 } },
      },
      {
        Sid: `${name}Attach`,
        Principal: "*",
        Action: "kms:CreateGrant",
        Resource: "*",
        Condition: {
          ...condition,
          StringEquals: { ...condition["StringEquals"], ...viaEc2 },
          Bool: { "kms:GrantIsForAWSResource": "true" },
        },
      },
    ];

    // Auto Scaling's role can't be given a policy, so its account grants it the key, directly rather than through a service.
    // Retiring such a grant is a right that the grant itself gives; a key policy can't.
    const delegate = (name: string, condition: Condition): Statement[] => [
      {
        Sid: `${name}GrantToOwnAutoScaling`,
        Principal: "*",
        Action: "kms:CreateGrant",
        Resource: "*",
        Condition: {
          ...condition,
          StringEquals: {
            ...condition["StringEquals"],
            "kms:GranteePrincipal": autoScalingRoleArn,
          },
          "ForAllValues:StringEquals": { "kms:GrantOperations": AUTO_SCALING_OPERATIONS },
        },
      },
      {
        Sid: `${name}Find`,
        Principal: "*",
        Action: ["kms:DescribeKey", "kms:ListGrants"],
        Resource: "*",
        Condition: condition,
      },
    ];

    const key = new Key(this, "Resource", {
      alias,
      description: "Volumes of images",
      rootArn,
      protect,
      statements: [
        ...(administrators.length > 0
          ? [
              {
                Sid: "KeyAdministrators",
                Principal: "*" as const,
                Action: ADMINISTRATION,
                Resource: "*",
                Condition: { ArnLike: { "aws:PrincipalArn": administrators } },
              },
            ]
          : []),
        ...(imageBuilderRoleArns.length > 0
          ? use("ImageBuilder", {
              ArnEquals: { "aws:PrincipalArn": oneOrMore(imageBuilderRoleArns) },
            })
          : []),
        ...(repositories
          ? [
              {
                // ECR uses the key by grants, and by the rights of whoever makes a repository it gets these.
                Sid: "RepositoriesAttach",
                Principal: { AWS: rootArn },
                Action: "kms:CreateGrant",
                Resource: "*",
                Condition: {
                  StringEquals: { "kms:ViaService": `ecr.${region}.amazonaws.com` },
                  Bool: { "kms:GrantIsForAWSResource": "true" },
                },
              },
            ]
          : []),
        ...Object.entries(audience).flatMap(([name, condition]) => [
          ...use(name, condition),
          ...delegate(name, condition),
        ]),
      ],
    });
    this.alias = key.alias;
    this.arn = key.arn;
  }
}
