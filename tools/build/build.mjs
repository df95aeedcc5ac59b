// Bundles what runs: the app that synthesizes, the command that issues versions, and the function that is deployed.
import { build } from "esbuild";

const common = {
  bundle: true,
  platform: "node",
  logLevel: "warning",
  mainFields: ["module", "main"],
};

await Promise.all([
  build({
    ...common,
    entryPoints: {
      main: "main.ts",
      versions: "cli/authoring/versions.ts",
      factory: "cli/factory.ts",
      "plan-summary": "cli/delivery/plan-summary.ts",
      diagram: "cli/authoring/diagram.ts",
      stacks: "cli/delivery/stacks.ts",
    },
    outdir: "dist",
    target: "node20",
    // CDKTF and its bindings too: to look for their hundreds of files takes longer than to run what is in them.
    minifySyntax: true,
    minifyWhitespace: true,
  }),
  build({
    ...common,
    entryPoints: ["lambda/share-updater/index.ts"],
    outfile: "dist/share-updater/index.mjs",
    format: "esm",
    target: "node22",
    minify: true,
    // The SDK's CommonJS parts call require, which a module doesn't have.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  }),
]);
