import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { UntagResourceCommand } from "@aws-sdk/client-imagebuilder";
import { minimalContainer, minimalFactory, withFolder } from "../../../tools/fixtures/factory-file";
import { Fault } from "../../../tools/local-aws/rest-json";
import { AWS_PARENT, GOLDEN, SmallFactory } from "../../../tools/local-aws/small-factory";

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The factory file that the small factory is made after. */
function factoryFile() {
  const file = minimalFactory();
  file.images.base.share.channels = {
    canary: { principals: { organizationalUnits: ["ou-abcd-11111111"] }, keep: 1 },
    stable: { principals: { organization: true }, keep: 2, approval: "required" },
  };
  return file;
}

function withContainer() {
  return {
    ...factoryFile(),
    containers: {
      runtime: {
        ...minimalContainer(),
        share: { channels: { stable: { principals: { organization: true } } } },
      },
    },
  };
}

function spawn(environment: NodeJS.ProcessEnv, ...args: string[]): Promise<Result> {
  return new Promise((resolve) => {
    const env = { PATH: process.env["PATH"], ...environment };
    execFile(
      process.execPath,
      ["--no-warnings", "dist/factory.js", ...args],
      { env },
      (error, stdout, stderr) =>
        resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

// Each runs several processes.
jest.setTimeout(30_000);

describe("npx factory", () => {
  let factory: SmallFactory;
  let pipeline: string;
  const folder = mkdtempSync(join(tmpdir(), "factory-"));
  const [plain, other] = [join(folder, "factory.yaml"), join(folder, "container", "factory.yaml")];
  let config = plain;

  beforeAll(() => {
    withFolder({ file: factoryFile() }, (path) =>
      cpSync(dirname(path), folder, { recursive: true }),
    );
    withFolder({ file: withContainer() }, (path) =>
      cpSync(dirname(path), dirname(other), { recursive: true }),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(async () => {
    factory = await SmallFactory.start({ phase: 30, association: 30 });
    await factory.share("unit", {
      channel: "canary",
      keep: 1,
      bakeHours: 0,
      approvalRequired: false,
    });
    await factory.share("organization", {
      channel: "stable",
      keep: 2,
      bakeHours: 0,
      approvalRequired: true,
    });
    pipeline = await factory.pipeline("shared", "base", "1.0.0", AWS_PARENT);
  });
  afterEach(() => factory.stop());

  /** Runs a command as somebody of the shared account. */
  const run = (...args: string[]): Promise<Result> =>
    spawn(factory.as("shared").environment, ...args, "--config", config);
  const bake = async (): Promise<string> => (await factory.bake("shared", pipeline)).arn;
  const ordersSees = async () => (await factory.as("orders").resolve(GOLDEN))?.arn;

  test("status tells what is shared and what should be, and ends with 2 when they differ", async () => {
    await bake();
    const before = await run("status");
    expect(before.stdout.split("\n").slice(0, 3)).toEqual([
      "image  channel  for               desired  shared   newest",
      "base   canary   ou-abcd-11111111  1.0.0/1  nothing  -",
      "base   stable   o-abcdefghij      nothing  nothing  -",
    ]);
    expect(before.stdout).toContain("`npx factory update IMAGE` sets it right now");
    expect(before.status).toBe(2);

    expect(await run("update", "base")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("canary: x.x.x is 1.0.0/1"),
    });
    const after = await run("status", "--json");
    expect(after.status).toBe(0);
    expect(JSON.parse(after.stdout).channels[0]).toMatchObject({
      image: "base",
      channel: "canary",
      shared: ["1.0.0/1"],
    });
  });

  test("approve lets a build into a channel, and says what its audience gets", async () => {
    const arn = await bake();
    const { stdout, status } = await run(
      "approve",
      "base",
      "1.0.0/1",
      "--channel",
      "stable",
      "--reason",
      "CHG-1",
      "--yes",
    );
    expect(stdout).toContain("base 1.0.0/1 is approved for stable: CHG-1");
    expect(stdout).toContain("stable: x.x.x is 1.0.0/1 (shared: 1.0.0/1)");
    expect(status).toBe(0);
    expect(await ordersSees()).toBe(arn);
  });

  test("revoke takes a build back from everybody, disables it, and says what they get now", async () => {
    const good = await bake();
    const bad = await bake();
    for (const version of ["1.0.0/1", "1.0.0/2"])
      await run("approve", "base", version, "--channel", "stable", "--reason", "ok", "--yes");
    const [ami = ""] = (await factory.as("shared").resolve(bad))?.amis ?? [];
    expect(await ordersSees()).toBe(bad);

    const { stdout, status } = await run("revoke", "base", "1.0.0/2", "--reason", "INC-7", "--yes");
    expect(stdout.split("\n").slice(0, 4)).toEqual([
      "base 1.0.0/2 is revoked: INC-7",
      "canary: x.x.x is 1.0.0/1 (shared: 1.0.0/1)",
      "stable: x.x.x is 1.0.0/1 (shared: 1.0.0/1)",
      "it and its AMIs are being set DISABLED",
    ]);
    expect(status).toBe(0);
    expect(await ordersSees()).toBe(good);
    expect(await factory.as("orders").canLaunch(ami)).toBe(false);
    expect(await factory.as("shared").resolve(bad)).toMatchObject({ status: "DISABLED" });
    const { input } =
      factory.aws.emulator.calls.find(
        ({ operation }) => operation === "StartResourceStateUpdate",
      ) ?? {};
    expect(input).toMatchObject({
      executionRole: "arn:aws:iam::111111111111:role/golden-image-factory-lifecycle-eu-west-1",
    });
  });

  describe("of a container that waits for an approval", () => {
    const gate = readFileSync("workflows/wait-for-approval.yaml", "utf8");
    let container: string;
    afterEach(() => {
      config = plain;
    });
    beforeEach(async () => {
      config = other;
      await factory.share(
        "organization",
        { channel: "stable", keep: 1, bakeHours: 0, approvalRequired: false },
        "runtime",
      );
      container = await factory.containerPipeline("runtime", gate);
    });
    const repository = "golden-image-factory/runtime";

    test("waiting tells of it, resume lets it go on, and it is shared", async () => {
      const { arn, message } = await factory.bake("shared", container);
      expect(JSON.parse(message)).toMatchObject({
        imageArn: arn,
        customPayload: expect.stringContaining("npx factory waiting"),
      });
      const waiting = await run("waiting");
      expect(waiting.stdout).toMatch(
        /^image {4}build {4}step {5}waits for\nruntime {2}1\.0\.0\/1 {2}Approve {2}0 h\n/,
      );
      expect(await run("resume", "runtime", "1.0.0/1", "--reason", "CHG-1", "--yes")).toMatchObject(
        {
          status: 0,
          stdout: "runtime 1.0.0/1 goes on: CHG-1\n",
        },
      );
      await factory.aws.images.idle();
      expect([...factory.pushed]).toEqual([
        `${repository}:1.0.0-1`,
        `${repository}:runtime-1.0.0-1`,
      ]);
      await run("update", "runtime");
      expect(await factory.as("orders").resolve(arn)).toMatchObject({
        status: "AVAILABLE",
        amis: [],
      });
      expect(await run("waiting")).toMatchObject({
        status: 0,
        stdout: "no build waits for anything in eu-west-1\n",
      });
      expect(await run("resume", "runtime", "1.0.0/1", "--reason", "x", "--yes")).toMatchObject({
        status: 1,
        stderr: "runtime 1.0.0/1 waits for nothing: see `npx factory waiting`\n",
      });
    });

    test("stop lets it fail, and nothing is pushed", async () => {
      const { arn } = await factory.bake("shared", container);
      expect((await run("stop", "runtime", "1.0.0/1", "--reason", "CVE", "--yes")).stdout).toBe(
        "runtime 1.0.0/1 is stopped, and fails: CVE\n",
      );
      await factory.aws.images.idle();
      expect(await factory.as("shared").resolve(arn)).toMatchObject({ status: "FAILED" });
      expect([...factory.pushed]).toEqual([]);
    });

    const ready = async (): Promise<string> => {
      const { arn } = await factory.bake("shared", container);
      await run("resume", "runtime", "1.0.0/1", "--reason", "ok", "--yes");
      await factory.aws.images.idle();
      await run("update", "runtime");
      return arn;
    };

    test("revoke takes it out of its shares, and says who can still pull it and how to delete it", async () => {
      const arn = await ready();
      const { stdout, status } = await run(
        "revoke",
        "runtime",
        "1.0.0/1",
        "--reason",
        "INC-7",
        "--yes",
      );
      expect(stdout.trim().split("\n")).toEqual([
        "runtime 1.0.0/1 is revoked: INC-7",
        "stable: nothing is shared",
        ...["1.0.0-1", "runtime-1.0.0-1"].map(
          (tag) =>
            `111111111111.dkr.ecr.eu-west-1.amazonaws.com/${repository}:${tag} can still be pulled by its channels' accounts`,
        ),
        "containers of the shared account still build on it; to delete it as well: npx factory revoke runtime 1.0.0/1 --delete --reason …",
      ]);
      expect(status).toBe(0);
      expect(await factory.as("orders").resolve(arn)).toBeUndefined();
      expect(factory.pushed.size).toBe(2);
    });

    test("revoke --delete deletes what it pushed, once nobody has it", async () => {
      const arn = await ready();
      const { stdout } = await run(
        "revoke",
        "runtime",
        "1.0.0/1",
        "--delete",
        "--reason",
        "INC-7",
        "--yes",
      );
      expect(stdout).toContain("it and what it pushed are being deleted");
      expect(factory.pushed.size).toBe(0);
      expect(await factory.as("shared").resolve(arn)).toMatchObject({ status: "DELETED" });
      const { input } =
        factory.aws.emulator.calls.find(
          ({ operation }) => operation === "StartResourceStateUpdate",
        ) ?? {};
      expect(input).toMatchObject({
        state: { status: "DELETED" },
        includeResources: { containers: true },
      });
    });

    test("--delete is refused for an image", async () => {
      await bake();
      const { stderr } = await run(
        "revoke",
        "base",
        "1.0.0/1",
        "--delete",
        "--reason",
        "INC-7",
        "--yes",
      );
      expect(stderr).toMatch(
        /^--delete: is for containers; base is an image, whose AMIs are disabled/,
      );
    });
  });

  test("what is half done says what was done and what to run next", async () => {
    await bake();
    factory.aws.emulator.fail("Invoke", new Fault("ResourceConflictException", "busy", 409));
    const approved = await run(
      "approve",
      "base",
      "1.0.0/1",
      "--channel",
      "stable",
      "--reason",
      "ok",
      "--yes",
    );
    expect(approved).toMatchObject({ status: 1 });
    expect(approved.stdout.split("\n").slice(0, 3)).toEqual([
      "base 1.0.0/1 is approved for stable: ok",
      "the share updater failed: busy",
      "the updater's schedule tries again; to do so now: npx factory update base",
    ]);
    factory.aws.emulator.fail(
      "StartResourceStateUpdate",
      new Fault("ForbiddenException", "no pass role", 403),
    );
    const revoked = await run("revoke", "base", "1.0.0/1", "--reason", "INC-7", "--yes");
    expect(revoked.status).toBe(1);
    expect(revoked.stdout).toContain(
      "setting it DISABLED failed: no pass role\nit is revoked all the same",
    );
  });

  test("what is shared and has nothing to be put in its place is no difference", async () => {
    const arn = await bake();
    await run("approve", "base", "1.0.0/1", "--channel", "stable", "--reason", "ok", "--yes");
    const resourceArn = arn;
    const untag = new UntagResourceCommand({
      resourceArn,
      tagKeys: ["golden-image:approved-stable"],
    });
    await factory.as("shared").imageBuilder.send(untag);
    const { stdout, status } = await run("status");
    expect(stdout).toContain("1.0.0/1 (nothing to put in its place)");
    expect(status).toBe(0);
  });

  test("a build that RAM doesn't let go is said to be there still", async () => {
    const bad = await bake();
    await run("update", "base");
    factory.aws.ram.depend(bad, true);
    const { stdout, status } = await run("revoke", "base", "1.0.0/1", "--reason", "INC-7", "--yes");
    expect(stdout).toContain(
      "canary: x.x.x is 1.0.0/1 (shared: 1.0.0/1); RAM doesn't let 1.0.0/1 go",
    );
    expect(stdout).toContain(
      "1.0.0/1 is still in canary: its audience sees it, and can't launch it any more",
    );
    expect(status).toBe(1);
  });

  test("what can't be looked at is told, and isn't taken for what isn't there", async () => {
    await bake();
    await run("update", "base");
    factory.aws.emulator.fail(
      "GetResourceShareAssociations",
      new Fault("AccessDeniedException", "not you", 403),
    );
    const { stdout, status } = await run("builds", "base");
    expect(stdout).toContain("problem: not you");
    expect(status).toBe(2);
  });

  test("builds lists every build with its parent, approvals and where it is shared", async () => {
    await bake();
    await run("approve", "base", "1.0.0/1", "--channel", "stable", "--reason", "CHG-1", "--yes");
    await bake();
    await run("revoke", "base", "1.0.0/2", "--reason", "INC-7", "--yes");
    const lines = (await run("builds", "base")).stdout.trim().split("\n");
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ["build", "status", "age", "parent", "shared in", "approved for"],
      ["1.0.0/2", "DISABLED", "0 h", "amazon-linux-2023-x86/x.x.x", "-", "-", "revoked: INC-7"],
      [
        "1.0.0/1",
        "AVAILABLE",
        "0 h",
        "amazon-linux-2023-x86/x.x.x",
        "canary stable",
        "stable (CHG-1)",
      ],
    ]);
  });

  test("build waits for every phase, and ends as the build does", async () => {
    const { stdout, status } = await run("build", "base", "--wait");
    expect(stdout).toMatch(/^base 1\.0\.0\/1 is being built\n/);
    expect(stdout).toMatch(/base 1\.0\.0\/1 is AVAILABLE\n$/);
    expect(status).toBe(0);
  }, 40_000);

  test("explain says which build an account gets, and what is missing for a newer one", async () => {
    await bake();
    await run("approve", "base", "1.0.0/1", "--channel", "stable", "--reason", "ok", "--yes");
    await bake();
    expect(
      (await run("explain", "base", "--account", "333333333333")).stdout.trim().split("\n"),
    ).toEqual([
      "canary: gets 1.0.0/1, if it is in ou-abcd-11111111, or below",
      "  1.0.0/2 is to be shared at the updater's next run",
      "stable: gets 1.0.0/1, if it is in the organization o-abcdefghij",
      "  1.0.0/2 isn't approved for stable",
      "",
      "Of several, 333333333333 gets the highest.",
    ]);
  });

  test.each<[string, string[], string]>([
    ["a command that there isn't", ["stats"], "there is no command 'stats'"],
    ["an option that there isn't", ["status", "--al"], "Unknown option '--al'"],
    ["too little", ["revoke", "base"], "revoke: VERSION/BUILD and --reason is missing"],
    ["too much", ["status", "base"], "status: 'base' is too much"],
    [
      "an image that there isn't",
      ["builds", "bse"],
      "there is no golden image 'bse' in eu-west-1: there are base, web",
    ],
    [
      "a Region that there isn't",
      ["status", "--region", "us-east-1"],
      "--region: golden images are baked in eu-west-1, got: us-east-1",
    ],
    [
      "a build that is none",
      ["revoke", "base", "1.0", "--reason", "x", "--yes"],
      "a build is called VERSION/BUILD, such as 1.0.3/1, got: 1.0",
    ],
    [
      "a build that there isn't",
      ["revoke", "base", "1.0.0/9", "--reason", "x", "--yes"],
      "there is no build 1.0.0/9 of base: see `npx factory builds base`",
    ],
    [
      "a channel that there isn't",
      ["approve", "base", "1.0.0/1", "--channel", "x", "--reason", "x", "--yes"],
      "--channel: base has canary, stable, got: x",
    ],
    [
      "a channel that asks for none",
      ["approve", "base", "1.0.0/1", "--channel", "canary", "--reason", "x", "--yes"],
      "--channel: canary asks for no approval: builds reach it by themselves",
    ],
    [
      "a reason that no tag takes",
      ["revoke", "base", "1.0.0/1", "--reason", "a;b", "--yes"],
      "--reason: must be 1 to 256 letters, digits, spaces and _.:/=+-@, as a tag's value is, got: a;b",
    ],
    [
      "nobody to ask",
      ["revoke", "base", "1.0.0/1", "--reason", "x"],
      "Revoke base 1.0.0/1? Nobody outside can launch it then, and its AMIs are disabled. There is nobody to ask: say --yes",
    ],
    [
      "an account that is none",
      ["explain", "base", "--account", "12"],
      "--account: must be an account id of 12 digits, got: 12",
    ],
  ])("%s is told, and changes nothing", async (_what, args, message) => {
    await bake();
    const before = factory.aws.emulator.calls.length;
    const { stderr, status } = await run(...args);
    expect(stderr.split("\n")[0]?.startsWith(message)).toBe(true);
    expect(stderr).not.toMatch(/ {4}at /);
    expect(status).toBe(1);
    const calls = factory.aws.emulator.calls.slice(before).map(({ operation }) => operation);
    expect(calls.filter((operation) => !/^(Get|List|Describe)/.test(operation))).toEqual([]);
  });

  test("approves a build that lists don't show yet", async () => {
    const late = await SmallFactory.start({ phase: 5, association: 30, listLag: 60_000 });
    try {
      await late.share("organization", {
        channel: "stable",
        keep: 2,
        bakeHours: 0,
        approvalRequired: true,
      });
      await late.bake("shared", await late.pipeline("shared", "base", "1.0.0", AWS_PARENT));
      const args = [
        "approve",
        "base",
        "1.0.0/1",
        "--channel",
        "stable",
        "--reason",
        "ok",
        "--yes",
        "--config",
        config,
      ];
      expect((await spawn(late.as("shared").environment, ...args)).stdout).toContain(
        "stable: x.x.x is 1.0.0/1 (shared: 1.0.0/1)",
      );
    } finally {
      late.stop();
    }
  });

  test("another account's credentials are told apart", async () => {
    const result = await spawn(factory.as("orders").environment, "status", "--config", config);
    expect(result.stderr).toBe(
      "these credentials are of account 333333333333, and the golden images are in 111111111111: use --profile\n",
    );
  });
});
