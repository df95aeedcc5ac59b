import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";
import { REBUILDER_MANIFEST_PREFIX } from "../../contract/rebuilder-manifest";
import { PARENT_TAG } from "../../contract/tags";
import { policy, type Statement, trust } from "../common/policy";
import {
  dataKeyStatement,
  logStatement,
  manifestStatements,
  type QueueFunctionArns,
} from "../functions/run-statements";

/** Patterns of the ARNs of Image Builder resources. */
export interface RebuilderArns {
  /** Builds of the parents, also in other accounts. */
  readonly parents: readonly string[];
  /** Builds of the images that follow them. */
  readonly images: readonly string[];
  readonly pipelines: readonly string[];
  /** Empty if only containers follow their parents. */
  readonly imageRecipes: readonly string[];
  /** Empty if no container follows its parent. */
  readonly containerRecipes: readonly string[];
}

export interface RebuilderRoleProps extends RebuilderArns, QueueFunctionArns {
  readonly name: string;
  readonly manifestBucketArn: string;
}

function runStatements(props: RebuilderRoleProps): Statement[] {
  return [
    logStatement(props),
    {
      Sid: "ProcessMessages",
      Action: ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
      Resource: props.queueArn,
    },
    { Sid: "SendFailures", Action: "sqs:SendMessage", Resource: props.deadLetterQueueArn },
    dataKeyStatement(props),
    ...manifestStatements(props.manifestBucketArn, REBUILDER_MANIFEST_PREFIX),
  ];
}

function readStatements(props: RebuilderRoleProps): Statement[] {
  const { parents, images, pipelines, imageRecipes, containerRecipes } = props;
  const statements: Statement[] = [
    {
      // The shared account decides by RAM which builds of the parents the account sees.
      Sid: "ReadBuilds",
      Action: "imagebuilder:GetImage",
      Resource: [...new Set([...parents, ...images])],
    },
    {
      Sid: "ReadPipelines",
      Action: ["imagebuilder:GetImagePipeline", "imagebuilder:ListImagePipelineImages"],
      Resource: pipelines,
    },
  ];
  if (imageRecipes.length > 0)
    statements.push({
      Sid: "ReadImageRecipes",
      Action: "imagebuilder:GetImageRecipe",
      Resource: imageRecipes,
    });
  if (containerRecipes.length > 0)
    statements.push({
      Sid: "ReadContainerRecipes",
      Action: "imagebuilder:GetContainerRecipe",
      Resource: containerRecipes,
    });
  return statements;
}

/** The tags of a start become tags of the build, and other tags approve builds and revoke them. */
function startStatements({ images, pipelines }: RebuilderRoleProps): Statement[] {
  const onlyParent = { "ForAllValues:StringEquals": { "aws:TagKeys": PARENT_TAG } };
  return [
    {
      // Assumed: a start with tags requires TagResource, for the pipeline or for the new build.
      // AWS's policies that start pipelines allow it for pipelines, and no document names the
      // resource.
      Sid: "StartBuilds",
      Action: ["imagebuilder:StartImagePipelineExecution", "imagebuilder:TagResource"],
      Resource: pipelines,
      Condition: onlyParent,
    },
    {
      // The role can't change the parent of a build that has one.
      Sid: "TagStartedBuilds",
      Action: "imagebuilder:TagResource",
      Resource: images,
      Condition: {
        ...onlyParent,
        Null: { "aws:TagKeys": "false", [`aws:ResourceTag/${PARENT_TAG}`]: "true" },
      },
    },
  ];
}

export class RebuilderRole extends Construct {
  readonly arn: string;
  /** Dependency of the function, which can't write logs without it. */
  readonly policy: IamRolePolicy;

  constructor(scope: Construct, id: string, props: RebuilderRoleProps) {
    super(scope, id);
    const role = new IamRole(this, "Resource", {
      name: props.name,
      assumeRolePolicy: trust("lambda.amazonaws.com"),
    });
    this.arn = role.arn;
    this.policy = new IamRolePolicy(this, "policy", {
      name: "rebuilder",
      role: role.name,
      policy: policy(...runStatements(props), ...readStatements(props), ...startStatements(props)),
    });
  }
}
