import { ManifestError } from "../../../contract/manifest-file";
import { BuildChangedError } from "../../../lambda/share-updater/build";
import type { ImageResult } from "../../../lambda/share-updater/image-result";
import { ShareBusyError } from "../../../lambda/share-updater/ports";
import { reportTo } from "../../../lambda/share-updater/report";
import { logs, metric, linesOf as reportLines } from "../common/report-lines";

const summary = {
  share: "arn:share",
  channel: "stable",
  desired: ["b"],
  shared: ["b"],
  associated: ["b"],
  disassociated: ["a"],
  refused: [],
  failed: [],
  newestAgeHours: 5,
};

const result: ImageResult = {
  summaries: [summary],
  ages: new Map(),
  unknownAncestors: [],
  scheduledRevocations: [],
  changes: [],
  mismatches: [],
  errors: [],
};

/** Returns the JSON lines that a report prints while `use` runs. */
function linesOf(use: (report: ReturnType<typeof reportTo>) => void): Record<string, unknown>[] {
  return reportLines("share-updater", (logger, metrics) => use(reportTo(logger, metrics)));
}

test("reportTo logs builds whose ancestors aren't all known, and counts none of them as a problem", () => {
  const unknownAncestors = [{ build: "app/2", of: "web/1" }];
  const lines = linesOf(({ imageReconciled }) =>
    imageReconciled("app", { ...result, unknownAncestors }, 7),
  );
  expect(lines).toContainEqual(
    expect.objectContaining({
      level: "INFO",
      message: "the ancestors of a build aren't all known",
      image: "app",
      build: "app/2",
      of: "web/1",
    }),
  );
  expect(factoryMetrics(lines)).toMatchObject({ Unreadable: 0 });
});

/** Returns the factory's metrics, which have no dimension but the service. */
function factoryMetrics(lines: Record<string, unknown>[]): Record<string, unknown> {
  const names = [
    "FailedAssociations",
    "RefusedRemovals",
    "OrphanedLaunchPermissions",
    "Unreadable",
    "FailedBuilds",
    "ManifestMismatches",
    "ScheduledRevocations",
  ];
  return Object.fromEntries(
    names.flatMap((name) => {
      const line = metric(lines, name);
      if (!line) return [];
      expect(line).toMatchObject({ service: "share-updater" });
      expect(line).not.toHaveProperty("image");
      return [[name, line[name]]];
    }),
  );
}

test("reportTo writes the factory's metrics after each image, zeros included, so that alarms end", () => {
  const lines = linesOf((report) => report.imageReconciled("base", result, 7));
  expect(logs(lines)).toEqual([
    expect.objectContaining({
      level: "INFO",
      message: "share reconciled",
      image: "base",
      ...summary,
      milliseconds: 7,
    }),
  ]);
  expect(factoryMetrics(lines)).toEqual({
    FailedAssociations: 0,
    RefusedRemovals: 0,
    Unreadable: 0,
    ManifestMismatches: 0,
    ScheduledRevocations: 0,
  });
  expect(metric(lines, "NewestSharedAgeHours")).toBeUndefined();
});

