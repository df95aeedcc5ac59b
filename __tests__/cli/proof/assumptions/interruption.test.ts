/** What a signal leaves behind, at every call of experiments. */
import type { AssumptionsReport } from "../../../../cli/proof/assumptions/render";
import { Sandbox } from "./sandbox";

let sandbox: Sandbox;

beforeAll(async () => {
  jest.spyOn(console, "error").mockImplementation();
  sandbox = await Sandbox.start();
});
afterAll(() => sandbox.stop());

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Experiments that create each kind of thing, and the number of calls between two signals. */
const STEPS: Readonly<Record<string, number>> = {
  "recipe-checks": 1,
  "component-number": 1,
  "waiting-workflow": 1,
  "lifecycle-deleted-recipe": 1,
  "ram-principals": 1,
  "client-token": 1,
  // The others wait for builds, so each run takes longer.
  "launch-permission": 6,
  "enabled-build": 6,
};

describe("factory prove --assumptions removes everything", () => {
  test.each(Object.entries(STEPS))("whenever a signal interrupts %s", async (id, step) => {
    const total = await run(id, () => undefined);
    expect(total.calls).toBeGreaterThan(1);
    for (let first = Math.floor(Math.random() * step); first < total.calls; first += step) {
      const signal = SIGNALS[first % 3] ?? "SIGINT";
      const second = first + 1 + Math.floor(Math.random() * 10);
      const { report, exitCode } = await run(id, (call) => {
        // After the run, a signal would end the process.
        if ((call === first || call === second) && process.listenerCount(signal) > 0)
          process.emit(signal);
      });
      const at = `${signal} at call ${first} and ${second} of ${total.calls}`;
      expect([at, await sandbox.left(), report.left, exitCode]).toEqual([at, [], [], 1]);
    }
    expect(process.listenerCount("SIGINT")).toBe(0);
  });
});

/** Runs an experiment. Calls are counted from the question on. */
async function run(
  id: string,
  onCall: (call: number) => void,
): Promise<{
  readonly calls: number;
  readonly report: AssumptionsReport;
  readonly exitCode: number | undefined;
}> {
  const { emulator } = sandbox.factory.aws;
  let calls = 0;
  const { data, exitCode } = await sandbox.prove({ only: [id] }, async () => {
    emulator.onCall = () => {
      onCall(calls);
      calls += 1;
    };
    return true;
  });
  emulator.onCall = () => undefined;
  return { calls, report: data as AssumptionsReport, exitCode };
}
