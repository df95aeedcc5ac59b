import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";

const FOLDER = ".github/workflows";
const workflows = readdirSync(FOLDER).map((file) => [file, readFileSync(`${FOLDER}/${file}`, "utf8")] as const);

test.each(workflows)("%s pins every action by its commit, and says its version", (_file, text) => {
  const uses = [...text.matchAll(/uses: (.*)$/gm)].map(([, action = ""]) => action);
  expect(uses.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
});

test.each(workflows)("%s has no more rights than it says, and no long-lived keys", (_file, text) => {
  expect(Object.values(parse(text).permissions)).not.toContain("write");
  expect(text).not.toMatch(/secrets\.|AWS_SECRET|AKIA/);
});

test.each(workflows)("%s runs commands that there are", (_file, text) => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  const commands = [...text.matchAll(/npm run (\S+)/g)].map(([, name = ""]) => name);
  expect(commands.filter((name) => !(name in scripts))).toEqual([]);
});
