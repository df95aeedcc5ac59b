import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = "docs/explanation";
const page = readFileSync(join(FOLDER, "features.md"), "utf8");

/** The column that says what this project has. */
const cells = page
  .split("\n")
  .filter((line) => /^\| (?!Feature |Name |-|`)/.test(line))
  .map((line) => line.split("|")[2]?.trim() ?? "");

/** Test files by the name that cells use. */
const files = new Map(
  [...page.matchAll(/^\| `([\w-]+)` +\| `(\S+)` +\|$/gm)].map(([, name = "", file = ""]) => [
    name,
    file,
  ]),
);

test("each feature of the features page is a dash or names a test file that is listed below", () => {
  expect(cells.length).toBeGreaterThan(35);
  const labels = cells.flatMap((cell) => /^yes: `([\w-]+)`$/.exec(cell)?.[1] ?? []);
  const dashes = cells.filter((cell) => cell === "-");
  expect(labels.length + dashes.length).toBe(cells.length);
  expect([...new Set(labels)].sort()).toEqual([...files.keys()]);
});

test.each([...files.values()])("%s, which the features page lists, contains tests", (file) => {
  expect(file).toMatch(/^__tests__\/.*\.(test|e2e)\.ts$|^tools\/policy-proofs\/proofs\/\w+\.ts$/);
  expect(existsSync(file)).toBe(true);
  expect(readFileSync(file, "utf8")).toMatch(
    /\b(test|step|testBadInput)(\.each)?\(|readonly Proof\[\]/,
  );
});
