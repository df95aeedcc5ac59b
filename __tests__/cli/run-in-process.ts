import childProcess from "node:child_process";
import { Console } from "node:console";
import { Readable, Writable } from "node:stream";
import { runProgram } from "../../cli/command";
import { factoryProgram } from "../../cli/program";
import { SYSTEM_TIME } from "../../lambda/common/system-time";
import type { Result } from "./run-factory";

/** Collects what is written to it. It isn't a terminal. */
class Output extends Writable {
  text = "";

  constructor() {
    super({ decodeStrings: false });
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk;
    done();
  }
}

/** Replaces properties of an object while `run` runs. */
async function withProperties<T extends object>(
  target: T,
  properties: Partial<T>,
  run: () => Promise<void>,
): Promise<void> {
  const names = Object.keys(properties) as (keyof T)[];
  const before = names.map((name) => Object.getOwnPropertyDescriptor(target, name));
  for (const name of names)
    Object.defineProperty(target, name, { value: properties[name], configurable: true });
  try {
    await run();
  } finally {
    names.forEach((name, index) => {
      Object.defineProperty(target, name, before[index] ?? { value: undefined });
    });
  }
}

/**
 * Starts processes with the command's environment. The default is that of the real process.
 * Commands call only `spawn` and `spawnSync`, with arguments.
 */
function withEnvironment(start: (...args: never[]) => unknown) {
  return (command: string, args: readonly string[], options?: object) =>
    start(...([command, args, { env: process.env, ...options }] as never[]));
}

async function runAlone(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { now, sleep }: typeof SYSTEM_TIME,
): Promise<Result> {
  const { exitCode } = process;
  const [stdout, stderr] = [new Output(), new Output()];
  const properties = {
    argv: [process.execPath, "factory", ...args],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true", ...env },
    stdin: Readable.from([]),
    stdout,
    stderr,
  };
  const starters = {
    spawn: withEnvironment(childProcess.spawn),
    spawnSync: withEnvironment(childProcess.spawnSync),
  };
  process.exitCode = undefined;
  try {
    await withProperties(process, properties as object, () =>
      withProperties(childProcess, starters as object, () =>
        withProperties(globalThis, { console: new Console(stdout, stderr) }, () =>
          withProperties(SYSTEM_TIME, { now, sleep }, () => runProgram(factoryProgram())),
        ),
      ),
    );
    return { status: Number(process.exitCode ?? 0), stdout: stdout.text, stderr: stderr.text };
  } finally {
    process.exitCode = exitCode;
  }
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a command line from the sources in this process, which takes a tenth of the time of a
 * process with the bundles. Only the app that synthesizes is the bundle. For tests of a command's
 * results: __tests__/cli/factory.test.ts and the end-to-end test run the process.
 *
 * Commands run one after the other, because each has the environment and output of the process.
 *
 * @param env all environment variables of the command
 * @param time the time of the command
 */
export function runInProcess(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  time: typeof SYSTEM_TIME = SYSTEM_TIME,
): Promise<Result> {
  const result = last.then(() => runAlone(args, env, time));
  last = result.catch(() => undefined);
  return result;
}
