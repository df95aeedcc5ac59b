// Bundles the CDKTF app, the factory command and the updater into dist/, unless the bundles are
// newer than all sources.
import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isUpToDate } from "./up-to-date.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

function inRoot(path) {
  return join(ROOT, path);
}

const INPUTS = [
  "main.ts",
  "cli",
  "config",
  "contract",
  "lambda",
  "modules",
  "stacks",
  "tools/build/build.mjs",
  "package-lock.json",
].map(inRoot);

const OUTPUTS = ["dist/main.js", "dist/factory.js", "dist/share-updater/index.mjs"].map(inRoot);

async function bundle() {
  const started = new Date();
  const { build } = await import("esbuild");
  const common = {
    absWorkingDir: ROOT,
    bundle: true,
    platform: "node",
    logLevel: "warning",
    mainFields: ["module", "main"],
  };
  /** For bundles that are modules: some packages in them are CommonJS, and call `require`. */
  const banner = {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  };
  /** Contains positions only. The stack trace of a defect shows no source text. */
  const sourceMap = { sourcemap: "linked", sourcesContent: false };

  const app = build({
    ...common,
    ...sourceMap,
    entryPoints: { main: "main.ts" },
    outdir: "dist",
    target: "node20",
    // CDKTF and its bindings too: finding their hundreds of files takes longer than running them.
    minifySyntax: true,
    minifyWhitespace: true,
  });

  // Split into modules, so that a command loads only what it uses. Their names contain hashes, so
  // old ones would stay.
  const modules = inRoot("dist/factory");
  rmSync(modules, { recursive: true, force: true });
  const command = build({
    ...common,
    ...sourceMap,
    banner,
    entryPoints: ["cli/factory.ts"],
    outdir: modules,
    outExtension: { ".js": ".mjs" },
    format: "esm",
    splitting: true,
    target: "node20",
    minifySyntax: true,
  });

  const updater = build({
    ...common,
    banner,
    entryPoints: ["lambda/share-updater/index.ts"],
    outfile: "dist/share-updater/index.mjs",
    format: "esm",
    target: "node22",
    minify: true,
  });

  await Promise.all([app, command, updater]);
  writeFileSync(inRoot("dist/factory.js"), 'import("./factory/factory.mjs");\n');
  // A source that was saved during the build must be newer than the bundles.
  for (const output of OUTPUTS) utimesSync(output, started, started);
}

if (!isUpToDate(INPUTS, OUTPUTS)) await bundle();
