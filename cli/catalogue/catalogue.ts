import type { Catalogue } from "../../catalogue/schema";
import { ConfigError } from "../../config/problems";
import type { CommandResult } from "../command";
import { problemLines } from "../deployed/inspect";
import { accountProblemLine } from "../deployed/read-fleet";
import { EXIT } from "../report";
import { assertPort, serveCatalogue, untilStopped } from "./serve";
import { assertFolder, type CatalogueFiles, renderCatalogue, writeCatalogue } from "./write";

interface Options {
  /** Folder of the catalogue. @default - nothing is written */
  readonly out?: string | undefined;
  readonly serve: boolean;
  /** @default "8321" */
  readonly port?: string | undefined;
  readonly json: boolean;
  readonly fleet: boolean;
  readonly profiles?: string | undefined;
}

const DEFAULT_PORT = "8321";

/** Size in bytes up to which the page is measured: larger ones are slow to open and to send. */
const MAX_PAGE_BYTES = 5_000_000;

/** Throws a {@link ConfigError} if the options don't fit. Reading AWS takes long. */
export async function assertOptions(options: Options): Promise<void> {
  const { out, serve, port = DEFAULT_PORT, json, fleet, profiles } = options;
  if (out === "") throw new ConfigError("--out: must name a folder");
  if (out === undefined && !serve) throw new ConfigError("--out or --serve: must be set");
  if (profiles !== undefined && !fleet)
    throw new ConfigError("--profiles: must be set together with --fleet");
  if (serve && json) throw new ConfigError("--json: must not be set together with --serve");
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new ConfigError(`--port: must be a number from 0 to 65535, got: ${port}`);
  if (out !== undefined) assertFolder(out);
  if (serve) await assertPort(Number(port));
}

/** Writes a catalogue, or serves it until the user ends the command. */
export async function catalogue(content: Catalogue, options: Options): Promise<CommandResult> {
  const { out, serve, port = DEFAULT_PORT } = options;
  const files = renderCatalogue(content);
  const written = out === undefined ? undefined : writeCatalogue(out, files);
  // The made-up problems of the demo aren't problems of the command.
  const unseen = content.isDemo ? [] : (content.fleet?.problems ?? []);
  const lines = [
    ...(written === undefined ? [] : [describe(content, files, written)]),
    ...sizeWarning(files.page),
    ...problemLines(content.problems),
    ...unseen.map(accountProblemLine),
  ];
  const exitCode = content.problems.length + unseen.length > 0 ? EXIT.error : EXIT.ok;
  if (!serve)
    return {
      text: lines.join("\n"),
      data: { page: written, ...countsOf(content), problems: [...content.problems, ...unseen] },
      exitCode,
    };
  const server = await serveCatalogue(files, Number(port));
  for (const line of [...lines, `serving ${server.url} until you press Ctrl-C`]) console.log(line);
  await untilStopped();
  await server.stop();
  return { exitCode };
}

function countsOf({ images }: Catalogue) {
  return {
    images: images.length,
    builds: images.reduce((sum, { builds }) => sum + builds.length, 0),
  };
}

function describe(content: Catalogue, { page }: CatalogueFiles, path: string): string {
  const { images, builds } = countsOf(content);
  return `wrote ${path}: ${images} images, ${builds} builds, ${megabytesOf(page)} MB`;
}

function megabytesOf(page: string): string {
  return (Buffer.byteLength(page) / 1_000_000).toFixed(1);
}

/** Warns if the page is larger than those that were measured. */
export function sizeWarning(page: string): string[] {
  if (Buffer.byteLength(page) <= MAX_PAGE_BYTES) return [];
  return [
    `warning: the page has ${megabytesOf(page)} MB: above 5 MB, it may be slow to open; fewer builds make it smaller: \`retain\` deletes old ones`,
  ];
}
