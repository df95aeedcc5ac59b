import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { minimalFactory, withFolder } from "../../tools/fixtures/factory-file";
import type { Result } from "./run-factory";
import { runInProcess } from "./run-in-process";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));

const root = mkdtempSync(join(tmpdir(), "inputs-"));
afterAll(() => rmSync(root, { recursive: true }));

/** The folders of a factory that was just synthesized. */
interface Synthesized {
  readonly folder: string;
  readonly path: string;
  readonly outdir: string;
}

const template = join(root, "template");
beforeAll(async () => {
  withFolder({ file: minimalFactory() }, (path) =>
    cpSync(dirname(path), template, { recursive: true }),
  );
  expect((await synthesize(template)).status).toBe(0);
});

function runCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Result> {
  return runInProcess(args, { ...process.env, ...env });
}

function synthesize(folder: string, bootstrap?: "1"): Promise<Result> {
  return runCommand(["synth"], {
    FACTORY_BOOTSTRAP: bootstrap,
    FACTORY_CONFIG: join(folder, "factory.yaml"),
    CDKTF_OUTDIR: join(folder, "cdktf.out"),
  });
}

function synthesized(): Synthesized {
  const folder = mkdtempSync(join(root, "factory-"));
  cpSync(template, folder, { recursive: true });
  return { folder, path: join(folder, "factory.yaml"), outdir: join(folder, "cdktf.out") };
}

function run({ outdir }: Synthesized, args: readonly string[], config?: string): Promise<Result> {
  return runCommand(args, { CDKTF_OUTDIR: outdir, FACTORY_CONFIG: config });
}

async function matrixError(factory: Synthesized, config?: string): Promise<string> {
  const { status, stdout, stderr } = await run(factory, ["stacks", "matrix"], config);
  expect([status, stdout]).toEqual([1, ""]);
  return stderr;
}

test.each<[string, (factory: Synthesized) => void, string]>([
  ["factory.yaml", ({ path }) => appendFileSync(path, "# edited\n"), "factory.yaml"],
  [
    "the version lock file",
    ({ folder }) => appendFileSync(join(folder, "factory.lock.json"), "\n"),
    "factory.lock.json",
  ],
  [
    "two files",
    ({ folder, path }) => {
      appendFileSync(join(folder, "agent.yaml"), "# edited\n");
      appendFileSync(path, "# edited\n");
    },
    "agent.yaml, factory.yaml",
  ],
  ["a document that was deleted", ({ folder }) => rmSync(join(folder, "agent.yaml")), "agent.yaml"],
  [
    "provider versions that were pinned since",
    ({ folder }) => writeFileSync(join(folder, ".terraform.lock.hcl"), "# pinned\n"),
    ".terraform.lock.hcl",
  ],
])(
  "stacks rejects stacks that were synthesized before a change of %s",
  async (_what, change, files) => {
    const factory = synthesized();
    change(factory);
    expect(await matrixError(factory)).toBe(
      `${factory.outdir} was synthesized from another version of ${files}: run \`npx --no factory synth --config ${factory.path}\`\n`,
    );
  },
);

test("stacks accepts stacks whose files have other line endings or times, and other files next to them", async () => {
  const factory = synthesized();
  for (const name of ["factory.yaml", "factory.lock.json", "agent.yaml"]) {
    const file = join(factory.folder, name);
    writeFileSync(file, readFileSync(file, "utf8").replaceAll("\n", "\r\n"));
  }
  writeFileSync(join(factory.folder, "gate.yaml"), "not used");
  expect(await run(factory, ["stacks", "matrix"])).toMatchObject({ status: 0, stderr: "" });
});

const OTHERS: readonly (readonly string[])[] = [
  ["stacks", "list"],
  ["stacks", "changes"],
  ["plan-summary"],
];

test.each(OTHERS.map((args) => [args.join(" "), args] as const))(
  "%s rejects stacks of another version of the factory file",
  async (_name, args) => {
    const factory = synthesized();
    appendFileSync(factory.path, "# edited\n");
    expect(await run(factory, args)).toEqual({
      status: 1,
      stdout: "",
      stderr: `${factory.outdir} was synthesized from another version of factory.yaml: run \`npx --no factory synth --config ${factory.path}\`\n`,
    });
  },
);

test("diagram rejects stacks of another version of the factory file, and draws nothing", async () => {
  const factory = synthesized();
  appendFileSync(factory.path, "# edited\n");
  const target = join(factory.folder, "picture");
  expect(
    await runCommand(["diagram", factory.outdir, target], { FACTORY_CONFIG: undefined }),
  ).toEqual({
    status: 1,
    stdout: "",
    stderr: `${factory.outdir} was synthesized from another version of factory.yaml: run \`npx --no factory synth --config ${factory.path}\`\n`,
  });
  expect(() => readFileSync(`${target}.svg`)).toThrow("ENOENT");
});

