import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { reportTo } from "../../../lambda/share-updater/report";

const summary = {
  share: "arn:share",
  image: "base",
  channel: "stable",
  desired: ["b"],
  shared: ["b"],
  associated: ["b"],
  disassociated: ["a"],
  refused: [],
  failed: [],
  newestAgeHours: 5,
};

/** Returns the JSON lines that a report prints while `use` runs. */
function linesOf(use: (report: ReturnType<typeof reportTo>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  const capture = (...line: unknown[]): boolean => lines.push(String(line[0])) > 0;
  const logger = new Logger({ serviceName: "share-updater" });
  const metrics = new Metrics({ namespace: "GoldenImageFactory", serviceName: "share-updater" });
  const spies = [
    ...(["log", "info", "warn", "error"] as const).map((method) =>
      jest.spyOn(console, method).mockImplementation(capture),
    ),
    jest.spyOn(process.stdout, "write").mockImplementation((text) => capture(String(text))),
    jest.spyOn(process.stderr, "write").mockImplementation((text) => capture(String(text))),
  ];
  const capturing = { log: capture, info: capture, warn: capture, error: capture };
  Object.assign(logger, { console: { ...console, ...capturing } });
  try {
    use(reportTo(logger, metrics));
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return lines
    .flatMap((text) => text.split("\n").filter((line) => line.startsWith("{")))
    .map((line) => JSON.parse(line));
}

function metric(lines: Record<string, unknown>[], name: string) {
  return lines.find((line) => name in line && "_aws" in line);
}

function logs(lines: Record<string, unknown>[]) {
  return lines.filter((line) => "level" in line);
}

test("reportTo writes a share's metrics by image and channel", () => {
  const lines = linesOf((report) =>
    report.imageReconciled(
      "base",
      { summaries: [summary], sharesWithoutAudience: [], errors: [] },
      7,
    ),
  );
  expect(logs(lines)).toEqual([
    expect.objectContaining({
      level: "INFO",
      message: "share reconciled",
      ...summary,
      milliseconds: 7,
    }),
  ]);
  const values = [
    "SharedBuilds",
    "Associated",
    "Disassociated",
    "UnshareRefused",
    "AssociationFailed",
    "NewestSharedAgeHours",
  ];
  expect(values.map((name) => metric(lines, name)?.[name])).toEqual([1, 1, 1, 0, 0, 5]);
  expect(metric(lines, "SharedBuilds")).toMatchObject({
    service: "share-updater",
    image: "base",
    channel: "stable",
  });
  const { _aws } = metric(lines, "NewestSharedAgeHours") as {
    _aws: { CloudWatchMetrics: unknown[] };
  };
  expect(_aws.CloudWatchMetrics).toEqual([
    {
      Namespace: "GoldenImageFactory",
      Dimensions: [expect.arrayContaining(["service", "image", "channel"])],
      Metrics: [expect.objectContaining({ Name: "NewestSharedAgeHours" })],
    },
  ]);
});

test("reportTo counts ignored events and failed builds, and counts the rejected removals of a run", () => {
  const lines = linesOf((report) => {
    report.ignored("no build");
    report.buildFailed("base");
    report.finished(
      [
        { ...summary, refused: ["a"] },
        { ...summary, refused: ["a", "b"] },
      ],
      false,
    );
  });
  expect(logs(lines)).toEqual([
    expect.objectContaining({ level: "WARN", message: "event ignored", reason: "no build" }),
    expect.objectContaining({ level: "WARN", message: "build failed", image: "base" }),
  ]);
  expect(metric(lines, "EventIgnored")).toMatchObject({
    EventIgnored: 1,
    service: "share-updater",
  });
  expect(metric(lines, "BuildFailed")).toMatchObject({ BuildFailed: 1, image: "base" });
  expect(metric(lines, "UnshareRefused")).toMatchObject({
    UnshareRefused: 3,
    service: "share-updater",
  });
});

test("reportTo writes zero rejected removals only for a complete run", () => {
  const refused = (isComplete: boolean) =>
    metric(
      linesOf((report) => report.finished([summary], isComplete)),
      "UnshareRefused",
    );
  expect(refused(true)).toMatchObject({ UnshareRefused: 0 });
  expect(refused(false)).toBeUndefined();
});

test("reportTo logs skipped shares and failures with image, channel and reason", () => {
  const lines = linesOf((report) => {
    const policy = { channel: "stable", keep: 1, bakeHours: 0, approvalRequired: false };
    report.shareSkipped(
      { arn: "arn:share", status: "PENDING", createdAt: 0, image: "base", policy },
      "the share is PENDING, not ACTIVE",
      8,
    );
    report.imageReconciled(
      "base",
      { summaries: [], sharesWithoutAudience: [], errors: [new Error("denied")] },
      7,
    );
  });
  expect(metric(lines, "NewestSharedAgeHours")).toMatchObject({
    NewestSharedAgeHours: 8,
    image: "base",
    channel: "stable",
  });
  expect(logs(lines)).toEqual([
    expect.objectContaining({
      level: "WARN",
      message: "share skipped",
      share: "arn:share",
      reason: "the share is PENDING, not ACTIVE",
      channel: "stable",
    }),
    expect.objectContaining({
      level: "ERROR",
      message: "image not fully reconciled",
      image: "base",
      error: expect.objectContaining({ message: "denied" }),
    }),
  ]);
});
