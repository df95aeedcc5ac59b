/**
 * Validates and plans every stack of synthesized factories with the real provider, on the local
 * AWS.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Moto } from "./moto/moto";
import { requireTools } from "./moto/required-tools";
import { Terraform } from "./terraform/terraform";

const REPLACED_ARCHIVES =
  ", archive_file replaced by a zip of the same folder because hashicorp/archive can't be installed here";

/** Each plan takes most of a core and half a gigabyte. */
const MAX_PARALLEL = 2;

interface StackToPlan {
  readonly outdir: string;
  readonly stack: string;
}

/** The stacks of all folders. State stacks are alike, so those of the first folder are enough. */
function stacksIn(outdirs: readonly string[]): StackToPlan[] {
  const all = outdirs.flatMap((outdir) => {
    const folder = join(outdir, "stacks");
    if (!existsSync(folder))
      throw new Error(`${folder} doesn't exist: run \`npm run synth\` first`);
    const stacks = readdirSync(folder).sort();
    return stacks.map((stack) => ({ outdir, stack }));
  });
  const isState = ({ stack }: StackToPlan): boolean => stack.startsWith("state-");
  const first = all.find(isState)?.outdir;
  return all.filter((planned) => planned.outdir === first || !isState(planned));
}

async function plan(moto: Moto, folder: string, { outdir, stack }: StackToPlan): Promise<void> {
  const start = Date.now();
  const source = join(outdir, "stacks", stack);
  const credentials = await moto.prepare(source);
  const target = join(folder, outdir.replaceAll("/", "-"), stack);
  const terraform = await Terraform.in(target, source, { ...credentials, ...moto.environment });
  // Without a lock: the state of several factories is in the same bucket under the same key.
  const output = await terraform.run("plan", "-input=false", "-no-color", "-lock=false");
  const summary = /^Plan: .*(?=\.$)/m.exec(output)?.[0] ?? "No changes";
  const note = terraform.archivesReplaced ? REPLACED_ARCHIVES : "";
  const seconds = ((Date.now() - start) / 1_000).toFixed(1);
  console.log(`${outdir} ${stack}: valid. ${summary}${note} (${seconds} s)`);
}

async function main(): Promise<void> {
  requireTools();
  const stacks = stacksIn(process.argv.length > 2 ? process.argv.slice(2) : ["cdktf.out"]);
  const folder = mkdtempSync(join(tmpdir(), "golden-image-factory-"));
  const moto = await Moto.start(join(folder, "moto.log"));
  const work = async (): Promise<void> => {
    for (let next = stacks.shift(); next; next = stacks.shift()) await plan(moto, folder, next);
  };
  try {
    await Promise.all(Array.from({ length: MAX_PARALLEL }, work));
  } finally {
    moto.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
