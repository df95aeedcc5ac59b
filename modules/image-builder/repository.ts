import { EcrLifecyclePolicy } from "@cdktf/provider-aws/lib/ecr-lifecycle-policy";
import { EcrRepository } from "@cdktf/provider-aws/lib/ecr-repository";
import { EcrRepositoryPolicy } from "@cdktf/provider-aws/lib/ecr-repository-policy";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type Condition, policy, type Statement } from "../common/policy";

export interface RepositoryProps {
  readonly name: string;
  /** ARN of the key that encrypts the images. A repository's key can't be changed. */
  readonly keyArn: string;
  /**
   * Conditions of the principals of other accounts that may pull, by a name for each. A principal
   * must meet one of them.
   */
  readonly audience: Readonly<Record<string, Condition>>;
  /**
   * Whether destroying the repository deletes its images. Otherwise destroying a repository that
   * isn't empty fails.
   */
  readonly emptyOnDestroy: boolean;
}

/** Rule of the lifecycle policy. Every build has a tag, so an image without one is left over. */
const EXPIRE_UNTAGGED_IMAGES = {
  rulePriority: 1,
  description: "Delete images without a tag after 7 days",
  selection: {
    tagStatus: "untagged",
    countType: "sinceImagePushed",
    countUnit: "days",
    countNumber: 7,
  },
  action: { type: "expire" },
};

/**
 * Permissions to pull. Image Builder also requires `ecr:DescribeImages` when it builds on an image
 * of another account:
 * https://github.com/aws-samples/amazon-ec2-image-builder-samples/tree/master/containers
 */
const PULL = [
  "ecr:DescribeImages",
  "ecr:BatchCheckLayerAvailability",
  "ecr:BatchGetImage",
  "ecr:GetDownloadUrlForLayer",
];

function pullStatements(audience: RepositoryProps["audience"]): Statement[] {
  return Object.entries(audience).map(([name, condition]) => ({
    Sid: `${name}Pull`,
    Principal: "*",
    Action: PULL,
    Condition: condition,
  }));
}

/**
 * The ECR repository of a container. Each build gets a unique, immutable tag.
 *
 * ECR grants pull access per repository, not per build. Pulling requires no permission for the key:
 * ECR uses it by grants that it created with the repository.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
 */
export class Repository extends Construct {
  /** Dependency of the recipes that refer to the repository by its name. */
  readonly repository: ITerraformDependable;

  constructor(
    scope: Construct,
    id: string,
    { name, keyArn, audience, emptyOnDestroy }: RepositoryProps,
  ) {
    super(scope, id);
    const repository = new EcrRepository(this, "Resource", {
      name,
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: [{ encryptionType: "KMS", kmsKey: keyArn }],
      forceDelete: emptyOnDestroy,
      // Required by Image Builder's lifecycle policies:
      // https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html
      tags: { LifecycleExecutionAccess: "EC2 Image Builder" },
    });
    this.repository = repository;
    new EcrLifecyclePolicy(this, "lifecycle", {
      repository: repository.name,
      policy: JSON.stringify({ rules: [EXPIRE_UNTAGGED_IMAGES] }),
    });
    const statements = pullStatements(audience);
    if (statements.length > 0)
      new EcrRepositoryPolicy(this, "policy", {
        repository: repository.name,
        policy: policy(...statements),
      });
  }
}
