/** The permissions of the rebuilders, and the accounts and Regions that have one. */
import { deepStrictEqual, ok } from "node:assert";
import { buildablesOf, type Container, type Image } from "../../../../config/model";
import {
  parseRebuilderManifest,
  rebuilderManifestKey,
} from "../../../../contract/rebuilder-manifest";
import type { Context } from "../../../iam/evaluate";
import type { Resource } from "../../../iam/resolved-stacks";
import type { PolicyFixture } from "../../policy-fixture";
import { checkEach, functionsOf, isFollowing, manifestText, type Proof } from "../support";
import { checkLogsAndBuckets, functionRole, neededActions, withTags } from "./function-role";
import { type Actions, buildablesFor, checkKeys, checkNothing } from "./support";

/**
 * From this number of images on, the role's policy may name all images of an account: IAM limits
 * the length of inline policies.
 */
const MAX_NAMED_FOLLOWERS = 8;

/** The parents of images, as the account and name of their builds. */
function parentOf({ parent }: Image | Container, sharedAccount: string): string {
  if (parent.kind === "golden") return `${sharedAccount}:image/${parent.name}`;
  ok(parent.kind === "arn", "only golden parents and parents with an ARN can be followed");
  return parent.arn
    .split(":")
    .slice(4)
    .join(":")
    .replace(/\/[^/]*$/, "");
}

function checkRebuilderImages(
  fixture: PolicyFixture,
  { account, region }: Resource,
  followers: readonly (Image | Container)[],
  actions: Actions,
): void {
  const names = followers.map(({ name }) => name);
  const arn = (resource: string, owner = account): string =>
    `arn:aws:imagebuilder:${region}:${owner}:${resource}`;
  const on = (resource: string, context: Context = {}): string[] =>
    actions("imagebuilder", resource, context);
  const parent = "golden-image:parent";
  const namesAll = on(arn("image-pipeline/not-ours")).length > 0;
  ok(!namesAll || names.length > MAX_NAMED_FOLLOWERS, "the policy must name images");

  const parents = followers.map((one) => parentOf(one, fixture.factory.shared.id));
  for (const one of parents)
    deepStrictEqual(on(`arn:aws:imagebuilder:${region}:${one}/1.0.0/1`), ["GetImage"], one);
  for (const other of [account, fixture.factory.shared.id, "777777777777"])
    if (!namesAll) deepStrictEqual(on(arn("image/not-ours/1.0.0/1", other)), [], other);

  for (const name of [...names, "not-ours"]) {
    const isOwn = namesAll || names.includes(name);
    const own = (...allowed: string[]): string[] => (isOwn ? allowed : []);
    const build = arn(`image/${name}/1.0.0/1`);
    deepStrictEqual(on(build, withTags(parent)), own("GetImage", "TagResource"), build);
    const hasParent = { [`aws:ResourceTag/${parent}`]: "x" };
    for (const context of [
      {},
      { ...withTags(parent), ...hasParent },
      withTags(parent, "golden-image:approved-stable"),
      withTags("golden-image:revoked"),
      withTags("Name"),
    ])
      deepStrictEqual(on(build, context), own("GetImage"), `${build} ${JSON.stringify(context)}`);

    const pipeline = arn(`image-pipeline/${name}`);
    const reads = own("GetImagePipeline", "ListImagePipelineImages");
    const starts = [...reads, ...own("StartImagePipelineExecution", "TagResource")];
    for (const context of [{}, withTags(parent)])
      deepStrictEqual(on(pipeline, context), starts, pipeline);
    for (const keys of [
      [parent, "golden-image:approved-stable"],
      ["golden-image:revoked"],
      ["Name"],
    ])
      deepStrictEqual(on(pipeline, withTags(...keys)), reads, `${pipeline} ${keys.join()}`);
    for (const resource of [build, pipeline])
      for (const [from, to] of [
        // An account that has no parent.
        [account, "777777777777"],
        [region, "sa-east-1"],
      ] as const)
        deepStrictEqual(on(resource.replace(from, to), withTags(parent)), [], `${resource} ${to}`);
  }

  for (const { name, kind } of followers) {
    const action = kind === "image" ? "GetImageRecipe" : "GetContainerRecipe";
    deepStrictEqual(on(arn(`${kind}-recipe/${name}/1.0.0`)), [action], name);
  }
  const isNamed = (kind: string): boolean => followers.some((one) => one.kind === kind);
  for (const kind of ["image", "container"])
    if (!(namesAll && isNamed(kind)))
      deepStrictEqual(on(arn(`${kind}-recipe/not-ours/1.0.0`)), [], kind);
}

/** Actions of the rebuilder on its queues, by their names. It can't use the queues of others. */
const REBUILDER_QUEUES: Readonly<Record<string, readonly string[]>> = {
  "golden-image-factory-rebuilder": ["DeleteMessage", "GetQueueAttributes", "ReceiveMessage"],
  "golden-image-factory-rebuilder-failed": ["SendMessage"],
};

export const REBUILDER: Proof = {
  name: "the rebuilder can start only the pipelines of images that follow their parents, with no other tag than that of the parent, and reads only these images and their parents",
  check: (fixture) => {
    const { stacks } = fixture;
    for (const lambda of functionsOf(stacks, "rebuilder")) {
      const { role, actions, named } = functionRole(fixture, lambda);
      const followers = buildablesFor(fixture, role).filter(isFollowing);
      checkRebuilderImages(fixture, lambda, followers, actions);
      checkEach(stacks.resourcesOf("aws_sqs_queue", lambda.stack), (queue) =>
        deepStrictEqual(
          actions("sqs", stacks.arnOf(queue)),
          REBUILDER_QUEUES[queue.config.name] ?? [],
        ),
      );
      checkLogsAndBuckets(fixture, lambda, "rebuilder", actions);
      checkKeys(fixture, role, actions);
      checkNothing(actions, "sns", "lambda", "ram", "ec2", "iam", "sts");
      const has = (kind: string): boolean => followers.some((one) => one.kind === kind);
      deepStrictEqual(
        named,
        neededActions("rebuilder", "imagebuilder:TagResource", "sqs:SendMessage")
          .filter((action) => has("image") || action !== "imagebuilder:GetImageRecipe")
          .filter((action) => has("container") || action !== "imagebuilder:GetContainerRecipe"),
      );
    }
  },
};

export const FOLLOWING: Proof = {
  name: "an account and Region has a rebuilder exactly if an image follows its parent there, and its manifest names exactly these images",
  check: (fixture) => {
    const { stacks, factory } = fixture;
    const named = functionsOf(stacks, "rebuilder").map((lambda) => {
      const text = manifestText(stacks, lambda, "rebuilder");
      const { images } = parseRebuilderManifest(text, rebuilderManifestKey(text));
      return `${lambda.account} ${lambda.region}: ${Object.keys(images).sort().join()}`;
    });
    const expected = [factory.shared, ...factory.apps].flatMap((account) =>
      account.regions.flatMap(({ name: region }) => {
        const followers = buildablesOf(account)
          .filter(({ regions }) => regions.includes(region))
          .filter(isFollowing);
        const names = followers.map(({ name }) => name).sort();
        return names.length > 0 ? [`${account.id} ${region}: ${names.join()}`] : [];
      }),
    );
    deepStrictEqual(named.sort(), expected.sort());
  },
};
