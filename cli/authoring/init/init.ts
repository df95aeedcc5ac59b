import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { readFactory } from "../../../config/load";
import { ConfigError } from "../../../config/problems";
import { EMPTY_LOCK_FILE, lockFilePath, renderLockFile } from "../../../config/versions/lock-file";
import { issueVersions } from "../../../config/versions/next-versions";
import { PROGRAM, quoted } from "../../../contract/program";
import type { CommandResult } from "../../command";
import { synthesize } from "../../synthesize";
import {
  type Answers,
  assertValid,
  type Choices,
  choicesOf,
  missingOptions,
  regionsIn,
} from "./answers";
import { describeEstimate, type Estimate, estimateCost, type StackJson } from "./cost";
import { assertIsNew, writeFolder } from "./new-folder";
import { npmCommand } from "./npm";
import {
  addPackage,
  findPackageSource,
  PACKAGE_FOLDER,
  type PackageSource,
} from "./package-source";
import { repositoryFiles } from "./repository";

interface Options {
  readonly dir: string;
  /** Those that were given as options. */
  readonly answers: Answers;
  /** Whether AWS is asked for the organization and the shared account. */
  readonly fromAws: boolean;
  /** Tarball of the package, or a URL. @default - where the running package comes from */
  readonly source?: string | undefined;
  /** Whether `npm install` runs. */
  readonly install: boolean;
  /** Whether no questions are asked. */
  readonly yes: boolean;
  readonly json: boolean;
}

/** Creates a repository for golden images, and synthesizes its stacks. */
export async function init(options: Options): Promise<CommandResult> {
  const { dir, install } = options;
  assertIsNew(dir);
  assertValid(options.answers);
  const source = findPackageSource(options.source);
  const answers = await complete(options);
  const { stacks, estimate } = await writeFolder(dir, async (folder, signal) => {
    writeRepository(folder, dir, choicesOf(answers), source);
    const result = await inFolder(folder, synthesizeFirst);
    if (install) await installPackage(folder, options.json, signal);
    return result;
  }).catch((error) => {
    throw options.yes ? error : withAnswers(error, answers);
  });
  const git = initializeGit(dir);
  return {
    text: report({ dir, stacks, estimate, git, install }),
    data: { folder: dir, stacks, cost: estimate, next: nextCommands(dir, install) },
  };
}

/** Returns all answers: from options, from AWS, and from the person at the terminal. */
async function complete({ answers: given, fromAws, yes }: Options): Promise<Answers> {
  const suggested = fromAws ? await suggestFromAws(given) : {};
  const canAsk = !yes && process.stdin.isTTY === true;
  if (canAsk) {
    const { askFor } = await import("./questions");
    return askFor(given, suggested);
  }
  const answers = { ...suggested, ...onlyDefined(given) };
  const missing = missingOptions(answers);
  if (missing.length === 0) return answers;
  const reason = yes ? "--yes asks no questions" : "stdin is not a terminal";
  throw new ConfigError(`${reason}: also pass ${missing.join(", ")}`);
}

/** Adds the answers to a message, so that they aren't lost. */
function withAnswers(error: Error, answers: Answers): Error {
  if (!(error instanceof ConfigError)) return error;
  const given = Object.entries(onlyDefined(answers)).map(
    ([name, answer]) => `--${name} ${quoted(answer)}`,
  );
  return new ConfigError(`${error.message}\nTo keep your answers, add ${given.join(" ")}`, {
    cause: error,
  });
}

function onlyDefined(answers: Answers): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(answers).flatMap(([name, answer]) =>
      answer === undefined ? [] : [[name, answer]],
    ),
  );
}

async function suggestFromAws({ regions }: Answers): Promise<Answers> {
  const { answersFromAws } = await import("./from-aws");
  const [region = "us-east-1"] = regions === undefined ? [] : regionsIn(regions);
  const answers = await answersFromAws(process.env["AWS_REGION"] ?? region);
  assertValid(answers);
  return answers;
}

function writeRepository(
  folder: string,
  dir: string,
  choices: Choices,
  source: PackageSource,
): void {
  const files = repositoryFiles(choices, dir, addPackage(source, folder));
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** Runs `work` in a folder, so that paths in messages are relative to it. */
async function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await work();
  } finally {
    process.chdir(before);
  }
}

