/** Starts of builds, and what Image Builder shows of them. Most builds are cancelled at once. */
import {
  DeleteImageCommand,
  paginateListImagePackages,
  TagResourceCommand,
} from "@aws-sdk/client-imagebuilder";
import { imageArn } from "../../../../config/aws/arns";
import { MINUTE_MS } from "../../../../contract/time";
import {
  buildUsd,
  CANCELLED_BUILD_MINUTES,
  cancelBuild,
  deleteBuild,
  distribution,
  getBuild,
  goldenBuilds,
  infrastructure,
  listBuilds,
  type Started,
  Starts,
} from "../builds";
import type { Experiment } from "../experiment";
import { createPipeline, createRecipe } from "../image-builder";
import { Inconclusive } from "../inconclusive";
import type { Lab } from "../lab";

/** A pipeline of the owner whose builds can be started. */
export interface Startable {
  readonly pipeline: string;
  readonly starts: Starts;
}

export async function startable(
  lab: Lab,
  suffix: string,
  parentImage?: string,
): Promise<Startable> {
  const { owner } = lab;
  const pipeline = await createPipeline(lab, owner, suffix, {
    imageRecipeArn: await createRecipe(
      lab,
      owner,
      suffix,
      parentImage === undefined ? {} : { parentImage },
    ),
    infrastructureConfigurationArn: await infrastructure(lab),
    distributionConfigurationArn: await distribution(lab),
  });
  return { pipeline, starts: new Starts(lab, owner, lab.name(suffix)) };
}

async function isListed({ owner }: Lab, pipeline: string, arn: string): Promise<true | undefined> {
  return (await listBuilds(owner, pipeline)).includes(arn) || undefined;
}

/** Time that a list may take, and for which an experiment waits, in minutes. */
const LIST_MINUTES = 10;
const LONG_LIST_MINUTES = 20;

export const clientToken: Experiment = {
  id: "client-token",
  question:
    "Does StartImagePipelineExecution with a known client token return the same build until lists show it?",
  assumed: "the same build",
  ifWrong: "Two runs at once can start two builds.",
  needs: [],
  minutes: 5,
  usd: buildUsd(CANCELLED_BUILD_MINUTES),
  async run(lab) {
    const { pipeline, starts } = await startable(lab, "token");
    const token = `${lab.id}-token`;
    const first = await starts.start(pipeline, token);
    const second = await starts.start(pipeline, token);
    await lab.poll("the list of builds", LONG_LIST_MINUTES, () =>
      isListed(lab, pipeline, first.arn),
    );
    const third = await starts.start(pipeline, token);
    const isSame = second.arn === first.arn && third.arn === first.arn;
    return {
      answer: isSame ? "the same build" : "another build",
      evidence: [
        `first start: ${first.arn}`,
        `at once: ${second.arn}`,
        `after the list shows it: ${third.arn}`,
      ],
    };
  },
};

export const deletedToken: Experiment = {
  id: "client-token-deleted",
  question:
    "Does StartImagePipelineExecution with the client token of a deleted build return that build?",
  assumed: "the deleted build",
  ifWrong:
    "After a failed build was deleted, the next run starts a build, instead of reporting a failure.",
  needs: [],
  minutes: 5,
  usd: buildUsd(CANCELLED_BUILD_MINUTES),
  async run(lab) {
    const { owner } = lab;
    const { pipeline, starts } = await startable(lab, "deleted-token");
    const token = `${lab.id}-deleted`;
    const first = await starts.start(pipeline, token);
    await cancelBuild(lab, owner, first.arn);
    await owner.imageBuilder.send(new DeleteImageCommand({ imageBuildVersionArn: first.arn }));
    let second = "";
    const { answer, message } = await lab.attempt(async () => {
      second = (await starts.start(pipeline, token)).arn;
    });
    const build = second === first.arn ? "the deleted build" : "another build";
    return {
      answer: answer === "accepted" ? build : answer,
      evidence: [`deleted: ${first.arn}`, `same token: ${second || message}`],
    };
  },
};

