/**
 * The package as users install it, the repository that its command writes, and what an upgrade of
 * the package changes in this repository. __tests__/stacks/addresses.test.ts compares the addresses
 * with those that were recorded.
 *
 * Runs the command with each Node.js of the environment variable TEST_NODES, which contains folders
 * as PATH does. @default - the Node.js that runs the tests
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, relative, resolve } from "node:path";
import { addPackage } from "../cli/authoring/init/package-source";
import { relativeLinks } from "../tools/docs/links";
import { validateStacks } from "../tools/local-aws/terraform/validate-stacks";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const TARBALL = `golden-image-factory-${version}.tgz`;
const NEXT = "9.9.9";

const ANSWERS = {
  organization: "o-abcdefghij",
  "management-account": "999999999999",
  "shared-account": "111111111111",
  regions: "eu-west-1",
  "state-bucket": "acme-tfstate-{account}",
  parent: "amazon-linux-2023-x86",
  image: "amazon-linux-2023",
  channel: "stable",
  "app-account": "payments",
  "app-account-id": "222222222222",
  github: "acme/golden-images",
};

const STACKS = ["payments-eu-west-1", "shared-eu-west-1", "state-payments", "state-shared"];

const NODES = process.env["TEST_NODES"]?.split(delimiter) ?? [dirname(process.execPath)];

/** Contains the repository. It is outside of this repository. */
let folder: string;
let repository: string;

/** The environment of a user without credentials, whose npm uses no registry. */
function environment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    npm_config_cache: join(folder, "cache"),
    npm_config_offline: "true",
    npm_config_update_notifier: "false",
    CHECKPOINT_DISABLE: "1",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ACCESS_KEY_ID: undefined,
    AWS_PROFILE: undefined,
    AWS_WEB_IDENTITY_TOKEN_FILE: undefined,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  };
}

function run(
  command: string,
  args: readonly string[],
  { cwd = repository, env = environment() } = {},
) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: "utf8" });
  return { status, stdout, stderr };
}

/** Runs the command that is installed in the repository, as `npx --no factory` does. */
function factory(...args: readonly string[]) {
  return run(join(repository, "node_modules", ".bin", "factory"), args);
}

function success(stdout: string) {
  return { status: 0, stdout: `${stdout}\n`, stderr: "" };
}

function written(...path: readonly string[]): string {
  return readFileSync(join(repository, ...path), "utf8");
}

function installed(...path: readonly string[]): string {
  return join(repository, "node_modules", "golden-image-factory", ...path);
}

/** Everything that Terraform plans from, by stack. */
function stacksIn(outdir = "cdktf.out"): Record<string, unknown> {
  return Object.fromEntries(
    STACKS.map((stack) => [stack, JSON.parse(written(outdir, "stacks", stack, "cdk.tf.json"))]),
  );
}

/** Contents of all files in a folder, by path. */
function filesIn(root: string): Record<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Object.fromEntries(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(root, path), readFileSync(path, "base64")]),
  );
}

/** The stacks and the version lock file that `factory init` wrote. */
let first: { readonly stacks: Record<string, unknown>; readonly lockFile: string };
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "team-"));
  repository = join(folder, "golden-images");
  // The bundles are up to date: other tests run them at the same time.
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder]);
  const options = Object.entries(ANSWERS).flatMap(([name, value]) => [`--${name}`, value]);
  const init = ["golden-image-factory", "init", "golden-images", "--yes", ...options];
  const npx = ["--yes", `--package=${join(folder, TARBALL)}`, ...init];
  const { status, stdout, stderr } = run("npx", npx, { cwd: folder });
  expect(stderr).toBe("running npm install --ignore-scripts --no-audit --no-fund\n");
  expect(stdout).toMatch(
    /^wrote golden-images, and synthesized 4 stacks:\n.*\n {2}cd golden-images\n {2}npx --no factory plan --account shared\n {2}npx --no factory apply --account shared\nSee .*\n$/s,
  );
  expect(status).toBe(0);
  first = { stacks: stacksIn(), lockFile: written("factory.lock.json") };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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

  test("is a tarball of at most 6 MB, and at most 40 MB when installed", () => {
    expect(statSync(join(folder, TARBALL)).size).toBeLessThanOrEqual(6_000_000);
    expect(sizeOf(join(repository, "node_modules"))).toBeLessThanOrEqual(40_000_000);
  });

  // As `factory init` does if the tarball was deleted.
  test("can be packed again where it is installed", () => {
    const to = mkdtempSync(join(folder, "packed-"));
    addPackage({ kind: "folder", path: installed() }, to);
    execFileSync("tar", ["-xzf", TARBALL], { cwd: to });
    expect(filesIn(join(to, "package"))).toEqual(filesIn(installed()));
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

  test("has pages that link only files of the package", () => {
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
    // GitHub shows the README first. The page is about the sources, which the package doesn't
    // contain.
    expect(dead).toEqual(["README.md: CONTRIBUTING.md"]);
  });
});

