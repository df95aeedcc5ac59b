import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "up-to-date-"));
  mkdirSync(join(folder, "src", "deep"), { recursive: true });
  for (const file of ["lock.json", "src/deep/a.ts", "out.js"])
    writeFileSync(join(folder, file), "");
  for (const path of ["lock.json", "src/deep/a.ts", "src/deep", "src"]) setTime(path, 1_000);
  setTime("out.js", 2_000);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Sets the time of the last change, in seconds since 1970. */
function setTime(path: string, seconds: number): void {
  utimesSync(join(folder, path), seconds, seconds);
}

function isUpToDate(...outputs: string[]): boolean {
  const [inputs, files] = [["lock.json", "src"], outputs].map((paths) =>
    JSON.stringify(paths.map((path) => join(folder, path))),
  );
  const script = `import { isUpToDate } from "./tools/build/up-to-date.mjs"; console.log(isUpToDate(${inputs}, ${files}))`;
  const args = ["--input-type=module", "-e", script];
  return execFileSync(process.execPath, args, { encoding: "utf8" }) === "true\n";
}

test("isUpToDate returns true if all outputs are newer than all inputs", () => {
  expect(isUpToDate("out.js")).toBe(true);
});

test("isUpToDate returns false if an output doesn't exist", () => {
  expect(isUpToDate("out.js", "other.js")).toBe(false);
});

test("isUpToDate returns false if one of the outputs is older", () => {
  writeFileSync(join(folder, "other.js"), "");
  setTime("other.js", 500);
  expect(isUpToDate("out.js", "other.js")).toBe(false);
});

test.each(["lock.json", "src/deep/a.ts"])(
  "isUpToDate returns false if %s changed later or at the same time",
  (path) => {
    setTime(path, 2_000);
    expect(isUpToDate("out.js")).toBe(false);
  },
);

test("isUpToDate returns false if a file was removed from a folder", () => {
  rmSync(join(folder, "src/deep/a.ts"));
  expect(isUpToDate("out.js")).toBe(false);
});
