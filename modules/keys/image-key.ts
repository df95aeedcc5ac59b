import type { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias";
import { Construct } from "constructs";
import { type Condition, type Statement, withStringEquals } from "../common/policy";
import { ADMINISTRATION, Key } from "./key";

export interface ImageKeyProps {
  /** Starts with `alias/`. */
  readonly alias: string;
  readonly region: string;
  /** ARN of the root of the account that owns the key. */
  readonly rootArn: string;
  /**
   * ARNs of the roles in the key's account that Image Builder builds with. They needn't exist yet.
   * Empty if the audience contains that account.
   */
  readonly imageBuilderRoleArns: readonly string[];
  /**
   * ARN of the role with which Amazon Inspector scans AMIs. It needn't exist yet.
   * @default - the policy has no statement for Amazon Inspector
   */
  readonly inspectorRoleArn?: string | undefined;
  /** Whether the key also encrypts the account's ECR repositories. @default false */
  readonly encryptsRepositories?: boolean;
  /** Patterns of the ARNs of roles that may administer the key without an IAM policy. */
  readonly administrators: readonly string[];
  /**
   * Conditions of the principals that may launch images, by a name for each. A principal must meet
   * one of them.
   */
  readonly audience: Readonly<Record<string, Condition>>;
  /**
   * ARN of the service-linked role of Auto Scaling in the caller's account, with a policy variable
   * for the account.
   */
  readonly autoScalingRoleArn: string;
  /** Whether Terraform rejects plans that destroy the key. */
  readonly protect: boolean;
}

/**
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
 */
const USE = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"];

/** Operations that Auto Scaling needs in a grant, from the same page. */
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

/**
 * Requests that a service makes. The suffix is the same in every partition:
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
 */
function viaService(service: string, region: string): Record<string, string> {
  return { "kms:ViaService": `${service}.${region}.amazonaws.com` };
}

/**
 * Lets principals use the key through EC2: launch instances with encrypted volumes and create
 * encrypted AMIs.
 */
function useStatements(name: string, condition: Condition, region: string): Statement[] {
  const viaEc2 = withStringEquals(condition, viaService("ec2", region));
  return [
    { Sid: `${name}Use`, Principal: "*", Action: USE, Resource: "*", Condition: viaEc2 },
    {
      Sid: `${name}Attach`,
      Principal: "*",
      Action: "kms:CreateGrant",
      Resource: "*",
      Condition: { ...viaEc2, Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
  ];
}

/**
 * Lets principals grant the key to the Auto Scaling role of their account. That role can't be
 * given a policy, so its account creates a grant, without a service in between. Only the grant
 * itself can permit its retirement, a key policy can't.
 */
function delegateStatements(
  name: string,
  condition: Condition,
  autoScalingRoleArn: string,
): Statement[] {
  return [
    {
      Sid: `${name}GrantToOwnAutoScaling`,
      Principal: "*",
      Action: "kms:CreateGrant",
      Resource: "*",
      Condition: {
        ...withStringEquals(condition, { "kms:GranteePrincipal": autoScalingRoleArn }),
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
}

function administratorStatements(administrators: readonly string[]): Statement[] {
  if (administrators.length === 0) return [];
  return [
    {
      Sid: "KeyAdministrators",
      Principal: "*",
      Action: ADMINISTRATION,
      Resource: "*",
      Condition: { ArnLike: { "aws:PrincipalArn": administrators } },
    },
  ];
}

function imageBuilderStatements(roleArns: readonly string[], region: string): Statement[] {
  const [roleArn, ...others] = roleArns;
  if (roleArn === undefined) return [];
  const value = others.length === 0 ? roleArn : roleArns;
  return useStatements("ImageBuilder", { ArnEquals: { "aws:PrincipalArn": value } }, region);
}

/**
 * Lets Amazon Inspector read the snapshots of AMIs.
 *
 * Assumed: it reads them through EC2, and needs nothing but to decrypt, as for snapshots of
 * instances:
 * https://docs.aws.amazon.com/inspector/latest/user/scanning-ec2.html
 */
function inspectorStatements(roleArn: string | undefined, region: string): Statement[] {
  if (roleArn === undefined) return [];
  const isInspector = { ArnEquals: { "aws:PrincipalArn": roleArn } };
  return [
    {
      Sid: "InspectorDecrypts",
      Principal: "*",
      Action: "kms:Decrypt",
      Resource: "*",
      Condition: withStringEquals(isInspector, viaService("ec2", region)),
    },
  ];
}

/**
 * Lets ECR use the key. It does so by grants, which it creates with the permissions of the
 * principal that creates a repository.
 */
function repositoryStatements(rootArn: string, region: string): Statement[] {
  return [
    {
      Sid: "RepositoriesAttach",
      Principal: { AWS: rootArn },
      Action: "kms:CreateGrant",
      Resource: "*",
      Condition: {
        StringEquals: viaService("ecr", region),
        Bool: { "kms:GrantIsForAWSResource": "true" },
      },
    },
  ];
}

/**
 * The key that encrypts the volumes of images, and the containers in ECR repositories.
 *
 * The audience may use the key through EC2 only. Conditions match its principals, because a
 * principal that a key policy names must exist. The key's administrators, including the account's
 * root, can't decrypt with it.
 */
export class ImageKey extends Construct {
  readonly arn: string;
  /** Dependency of the resources that refer to the key by its alias. */
  readonly alias: KmsAlias;

  constructor(scope: Construct, id: string, props: ImageKeyProps) {
    super(scope, id);
    const { alias, region, rootArn, protect, encryptsRepositories = false } = props;
    const key = new Key(this, "Resource", {
      alias,
      description: "Images of the golden image factory",
      rootArn,
      protect,
      statements: [
        ...administratorStatements(props.administrators),
        ...imageBuilderStatements(props.imageBuilderRoleArns, region),
        ...inspectorStatements(props.inspectorRoleArn, region),
        ...(encryptsRepositories ? repositoryStatements(rootArn, region) : []),
        ...Object.entries(props.audience).flatMap(([name, condition]) => [
          ...useStatements(name, condition, region),
          ...delegateStatements(name, condition, props.autoScalingRoleArn),
        ]),
      ],
    });
    this.arn = key.arn;
    this.alias = key.alias;
  }
}
