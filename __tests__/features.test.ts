import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PAGE = "docs/features.md";
const LINK = /^\[yes\]\(([^ )]+) "(.+)"\)$/;
/** What is said of this project, feature by feature. */
const cells = readFileSync(PAGE, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (---|\*\*|\|)/.test(line))
  .map((line) => line.split(" | ")[1] ?? "");
const links = cells.flatMap((cell) => {
  const [, file = "", title = ""] = LINK.exec(cell) ?? [];
  return title === "" ? [] : [[title, join("docs", file)] as const];
});

test("every feature is a yes with its test, or a dash", () => {
  expect(cells.length).toBeGreaterThan(30);
  expect(cells.filter((cell) => cell !== "-" && !LINK.test(cell))).toEqual([]);
});

test.each(links)("'%s' is a test in %s", (title, file) => {
  expect(existsSync(file)).toBe(true);
  const name = title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  expect(readFileSync(file, "utf8")).toMatch(new RegExp(`^[^/*]*["'\`].*${name}`, "m"));
});
