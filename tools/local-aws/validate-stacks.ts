/** Validates synthesized stacks with Terraform and the schema of the real provider, without AWS. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { zipArchives } from "./zip-archives";

/**
 * Returns what `terraform validate` prints about each stack.
 *
 * @param outdir folder that CDKTF synthesized into
 */
export function validateStacks(
  outdir: string,
  stacks: readonly string[],
): { readonly stack: string; readonly output: string }[] {
  let isArchiveProviderMissing = false;
  return stacks.map((stack) => {
    const cwd = join(outdir, "stacks", stack);
    const terraform = (...args: string[]) =>
      spawnSync("terraform", [...args, "-no-color"], {
        cwd,
        encoding: "utf8",
        env: { ...process.env, CHECKPOINT_DISABLE: "1" },
      });
    const init = () => terraform("init", "-backend=false", "-input=false").stderr;
    if (isArchiveProviderMissing) zipArchives(cwd);
    if (init().includes("hashicorp/archive")) {
      isArchiveProviderMissing = true;
      zipArchives(cwd);
      init();
    }
    const { stdout, stderr } = terraform("validate");
    return { stack, output: stdout + stderr };
  });
}
