import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const SCRIPT = resolve("tools/build/changelog-section.mjs");

const CHANGELOG = `# Changelog

Each version has a section.

## 1.2.0 - Unreleased

### Added

- Not yet.

## 1.1.0 - 2026-12-01

### Added

- Something.

### What a plan shows after an upgrade

Nothing.

## 1.0.0 - 2026-11-01

## 0.9.0

- Old.
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "changelog-"));
  writeFileSync(join(folder, "CHANGELOG.md"), CHANGELOG);
});
afterEach(() => rmSync(folder, { recursive: true }));

function run(tag: string | undefined, version: string) {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ version }));
  const args = tag === undefined ? [SCRIPT] : [SCRIPT, tag];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test("changelog-section prints the section of a version without its heading", () => {
  expect(run("v1.1.0", "1.1.0")).toEqual({
    status: 0,
    stdout: "### Added\n\n- Something.\n\n### What a plan shows after an upgrade\n\nNothing.\n",
    stderr: "",
  });
});

test.each(["```", "~~~~"])(
  "changelog-section keeps a code block of %s with the heading of a version",
  (fence) => {
    const code = `${fence}md\n## 1.0.0 - 2026-10-01\n\`\`\`\`md\n## 0.9.0\n${fence}\n`;
    const text = CHANGELOG.replace("- Something.\n", `- Something.\n\n${code}`);
    writeFileSync(join(folder, "CHANGELOG.md"), text);
    expect(run("v1.1.0", "1.1.0").stdout).toContain(
      `- Something.\n\n${code}\n### What a plan shows`,
    );
  },
);

test.each<[string, string | undefined, string, string]>([
  ["a missing tag", undefined, "1.1.0", "TAG: must be vX.Y.Z, got: nothing"],
  ["a tag of another form", "1.1.0", "1.1.0", "TAG: must be vX.Y.Z, got: 1.1.0"],
  [
    "a tag that isn't the version of the package",
    "v1.1.0",
    "1.0.0",
    "package.json: version must be 1.1.0, as the tag, got: 1.0.0",
  ],
  [
    "a version without a section, even if it is the beginning of another",
    "v1.1.1",
    "1.1.1",
    "CHANGELOG.md: must have a section ## 1.1.1 - DATE",
  ],
  [
    "an unreleased section",
    "v1.2.0",
    "1.2.0",
    "CHANGELOG.md: the heading of 1.2.0 must end with a date such as - 2026-12-01, got: 1.2.0 - Unreleased",
  ],
  [
    "a section without a date",
    "v0.9.0",
    "0.9.0",
    "CHANGELOG.md: the heading of 0.9.0 must end with a date such as - 2026-12-01, got: 0.9.0",
  ],
  ["an empty section", "v1.0.0", "1.0.0", "CHANGELOG.md: the section of 1.0.0 must not be empty"],
])("changelog-section rejects %s", (_what, tag, version, message) => {
  expect(run(tag, version)).toEqual({ status: 1, stdout: "", stderr: `${message}\n` });
});
