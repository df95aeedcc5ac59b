/** Interrupts experiments and loses answers at every call, and checks what remains. */
import type { AssumptionsReport } from "../../../../cli/proof/assumptions/render";
import { randomFrom } from "../../../../tools/fixtures/fake-aws";
import { propertyRuns, propertySeed } from "../../../../tools/fixtures/property-runs";
import { NoAnswer } from "../../../../tools/local-aws/protocol/emulator";
import { Sandbox } from "./sandbox";

let sandbox: Sandbox;

beforeAll(async () => {
  jest.spyOn(console, "error").mockImplementation();
  // The SDK waits for a random time before it repeats a call.
  jest.spyOn(Math, "random").mockReturnValue(0);
  sandbox = await Sandbox.start();
});
afterAll(() => {
  jest.restoreAllMocks();
  sandbox.stop();
});

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

const SEED = propertySeed();

/** Experiments that create each kind of thing. */
const EVERY_CALL = [
  "recipe-checks",
  "component-number",
  "waiting-workflow",
  "lifecycle-deleted-recipe",
  "ram-principals",
  "client-token",
];

/** Experiments that also wait for builds, so that each run takes longer. */
const EVERY_SIXTH_CALL = ["launch-permission", "enabled-build", "dependency-update"];

describe(`factory prove --assumptions removes everything (SEED=${SEED})`, () => {
  test.each([
    ...EVERY_CALL.map((id) => [id, 1] as const),
    ...EVERY_SIXTH_CALL.map((id) => [id, 6] as const),
  ])("whenever a signal interrupts %s", async (id, step) => {
    const total = await run(id, () => false);
    expect(total.calls).toBeGreaterThan(1);
    const random = randomFrom(SEED);
    const distance = total.calls / propertyRuns(Math.ceil(total.calls / step));
    for (let next = random() * distance; next < total.calls; next += distance) {
      const first = Math.floor(next);
      const signal = SIGNALS[first % 4] ?? "SIGINT";
      const second = first + 1 + Math.floor(random() * 10);
      const isLost = random() < 0.5;
      const { report, exitCode } = await run(id, (call) => {
        // After the run, a signal would end the process.
        if ((call === first || call === second) && process.listenerCount(signal) > 0)
          process.emit(signal, signal);
        return isLost && call === first;
      });
      const at = `${signal} at call ${first} and ${second} of ${total.calls}, lost: ${isLost}`;
      expect([at, await sandbox.left(), report.left, exitCode]).toEqual([at, [], [], 1]);
    }
    expect(process.listenerCount("SIGINT")).toBe(0);
  });
});

/**
 * Runs an experiment. Calls are counted from the question on.
 *
 * @param onCall returns whether the answer gets lost
 */
async function run(
  id: string,
  onCall: (call: number) => boolean,
): Promise<{
  readonly calls: number;
  readonly report: AssumptionsReport;
  readonly exitCode: number | undefined;
}> {
  const { emulator } = sandbox.factory.aws;
  let calls = 0;
  const { data, exitCode } = await sandbox.prove({ only: [id] }, async () => {
    emulator.changeEach = async (answer) => {
      const isLost = onCall(calls);
      calls += 1;
      if (!isLost) return answer();
      await answer().catch(() => undefined);
      throw new NoAnswer();
    };
    return true;
  });
  emulator.changeEach = (answer) => answer();
  return { calls, report: data as AssumptionsReport, exitCode };
}
