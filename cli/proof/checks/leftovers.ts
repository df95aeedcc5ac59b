/** The check for what `factory prove` left behind. */
import { PROGRAM } from "../../../contract/program";
import { check, type Finding, type Target, warning } from "../check";
import { PROVE_PREFIX, PROVE_TAG } from "../leftovers";

const CALLS = [
  "ec2:DescribeImages",
  "ec2:DescribeInstances",
  "ec2:DescribeSecurityGroups",
  "imagebuilder:ListImagePipelines",
  "imagebuilder:ListImageRecipes",
  "imagebuilder:ListImages",
  "ram:GetResourceShares",
] as const;

type Pages = Target<(typeof CALLS)[number]>["pages"];

/** Something that was left, and the command that removes it, without the Region. */
type Left = readonly [what: string, command: string];

const TAGGED = { Name: "tag-key", Values: [PROVE_TAG] };

async function leftInEc2(pages: Pages): Promise<Left[]> {
  const ALIVE = {
    Name: "instance-state-name",
    Values: ["pending", "running", "stopping", "stopped"],
  };
  const instances = (await pages("ec2:DescribeInstances", { Filters: [TAGGED, ALIVE] }))
    .flatMap(({ Reservations = [] }) => Reservations)
    .flatMap(({ Instances = [] }) => Instances)
    .flatMap(({ InstanceId }) => InstanceId ?? []);
  const groups = (await pages("ec2:DescribeSecurityGroups", { Filters: [TAGGED] }))
    .flatMap(({ SecurityGroups = [] }) => SecurityGroups)
    .flatMap(({ GroupId }) => GroupId ?? []);
  const own = { Owners: ["self"], IncludeDisabled: true, Filters: [TAGGED] };
  const amis = (await pages("ec2:DescribeImages", own))
    .flatMap(({ Images = [] }) => Images)
    .flatMap(({ ImageId }) => ImageId ?? []);
  const terminate = `aws ec2 terminate-instances --instance-ids ${instances.join(" ")}`;
  return [
    ...(instances.length === 0
      ? []
      : [[`instances running: ${instances.join(", ")}`, terminate] as const]),
    ...groups.map(
      (id): Left => [`a security group: ${id}`, `aws ec2 delete-security-group --group-id ${id}`],
    ),
    ...amis.map(
      (id): Left => [
        `an AMI: ${id}`,
        `aws ec2 deregister-image --image-id ${id} --delete-associated-snapshots`,
      ],
    ),
  ];
}

async function sharesLeft(pages: Pages): Promise<Left[]> {
  const shares = await pages("ram:GetResourceShares", {
    resourceOwner: "SELF",
    resourceShareStatus: "ACTIVE",
  });
  return shares
    .flatMap(({ resourceShares = [] }) => resourceShares)
    .filter(({ name }) => name?.startsWith(PROVE_PREFIX))
    .map(({ name, resourceShareArn }) => [
      `a resource share: ${name}`,
      `aws ram delete-resource-share --resource-share-arn ${resourceShareArn}`,
    ]);
}

async function leftInImageBuilder(pages: Pages): Promise<Left[]> {
  const named = (list: readonly { readonly arn?: string | undefined }[]): string[] =>
    list.flatMap(({ arn }) => (arn?.includes(`/${PROVE_PREFIX}`) ? [arn] : []));
  const images = await pages("imagebuilder:ListImages", { owner: "Self" });
  const pipelines = await pages("imagebuilder:ListImagePipelines", {});
  const recipes = await pages("imagebuilder:ListImageRecipes", { owner: "Self" });
  return [
    ...named(images.flatMap(({ imageVersionList = [] }) => imageVersionList)).map(
      (arn): Left => [
        `builds of ${arn}, which the command lists`,
        `aws imagebuilder list-image-build-versions --image-version-arn ${arn}`,
      ],
    ),
    ...named(pipelines.flatMap(({ imagePipelineList = [] }) => imagePipelineList)).map(
      (arn): Left => [
        `a pipeline: ${arn}`,
        `aws imagebuilder delete-image-pipeline --image-pipeline-arn ${arn}`,
      ],
    ),
    ...named(recipes.flatMap(({ imageRecipeSummaryList = [] }) => imageRecipeSummaryList)).map(
      (arn): Left => [
        `a recipe: ${arn}`,
        `aws imagebuilder delete-image-recipe --image-recipe-arn ${arn}`,
      ],
    ),
  ];
}

export const leftovers = check({
  id: "leftovers",
  title:
    "Nothing is left that `factory prove` created: instances, builds, recipes, shares and others",
  scope: "region",
  calls: CALLS,
  async run({ at: { region }, pages }) {
    const left = [
      ...(await leftInEc2(pages)),
      ...(await sharesLeft(pages)),
      ...(await leftInImageBuilder(pages)),
    ];
    return left.map(
      ([what, command]): Finding =>
        warning(`\`${PROGRAM} prove\` left ${what}`, { run: `${command} --region ${region}` }),
    );
  },
});
