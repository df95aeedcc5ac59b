import { parseEvent } from "../../../lambda/recorder/event";
import { reportTo } from "../../../lambda/recorder/report";
import { type Report, run } from "../../../lambda/recorder/run";
import { BUILD, FakeRecorder, MANIFEST } from "../../../tools/fixtures/fake-recorder";
import { logs, metric, linesOf as reportLines } from "../common/report-lines";

test("parseEvent accepts messages of the queue and direct invocations", () => {
  const body = (value: unknown) => ({ body: JSON.stringify(value) });
  expect(
    parseEvent({ Records: [body({ build: BUILD }), body({ build: BUILD, waitingSince: 7 })] }),
  ).toEqual([{ build: BUILD }, { build: BUILD, waitingSince: 7 }]);
  const change = { build: BUILD, channel: "stable", from: "arn", waitingSince: 7, attempts: 5 };
  expect(parseEvent({ Records: [body({ ...change, extra: 1 })] })).toEqual([change]);
  const emptied = { build: BUILD, channel: "stable", isEmpty: true };
  expect(parseEvent({ Records: [body(emptied)] })).toEqual([emptied]);
  expect(parseEvent({ build: BUILD })).toEqual([{ build: BUILD }]);
});

test("parseEvent returns why a payload isn't a message", () => {
  const records = [{ body: "text" }, { body: "null" }, {}, null, { body: '{"build":7}' }];
  const missing = "build: must be an ARN, got: undefined";
  expect(parseEvent({ Records: records })).toEqual([
    "the message isn't JSON",
    missing,
    missing,
    missing,
    "build: must be an ARN, got: 7",
  ]);
  expect(parseEvent({ build: BUILD, waitingSince: "7" })).toEqual([
    'waitingSince: must be a number, got: "7"',
  ]);
  expect(parseEvent({ build: BUILD, channel: 7 })).toEqual(["channel: must be a name, got: 7"]);
  expect(parseEvent({ build: BUILD, isEmpty: "yes" })).toEqual([
    'isEmpty: must be true or false, got: "yes"',
  ]);
  expect(parseEvent({ build: BUILD, from: null })).toEqual(["from: must be an ARN, got: null"]);
  const body = JSON.stringify({ build: BUILD, channel: "x".repeat(5_000) });
  expect(parseEvent({ Records: [{ body }] })).toEqual([
    `the message must have at most 4096 characters, got: ${body.length}`,
  ]);
  for (const attempts of [0, 6, 1.5, -1e9, "1"])
    expect(parseEvent({ build: BUILD, attempts })).toEqual([
      `attempts: must be a whole number from 1 to 5, got: ${JSON.stringify(attempts)}`,
    ]);
  expect(parseEvent(undefined)).toEqual([missing]);
});

const silent: Report = { handled: () => undefined, failed: () => undefined };

test("run handles the other messages when one fails, and then throws the failure", async () => {
  const fake = new FakeRecorder();
  const other = BUILD.replace("1.0.3/2", "1.0.3/3");
  fake.builds.set(other, { ...fake.builds.get(BUILD)!, arn: other });
  fake.packages.set(other, [{ name: "bash", version: "5.2" }]);
  const failures: string[] = [];
  const { describe: describeAmi } = fake.aws.ec2;
  let count = 0;
  fake.aws.ec2.describe = async (ami) => {
    count += 1;
    if (count === 1) throw new Error("denied");
    return describeAmi(ami);
  };
  const report = { ...silent, failed: (build: string) => failures.push(build) };
  const messages = ["no message", { build: BUILD }, { build: other }];
  await expect(run(fake.aws, MANIFEST, messages, report)).rejects.toThrow("denied");
  expect(failures).toEqual([BUILD]);
  expect([...fake.objects.keys()]).toContain("base/1.0.3/3/provenance.dsse.json");
});

test("run returns what it did about each message", async () => {
  const fake = new FakeRecorder();
  expect(await run(fake.aws, MANIFEST, ["no message", { build: BUILD }], silent)).toEqual([
    { outcome: { kind: "ignored", reason: "no message" } },
    {
      build: BUILD,
      outcome: { kind: "recorded", hasPackages: true, hasDigests: true, isComplete: true },
    },
  ]);
});

