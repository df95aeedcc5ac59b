import { stepActionOf } from "../../../config/aws/workflow-steps";

test("WaitForAction accepts a payload of 16384 bytes, and no larger one", () => {
  const problemsOf = (payload: string) =>
    stepActionOf("WaitForAction")
      ?.inputs.safeParse({ payload })
      .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  expect(problemsOf("é".repeat(8_192))).toBeUndefined();
  expect(problemsOf("é".repeat(8_193))).toEqual(["payload: must be at most 16384 bytes"]);
});

test.each(["constructor", "ExecuteBash", ""])(
  "stepActionOf returns undefined for a name that isn't in the table: '%s'",
  (name) => expect(stepActionOf(name)).toBeUndefined(),
);
