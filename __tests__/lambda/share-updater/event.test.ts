import { parseEvent } from "../../../lambda/share-updater/event";
import { arnOf } from "../../../tools/fixtures/fake-aws";
import { buildMessage, HOME, sqsEvent } from "./support";

const build = arnOf("1.0.0", 1);

test("parseEvent accepts schedules, direct invocations and messages of the queue", () => {
  expect(parseEvent({}, HOME)).toEqual([{ kind: "all", full: false }]);
  expect(parseEvent({ full: true }, HOME)).toEqual([{ kind: "all", full: true }]);
  expect(parseEvent({ image: "base" }, HOME)).toEqual([
    { kind: "image", image: "base", hints: [], full: false, isOperators: false },
  ]);
  expect(parseEvent({ image: "base", build }, HOME)).toEqual([
    { kind: "image", image: "base", hints: [build], full: false, isOperators: true },
  ]);
  expect(parseEvent(sqsEvent(buildMessage(build), buildMessage(build)), HOME)).toEqual(
    Array(2).fill({ kind: "ended", image: "base", arn: build, status: "AVAILABLE" }),
  );
  expect(parseEvent(sqsEvent({ image: "base", full: true }), HOME)).toEqual([
    { kind: "image", image: "base", hints: [], full: true, isOperators: false },
  ]);
  expect(parseEvent(sqsEvent({ image: "base", build }), HOME)).toEqual([
    { kind: "image", image: "base", hints: [build], full: false, isOperators: false },
  ]);
  expect(parseEvent(sqsEvent({ full: true, after: "base" }), HOME)).toEqual([
    { kind: "all", full: true, after: "base" },
  ]);
});

test("parseEvent drops the build of a direct invocation when it is a build of another image", () => {
  expect(parseEvent({ image: "other", build }, HOME)).toEqual([
    { kind: "image", image: "other", hints: [], full: false, isOperators: false },
  ]);
});

test("parseEvent ignores a direct invocation whose image isn't a name", () => {
  expect(parseEvent({ image: 7 }, HOME)).toEqual([
    { kind: "ignored", reason: "image: must be a name, got: 7" },
  ]);
});

const NO_BUILD = "the message isn't about an Image Builder build";
const ELSEWHERE = "the build belongs to another account or Region";

test.each([
  ["isn't JSON", sqsEvent("hello"), "the message isn't JSON"],
  ["is JSON, but not an object", sqsEvent("7"), NO_BUILD],
  ["names no image", sqsEvent({}), NO_BUILD],
  ["starts a run over all images", sqsEvent({ full: true }), NO_BUILD],
  ["continues a full run and has a state", sqsEvent({ after: "a", state: {} }), NO_BUILD],
  ["is an envelope of SNS", sqsEvent({ Type: "Notification", Message: "{}" }), NO_BUILD],
  ["is JSON of another shape", sqsEvent({ arn: 7 }), NO_BUILD],
  ["has no status", sqsEvent({ arn: build }), NO_BUILD],
  ["is about another account", sqsEvent(buildMessage(build.replace("1111", "9999"))), ELSEWHERE],
  [
    "is about another Region",
    sqsEvent(buildMessage(build.replace("eu-west-1", "us-east-1"))),
    ELSEWHERE,
  ],
  [
    "has a version that Image Builder can't issue",
    sqsEvent(buildMessage(arnOf("99999999999.0.0", 1))),
    NO_BUILD,
  ],
  [
    "is about another partition",
    sqsEvent(buildMessage(build.replace("arn:aws:", "arn:aws-cn:"))),
    ELSEWHERE,
  ],
  ["isn't in a record of SQS", { Records: [{}] }, NO_BUILD],
])("parseEvent ignores a message that %s", (_description, event, reason) => {
  expect(parseEvent(event, HOME)).toEqual([{ kind: "ignored", reason }]);
});
