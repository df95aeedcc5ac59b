/** The permissions of the updater. */
import { deepStrictEqual, strictEqual } from "node:assert";
import { buildablesOf, type Container, type Image } from "../../../../config/model";
import type { Context } from "../../../iam/evaluate";
import type { Resource } from "../../../iam/resolved-stacks";
import {
  checkEach,
  functionsOf,
  hasRecorder,
  limitsFindings,
  type Proof,
  sorted,
} from "../support";
import {
  checkLogsAndBuckets,
  checkQueues,
  functionRole,
  MAX_NAMED_IMAGES,
  neededActions,
  ofBuild,
  withTags,
} from "./function-role";
import { type Actions, checkKeys, checkNothing } from "./support";

const READ_SHARES = ["GetResourceShareAssociations", "GetResourceShares"];

function checkUpdaterShares({ account, region }: Resource, actions: Actions): void {
  const share = `arn:aws:ram:${region}:${account}:resource-share/1`;
  const builds = { "ram:RequestedResourceType": "imagebuilder:Image" };
  const tagged = { ...builds, "aws:ResourceTag/golden-image:image": "base" };
  deepStrictEqual(
    actions("ram", share, tagged),
    sorted(READ_SHARES, ["AssociateResourceShare", "DisassociateResourceShare"]),
  );
  deepStrictEqual(actions("ram", share, builds), READ_SHARES);
  deepStrictEqual(
    actions("ram", share, { ...tagged, "ram:Principal": "888888888888" }),
    READ_SHARES,
  );
  deepStrictEqual(
    actions("ram", share, { ...tagged, "ram:RequestedResourceType": "ec2:Subnet" }),
    sorted(READ_SHARES, ["DisassociateResourceShare"]),
  );
  deepStrictEqual(actions("ram", share.replace(account, "888888888888"), tagged), READ_SHARES);
}

function checkUpdaterImages(
  { account, region }: Resource,
  images: readonly (Image | Container)[],
  actions: Actions,
): void {
  const shared = images.filter(({ channels }) => channels.length > 0);
  const children = images.filter(({ parent }) => parent.kind === "golden");
  const limited = images.filter((image) => limitsFindings([image]));
  // A pattern leaves room for the other lists.
  const named = shared.length > MAX_NAMED_IMAGES ? 1 : shared.length;
  const withChildren = named + (named + children.length > MAX_NAMED_IMAGES ? 1 : children.length);
  const isIn = (list: typeof images, name: string, total: number): boolean =>
    total > MAX_NAMED_IMAGES || list.some((one) => one.name === name);
  for (const name of [...images.map((image) => image.name), "not-ours"]) {
    const isShared = isIn(shared, name, shared.length);
    const isChild = isIn(children, name, named + children.length);
    const build = `arn:aws:imagebuilder:${region}:${account}:image/${name}/1.0.0/1`;
    const tags = (...keys: string[]): string[] => actions("imagebuilder", build, withTags(...keys));
    deepStrictEqual(
      actions("imagebuilder", build),
      sorted(
        ["GetImage", "ListImageBuildVersions", "ListImages"],
        isShared ? ["PutImagePolicy"] : [],
      ),
      name,
    );
    const isLimited = isIn(limited, name, withChildren + limited.length);
    const [mark, sharedMark] = ["golden-image:revoked-by", "golden-image:shared-in-stable"];
    strictEqual(tags(mark).includes("TagResource"), isChild, name);
    strictEqual(tags(sharedMark).includes("TagResource"), isLimited, name);
    for (const keys of [
      [mark, "golden-image:approved-stable"],
      [mark, sharedMark],
      [sharedMark, "golden-image:approved-stable"],
      ["golden-image:shared"],
      ["golden-image:revoked"],
      ["Name"],
    ])
      strictEqual(tags(...keys).includes("TagResource"), false, `${name} ${keys.join()}`);
    for (const other of [
      build.replace(account, "888888888888"),
      build.replace(region, "sa-east-1"),
      build.replace("image/", "component/"),
    ])
      deepStrictEqual(actions("imagebuilder", other), ["ListImages"], other);
  }
}

