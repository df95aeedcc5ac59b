import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "notices-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Checks the licenses of a package that a bundle contains. */
function checkPackage(license: string, files: Readonly<Record<string, string>>) {
  const root = join(folder, "node_modules", "some-package");
  mkdirSync(root, { recursive: true });
  const description = { name: "some-package", version: "1.2.3", license, repository: "a/b" };
  writeFileSync(join(root, "package.json"), JSON.stringify(description));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  const bundled = join(folder, "bundled.json");
  writeFileSync(bundled, JSON.stringify(["main.ts", join(root, "index.js")]));
  return check("--bundled", bundled);
}

function check(...args: string[]) {
  const { status, stderr } = spawnSync(
    process.execPath,
    ["tools/build/notices.mjs", "--check", ...args],
    { encoding: "utf8" },
  );
  return { status, stderr };
}

test("THIRD-PARTY-NOTICES contains every bundled package with its license", () => {
  expect(check()).toEqual({ status: 0, stderr: "" });
});

test("the check reports that THIRD-PARTY-NOTICES is out of date", () => {
  expect(checkPackage("MIT", { LICENSE: "MIT" })).toEqual({
    status: 1,
    stderr: "THIRD-PARTY-NOTICES is out of date: run `npm run notices` and commit it\n",
  });
});

test("the check reports a bundled package without a license file", () => {
  expect(checkPackage("MIT", { "README.md": "MIT" })).toEqual({
    status: 1,
    stderr:
      "some-package 1.2.3 has no license file and isn't in WITHOUT_FILE (tools/build/notices.mjs)\n",
  });
});

test("the check reports a bundled package whose license isn't allowed", () => {
  expect(checkPackage("GPL-3.0", { "license.md": "GPL" })).toEqual({
    status: 1,
    stderr:
      "some-package 1.2.3 has the license GPL-3.0, which isn't in ALLOWED (tools/build/notices.mjs)\n",
  });
});
