import { readFileSync } from "node:fs";
import { addContainer, SharedAccount, withoutTimes } from "./shared-account";

const REPOSITORY = "golden-image-factory/runtime";

describe("a build that waits for approval", () => {
  let account: SharedAccount;
  let pipeline: string;
  beforeEach(async () => {
    account = await SharedAccount.start(undefined, addContainer);
    await account.factory.share(
      "organization",
      { name: "stable", keep: 1, bakeHours: 0, approval: "automatic" },
      "runtime",
    );
    const gate = readFileSync("workflows/wait-for-approval.yaml", "utf8");
    pipeline = await account.factory.containerPipeline("runtime", gate);
  });
  afterEach(() => account.stop());

  test("factory waiting lists the build, and factory resume continues it until it is shared", async () => {
    const { arn, message } = await account.factory.build("shared", pipeline);
    expect(JSON.parse(message)).toMatchObject({
      imageArn: arn,
      customPayload: expect.stringContaining("npx --no factory waiting"),
    });
    expect(await account.command("waiting")).toEqual({
      status: 0,
      stdout: `Region     image    build    step     waiting for
eu-west-1  runtime  1.0.0/1  Approve  0 h

To continue a build: \`npx --no factory resume IMAGE BUILD --reason REASON\`
To fail it: \`npx --no factory stop IMAGE BUILD --reason REASON\`
`,
      stderr: "",
    });
    expect(JSON.parse((await account.command("waiting --json")).stdout)).toEqual({
      waiting: [
        {
          region: "eu-west-1",
          image: "runtime",
          build: "1.0.0/1",
          step: "Approve",
          ageHours: expect.any(Number),
        },
      ],
      problems: [],
    });
    expect(await account.command("resume runtime 1.0.0/1 --reason CHG-1 --yes")).toEqual({
      status: 0,
      stdout: "runtime 1.0.0/1 is resumed: CHG-1\n",
      stderr: "",
    });
    await account.factory.aws.runs.idle();
    expect([...account.factory.pushed]).toEqual([
      `${REPOSITORY}:1.0.0-1`,
      `${REPOSITORY}:runtime-1.0.0-1`,
    ]);
    await account.command("update runtime");
    expect(await account.factory.as("orders").resolve(arn)).toMatchObject({
      status: "AVAILABLE",
      amis: [],
    });
    expect(await account.command("waiting")).toEqual({
      status: 0,
      stdout: "no build is waiting in eu-west-1\n",
      stderr: "",
    });
    expect(await account.command("resume runtime 1.0.0/1 --reason x --yes")).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "BUILD: runtime 1.0.0/1 isn't waiting: list waiting builds with `npx --no factory waiting`\n",
    });
  });

  test("factory stop fails the build, and nothing is pushed", async () => {
    const { arn } = await account.factory.build("shared", pipeline);
    expect(await account.command("stop runtime 1.0.0/1 --reason CVE --yes")).toEqual({
      status: 0,
      stdout: "runtime 1.0.0/1 is stopped: Image Builder marks the build FAILED: CVE\n",
      stderr: "",
    });
    await account.factory.aws.runs.idle();
    expect(await account.factory.as("shared").resolve(arn)).toMatchObject({ status: "FAILED" });
    expect([...account.factory.pushed]).toEqual([]);
  });

  test.each([
    ["resume", "Resume runtime 1.0.0/1 in eu-west-1? It is waiting in Approve."],
    ["stop", "Fail runtime 1.0.0/1 in eu-west-1? It is waiting in Approve."],
  ])("factory %s asks before it answers", async (command, question) => {
    await account.factory.build("shared", pipeline);
    const { status, stdout, stderr } = await account.command(
      `${command} runtime 1.0.0/1 --reason x`,
    );
    expect([status, stdout, withoutTimes(stderr)]).toEqual([
      1,
      "",
      `Region     build    created (UTC)     parent                                       AMIs or containers
eu-west-1  1.0.0/1  2026-01-02 03:04  public.ecr.aws/amazonlinux/amazonlinux:2023  -

${question}
stdin is not a terminal: pass --yes to confirm
`,
    ]);
  });

  test("factory resume rejects a reason that Image Builder doesn't accept", async () => {
    await account.factory.build("shared", pipeline);
    const args = ["resume", "runtime", "1.0.0/1", "--yes", "--reason"];
    expect((await account.run([...args, ""])).stderr).toBe(
      "--reason: must have 1 to 1,024 characters, got: 0\n",
    );
    expect((await account.run([...args, "x".repeat(1_025)])).stderr).toBe(
      "--reason: must have 1 to 1,024 characters, got: 1025\n",
    );
  });
});