test("reportTo writes the age of a channel's newest shared build by image and channel", () => {
  const ages = new Map([["stable", 5]]);
  const lines = linesOf((report) => report.imageReconciled("base", { ...result, ages }, 7));
  expect(metric(lines, "NewestSharedAgeHours")).toMatchObject({
    NewestSharedAgeHours: 5,
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

test("reportTo counts builds that are shared despite their findings, and logs those that a channel only reports", () => {
  const found = (reportOnly: boolean) => ({
    channel: "stable",
    build: "b",
    reasons: ["wasn't scanned by Amazon Inspector"],
    reportOnly,
  });
  const sharedDespiteFindings = [found(false), found(true)];
  const lines = linesOf((report) =>
    report.imageReconciled("base", { ...result, sharedDespiteFindings }, 7),
  );
  expect(metric(lines, "SharedDespiteFindings")).toMatchObject({ SharedDespiteFindings: 1 });
  expect(logs(lines).slice(1)).toEqual(
    sharedDespiteFindings.map((fields) =>
      expect.objectContaining({
        level: "WARN",
        message: "a shared build has findings that the channel doesn't allow",
        image: "base",
        ...fields,
      }),
    ),
  );
  const without = linesOf((report) => report.imageReconciled("base", result, 7));
  expect(metric(without, "SharedDespiteFindings")).toBeUndefined();
});

test("reportTo counts failed associations, rejected removals, mismatches and failures", () => {
  const lines = linesOf((report) =>
    report.imageReconciled(
      "base",
      {
        ...result,
        summaries: [
          { ...summary, refused: ["a"], failed: ["c"] },
          { ...summary, refused: ["a", "b"] },
        ],
        mismatches: [{ channel: "stable", problem: "its resource share doesn't exist" }],
        // The next run solves the last three.
        errors: [
          new Error("denied"),
          new ShareBusyError("busy"),
          new BuildChangedError("b"),
          new ManifestError("replaced"),
        ],
      },
      7,
    ),
  );
  expect(factoryMetrics(lines)).toEqual({
    FailedAssociations: 1,
    RefusedRemovals: 3,
    Unreadable: 1,
    ManifestMismatches: 1,
    ScheduledRevocations: 0,
  });
  expect(logs(lines).slice(2)).toEqual([
    expect.objectContaining({
      level: "WARN",
      message: "the share isn't as the manifest describes it",
      image: "base",
      channel: "stable",
      problem: "its resource share doesn't exist",
    }),
    ...[
      "denied",
      "busy",
      "the build b changed during this run; the next run checks it again",
      "replaced",
    ].map((message) =>
      expect.objectContaining({
        level: "ERROR",
        message: "image not fully reconciled",
        image: "base",
        error: expect.objectContaining({ message }),
      }),
    ),
  ]);
});

test("reportTo writes orphaned launch permissions only after a run that looked for them", () => {
  const permission = { region: "eu-west-1", ami: "ami-1", principals: ["222222222222"] };
  const orphaned = [{ ...permission, removedAt: Date.UTC(2026, 0, 31) }];
  const lines = linesOf((report) => report.imageReconciled("base", { ...result, orphaned }, 7));
  expect(factoryMetrics(lines)).toMatchObject({ OrphanedLaunchPermissions: 1 });
  expect(logs(lines)[1]).toMatchObject({
    level: "WARN",
    message: "no channel grants this launch permission any more",
    image: "base",
    ...permission,
    removedAt: "2026-01-31T00:00:00.000Z",
  });
  const none = linesOf((report) => report.imageReconciled("base", { ...result, orphaned: [] }, 7));
  expect(factoryMetrics(none)).toMatchObject({ OrphanedLaunchPermissions: 0 });
});

test("reportTo logs ignored events, and counts failed builds", () => {
  const lines = linesOf((report) => {
    report.ignored("no build");
    report.buildFailed("base", "arn:build");
  });
  expect(logs(lines)).toEqual([
    expect.objectContaining({ level: "WARN", message: "event ignored", reason: "no build" }),
    expect.objectContaining({
      level: "WARN",
      message: "build failed",
      image: "base",
      build: "arn:build",
    }),
  ]);
  expect(factoryMetrics(lines)).toEqual({ FailedBuilds: 1 });
});

test("reportTo logs the image of a run that failed, and leaves the count to Lambda", () => {
  const lines = linesOf((report) => report.runFailed("base", new Error("denied")));
  expect(logs(lines)).toEqual([
    expect.objectContaining({
      level: "ERROR",
      message: "the run about the image failed",
      image: "base",
      error: expect.objectContaining({ message: "denied" }),
    }),
  ]);
  expect(lines).toHaveLength(1);
});

test("reportTo logs a failed build that couldn't be sent to the recorder, and counts it", () => {
  const lines = linesOf((report) => report.notRecorded("arn:build", new Error("no queue")));
  expect(logs(lines)).toEqual([
    expect.objectContaining({
      level: "ERROR",
      message: "build not sent to the recorder",
      build: "arn:build",
    }),
  ]);
  expect(factoryMetrics(lines)).toEqual({ Unreadable: 1 });
});
