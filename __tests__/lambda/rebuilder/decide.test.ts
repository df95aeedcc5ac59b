import { createHash } from "node:crypto";
import type { Build } from "../../../lambda/rebuilder/build";
import {
  behindHours,
  decideStart,
  failuresOf,
  isRange,
  mayBeRunning,
  type Observation,
} from "../../../lambda/rebuilder/decide";

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 0, 31);
const PIPELINE = "arn:aws:imagebuilder:eu-west-1:222222222222:image-pipeline/app";
const RANGE = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/x.x.x";

function parentBuild(number: number): string {
  return `arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.0/${number}`;
}

function build(number: number, fields: Partial<Build> = {}, version = "1.0.0"): Build {
  return {
    arn: `arn:aws:imagebuilder:eu-west-1:222222222222:image/app/${version}/${number}`,
    status: "AVAILABLE",
    createdAt: NOW - 100 * HOUR_MS + number * HOUR_MS,
    startedFor: undefined,
    parent: parentBuild(1),
    ...fields,
  };
}

/** An image whose parent has build 2. */
function observation(builds: readonly Build[], fields: Partial<Observation> = {}): Observation {
  return {
    settings: { pipeline: "app", dedicatedHost: false, manual: false },
    pipelineArn: PIPELINE,
    pipeline: {
      isEnabled: true,
      recipe: "arn:aws:imagebuilder:eu-west-1:222222222222:image-recipe/app/1.0.0",
      changedAt: NOW - HOUR_MS,
    },
    range: RANGE,
    parent: { arn: parentBuild(2), createdAt: NOW - 50 * HOUR_MS },
    builds,
    ...fields,
  };
}

function decide(builds: readonly Build[], fields?: Partial<Observation>) {
  return decideStart(observation(builds, fields), NOW);
}

function startAfter(latest: string) {
  const token = createHash("sha256")
    .update(`${PIPELINE}\n${latest}\n${parentBuild(2)}`)
    .digest("base64url");
  expect(token).toHaveLength(43);
  return { kind: "start", parent: parentBuild(2), token };
}

/** Builds that failed, the latest a number of hours ago. */
function failures(count: number, hoursAgo: number, fields: Partial<Build> = {}): Build[] {
  return Array.from({ length: count }, (_, index) =>
    build(9 - index, {
      status: "FAILED",
      parent: parentBuild(2),
      createdAt: NOW - (hoursAgo + 30 * index) * HOUR_MS,
      ...fields,
    }),
  );
}

const onNewest = { parent: parentBuild(2) };
const disabled = {
  pipeline: { ...observation([]).pipeline!, isEnabled: false },
};
const manual = { settings: { pipeline: "app", dedicatedHost: false, manual: true } };

test("decideStart starts the first build, and a build when the parent has another one", () => {
  expect(decide([])).toEqual(startAfter(""));
  expect(decide([build(1)])).toEqual(startAfter(build(1).arn));
  const unknown = build(1, { parent: undefined });
  expect(decide([unknown])).toEqual(startAfter(unknown.arn));
  // The parent's newer build was revoked.
  expect(decide([build(1, { parent: parentBuild(3) })])).toEqual(startAfter(build(1).arn));
});

test("decideStart starts nothing while the latest successful build is on the parent's newest build", () => {
  const current = { kind: "current", parent: parentBuild(2) };
  for (const status of ["AVAILABLE", "DEPRECATED", "DISABLED"])
    expect(decide([build(1, { ...onNewest, status })])).toEqual(current);
  // The try for a build that was revoked later failed.
  expect(
    decide([build(2, { status: "FAILED", parent: parentBuild(3) }), build(1, onNewest)]),
  ).toEqual(current);
  expect(decide([build(2), build(1, onNewest)])).toEqual(startAfter(build(2).arn));
});

test("decideStart recognizes an AWS-managed parent whose account has two notations", () => {
  const managed = (account: string) =>
    `arn:aws:imagebuilder:eu-west-1:${account}:image/amazon-linux-2023-x86/2026.1.9/1`;
  const parent = { arn: managed("aws"), createdAt: NOW };
  const builds = (account: string) => [build(1, { parent: managed(account) })];
  expect(decide(builds("627945338248"), { parent }).kind).toBe("current");
  const other = { arn: managed("333333333333"), createdAt: NOW };
  expect(decide(builds("627945338248"), { parent: other }).kind).toBe("start");
});

