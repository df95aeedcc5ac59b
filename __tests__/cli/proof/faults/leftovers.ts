/** Faults of resources that `factory prove` left behind, and of those that a run may still use. */
import { PROVE_TAG } from "../../../../cli/proof/leftovers";
import { REGION, SHARED } from "../fake-aws";
import type { Fault } from "./fault";

const PROVE_ARN = `arn:aws:imagebuilder:${REGION}:${SHARED}`;
const BUILD = `${PROVE_ARN}:image/golden-image-factory-prove-1-golden/1.0.0`;
const PIPELINE = `${PROVE_ARN}:image-pipeline/golden-image-factory-prove-1-golden`;
const RECIPE = `${PROVE_ARN}:image-recipe/golden-image-factory-prove-1/1.0.0`;

/** Everything that a run creates and that has a tag or a name, with the time of its tag. */
function createdUntil(time: string): Fault["answers"] & object {
  const Tags = [
    { Key: "team", Value: "platform" },
    { Key: PROVE_TAG, Value: time },
  ];
  const tags = { [PROVE_TAG]: time };
  return {
    "ec2:DescribeInstances": () => ({
      Reservations: [{ Instances: ["i-1", "i-2"].map((InstanceId) => ({ InstanceId, Tags })) }],
    }),
    "ec2:DescribeSecurityGroups": () => ({ SecurityGroups: [{ GroupId: "sg-1", Tags }] }),
    "ec2:DescribeImages": () => ({ Images: [{ ImageId: "ami-1", Tags }] }),
    "ram:GetResourceShares": () => ({
      resourceShares: [
        { name: "golden-image-base--canary", resourceShareArn: "arn:canary" },
        {
          name: "golden-image-factory-prove-1-busy",
          resourceShareArn: "arn:busy",
          tags: [{ key: PROVE_TAG, value: time }],
        },
      ],
    }),
    "imagebuilder:ListImages": () => ({
      imageVersionList: [{ arn: `${PROVE_ARN}:image/base/1.0.0` }, { arn: BUILD }],
    }),
    "imagebuilder:ListImageBuildVersions": ({ imageVersionArn }) => ({
      imageSummaryList: [
        { arn: `${imageVersionArn}/1`, tags, state: { status: "AVAILABLE" } },
        { arn: `${imageVersionArn}/2`, tags, state: { status: "BUILDING" } },
      ],
    }),
    "imagebuilder:ListImagePipelines": () => ({
      imagePipelineList: [{ arn: `${PROVE_ARN}:image-pipeline/base` }, { arn: PIPELINE, tags }],
    }),
    "imagebuilder:ListImageRecipes": () => ({ imageRecipeSummaryList: [{ arn: RECIPE, tags }] }),
  };
}

const FOUND: readonly (readonly [what: string, command: string])[] = [
  ["an instance: i-1", "aws ec2 terminate-instances --instance-ids i-1"],
  ["an instance: i-2", "aws ec2 terminate-instances --instance-ids i-2"],
  ["a security group: sg-1", "aws ec2 delete-security-group --group-id sg-1"],
  ["an AMI: ami-1", "aws ec2 deregister-image --image-id ami-1 --delete-associated-snapshots"],
  [
    "a resource share: golden-image-factory-prove-1-busy",
    "aws ram delete-resource-share --resource-share-arn arn:busy",
  ],
  [`a build: ${BUILD}/1`, `aws imagebuilder delete-image --image-build-version-arn ${BUILD}/1`],
  [
    `a build that is running: ${BUILD}/2`,
    `aws imagebuilder cancel-image-creation --image-build-version-arn ${BUILD}/2`,
  ],
  [
    `a pipeline: ${PIPELINE}`,
    `aws imagebuilder delete-image-pipeline --image-pipeline-arn ${PIPELINE}`,
  ],
  [`a recipe: ${RECIPE}`, `aws imagebuilder delete-image-recipe --image-recipe-arn ${RECIPE}`],
];

export const LEFTOVERS_FAULTS: readonly Fault[] = [
  {
    fault:
      "prove left instances, a security group, an AMI, a share, builds, a pipeline and a recipe",
    check: "leftovers",
    account: "shared",
    answers: createdUntil("2026-11-28T12:30:00Z"),
    observations: FOUND.map(([what, command]) => ({
      result: "warning",
      message: `\`npx --no factory prove\` left ${what}`,
      command: `${command} --region eu-west-1`,
    })),
  },
  {
    fault: "a run of prove may still use what it created, without a command that destroys it",
    check: "leftovers",
    account: "shared",
    answers: createdUntil("2999-11-28T12:30:00Z"),
    observations: [
      {
        result: "warning",
        message: `\`npx --no factory prove\` created this, and a run may use it until 2999-11-28T12:30:00Z: ${FOUND.map(([what]) => what).join(", ")}`,
        fix: "wait for the end of the run. If it was killed, run `npx --no factory doctor` again after this time, which then prints the commands that remove it",
      },
    ],
  },
];
