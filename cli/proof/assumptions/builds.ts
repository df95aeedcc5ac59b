/** Builds that experiments start. */
import { DeregisterImageCommand } from "@aws-sdk/client-ec2";
import {
  CancelImageCreationCommand,
  DeleteImageCommand,
  GetImageCommand,
  type Image,
  paginateListImagePipelineImages,
  StartImagePipelineExecutionCommand,
} from "@aws-sdk/client-imagebuilder";
import { imageArn } from "../../../config/aws/arns";
import { costOf, EBS_PRICES, hourlyPrice, TRANSFER_PRICE } from "../../../config/aws/prices";
import {
  createDistribution,
  createInfrastructure,
  createPipeline,
  createRecipe,
  INSTANCE_TYPE,
  VERSION,
} from "./image-builder";
import { Inconclusive } from "./inconclusive";
import type { Lab } from "./lab";
import type { Site } from "./site";

/** Statuses in which a build has ended. */
const ENDED = /^(AVAILABLE|FAILED|CANCELLED|DEPRECATED|DISABLED|DELETED)$/;

/** Time limits, in minutes. */
const CANCELLATION_MINUTES = 20;
const BUILD_MINUTES = 90;

/** Usual time of a build without tests, in minutes. */
export const USUAL_BUILD_MINUTES = 25;

/** Usual time until a build that is cancelled at once has ended, in minutes. */
export const CANCELLED_BUILD_MINUTES = 5;

export const DESCRIPTION = "Made by factory prove --assumptions (safe to delete)";

const VOLUME_GIB = 8;
/** Size of a snapshot: EBS stores only blocks that were written. */
const SNAPSHOT_GIB = 2;
const MONTH_HOURS = 730;

/** Returns what a build instance and its volume cost, in USD. */
export function buildUsd(minutes: number): number {
  const instance = costOf(hourlyPrice(INSTANCE_TYPE, "Linux") ?? 0, minutes * 60);
  return instance + (EBS_PRICES.gp3 * VOLUME_GIB * minutes) / 60 / MONTH_HOURS;
}

/** Returns what {@link goldenBuilds} cost, with snapshots for two hours, in USD. */
export function goldenBuildsUsd(isCopied: boolean): number {
  const copies = isCopied ? 2 : 1;
  const snapshots = (EBS_PRICES.snapshot * SNAPSHOT_GIB * copies * 2) / MONTH_HOURS;
  const transfer = isCopied ? TRANSFER_PRICE * SNAPSHOT_GIB : 0;
  return 2 * (buildUsd(USUAL_BUILD_MINUTES) + snapshots + transfer);
}

/** Two AVAILABLE builds of an image in the owner's account. */
export interface GoldenBuilds {
  readonly recipe: string;
  /** Starts further builds of the recipe. */
  readonly starts: Starts;
  readonly pipelines: readonly string[];
  /** Name of the image. */
  readonly image: string;
  readonly older: GoldenBuild;
  readonly newer: GoldenBuild;
}

export interface GoldenBuild {
  readonly arn: string;
  /** In the Region of the build. */
  readonly ami: string;
  readonly amis: readonly { readonly region: string; readonly id: string }[];
  readonly createdAt: number;
  /** When it was started, and when it was AVAILABLE, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * Returns the builds that several experiments use. The first call builds them, at the same time.
 */
export function goldenBuilds(lab: Lab): Promise<GoldenBuilds> {
  return lab.shared(prepare);
}

async function prepare(lab: Lab): Promise<GoldenBuilds> {
  const { owner } = lab;
  const image = lab.name(GOLDEN);
  const imageRecipeArn = await createRecipe(lab, owner, GOLDEN);
  const infrastructureConfigurationArn = await infrastructure(lab);
  const regions = [owner.region, ...(lab.copyRegion === undefined ? [] : [lab.copyRegion])];
  const distributionConfigurationArn = await createDistribution(lab, owner, GOLDEN, {
    regions,
    description: DESCRIPTION,
  });
  const starts = new Starts(lab, owner, image);
  const settings = { imageRecipeArn, infrastructureConfigurationArn, distributionConfigurationArn };
  // Two pipelines, because one may reject a start while it builds.
  const pipelines = [];
  const started = [];
  for (const suffix of [GOLDEN, `${GOLDEN}-again`]) {
    const pipeline = await createPipeline(lab, owner, suffix, settings);
    pipelines.push(pipeline);
    started.push(await starts.start(pipeline));
  }
  const ended = [];
  for (const one of started) ended.push(await waitForBuild(lab, owner, one));
  const [older, newer] = ended.sort((one, other) => one.arn.localeCompare(other.arn));
  if (older === undefined || newer === undefined) throw new Error("two builds were started");
  return { recipe: imageRecipeArn, starts, pipelines, image, older, newer };
}

const GOLDEN = "golden";

/** Returns the settings of build instances in the owner's account. The first call creates them. */
export function infrastructure(lab: Lab): Promise<string> {
  return lab.shared(prepareInfrastructure);
}

/** Returns the settings of AMIs in the owner's account. The first call creates them. */
export function distribution(lab: Lab): Promise<string> {
  return lab.shared(prepareDistribution);
}

function prepareDistribution(lab: Lab): Promise<string> {
  return createDistribution(lab, lab.owner, "build");
}

function prepareInfrastructure(lab: Lab): Promise<string> {
  return createInfrastructure(lab, lab.owner, "build");
}

export interface Started {
  readonly arn: string;
  readonly at: number;
}

/** Starts builds of a recipe, and removes them. */
export class Starts {
  private count = 0;

