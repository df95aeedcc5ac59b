import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PAGE = "docs/features.md";
const links = [...readFileSync(PAGE, "utf8").matchAll(/\[yes\]\(([^ )]+)(?: "(.*?)")?\)(?= \|)/g)].map(
  ([, file = "", title = ""]) => [title, join("docs", file)] as const,
);

test("there are features, and each names its test", () => {
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter(([title]) => title === "")).toEqual([]);
});

test.each(links)("'%s' is in %s", (title, file) => {
  expect(existsSync(file)).toBe(true);
  expect(readFileSync(file, "utf8")).toContain(title);
});
