// Bundles a TypeScript entry point, with the bundles that it may start, and runs it: node tools/build/run.mjs FILE [ARGUMENT…]
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
  {
    stdio: "inherit",
  },
);
process.exitCode = status ?? 1;
