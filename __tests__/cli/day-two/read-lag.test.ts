/** Runs of the updater that still see a build as it was before a command removed its tags. */

import { LambdaClient } from "@aws-sdk/client-lambda";
import { approve } from "../../../cli/day-two/approve";
import { unapprove } from "../../../cli/day-two/unapprove";
import { unrevoke } from "../../../cli/day-two/unrevoke";
import type { Context } from "../../../cli/deployed/context";
import type { Build } from "../../../lambda/share-updater/build";
import type { Channel } from "../../../lambda/share-updater/channel";
import { READ_LAG_MS } from "../../../lambda/share-updater/read-again";

const HOME = { accountId: "111111111111", region: "eu-west-1", partition: "aws" };
const ARN = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.0/2";
const OLDER = ARN.replace("/2", "/1");

/** Answers each run of the updater with the builds that the channel should share after it. */
function answerRuns(...desired: readonly (readonly string[])[]): jest.SpyInstance {
  const spy = jest.spyOn(LambdaClient.prototype, "send");
  for (const arns of desired) {
    const share = { channel: "stable", desired: arns, shared: arns, failed: [], refused: [] };
    const result = { shares: [share], mismatches: [], problems: [] };
    spy.mockImplementationOnce(async () => ({ Payload: Buffer.from(JSON.stringify(result)) }));
  }
  return spy;
}

/** Opens a Region with one build and the channel `stable`. Sleeping takes no time. */
function openRegion(tags: Build["tags"], approval: Channel["approval"]) {
  const build: Build = {
    arn: ARN,
    status: "AVAILABLE",
    createdAt: 0,
    tags,
    amis: [{ region: "eu-west-1", id: "ami-1" }],
    containers: [],
  };
  const channel = { name: "stable", keep: 1, bakeHours: 0, approval, share: "share", audience: [] };
  const slept: number[] = [];
  const context = {
    home: HOME,
    region: HOME.region,
    isOneOfSeveral: false,
    option: "",
    image: () => ({ kind: "image" }),
    build: async () => build,
    channels: async () => [channel],
    manifest: async () => ({ images: { base: { channels: {} } }, launchPermissionGraceDays: 0 }),
    imageBuilder: { send: async () => ({}) },
    aws: {
      home: HOME,
      now: () => 1,
      deadline: Number.POSITIVE_INFINITY,
      sleep: async (milliseconds: number) => void slept.push(milliseconds),
      ram: {
        shares: async () => [],
        associations: async () => new Map(),
        principals: async () => new Map(),
      },
      images: { versions: async () => [], build: async () => build, parent: async () => undefined },
      amis: { launchPermission: async () => [] },
    },
  } as unknown as Context;
  return { context, slept };
}

const yes = async (): Promise<boolean> => true;
afterEach(() => jest.restoreAllMocks());

describe("factory unrevoke", () => {
  const options = { image: "base", build: "1.0.0/2", reason: "x" };
  const tags = { "golden-image:revoked": "INC-7" };

  test("runs the updater again after the read lag if it still sees the revocation", async () => {
    const runs = answerRuns([], [ARN]);
    const { context, slept } = openRegion(tags, "automatic");
    const { text, exitCode } = await unrevoke([context], options, yes);
    expect([runs.mock.calls.length, slept, exitCode]).toEqual([2, [READ_LAG_MS], 0]);
    expect(text).toBe(`base 1.0.0/2 isn't revoked any more: x
stable: x.x.x resolves to 1.0.0/2 (shared: 1.0.0/2)
AWS CloudTrail records who removed the tags, but not the reason`);
  });

  test("reports a build that isn't shared after the second run either", async () => {
    answerRuns([], []);
    const { context } = openRegion(tags, "automatic");
    const { text, exitCode } = await unrevoke([context], options, yes);
    expect(exitCode).toBe(1);
    expect(text).toContain("\n1.0.0/2 isn't shared in stable yet\n");
  });

  test.each([
    ["the channel shares newer builds only", [ARN.replace("/2", "/3")], "automatic"],
    ["the build isn't approved", [], "required"],
  ] as const)("runs the updater once if %s", async (_condition, desired, approval) => {
    const runs = answerRuns(desired);
    const { context, slept } = openRegion(tags, approval);
    await unrevoke([context], options, yes);
    expect([runs.mock.calls.length, slept]).toEqual([1, []]);
  });
});

describe("factory approve", () => {
  const options = { image: "base", build: "1.0.0/2", channel: "stable", reason: "CHG-1" };

  test("runs the updater again after the read lag if it doesn't see the approval yet", async () => {
    const runs = answerRuns([], [ARN]);
    const { context, slept } = openRegion({}, "required");
    const { exitCode } = await approve([context], options, yes);
    expect([runs.mock.calls.length, slept, exitCode]).toEqual([2, [READ_LAG_MS], 0]);
  });

  test("runs the updater once if the channel shares newer builds only", async () => {
    const runs = answerRuns([ARN.replace("/2", "/3")]);
    const { context, slept } = openRegion({}, "required");
    const { text, exitCode } = await approve([context], options, yes);
    expect([runs.mock.calls.length, slept, exitCode]).toEqual([1, [], 1]);
    expect(text).toContain("\n1.0.0/2 isn't shared in stable: see ");
  });
});

test("factory unrevoke releases a marked build whose ancestors can't be found any more", async () => {
  answerRuns([ARN], []);
  const { context } = openRegion({ "golden-image:revoked": "INC-7" }, "automatic");
  const child = ARN.replace("/base/", "/web/");
  const marked = { "golden-image:revoked-by": ARN };
  const images = { base: { channels: {} }, web: { parent: "base", channels: {} } };
  Object.assign(context, { manifest: async () => ({ images, launchPermissionGraceDays: 0 }) });
  const build = { ...(await context.build("base", "1.0.0/2")), arn: child, tags: marked };
  Object.assign(context.aws.images, {
    versions: async () => [child.replace(/\/\d+$/, "")],
    builds: async () => [build],
  });
  const options = { image: "base", build: "1.0.0/2", reason: "x" };
  const { text } = await unrevoke([context], options, yes);
  expect(text).toContain("\nweb 1.0.0/2 isn't revoked any more\n");
});

test("factory unapprove runs the updater again after the read lag if it still sees the approval", async () => {
  const runs = answerRuns([ARN], [OLDER]);
  const { context, slept } = openRegion({ "golden-image:approved-stable": "ok" }, "required");
  const options = { image: "base", build: "1.0.0/2", channel: "stable", reason: "x" };
  const { text } = await unapprove([context], options, yes);
  expect([runs.mock.calls.length, slept]).toEqual([2, [READ_LAG_MS]]);
  expect(text).toContain("stable: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)");
});
