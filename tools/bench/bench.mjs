// Prints how fast synthesis is, as ratios to a flat CDKTF app and to an AWS CDK app that are
// measured side by side, and the time and size of an installation. Needs a package registry.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildSync } from "esbuild";
import { writeFlatApp } from "./flat-app.mjs";

const folder = mkdtempSync(join(tmpdir(), "factory-bench-"));

/** Runs Node, or another command in a folder, and returns the milliseconds that it takes. */
function run(args, env, { command = process.execPath, cwd } = {}) {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(command, args, {
    env: { ...process.env, ...env },
    encoding: "utf8",
    cwd,
  });
  if (status !== 0) throw new Error(stderr);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/**
 * The milliseconds of each command. They run in turn, so that a change of the machine's load
 * affects all.
 */
function measure(commands, rounds) {
  for (const command of commands) run(...command);
  const byRound = Array.from({ length: rounds }, () => commands.map((command) => run(...command)));
  return commands.map((_, index) => byRound.map((round) => round[index]));
}

function countResources(outdir) {
  return readdirSync(join(outdir, "stacks"))
    .map((id) => JSON.parse(readFileSync(join(outdir, "stacks", id, "cdk.tf.json"), "utf8")))
    .flatMap(({ resource }) => Object.values(resource).flatMap((named) => Object.keys(named)))
    .length;
}

function synth(file, outdir) {
  return [["dist/main.js"], { FACTORY_CONFIG: file, CDKTF_OUTDIR: outdir }];
}

function compareWithFlatApp() {
  const [factory, flat] = [join(folder, "factory"), join(folder, "flat")];
  run(...synth("factory.yaml", factory));
  const program = join("dist", "flat.cjs");
  writeFlatApp(factory, program);
  const [factoryMs, flatMs] = measure(
    [synth("factory.yaml", factory), [[program], { CDKTF_OUTDIR: flat }]],
    21,
  );
  const count = countResources(factory);
  if (count !== countResources(flat))
    throw new Error(`the flat app must have ${count} resources, got: ${countResources(flat)}`);
  const ratio = median(factoryMs.map((ms, round) => ms / flatMs[round]));
  console.log(
    `synth of the example (${count} resources): ${median(factoryMs).toFixed(0)} ms, flat CDKTF app: ${median(flatMs).toFixed(0)} ms`,
  );
  console.log(`  ratio ${ratio.toFixed(2)} (at most 1.3)`);
}

/**
 * Writes a factory of golden images with a channel each, in two Regions, and its version lock file.
 */
function writeFactory(images) {
  const target = join(folder, String(images));
  mkdirSync(target);
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
  writeFileSync(join(target, "factory.yaml"), JSON.stringify(file));
  run(["dist/factory.js", "versions"], { FACTORY_CONFIG: join(target, "factory.yaml") });
  return join(target, "factory.yaml");
}

function measureGrowth() {
  const sizes = [1, 25, 50, 100];
  const outdirs = sizes.map((size) => join(folder, `out-${size}`));
  const commands = sizes.map((size, index) => synth(writeFactory(size), outdirs[index]));
  const medians = measure(commands, 5).map(median);
  for (const [index, size] of sizes.entries())
    console.log(
      `synth of ${size} images in 2 Regions (${countResources(outdirs[index])} resources): ${medians[index].toFixed(0)} ms`,
    );
  const perImage = (from, to) => (medians[to] - medians[from]) / (sizes[to] - sizes[from]);
  console.log(
    `  an additional image costs ${perImage(2, 3).toFixed(1)} ms from 50 to 100, ${perImage(0, 2).toFixed(1)} ms up to 50`,
  );
  console.log(`  ratio ${(perImage(2, 3) / perImage(0, 2)).toFixed(2)} (1 is linear)`);
}

const INSTALL = ["install", "--ignore-scripts", "--no-audit", "--no-fund"];

/** Installs the packed factory into a folder with the factory file of this repository. */
function installFactory() {
  const cwd = join(folder, "installed");
  mkdirSync(cwd);
  writeFileSync(join(cwd, "package.json"), JSON.stringify({ private: true }));
  for (const name of ["factory.yaml", "factory.lock.json", "components"])
    cpSync(name, join(cwd, name), { recursive: true });
  const npm = { command: "npm" };
  run(["pack", "--ignore-scripts", "--pack-destination", folder], {}, npm);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  const ms = run([...INSTALL, "--offline", join(folder, tarball)], {}, { ...npm, cwd });
  const megabytes = (size) => (size / 1_000_000).toFixed(1);
  const files = readdirSync(join(cwd, "node_modules"), { recursive: true, withFileTypes: true });
  const sizes = files.map((entry) =>
    entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0,
  );
  const installed = sizes.reduce((sum, size) => sum + size, 0);
  console.log(
    `install of the package: ${(ms / 1_000).toFixed(1)} s (at most 10), tarball ${megabytes(statSync(join(folder, tarball)).size)} MB (at most 6), installed ${megabytes(installed)} MB (at most 40)`,
  );
  return cwd;
}

/** Installs the AWS CDK app of the same system, whose packages this project doesn't depend on. */
function installPeer() {
  const cwd = join(folder, "peer");
  cpSync("tools/bench/peer", cwd, { recursive: true });
  run(INSTALL, {}, { command: "npm", cwd });
  return cwd;
}

/** The factory as users run it, and the AWS CDK app of the same system as tsx runs it. */
function compareWithPeer() {
  const [installed, peer] = [installFactory(), installPeer()];
  const factory = join(installed, "node_modules", ".bin", "factory");
  const peerEnv = {
    CDK_OUTDIR: join(folder, "cdk.out"),
    COMPONENTS: resolve("components/linux"),
    UPDATER: resolve("dist/share-updater"),
  };
  const out = { CDKTF_OUTDIR: join(folder, "npm-run") };
  const [peerMs, npmMs, installedMs, helpMs] = measure(
    [
      [["tsx", "app.ts"], peerEnv, { command: "npx", cwd: peer }],
      [["run", "-s", "synth"], out, { command: "npm" }],
      [["synth"], {}, { command: factory, cwd: installed }],
      [["--help"], {}, { command: factory, cwd: installed }],
    ],
    11,
  );
  console.log(`synth of the example by the AWS CDK peer: ${median(peerMs).toFixed(0)} ms`);
  for (const [name, times] of Object.entries({
    "npm run synth": npmMs,
    "installed factory synth": installedMs,
  })) {
    const ratio = median(times.map((ms, round) => ms / peerMs[round]));
    console.log(
      `  ${name}: ${median(times).toFixed(0)} ms, ratio ${ratio.toFixed(2)} (at most 0.2)`,
    );
  }
  console.log(`factory --help: ${(median(helpMs) / 1_000).toFixed(2)} s (at most 0.4)`);
}

/** The size of a function's bundle, the time to load it, and the cost of its runs. */
function measureFunction(name, program, maxMegabytes) {
  const bundle = `dist/${name}/index.mjs`;
  const env = {
    ACCOUNT_ID: "111111111111",
    AWS_REGION: "eu-west-1",
    MANIFEST_BUCKET: "bucket",
    MANIFEST_KEY: "channels/0.json",
    PARTITION: "aws",
    POWERTOOLS_DEV: "true",
    QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/111111111111/updater",
  };
  const load = (code) => [["--input-type=module", "-e", code], env];
  const [withBundle, without] = measure(
    [load(`await import("./${bundle}")`), load("await import('node:fs')")],
    11,
  ).map(median);
  const megabytes = statSync(bundle).size / 1_000_000;
  console.log(
    `${program}: ${megabytes.toFixed(2)} MB (at most ${maxMegabytes}), loads in ${(withBundle - without).toFixed(0)} ms`,
  );
  const outfile = `dist/bench-${program}.js`;
  buildSync({
    entryPoints: [`tools/bench/${program}.ts`],
    bundle: true,
    platform: "node",
    outfile,
  });
  console.log(spawnSync(process.execPath, [outfile], { encoding: "utf8" }).stdout.trim());
}

/** How fast the page of a large catalogue opens and searches. Needs a browser. */
function measureCatalogue() {
  const args = ["tools/build/run.mjs", "tools/bench/catalogue.ts"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  console.log(stdout.trim());
}

try {
  run(["tools/build/build.mjs"], {});
  compareWithFlatApp();
  compareWithPeer();
  measureGrowth();
  measureFunction("share-updater", "updater", 1.5);
  measureFunction("rebuilder", "rebuilder", 1);
  measureCatalogue();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
