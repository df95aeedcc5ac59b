import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { defaultDockerfile } from "../config/documents/dockerfile";
import { lockFilePath } from "../config/versions/lock-file";
import {
  DOCUMENT,
  inFolder,
  minimalContainer,
  minimalFactory,
  WORKFLOW,
  withFolder,
  withFolderAsync,
} from "../tools/fixtures/factory-file";
import { DEFECT } from "./cli/run-factory";
import { runInProcess } from "./cli/run-in-process";

let outdir: string;
beforeEach(() => {
  outdir = mkdtempSync(join(tmpdir(), "cdktf-out-"));
});
afterEach(() => rmSync(outdir, { recursive: true }));

function environment(file: string): NodeJS.ProcessEnv {
  return { ...process.env, FACTORY_CONFIG: file, CDKTF_OUTDIR: outdir };
}

/** Runs the app as `cdktf synth` does. */
function run(file: string, variables: NodeJS.ProcessEnv = {}) {
  const { status, stderr } = spawnSync(process.execPath, ["dist/main.js"], {
    env: { ...environment(file), ...variables },
    encoding: "utf8",
  });
  return { status, stderr };
}

/** Calls the app in this process, as `factory synth` does. */
async function synthesize(file: string): Promise<void> {
  const { status, stderr } = await runInProcess(["synth"], environment(file));
  expect([status, stderr]).toEqual([0, ""]);
}

test("main synthesizes the stacks of the shipped factory file", () => {
  expect(run("factory.yaml")).toEqual({ status: 0, stderr: "" });
  expect(readdirSync(join(outdir, "stacks")).sort()).toEqual([
    "payments-eu-west-1",
    "shared-eu-west-1",
    "state-payments",
    "state-shared",
  ]);
});

test("main prints one line about Node.js if that is older than the package allows, and exits with 1", () => {
  const older = `Object.defineProperty(process.versions, "node", { value: "20.18.3" })`;
  const preload = `data:text/javascript,${encodeURIComponent(older)}`;
  expect(run("factory.yaml", { NODE_OPTIONS: `--import=${preload}` })).toEqual({
    status: 1,
    stderr:
      "factory needs Node.js 20.19 or later, and this is Node.js 20.18.3: install a newer version\n",
  });
});

test("main synthesizes the complete example, whose documents are next to it in another folder", () =>
  synthesize("examples/complete/factory.yaml"));

test("main prints all problems of a factory file without a stack trace, exits with 1 and writes nothing", () => {
  const file = { ...minimalFactory(), organization: { id: "acme" } };
  withFolder({ file }, (path) => {
    const { status, stderr } = run(path);
    expect({ status, stderr: inFolder(path, stderr) }).toEqual({
      status: 1,
      stderr: `factory.yaml has 2 problems:
  factory.yaml:2:7 organization.id: must be an organization ID such as o-abcdefghij, got: "acme"
  factory.yaml:2:3 organization.managementAccountId: is missing, must be an account ID of 12 digits in quotes, such as "111111111111"
`,
    });
    expect(readdirSync(outdir)).toEqual([]);
  });
});

test("main prints a defect with a stack trace that names the sources, and exits with 1", () => {
  const { status, stderr } = run("factory.yaml", DEFECT);
  expect(stderr).toMatch(/^Error: a defect\n/);
  expect(stderr).toContain(`(${process.cwd()}/config/load.ts:`);
  expect(stderr).toContain(`(${process.cwd()}/main.ts:`);
  expect(status).toBe(1);
});

test("main writes all assets into the folder of the stack, so that nothing in it points outside", async () => {
  await synthesize("factory.yaml");
  const folder = join(outdir, "stacks", "shared-eu-west-1");
  const json = readFileSync(join(folder, "cdk.tf.json"), "utf8");
  expect(json).not.toContain(process.cwd());
  const { data, resource } = JSON.parse(json);
  const [{ source_dir }] = Object.values<{ source_dir: string }>(data.archive_file) as [
    { source_dir: string },
  ];
  const [{ source }] = Object.values<{ source: string }>(resource.aws_s3_object) as [
    { source: string },
  ];
  expect(existsSync(join(folder, source_dir, "index.mjs"))).toBe(true);
  expect(readFileSync(join(folder, source))).toEqual(
    readFileSync("components/linux/cloudwatch-agent-linux.yaml"),
  );
});

test("main copies the provider lock file next to the factory file into every stack", async () => {
  await withFolderAsync({ file: minimalFactory() }, async (path) => {
    writeFileSync(join(dirname(path), ".terraform.lock.hcl"), "# pinned\n");
    await synthesize(path);
    const stacks = readdirSync(join(outdir, "stacks"));
    expect(stacks).toHaveLength(5);
    for (const stack of stacks)
      expect(readFileSync(join(outdir, "stacks", stack, ".terraform.lock.hcl"), "utf8")).toBe(
        "# pinned\n",
      );
  });
});

describe("inputs.json", () => {
  const sha256 = (text: string | Buffer) => createHash("sha256").update(text).digest("hex");

  test("main writes the hashes of everything that it read, with the same bytes each time", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    const file = minimalFactory();
    file.images.base.userData = "start.bin";
    file.images.web.workflows = { tests: [{ document: "documents/gate.yaml" }] };
    file.containers = { runtime: { ...minimalContainer(), dockerfile: "Dockerfile" } };
    const documents = {
      "agent.yaml": DOCUMENT,
      "documents/gate.yaml": WORKFLOW,
      "start.bin": "#!/bin/sh\n",
      Dockerfile: defaultDockerfile("Linux"),
      "unused.yaml": "",
    };
    await withFolderAsync({ file, documents }, async (path) => {
      const lockFile = readFileSync(lockFilePath(path));
      const write = async () => {
        await synthesize(path);
        return readFileSync(join(outdir, "inputs.json"), "utf8");
      };
      const first = await write();
      expect(first).toBe(
        `${JSON.stringify(
          {
            factoryVersion: version,
            bootstrap: false,
            factoryFile: `../${basename(dirname(path))}/factory.yaml`,
            files: {
              ".terraform.lock.hcl": null,
              Dockerfile: sha256(defaultDockerfile("Linux")),
              "agent.yaml": sha256(DOCUMENT),
              "documents/gate.yaml": sha256(WORKFLOW),
              "factory.lock.json": sha256(lockFile),
              "factory.yaml": sha256(readFileSync(path)),
              "start.bin": sha256("#!/bin/sh\n"),
            },
          },
          null,
          2,
        )}\n`,
      );
      expect(await write()).toBe(first);
    });
  });

  test("main removes inputs.json before it writes stacks, so that half-written stacks have none", async () => {
    await synthesize("factory.yaml");
    rmSync(join(outdir, "stacks"), { recursive: true });
    // A file in place of the folder makes the synthesis fail.
    writeFileSync(join(outdir, "stacks"), "");
    expect(await runInProcess(["synth"], environment("factory.yaml"))).toMatchObject({ status: 1 });
    expect(existsSync(join(outdir, "inputs.json"))).toBe(false);
  });
});
