import { parseEvent } from "../../../lambda/share-updater/event";
import { arnOf } from "../../../tools/fixtures/fake-aws";
import { buildMessage, HOME, snsEvent } from "./support";

const build = arnOf("1.0.0", 1);

test("parseEvent accepts schedules, direct invocations and SNS batches", () => {
  expect(parseEvent({}, HOME)).toEqual([{ kind: "all" }]);
  expect(parseEvent({ image: "base" }, HOME)).toEqual([
    { kind: "image", image: "base", hints: [] },
  ]);
  expect(parseEvent({ image: "base", build }, HOME)).toEqual([
    { kind: "image", image: "base", hints: [build] },
  ]);
  expect(parseEvent(snsEvent(buildMessage(build), buildMessage(build)), HOME)).toEqual(
    Array(2).fill({ kind: "ended", image: "base", arn: build, status: "AVAILABLE" }),
  );
});

test("parseEvent drops the build of a direct invocation when it is a build of another image", () => {
  expect(parseEvent({ image: "other", build }, HOME)).toEqual([
    { kind: "image", image: "other", hints: [] },
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
  ["isn't JSON", snsEvent("hello"), NO_BUILD],
  ["is JSON of another shape", snsEvent({ arn: 7 }), NO_BUILD],
  ["has no status", snsEvent({ arn: build }), NO_BUILD],
  ["is about another account", snsEvent(buildMessage(build.replace("1111", "9999"))), ELSEWHERE],
  [
    "is about another Region",
    snsEvent(buildMessage(build.replace("eu-west-1", "us-east-1"))),
    ELSEWHERE,
  ],
  [
    "has a version that Image Builder can't issue",
    snsEvent(buildMessage(arnOf("99999999999.0.0", 1))),
    NO_BUILD,
  ],
  ["isn't in an SNS record", { Records: [{}] }, NO_BUILD],
])("parseEvent ignores a message that %s", (_description, event, reason) => {
  expect(parseEvent(event, HOME)).toEqual([{ kind: "ignored", reason }]);
});
