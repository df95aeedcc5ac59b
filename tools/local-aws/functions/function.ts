/** Runs bundled functions as Lambda does: in a separate process, configured by its environment. */
import { type ChildProcess, spawn } from "node:child_process";

/** Collects the output of each invocation, which it sends with the result. */
const RUN = `
let log = "";
for (const stream of [process.stdout, process.stderr])
  stream.write = (text) => ((log += text), true);
const loaded = import(process.argv[1]);
process.on("message", async (event) => {
  const end = Date.now() + 900_000;
  const answer = await loaded
    .then(({ handler }) => handler(event, { getRemainingTimeInMillis: () => end - Date.now() }))
    .then((result) => ({ result }), ({ name, message }) => ({ error: { name, message } }));
  process.send({ ...answer, log: log.split("\\n").filter((line) => line !== "") });
  log = "";
});
`;

export interface Invocation<Result> {
  readonly result?: Result;
  /** The error that the function threw. Lambda would retry. */
  readonly error?: { readonly name: string; readonly message: string };
  /** The lines of its log. */
  readonly log: readonly string[];
}

/** A process that handles invocations one after the other. The caller must stop it. */
class FunctionProcess {
  private readonly child: ChildProcess;
  private invocations = 0;

  /**
   * @param file absolute path of an ES module that exports `handler`
   * @param environment all environment variables of the function
   */
  constructor(file: string, environment: Readonly<Record<string, string>>) {
    this.child = spawn(
      process.execPath,
      ["--no-warnings", "--input-type=module", "-e", RUN, file],
      { env: environment, stdio: ["ignore", "ignore", "inherit", "ipc"] },
    );
  }

  /** Whether it handles an invocation. As in Lambda, it handles one at a time. */
  get isBusy(): boolean {
    return this.invocations > 0;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async invoke<Result>(event: unknown): Promise<Invocation<Result>> {
    if (this.isBusy) throw new Error("the function's process handles another invocation");
    this.invocations += 1;
    return this.answer<Result>(event).finally(() => {
      this.invocations -= 1;
    });
  }

  private answer<Result>(event: unknown): Promise<Invocation<Result>> {
    const { child } = this;
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(new Error("the function's process ended without a result"));
      child.once("error", reject);
      child.once("exit", fail);
      child.once("message", (message) => {
        child.off("error", reject).off("exit", fail);
        resolve(message as Invocation<Result>);
      });
      child.send(event as object);
    });
  }

  stop(): void {
    this.child.kill();
  }
}

/**
 * Processes of functions. As in Lambda, a process handles further invocations, one at a time,
 * unless the configuration has changed. The caller must stop them.
 */
export class FunctionProcesses {
  /** By code and environment. */
  private readonly started = new Map<string, FunctionProcess[]>();

  /**
   * @param file absolute path of an ES module that exports `handler`
   * @param environment all environment variables of the function
   */
  invoke<Result>(
    file: string,
    environment: Readonly<Record<string, string>>,
    event: unknown,
  ): Promise<Invocation<Result>> {
    const key = JSON.stringify([file, environment]);
    const processes = this.started.get(key) ?? [];
    this.started.set(key, processes);
    const free = processes.find(({ isBusy, hasEnded }) => !isBusy && !hasEnded);
    if (free) return free.invoke(event);
    const started = new FunctionProcess(file, environment);
    processes.push(started);
    return started.invoke(event);
  }

  stop(): void {
    for (const started of [...this.started.values()].flat()) started.stop();
  }
}

/**
 * Invokes a function once, in a new process.
 *
 * @param file absolute path of an ES module that exports `handler`
 * @param environment all environment variables of the function
 */
export async function invoke<Result>(
  file: string,
  environment: Readonly<Record<string, string>>,
  event: unknown,
): Promise<Invocation<Result>> {
  const running = new FunctionProcess(file, environment);
  try {
    return await running.invoke<Result>(event);
  } finally {
    running.stop();
  }
}
