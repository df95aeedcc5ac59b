/** Runs commands, and steps of documents as AWSTOE runs them. */
import { spawn } from "node:child_process";
import type { Step } from "./steps";

export interface Result {
  /** The exit code. -1 if a signal ended the command. */
  readonly status: number;
  /** Everything that the command printed. */
  readonly output: string;
}

/**
 * Starts a command, gives it `input` and returns when it ends and nothing writes to its output any
 * more. AWSTOE waits for both, too: a service that keeps the output open makes a step hang.
 */
export function execute(
  [program = "", ...args]: readonly string[],
  { input = "", timeoutMs = 15 * 60_000 }: { input?: string; timeoutMs?: number } = {},
): Promise<Result> {
  const child = spawn(program, args);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  // A command that doesn't read its input closes the pipe.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    const end = (status: number, note = ""): void => {
      clearTimeout(timer);
      resolve({ status, output: Buffer.concat(chunks).toString("utf8") + note });
    };
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      child.stdout.destroy();
      child.stderr.destroy();
      end(-1, `no end after ${timeoutMs / 1_000} seconds\n`);
    }, timeoutMs);
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("close", (code) => end(code ?? -1));
  });
}

/** Throws an error with the command's output if it fails. */
export async function mustExecute(command: readonly string[]): Promise<string> {
  const { status, output } = await execute(command);
  if (status !== 0) throw new Error(`${command.join(" ")} exited with ${status}:\n${output}`);
  return output;
}

/** A machine or container on which steps run. */
export interface Host {
  runScript(script: string): Promise<Result>;
  restart(): Promise<void>;
}

/** Asks AWSTOE for a restart, after which it runs the step again. */
const RESTART_STATUS = 194;

/** A step may ask for a few restarts in a row, but not for ever. */
const MAX_RESTARTS = 3;

/** A step that failed, with `onFailure: Abort`. */
export class StepFailed extends Error {
  constructor(
    readonly step: string,
    { status, output }: Result,
  ) {
    super(`${step} exited with ${status}:\n${output}`);
  }
}

/**
 * Runs steps in order. Returns the names of those that were skipped, because their action module
 * isn't emulated.
 *
 * Throws `StepFailed` if a step fails, unless it has another `onFailure`.
 */
export async function runSteps(host: Host, steps: readonly Step[]): Promise<string[]> {
  const skipped: string[] = [];
  let continued: StepFailed | undefined;
  for (const step of steps) {
    if (step.action === "Reboot") await host.restart();
    else if (step.script === undefined) skipped.push(step.name);
    else {
      const result = await attempt(host, step, step.script);
      if (result.status === 0 || step.onFailure === "Ignore") continue;
      const failed = new StepFailed(step.name, result);
      if (step.onFailure === "Abort") throw failed;
      continued ??= failed;
    }
  }
  // With Continue, the later steps run, but the document has failed.
  if (continued) throw continued;
  return skipped;
}

async function attempt(host: Host, { maxAttempts }: Step, script: string): Promise<Result> {
  let result: Result = { status: -1, output: "" };
  for (let number = 0; number < maxAttempts; number++) {
    result = await runWithRestarts(host, script);
    if (result.status === 0) break;
  }
  return result;
}

async function runWithRestarts(host: Host, script: string): Promise<Result> {
  let result = await host.runScript(script);
  for (let restarts = 0; result.status === RESTART_STATUS && restarts < MAX_RESTARTS; restarts++) {
    await host.restart();
    result = await host.runScript(script);
  }
  return result;
}
