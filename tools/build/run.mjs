// Bundles and runs a TypeScript program: node tools/build/run.mjs FILE [ARGUMENT…]. It may start
// the bundles of build.mjs, so these are built first.
import { spawnSync } from "node:child_process";
import { basename } from "node:path";
import { build } from "esbuild";
import "./build.mjs";

const [entry, ...args] = process.argv.slice(2);
const outfile = `dist/${basename(entry, ".ts")}.js`;
await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  platform: "node",
  packages: "external",
  sourcemap: "linked",
  logLevel: "warning",
});
const { status } = spawnSync(
  process.execPath,
  ["--no-warnings", "--enable-source-maps", outfile, ...args],
  { stdio: "inherit" },
);
process.exitCode = status ?? 1;
