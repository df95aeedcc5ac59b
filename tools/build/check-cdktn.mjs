// Synthesizes the examples with CDK Terrain, the live fork of CDKTF, in a temporary folder, and says whether their stacks are the same.
// Needs a registry. `--keep` leaves the folder.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { build } from "esbuild";

/** What stands in for what. */
const PACKAGES = {
  cdktf: ["cdktn", "0.24.0"],
  "@cdktf/provider-aws": ["@cdktn/provider-aws", "25.7.0"],
  "@cdktf/provider-archive": ["@cdktn/provider-archive", "14.0.1"],
};

const EXAMPLES = [
  "factory.yaml",
  ...readdirSync("examples").map((name) => join("examples", name, "factory.yaml")),
].filter((file) => {
  try {
    return readFileSync(file).length > 0;
  } catch {
    return false;
  }
});

const run = (command, args, options) => {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8", ...options });
  if (status !== 0)
    throw new Error(`${command} ${args.join(" ")} failed: ${error?.message ?? stderr}`);
};

/** The stacks of a factory file as `program` synthesizes them, without what CDKTF says of itself. */
const stacksOf = (program, file, outdir) => {
  run(process.execPath, [program], {
    env: { ...process.env, FACTORY_CONFIG: file, CDKTF_OUTDIR: outdir },
  });
  const strip = (_key, value) =>
    value && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).filter(([key]) => key !== "//"))
      : value;
  return Object.fromEntries(
    readdirSync(join(outdir, "stacks"))
      .sort()
      .map((id) => [
        id,
        JSON.parse(readFileSync(join(outdir, "stacks", id, "cdk.tf.json"), "utf8"), strip),
      ]),
  );
};

/** The paths at which two values differ. */
const differences = (one, other, path = "") => {
  if (isDeepStrictEqual(one, other)) return [];
  const isMap = (value) => typeof value === "object" && value !== null;
  if (!isMap(one) || !isMap(other))
    return [`${path}: ${JSON.stringify(one)} is ${JSON.stringify(other)}`];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap((key) =>
    differences(one[key], other[key], path === "" ? key : `${path}.${key}`),
  );
};

const main = async () => {
  const folder = mkdtempSync(join(tmpdir(), "cdktn-"));
  try {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
    const packages = [...Object.values(PACKAGES).map((one) => one.join("@")), "constructs@10.6.0"];
    run("npm", ["install", "--no-audit", "--no-fund", "--no-save", ...packages], { cwd: folder });
    await build({
      entryPoints: ["main.ts"],
      outfile: join(folder, "main.js"),
      bundle: true,
      platform: "node",
      mainFields: ["module", "main"],
      logLevel: "warning",
      alias: Object.fromEntries(Object.entries(PACKAGES).map(([ours, [theirs]]) => [ours, theirs])),
      external: ["cdktn", "constructs", "@cdktn/*"],
    });
    mkdirSync(join(folder, "out"));
    let [stacks, resources, differing] = [0, 0, 0];
    for (const [index, file] of EXAMPLES.entries()) {
      const ours = stacksOf(resolve("dist/main.js"), file, join(folder, "out", `ours-${index}`));
      const theirs = stacksOf(
        join(folder, "main.js"),
        file,
        join(folder, "out", `theirs-${index}`),
      );
      const found = differences(ours, theirs);
      for (const difference of found) console.error(`${file}: ${difference}`);
      differing += found.length;
      stacks += Object.keys(ours).length;
      resources += Object.values(ours).flatMap(({ resource = {} }) =>
        Object.values(resource).flatMap(Object.keys),
      ).length;
    }
    const what = `${stacks} stacks of ${EXAMPLES.length} factories with ${resources} resources`;
    console.log(
      `${Object.values(PACKAGES)[0].join(" ")}: ${what}: ${differing === 0 ? "all the same" : `${differing} differences`}`,
    );
    if (differing > 0) process.exitCode = 1;
  } finally {
    if (process.argv.includes("--keep")) console.log(`kept: ${folder}`);
    else rmSync(folder, { recursive: true });
  }
};

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
