import { withProgress } from "../../cli/progress";

/** Waits for 2.5 seconds with progress on a stream; returns the result and what was written. */
async function write(
  stream: { isTTY?: boolean; columns?: number },
  env: NodeJS.ProcessEnv = {},
  seconds = 2.5,
): Promise<[unknown, string[]]> {
  const { env: before } = process;
  process.env = { TERM: "xterm", ...env };
  const written: string[] = [];
  const target = { columns: 80, write: (text: string) => written.push(text), ...stream };
  const work = new Promise((resolve) => setTimeout(resolve, seconds * 1_000, "done"));
  const waiting = withProgress("reading", work, target as unknown as NodeJS.WriteStream);
  await jest.advanceTimersByTimeAsync(seconds * 1_000);
  process.env = before;
  return [await waiting, written];
}

describe("withProgress", () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test("updates one line in a terminal each second, and erases it at the end", async () => {
    expect(await write({ isTTY: true })).toEqual([
      "done",
      ["\r\u001b[Kreading … 1 s", "\r\u001b[Kreading … 2 s", "\r\u001b[K"],
    ]);
  });

  test("cuts the label to the terminal's width, so that the time stays visible", async () => {
    expect((await write({ isTTY: true, columns: 10 }))[1][0]).toBe("\r\u001b[Krea … 1 s");
  });

  test("shows minutes after a minute", async () => {
    expect((await write({ isTTY: true }, {}, 75.5))[1][74]).toBe("\r\u001b[Kreading … 1 min 15 s");
  });

  test.each<[string, { isTTY?: boolean }, NodeJS.ProcessEnv, number]>([
    ["where stderr isn't a terminal", {}, {}, 2.5],
    ["in a CI system", { isTTY: true }, { CI: "true" }, 2.5],
    ["in a terminal that can't erase a line", { isTTY: true }, { TERM: "dumb" }, 2.5],
    ["for what takes less than a second", { isTTY: true }, {}, 0.9],
  ])("prints nothing %s", async (_when, stream, env, seconds) => {
    expect(await write(stream, env, seconds)).toEqual(["done", []]);
  });

  test("asks for the label at each update", async () => {
    const written: string[] = [];
    const stream = { isTTY: true, columns: 80, write: (text: string) => written.push(text) };
    const { env: before } = process;
    process.env = { TERM: "xterm" };
    let done = 0;
    const work = new Promise((resolve) => setTimeout(resolve, 2_500, "done"));
    const waiting = withProgress(
      () => `${++done} of 3`,
      work,
      stream as unknown as NodeJS.WriteStream,
    );
    await jest.advanceTimersByTimeAsync(2_500);
    process.env = before;
    expect(await waiting).toBe("done");
    expect(written.slice(0, 2)).toEqual(["\r\u001b[K1 of 3 … 1 s", "\r\u001b[K2 of 3 … 2 s"]);
  });

  test("erases the line if the work fails", async () => {
    const written: string[] = [];
    const stream = { isTTY: true, columns: 80, write: (text: string) => written.push(text) };
    const { env: before } = process;
    process.env = { TERM: "xterm" };
    const work = new Promise((_resolve, reject) => setTimeout(reject, 1_500, new Error("no")));
    const waiting = withProgress("reading", work, stream as unknown as NodeJS.WriteStream);
    const rejection = expect(waiting).rejects.toThrow("no");
    await jest.advanceTimersByTimeAsync(1_500);
    process.env = before;
    await rejection;
    expect(written.at(-1)).toBe("\r\u001b[K");
  });
});