test.each(["PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING", "NEW"])(
  "decideStart starts nothing while a build is %s",
  (status) => {
    const running = build(1, { status });
    expect(decide([build(2), running])).toEqual({ kind: "running", build: running.arn });
    expect(mayBeRunning(observation([running]), NOW)).toBe(true);
  },
);

test.each(["FAILED", "CANCELLED", "DELETED"])(
  "decideStart tries again 6, 12 and 24 hours after a build is %s, and then gives up",
  (status) => {
    for (const [count, hours] of [
      [1, 6],
      [2, 12],
      [3, 24],
    ] as const) {
      const early = failures(count, hours - 0.1, { status });
      const at = (early[0]?.createdAt ?? 0) + hours * HOUR_MS;
      expect(decide(early)).toEqual({ kind: "retry-later", parent: parentBuild(2), at });
      const due = failures(count, hours, { status });
      expect(decide([...due, build(1)])).toEqual(startAfter(due[0]?.arn ?? ""));
    }
    const givenUp = { kind: "given-up", parent: parentBuild(2), tries: 4 };
    expect(decide(failures(4, 500, { status }))).toEqual(givenUp);
    expect(decide(failures(4, 500, { status }), disabled)).toEqual(givenUp);
  },
);

test("decideStart counts only the latest tries for the parent's build with the recipe's version", () => {
  const [latest, ...others] = failures(4, 1) as [Build, ...Build[]];
  const start = startAfter(latest.arn);
  expect(decide([{ ...latest, parent: parentBuild(3) }, ...others])).toEqual(start);
  const recipe = "arn:aws:imagebuilder:eu-west-1:222222222222:image-recipe/app/1.0.1";
  const pipeline = { ...observation([]).pipeline!, recipe };
  expect(decide([latest, ...others], { pipeline })).toEqual(start);
  expect(decide([latest, build(2), ...others]).kind).toBe("retry-later");
  expect(decide(failures(1, Number.NaN)).kind).toBe("retry-later");
});

test("decideStart counts builds that were started for the parent's build and use another one", () => {
  const wrong = failures(4, 1, {
    status: "AVAILABLE",
    startedFor: parentBuild(2),
    parent: parentBuild(1),
  });
  expect(decide(wrong.slice(0, 1)).kind).toBe("retry-later");
  expect(decide(wrong).kind).toBe("given-up");
  expect(decide([...wrong.slice(0, 1), build(1, { ...onNewest, createdAt: 0 })])).toMatchObject({
    kind: "retry-later",
    at: NOW + 5 * HOUR_MS,
  });
});

test("decideStart starts no build of a pipeline that is missing, manual, disabled or just changed", () => {
  const parent = parentBuild(2);
  expect(decide([], { pipeline: undefined })).toEqual({ kind: "pipeline-missing" });
  expect(decide([], manual)).toEqual({ kind: "manual", parent });
  expect(decide([], disabled)).toEqual({ kind: "pipeline-disabled", parent });
  const changedAgo = (minutes: number) => ({
    pipeline: { ...observation([]).pipeline!, changedAt: NOW - minutes * 60_000 },
  });
  expect(decide([], changedAgo(9.9))).toEqual({ kind: "pipeline-changed", parent });
  expect(decide([], changedAgo(10))).toEqual(startAfter(""));
  expect(mayBeRunning(observation([], changedAgo(9.9)), NOW)).toBe(true);
  expect(mayBeRunning(observation([], changedAgo(10)), NOW)).toBe(false);
  expect(mayBeRunning(observation([], { pipeline: undefined }), NOW)).toBe(false);
});

test("decideStart starts nothing while the newest build of the parent is revoked, but not disabled", () => {
  const parent = { arn: parentBuild(2), createdAt: NOW, revocation: "INC-7" };
  const decision = { kind: "parent-revoked", parent: parentBuild(2), revocation: "INC-7" };
  expect(decide([], { parent })).toEqual(decision);
  expect(decide([build(1, { parent: parentBuild(2) })], { parent })).toEqual(decision);
});

