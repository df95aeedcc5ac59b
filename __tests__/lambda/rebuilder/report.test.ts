import type { RunResult } from "../../../lambda/rebuilder/rebuild";
import { reportTo } from "../../../lambda/rebuilder/report";
import { linesOf, logs, metric } from "../common/report-lines";

function report(result: Partial<RunResult>) {
  return linesOf("rebuilder", (logger, metrics) =>
    reportTo(logger, metrics)({ images: [], starts: [], failures: [], ...result }),
  );
}

function counts(lines: ReturnType<typeof report>) {
  const names = ["ParentsNotVisible", "RebuildsFailing", "Unreadable"];
  return names.map((name) => {
    expect(metric(lines, name)).toMatchObject({ service: "rebuilder" });
    expect(metric(lines, name)).not.toHaveProperty("image");
    return metric(lines, name)?.[name];
  });
}

test("reportTo writes zeros after a run without problems, so that alarms end", () => {
  const current = { kind: "current", parent: "base/2" } as const;
  const lines = report({
    images: [{ image: "app", decision: current, behindHours: 0, failures: 0 }],
  });
  expect(counts(lines)).toEqual([0, 0, 0]);
  expect(logs(lines)).toEqual([
    expect.objectContaining({
      level: "INFO",
      message: "image checked",
      image: "app",
      state: "current",
      parent: "base/2",
      behindHours: 0,
    }),
  ]);
  expect(metric(lines, "BehindParentHours")).toMatchObject({ image: "app", BehindParentHours: 0 });
});

test("reportTo logs starts, and logs and counts parents that aren't visible, images that fail and failures", () => {
  const lines = report({
    images: [
      {
        image: "app",
        decision: { kind: "parent-not-visible", range: "base/x.x.x" },
        behindHours: 80,
        failures: 0,
      },
      {
        image: "api",
        decision: { kind: "given-up", parent: "base/2", tries: 4 },
        behindHours: undefined,
        failures: 5,
      },
      { image: "web", decision: undefined, behindHours: undefined, failures: 0 },
    ],
    starts: [{ image: "other", build: "other/1", parent: "base/2" }],
    failures: [{ image: "web", error: new Error("denied") }],
  });
  expect(counts(lines)).toEqual([1, 1, 1]);
  expect(logs(lines)).toEqual([
    expect.objectContaining({
      level: "INFO",
      message: "build started",
      image: "other",
      build: "other/1",
      parent: "base/2",
    }),
    expect.objectContaining({
      level: "WARN",
      message: "the account sees no build of the parent",
      image: "app",
      range: "base/x.x.x",
    }),
    expect.objectContaining({
      level: "WARN",
      message: "all builds on this build of the parent failed, no more are started",
      image: "api",
      parent: "base/2",
      tries: 4,
    }),
    expect.objectContaining({
      level: "WARN",
      message: "the last builds of the image failed",
      image: "api",
      failures: 5,
    }),
    expect.objectContaining({
      level: "ERROR",
      message: "image not checked or not started",
      image: "web",
      error: expect.objectContaining({ message: "denied" }),
    }),
  ]);
  const ages = lines.filter((line) => "BehindParentHours" in line);
  expect(ages).toEqual([expect.objectContaining({ image: "app", BehindParentHours: 80 })]);
});
