import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

interface Manager {
  readonly managerFilePatterns: readonly string[];
  readonly matchStrings?: readonly string[];
  readonly depNameTemplate?: string;
}

const configuration = JSON.parse(readFileSync("renovate.json", "utf8"));
const managers: readonly Manager[] = configuration.customManagers;

/** Reads the files of this repository that contain a text, by path. */
function filesWith(text: string): [string, string][] {
  const args = ["grep", "-lF", text, "--", ".", ":(exclude)__tests__", ":(exclude)renovate.json"];
  return execFileSync("git", args, { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((file) => [file, readFileSync(file, "utf8")]);
}

function reads({ managerFilePatterns }: Manager, file: string): boolean {
  return managerFilePatterns.some((pattern) => new RegExp(pattern.slice(1, -1)).test(file));
}

// https://docs.renovatebot.com/modules/manager/github-actions/
const BUILT_IN =
  "/(^|/)(workflow-templates|\\.(?:github|gitea|forgejo)/(?:workflows|actions))/.+\\.ya?ml$/";

test("Renovate updates the actions of every workflow, also of those that `factory init` writes", () => {
  const { managerFilePatterns } = configuration["github-actions"];
  const manager = { managerFilePatterns: [BUILT_IN, ...managerFilePatterns] };
  const workflows = filesWith("uses: actions/").map(([file]) => file);
  expect(workflows).toContain("templates/workflows/plan.yml");
  expect(workflows.filter((file) => !reads(manager, file))).toEqual([]);
});

test.each([
  ["hashicorp/terraform", "terraform_version: "],
  ["moto", "moto[server]=="],
])(
  "Renovate updates %s in every file that has its version, and all of them have the same",
  (name, text) => {
    const manager = managers.find(({ depNameTemplate }) => depNameTemplate === name);
    if (manager === undefined) throw new Error(`renovate.json has no manager of ${name}`);
    const files = filesWith(text);
    expect(files.filter(([file]) => !reads(manager, file))).toEqual([]);
    const pattern = new RegExp(manager.matchStrings?.[0] ?? "", "g");
    const versions = files.map(([, content]) =>
      Array.from(content.matchAll(pattern), ({ groups }) => groups?.["currentValue"]),
    );
    expect(versions).not.toContainEqual([]);
    expect(new Set(versions.flat()).size).toBe(1);
  },
);

test("Renovate updates the versions of Node.js in .ci/run, except the lowest supported one", () => {
  const manager = managers.find(({ depNameTemplate }) => depNameTemplate === "node");
  const run = readFileSync(".ci/run", "utf8");
  const versions = manager?.matchStrings?.map(
    (pattern) => new RegExp(pattern).exec(run)?.groups?.["currentValue"],
  );
  expect(manager?.managerFilePatterns).toEqual(["/^\\.ci/run$/"]);
  expect(versions).toEqual([expect.stringMatching(/^22\./), expect.stringMatching(/^24\./)]);
});
