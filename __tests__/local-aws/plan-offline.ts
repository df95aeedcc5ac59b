// Validates and plans every stack of a synthesized factory (cdktf.out, or the folder given) with the real provider, against a local AWS.
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Moto, requireTools } from "./moto";
import { Terraform } from "./terraform";

const REPLACED = ", archive_file replaced by a zip of the same folder because hashicorp/archive can't be installed here";

const main = async (): Promise<void> => {
  requireTools();
  const outdir = join(process.argv[2] ?? "cdktf.out", "stacks");
  if (!existsSync(outdir)) throw new Error(`there is no ${outdir}: run \`npm run synth\` first`);
  const work = mkdtempSync(join(tmpdir(), "golden-image-factory-"));
  const moto = await Moto.start(join(work, "moto.log"));
  try {
    for (const stack of readdirSync(outdir).sort()) {
      const start = Date.now();
      const source = join(outdir, stack);
      const credentials = await moto.prepare(source);
      const terraform = await Terraform.in(join(work, stack), source, { ...credentials, ...moto.environment });
      await terraform.run("validate", "-no-color");
      const plan = await terraform.run("plan", "-input=false", "-no-color");
      const summary = /^Plan: .*(?=\.$)/m.exec(plan)?.[0] ?? "No changes";
      const seconds = ((Date.now() - start) / 1_000).toFixed(1);
      console.log(`${stack}: valid. ${summary}${terraform.archivesReplaced ? REPLACED : ""} (${seconds} s)`);
    }
  } finally {
    moto.stop();
    rmSync(work, { recursive: true, force: true });
  }
};

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
