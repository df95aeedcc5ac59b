import { execute, type Host, type Result, runSteps } from "../../../tools/run-documents/execute";
import type { Step } from "../../../tools/run-documents/steps";

/** Answers with a list of exit codes, and records what it is asked for. */
class FakeHost implements Host {
  readonly calls: string[] = [];

  constructor(private readonly statuses: readonly number[] = []) {}

  async runScript(script: string): Promise<Result> {
    const runs = this.calls.filter((call) => call !== "restart").length;
    this.calls.push(script);
    return { status: this.statuses[runs] ?? 0, output: `output of ${script}\n` };
  }

  async restart(): Promise<void> {
    this.calls.push("restart");
  }
}

function step(name: string, more: Partial<Step> = {}): Step {
  return {
    name,
    action: "ExecuteBash",
    onFailure: "Abort",
    maxAttempts: 1,
    script: name,
    ...more,
  };
}

test("runSteps stops at the first step that fails, and reports its output", async () => {
  const host = new FakeHost([0, 3]);
  await expect(runSteps(host, [step("a"), step("b"), step("c")])).rejects.toMatchObject({
    step: "b",
    message: "b exited with 3:\noutput of b\n",
  });
  expect(host.calls).toEqual(["a", "b"]);
});

test("runSteps goes on after a step with onFailure Ignore", async () => {
  const host = new FakeHost([1]);
  expect(await runSteps(host, [step("a", { onFailure: "Ignore" }), step("b")])).toEqual([]);
  expect(host.calls).toEqual(["a", "b"]);
});

test("runSteps runs later steps after one with onFailure Continue, and then fails", async () => {
  const host = new FakeHost([1]);
  const steps = [step("a", { onFailure: "Continue" }), step("b")];
  await expect(runSteps(host, steps)).rejects.toMatchObject({ step: "a" });
  expect(host.calls).toEqual(["a", "b"]);
});

test("runSteps tries a step maxAttempts times", async () => {
  const host = new FakeHost([1, 1, 0]);
  await runSteps(host, [step("a", { maxAttempts: 3 })]);
  expect(host.calls).toEqual(["a", "a", "a"]);
});

test("runSteps restarts the host for the exit code 194 and for Reboot, and skips other action modules", async () => {
  const host = new FakeHost([194, 0]);
  const steps = [
    step("a"),
    step("b", { action: "Reboot", script: undefined }),
    step("c", { action: "UpdateOS", script: undefined }),
  ];
  expect(await runSteps(host, steps)).toEqual(["c"]);
  expect(host.calls).toEqual(["a", "restart", "a", "restart"]);
});

test("runSteps fails if a step asks for a restart again and again", async () => {
  const host = new FakeHost(Array(10).fill(194));
  await expect(runSteps(host, [step("a")])).rejects.toMatchObject({ step: "a" });
  expect(host.calls.filter((call) => call === "restart")).toHaveLength(3);
});

test("execute returns the exit code with everything that a command prints", async () => {
  expect(await execute(["sh", "-c", "cat; echo b >&2; exit 7"], { input: "a\n" })).toEqual({
    status: 7,
    output: "a\nb\n",
  });
});

test("execute ends a command that takes too long, or whose output stays open", async () => {
  const script = ["sh", "-c", "echo a; sleep 600 & exit 0"];
  let timeoutMs = 100;
  let result: Result;
  do {
    // A busy machine may need longer to start the command.
    timeoutMs *= 2;
    result = await execute(script, { timeoutMs });
  } while (!result.output.startsWith("a\n") && timeoutMs < 60_000);
  expect(result).toEqual({
    status: -1,
    output: `a\nno end after ${timeoutMs / 1_000} seconds\n`,
  });
});
