import {
  DeleteImageCommand,
  ListImagePipelineImagesCommand,
  StartImagePipelineExecutionCommand,
} from "@aws-sdk/client-imagebuilder";
import { PARENT_TAG, REVOKED_TAG } from "../../../contract/tags";
import { Host } from "../../../tools/local-aws/factories/host";
import { delivered, SmallFactory } from "../../../tools/local-aws/factories/small-factory";
import { AWS_PARENT, GOLDEN } from "../../../tools/local-aws/factories/small-factory-accounts";
import { Fault } from "../../../tools/local-aws/protocol/rest-json";

// Runs the deployed bundle in a separate process. It calls the local AWS through the AWS SDK.

const APP = "payments-web";
const BUILD = /(?<=:image\/).*/;

let host: Host;
beforeAll(async () => {
  host = await Host.start();
});
afterAll(() => host.stop());

describe("the bundled rebuilder", () => {
  let factory: SmallFactory;
  let base: string;
  let app: string;

  /** Builds the golden image, and shares the build. */
  async function release(): Promise<string> {
    const { arn, message } = await factory.build("shared", base);
    expect((await factory.update(delivered(message))).error).toBeUndefined();
    return arn;
  }

  beforeEach(async () => {
    factory = await SmallFactory.start({ phase: 5, association: 0 }, { host });
    const channel = { name: "stable", keep: 1, bakeHours: 0, approval: "automatic" } as const;
    await factory.share("account", channel);
    base = await factory.pipeline("shared", "base", "1.0.0", AWS_PARENT);
    await release();
    app = await factory.pipeline("payments", APP, "1.0.0", GOLDEN);
    factory.manifests.follow("payments", APP, { alarmAfterDays: 3 });
  });
  afterEach(() => factory.stop());

  /** The builds of the app image, with their statuses and the tag that names their parent. */
  function builds(): string[] {
    return factory.aws.builds
      .arns()
      .filter((arn) => arn.includes(`:image/${APP}/`))
      .map((arn) => {
        const parent = factory.aws.builds.tagsOf(arn)[PARENT_TAG];
        return `${BUILD.exec(arn)?.[0]} on ${parent && BUILD.exec(parent)?.[0]}`;
      });
  }

  /** Runs the rebuilder, and returns the state of the image and its metrics. */
  async function run(): Promise<{ state: string; metrics: Record<string, number> }> {
    const { error, log } = await factory.rebuild("payments");
    expect(error).toBeUndefined();
    const lines = log.map((line) => JSON.parse(line));
    const metrics = lines.filter((line) => "_aws" in line);
    const checked = lines.find((line) => line.image === APP && line.message !== undefined);
    return {
      state:
        checked?.message === "build started" ? "started" : (checked?.state ?? checked?.message),
      metrics: Object.assign({}, ...metrics),
    };
  }

  test("starts a build of a new image, and one for each new build of the parent, each with the parent as its only tag", async () => {
    expect((await run()).state).toBe("started");
    expect(builds()).toEqual([`${APP}/1.0.0/1 on base/1.0.0/1`]);
    expect(await run()).toMatchObject({ state: "current", metrics: { BehindParentHours: 0 } });

    await release();
    expect((await run()).state).toBe("started");
    expect((await run()).state).toBe("current");
    expect(builds()).toEqual([`${APP}/1.0.0/1 on base/1.0.0/1`, `${APP}/1.0.0/2 on base/1.0.0/2`]);
    const last = factory.aws.builds.arns().at(-1) ?? "";
    expect(Object.keys(factory.aws.builds.tagsOf(last))).toEqual([PARENT_TAG]);
    expect(BUILD.exec(factory.aws.builds.parentOf(last))?.[0]).toBe("base/1.0.0/2");
  });

  test("starts a build on the older parent after a revocation", async () => {
    await run();
    const bad = await release();
    await run();
    await factory.as("shared").tag(bad, REVOKED_TAG, "INC-7");
    await factory.update({ image: "base" });
    expect((await run()).state).toBe("started");
    expect(builds().at(-1)).toBe(`${APP}/1.0.0/3 on base/1.0.0/1`);
    expect((await run()).state).toBe("current");
  });

  test("counts a build that another principal started", async () => {
    await factory.build("payments", app);
    expect((await run()).state).toBe("current");
    expect(builds()).toEqual([`${APP}/1.0.0/1 on undefined`]);
  });

  test("starts one build although two runs happen at once", async () => {
    await Promise.all([run(), run()]);
    expect(builds()).toHaveLength(1);
  });

  test("repeats a failed build after 6, 12 and 24 hours, and then gives up until the parent has another build", async () => {
    factory.aws.runs.setFailing(APP, true);
    const pass = (hours: number): void => {
      for (const arn of factory.aws.builds.arns()) factory.aws.builds.age(arn, hours);
    };
    expect((await run()).state).toBe("started");
    for (const hours of [6, 12, 24]) {
      pass(hours - 1);
      expect(await run()).toMatchObject({ state: "retry-later", metrics: { RebuildsFailing: 0 } });
      pass(1);
      expect((await run()).state).toBe("started");
    }
    expect(builds()).toHaveLength(4);
    pass(240);
    expect(await run()).toMatchObject({
      state: "all builds on this build of the parent failed, no more are started",
      metrics: { RebuildsFailing: 1 },
    });
    expect(builds()).toHaveLength(4);

    factory.aws.runs.setFailing(APP, false);
    await release();
    expect((await run()).state).toBe("started");
    expect(await run()).toMatchObject({ state: "current", metrics: { RebuildsFailing: 0 } });
  });

  test("counts failed builds across the builds of the parent, and measures the time from the first one on", async () => {
    await run();
    factory.aws.runs.setFailing(APP, true);
    const failing: (number | undefined)[] = [];
    for (let day = 0; day < 5; day += 1) {
      await release();
      failing.push((await run()).metrics["RebuildsFailing"]);
      for (const arn of factory.aws.builds.arns()) factory.aws.builds.age(arn, 24);
    }
    expect(failing).toEqual([0, 0, 0, 0, 1]);
    await release();
    expect((await run()).metrics["BehindParentHours"]).toBeCloseTo(120, 0);
  });

  test("reports a start that Image Builder answers with a build that was deleted", async () => {
    factory.aws.runs.setFailing(APP, true);
    expect((await run()).state).toBe("started");
    const failed = factory.aws.builds.arns().at(-1);
    await factory
      .as("payments")
      .imageBuilder.send(new DeleteImageCommand({ imageBuildVersionArn: failed }));
    expect(await run()).toMatchObject({ state: "start", metrics: { Unreadable: 1 } });
    expect(builds()).toEqual([]);
  });

  test("starts nothing and counts the parent while the account sees no build of it", async () => {
    await run();
    const [bad = ""] = factory.aws.builds.arns();
    await factory.as("shared").tag(bad, REVOKED_TAG, "INC-7");
    await factory.update({ image: "base" });
    expect(await run()).toMatchObject({
      state: "the account sees no build of the parent",
      metrics: { ParentsNotVisible: 1 },
    });
    expect(builds()).toHaveLength(1);
  });

  test("reports a pipeline that it may not start, and tries again in the next run", async () => {
    const { emulator } = factory.aws;
    const denied = new Fault("AccessDeniedException", "not allowed", 403);
    emulator.fail("StartImagePipelineExecution", denied);
    expect((await run()).metrics).toMatchObject({ Unreadable: 1 });
    expect((await run()).metrics).toMatchObject({ Unreadable: 0 });
    expect(builds()).toHaveLength(1);
  });

  test("never starts a build with schedule: { manual: true }", async () => {
    factory.manifests.follow("payments", APP, { manual: true });
    expect((await run()).state).toBe("manual");
    expect(builds()).toEqual([]);
  });
});

