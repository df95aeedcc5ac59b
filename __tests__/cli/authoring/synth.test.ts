import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { inFolder, minimalFactory, withFolderAsync } from "../../../tools/fixtures/factory-file";
import type { Result } from "../run-factory";
import { runInProcess } from "../run-in-process";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "factory-synth-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
  return runInProcess(args, { ...process.env, ...env });
}

const STACKS = "state-shared, state-payments, shared-eu-west-1, payments-eu-west-1";

test("synth creates CDKTF_OUTDIR, writes the stacks to it and prints their ids on one line", async () => {
  const outdir = join(folder, "build", "out");
  expect(await run(["synth"], { CDKTF_OUTDIR: outdir })).toEqual({
    status: 0,
    stdout: `wrote 4 stacks to ${outdir}/stacks: ${STACKS}\n`,
    stderr: "",
  });
  expect(readdirSync(outdir).sort()).toEqual(["inputs.json", "manifest.json", "stacks"]);
});

test("synth --json prints the folder and the stacks", async () => {
  const { stdout } = await run(["synth", "--json"], { CDKTF_OUTDIR: folder });
  expect(JSON.parse(stdout)).toEqual({ outdir: folder, stacks: STACKS.split(", ") });
});

test.each<[string, (path: string) => [string[], NodeJS.ProcessEnv]]>([
  ["--config", (path) => [["--config", path], { FACTORY_CONFIG: "nowhere.yaml" }]],
  ["FACTORY_CONFIG", (path) => [[], { FACTORY_CONFIG: path }]],
])(
  "synth reads the factory file that %s names, and prints its warnings once",
  async (_name, inputs) => {
    const file = minimalFactory();
    file.sharedAccount.regions = { "eu-west-1": {}, "eu-west-9": {} };
    await withFolderAsync({ file }, async (path) => {
      const [args, env] = inputs(path);
      const { status, stdout, stderr } = await run(["synth", ...args], {
        CDKTF_OUTDIR: folder,
        ...env,
      });
      expect(inFolder(path, stderr)).toBe(
        "factory.yaml has 1 warning:\n  factory.yaml:12:16 sharedAccount.regions.eu-west-9: isn't a known Region, did you mean 'eu-west-2'? [region-known]\n",
      );
      expect(stdout).toMatch(/^wrote \d+ stacks to [^\n]*\n$/);
      expect(status).toBe(0);
    });
  },
);

test("synth prints the problems of a factory file once and exits with 1", async () => {
  const file = { ...minimalFactory(), organization: { id: "acme" } };
  await withFolderAsync({ file }, async (path) => {
    const result = await run(["synth", "--config", path], { CDKTF_OUTDIR: folder });
    expect({ ...result, stderr: inFolder(path, result.stderr) }).toEqual({
      status: 1,
      stdout: "",
      stderr: `factory.yaml has 2 problems:
  factory.yaml:2:7 organization.id: must be an organization ID such as o-abcdefghij, got: "acme"
  factory.yaml:2:3 organization.managementAccountId: is missing, must be an account ID of 12 digits in quotes, such as "111111111111"
`,
    });
  });
  expect(readdirSync(folder)).toEqual([]);
});

test("synth explains that a factory file doesn't exist", async () => {
  const { status, stdout, stderr } = await run(["synth", "--config", "nowhere.yaml"]);
  expect(stderr).toMatch(/^nowhere\.yaml doesn't exist: [^\n]*\n$/);
  expect([status, stdout]).toEqual([1, ""]);
});

test("the app synthesizes from any working directory", () => {
  const env = {
    ...process.env,
    FACTORY_CONFIG: resolve("factory.yaml"),
    CDKTF_OUTDIR: join(folder, "out"),
  };
  const { status, stderr } = spawnSync(process.execPath, [resolve("dist/main.js")], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, ""]);
});
