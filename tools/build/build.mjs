// Bundles the CDKTF app, the factory command and the functions into dist/, unless the bundles are
// newer than all sources.
import { chmodSync, mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isUpToDate } from "./up-to-date.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const INPUTS = [
  "main.ts",
  "catalogue",
  "cli",
  "config",
  "contract",
  "lambda",
  "modules",
  "stacks",
  "tools/build/build.mjs",
  "tools/build/no-archives.cjs",
  "package.json",
  "package-lock.json",
].map(inRoot);

/** Paths of all files in the bundles. */
const BUNDLED_FILES = "dist/build/bundled-files.json";

/** The Lambda functions, by their folders. */
export const FUNCTIONS = ["share-updater", "rebuilder", "recorder"];

const OUTPUTS = [
  "dist/main.js",
  "dist/factory.js",
  "dist/catalogue/page.css",
  "dist/catalogue/page.js",
  ...FUNCTIONS.map((name) => `dist/${name}/index.mjs`),
  BUNDLED_FILES,
].map(inRoot);

const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: "node",
  logLevel: "warning",
  mainFields: ["module", "main"],
  metafile: true,
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
    alias: { archiver: inRoot("tools/build/no-archives.cjs") },
    entryPoints: { main: "main.ts" },
    outdir: "dist",
    target: "node20",
    minifySyntax: true,
    minifyWhitespace: true,
  });
}

/** Split into modules, so that a command loads only what it uses. `dist/factory.js` starts them. */
function bundleCommand(build) {
  const modules = inRoot("dist/factory");
  // The names of modules contain hashes, so modules of earlier builds would remain.
  rmSync(modules, { recursive: true, force: true });
  return build({
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
}

/** For an old Node.js too, which gets a message from it. */
async function bundleStart(build) {
  const outfile = inRoot("dist/factory.js");
  const result = await build({
    ...COMMON,
    banner: { js: "#!/usr/bin/env node" },
    entryPoints: ["cli/start.ts"],
    outfile,
    target: "node14",
  });
  chmodSync(outfile, 0o755);
  return result;
}

/** The script and styles of the page that `factory catalogue` writes. */
function bundlePage(build) {
  return build({
    ...COMMON,
    entryPoints: { page: "catalogue/page/main.tsx", styles: "catalogue/page/style.css" },
    entryNames: "page",
    outdir: "dist/catalogue",
    platform: "browser",
    target: "es2023",
    tsconfig: "catalogue/page/tsconfig.json",
    minify: true,
    // The page is part of an HTML file, and THIRD-PARTY-NOTICES has the licenses.
    legalComments: "none",
    charset: "utf8",
  });
}

function bundleFunction(build, name) {
  return build({
    ...COMMON,
    banner: REQUIRE,
    entryPoints: [`lambda/${name}/index.ts`],
    outfile: `dist/${name}/index.mjs`,
    format: "esm",
    target: "node22",
    minify: true,
  });
}

/** Writes the names of the bundled files, from which the license notices are generated. */
function writeInputs(results) {
  const files = results
    .flatMap(({ metafile }) => Object.values(metafile.outputs))
    .flatMap(({ inputs }) => Object.entries(inputs))
    .flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : []));
  mkdirSync(inRoot("dist/build"), { recursive: true });
  const sorted = [...new Set(files)].sort();
  writeFileSync(inRoot(BUNDLED_FILES), `${JSON.stringify(sorted, null, 2)}\n`);
}

if (!isUpToDate(INPUTS, OUTPUTS)) {
  const started = new Date();
  const { build } = await import("esbuild");
  const bundles = [bundleApp, bundleCommand, bundlePage, bundleStart].map((bundle) =>
    bundle(build),
  );
  const functions = FUNCTIONS.map((name) => bundleFunction(build, name));
  writeInputs(await Promise.all([...bundles, ...functions]));
  // A source that is saved during the build must be newer than the bundles.
  for (const output of OUTPUTS) utimesSync(output, started, started);
}
