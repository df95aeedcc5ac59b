/** AMIs of builds, and of AWS-managed images. */
import {
  type Image as Ami,
  DescribeImagesCommand,
  type EC2Client,
  ModifyImageAttributeCommand,
} from "@aws-sdk/client-ec2";
import {
  paginateListImageScanFindings,
  paginateListImages,
  StartResourceStateUpdateCommand,
} from "@aws-sdk/client-imagebuilder";
import { awsManagedImageArn } from "../../../../config/aws/arns";
import { BASE_IMAGES } from "../../../../config/aws/base-images";
import { PROVE_TAG } from "../../leftovers";
import { DESCRIPTION, getBuild, goldenBuilds } from "../builds";
import type { Experiment } from "../experiment";
import { Inconclusive } from "../inconclusive";
import type { Lab } from "../lab";
import { createServiceRole } from "../roles";
import type { Site } from "../site";

async function describeAmi(ec2: EC2Client, id: string): Promise<Ami | undefined> {
  const { Images: [ami] = [] } = await ec2.send(
    new DescribeImagesCommand({ ImageIds: [id], IncludeDisabled: true, IncludeDeprecated: true }),
  );
  return ami;
}

export const copyTags: Experiment = {
  id: "copy-tags",
  question: "Which tags do copies of an AMI in another Region have?",
  assumed: "Ec2ImageBuilderArn, and the distribution's tags",
  ifWrong:
    "The updater isn't allowed to change the launch permission of copies, and the alarm `unreadable` fires.",
  needs: ["builds", "copy"],
  minutes: 1,
  async run(lab) {
    const { older } = await goldenBuilds(lab);
    const copy = older.amis.find(({ region }) => region === lab.copyRegion);
    if (copy === undefined) throw new Inconclusive(`${older.arn} has no AMI in ${lab.copyRegion}`);
    const { Tags = [] } = (await describeAmi(lab.owner.ec2In(copy.region), copy.id)) ?? {};
    const has = (key: string) => Tags.some(({ Key }) => Key === key);
    const found = [
      ...(has("Ec2ImageBuilderArn") ? ["Ec2ImageBuilderArn"] : []),
      ...(has(PROVE_TAG) ? ["the distribution's tags"] : []),
    ];
    // Values, and tags of the factory file, may name people.
    const keys = Tags.flatMap(({ Key = "" }) => (lab.isOfFactoryFile(Key) ? [] : Key)).sort();
    const others = Tags.length - keys.length;
    return {
      answer: found.length === 0 ? "none of both" : found.join(", and "),
      evidence: [
        `tags of ${copy.id} in ${copy.region}: ${keys.join(", ")}; of the factory file: ${others}`,
      ],
    };
  },
};

export const amiDescription: Experiment = {
  id: "ami-description",
  question:
    "Is the description of an AMI unchanged, and does EC2 reject 256 characters and characters outside ASCII?",
  assumed: "unchanged, rejects both",
  ifWrong: "The factory warns of descriptions that would work.",
  needs: ["builds"],
  minutes: 1,
  async run(lab) {
    const { ec2 } = lab.owner;
    const { older } = await goldenBuilds(lab);
    const description = (await describeAmi(ec2, older.ami))?.Description;
    const evidence = [`DescribeImages: ${description}`];
    const accepted: string[] = [];
    for (const [what, Value] of [
      ["256 characters", "x".repeat(256)],
      ["a character outside ASCII", "caf\u00e9"],
    ] as const) {
      const { answer, message } = await lab.attempt(() =>
        ec2.send(new ModifyImageAttributeCommand({ ImageId: older.ami, Description: { Value } })),
      );
      if (answer === "accepted") accepted.push(what);
      evidence.push(`ModifyImageAttribute with ${what}: ${message}`);
    }
    const state = description === DESCRIPTION ? "unchanged" : "changed";
    const rejects = accepted.length === 0 ? "rejects both" : `accepts ${accepted.join(", ")}`;
    return { answer: `${state}, ${rejects}`, evidence };
  },
};

function lifecycleRole(lab: Lab): Promise<string> {
  return createServiceRole(
    lab,
    lab.owner,
    "lifecycle",
    "service-role/EC2ImageBuilderLifecycleExecutionPolicy",
  );
}

/** Time that a change of a build's state may take, in minutes. */
const STATE_MINUTES = 15;

/** Sets the state of the newer build. Returns after how many seconds its AMI has it. */
async function setState(
  lab: Lab,
  status: "AVAILABLE" | "DISABLED",
): Promise<{ readonly seconds: number | undefined; readonly evidence: string }> {
  const { ec2, imageBuilder } = lab.owner;
  const { newer } = await goldenBuilds(lab);
  const executionRole = await lab.shared(lifecycleRole);
  await imageBuilder.send(
    new StartResourceStateUpdateCommand({
      resourceArn: newer.arn,
      state: { status },
      includeResources: { amis: true },
      executionRole,
    }),
  );
  const at = lab.now;
  const look = async (): Promise<true | undefined> =>
    (await describeAmi(ec2, newer.ami))?.State === status.toLowerCase() ? true : undefined;
  const found = await lab.pollOrGiveUp(`${newer.ami} to be ${status}`, STATE_MINUTES, look, 5);
  const seconds = found && Math.round((lab.now - at) / 1_000);
  const result =
    seconds === undefined
      ? `${newer.ami} isn't ${status} after ${STATE_MINUTES} minutes`
      : `${newer.ami} is ${status} after ${seconds} s`;
  return { seconds, evidence: `StartResourceStateUpdate of ${newer.arn}: ${result}` };
}

