// Prints how fast synthesis is, as ratios of commands that run in turn.
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { writeFlatApp } from "./flat-app.mjs";

const work = mkdtempSync(join(tmpdir(), "factory-bench-"));

const run = (args, env) => {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, args, {
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return Number(process.hrtime.bigint() - start) / 1e6;
};

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** The milliseconds that each command takes. They run in turn, so that a change in the machine's load affects all of them. */
const times = (commands, rounds) => {
  for (const [args, env] of commands) run(args, env);
  const perRound = Array.from({ length: rounds }, () =>
    commands.map(([args, env]) => run(args, env)),
  );
  return commands.map((_, index) => perRound.map((round) => round[index]));
};

const count = (outdir) =>
  readdirSync(join(outdir, "stacks"))
    .map((id) => JSON.parse(readFileSync(join(outdir, "stacks", id, "cdk.tf.json"), "utf8")))
    .flatMap(({ resource }) => Object.values(resource).flatMap((named) => Object.keys(named)))
    .length;

const synth = (file, outdir) => [["dist/main.js"], { FACTORY_CONFIG: file, CDKTF_OUTDIR: outdir }];

const againstFlat = () => {
  const [ours, flat] = [join(work, "ours"), join(work, "flat")];
  run(...synth("factory.yaml", ours));
  const program = join("dist", "flat.cjs");
  writeFlatApp(ours, program);
  const [oursMs, flatMs] = times(
    [synth("factory.yaml", ours), [[program], { CDKTF_OUTDIR: flat }]],
    21,
  );
  if (count(ours) !== count(flat))
    throw new Error(`the flat app has ${count(flat)} resources, the factory ${count(ours)}`);
  const ratio = median(oursMs.map((ms, round) => ms / flatMs[round]));
  const resources = `${count(ours)} resources`;
  console.log(
    `synth of the example (${resources}): ${median(oursMs).toFixed(0)} ms, flat CDKTF app: ${median(flatMs).toFixed(0)} ms`,
  );
  console.log(`  ratio ${ratio.toFixed(2)} (at most 1.3)`);
};

/** A factory of `images` golden images in two Regions, each with a channel, and its version lock file. */
const writeFactory = (images) => {
  const folder = join(work, String(images));
  mkdirSync(folder);
  const names = Array.from({ length: images }, (_, index) => `image-${index}`);
  const image = {
    platform: "Linux",
    parent: { awsManaged: "amazon-linux-2023-x86" },
    version: "1.0",
    components: [{ awsManaged: "update-linux" }],
    share: { channels: { stable: { principals: { organization: true } } } },
    retain: { builds: 10 },
  };
  const file = {
    organization: { id: "o-abcdefghij", managementAccountId: "999999999999" },
    state: { backend: "s3", bucket: "acme-{account}", region: "eu-west-1" },
    sharedAccount: { id: "111111111111", regions: { "eu-west-1": {}, "us-east-1": {} } },
    images: Object.fromEntries(names.map((name) => [name, image])),
  };
  writeFileSync(join(folder, "factory.yaml"), JSON.stringify(file));
  run(["dist/factory.js", "versions"], { FACTORY_CONFIG: join(folder, "factory.yaml") });
  return join(folder, "factory.yaml");
};

const growth = () => {
  const sizes = [1, 25, 50, 100];
  const outdirs = sizes.map((size) => join(work, `out-${size}`));
  const medians = times(
    sizes.map((size, index) => synth(writeFactory(size), outdirs[index])),
    5,
  ).map(median);
  sizes.forEach((size, index) => {
    console.log(
      `synth of ${size} images in 2 Regions (${count(outdirs[index])} resources): ${medians[index].toFixed(0)} ms`,
    );
  });
  const perImage = (from, to) => (medians[to] - medians[from]) / (sizes[to] - sizes[from]);
  console.log(
    `  another image takes ${perImage(2, 3).toFixed(1)} ms from 50 to 100, ${perImage(0, 2).toFixed(1)} ms up to 50`,
  );
  console.log(`  ratio ${(perImage(2, 3) / perImage(0, 2)).toFixed(2)} (1 is linear)`);
};

/** Prints the size of the function, the time that Node.js takes to load it, and the time for one event. */
const updater = () => {
  const bundle = "dist/share-updater/index.mjs";
  const env = { ACCOUNT_ID: "111111111111", AWS_REGION: "eu-west-1", POWERTOOLS_DEV: "true" };
  const load = (what) => [["--input-type=module", "-e", what], env];
  const [ours, bare] = times(
    [load(`await import("./${bundle}")`), load("await import('node:fs')")],
    11,
  ).map(median);
  console.log(
    `updater: ${(statSync(bundle).size / 1_000_000).toFixed(2)} MB (at most 1.5), loads in ${(ours - bare).toFixed(0)} ms`,
  );
  buildSync({
    entryPoints: ["tools/bench/updater.ts"],
    bundle: true,
    platform: "node",
    outfile: "dist/bench-updater.js",
  });
  console.log(
    spawnSync(process.execPath, ["dist/bench-updater.js"], { encoding: "utf8" }).stdout.trim(),
  );
};

try {
  run(["tools/build/build.mjs"], {});
  againstFlat();
  growth();
  updater();
} finally {
  rmSync(work, { recursive: true, force: true });
}