describe("the emulated Image Builder", () => {
  let factory: SmallFactory;
  let pipeline: string;

  beforeEach(async () => {
    factory = await SmallFactory.start({ phase: 5 });
    pipeline = await factory.pipeline("shared", "base", "1.0.0", AWS_PARENT);
  });
  afterEach(() => factory.stop());

  test("starts one build for a client token, and gives the build the tags of the start", async () => {
    const { imageBuilder } = factory.as("shared");
    const start = async (clientToken: string) => {
      const command = new StartImagePipelineExecutionCommand({
        imagePipelineArn: pipeline,
        clientToken,
        tags: { team: clientToken },
      });
      return (await imageBuilder.send(command)).imageBuildVersionArn ?? "";
    };
    const [first, again, other] = [await start("a"), await start("a"), await start("b")];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    expect([first, other].map((arn) => factory.aws.builds.tagsOf(arn))).toEqual([
      { team: "a" },
      { team: "b" },
    ]);
    await factory.aws.runs.idle();
  });

  test("lists the builds of a pipeline to its account only, without their parents", async () => {
    const { arn } = await factory.build("shared", pipeline);
    const list = async (account: "shared" | "payments") => {
      const all = [];
      for (let nextToken: string | undefined, pages = 0; pages < 2; pages += 1) {
        const input = { imagePipelineArn: pipeline, nextToken };
        const command = new ListImagePipelineImagesCommand(input);
        const answer = await factory.as(account).imageBuilder.send(command);
        all.push(...(answer.imageSummaryList ?? []));
        nextToken = answer.nextToken;
      }
      return all;
    };
    const summaries = await list("shared");
    expect(summaries).toMatchObject([{ arn, state: { status: "AVAILABLE" } }]);
    expect(summaries[0]).not.toHaveProperty("imageRecipe");
    await expect(list("payments")).rejects.toThrow(/doesn't exist/);
  });
});
