/** What `factory prove` left behind. */
import { REGION, SHARED } from "../fake-aws";
import type { Fault } from "./fault";

const PROVE_ARN = `arn:aws:imagebuilder:${REGION}:${SHARED}`;

export const LEFTOVERS_FAULTS: readonly Fault[] = [
  {
    fault:
      "prove left instances, a security group, an AMI, a share, builds, a pipeline and a recipe",
    check: "leftovers",
    account: "shared",
    answers: {
      "ec2:DescribeInstances": () => ({
        Reservations: [{ Instances: [{ InstanceId: "i-1" }, { InstanceId: "i-2" }] }],
      }),
      "ec2:DescribeSecurityGroups": () => ({ SecurityGroups: [{ GroupId: "sg-1" }] }),
      "ec2:DescribeImages": () => ({ Images: [{ ImageId: "ami-1" }] }),
      "ram:GetResourceShares": () => ({
        resourceShares: [
          { name: "golden-image-base--canary", resourceShareArn: "arn:canary" },
          { name: "golden-image-factory-prove-1-busy", resourceShareArn: "arn:busy" },
        ],
      }),
      "imagebuilder:ListImages": () => ({
        imageVersionList: [{ arn: `${PROVE_ARN}:image/golden-image-factory-prove-1-golden/1.0.0` }],
      }),
      "imagebuilder:ListImagePipelines": () => ({
        imagePipelineList: [
          { arn: `${PROVE_ARN}:image-pipeline/base` },
          { arn: `${PROVE_ARN}:image-pipeline/golden-image-factory-prove-1-golden` },
        ],
      }),
      "imagebuilder:ListImageRecipes": () => ({
        imageRecipeSummaryList: [
          {
            arn: `arn:aws:imagebuilder:${REGION}:${SHARED}:image-recipe/golden-image-factory-prove-1/1.0.0`,
          },
        ],
      }),
    },
    findings: [
      {
        result: "warning",
        message: "`npx --no factory prove` left instances running: i-1, i-2",
        command: "aws ec2 terminate-instances --instance-ids i-1 i-2 --region eu-west-1",
      },
      {
        result: "warning",
        message: "`npx --no factory prove` left a security group: sg-1",
        command: "aws ec2 delete-security-group --group-id sg-1 --region eu-west-1",
      },
      {
        result: "warning",
        message: "`npx --no factory prove` left an AMI: ami-1",
        command:
          "aws ec2 deregister-image --image-id ami-1 --delete-associated-snapshots --region eu-west-1",
      },
      {
        result: "warning",
        message:
          "`npx --no factory prove` left a resource share: golden-image-factory-prove-1-busy",
        command: "aws ram delete-resource-share --resource-share-arn arn:busy --region eu-west-1",
      },
      {
        result: "warning",
        message: `\`npx --no factory prove\` left builds of ${PROVE_ARN}:image/golden-image-factory-prove-1-golden/1.0.0, which the command lists`,
        command: `aws imagebuilder list-image-build-versions --image-version-arn ${PROVE_ARN}:image/golden-image-factory-prove-1-golden/1.0.0 --region eu-west-1`,
      },
      {
        result: "warning",
        message: `\`npx --no factory prove\` left a pipeline: ${PROVE_ARN}:image-pipeline/golden-image-factory-prove-1-golden`,
        command: `aws imagebuilder delete-image-pipeline --image-pipeline-arn ${PROVE_ARN}:image-pipeline/golden-image-factory-prove-1-golden --region eu-west-1`,
      },
      {
        result: "warning",
        message:
          "`npx --no factory prove` left a recipe: arn:aws:imagebuilder:eu-west-1:111111111111:image-recipe/golden-image-factory-prove-1/1.0.0",
        command:
          "aws imagebuilder delete-image-recipe --image-recipe-arn arn:aws:imagebuilder:eu-west-1:111111111111:image-recipe/golden-image-factory-prove-1/1.0.0 --region eu-west-1",
      },
    ],
  },
];
