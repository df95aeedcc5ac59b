/** The permissions of the recorders, and the accounts and Regions that have one. */
import { deepStrictEqual, ok } from "node:assert";
import { buildablesOf, type Container, type Image } from "../../../../config/model";
import { parseRecorderManifest, recorderManifestKey } from "../../../../contract/recorder";
import type { Resource } from "../../../iam/resolved-stacks";
import { EMPTY_POLICY, type PolicyFixture } from "../../policy-fixture";
import {
  DIGEST,
  functionsOf,
  hasRecorder,
  manifestText,
  type Proof,
  type RecorderTasks,
  sorted,
  topicsOf,
} from "../support";
import {
  checkLogsAndBuckets,
  checkQueues,
  functionRole,
  MAX_NAMED_IMAGES,
  neededActions,
  ofBuild,
} from "./function-role";
import { type Actions, buildablesFor, checkKeys, checkNothing } from "./support";

/** The tasks for which the recorder needs actions. It needs all others always. */
const TASKS_OF_ACTIONS: Readonly<Record<string, readonly (keyof RecorderTasks)[]>> = {
  "ec2:AttachImageWatermark": ["watermarks"],
  "ec2:DetachImageWatermark": ["watermarks"],
  "ec2:GetImageFindings": ["notes"],
  "imagebuilder:ListImagePackages": ["evidence", "notes"],
  "imagebuilder:ListWorkflowExecutions": ["notes"],
  "imagebuilder:ListWorkflowStepExecutions": ["notes"],
  "kms:GetPublicKey": ["evidence"],
  "kms:Sign": ["evidence"],
  "logs:GetLogEvents": ["notes"],
  "ram:GetResourceShareAssociations": ["notes"],
  "s3:PutObject": ["evidence", "notes"],
  "sns:Publish": ["notes"],
};

function isNeeded(
  action: string,
  factory: RecorderTasks,
  images: readonly (Image | Container)[],
): boolean {
  if (action === "ecr:DescribeImages") return factory.evidence && images.some(isContainer);
  return TASKS_OF_ACTIONS[action]?.some((task) => Boolean(factory[task])) ?? true;
}

function checkRecorderImages(
  { account, region }: Resource,
  { evidence, notes }: RecorderTasks,
  images: readonly (Image | Container)[],
  actions: Actions,
): void {
  const build = (name: string): string =>
    `arn:aws:imagebuilder:${region}:${account}:image/${name}/1.0.0/1`;
  const read = [
    "GetImage",
    ...(evidence || notes ? ["ListImagePackages"] : []),
    ...(notes ? ["ListWorkflowExecutions"] : []),
  ];
  for (const { name } of images)
    deepStrictEqual(actions("imagebuilder", build(name)), read, build(name));
  const execution = `arn:aws:imagebuilder:${region}:${account}:workflow-execution/wf-1`;
  const readExecution = notes ? ["ListWorkflowStepExecutions"] : [];
  deepStrictEqual(actions("imagebuilder", execution), readExecution);
  deepStrictEqual(actions("imagebuilder", execution.replace(account, "888888888888")), []);
  const namesAll = actions("imagebuilder", build("not-ours")).length > 0;
  ok(!namesAll || images.length > MAX_NAMED_IMAGES, "the policy must name images");
  const [first] = images;
  ok(first, "a Region with a recorder must have images");
  for (const [from, to] of [
    [account, "888888888888"],
    [region, "sa-east-1"],
    ["image/", "component/"],
  ] as const)
    deepStrictEqual(actions("imagebuilder", build(first.name).replace(from, to)), [], to);
}

/** It reads AMIs and findings, and changes watermarks of the factory's AMIs only. */
function checkRecorderAmis(
  { account, region }: Resource,
  { notes, watermarks }: RecorderTasks,
  actions: Actions,
): void {
  const read = ["DescribeImages", ...(notes ? ["GetImageFindings"] : [])];
  const mark = watermarks ? ["AttachImageWatermark", "DetachImageWatermark"] : [];
  const build = `arn:aws:imagebuilder:${region}:${account}:image/base/1.0.0/1`;
  const image = { "aws:ResourceTag/golden-image:image": "base" };
  for (const place of [region, "sa-east-1"]) {
    const ami = `arn:aws:ec2:${place}::image/ami-1`;
    deepStrictEqual(actions("ec2", ami, { ...image, ...ofBuild(build) }), sorted(read, mark));
    for (const tags of [
      {},
      image,
      ofBuild(build),
      { ...image, ...ofBuild(build.replace(account, "888888888888")) },
      { ...image, ...ofBuild(build.replace(region, "ap-east-1")) },
    ])
      deepStrictEqual(actions("ec2", ami, tags), read, JSON.stringify(tags));
  }
  for (const resource of ["*", `arn:aws:ec2:${region}:${account}:instance/i-1`])
    deepStrictEqual(actions("ec2", resource, { ...image, ...ofBuild(build) }), read, resource);
}