/**
 * Issues the first versions and synthesizes, in the working directory. The synthesis prints the
 * warnings.
 */
async function synthesizeFirst(): Promise<{
  readonly stacks: readonly string[];
  readonly estimate: Estimate;
}> {
  const file = "factory.yaml";
  const { lockFile } = issueVersions(EMPTY_LOCK_FILE, readFactory(file));
  writeFileSync(lockFilePath(file), renderLockFile(lockFile));
  const outdir = "cdktf.out";
  const stacks = await synthesize(file, outdir);
  const estimate = estimateCost(
    stacks.map(
      (stack): StackJson =>
        JSON.parse(readFileSync(join(outdir, "stacks", stack, "cdk.tf.json"), "utf8")),
    ),
  );
  return { stacks, estimate };
}

const INSTALL = ["install", "--ignore-scripts", "--no-audit", "--no-fund"];

/** Runs `npm install`, which also writes package-lock.json. Ends npm if `signal` aborts. */
async function installPackage(folder: string, quiet: boolean, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (!quiet) console.error(`running npm ${INSTALL.join(" ")}`);
  const { command, args } = npmCommand(INSTALL);
  const child = spawn(command, args, {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    detached: HAS_PROCESS_GROUPS,
  });
  signal.addEventListener("abort", () => kill(child));
  let output = "";
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  const problem = await new Promise<string | undefined>((resolve) => {
    child.on("error", ({ message }) => resolve(message));
    child.on("close", (status) => resolve(status === 0 ? undefined : output.trim()));
  });
  if (problem !== undefined)
    throw new ConfigError(
      `npm install failed, so nothing was written: ${problem}\n--no-install leaves it out`,
    );
}

const HAS_PROCESS_GROUPS = process.platform !== "win32";

/**
 * Ends a process and those that it started. They can't finish their work, because the folder that
 * they write to is removed.
 */
function kill(child: ChildProcess): void {
  if (child.pid === undefined || !HAS_PROCESS_GROUPS) child.kill("SIGKILL");
  else process.kill(-child.pid, "SIGKILL");
}

/** Creates a Git repository, unless the folder is in one. Returns why not. */
function initializeGit(dir: string): string | undefined {
  const git = (...args: string[]) => spawnSync("git", args, { cwd: dir, encoding: "utf8" });
  const inside = git("rev-parse", "--is-inside-work-tree");
  if (inside.error) return "Git isn't installed, so the folder isn't a Git repository";
  if (inside.stdout.trim() === "true") return undefined;
  // The GitHub workflows deploy this branch.
  const { status, stderr } = git("-c", "init.defaultBranch=main", "init", "--quiet");
  return status === 0 ? undefined : `git init failed: ${stderr.trim()}`;
}

/** The commands that follow, in the folder of the repository. */
function nextCommands(dir: string, install: boolean): string[] {
  return [
    ...(resolve(dir) === process.cwd() ? [] : [`cd ${quoted(dir)}`]),
    ...(install ? [] : [`npm ${INSTALL.slice(0, 2).join(" ")}`]),
    // Images of app accounts can be deployed once their parent is shared.
    `${PROGRAM} plan --account shared`,
    `${PROGRAM} apply --account shared`,
  ];
}

function report({
  dir,
  stacks,
  estimate,
  git,
  install,
}: {
  readonly dir: string;
  readonly stacks: readonly string[];
  readonly estimate: Estimate;
  readonly git: string | undefined;
  readonly install: boolean;
}): string {
  const count = stacks.length === 1 ? "1 stack" : `${stacks.length} stacks`;
  return [
    `wrote ${dir}, and synthesized ${count}:`,
    ...stacks.map((stack) => `  ${stack}`),
    ...(git === undefined ? [] : [git]),
    "",
    describeEstimate(estimate),
    "",
    "Next, read factory.yaml and README.md, and commit all files. Then:",
    ...nextCommands(dir, install).map((command) => `  ${command}`),
    `See ${PACKAGE_FOLDER}/docs/getting-started.md for each step.`,
  ].join("\n");
}