test("decideStart starts nothing for a parent that it can't see, or that is pinned", () => {
  expect(decide([], { parent: undefined })).toEqual({ kind: "parent-not-visible", range: RANGE });
  expect(decide([], { range: undefined, parent: undefined })).toEqual({ kind: "parent-pinned" });
});

test("failuresOf counts the failed builds that the rebuilder started since the latest success, from the fourth on", () => {
  const count = (builds: readonly Build[], fields?: Partial<Observation>) => {
    const seen = observation(builds, fields);
    return failuresOf(seen, decideStart(seen, NOW));
  };
  const started = (number: number, parent: number, status = "FAILED") =>
    build(number, { status, parent: parentBuild(parent), startedFor: parentBuild(parent) });
  const four = [started(9, 2), started(8, 5), started(7, 4), started(6, 3)];
  expect(count(four)).toBe(4);
  expect(count([...four, started(5, 3, "CANCELLED")])).toBe(5);
  expect(count([...four, build(1)])).toBe(4);
  expect(count(four.slice(1))).toBe(0);
  // Builds that others started, and builds before a success, don't count.
  expect(count([...four.slice(1), build(5, { status: "FAILED" })])).toBe(0);
  expect(count([...four.slice(1), build(5), started(4, 3)])).toBe(0);
  // A build is running, or the account sees no build of the parent.
  expect(count([build(10, { status: "BUILDING" }), ...four])).toBe(4);
  expect(count(four, { parent: undefined })).toBe(4);
  // The parent's newest build is again the one of the latest success.
  expect(count([...four.slice(1), started(5, 3), build(1, onNewest)])).toBe(0);
  // All tries for this build failed, by the rebuilder or not.
  expect(count(failures(4, 500))).toBe(4);
});

test("isRange accepts the wildcards of the last nodes of an image's version", () => {
  const image = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base";
  for (const version of ["x.x.x", "1.x.x", "1.22.x"])
    expect(isRange(`${image}/${version}`)).toBe(true);
  for (const parent of [
    `${image}/1.0.0`,
    `${image}/1.0.0/1`,
    `${image}/x.1.x`,
    "ami-1",
    "ssm:x.x.x",
  ])
    expect(isRange(parent)).toBe(false);
});

test("behindHours counts from the first build on the parent's newest build", () => {
  const hours = (builds: readonly Build[], fields?: Partial<Observation>) =>
    behindHours(observation(builds, fields), NOW);
  expect(hours([build(1, onNewest)])).toBe(0);
  expect(hours([...failures(3, 10), build(1)])).toBe(70);
  expect(hours(failures(3, 10))).toBe(70);
  // The first build on a newer one counts, whatever the newest one is now.
  const older = { status: "FAILED", parent: parentBuild(3) };
  expect(hours([...failures(1, 10), build(60, older), build(30, older), build(1)])).toBe(70);
  const started = { status: "FAILED", parent: undefined, startedFor: parentBuild(3) };
  expect(hours([build(30, started), build(1)])).toBe(70);
  // Builds on the same one, and builds whose parent isn't known, show nothing.
  expect(hours([build(30, { status: "FAILED" }), build(1)])).toBe(50);
  expect(hours([build(30, { ...older, parent: undefined }), build(1)])).toBe(50);
  // No build on it yet: at most since the parent's build, if no other can have come between.
  expect(hours([build(1)])).toBe(50);
  expect(hours([build(80), build(1)])).toBe(20);
  expect(hours([])).toBe(50);
  const later = { parent: { arn: parentBuild(4), createdAt: NOW - HOUR_MS } };
  expect(hours([build(1)], later)).toBe(99);
  const otherVersion = parentBuild(2).replace("1.0.0", "1.0.1");
  expect(hours([build(1)], { parent: { arn: otherVersion, createdAt: NOW } })).toBe(99);
  // The parent was visible when the latest successful build was created.
  expect(hours([build(1)], { parent: undefined })).toBe(99);
  expect(hours([...failures(1, 10), build(1)], { parent: undefined })).toBe(10);
  expect(hours([], { parent: undefined })).toBeUndefined();
  expect(hours([], { range: undefined })).toBeUndefined();
  expect(hours([build(1, { createdAt: Number.NaN })], { parent: undefined })).toBeUndefined();
});
