import { exitCodeOf } from "../../../cli/deployed/inspect";

test.each<[number, string[], boolean]>([
  [0, [], false],
  [2, [], true],
  [1, ["not allowed"], false],
  [1, ["not allowed"], true],
])(
  "exitCodeOf returns %d for the problems %j if the difference is %s",
  (code, problems, differs) => {
    const found = problems.map((message) => ({ region: "eu-west-1", message }));
    expect(exitCodeOf(found, differs)).toBe(code);
  },
);