describe("the repository", () => {
  test("contains the tarball, the installed package and all files of the team", () => {
    expect(readdirSync(repository).sort()).toEqual([
      ".git",
      ".gitattributes",
      ".github",
      ".gitignore",
      "README.md",
      "cdktf.json",
      "cdktf.out",
      "components",
      "factory.lock.json",
      "factory.yaml",
      TARBALL,
      "node_modules",
      "package-lock.json",
      "package.json",
    ]);
    const { packages } = JSON.parse(written("package-lock.json"));
    expect(Object.keys(packages)).toEqual(["", "node_modules/golden-image-factory"]);
    expect(packages).toMatchObject({
      "": { dependencies: { "golden-image-factory": `file:${TARBALL}` } },
      "node_modules/golden-image-factory": {
        version,
        resolved: `file:${TARBALL}`,
        integrity: expect.stringMatching(/^sha512-/),
      },
    });
  });

  test("runs the command as an npm script, and can be installed again from its files", () => {
    expect(run("npm", ["ci", "--ignore-scripts"]).status).toBe(0);
    expect(run("npm", ["run", "-s", "factory", "--", "check"])).toEqual(
      success("factory.yaml is valid, and factory.lock.json is up to date"),
    );
  });

  // `npm run check:workflows` checks the workflows of the package.
  test("has the GitHub workflows of the package, and shows later differences with the command of the upgrade guide", () => {
    const guide = readFileSync("docs/guides/upgrade.md", "utf8");
    const [command = ""] = /git diff --no-index .*(\\\n.*)*/.exec(guide) ?? [];
    const compare = () => run("sh", ["-c", command]);
    expect(compare()).toEqual({ status: 0, stdout: "", stderr: "" });
    const plan = written(".github", "workflows", "plan.yml");
    const file = join(repository, ".github", "workflows", "plan.yml");
    writeFileSync(join(repository, ".github", "workflows", "ours.yml"), plan);
    writeFileSync(file, plan.replace("name: plan", "name: ours"));
    const { status, stdout } = compare();
    expect(status).toBe(1);
    expect(stdout.match(/^[-+].*/gm)).toEqual([
      "--- a/.github/workflows/plan.yml",
      "+++ b/node_modules/golden-image-factory/templates/workflows/plan.yml",
      "-name: ours",
      "+name: plan",
    ]);
    writeFileSync(file, plan);
    rmSync(join(repository, ".github", "workflows", "ours.yml"));
  });

  test("gets components of the library", () => {
    expect(factory("add", "component", "cleanup-linux").status).toBe(0);
    expect(factory("add", "--diff")).toEqual(
      success(`2 documents are as in the library of version ${version}`),
    );
  });
});

/** Needs a registry or a mirror of the provider. */
test("Terraform validates the stacks of the repository that factory init wrote", () => {
  expect(validateStacks(join(repository, "cdktf.out"), STACKS)).toEqual({
    isValid: true,
    diagnostics: [],
  });
});

