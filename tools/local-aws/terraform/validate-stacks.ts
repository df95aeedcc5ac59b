/** Validates synthesized stacks with Terraform and the schema of the real provider, without AWS. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipArchives } from "./zip-archives";

interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail: string;
  readonly range?: { readonly filename: string };
}

/** Only the root module has a backend. Nothing is validated in it without `terraform init`. */
const OF_MODULES = "Backend configuration ignored";

/**
 * Returns what `terraform validate` reports about stacks. Validates all of them at once, as modules
 * of one configuration, because reading the schema of the provider takes most of the time.
 *
 * @param outdir folder that CDKTF synthesized into
 */
export function validateStacks(
  outdir: string,
  stacks: readonly string[],
): { readonly isValid: boolean; readonly diagnostics: readonly Diagnostic[] } {
  const cwd = join(outdir, "validated");
  const modules = stacks.map((stack) => [stack, { source: `../stacks/${stack}` }]);
  mkdirSync(cwd, { recursive: true });
  writeFileSync(join(cwd, "main.tf.json"), JSON.stringify({ module: Object.fromEntries(modules) }));
  const terraform = (...args: string[]) =>
    spawnSync("terraform", [...args, "-no-color"], {
      cwd,
      encoding: "utf8",
      env: { ...process.env, CHECKPOINT_DISABLE: "1" },
    });
  const init = () => terraform("init", "-backend=false", "-input=false").stderr;
  if (init().includes("hashicorp/archive")) {
    for (const stack of stacks) zipArchives(join(outdir, "stacks", stack));
    init();
  }
  const { valid, diagnostics = [] } = JSON.parse(terraform("validate", "-json").stdout);
  return {
    isValid: valid,
    diagnostics: diagnostics.filter(({ summary }: Diagnostic) => summary !== OF_MODULES),
  };
}
