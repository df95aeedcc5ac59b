import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { instance } from "@viz-js/viz";
import { readFactory } from "../../config/load";
import { ConfigError } from "../../config/problems";
import type { CommandResult } from "../command";
import { assertCurrent } from "../synthesis-inputs";
import { readSynthesizedJson } from "../synthesized-json";
import { describe } from "./describe";
import { type Graph, graphOf, orderOf, type Stacks } from "./graph";
import { INDEX_MARKER, indexPage, linkedFiles, type PictureFiles } from "./index-page";
import { isWithinMermaidLimits, mermaid } from "./mermaid";
import { fitsOnePicture, picturesOf } from "./pictures";
import { svg } from "./svg";

interface Options {
  readonly outdir: string;
  /** Path of the files to write, without extension, or of the folder. @default "factory" */
  readonly target?: string | undefined;
}

/** Contents of files, by path. */
type Files = ReadonlyMap<string, string>;

/**
 * Draws the stacks in `outdir` as `TARGET.svg` and `TARGET.mmd`, or as a folder `TARGET` with an
 * index and a picture for each image if one picture would be too large.
 */
export async function diagram({ outdir, target = "factory" }: Options): Promise<CommandResult> {
  const graph = readGraph(outdir);
  const isSingle = fitsOnePicture(graph);
  if (!isSingle) assertNotOverwritten(indexOf(target));
  const files = isSingle ? await drawOne(graph, target) : await drawEach(graph, target);
  const removed = outdatedFiles(target, files);
  write(files);
  for (const file of removed) rmSync(file);
  const places = graph.accountRegions.map(({ label }) => label).join("; ");
  const written = isSingle
    ? `${target}.svg and ${target}.mmd`
    : `${indexOf(target)} and ${files.size - 1} files that it links`;
  const lines = [
    `wrote ${written}: ${places}`,
    ...removed.map((file) => `removed ${file}, which isn't part of the diagram any more`),
  ];
  return { text: lines.join("\n"), data: { written: [...files.keys()], removed } };
}

function readGraph(outdir: string): Graph {
  const { stacks } = readSynthesizedJson(join(outdir, "manifest.json"));
  const factoryFile = assertCurrent(outdir);
  const order = factoryFile === undefined ? [] : orderOf(readFactory(factoryFile));
  return graphOf(readStacks(outdir, stacks), order);
}

/** Reads the stacks in the manifest: the folder may also contain stacks that were removed since. */
function readStacks(
  outdir: string,
  stacks: Readonly<Record<string, { readonly synthesizedStackPath: string }>>,
): Stacks {
  return Object.fromEntries(
    Object.entries(stacks).map(([stack, { synthesizedStackPath: path }]) => [
      stack,
      readSynthesizedJson(join(outdir, path)),
    ]),
  );
}

async function drawOne(graph: Graph, target: string): Promise<Files> {
  const title = "Images, their channels, and the accounts that use them";
  return new Map([
    [`${target}.svg`, svg(await instance(), graph, { title, lines: describe(graph) })],
    [`${target}.mmd`, mermaid(graph)],
  ]);
}

async function drawEach(graph: Graph, target: string): Promise<Files> {
  const viz = await instance();
  const files = new Map<string, string>();
  const pictures: PictureFiles[] = [];
  for (const picture of picturesOf(graph)) {
    const title = `Image ${picture.key}, its channels, and the accounts that use it`;
    const names = { svg: `${picture.key}.svg`, mermaid: `${picture.key}.mmd` };
    const lines = describe(picture.graph);
    files.set(join(target, names.svg), svg(viz, picture.graph, { title, lines }));
    const text = mermaid(picture.graph);
    const isDrawn = isWithinMermaidLimits(text, picture.graph);
    if (isDrawn) files.set(join(target, names.mermaid), text);
    pictures.push({ ...picture, svg: names.svg, mermaid: isDrawn ? names.mermaid : undefined });
  }
  return files.set(indexOf(target), indexPage(pictures));
}

function indexOf(target: string): string {
  return join(target, "index.md");
}

/** Returns the index of an earlier diagram; `undefined` if there is none. */
function readIndex(index: string): string | undefined {
  const page = existsSync(index) ? readFileSync(index, "utf8") : undefined;
  return page?.startsWith(INDEX_MARKER) ? page : undefined;
}

/** Throws a {@link ConfigError} if there is an index that isn't a diagram's. */
function assertNotOverwritten(index: string): void {
  if (existsSync(index) && readIndex(index) === undefined)
    throw new ConfigError(
      `${index} wasn't written by \`factory diagram\`, and would be overwritten: choose another TARGET`,
    );
}

/**
 * Returns the files of an earlier diagram that this one doesn't have, such as the pictures of
 * images that were removed.
 */
function outdatedFiles(target: string, files: Files): string[] {
  const index = indexOf(target);
  const page = readIndex(index);
  const linked =
    page === undefined ? [] : [index, ...linkedFiles(page).map((file) => join(target, file))];
  return [`${target}.svg`, `${target}.mmd`, ...linked].filter(
    (file) => !files.has(file) && existsSync(file),
  );
}

function write(files: Files): void {
  for (const [file, content] of files) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}
