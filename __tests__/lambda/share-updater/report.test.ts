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

/** The lines that `use` makes a report print. */
function linesOf(use: (report: ReturnType<typeof reportTo>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  const keep = (...line: unknown[]): boolean => lines.push(String(line[0])) > 0;
  const logger = new Logger({ serviceName: "share-updater" });
  const metrics = new Metrics({ namespace: "GoldenImageFactory", serviceName: "share-updater" });
  const spies = [
    ...(["log", "info", "warn", "error"] as const).map((method) =>
      jest.spyOn(console, method).mockImplementation(keep),
    ),
    jest.spyOn(process.stdout, "write").mockImplementation((text) => keep(String(text))),
    jest.spyOn(process.stderr, "write").mockImplementation((text) => keep(String(text))),
  ];
  const console_ = { log: keep, info: keep, warn: keep, error: keep };
  Object.assign(logger, { console: { ...console, ...console_ } });
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

test("a share's numbers are metrics by image and channel", () => {
  const lines = linesOf((report) =>
    report.imageReconciled(
      "base",
      { summaries: [summary], sharesWithoutAudience: [], errors: [] },
      7,
    ),
  );
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

test("ignored events and failed builds are counted, and refusals of a whole run summed up", () => {
  const lines = linesOf((report) => {
    report.ignored("why");
    report.buildFailed("base");
    report.finished(
      [
        { ...summary, refused: ["a"] },
        { ...summary, refused: ["a", "b"] },
      ],
      false,
    );
  });
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

test("that nothing was refused is only said by a run that saw everything", () => {
  const refused = (isAll: boolean) =>
    metric(
      linesOf((report) => report.finished([summary], isAll)),
      "UnshareRefused",
    );
  expect(refused(true)).toMatchObject({ UnshareRefused: 0 });
  expect(refused(false)).toBeUndefined();
});

test("a share that is left alone, and what failed, are in the log with what they are about", () => {
  const lines = linesOf((report) => {
    const policy = { channel: "stable", keep: 1, bakeHours: 0, approvalRequired: false };
    report.leftAlone(
      { arn: "arn:share", status: "PENDING", createdAt: 0, image: "base", policy },
      "its status is PENDING",
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
  expect(lines.filter((line) => "level" in line)).toEqual([
    expect.objectContaining({
      level: "WARN",
      share: "arn:share",
      why: "its status is PENDING",
      channel: "stable",
    }),
    expect.objectContaining({
      level: "ERROR",
      image: "base",
      error: expect.objectContaining({ message: "denied" }),
    }),
  ]);
});
