/** The CDKTF app: synthesizes the stacks of a factory file. */
import { existsSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { App, TerraformStack } from "cdktf";
import { factoryFile } from "./cli/environment";
import { printWarnings, reportError } from "./cli/report";
import { PROVIDER_LOCK_FILE, synthesisInputs, withInputs } from "./cli/synthesis-inputs";
import { loadFactory } from "./config/load";
import { addStacks } from "./stacks/all-stacks";

/**
 * Copies a lock file of provider versions, if the team has one, to where Terraform looks for it.
 */
async function pinProviders(app: App, lockFile: string): Promise<void> {
  if (!existsSync(lockFile)) return;
  const stacks = app.node.children.filter(TerraformStack.isStack);
  await Promise.all(
    stacks.map(({ node: { id } }) =>
      copyFile(lockFile, join(app.outdir, "stacks", id, ".terraform.lock.hcl")),
    ),
  );
}

async function main(): Promise<void> {
  const file = factoryFile();
  const factory = loadFactory(file, printWarnings);
  const app = new App();
  const inputs = synthesisInputs(app.outdir, file, factory);
  addStacks(app, factory, {
    updaterDirectory: resolve("dist/share-updater"),
    bootstrap: process.env["FACTORY_BOOTSTRAP"] === "1",
  });
  await withInputs(app.outdir, inputs, async () => {
    app.synth();
    await pinProviders(app, join(dirname(file), PROVIDER_LOCK_FILE));
  });
}

main().catch(reportError);
