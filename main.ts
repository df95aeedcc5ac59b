/** The CDKTF app: synthesizes the stacks of a factory file. */
import { existsSync, mkdirSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { App, TerraformStack } from "cdktf";
import { factoryFile, isBootstrap, outputFolder } from "./cli/environment";
import { nodeProblem } from "./cli/node-version";
import { printWarnings, reportError } from "./cli/report";
import { PROVIDER_LOCK_FILE, synthesisInputs, withInputs } from "./cli/synthesis-inputs";
import { loadFactory } from "./config/load";
import { addStacks } from "./stacks/all-stacks";
import { withoutStackTraces } from "./stacks/without-stack-traces";

/** The bundles of the functions, next to the bundle of this file. */
const UPDATER_DIRECTORY = join(__dirname, "share-updater");

const REBUILDER_DIRECTORY = join(__dirname, "rebuilder");

const RECORDER_DIRECTORY = join(__dirname, "recorder");

/**
 * Copies a lock file of provider versions, if the team has one, to where Terraform looks for it.
 */
async function pinProviders(app: App, lockFile: string): Promise<void> {
  if (!existsSync(lockFile)) return;
  await Promise.all(
    stacksOf(app).map(({ node: { id } }) =>
      copyFile(lockFile, join(app.outdir, "stacks", id, ".terraform.lock.hcl")),
    ),
  );
}

function stacksOf(app: App): TerraformStack[] {
  return app.node.children.filter(TerraformStack.isStack);
}

/**
 * Synthesizes the stacks of a factory file into `outdir`. Prints the warnings of the factory file.
 *
 * Throws a `ConfigError` if the factory file, a document or the version lock file isn't valid.
 *
 * @returns the ids of the stacks
 */
export async function synthesize(file: string, outdir: string): Promise<string[]> {
  const factory = loadFactory(file, printWarnings);
  // CDKTF creates the folder, but none above it.
  mkdirSync(outdir, { recursive: true });
  const app = new App({ outdir });
  const inputs = synthesisInputs(app.outdir, file, factory);
  withoutStackTraces(() =>
    addStacks(app, factory, {
      updaterDirectory: UPDATER_DIRECTORY,
      rebuilderDirectory: REBUILDER_DIRECTORY,
      recorderDirectory: RECORDER_DIRECTORY,
      bootstrap: isBootstrap(),
    }),
  );
  await withInputs(app.outdir, inputs, async () => {
    withoutStackTraces(() => app.synth());
    await pinProviders(app, join(dirname(file), PROVIDER_LOCK_FILE));
  });
  return stacksOf(app).map(({ node: { id } }) => id);
}

if (require.main === module) {
  const problem = nodeProblem();
  if (problem === undefined) {
    synthesize(factoryFile(), outputFolder()).catch(reportError);
  } else {
    console.error(problem);
    process.exitCode = 1;
  }
}
