import { formatAge, hoursSince } from "../../../cli/day-two/age";
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

test.each([
  [0, "0 h"],
  [47.4, "47 h"],
  [48, "2 days"],
  [60, "3 days"],
])("formatAge renders %d hours as %s", (hours, text) => {
  expect(formatAge(hours)).toBe(text);
});

test("hoursSince returns the hours between two times in milliseconds", () => {
  expect(hoursSince(1_800_000, 9_000_000)).toBe(2);
});
