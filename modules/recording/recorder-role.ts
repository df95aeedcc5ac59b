import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";
import { NOTES_PREFIX, RECORDER_MANIFEST_PREFIX } from "../../contract/recorder";
import { BUILD_TAG, IMAGE_TAG } from "../../contract/tags";
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
  /** @default - the factory stores no evidence */
  readonly evidence?: Pick<Evidence, "bucketArn" | "keyArn"> | undefined;
  /** ARNs of the repositories of containers that evidence is about. @default - none */
  readonly repositoryArns?: readonly string[] | undefined;
  /** @default - the factory sends no release notes */
  readonly notes?:
    | {
        readonly topicArn: string;
        /** Pattern of the ARNs of the workflows' runs. */
        readonly workflowExecutionArns: string;
        /** Pattern of the ARNs of the log streams of builds. */
        readonly logStreamArns: string;
      }
    | undefined;
  /** The AMIs that get watermarks. @default - none */
  readonly marks?:
    | {
        /** Pattern of the ARNs of AMIs. */
        readonly amiArns: string;
        /** Pattern of the ARNs of the builds whose AMIs they are. */
        readonly buildArns: string;
      }
    | undefined;
}

function buildStatements({ imageArns, evidence, notes }: RecorderRoleProps): Statement[] {
  return [
    {
      Sid: "ReadBuilds",
      Action: [
        "imagebuilder:GetImage",
        ...(evidence || notes ? ["imagebuilder:ListImagePackages"] : []),
        ...(notes ? ["imagebuilder:ListWorkflowExecutions"] : []),
      ],
      Resource: imageArns,
    },
    // DescribeImages can't be limited to a resource.
    { Sid: "FindAmis", Action: "ec2:DescribeImages", Resource: "*" },
  ];
}

function noteStatements({ notes, manifestBucketArn }: RecorderRoleProps): Statement[] {
  if (!notes) return [];
  return [
    { Sid: "PublishNotes", Action: "sns:Publish", Resource: notes.topicArn },
    {
      Sid: "RecordNotes",
      Action: "s3:PutObject",
      Resource: `${manifestBucketArn}/${NOTES_PREFIX}*`,
    },
    // GetResourceShareAssociations can't be limited to a resource. Assumed: GetImageFindings can't
    // either.
    {
      Sid: "ReadSharesAndFindings",
      Action: ["ec2:GetImageFindings", "ram:GetResourceShareAssociations"],
      Resource: "*",
    },
    {
      // The ids of runs are random.
      Sid: "ReadFailedSteps",
      Action: "imagebuilder:ListWorkflowStepExecutions",
      Resource: notes.workflowExecutionArns,
    },
    { Sid: "ReadBuildLogs", Action: "logs:GetLogEvents", Resource: notes.logStreamArns },
  ];
}

function markStatements({ marks }: RecorderRoleProps): Statement[] {
  if (!marks) return [];
  return [
    {
      Sid: "MarkAmis",
      Action: ["ec2:AttachImageWatermark", "ec2:DetachImageWatermark"],
      Resource: marks.amiArns,
      // The factory tags its AMIs with the image, and Image Builder with the ARN of the build.
      Condition: {
        Null: { [`aws:ResourceTag/${IMAGE_TAG}`]: "false" },
        StringLike: { [`aws:ResourceTag/${BUILD_TAG}`]: marks.buildArns },
      },
    },
  ];
}

function evidenceStatements({ evidence, repositoryArns = [] }: RecorderRoleProps): Statement[] {
  if (!evidence) return [];
  const { bucketArn, keyArn } = evidence;
  return [
    { Sid: "Sign", Action: ["kms:GetPublicKey", "kms:Sign"], Resource: keyArn },
    {
      Sid: "WriteEvidence",
      Action: ["s3:GetObject", "s3:PutObject"],
      Resource: `${bucketArn}/*`,
    },
    // Without this permission S3 doesn't report that an object is missing, but that access is
    // denied.
    { Sid: "FindEvidence", Action: "s3:ListBucket", Resource: bucketArn },
    ...(repositoryArns.length > 0
      ? [{ Sid: "ReadContainers", Action: "ecr:DescribeImages", Resource: repositoryArns }]
      : []),
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
        ...noteStatements(props),
        ...markStatements(props),
      ),
    });
  }
}
