import { endIfClosed, whileRunning } from "../../cli/interruption";

function outputError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`write ${code}`), { code });
}

test.each([
  ["EPIPE", "the output was closed"],
  ["EIO", "the output was closed"],
  ["ENOSPC", "can't write the output: write ENOSPC"],
])("%s of the output stops what is running, and doesn't end the process", (code, reason) => {
  const reasons: string[] = [];
  const hasEnded = whileRunning((text) => reasons.push(text));
  endIfClosed(outputError(code));
  hasEnded();
  expect(reasons).toEqual([reason]);
});

test("an error of the output that doesn't close it is thrown while nothing is running", () => {
  expect(() => endIfClosed(outputError("ENOSPC"))).toThrow("write ENOSPC");
});
