/** Runs a bundled function as Lambda does: in a separate process, configured by its environment. */
import { spawn } from "node:child_process";

const RUN = `
const [file, event] = process.argv.slice(1);
const end = Date.now() + 900_000;
import(file)
  .then(({ handler }) => handler(JSON.parse(event), { getRemainingTimeInMillis: () => end - Date.now() }))
  .then((result) => process.send({ result }), ({ name, message }) => process.send({ error: { name, message } }))
  .finally(() => process.disconnect());
`;

export interface Invocation<Result> {
  readonly result?: Result;
  /** The error that the function threw. Lambda would retry. */
  readonly error?: { readonly name: string; readonly message: string };
  /** The lines of its log. */
  readonly log: readonly string[];
}

/**
 * Invokes a function once.
 *
 * @param file absolute path of an ES module that exports `handler`
 * @param environment all environment variables of the function
 */
export function invoke<Result>(
  file: string,
  environment: Readonly<Record<string, string>>,
  event: unknown,
): Promise<Invocation<Result>> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ["--no-warnings", "--input-type=module", "-e", RUN, file, JSON.stringify(event)],
      {
        env: environment,
        stdio: ["ignore", "pipe", "pipe", "ipc"],
      },
    );
    let output = "";
    child.stdout?.on("data", (chunk) => (output += chunk));
    child.stderr?.on("data", (chunk) => (output += chunk));
    let answer: Pick<Invocation<Result>, "result" | "error"> | undefined;
    child.on("message", (message) => (answer = message as typeof answer));
    child.on("error", reject);
    child.on("close", () => {
      if (answer) resolve({ ...answer, log: output.split("\n").filter((line) => line !== "") });
      else reject(new Error(`the function's process ended without a result\n${output}`));
    });
  });
}
