// Runs shellcheck on every bash step of the component documents.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const FOLDERS = ["components", "examples"];

/** shellcheck takes an expression in quotes or in a loop for a constant. */
const OPTIONS = ["--shell=bash", "--exclude=SC2043,SC2050"];

/** Returns the script of a step, with a word in place of each `{{ expression }}`. */
function scriptOf({ inputs: { commands } }) {
  return commands.join("\n").replace(/\{\{.*?\}\}/g, "expression");
}

function bashStepsOf(file) {
  return parse(readFileSync(file, "utf8")).phases.flatMap((phase) =>
    phase.steps
      .filter(({ action }) => action === "ExecuteBash")
      .map((step) => ({ name: `${file} ${phase.name}.${step.name}`, script: scriptOf(step) })),
  );
}

/** Prints the findings of a step and returns whether there are any. */
function hasFindings({ name, script }) {
  const { error, status, stdout } = spawnSync("shellcheck", [...OPTIONS, "-"], {
    input: script,
    encoding: "utf8",
  });
  if (error)
    throw new Error(
      "shellcheck isn't installed: https://www.shellcheck.net, or `apt-get install shellcheck`",
    );
  if (status !== 0) console.error(`${name}\n${stdout}`);
  return status !== 0;
}

const documents = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true })
    .map((file) => join(folder, file))
    .filter((file) => /components\/.*\.ya?ml$/.test(file)),
);
const steps = documents.flatMap(bashStepsOf);
const failed = steps.filter(hasFindings);
console.log(
  `shellcheck: ${steps.length} bash steps of ${documents.length} documents, ${failed.length} with findings`,
);
process.exitCode = failed.length > 0 ? 1 : 0;
