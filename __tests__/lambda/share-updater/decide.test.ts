import type { Build } from "../../../lambda/share-updater/build";
import { blockers } from "../../../lambda/share-updater/decide";
import { arnOf } from "../../../tools/fixtures/fake-aws";
import { HOUR_MS, stable } from "./support";

const NOW = Date.UTC(2026, 0, 1);
const requiringApproval = { ...stable, approval: "required" as const };
const build: Build = {
  arn: arnOf("1.0.0", 1),
  status: "AVAILABLE",
  createdAt: NOW - 24 * HOUR_MS,
  tags: {},
  amis: [{ region: "eu-west-1", id: "ami-1" }],
  containers: [],
};

test("blockers is empty for a build that a channel may share", () => {
  expect(blockers(build, { ...stable, bakeHours: 24 }, NOW)).toEqual([]);
  const approved = { ...build, tags: { "golden-image:approved-stable": "CHG-1" } };
  expect(blockers(approved, requiringApproval, NOW)).toEqual([]);
  expect(blockers({ ...build, amis: [], containers: ["uri"] }, stable, NOW)).toEqual([]);
});

test("blockers names every reason why a channel may not share a build", () => {
  const blocked = {
    ...build,
    status: "DISABLED",
    tags: { "golden-image:revoked": "INC-7", "golden-image:approved-canary": "CHG-1" },
    amis: [{ region: "us-east-1", id: "ami-1" }],
  };
  expect(blockers(blocked, { ...requiringApproval, bakeHours: 25 }, NOW)).toEqual([
    "is DISABLED",
    "is revoked: INC-7",
    "has no AMI in its Region, and no container image",
    "is in its bake time until 2026-01-01T01:00:00.000Z",
    "isn't approved for stable",
  ]);
});

test("blockers names no bake time without one, also for a build that a faster clock has dated", () => {
  expect(blockers({ ...build, createdAt: NOW + 1_000 }, { ...stable, bakeHours: 0 }, NOW)).toEqual(
    [],
  );
});

test("blockers names a missing creation date, and a bake time that no date can express", () => {
  expect(blockers({ ...build, createdAt: Number.NaN }, stable, NOW)).toEqual([
    "has no creation date",
  ]);
  expect(blockers(build, { ...stable, bakeHours: 9_999_999_999 }, NOW)).toEqual([
    "is in its bake time until a time after the year 275760",
  ]);
});
