import { formatAge, hoursSince } from "../../../cli/day-two/age";
import { exitCodeOf, skipReason } from "../../../cli/day-two/inspect";
import type { ObservedShare } from "../../../lambda/share-updater/observe";

function share(status: string, audience: readonly string[]): ObservedShare {
  return {
    share: {
      arn: "arn:aws:ram:eu-west-1:111111111111:resource-share/x",
      status,
      createdAt: 0,
      image: "base",
      policy: { channel: "stable", keep: 1, bakeHours: 0, approvalRequired: false },
    },
    audience,
    associations: [],
    desired: [],
    associate: [],
    disassociate: [],
  };
}

test.each([
  ["an active share", share("ACTIVE", ["222222222222"]), undefined],
  [
    "a share that isn't active",
    share("FAILED", ["222222222222"]),
    "the updater skips the channel, because its share is FAILED: deploy its stack again",
  ],
  [
    "a share without principals",
    share("ACTIVE", []),
    "the updater skips the channel, because its share has no principals: deploy its stack again",
  ],
])("skipReason of %s", (_what, observed, reason) => {
  expect(skipReason(observed)).toBe(reason);
});

test.each<[number, string[], boolean]>([
  [0, [], false],
  [2, [], true],
  [1, ["not allowed"], false],
  [1, ["not allowed"], true],
])(
  "exitCodeOf returns %d for the problems %j if the difference is %s",
  (code, problems, differs) => {
    expect(exitCodeOf(problems, differs)).toBe(code);
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
