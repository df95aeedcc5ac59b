/** The process of moto. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** How often moto is started: another program can take the port before moto does. */
const MAX_STARTS = 5;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once("error", () => resolve(false))
      .listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Returns a free port that the system gives to no program that asks for any port. */
async function freePort(): Promise<number> {
  const port = randomInt(10_000, 30_000);
  return (await isFree(port)) ? port : freePort();
}

interface Server {
  readonly endpoint: string;
  readonly process: ChildProcess;
}

/**
 * Starts moto on a free port of the loopback interface, and waits until it responds. It ends when
 * its standard input is closed.
 *
 * @param log path of a file for its output
 */
export async function startServer(log: string): Promise<Server> {
  for (let starts = 0; starts < MAX_STARTS; starts += 1) {
    const port = await freePort();
    const server = { endpoint: `http://127.0.0.1:${port}`, process: run(port, log) };
    if (await isReady(server)) return server;
    server.process.stdin?.end();
  }
  throw new Error(`moto_server ended ${MAX_STARTS} times: its output is in ${log}`);
}

function run(port: number, log: string): ChildProcess {
  // Without a Docker host moto doesn't run subscribed functions in Docker.
  const env = {
    ...process.env,
    MOTO_IAM_LOAD_MANAGED_POLICIES: "true",
    DOCKER_HOST: "tcp://127.0.0.1:9",
  };
  // moto ends when this process does, however it ends: `cat` reads from this process. The shell
  // ends when moto does.
  const script = `exec 3<&0
moto_server -H 127.0.0.1 -p "$0" >>"$1" 2>&1 3<&- &
moto=$!
{ cat; kill $moto; } <&3 &
wait $moto`;
  return spawn("sh", ["-c", script, String(port), log], {
    stdio: ["pipe", "ignore", "ignore"],
    env,
  });
}

/** Waits until a server responds. Returns whether it did so before it ended. */
async function isReady({ endpoint, process }: Server): Promise<boolean> {
  while (process.exitCode === null) {
    const ok = await fetch(`${endpoint}/moto-api/`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) return true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return false;
}