  /**
   * @param image the name of the recipe
   */
  constructor(
    private readonly lab: Lab,
    private readonly site: Site,
    private readonly image: string,
  ) {}

  /** Starts a build. Must be called before or after all other starts have returned. */
  async start(imagePipelineArn: string, clientToken?: string): Promise<Started> {
    const { lab, site } = this;
    this.count += 1;
    // Builds are numbered from 1. If this one gets another number, its ARN is registered below.
    const expected = imageArn(site, this.image, `${VERSION}/${this.count}`);
    undoBuild(lab, site, expected);
    const at = lab.now;
    const { imageBuildVersionArn: arn = "" } = await site.imageBuilder.send(
      new StartImagePipelineExecutionCommand({
        imagePipelineArn,
        tags: lab.tags,
        ...(clientToken !== undefined && { clientToken }),
      }),
    );
    if (arn !== expected) undoBuild(lab, site, arn);
    return { arn, at };
  }
}

/** Returns a build; `undefined` if the account doesn't see it. */
export async function getBuild(
  { imageBuilder }: Site,
  imageBuildVersionArn: string,
): Promise<Image | undefined> {
  try {
    return (await imageBuilder.send(new GetImageCommand({ imageBuildVersionArn }))).image;
  } catch (error) {
    if ((error as Error).name === "ResourceNotFoundException") return undefined;
    throw error;
  }
}

/** Returns the ARNs of the builds that are listed for a pipeline. */
export async function listBuilds(
  { imageBuilder }: Site,
  imagePipelineArn: string,
): Promise<string[]> {
  const builds: string[] = [];
  const pages = paginateListImagePipelineImages({ client: imageBuilder }, { imagePipelineArn });
  for await (const { imageSummaryList = [] } of pages)
    builds.push(...imageSummaryList.flatMap(({ arn }) => arn ?? []));
  return builds;
}

/** Cancels a build that is running, and waits until it has ended. */
export async function cancelBuild(lab: Lab, site: Site, arn: string): Promise<void> {
  const status = (await getBuild(site, arn))?.state?.status ?? "DELETED";
  if (ENDED.test(status)) return;
  await site.imageBuilder
    .send(new CancelImageCreationCommand({ imageBuildVersionArn: arn }))
    // It may have ended in the meantime.
    .catch((error: Error) => {
      if (error.name !== "InvalidRequestException") throw error;
    });
  await lab.poll(`${arn} to be cancelled`, CANCELLATION_MINUTES, async () => {
    const image = await getBuild(site, arn);
    return image === undefined || ENDED.test(image.state?.status ?? "") ? true : undefined;
  });
}

/** Removes a build with its AMIs and their snapshots. */
export async function deleteBuild(lab: Lab, site: Site, arn: string): Promise<void> {
  await cancelBuild(lab, site, arn);
  const image = await getBuild(site, arn);
  if (image === undefined) return;
  for (const { region, image: ImageId } of image.outputResources?.amis ?? [])
    await site
      .ec2In(region ?? site.region)
      .send(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true }))
      .catch((error: Error) => {
        if (!error.name.startsWith("InvalidAMIID.")) throw error;
      });
  await site.imageBuilder.send(new DeleteImageCommand({ imageBuildVersionArn: arn }));
}

/** Registers how a build is removed, with its AMIs. */
export function undoBuild(lab: Lab, site: Site, arn: string): void {
  lab.undo(
    `the build ${arn} with its AMIs`,
    `aws imagebuilder delete-image --image-build-version-arn ${arn} --region ${site.region}`,
    () => deleteBuild(lab, site, arn),
  );
}

export async function waitForBuild(
  lab: Lab,
  site: Site,
  { arn, at }: Started,
): Promise<GoldenBuild> {
  const image = await lab.poll(`the build ${arn}`, BUILD_MINUTES, async () => {
    const found = await getBuild(site, arn);
    return ENDED.test(found?.state?.status ?? "") ? found : undefined;
  });
  if (image.state?.status !== "AVAILABLE")
    throw new Inconclusive(
      `the build ${arn} ended as ${image.state?.status}: ${image.state?.reason ?? "no reason"}`,
    );
  const amis = (image.outputResources?.amis ?? []).flatMap(({ region, image: id }) =>
    region && id ? [{ region, id }] : [],
  );
  const ami = amis.find(({ region }) => region === site.region)?.id;
  if (ami === undefined) throw new Inconclusive(`the build ${arn} has no AMI in ${site.region}`);
  return {
    arn,
    ami,
    amis,
    createdAt: Date.parse(image.dateCreated ?? ""),
    startedAt: at,
    endedAt: lab.now,
  };
}
