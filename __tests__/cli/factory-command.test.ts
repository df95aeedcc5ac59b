import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { factoryCommand, suggestWithConfig } from "../../cli/factory-command";
import { factoryProgram } from "../../cli/program";
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
  let folder: string;
  let file: string;
  beforeAll(async () => {
    account = await SharedAccount.start();
    folder = mkdtempSync(join(tmpdir(), "other-"));
    cpSync(account.folder, folder, { recursive: true });
    file = join(folder, relative(account.folder, account.file));
    await account.build();
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
    return account.stop();
  });

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

  test("verify reads the trusted keys in the folder of that file", async () => {
    const { stderr } = await account.run(["verify", "base", "1.0.0/1", "--config", file]);
    expect(stderr).toContain(`${join(folder, "factory.keys.json")} trusts no key: `);
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

describe("--config FILE takes precedence over FACTORY_CONFIG", () => {
  const build = "base 1.0.0/1 --reason ok --yes";
  const lines = [
    "add component",
    "versions",
    "synth",
    "plan",
    "apply --yes",
    "doctor",
    "prove base --account web",
    "prove --assumptions --yes",
    "status",
    "status --account web",
    "builds base",
    "which ami-0123456789abcdef0",
    "fleet",
    "explain base --account web",
    "build base",
    "update base",
    `approve ${build} --channel stable`,
    `unapprove ${build} --channel stable`,
    `revoke ${build}`,
    `unrevoke ${build}`,
    "waiting",
    `resume ${build}`,
    `stop ${build}`,
    "findings base",
    "notes base",
    "record base 1.0.0/1",
    "keys",
    "verify base 1.0.0/1",
    "catalogue --out new",
  ];

  test.each(lines)("for `%s`", async (line) => {
    const args = [...line.split(" "), "--config", "there.yaml"];
    expect(await runInProcess(args, { FACTORY_CONFIG: "nowhere.yaml" })).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "there.yaml doesn't exist: run the command in the folder that contains it, or set FACTORY_CONFIG to its path\n",
    });
  });

  test("for every command that has the option, and plan-summary", () => {
    const withConfig = factoryProgram()
      .commands.filter(({ options }) => options.some(({ long }) => long === "--config"))
      .map((command) => command.name());
    const tested = new Set(lines.map((line) => line.split(" ")[0]));
    expect(withConfig.filter((name) => !tested.has(name))).toEqual(["plan-summary"]);
  });
});
