/**
 * The package as users install it. Runs with each Node.js of the environment variable TEST_NODES,
 * which contains folders as PATH does. @default - the Node.js that runs the tests
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { relativeLinks } from "../tools/docs/links";
import { validateStacks } from "../tools/local-aws/validate-stacks";

const FACTORY = `# yaml-language-server: $schema=node_modules/golden-image-factory/factory.schema.json
organization: { id: o-abcdefghij, managementAccountId: "999999999999" }
state: { backend: s3, bucket: "acme-{account}", region: eu-west-1 }
sharedAccount: { id: "111111111111", regions: { eu-west-1: {} } }
images:
  base:
    platform: Linux
    parent: { awsManaged: amazon-linux-2023-x86 }
    version: "1.0"
    components: [{ document: node_modules/golden-image-factory/components/linux/tomcat-linux.yaml }]
    share: { channels: { stable: { principals: { organization: true } } } }
`;

const CDKTF = {
  language: "typescript",
  app: "node node_modules/golden-image-factory/dist/main.js",
  sendCrashReports: "false",
};

const STACKS = ["shared-eu-west-1", "state-shared"];

const NODES = process.env["TEST_NODES"]?.split(delimiter) ?? [dirname(process.execPath)];

const { version } = JSON.parse(readFileSync("package.json", "utf8"));

/** Where the package is installed and a factory is written. It is outside of this repository. */
let folder: string;
let tarball: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "installed-factory-"));
  // The bundles are up to date: other tests run them at the same time.
  const options = ["--ignore-scripts", "--json", "--pack-destination", folder];
  const [{ filename }] = JSON.parse(
    execFileSync("npm", ["pack", ...options], { encoding: "utf8" }),
  );
  tarball = join(folder, filename);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  const install = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--offline"];
  execFileSync("npm", [...install, tarball], { cwd: folder });
});
afterAll(() => rmSync(folder, { recursive: true }));

const PACKAGE = join("node_modules", "golden-image-factory");

function installed(...path: string[]): string {
  return join(folder, PACKAGE, ...path);
}

/** The size of all files in a folder, in bytes. */
function sizeOf(root: string): number {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const sizes = entries.map((entry) =>
    entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe("the package", () => {
  test("contains the bundles, the schema, the libraries, the examples, the documents and the licenses", () => {
    expect(readdirSync(installed()).sort()).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "SECURITY.md",
      "THIRD-PARTY-NOTICES",
      "catalogue.schema.json",
      "components",
      "dist",
      "docs",
      "examples",
      "factory.schema.json",
      "package.json",
      "templates",
      "workflows",
    ]);
    expect(readdirSync(installed("dist")).sort()).toEqual([
      "catalogue",
      "factory",
      "factory.js",
      "main.js",
      "main.js.map",
      "rebuilder",
      "recorder",
      "share-updater",
    ]);
  });

  test("is a tarball of at most 6 MB, and at most 40 MB in one package when installed", () => {
    expect(statSync(tarball).size).toBeLessThanOrEqual(6_000_000);
    expect(sizeOf(join(folder, "node_modules"))).toBeLessThanOrEqual(40_000_000);
    const { packages } = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
    expect(Object.keys(packages)).toEqual(["", "node_modules/golden-image-factory"]);
  });

  test("has no dependencies, and its commands are the same file", () => {
    const { dependencies, bin, engines } = JSON.parse(
      readFileSync(installed("package.json"), "utf8"),
    );
    expect(dependencies).toBeUndefined();
    expect(bin).toEqual({
      factory: "dist/factory.js",
      "golden-image-factory": "dist/factory.js",
    });
    expect(engines).toEqual({ node: ">=20.19" });
  });
});