function isContainer({ kind }: Image | Container): boolean {
  return kind === "container";
}

/** It reads the digests of the images in the repositories of its containers, and pulls none. */
function checkRecorderContainers(
  { account, region }: Resource,
  { evidence }: RecorderTasks,
  images: readonly (Image | Container)[],
  actions: Actions,
): void {
  const repository = (name: string): string =>
    `arn:aws:ecr:${region}:${account}:repository/golden-image-factory/${name}`;
  const isTooMany = images.length > MAX_NAMED_IMAGES / 2;
  for (const image of images) {
    const read = evidence && isContainer(image) ? ["DescribeImages"] : [];
    if (isContainer(image) || !isTooMany)
      deepStrictEqual(actions("ecr", repository(image.name)), read, image.name);
  }
  const own = repository(images.find(isContainer)?.name ?? "base");
  for (const [from, to] of [
    [account, "888888888888"],
    [region, "sa-east-1"],
    ["golden-image-factory/", "other/"],
  ] as const)
    deepStrictEqual(actions("ecr", own.replace(from, to)), [], to);
}

/** It publishes to its topic, records messages, and reads logs of builds. */
function checkRecorderNotes(
  { stacks }: PolicyFixture,
  { account, region, stack }: Resource,
  { notes }: RecorderTasks,
  actions: Actions,
): void {
  const own = topicsOf(stacks, "notes", stack);
  for (const topic of stacks.resourcesOf("aws_sns_topic")) {
    const arn = stacks.arnOf(topic);
    deepStrictEqual(actions("sns", arn), own.includes(topic) ? ["Publish"] : [], arn);
  }
  deepStrictEqual(actions("ram", "*"), notes ? ["GetResourceShareAssociations"] : []);
  const stream = (group: string, at = account): string =>
    `arn:aws:logs:${region}:${at}:log-group:${group}:log-stream:1.0.0/1`;
  const read = notes ? ["GetLogEvents"] : [];
  deepStrictEqual(actions("logs", stream("/aws/imagebuilder/base")), read);
  deepStrictEqual(actions("logs", stream("/aws/imagebuilder/base", "888888888888")), []);
}

export const RECORDER: Proof = {
  name: "the recorder can read the builds of the shared account, sign with its key, write evidence, publish release notes, mark AMIs and do nothing else, each only if the factory does it, and exists exactly if it has something to do",
  check: (fixture) => {
    const { stacks, factory } = fixture;
    const recorders = functionsOf(stacks, "recorder");
    const regionsOf = factory.shared.regions.filter(({ name }) =>
      buildablesOf(factory.shared).some(({ regions }) => regions.includes(name)),
    );
    deepStrictEqual(
      recorders.map(({ account, region }) => `${account} ${region}`).sort(),
      hasRecorder(factory)
        ? regionsOf.map(({ name }) => `${factory.shared.id} ${name}`).sort()
        : [],
    );
    for (const lambda of recorders) {
      const { account, stack } = lambda;
      const { role, by, actions, named } = functionRole(fixture, lambda);
      const images = buildablesFor(fixture, role);
      checkRecorderImages(lambda, factory, images, actions);
      checkRecorderAmis(lambda, factory, actions);
      // The repository's policy lets its audience pull, to which the account itself may belong.
      checkRecorderContainers(lambda, factory, images, (service, resource) =>
        fixture.allowedBy(EMPTY_POLICY, service, by, resource, account),
      );
      checkRecorderNotes(fixture, lambda, factory, actions);
      checkQueues(fixture, lambda, "recorder", actions);
      checkLogsAndBuckets(fixture, lambda, "recorder", actions);
      checkKeys(fixture, role, actions);
      for (const key of fixture.keys("signing")) {
        const own = key.stack === stack;
        const arn = stacks.arnOf(key);
        deepStrictEqual(actions("kms", arn, DIGEST), own ? ["GetPublicKey", "Sign"] : [], arn);
        deepStrictEqual(actions("kms", arn), own ? ["GetPublicKey"] : [], arn);
      }
      checkNothing(actions, "lambda", "iam", "sts");
      deepStrictEqual(
        named,
        // The code signs the request for log events without a client of the SDK.
        neededActions("recorder", "logs:GetLogEvents").filter((action) =>
          isNeeded(action, factory, images),
        ),
      );

      const text = manifestText(stacks, lambda, "recorder");
      const manifest = parseRecorderManifest(text, recorderManifestKey(text));
      deepStrictEqual(Object.keys(manifest.images), images.map(({ name }) => name).sort());
      for (const { name, channels } of images)
        deepStrictEqual(
          Object.keys(manifest.images[name]?.channels ?? {}),
          factory.notes ? channels.map((channel) => channel.name).sort() : [],
        );
      const names = images.flatMap(({ components }) =>
        components.flatMap((one) => ("document" in one ? [one.document.name] : [])),
      );
      deepStrictEqual(Object.keys(manifest.components), [...new Set(names)].sort());
    }
  },
};
