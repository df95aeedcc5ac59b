import { spawn } from "node:child_process";
import { SharedAccount } from "./shared-account";

/** The result of the bundled command, and the operations that it called. */
interface Interrupted {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly operations: readonly string[];
}

/** Revokes a build. Closes the output and sends a signal as soon as the build has its tag. */
async function interruptRevocation(signal: NodeJS.Signals): Promise<Interrupted> {
  const account = await SharedAccount.start();
  await account.build();
  const { command, env } = account.bundle(["revoke", "base", "1.0.0/1", "--reason", "x", "--yes"]);
  const child = spawn(process.execPath, command, { env });
  const { emulator } = account.factory.aws;
  const before = emulator.calls.length;
  emulator.change("TagResource", async (answer) => {
    const output = await answer();
    child.stdout.destroy();
    child.stderr.destroy();
    child.kill(signal);
    return output;
  });
  const [status, ended] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.on("close", (code, by) => resolve([code, by])),
  );
  const operations = emulator.calls.slice(before).map(({ operation }) => operation);
  account.stop();
  return { status, signal: ended, operations };
}

test("a command that changes a build finishes after its terminal was closed", async () => {
  const { status, operations } = await interruptRevocation("SIGHUP");
  expect(operations).toContain("StartResourceStateUpdate");
  expect(status).toBe(0);
});

test("Ctrl-C ends a command that changes a build at once", async () => {
  const { signal, operations } = await interruptRevocation("SIGINT");
  expect(operations).not.toContain("StartResourceStateUpdate");
  expect(signal).toBe("SIGINT");
});