export const listLag: Experiment = {
  id: "list-lag",
  question: "Do lists show a build at most 10 minutes after it was started?",
  assumed: "within 10 minutes",
  ifWrong: "After a change of a pipeline, a second build can start.",
  needs: [],
  minutes: 5,
  usd: buildUsd(CANCELLED_BUILD_MINUTES),
  async run(lab) {
    const { pipeline, starts } = await startable(lab, "list");
    const { arn, at } = await starts.start(pipeline);
    const listed = await lab.pollOrGiveUp("the list of builds", LONG_LIST_MINUTES, () =>
      isListed(lab, pipeline, arn),
    );
    const seconds = Math.round((lab.now - at) / 1_000);
    const isInTime = listed === true && seconds <= LIST_MINUTES * 60;
    return {
      answer: isInTime ? "within 10 minutes" : "later",
      evidence: [
        listed === true
          ? `ListImagePipelineImages shows ${arn} after ${seconds} s`
          : `ListImagePipelineImages doesn't show ${arn} within ${LONG_LIST_MINUTES} minutes`,
      ],
    };
  },
};

export const buildNumbers: Experiment = {
  id: "build-numbers",
  question: "Are the builds of an image version numbered without gaps?",
  assumed: "1, 2",
  ifWrong: "While lists lag, a second build can start.",
  needs: [],
  minutes: 10,
  usd: 2 * buildUsd(CANCELLED_BUILD_MINUTES),
  async run(lab) {
    const { pipeline, starts } = await startable(lab, "numbers");
    const started: Started[] = [];
    for (let count = 0; count < 2; count += 1) {
      const one = await starts.start(pipeline);
      started.push(one);
      await cancelBuild(lab, lab.owner, one.arn);
    }
    return {
      answer: started.map(({ arn }) => arn.split("/").at(-1)).join(", "),
      evidence: started.map(({ arn }) => `StartImagePipelineExecution: ${arn}`),
    };
  },
};

export const buildReuse: Experiment = {
  id: "build-reuse",
  question: "Does Image Builder give the ARN of a deleted build a second time?",
  assumed: "no",
  ifWrong: "A statement could be about another AMI or build.",
  needs: [],
  minutes: 10,
  usd: 2 * buildUsd(CANCELLED_BUILD_MINUTES),
  async run(lab) {
    const { pipeline, starts } = await startable(lab, "reuse");
    const first = await starts.start(pipeline);
    await cancelBuild(lab, lab.owner, first.arn);
    await lab.owner.imageBuilder.send(new DeleteImageCommand({ imageBuildVersionArn: first.arn }));
    const second = await starts.start(pipeline);
    return {
      answer: second.arn === first.arn ? "yes" : "no",
      evidence: [`deleted: ${first.arn}`, `next: ${second.arn}`],
    };
  },
};

/** Age of an answer of GetImage that the factory accepts, in seconds. */
const MAX_AGE_SECONDS = 30;
const SAMPLES = 3;
const TAG_MINUTES = 5;

export const imageLag: Experiment = {
  id: "image-lag",
  question: "Are answers of GetImage at most 30 seconds old?",
  assumed: "at most 30 seconds",
  ifWrong: "A revocation takes effect at the next scheduled run.",
  needs: [],
  minutes: 3,
  usd: buildUsd(CANCELLED_BUILD_MINUTES),
  async run(lab) {
    const { owner } = lab;
    const { pipeline, starts } = await startable(lab, "lag");
    const { arn } = await starts.start(pipeline);
    const evidence: string[] = [];
    let isOlder = false;
    for (let sample = 1; sample <= SAMPLES && !isOlder; sample += 1) {
      const key = `${lab.name("lag")}-${sample}`;
      await owner.imageBuilder.send(
        new TagResourceCommand({ resourceArn: arn, tags: { [key]: "" } }),
      );
      const at = lab.now;
      const look = async (): Promise<true | undefined> =>
        key in ((await getBuild(owner, arn))?.tags ?? {}) ? true : undefined;
      const found = await lab.pollOrGiveUp("a tag of a build", TAG_MINUTES, look, 1);
      const seconds = (lab.now - at) / 1_000;
      isOlder = !found || seconds > MAX_AGE_SECONDS;
      evidence.push(
        found
          ? `GetImage shows a new tag after ${seconds.toFixed(1)} s`
          : `GetImage doesn't show a new tag within ${TAG_MINUTES} minutes`,
      );
    }
    return { answer: isOlder ? "older" : "at most 30 seconds", evidence };
  },
};

/** Part of a build's time up to which its date counts as that of the start. */
const START_PART = 0.25;

export const buildDate: Experiment = {
  id: "build-date",
  question: "Is the creation date of a build the time at which it was started?",
  assumed: "the time of the start",
  ifWrong: "Failed builds are repeated earlier or later.",
  needs: ["builds"],
  minutes: 0,
  async run(lab) {
    const { older } = await goldenBuilds(lab);
    const { createdAt, startedAt, endedAt } = older;
    const isStart = createdAt - startedAt < (endedAt - startedAt) * START_PART;
    const iso = (time: number) => new Date(time).toISOString();
    return {
      answer: isStart ? "the time of the start" : "another time",
      evidence: [
        `started ${iso(startedAt)}, dateCreated ${iso(createdAt)}, AVAILABLE ${iso(endedAt)}`,
      ],
    };
  },
};

