// Bundles the CDKTF app, the factory command and the updater into dist/, unless the bundles are
// newer than all sources.
import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isUpToDate } from "./up-to-date.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const INPUTS = [
  "main.ts",
  "cli",
  "config",
  "contract",
  "lambda",
  "modules",
  "stacks",
  "tools/build/build.mjs",
  "package.json",
  "package-lock.json",
].map(inRoot);

const OUTPUTS = ["dist/main.js", "dist/factory.js", "dist/share-updater/index.mjs"].map(inRoot);

const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: "node",
  logLevel: "warning",
  mainFields: ["module", "main"],
};

/** For bundles that are modules: some packages in them are CommonJS and call `require`. */
const REQUIRE = {
  js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
};

/** Positions only: the stack trace of a defect doesn't show the text of the sources. */
const SOURCE_MAP = { sourcemap: "linked", sourcesContent: false };

function inRoot(path) {
  return join(ROOT, path);
}

/** CDKTF and its bindings too: finding their hundreds of files takes longer than running them. */
function bundleApp(build) {
  return build({
    ...COMMON,
    ...SOURCE_MAP,
    entryPoints: { main: "main.ts" },
    outdir: "dist",
    target: "node20",
    minifySyntax: true,
    minifyWhitespace: true,
  });
}

/** Split into modules, so that a command loads only what it uses. `dist/factory.js` starts them. */
async function bundleCommand(build) {
  const modules = inRoot("dist/factory");
  // The names of modules contain hashes, so modules of earlier builds would remain.
  rmSync(modules, { recursive: true, force: true });
  await build({
    ...COMMON,
    ...SOURCE_MAP,
    banner: REQUIRE,
    entryPoints: ["cli/factory.ts"],
    outdir: modules,
    outExtension: { ".js": ".mjs" },
    format: "esm",
    splitting: true,
    target: "node20",
    minifySyntax: true,
  });
  writeFileSync(inRoot("dist/factory.js"), 'import("./factory/factory.mjs");\n');
}

function bundleUpdater(build) {
  return build({
    ...COMMON,
    banner: REQUIRE,
    entryPoints: ["lambda/share-updater/index.ts"],
    outfile: "dist/share-updater/index.mjs",
    format: "esm",
    target: "node22",
    minify: true,
  });
}

if (!isUpToDate(INPUTS, OUTPUTS)) {
  const started = new Date();
  const { build } = await import("esbuild");
  await Promise.all([bundleApp(build), bundleCommand(build), bundleUpdater(build)]);
  // A source that is saved during the build must be newer than the bundles.
  for (const output of OUTPUTS) utimesSync(output, started, started);
}
