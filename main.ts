import { existsSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { App, TerraformStack } from "cdktf";
import { loadFactory } from "./config/load";
import { ConfigError } from "./config/problems";
import { addStacks } from "./stacks/all-stacks";

/** Copies the providers that a team has pinned to where Terraform looks for them. */
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
  const file = process.env["FACTORY_CONFIG"] ?? "factory.yaml";
  const factory = loadFactory(file);
  const app = new App();
  addStacks(app, factory, {
    updaterDirectory: resolve("dist/share-updater"),
    bootstrap: process.env["FACTORY_BOOTSTRAP"] === "1",
  });
  app.synth();
  await pinProviders(app, join(dirname(file), ".terraform.lock.hcl"));
}

main().catch((error: unknown) => {
  // A mistake of the user needs only its message. Anything else is a defect and needs its stack trace.
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
});
