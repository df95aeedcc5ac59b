import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { anchorsOf, deadLinks, relativeLinks } from "../tools/docs/links";

test("anchorsOf follows GitHub: lower case, without punctuation, numbered when repeated", () => {
  const page = [
    "# What `ci` does, step by step",
    "## A build failed?",
    "## A [linked](x.md) _heading_ for snake_case",
    "## A build failed?",
    "```sh",
    "# not a heading",
    "```",
    '<a id="by-hand"></a>',
    "### 1.0.3/2 – and more #",
  ].join("\n");
  expect([...anchorsOf(page)]).toEqual([
    "what-ci-does-step-by-step",
    "a-build-failed",
    "a-linked-heading-for-snake_case",
    "a-build-failed-1",
    "1032--and-more",
    "by-hand",
  ]);
});

test("relativeLinks finds links, images and definitions, but none in code and none to other sites", () => {
  const page = [
    'A [link](a.md#b "title") and ![an image](c.svg).',
    "`[code](d.md)` and [another `code`](e.md), [site](https://example.com)",
    "```",
    "[block](f.md)",
    "```",
    "[label]: g.md",
    '<img src="h.png">',
  ].join("\n");
  expect(relativeLinks(page)).toEqual([
    { line: 1, target: "a.md#b" },
    { line: 1, target: "c.svg" },
    { line: 2, target: "e.md" },
    { line: 6, target: "g.md" },
    { line: 7, target: "h.png" },
  ]);
});

test("every relative link and anchor in the Markdown of this repository leads somewhere", () => {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard"];
  const files = execFileSync("git", args, { encoding: "utf8" }).split("\n").filter(existsSync);
  expect(files.length).toBeGreaterThan(100);
  expect(deadLinks(files)).toEqual([]);
});

test("no Markdown of this repository contains the markers of a merge, or what the formatter makes of them", () => {
  const files = execFileSync("git", ["ls-files", "-z", "*.md"], { encoding: "utf8" });
  const marked = files
    .split("\0")
    .filter((file) => file !== "" && existsSync(file))
    .filter((file) => /<{7} |>{7} |(> ){6}>/.test(readFileSync(file, "utf8")));
  expect(marked).toEqual([]);
});

test("the steps to CDK Terrain name every file that contains CDKTF's packages, except those that import them", () => {
  const packages = '"cdktf"|@cdktf|cdktf-cli|^  cdktf:';
  const excluded = ["*.md", "package-lock.json", "__tests__/docs.test.ts"];
  const paths = excluded.map((file) => `:(exclude)${file}`);
  const found = execFileSync("git", ["grep", "-nE", packages, "--", ...paths], {
    encoding: "utf8",
  });
  const lines = found.trim().split("\n");
  const files = lines.flatMap((line) => (/ from "/.test(line) ? [] : line.split(":", 1)));
  const steps = readFileSync("docs/decisions/cdk-terrain.md", "utf8");
  expect(files).toContain("knip.json");
  expect([...new Set(files)].filter((file) => !steps.includes(`\`${file}\``))).toEqual([]);
});

test("the changelog says what a plan shows after the upgrade to each version, and whether it issues versions", () => {
  const [intro = "", ...versions] = readFileSync("CHANGELOG.md", "utf8").split(/^## /m);
  expect(intro.replaceAll("\n", " ")).toContain(
    "Unless this section states otherwise, an upgrade issues no new versions of components, recipes or workflows.",
  );
  const withoutSection = versions.filter(
    (text) => !text.includes("\n### What a plan shows after an upgrade\n"),
  );
  expect(withoutSection.map((text) => text.split("\n")[0])).toEqual([]);
});
