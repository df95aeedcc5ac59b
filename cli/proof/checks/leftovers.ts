/** The check for what `factory prove` left behind. */
import { FINAL_STATUSES } from "../../../contract/build-status";
import { PROGRAM } from "../../../contract/program";
import { factoryCommand } from "../../factory-command";
import { check, type Observation, type Target, warning } from "../check";
import { isExpired, PROVE_PREFIX, PROVE_TAG } from "../leftovers";

const CALLS = [
  "ec2:DescribeImages",
  "ec2:DescribeInstances",
  "ec2:DescribeSecurityGroups",
  "imagebuilder:ListImageBuildVersions",
  "imagebuilder:ListImagePipelines",
  "imagebuilder:ListImageRecipes",
  "imagebuilder:ListImages",
  "ram:GetResourceShares",
] as const;

type Pages = Target<(typeof CALLS)[number]>["pages"];

/** Something that `factory prove` created. */
interface Creation {
  readonly what: string;
  /** The value of {@link PROVE_TAG}. @default - none */
  readonly until: string | undefined;
  /** The command that removes it, without the Region. */
  readonly command: string;
}

const TAGGED = { Name: "tag-key", Values: [PROVE_TAG] };

interface InEc2 {
  readonly Tags?:
    | readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[]
    | undefined;
}

/** Returns what `factory prove` created in EC2. */
function created<T extends InEc2>(
  found: readonly T[],
  describe: (one: T) => Pick<Creation, "what" | "command">,
): Creation[] {
  return found.flatMap((one) => {
    const tag = one.Tags?.find(({ Key }) => Key === PROVE_TAG);
    return tag === undefined ? [] : { ...describe(one), until: tag.Value };
  });
}

async function instances(pages: Pages): Promise<Creation[]> {
  const ALIVE = {
    Name: "instance-state-name",
    Values: ["pending", "running", "stopping", "stopped"],
  };
  const found = (await pages("ec2:DescribeInstances", { Filters: [TAGGED, ALIVE] }))
    .flatMap(({ Reservations = [] }) => Reservations)
    .flatMap(({ Instances = [] }) => Instances);
  return created(found, ({ InstanceId }) => ({
    what: `an instance: ${InstanceId}`,
    command: `aws ec2 terminate-instances --instance-ids ${InstanceId}`,
  }));
}

async function securityGroups(pages: Pages): Promise<Creation[]> {
  const found = await pages("ec2:DescribeSecurityGroups", { Filters: [TAGGED] });
  return created(
    found.flatMap(({ SecurityGroups = [] }) => SecurityGroups),
    ({ GroupId }) => ({
      what: `a security group: ${GroupId}`,
      command: `aws ec2 delete-security-group --group-id ${GroupId}`,
    }),
  );
}

async function amis(pages: Pages): Promise<Creation[]> {
  const own = { Owners: ["self"], IncludeDisabled: true, Filters: [TAGGED] };
  const found = await pages("ec2:DescribeImages", own);
  return created(
    found.flatMap(({ Images = [] }) => Images),
    ({ ImageId }) => ({
      what: `an AMI: ${ImageId}`,
      command: `aws ec2 deregister-image --image-id ${ImageId} --delete-associated-snapshots`,
    }),
  );
}

async function shares(pages: Pages): Promise<Creation[]> {
  const own = { resourceOwner: "SELF", resourceShareStatus: "ACTIVE" } as const;
  return (await pages("ram:GetResourceShares", own))
    .flatMap(({ resourceShares = [] }) => resourceShares)
    .filter(({ name }) => name?.startsWith(PROVE_PREFIX))
    .map(({ name, resourceShareArn, tags = [] }) => ({
      what: `a resource share: ${name}`,
      until: tags.find(({ key }) => key === PROVE_TAG)?.value,
      command: `aws ram delete-resource-share --resource-share-arn ${resourceShareArn}`,
    }));
}

interface InImageBuilder {
  readonly arn?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

function isOfProve({ arn }: InImageBuilder): boolean {
  return arn?.includes(`/${PROVE_PREFIX}`) === true;
}

async function builds(pages: Pages): Promise<Creation[]> {
  const images = (await pages("imagebuilder:ListImages", { owner: "Self" }))
    .flatMap(({ imageVersionList = [] }) => imageVersionList)
    .filter(isOfProve);
  const creations: Creation[] = [];
  for (const { arn: imageVersionArn } of images)
    for (const { imageSummaryList = [] } of await pages("imagebuilder:ListImageBuildVersions", {
      imageVersionArn,
    }))
      for (const { arn, tags, state } of imageSummaryList) {
        // Image Builder doesn't delete a build that is running.
        const hasEnded = FINAL_STATUSES.some((status) => status === state?.status);
        const operation = hasEnded ? "delete-image" : "cancel-image-creation";
        creations.push({
          what: `a build${hasEnded ? "" : " that is running"}: ${arn}`,
          until: tags?.[PROVE_TAG],
          command: `aws imagebuilder ${operation} --image-build-version-arn ${arn}`,
        });
      }
  return creations;
}

async function pipelines(pages: Pages): Promise<Creation[]> {
  return (await pages("imagebuilder:ListImagePipelines", {}))
    .flatMap(({ imagePipelineList = [] }) => imagePipelineList)
    .filter(isOfProve)
    .map(({ arn, tags }) => ({
      what: `a pipeline: ${arn}`,
      until: tags?.[PROVE_TAG],
      command: `aws imagebuilder delete-image-pipeline --image-pipeline-arn ${arn}`,
    }));
}

async function recipes(pages: Pages): Promise<Creation[]> {
  return (await pages("imagebuilder:ListImageRecipes", { owner: "Self" }))
    .flatMap(({ imageRecipeSummaryList = [] }) => imageRecipeSummaryList)
    .filter(isOfProve)
    .map(({ arn, tags }) => ({
      what: `a recipe: ${arn}`,
      until: tags?.[PROVE_TAG],
      command: `aws imagebuilder delete-image-recipe --image-recipe-arn ${arn}`,
    }));
}

/** Reports what a run may still use, without the commands that would destroy it. */
function inUse(creations: readonly Creation[]): Observation[] {
  if (creations.length === 0) return [];
  const until = creations
    .map((one) => one.until ?? "")
    .sort()
    .at(-1);
  const list = creations.map(({ what }) => what).join(", ");
  return [
    warning(
      `\`${PROGRAM} prove\` created this, and a run may use it until ${until}: ${list}`,
      `wait for the end of the run. If it was killed, run \`${factoryCommand("doctor")}\` again after this time, which then prints the commands that remove it`,
    ),
  ];
}

export const leftovers = check({
  id: "leftovers",
  title:
    "Nothing is left that `factory prove` created: instances, security groups, AMIs, builds, pipelines, recipes and shares",
  scope: "region",
  calls: CALLS,
  async run({ at: { region }, pages }) {
    const all = [];
    for (const find of [instances, securityGroups, amis, shares, builds, pipelines, recipes])
      all.push(...(await find(pages)));
    const now = Date.now();
    const isOver = ({ until }: Creation): boolean => isExpired(until, now);
    return [
      ...all
        .filter(isOver)
        .map(({ what, command }) =>
          warning(`\`${PROGRAM} prove\` left ${what}`, { run: `${command} --region ${region}` }),
        ),
      ...inUse(all.filter((one) => !isOver(one))),
    ];
  },
});
