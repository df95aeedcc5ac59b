import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";
import { RECORDER_MANIFEST_PREFIX } from "../../contract/recorder";
import { policy, type Statement, trust } from "../common/policy";
import {
  manifestStatements,
  type QueueFunctionArns,
  queueStatements,
} from "../functions/run-statements";
import type { Evidence } from "./evidence";

export interface RecorderRoleProps extends QueueFunctionArns {
  readonly name: string;
  readonly manifestBucketArn: string;
  /** Patterns of the ARNs of the builds that the function records. */
  readonly imageArns: readonly string[];
  readonly evidence: Pick<Evidence, "bucketArn" | "keyArn">;
}

function buildStatements({ imageArns }: RecorderRoleProps): Statement[] {
  return [
    {
      Sid: "ReadBuilds",
      Action: ["imagebuilder:GetImage", "imagebuilder:ListImagePackages"],
      Resource: imageArns,
    },
    // DescribeImages can't be limited to a resource.
    { Sid: "FindAmis", Action: "ec2:DescribeImages", Resource: "*" },
  ];
}

function evidenceStatements({ evidence }: RecorderRoleProps): Statement[] {
  const { bucketArn, keyArn } = evidence;
  return [
    { Sid: "Sign", Action: ["kms:GetPublicKey", "kms:Sign"], Resource: keyArn },
    {
      Sid: "WriteEvidence",
      Action: ["s3:GetObject", "s3:PutObject"],
      Resource: `${bucketArn}/*`,
    },
    // Without this permission S3 doesn't report that an object is missing, but that access is denied.
    { Sid: "FindEvidence", Action: "s3:ListBucket", Resource: bucketArn },
  ];
}

/** Role of the recorder. It is the only one that can sign. */
export class RecorderRole extends Construct {
  readonly arn: string;
  /** Dependency of the function, which can't write logs without it. */
  readonly policy: IamRolePolicy;

  constructor(scope: Construct, id: string, props: RecorderRoleProps) {
    super(scope, id);
    const role = new IamRole(this, "Resource", {
      name: props.name,
      assumeRolePolicy: trust("lambda.amazonaws.com"),
    });
    this.arn = role.arn;
    this.policy = new IamRolePolicy(this, "policy", {
      name: "recorder",
      role: role.name,
      policy: policy(
        ...queueStatements(props),
        ...manifestStatements(props.manifestBucketArn, RECORDER_MANIFEST_PREFIX),
        ...buildStatements(props),
        ...evidenceStatements(props),
      ),
    });
  }
}