test("diagram leaves out the folders of stacks that aren't in the manifest", async () => {
  const factory = synthesized();
  const stacks = join(factory.outdir, "stacks");
  cpSync(join(stacks, "payments-eu-west-1"), join(stacks, "orders-eu-west-1"), { recursive: true });
  const target = join(factory.folder, "picture");
  const { stdout } = await runCommand(["diagram", factory.outdir, target], {
    FACTORY_CONFIG: undefined,
  });
  expect(stdout).toMatch(/^wrote /);
  expect(stdout).not.toContain("orders");
});

test("stacks rejects the stacks of the last successful synthesis after one that failed, until the mistake is undone", async () => {
  const factory = synthesized();
  const before = readFileSync(factory.path, "utf8");
  writeFileSync(factory.path, before.replace("o-abcdefghij", "acme"));
  expect((await synthesize(factory.folder)).status).toBe(1);
  expect(await matrixError(factory)).toBe(
    `${factory.outdir} was synthesized from another version of factory.yaml: run \`npx --no factory synth --config ${factory.path}\`\n`,
  );
  writeFileSync(factory.path, before);
  expect(await run(factory, ["stacks", "matrix"])).toMatchObject({ status: 0, stderr: "" });
});

test("stacks rejects stacks of a synthesis that was interrupted", async () => {
  const factory = synthesized();
  rmSync(join(factory.outdir, "inputs.json"));
  expect(await matrixError(factory)).toBe(
    `${factory.outdir} is incomplete, because it contains no inputs.json: run \`npx --no factory synth\`\n`,
  );
});

test("stacks rejects stacks of another version of the factory", async () => {
  const factory = synthesized();
  const file = join(factory.outdir, "inputs.json");
  writeFileSync(file, readFileSync(file, "utf8").replace(`"${version}"`, '"0.0.9"'));
  expect(await matrixError(factory)).toBe(
    `${factory.outdir} was synthesized by version 0.0.9 of the factory, and this is version ${version}: run \`npx --no factory synth --config ${factory.path}\`\n`,
  );
});

test("stacks rejects stacks that were synthesized with another FACTORY_BOOTSTRAP", async () => {
  const factory = synthesized();
  const list = (bootstrap: string | undefined) =>
    runCommand(["stacks", "list"], {
      CDKTF_OUTDIR: factory.outdir,
      FACTORY_CONFIG: undefined,
      FACTORY_BOOTSTRAP: bootstrap,
    });
  expect(await list("1")).toEqual({
    status: 1,
    stdout: "",
    stderr: `${factory.outdir} was synthesized without FACTORY_BOOTSTRAP=1, which is set now: run \`npx --no factory synth --config ${factory.path}\`\n`,
  });
  await synthesize(factory.folder, "1");
  expect(await list("1")).toMatchObject({ status: 0, stderr: "" });
  expect(await list(undefined)).toEqual({
    status: 1,
    stdout: "",
    stderr: `${factory.outdir} was synthesized with FACTORY_BOOTSTRAP=1, which isn't set now: run \`npx --no factory synth --config ${factory.path}\`\n`,
  });
});

test("stacks rejects stacks that were synthesized from another file than FACTORY_CONFIG", async () => {
  const factory = synthesized();
  const other = join(factory.folder, "other.yaml");
  copyFileSync(factory.path, other);
  expect(await matrixError(factory, other)).toBe(
    `${factory.outdir} was synthesized from ${factory.path}, not from ${other}: run \`npx --no factory synth\`, or set FACTORY_CONFIG to the factory file that was synthesized\n`,
  );
  expect(await run(factory, ["stacks", "matrix"], factory.path)).toMatchObject({
    status: 0,
    stderr: "",
  });
});

test("stacks reports that stacks from an artifact can't be compared where the factory file doesn't exist, and continues", async () => {
  const factory = synthesized();
  const job = mkdtempSync(join(root, "job-"));
  cpSync(factory.outdir, join(job, "cdktf.out"), { recursive: true });
  const outdir = join(job, "cdktf.out");
  const artifact = { ...factory, outdir };
  const { status, stdout, stderr } = await run(artifact, ["stacks", "matrix"]);
  expect([status, JSON.parse(stdout).include.length]).toEqual([0, 5]);
  expect(stderr).toBe(
    `${job}/factory.yaml doesn't exist here, so ${outdir} isn't compared with it\n`,
  );
  // A later job with the sources in another folder.
  mkdirSync(join(job, "sources"));
  for (const name of ["factory.yaml", "factory.lock.json", "agent.yaml"])
    copyFileSync(join(factory.folder, name), join(job, "sources", name));
  const config = join(job, "sources", "factory.yaml");
  expect(await run(artifact, ["stacks", "matrix"], config)).toMatchObject({
    status: 0,
    stderr: "",
  });
  appendFileSync(config, "# edited\n");
  expect(await matrixError(artifact, config)).toBe(
    `${outdir} was synthesized from another version of factory.yaml: run \`npx --no factory synth\`\n`,
  );
});
