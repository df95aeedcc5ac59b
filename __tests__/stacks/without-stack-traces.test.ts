import { withoutStackTraces } from "../../stacks/without-stack-traces";

function trace(): string | undefined {
  const target: { stack?: string } = {};
  Error.captureStackTrace(target);
  return target.stack;
}

test("withoutStackTraces returns what the function returns, which captures no stack traces", () => {
  expect(withoutStackTraces(trace)).toBeUndefined();
  expect(trace()).toContain("without-stack-traces.test.ts");
});

test("an error in withoutStackTraces has its stack trace, and later stack traces are captured again", () => {
  expect.assertions(2);
  try {
    withoutStackTraces(() => {
      throw new Error("a defect");
    });
  } catch (error) {
    expect((error as Error).stack).toMatch(
      /^Error: a defect\n {4}at .*without-stack-traces\.test\.ts/,
    );
  }
  expect(trace()).toContain("without-stack-traces.test.ts");
});
