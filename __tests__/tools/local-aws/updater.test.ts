import { DeleteResourceShareCommand } from "@aws-sdk/client-ram";
import { approvalTag, REVOKED_TAG } from "../../../contract/tags";
import type { ShareSummary } from "../../../lambda/share-updater/reconcile-share";
import { Host } from "../../../tools/local-aws/factories/host";
import { delivered, FORGED, SmallFactory } from "../../../tools/local-aws/factories/small-factory";
import { AWS_PARENT, GOLDEN } from "../../../tools/local-aws/factories/small-factory-accounts";
import { Fault } from "../../../tools/local-aws/protocol/rest-json";

// Runs the deployed bundle in a separate process. It calls the local AWS through the AWS SDK.

let host: Host;
beforeAll(async () => {
  host = await Host.start();
});
afterAll(() => host.stop());

describe("the bundled updater", () => {
  let factory: SmallFactory;
  let pipeline: string;

  beforeEach(async () => {
    factory = await SmallFactory.start({ phase: 5, association: 0 }, { host });
    await factory.share("organization", {
      name: "stable",
      keep: 1,
      bakeHours: 0,
      approval: "automatic",
    });
    pipeline = await factory.pipeline("shared", "base", "1.0.0", AWS_PARENT);
  });
  afterEach(() => factory.stop());

  const run = async (event: unknown = { image: "base" }): Promise<ShareSummary | undefined> => {
    const { result, error } = await factory.update(event);
    expect(error).toBeUndefined();
    return result?.shares[0];
  };
  const build = () => factory.build("shared", pipeline);
  const ordersSees = async () => (await factory.as("orders").resolve(GOLDEN))?.arn;
  const calls = (operation: RegExp) =>
    factory.aws.emulator.calls.filter((call) => operation.test(call.operation));
  const WRITES = /^(Associate|Disassociate|Modify)/;

  test("grants the launch permission, shares the build of an event, and then removes the old build", async () => {
    const first = await build();
    expect(await run(delivered(first.message))).toMatchObject({
      associated: [first.arn],
      shared: [first.arn],
    });
    const second = await build();
    const before = calls(/./).length;
    await run(delivered(second.message));
    const writes = factory.aws.emulator.calls
      .slice(before)
      .filter(({ operation }) => WRITES.test(operation));
    expect(writes.map(({ operation }) => operation)).toEqual([
      "ModifyImageAttribute",
      "AssociateResourceShare",
      "DisassociateResourceShare",
    ]);
    expect(await ordersSees()).toBe(second.arn);
    expect(await factory.as("outsider").resolve(GOLDEN)).toBeUndefined();
  });

  test("makes up for a lost event, and writes nothing for late, doubled, forged and malformed ones", async () => {
    const { message: old } = await build();
    const { arn, message } = await build();
    await run();
    expect(await ordersSees()).toBe(arn);
    const writes = calls(WRITES).length;
    await run(delivered(old, message, message, FORGED, "no JSON", "{}"));
    expect(calls(WRITES)).toHaveLength(writes);
    expect(await ordersSees()).toBe(arn);
  });

  test("retries when AWS throttles calls or a share is busy", async () => {
    const { arn, message } = await build();
    factory.aws.emulator.fail(
      "GetResourceShares",
      new Fault("ThrottlingException", "Rate exceeded", 429),
      2,
    );
    factory.aws.emulator.fail(
      "AssociateResourceShare",
      new Fault("InvalidStateTransitionException", "busy"),
      2,
    );
    factory.aws.emulator.fail("ListImages", new Fault("ServiceUnavailableException", "later", 503));
    expect(await run(delivered(message))).toMatchObject({ shared: [arn] });
  });

  test("retries an association that ended as FAILED, and a removal that RAM refused, in the next run", async () => {
    const first = await build();
    factory.aws.ram.failNext(1);
    expect(await run()).toMatchObject({ failed: [first.arn], shared: [] });
    expect(await run()).toMatchObject({ failed: [], shared: [first.arn] });
    const second = await build();
    factory.aws.ram.setInUse(first.arn, true);
    expect(await run()).toMatchObject({ shared: [second.arn, first.arn], refused: [first.arn] });
    factory.aws.ram.setInUse(first.arn, false);
    expect(await run()).toMatchObject({ shared: [second.arn], refused: [] });
  });

  test("removes a revoked build from its share, and its launch permissions", async () => {
    const good = await build();
    const bad = await build();
    await run();
    const [ami = ""] = (await factory.as("shared").resolve(bad.arn))?.amis ?? [];
    expect(await factory.as("orders").canLaunch(ami)).toBe(true);
    await factory.as("shared").tag(bad.arn, REVOKED_TAG, "INC-7");
    await run({ image: "base" });
    expect(await ordersSees()).toBe(good.arn);
    expect(await factory.as("orders").canLaunch(ami)).toBe(false);
  });

  test("shares a build only after its bake time and its approval", async () => {
    await factory.share("unit", {
      name: "slow",
      keep: 1,
      bakeHours: 72,
      approval: "required",
    });
    const { arn } = await build();
    const slow = async () =>
      (await factory.update({ image: "base" })).result?.shares.find(
        ({ channel }) => channel === "slow",
      )?.shared;
    expect(await slow()).toEqual([]);
    factory.aws.builds.age(arn, 72);
    expect(await slow()).toEqual([]);
    await factory.as("shared").tag(arn, approvalTag("slow"), "CHG-1");
    expect(await slow()).toEqual([arn]);
  });

  test("reports a list that it can't read, and logs the error", async () => {
    await build();
    factory.aws.emulator.fail("ListImages", new Fault("ForbiddenException", "not allowed", 403));
    const { result, log } = await factory.update({ image: "base" });
    expect(result?.problems).toEqual(["not allowed"]);
    const line = log.find((text) => text.startsWith('{"level":"ERROR"')) ?? "{}";
    expect(JSON.parse(line)).toMatchObject({ image: "base", error: { message: "not allowed" } });
    expect(await run()).toMatchObject({ failed: [] });
  });

  test("fails if RAM can't be read, so that the queue delivers the message again", async () => {
    factory.aws.emulator.fail(
      "GetResourceShares",
      new Fault("ForbiddenException", "not allowed", 403),
    );
    const { error } = await factory.update({ image: "base" });
    expect(error).toEqual({ name: "ForbiddenException", message: "not allowed" });
  });

  test("sends a message for each image, and processes these", async () => {
    const { arn } = await build();
    const [sent, processed, ...others] = await factory.updateAll();
    expect(sent?.result).toEqual({ shares: [], mismatches: [], problems: [] });
    expect(processed?.result?.shares).toMatchObject([{ channel: "stable", shared: [arn] }]);
    expect(others).toEqual([]);
  });
});

test("the bundled updater shares a build that lists don't show yet, and ignores a deleted share of the same name", async () => {
  const delays = { phase: 5, association: 50, listLag: 24 * 3_600_000 };
  const factory = await SmallFactory.start(delays, { host });
  try {
    const policy = { name: "stable", keep: 1, bakeHours: 0, approval: "automatic" } as const;
    await factory.share("organization", policy);
    const { ram } = factory.as("shared");
    const [deletedShare] = await factory.as("shared").shares();
    await ram.send(new DeleteResourceShareCommand({ resourceShareArn: deletedShare }));
    await factory.share("organization", policy);
    const [share] = await factory.as("shared").shares();
    const { arn, message } = await factory.build(
      "shared",
      await factory.pipeline("shared", "base", "1.0.0", AWS_PARENT),
    );
    const { result } = await factory.update(delivered(message));
    expect(result?.shares).toMatchObject([{ share, shared: [arn] }]);
  } finally {
    factory.stop();
  }
});