describe.each(NODES)("the installed command with the Node.js in %s", (nodeFolder) => {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: `${nodeFolder}${delimiter}${process.env["PATH"]}`,
    AWS_EC2_METADATA_DISABLED: "true",
  };
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"])
    delete env[name];
  const node = join(nodeFolder, "node");
  const major = Number(
    execFileSync(node, ["-p", "process.versions.node"], { encoding: "utf8" }).split(".")[0],
  );

  beforeEach(() => {
    for (const file of ["cdktf.out", "factory.lock.json", "factory.svg", "factory.mmd"])
      rmSync(join(folder, file), { recursive: true, force: true });
    writeFileSync(join(folder, "factory.yaml"), FACTORY);
    writeFileSync(join(folder, "cdktf.json"), JSON.stringify(CDKTF));
  });

  function run(command: string, ...args: string[]) {
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd: folder,
      env,
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  }

  /**
   * Runs the command. Node.js lets it read and write only files in the folder. The command may
   * start Git.
   */
  function runConfined(...args: string[]) {
    const flag = major < 23 ? "--experimental-permission" : "--permission";
    const all = join(folder, "*");
    const allowed = [`--allow-fs-read=${all}`, `--allow-fs-write=${all}`, "--allow-child-process"];
    const command = installed("dist", "factory.js");
    return run(node, "--no-warnings", flag, ...allowed, command, ...args);
  }

  test("prints its usage as npx calls it", () => {
    const { status, stdout, stderr } = run("npx", "--no", "factory", "help");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Usage: npx --no factory COMMAND \[arguments\] \[options\]\n/);
  });

  test("runs under both names and prints its version", () => {
    // The files that `npx --no --` starts.
    for (const name of ["factory", "golden-image-factory"])
      expect(run(join(folder, "node_modules", ".bin", name), "--version")).toEqual({
        status: 0,
        stdout: `${version}\n`,
        stderr: "",
      });
  });

  test("checks, versions, synthesizes and draws a factory, and reads no file of another folder", () => {
    const versions = runConfined("versions");
    expect([versions.status, versions.stderr]).toEqual([0, ""]);
    expect(runConfined("check")).toEqual({
      status: 0,
      stdout: "factory.yaml is valid, and factory.lock.json is up to date\n",
      stderr: "",
    });
    expect(runConfined("synth")).toEqual({
      status: 0,
      stdout: "wrote 2 stacks to cdktf.out/stacks: state-shared, shared-eu-west-1\n",
      stderr: "",
    });
    expect(readdirSync(join(folder, "cdktf.out", "stacks")).sort()).toEqual(STACKS);
    expect(runConfined("diagram")).toEqual({
      status: 0,
      stdout: "wrote factory.svg and factory.mmd: shared · 111111111111 · eu-west-1\n",
      stderr: "",
    });
    expect(readFileSync(join(folder, "factory.svg"), "utf8")).toContain("<svg");
  });

  test("prints no warning about Node.js when it calls AWS", () => {
    const { status, stderr } = run(node, installed("dist", "factory.js"), "status");
    expect(stderr).toBe(
      "credentials: must be those of the shared account 111111111111, got: none, from the default profile or the machine's role (Could not load credentials from any providers); set --profile or AWS_PROFILE to a profile of this account\n",
    );
    expect(status).toBe(1);
  });

  // cdktf-cli 0.21 doesn't run on Node.js 24 if install scripts are off.
  (major < 24 ? test : test.skip)("is the app of cdktf synth and cdktf list", () => {
    expect(runConfined("versions").status).toBe(0);
    const cdktf = resolve("node_modules/cdktf-cli/bundle/bin/cdktf");
    expect(run(node, cdktf, "synth").status).toBe(0);
    const written = readFileSync(
      join(folder, "cdktf.out", "stacks", "shared-eu-west-1", "cdk.tf.json"),
      "utf8",
    );
    expect(run(node, cdktf, "list").stdout).toContain("shared-eu-west-1");
    expect(runConfined("synth").status).toBe(0);
    expect(
      readFileSync(join(folder, "cdktf.out", "stacks", "shared-eu-west-1", "cdk.tf.json"), "utf8"),
    ).toBe(written);
  });
});

/** Terraform and a registry or mirror of its provider aren't everywhere. A CI system must have both. */
const canValidate = process.env["CI"] === "true";

(canValidate ? test : test.skip)("Terraform validates the stacks of the installed command", () => {
  writeFileSync(join(folder, "factory.yaml"), FACTORY);
  const factory = installed("dist", "factory.js");
  for (const command of ["versions", "synth"])
    execFileSync(process.execPath, [factory, command], { cwd: folder });
  expect(validateStacks(join(folder, "cdktf.out"), STACKS)).toEqual({
    isValid: true,
    diagnostics: [],
  });
});

test("each page of the package links only files of the package", () => {
  const pages = readdirSync(installed(), { recursive: true })
    .map(String)
    .filter((path) => path.endsWith(".md"));
  expect(pages.length).toBeGreaterThan(40);
  const dead = pages.flatMap((page) =>
    relativeLinks(readFileSync(installed(page), "utf8"))
      .map(({ target }) => join(dirname(page), target.replace(/#.*/, "")))
      .filter((path) => !existsSync(installed(path)))
      .map((path) => `${page}: ${path}`),
  );
  // GitHub shows the README first. The page is about the sources, which the package doesn't contain.
  expect(dead).toEqual(["README.md: CONTRIBUTING.md"]);
});