const IMMEDIATE_SECONDS = 60;

export const disabledBuild: Experiment = {
  id: "disabled-build",
  question: "Does StartResourceStateUpdate disable a build and its AMI within a minute?",
  assumed: "within a minute",
  ifWrong:
    "The AMIs of a revoked build are disabled later. The updater has removed their launch permissions by then.",
  needs: ["builds"],
  minutes: 2,
  async run(lab) {
    const { seconds, evidence } = await setState(lab, "DISABLED");
    const isImmediate = seconds !== undefined && seconds <= IMMEDIATE_SECONDS;
    return { answer: isImmediate ? "within a minute" : "later", evidence: [evidence] };
  },
};

export const enabledBuild: Experiment = {
  id: "enabled-build",
  question:
    "Does StartResourceStateUpdate with the state AVAILABLE also enable the AMIs of a disabled build?",
  assumed: "yes",
  ifWrong:
    "AMIs of a build whose revocation was withdrawn must be enabled with `aws ec2 enable-image`.",
  needs: ["builds"],
  minutes: 3,
  async run(lab) {
    const disabled = await setState(lab, "DISABLED");
    if (disabled.seconds === undefined) throw new Inconclusive(disabled.evidence);
    const { seconds, evidence } = await setState(lab, "AVAILABLE");
    return {
      answer: seconds === undefined ? "no" : "yes",
      evidence: [disabled.evidence, evidence],
    };
  },
};

/** Images whose root device is assumed. */
const ASSUMED_DEVICES = BASE_IMAGES.filter(({ name }) =>
  /^(macos-|red-hat-enterprise-linux-10-)/.test(name),
);

export const rootDevices: Experiment = {
  id: "root-devices",
  question: "What is the root device of Red Hat Enterprise Linux 10 and of macOS images?",
  assumed: "/dev/sda1",
  ifWrong: "The root volume isn't encrypted with the image key.",
  needs: [],
  minutes: 0,
  async run({ owner }) {
    const devices = new Set<string>();
    const evidence: string[] = [];
    for (const { name } of ASSUMED_DEVICES) {
      const image = await getBuild(owner, awsManagedImageArn(owner.region, name, "x.x.x"));
      const id = image?.outputResources?.amis?.find(({ region }) => region === owner.region)?.image;
      const ami = id === undefined ? undefined : await describeAmi(owner.ec2, id);
      evidence.push(`${name}: ${ami?.RootDeviceName ?? `not in ${owner.region}`}`);
      if (ami?.RootDeviceName !== undefined) devices.add(ami.RootDeviceName);
    }
    if (devices.size === 0) throw new Inconclusive(`${owner.region} has none of these images`);
    return { answer: [...devices].sort().join(", "), evidence };
  },
};

async function managedImagesOf({ imageBuilder }: Site): Promise<string[]> {
  const arns: string[] = [];
  const pages = paginateListImages({ client: imageBuilder }, { owner: "Amazon" });
  for await (const { imageVersionList = [] } of pages)
    arns.push(...imageVersionList.flatMap(({ arn }) => arn ?? []));
  return arns.sort();
}

export const managedImages: Experiment = {
  id: "managed-images",
  question: "Are AWS-managed images the same in both accounts?",
  assumed: "the same",
  ifWrong:
    "`factory doctor` reports an existing parent or component as missing, or doesn't report a missing one.",
  needs: ["consumer"],
  minutes: 1,
  async run({ owner, consumer }) {
    const lists = [await managedImagesOf(owner), await managedImagesOf(consumer)];
    const [first = [], second = []] = lists;
    const different = [
      ...first.filter((arn) => !second.includes(arn)),
      ...second.filter((arn) => !first.includes(arn)),
    ];
    return {
      answer: different.length === 0 ? "the same" : "different",
      evidence: [
        `ListImages: ${first.length} in ${owner.name}, ${second.length} in ${consumer.name}`,
        ...different.map((arn) => `only in one: ${arn}`),
      ],
    };
  },
};

/** Findings that are enough for an answer. */
const FINDINGS = 100;

export const findingTitles: Experiment = {
  id: "finding-titles",
  question: "Is the first word of a finding's title the vulnerability?",
  assumed: "yes",
  ifWrong: "Exceptions have no effect.",
  needs: [],
  minutes: 0,
  async run({ owner: { imageBuilder, region } }) {
    const others: string[] = [];
    let count = 0;
    const pages = paginateListImageScanFindings({ client: imageBuilder }, {});
    for await (const { findings = [] } of pages) {
      for (const { title = "", packageVulnerabilityDetails } of findings) {
        const id = packageVulnerabilityDetails?.vulnerabilityId;
        if (id === undefined) continue;
        count += 1;
        if (title.split(" ")[0] !== id) others.push(`${id}: ${title}`);
      }
      if (count >= FINDINGS) break;
    }
    if (count === 0)
      throw new Inconclusive(
        `Image Builder has no findings in ${region}: build an image with \`scan: true\` first`,
      );
    return {
      answer: others.length === 0 ? "yes" : "no",
      evidence: [`ListImageScanFindings: ${count} findings`, ...others.slice(0, 5)],
    };
  },
};
