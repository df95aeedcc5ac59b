import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { factoryCommand, suggestWithConfig } from "../../cli/factory-command";
import { SharedAccount } from "./day-two/shared-account";
import { runInProcess } from "./run-in-process";

describe("factoryCommand", () => {
  afterEach(() => suggestWithConfig(undefined));

  test.each([
    [undefined, "npx --no factory update base"],
    ["factory.yaml", "npx --no factory update base"],
    ["teams/web.yaml", "npx --no factory update base --config teams/web.yaml"],
    ["our teams/web.yaml", "npx --no factory update base --config 'our teams/web.yaml'"],
  ])("renders a command while one with --config %j runs", (config, expected) => {
    suggestWithConfig(config);
    expect(factoryCommand("update base")).toBe(expected);
  });
});

describe("a command with --config FILE", () => {
  let account: SharedAccount;
  let file: string;
  beforeAll(async () => {
    account = await SharedAccount.start();
    file = join(account.folder, "other.yaml");
    copyFileSync(account.file, file);
    await account.build();
  });
  afterAll(() => account.stop());

  test.each([
    ["status", "update IMAGE"],
    ["status", "approve IMAGE BUILD --channel CHANNEL --reason REASON"],
    ["approve base 9.9.9/9 --channel stable --reason ok --yes", "builds base"],
    ["verify base 1.0.0/1", "keys"],
    ["add component", "add component --list"],
  ])("%s suggests `%s` with the same option", async (command, suggested) => {
    const run = async (...options: string[]): Promise<string> => {
      const { stdout, stderr } = await account.run([...command.split(" "), ...options]);
      return stdout + stderr;
    };
    expect(await run("--config", file)).toContain(`npx --no factory ${suggested} --config ${file}`);
    const plain = await run();
    expect(plain).toContain(`npx --no factory ${suggested}`);
    expect(plain).not.toContain("--config");
  });

  test("plan-summary suggests `synth` with the same option", async () => {
    const env = { CDKTF_OUTDIR: join(account.folder, "cdktf.out") };
    expect(await runInProcess(["plan-summary", "--config", file], env)).toEqual({
      status: 1,
      stdout: "",
      stderr: `${env.CDKTF_OUTDIR}/manifest.json doesn't exist: run \`npx --no factory synth --config ${file}\` first\n`,
    });
  });
});