describe.each(NODES)("the installed command with the Node.js in %s", (nodeFolder) => {
  const node = join(nodeFolder, "node");
  const major = Number(
    execFileSync(node, ["-p", "process.versions.node"], { encoding: "utf8" }).split(".")[0],
  );

  function runWithNode(command: string, ...args: readonly string[]) {
    const PATH = `${nodeFolder}${delimiter}${process.env["PATH"]}`;
    return run(command, args, { env: { ...environment(), PATH } });
  }

  /**
   * Runs the command. Node.js lets it read and write only files in the repository. The command may
   * start Git.
   */
  function runConfined(...args: readonly string[]) {
    const flag = major < 23 ? "--experimental-permission" : "--permission";
    const all = join(repository, "*");
    const allowed = [`--allow-fs-read=${all}`, `--allow-fs-write=${all}`, "--allow-child-process"];
    const command = installed("dist", "factory.js");
    return runWithNode(node, "--no-warnings", flag, ...allowed, command, ...args);
  }

  /** Writes a factory file that names a document of the package in place of its copy. */
  function writeWithOriginals(): string {
    const copy = "components/hardening-linux.yaml";
    const original = "node_modules/golden-image-factory/components/linux/hardening-linux.yaml";
    const text = written("factory.yaml").replace(`document: ${copy}`, `document: ${original}`);
    expect(text).toContain(original);
    writeFileSync(join(repository, "originals.yaml"), text);
    writeFileSync(join(repository, "originals.lock.json"), first.lockFile);
    return "originals.yaml";
  }

  test("prints its usage as npx calls it", () => {
    const { status, stdout, stderr } = runWithNode("npx", "--no", "factory", "help");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Usage: npx --no factory COMMAND \[arguments\] \[options\]\n/);
  });

  test("runs under both names and prints its version", () => {
    // The files that `npx --no --` starts.
    for (const name of ["factory", "golden-image-factory"])
      expect(runWithNode(join(repository, "node_modules", ".bin", name), "--version")).toEqual(
        success(version),
      );
  });

  test("checks, versions, synthesizes and draws the factory, and reads no file outside of the repository", () => {
    rmSync(join(repository, "factory.lock.json"));
    expect(runConfined("versions")).toMatchObject({ status: 0, stderr: "" });
    expect(written("factory.lock.json")).toBe(first.lockFile);
    expect(runConfined("check", writeWithOriginals())).toEqual(
      success("originals.yaml is valid, and originals.lock.json is up to date"),
    );
    rmSync(join(repository, "cdktf.out"), { recursive: true });
    expect(runConfined("synth")).toEqual(
      success(
        "wrote 4 stacks to cdktf.out/stacks: state-shared, state-payments, shared-eu-west-1, payments-eu-west-1",
      ),
    );
    expect(readdirSync(join(repository, "cdktf.out", "stacks")).sort()).toEqual(STACKS);
    expect(stacksIn()).toEqual(first.stacks);
    // Documents of the package where npm installed it, and not their copies.
    expect(runConfined("synth", "--config", "originals.yaml").status).toBe(0);
    expect(stacksIn()).toEqual(first.stacks);
    expect(runConfined("synth").status).toBe(0);
    expect(runConfined("diagram")).toEqual(
      success(
        "wrote factory.svg and factory.mmd: shared · 111111111111 · eu-west-1; payments · 222222222222 · eu-west-1",
      ),
    );
    expect(written("factory.svg")).toContain("<svg");
  });

  test("prints no warning about Node.js when it calls AWS", () => {
    expect(runWithNode(node, installed("dist", "factory.js"), "status")).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "credentials: must be those of the shared account 111111111111, got: none, from the default profile or the machine's role (Could not load credentials from any providers); set --profile or AWS_PROFILE to a profile of this account\n",
    });
  });

  // cdktf-cli 0.21 doesn't run on Node.js 24 if install scripts are off.
  (major < 24 ? test : test.skip)(
    "is the app of cdktf list and cdktf synth, which write the same bytes",
    () => {
      const synthesized = filesIn(join(repository, "cdktf.out"));
      expect(Object.keys(synthesized)).toHaveLength(9);
      const stdout = synthesizeWithCdktf("list");
      for (const stack of STACKS) expect(stdout).toMatch(new RegExp(`^${stack} +cdktf.out/`, "m"));
      expect(filesIn(join(repository, "cdktf.out"))).toEqual(synthesized);
      expect(synthesizeWithCdktf("synth")).toContain("Generated Terraform code");
      expect(filesIn(join(repository, "cdktf.out"))).toEqual(synthesized);
    },
  );

  /** Runs cdktf without an output folder, and returns what it printed. */
  function synthesizeWithCdktf(command: string): string {
    rmSync(join(repository, "cdktf.out"), { recursive: true });
    const cdktf = resolve("node_modules/cdktf-cli/bundle/bin/cdktf");
    const { status, stdout } = runWithNode(node, cdktf, command);
    expect(status).toBe(0);
    return stdout;
  }
});