function checkUpdaterAmis(
  { account, region }: Resource,
  images: readonly (Image | Container)[],
  actions: Actions,
): void {
  const readFindings = limitsFindings(images) ? ["GetImageFindings"] : [];
  /** The actions on an AMI whatever its tags are. */
  const read = ["DescribeImageAttribute", "DescribeImages", ...readFindings];
  const build = `arn:aws:imagebuilder:${region}:${account}:image/base/1.0.0/1`;
  const ofFactory = { "aws:ResourceTag/golden-image:image": "base" };
  const change = sorted(read, ["ModifyImageAttribute"]);
  const orphaned = "golden-image:orphaned-since";
  // Old builds keep their copies when `copyToRegions` changes, so any Region may contain some.
  for (const place of [region, "sa-east-1"]) {
    const onAmi = (...contexts: Context[]): string[] =>
      actions("ec2", `arn:aws:ec2:${place}::image/ami-1`, Object.assign({}, ...contexts));
    deepStrictEqual(onAmi(), read);
    deepStrictEqual(onAmi(ofFactory, ofBuild(build)), change);
    deepStrictEqual(
      onAmi(ofFactory, ofBuild(build), withTags(orphaned)),
      sorted(change, ["CreateTags", "DeleteTags"]),
    );
    for (const keys of [[orphaned, "golden-image:image"], ["golden-image:image"], ["Name"]])
      deepStrictEqual(onAmi(ofFactory, ofBuild(build), withTags(...keys)), change, keys.join());
    // Not the factory's, or another account's.
    for (const tags of [
      [ofBuild(build)],
      [ofFactory],
      [ofFactory, ofBuild(build.replace(account, "888888888888"))],
      [ofFactory, ofBuild(build.replace(region, "ap-east-1"))],
      [ofFactory, ofBuild(build.replace("arn:aws:", "arn:aws-cn:"))],
    ])
      deepStrictEqual(onAmi(...tags, withTags(orphaned)), read, JSON.stringify(tags));
  }
  for (const other of [`${account}:instance/i-1`, ":snapshot/snap-1"])
    deepStrictEqual(
      actions("ec2", `arn:aws:ec2:${region}:${other}`, {
        ...ofFactory,
        ...ofBuild(build),
        ...withTags(orphaned),
      }),
      ["DescribeImages", ...readFindings],
    );
}

export const UPDATER: Proof = {
  name: "the updater can perform the actions that its code calls, on shares with the factory's tag and on shared builds and their AMIs only",
  check: (fixture) => {
    const { stacks } = fixture;
    checkEach(functionsOf(stacks, "share-updater"), (lambda) => {
      const { region } = lambda;
      const { role, actions, named } = functionRole(fixture, lambda);
      const images = buildablesOf(fixture.factory.shared).filter(({ regions }) =>
        regions.includes(region),
      );
      checkUpdaterShares(lambda, actions);
      checkUpdaterImages(lambda, images, actions);
      checkUpdaterAmis(lambda, images, actions);
      const recorder = hasRecorder(fixture.factory) ? ["recorder"] : [];
      checkQueues(fixture, lambda, "share-updater", actions, ...recorder);
      checkLogsAndBuckets(fixture, lambda, "share-updater", actions);
      checkKeys(fixture, role, actions);
      checkNothing(actions, "sns", "lambda", "iam", "sts");

      // RAM needs the permission to put the policy of a build.
      const needed = neededActions("share-updater", "imagebuilder:PutImagePolicy");
      const isAnyShared = images.some(({ channels }) => channels.length > 0);
      const marks = limitsFindings(images) || images.some(({ parent }) => parent.kind === "golden");
      deepStrictEqual(
        named,
        needed
          .filter((action) => isAnyShared || action !== "imagebuilder:PutImagePolicy")
          .filter((action) => marks || action !== "imagebuilder:TagResource")
          .filter((action) => limitsFindings(images) || action !== "ec2:GetImageFindings"),
      );
    });
  },
};