function linesOf(use: (report: Report) => void) {
  return reportLines("recorder", (logger, metrics) => use(reportTo(logger, metrics)));
}

test.each([
  [
    "INFO",
    "build recorded",
    0,
    { kind: "recorded", hasPackages: true, hasDigests: true, isComplete: true },
    {},
  ],
  [
    "WARN",
    "build recorded without its packages, or without a digest of a container",
    1,
    { kind: "recorded", hasPackages: false, hasDigests: true, isComplete: false },
    { hasPackages: false, hasDigests: true },
  ],
  [
    "INFO",
    "packages or images aren't listed yet",
    0,
    { kind: "waiting", until: 0 },
    { until: "1970-01-01T00:00:00.000Z" },
  ],
  ["INFO", "build is recorded already", 0, { kind: "known" }, {}],
  ["INFO", "build hasn't ended", 0, { kind: "unready", reason: "no" }, { reason: "no" }],
  ["WARN", "message ignored", 0, { kind: "ignored", reason: "no" }, { reason: "no" }],
] as const)(
  "reportTo logs %s %s, with %d incomplete records",
  (level, message, count, outcome, fields) => {
    const lines = linesOf((report) => report.handled({ build: BUILD, outcome }));
    expect(logs(lines)).toEqual([
      expect.objectContaining({ level, message, build: BUILD, ...fields }),
    ]);
    expect(metric(lines, "IncompleteRecords")).toMatchObject({
      IncompleteRecords: count,
      service: "recorder",
    });
  },
);

test("reportTo logs nothing about evidence where the factory stores none", () => {
  expect(logs(linesOf((report) => report.handled({ outcome: { kind: "none" } })))).toEqual([]);
});

test.each([
  ["INFO", "release notes published", { kind: "published" }, {}],
  ["INFO", "release notes are published already", { kind: "known" }, {}],
  [
    "INFO",
    "release notes wait for the packages or the share",
    { kind: "waiting", until: 0 },
    { until: "1970-01-01T00:00:00.000Z" },
  ],
  ["WARN", "no release notes", { kind: "ignored", reason: "no" }, { reason: "no" }],
] as const)("reportTo logs %s %s", (level, message, note, fields) => {
  const lines = linesOf((report) =>
    report.handled({ build: BUILD, outcome: { kind: "none" }, note }),
  );
  expect(logs(lines)).toEqual([
    expect.objectContaining({ level, message, build: BUILD, ...fields }),
  ]);
});

test("reportTo counts a build whose AMIs couldn't be marked as an incomplete record", () => {
  const ami = { region: "eu-west-1", id: "ami-1", reason: "denied" };
  const lines = linesOf((report) =>
    report.handled({ build: BUILD, outcome: { kind: "none" }, unmarked: [ami] }),
  );
  expect(logs(lines)).toEqual([
    expect.objectContaining({
      level: "WARN",
      message: "AMI not marked",
      build: BUILD,
      ami: "ami-1",
      region: "eu-west-1",
      reason: "denied",
    }),
  ]);
  expect(metric(lines, "IncompleteRecords")).toMatchObject({ IncompleteRecords: 1 });
});

test("reportTo counts no AMI that the recorder tries again to mark", () => {
  const ami = { region: "eu-west-1", id: "ami-1", reason: "denied", until: 0 };
  const lines = linesOf((report) =>
    report.handled({ build: BUILD, outcome: { kind: "none" }, unmarked: [ami] }),
  );
  expect(logs(lines)).toEqual([
    expect.objectContaining({
      level: "INFO",
      message: "AMI isn't marked yet",
      build: BUILD,
      ami: "ami-1",
      region: "eu-west-1",
      reason: "denied",
      until: "1970-01-01T00:00:00.000Z",
    }),
  ]);
  expect(metric(lines, "IncompleteRecords")).toMatchObject({ IncompleteRecords: 0 });
});

test("reportTo counts a failure as an incomplete record", () => {
  const lines = linesOf((report) => report.failed(BUILD, new Error("denied")));
  expect(logs(lines)).toEqual([
    expect.objectContaining({ level: "ERROR", message: "build not recorded", build: BUILD }),
  ]);
  expect(metric(lines, "IncompleteRecords")).toMatchObject({ IncompleteRecords: 1 });
});