/** Time that the recorder waits for the list of packages, in minutes. */
const PACKAGES_MINUTES = 120;

export const packageList: Experiment = {
  id: "package-list",
  question: "Does Image Builder list the packages of a build two hours after it is AVAILABLE?",
  assumed: "within two hours",
  ifWrong: "The statement about the build names no package list, and an alarm is raised.",
  needs: ["builds"],
  minutes: 1,
  async run(lab) {
    const { older } = await goldenBuilds(lab);
    const { imageBuilder } = lab.owner;
    const look = async (): Promise<number | undefined> => {
      let packages = 0;
      const input = { imageBuildVersionArn: older.arn };
      for await (const { imagePackageList = [] } of paginateListImagePackages(
        { client: imageBuilder },
        input,
      ))
        packages += imagePackageList.length;
      return packages > 0 ? packages : undefined;
    };
    const count = await lab.pollOrGiveUp("the list of packages", PACKAGES_MINUTES, look, 60);
    const minutes = Math.round((lab.now - older.endedAt) / MINUTE_MS);
    return {
      answer: count === undefined ? "later" : "within two hours",
      evidence: [
        `ListImagePackages: ${count ?? 0} packages, ${minutes} minutes after ${older.arn} was AVAILABLE`,
      ],
    };
  },
};

interface ChildBuild {
  readonly arn: string;
  /** The parent that GetImage names. @default - none */
  readonly parent: string | undefined;
  /** Status of the build when GetImage named it. */
  readonly status: string;
  /** The build that the parent's wildcard resolved to at the start. */
  readonly resolved: string;
}

/** Starts a build on the wildcard of a golden image, looks at its parent, and cancels it. */
async function childBuild(lab: Lab): Promise<ChildBuild> {
  const { owner } = lab;
  const { image } = await goldenBuilds(lab);
  const wildcard = imageArn(owner, image, "x.x.x");
  const { pipeline, starts } = await startable(lab, "child", wildcard);
  const resolved = (await getBuild(owner, wildcard))?.arn;
  if (resolved === undefined) throw new Inconclusive(`GetImage doesn't find ${wildcard}`);
  const { arn } = await starts.start(pipeline);
  const found = await lab.pollOrGiveUp("the parent of a build", 5, async () => {
    const child = await getBuild(owner, arn);
    const parent = child?.imageRecipe?.parentImage;
    return parent !== undefined && /\/\d+$/.test(parent)
      ? { parent, status: child?.state?.status ?? "" }
      : undefined;
  });
  await deleteBuild(lab, owner, arn);
  return { arn, parent: found?.parent, status: found?.status ?? "", resolved };
}

export const wildcardParent: Experiment = {
  id: "wildcard-parent",
  question:
    "Does GetImage with the wildcard of a recipe return the build that the next build of the recipe uses?",
  assumed: "the same build",
  ifWrong:
    "Builds that use another build of the parent count as failed tries. The alarm for failing images fires.",
  needs: ["builds", "child"],
  minutes: 0,
  async run(lab) {
    const { arn, parent, resolved } = await lab.shared(childBuild);
    if (parent === undefined) throw new Inconclusive(`GetImage names no parent build of ${arn}`);
    return {
      answer: parent === resolved ? "the same build" : "another build",
      evidence: [`GetImage of the wildcard: ${resolved}`, `parent of ${arn}: ${parent}`],
    };
  },
};

export const runningParent: Experiment = {
  id: "running-parent",
  question:
    "For a build that hasn't ended, does GetImage name the build of the parent that it uses?",
  assumed: "yes",
  ifWrong:
    "The tag `golden-image:parent` counts. A build that Image Builder's schedule started is followed by another one.",
  needs: ["builds", "child"],
  minutes: 0,
  async run(lab) {
    const { arn, parent, status } = await lab.shared(childBuild);
    const isRunning = parent !== undefined && !/^(AVAILABLE|FAILED|CANCELLED)$/.test(status);
    return {
      answer: isRunning ? "yes" : "no",
      evidence: [`GetImage of ${arn}: ${parent ?? "no parent"}${status && `, ${status}`}`],
    };
  },
};
