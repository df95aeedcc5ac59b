/** Watermarks of AMIs. */
import {
  AttachImageWatermarkCommand,
  DescribeImagesCommand,
  DetachImageWatermarkCommand,
} from "@aws-sdk/client-ec2";
import { buildUsd, goldenBuilds, USUAL_BUILD_MINUTES, waitForBuild } from "../builds";
import type { Experiment } from "../experiment";
import type { Lab } from "../lab";
import { startable } from "./starts";

/** Attaches a watermark to an AMI of the owner. Returns its key. */
async function attach(lab: Lab, ImageId: string, suffix: string): Promise<string> {
  const { ec2, accountId, region } = lab.owner;
  const WatermarkName = lab.name(suffix);
  const key = `${accountId}:${WatermarkName}`;
  lab.undo(
    `the watermark ${key} of ${ImageId}`,
    `aws ec2 detach-image-watermark --image-id ${ImageId} --watermark-key ${key} --region ${region}`,
    () => ec2.send(new DetachImageWatermarkCommand({ ImageId, WatermarkKey: key })),
  );
  await ec2.send(new AttachImageWatermarkCommand({ ImageId, WatermarkName }));
  return key;
}

async function watermarksOf({ owner: { ec2 } }: Lab, id: string): Promise<string[]> {
  const { Images: [ami] = [] } = await ec2.send(new DescribeImagesCommand({ ImageIds: [id] }));
  return (ami?.ImageWatermarks ?? []).flatMap(({ WatermarkKey }) => WatermarkKey ?? []);
}

export const watermarkTwice: Experiment = {
  id: "watermark-twice",
  question: "What happens if a watermark is attached that an AMI has already?",
  assumed: "accepted, and it has the watermark once",
  ifWrong: "A second attempt to mark an AMI fails, and is reported.",
  needs: ["builds"],
  minutes: 0,
  async run(lab) {
    const { ami } = (await goldenBuilds(lab)).older;
    const key = await attach(lab, ami, "twice");
    const { answer, message } = await lab.attempt(() => attach(lab, ami, "twice"));
    const count = (await watermarksOf(lab, ami)).filter((one) => one === key).length;
    return {
      answer:
        count === 1 ? `${answer}, and it has the watermark once` : `${answer}, ${count} times`,
      evidence: [`AttachImageWatermark of ${key}, again: ${message}`],
    };
  },
};

/** Watermarks that an AMI can have. */
const LIMIT = 5;

export const watermarkLimit: Experiment = {
  id: "watermark-limit",
  question: "What does EC2 answer to a sixth watermark?",
  assumed: "rejected with ImageWatermarkLimitExceeded",
  ifWrong: "No effect. Every error is reported in the same way.",
  needs: ["builds"],
  minutes: 0,
  async run(lab) {
    const { ami } = (await goldenBuilds(lab)).older;
    for (let count = 1; count <= LIMIT; count += 1) await attach(lab, ami, `limit-${count}`);
    const { answer, message } = await lab.attempt(() => attach(lab, ami, "limit"));
    return { answer, evidence: [`AttachImageWatermark of a sixth to ${ami}: ${message}`] };
  },
};

export const watermarkInherited: Experiment = {
  id: "watermark-inherited",
  question: "Does the AMI that Image Builder creates inherit the watermarks of the parent's AMI?",
  assumed: "yes",
  ifWrong:
    "`factory fleet` can't assign instances of app images to golden builds, unless it can read the builds of the app account.",
  needs: ["builds"],
  minutes: USUAL_BUILD_MINUTES,
  usd: buildUsd(USUAL_BUILD_MINUTES),
  async run(lab) {
    const { older } = await goldenBuilds(lab);
    const key = await attach(lab, older.ami, "inherited");
    const { pipeline, starts } = await startable(lab, "inherited", older.arn);
    const child = await waitForBuild(lab, lab.owner, await starts.start(pipeline));
    const found = await watermarksOf(lab, child.ami);
    return {
      answer: found.includes(key) ? "yes" : "no",
      evidence: [
        `${older.ami} of the parent has ${key}`,
        `${child.ami} of the build has ${found.join(", ") || "none"}`,
      ],
    };
  },
};
