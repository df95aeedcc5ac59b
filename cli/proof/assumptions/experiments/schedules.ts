/** Experiments about the builds that Image Builder's schedules start. */
import { UpdateImagePipelineCommand } from "@aws-sdk/client-imagebuilder";
import { imageArn } from "../../../../config/aws/arns";
import { MINUTE_MS } from "../../../../contract/time";
import {
  buildUsd,
  CANCELLED_BUILD_MINUTES,
  distribution,
  getBuild,
  goldenBuilds,
  infrastructure,
  listBuilds,
  type Started,
  Starts,
  USUAL_BUILD_MINUTES,
  undoBuild,
  waitForBuild,
} from "../builds";
import type { Experiment } from "../experiment";
import { createPipeline, createRecipe, parentArn, VERSION } from "../image-builder";
import { Inconclusive } from "../inconclusive";
import type { Lab } from "../lab";

/** Time between the creation of the schedules and their only start, in minutes. */
const SCHEDULED_MINUTES = 60;

/** Time after which a schedule has started a build, if it does, in minutes. */
const START_MINUTES = 30;

/** Time for which one schedule may start a build later than another, in minutes. */
const DIFFERENCE_MINUTES = 10;

/**
 * Returns the cron expression of a time that occurs once: a pipeline that is left starts nothing.
 */
function onceAt(time: number): string {
  const date = new Date(time);
  const fields = [
    date.getUTCMinutes(),
    date.getUTCHours(),
    date.getUTCDate(),
    date.getUTCMonth() + 1,
    "?",
    date.getUTCFullYear(),
  ];
  return `cron(${fields.join(" ")})`;
}

/** Creates a pipeline whose schedule starts a build once. */
async function createScheduled(
  lab: Lab,
  suffix: string,
  parentImage: string,
  condition: "EXPRESSION_MATCH_ONLY" | "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE",
  time: number,
): Promise<string> {
  const { owner } = lab;
  const parts = {
    imageRecipeArn: await createRecipe(lab, owner, suffix, { parentImage }),
    infrastructureConfigurationArn: await infrastructure(lab),
    distributionConfigurationArn: await distribution(lab),
  };
  const imagePipelineArn = await createPipeline(lab, owner, suffix, {
    ...parts,
    schedule: {
      scheduleExpression: onceAt(time),
      timezone: "Etc/UTC",
      pipelineExecutionStartCondition: condition,
    },
  });
  // The builds that the schedule may start.
  for (const number of [1, 2])
    undoBuild(lab, owner, imageArn(owner, lab.name(suffix), `${VERSION}/${number}`));
  // Before these builds are removed, so that it starts no others.
  lab.undo(
    `the schedule of ${imagePipelineArn}`,
    `aws imagebuilder delete-image-pipeline --image-pipeline-arn ${imagePipelineArn} --region ${owner.region}`,
    () =>
      owner.imageBuilder.send(
        new UpdateImagePipelineCommand({ imagePipelineArn, ...parts, status: "DISABLED" }),
      ),
  );
  return imagePipelineArn;
}

/**
 * Starts a build on the newest golden build, and a newer golden build. Returns the first one after
 * both have ended.
 */
async function buildWithUpdate(lab: Lab, pipeline: string, suffix: string): Promise<Started> {
  const { owner } = lab;
  const golden = await goldenBuilds(lab);
  const first = await new Starts(lab, owner, lab.name(suffix)).start(pipeline);
  const again = await createPipeline(lab, owner, "update", {
    imageRecipeArn: golden.recipe,
    infrastructureConfigurationArn: await infrastructure(lab),
    distributionConfigurationArn: await distribution(lab),
  });
  const newest = await golden.starts.start(again);
  await waitForBuild(lab, owner, first);
  await waitForBuild(lab, owner, newest);
  const parent = (await getBuild(owner, first.arn))?.imageRecipe?.parentImage;
  if (parent !== golden.newer.arn)
    throw new Inconclusive(`the parent of ${first.arn} is ${parent}, not ${golden.newer.arn}`);
  return first;
}

/** Waits for a build that a schedule starts, and registers how it is removed. */
async function findStarted(
  lab: Lab,
  pipeline: string,
  minutes: number,
  known?: string,
): Promise<string | undefined> {
  const build = await lab.pollOrGiveUp(`a build of ${pipeline}`, minutes, async () =>
    (await listBuilds(lab.owner, pipeline)).find((arn) => arn !== known),
  );
  if (build !== undefined) undoBuild(lab, lab.owner, build);
  return build;
}

export const dependencyUpdate: Experiment = {
  id: "dependency-update",
  question:
    "Is a new build of the same version of a parent a dependency update, for which a schedule starts a build?",
  assumed: "no",
  ifWrong: "Images with `onlyOnUpdates` are built more often.",
  needs: ["builds"],
  minutes: SCHEDULED_MINUTES + DIFFERENCE_MINUTES + CANCELLED_BUILD_MINUTES,
  usd: 2 * buildUsd(USUAL_BUILD_MINUTES) + buildUsd(CANCELLED_BUILD_MINUTES),
  async run(lab) {
    const { owner } = lab;
    const { image } = await goldenBuilds(lab);
    const time = lab.now + SCHEDULED_MINUTES * MINUTE_MS;
    const pipeline = await createScheduled(
      lab,
      "updated",
      imageArn(owner, image, "x.x.x"),
      "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE",
      time,
    );
    const control = await createScheduled(
      lab,
      "control",
      parentArn(owner),
      "EXPRESSION_MATCH_ONLY",
      time,
    );
    const first = await buildWithUpdate(lab, pipeline, "updated");
    if (lab.now >= time)
      throw new Inconclusive(`the builds took longer than ${SCHEDULED_MINUTES} minutes`);
    await lab.sleep((time - lab.now) / 1_000);
    const started = await findStarted(lab, control, START_MINUTES);
    if (started === undefined)
      throw new Inconclusive(`${onceAt(time)} started no build within ${START_MINUTES} minutes`);
    const found = await findStarted(lab, pipeline, DIFFERENCE_MINUTES, first.arn);
    return {
      answer: found === undefined ? "no" : "yes",
      evidence: [
        `after ${first.arn}, its parent got a newer build`,
        `without the condition, ${onceAt(time)} started ${started}`,
        `with the condition, it started ${found ?? `nothing within ${DIFFERENCE_MINUTES} minutes`}`,
      ],
    };
  },
};