describe("an upgrade of the package", () => {
  /** Changes the programs of a package. */
  function changePrograms(root: string, change: (text: string) => string): void {
    const modules = readdirSync(join(root, "dist", "factory")).filter((file) =>
      file.endsWith(".mjs"),
    );
    for (const file of ["main.js", ...modules.map((name) => join("factory", name))]) {
      const path = join(root, "dist", file);
      writeFileSync(path, change(readFileSync(path, "utf8")));
    }
  }

  function synthesized(): Record<string, unknown> {
    expect(factory("synth").status).toBe(0);
    return stacksIn();
  }

  test("issues no versions for content whose versions were recorded when 0.1.0 was prepared", () => {
    const recorded = join(folder, "recorded");
    cpSync(resolve("__tests__/stacks/addresses/repository"), recorded, { recursive: true });
    const lockFile = readFileSync(join(recorded, "factory.lock.json"), "utf8");
    expect(factory("versions", "--config", join(recorded, "factory.yaml"))).toEqual(
      success(`${join(recorded, "factory.lock.json")} is up to date`),
    );
    expect(readFileSync(join(recorded, "factory.lock.json"), "utf8")).toBe(lockFile);
  });

  test("to the same code with another version number and newer library documents changes no file of the team and no stack", () => {
    const next = join(folder, "package");
    // No command reads the others, and npm installs fewer files in less time.
    const isRead = (path: string): boolean => !/\/(docs|examples|[^/]+\.map)$/.test(path);
    cpSync(installed(), next, { recursive: true, filter: isRead });
    const renumber = (text: string) => text.replaceAll(`"${version}"`, `"${NEXT}"`);
    changePrograms(next, renumber);
    for (const [file, change] of [
      ["package.json", renumber],
      [
        "components/linux/hardening-linux.yaml",
        (text: string) => text.replace("description: ", "description: Newer. "),
      ],
    ] as const)
      writeFileSync(join(next, file), change(readFileSync(join(next, file), "utf8")));
    // `npm pack` would compress it for longer.
    const tarball = `${next}-${NEXT}.tgz`;
    execFileSync("tar", ["-I", "gzip -1", "-cf", tarball, "-C", folder, "package"]);
    const install = ["install", "--ignore-scripts", "--no-audit", "--no-fund", tarball];
    expect(run("npm", install).status).toBe(0);
    expect(run("npx", ["--no", "--", "factory", "--version"])).toEqual(success(NEXT));
    expect(factory("versions")).toEqual(success("factory.lock.json is up to date"));
    expect(written("factory.lock.json")).toBe(first.lockFile);
    expect(synthesized()).toEqual(first.stacks);
    // The library is only offered.
    const { status, stdout } = factory("add", "--diff");
    expect(status).toBe(0);
    expect(stdout).toContain(`+++ components/hardening-linux.yaml\tlibrary ${NEXT}\n`);
    expect(stdout).toMatch(/^\+description: Newer\. Hardens/m);
  });

  test("issues versions for all components and recipes if the renderer version was raised", () => {
    let constants = 0;
    changePrograms(installed(), (text) =>
      text.replace(/\bRENDERER_VERSION ?= ?1\b/, () => {
        constants += 1;
        return "RENDERER_VERSION=2";
      }),
    );
    // In the app and in the command.
    expect(constants).toBe(2);
    expect(factory("check").stdout).toMatch(/^factory\.lock\.json is out of date/);
    expect(
      factory("versions").stdout,
    ).toBe(`           name                      from   to     what changed
component  hardening-linux           1.0.0  1.0.1  rendering
recipe     payments/payments-server  1.0.0  1.0.1  rendering
recipe     shared/amazon-linux-2023  1.0.0  1.0.1  components, rendering

commit factory.lock.json
`);
    const addresses = (stacks: Record<string, unknown>): string[] =>
      Object.entries(stacks).flatMap(([stack, content]) =>
        Object.entries((content as { resource: Record<string, object> }).resource).flatMap(
          ([type, resources]) => Object.keys(resources).map((name) => `${stack} ${type}.${name}`),
        ),
      );
    expect(addresses(synthesized())).toEqual(addresses(first.stacks));
  });
});
