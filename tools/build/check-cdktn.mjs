// Compares the stacks of the examples as CDKTF synthesizes them with those of CDK Terrain, the
// maintained fork of CDKTF, in a temporary folder. Needs a registry. `--keep` keeps the folder.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { build } from "esbuild";
import { FUNCTIONS } from "./build.mjs";

/** Packages of the fork with their versions, by the packages that they replace. */
const PACKAGES = {
  cdktf: ["cdktn", "0.24.0"],
  "@cdktf/provider-aws": ["@cdktn/provider-aws", "25.7.0"],
  "@cdktf/provider-archive": ["@cdktn/provider-archive", "14.0.1"],
};

const EXAMPLES = [
  "factory.yaml",
  ...readdirSync("examples").map((name) => join("examples", name, "factory.yaml")),
].filter((file) => existsSync(file));

function run(command, args, options) {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8", ...options });
  if (status !== 0)
    throw new Error(`${command} ${args.join(" ")} failed: ${error?.message ?? stderr}`);
}

/** Returns the stacks of a factory file as `program` synthesizes them, without CDKTF's metadata. */
function stacksOf(program, file, outdir) {
  run(process.execPath, [program], {
    env: { ...process.env, FACTORY_CONFIG: file, CDKTF_OUTDIR: outdir },
  });
  const folder = join(outdir, "stacks");
  const ids = readdirSync(folder).sort();
  return Object.fromEntries(
    ids.map((id) => [
      id,
      JSON.parse(readFileSync(join(folder, id, "cdk.tf.json"), "utf8"), withoutMetadata),
    ]),
  );
}

/** Removes the keys `//`, which contain CDKTF's metadata, while JSON is parsed. */
function withoutMetadata(_key, value) {
  if (!isObject(value) || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== "//"));
}

function isObject(value) {
  return typeof value === "object" && value !== null;
}

/** Lists the paths at which two values differ. */
function differences(one, other, path = "") {
  if (isDeepStrictEqual(one, other)) return [];
  if (!isObject(one) || !isObject(other))
    return [`${path}: ${JSON.stringify(one)} is ${JSON.stringify(other)}`];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap((key) =>
    differences(one[key], other[key], path === "" ? key : `${path}.${key}`),
  );
}

/** Installs the fork in a folder and bundles the app with it; returns the bundle. */
async function bundleWithFork(folder) {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  const packages = [...Object.values(PACKAGES).map((one) => one.join("@")), "constructs@10.6.0"];
  run("npm", ["install", "--no-audit", "--no-fund", "--no-save", ...packages], { cwd: folder });
  const outfile = join(folder, "main.js");
  // The app reads the bundles of the functions from the folder that it is in.
  for (const name of FUNCTIONS) cpSync(join("dist", name), join(folder, name), { recursive: true });
  await build({
    entryPoints: ["main.ts"],
    outfile,
    bundle: true,
    platform: "node",
    mainFields: ["module", "main"],
    logLevel: "warning",
    alias: Object.fromEntries(Object.entries(PACKAGES).map(([ours, [fork]]) => [ours, fork])),
    external: ["cdktn", "constructs", "@cdktn/*"],
  });
  return outfile;
}

function countResources(stacks) {
  return Object.values(stacks).flatMap(({ resource = {} }) =>
    Object.values(resource).flatMap(Object.keys),
  ).length;
}

/**
 * Compares the stacks of all examples, prints every difference, and returns whether there are none.
 */
async function compare(folder) {
  const fork = await bundleWithFork(folder);
  mkdirSync(join(folder, "out"));
  let [stacks, resources, differing] = [0, 0, 0];
  for (const [index, file] of EXAMPLES.entries()) {
    const ours = stacksOf(resolve("dist/main.js"), file, join(folder, "out", `ours-${index}`));
    const theirs = stacksOf(fork, file, join(folder, "out", `theirs-${index}`));
    const found = differences(ours, theirs);
    for (const difference of found) console.error(`${file}: ${difference}`);
    differing += found.length;
    stacks += Object.keys(ours).length;
    resources += countResources(ours);
  }
  const compared = `${stacks} stacks of ${EXAMPLES.length} factories with ${resources} resources`;
  const result = differing === 0 ? "no differences" : `${differing} differences`;
  console.log(`${PACKAGES.cdktf.join(" ")}: ${compared}: ${result}`);
  return differing === 0;
}

const folder = mkdtempSync(join(tmpdir(), "cdktn-"));
try {
  if (!(await compare(folder))) process.exitCode = 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  if (process.argv.includes("--keep")) console.log(`kept: ${folder}`);
  else rmSync(folder, { recursive: true });
}
