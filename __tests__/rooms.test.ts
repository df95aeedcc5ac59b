/** Pages that list what a folder contains. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";

const GIT = ["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"];
const files = execFileSync("git", GIT, { encoding: "utf8" }).trim().split("\n");

/** Names of the files and folders directly in a folder. */
function entriesOf(folder: string): string[] {
  const inside = files.filter((file) => file.startsWith(`${folder}/`));
  return [...new Set(inside.map((file) => file.slice(folder.length + 1).split("/")[0] ?? ""))];
}

/** Names in the code, the links and the headings of a page, without the `/` of folders. */
function namesIn(page: string): Set<string> {
  const text = readFileSync(page, "utf8");
  const names = text.matchAll(/`([^`\n]+)`|\]\(([^)\s#]+)|^#+ (.+)$/gm);
  return new Set(
    Array.from(names, (match) => (match[1] ?? match[2] ?? match[3] ?? "").replace(/\/$/, "")),
  );
}

// These are for users. That of templates/ is the README of a team's repository.
const FOR_USERS = ["components", "templates", "workflows"];
const readmes = files.filter(
  (file) => file.endsWith("/README.md") && !FOR_USERS.includes(dirname(file)),
);

test.each([
  ...readmes.map((page) => [page, dirname(page)] as const),
  ...["recorder", "rebuilder", "share-updater"].map(
    (name) => ["docs/explanation/architecture.md", `lambda/${name}`] as const,
  ),
])("%s names every file and folder in %s", (page, folder) => {
  const names = namesIn(page);
  const missing = entriesOf(folder).filter((name) => !names.has(name) && name !== "README.md");
  expect(missing).toEqual([]);
});

test("docs/explanation/architecture.md names every folder of the repository, the groups of commands, and the folders of tests", () => {
  const names = namesIn("docs/explanation/architecture.md");
  const folders = new Set(
    files.flatMap((file) => {
      const [first = "", second = ""] = file.split("/");
      if (first.startsWith(".") || !file.includes("/")) return [];
      const isListed = first === "cli" || first === "__tests__";
      return isListed && file.split("/").length > 2 ? [first, `${first}/${second}`] : [first];
    }),
  );
  const missing = [...folders].filter(
    (folder) =>
      ![folder, folder.replace("cli/", "")].some((name) =>
        [...names].some((one) => one === name || one.startsWith(`${name}/`)),
      ),
  );
  expect(missing).toEqual([]);
});
