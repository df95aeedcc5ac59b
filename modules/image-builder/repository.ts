import { EcrLifecyclePolicy } from "@cdktf/provider-aws/lib/ecr-lifecycle-policy";
import { EcrRepository } from "@cdktf/provider-aws/lib/ecr-repository";
import { EcrRepositoryPolicy } from "@cdktf/provider-aws/lib/ecr-repository-policy";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type Condition, policy } from "../common/policy";

export interface RepositoryProps {
  readonly name: string;
  /** Encrypts the images. It can't be changed. */
  readonly keyArn: string;
  /** Who pulls beside its own account: the conditions that a principal must meet, by a name for each. @default - nobody */
  readonly audience: Readonly<Record<string, Condition>>;
  /** Whether destroying the repository destroys what is in it; otherwise ECR refuses. */
  readonly emptyOnDestroy: boolean;
}

/** How long an image without a tag stays. */
const UNTAGGED_DAYS = 7;

/** Without the first, another account's Image Builder refuses to build on an image: aws-samples/amazon-ec2-image-builder-samples, containers. */
const PULL = [
  "ecr:DescribeImages",
  "ecr:BatchCheckLayerAvailability",
  "ecr:BatchGetImage",
  "ecr:GetDownloadUrlForLayer",
];

/**
 * Where the builds of one container image are: each build has a tag of its own, which nothing can take from it.
 *
 * Who may pull is decided for the repository, and not for each build. That takes no right to its key: ECR uses it by grants that it got when
 * the repository was made. https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
 */
export class Repository extends Construct {
  /** To be waited for by what names it. */
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
      // Without it Image Builder's lifecycle can't delete a build: https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html
      tags: { LifecycleExecutionAccess: "EC2 Image Builder" },
    });
    this.repository = repository;
    new EcrLifecyclePolicy(this, "lifecycle", {
      repository: repository.name,
      policy: JSON.stringify({
        rules: [
          {
            rulePriority: 1,
            description: "What has no tag is no build",
            selection: {
              tagStatus: "untagged",
              countType: "sinceImagePushed",
              countUnit: "days",
              countNumber: UNTAGGED_DAYS,
            },
            action: { type: "expire" },
          },
        ],
      }),
    });
    const pull = Object.entries(audience).map(([who, Condition]) => ({
      Sid: `${who}Pull`,
      Principal: "*" as const,
      Action: PULL,
      Condition,
    }));
    if (pull.length > 0)
      new EcrRepositoryPolicy(this, "policy", {
        repository: repository.name,
        policy: policy(...pull),
      });
  }
}
