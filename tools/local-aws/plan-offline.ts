// Validates and plans every stack of synthesized factories (cdktf.out, or the folders given) with the real provider, against a local AWS.
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Moto, requireTools } from "./moto";
import { Terraform } from "./terraform";

const REPLACED =
  ", archive_file replaced by a zip of the same folder because hashicorp/archive can't be installed here";

interface Planned {
  readonly outdir: string;
  readonly stack: string;
}

/** Every stack of the folders; those of state, which are all alike, of the first that has some only. */
function stacksIn(outdirs: readonly string[]): Planned[] {
  const all = outdirs.flatMap((outdir) => {
    if (!existsSync(join(outdir, "stacks")))
      throw new Error(`there is no ${join(outdir, "stacks")}: run \`npm run synth\` first`);
    const stacks = readdirSync(join(outdir, "stacks")).sort();
    return stacks.map((stack) => ({ outdir, stack }));
  });
  const [first] = all.filter(({ stack }) => stack.startsWith("state-"));
  return all.filter(({ outdir, stack }) => outdir === first?.outdir || !stack.startsWith("state-"));
}

/** How many are planned at once: each takes most of a core, and half a gigabyte. */
const AT_ONCE = 2;

async function main(): Promise<void> {
  requireTools();
  const stacks = stacksIn(process.argv.length > 2 ? process.argv.slice(2) : ["cdktf.out"]);
  const work = mkdtempSync(join(tmpdir(), "golden-image-factory-"));
  const moto = await Moto.start(join(work, "moto.log"));
  const plan = async ({ outdir, stack }: Planned): Promise<void> => {
    const start = Date.now();
    const source = join(outdir, "stacks", stack);
    const credentials = await moto.prepare(source);
    const folder = join(work, outdir.replaceAll("/", "-"), stack);
    const terraform = await Terraform.in(folder, source, { ...credentials, ...moto.environment });
    // It validates first. Factories of one account keep their state in one place, and two may be planned at once.
    const text = await terraform.run("plan", "-input=false", "-no-color", "-lock=false");
    const summary = /^Plan: .*(?=\.$)/m.exec(text)?.[0] ?? "No changes";
    const seconds = ((Date.now() - start) / 1_000).toFixed(1);
    console.log(
      `${outdir} ${stack}: valid. ${summary}${terraform.archivesReplaced ? REPLACED : ""} (${seconds} s)`,
    );
  };
  try {
    const worker = async (): Promise<void> => {
      for (let next = stacks.shift(); next; next = stacks.shift()) await plan(next);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    moto.stop();
    rmSync(work, { recursive: true, force: true });
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
