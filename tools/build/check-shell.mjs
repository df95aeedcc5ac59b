// Runs shellcheck on every bash step of the component documents.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const FOLDERS = ["components", "examples"];

const documents = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true })
    .map((file) => join(folder, file))
    .filter((file) => /components\/.*\.ya?ml$/.test(file)),
);

/** An expression is a word to the shell. */
const script = (commands) => commands.join("\n").replace(/\{\{.*?\}\}/g, "expression");

const bashSteps = (file) =>
  parse(readFileSync(file, "utf8")).phases.flatMap((phase) =>
    phase.steps
      .filter(({ action }) => action === "ExecuteBash")
      .map((step) => ({
        name: `${file} ${phase.name}.${step.name}`,
        text: script(step.inputs.commands),
      })),
  );

const steps = documents.flatMap(bashSteps);
const failed = steps.filter(({ name, text }) => {
  // An expression in quotes or a loop looks constant to shellcheck.
  const options = ["--shell=bash", "--exclude=SC2043,SC2050", "-"];
  const { error, status, stdout } = spawnSync("shellcheck", options, {
    input: text,
    encoding: "utf8",
  });
  if (error)
    throw new Error(
      "shellcheck is missing: https://www.shellcheck.net, or `apt-get install shellcheck`",
    );
  if (status !== 0) console.error(`${name}\n${stdout}`);
  return status !== 0;
});
console.log(
  `shellcheck: ${steps.length} bash steps of ${documents.length} documents, ${failed.length} with findings`,
);
process.exitCode = failed.length > 0 ? 1 : 0;
