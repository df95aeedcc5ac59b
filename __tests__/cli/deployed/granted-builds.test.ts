import {
  buildsOfAudience,
  type FleetChannel,
  grantedBuilds,
} from "../../../cli/deployed/granted-builds";
import type { Build } from "../../../lambda/share-updater/build";
import type { Channel } from "../../../lambda/share-updater/channel";

const DAY_MS = 86_400_000;
const NOW = Date.parse("2026-11-29T00:00:00Z");

function arnOf(build: string): string {
  return `arn:aws:imagebuilder:eu-west-1:111111111111:image/base/${build}`;
}

function buildOf(build: string, ageDays: number, tags: Build["tags"] = {}): Build {
  return {
    arn: arnOf(build),
    status: "AVAILABLE",
    createdAt: NOW - ageDays * DAY_MS,
    tags,
    amis: [{ region: "eu-west-1", id: `ami-${build}` }],
    containers: [],
  };
}

const STABLE: Channel = {
  name: "stable",
  share: "arn:aws:ram:eu-west-1:111111111111:resource-share/stable",
  keep: 1,
  bakeHours: 24,
  approval: "required",
  audience: ["222222222222"],
};
const APPROVED = { "golden-image:approved-stable": "CHG-1" };

/** @param shared - days since RAM shared builds */
function daysOf(
  builds: readonly Build[],
  shared: Readonly<Record<string, number>>,
  changes: Partial<Channel> = {},
) {
  const channel = { ...STABLE, ...changes };
  const associations = Object.entries(shared).map(([build, days]) => ({
    arn: arnOf(build),
    status: "ASSOCIATED",
    createdAt: NOW - days * DAY_MS,
  }));
  const found = buildsOfAudience(builds, { channel, associations }, NOW);
  return Object.fromEntries(
    [...found].map(([arn, since]) => [arn.split("base/")[1], (NOW - since) / DAY_MS]),
  );
}

describe("buildsOfAudience", () => {
  test("builds that were never approved don't count, and a shared build counts since it is shared", () => {
    const builds = [
      buildOf("1.0.0/1", 60, APPROVED),
      ...[1, 2, 3].map((patch) => buildOf(`1.0.${patch}/1`, 30)),
      buildOf("1.0.4/1", 20, APPROVED),
    ];
    expect(daysOf(builds, { "1.0.4/1": 0 })).toEqual({ "1.0.4/1": 0, "1.0.0/1": 59 });
  });

  test("an older build that the channel allows counts since the end of its bake time", () => {
    const builds = [buildOf("1.0.1/1", 10, APPROVED), buildOf("1.0.2/1", 5, APPROVED)];
    expect(daysOf(builds, { "1.0.2/1": 2 })).toEqual({ "1.0.2/1": 2, "1.0.1/1": 9 });
  });

  test("an older build counts only if the updater shared it, where findings decide, since it did", () => {
    const time = new Date(NOW - 3 * DAY_MS).toISOString();
    const builds = [
      buildOf("1.0.0/1", 12, APPROVED),
      buildOf("1.0.1/1", 10, { ...APPROVED, "golden-image:shared-in-stable": time }),
      buildOf("1.0.2/1", 5, APPROVED),
    ];
    const findings = { maxSeverity: "low" as const, fixWithinDays: {}, exceptions: [] };
    const daysWith = (reportOnly: boolean) =>
      daysOf(builds, { "1.0.2/1": 2 }, { findings: { ...findings, reportOnly } });
    expect(daysWith(false)).toEqual({ "1.0.2/1": 2, "1.0.1/1": 3 });
    expect(daysWith(true)).toEqual({ "1.0.2/1": 2, "1.0.1/1": 3, "1.0.0/1": 11 });
  });

  test("a channel that shares no usable build gives none, whatever it allows", () => {
    const approved = buildOf("1.0.1/1", 10, APPROVED);
    expect(daysOf([approved], {})).toEqual({});
    const revoked = buildOf("1.0.2/1", 5, { ...APPROVED, "golden-image:revoked": "INC-1" });
    expect(daysOf([approved, revoked], { "1.0.2/1": 1 })).toEqual({});
  });

  test("a build that the channel allows and doesn't share yet doesn't count", () => {
    const builds = [buildOf("1.0.1/1", 10, APPROVED), buildOf("1.0.2/1", 5, APPROVED)];
    expect(daysOf(builds, { "1.0.1/1": 8 })).toEqual({ "1.0.1/1": 8 });
  });

  test("a shared build counts although its approval was withdrawn", () => {
    expect(daysOf([buildOf("1.0.1/1", 10)], { "1.0.1/1": 8 })).toEqual({ "1.0.1/1": 8 });
  });

  test("associations that are being made don't count", () => {
    const associations = [{ arn: arnOf("1.0.1/1"), status: "ASSOCIATING", createdAt: NOW }];
    const builds = [buildOf("1.0.1/1", 10, APPROVED)];
    expect(buildsOfAudience(builds, { channel: STABLE, associations }, NOW)).toEqual(new Map());
  });

  test("a shared build counts since the end of its bake time if RAM names no time", () => {
    const associations = [{ arn: arnOf("1.0.1/1"), status: "ASSOCIATED" }];
    const found = buildsOfAudience(
      [buildOf("1.0.1/1", 10)],
      { channel: STABLE, associations },
      NOW,
    );
    expect([...found.values()]).toEqual([NOW - 9 * DAY_MS]);
  });
});

describe("grantedBuilds", () => {
  const channel = (
    builds: Readonly<Record<string, number>>,
    isMember: boolean | undefined,
  ): FleetChannel => ({
    image: "base",
    region: "eu-west-1",
    builds: new Map(Object.entries(builds)),
    isMember,
  });
  test.each<[string, FleetChannel[], object]>([
    [
      "all channels of the account, since the first of them",
      [channel({ a: 3, b: 5 }, true), channel({ b: 4 }, true), channel({ c: 1 }, undefined)],
      { a: 3, b: 4 },
    ],
    [
      "channels that may be the account's, if none is known to be",
      [channel({ a: 1 }, undefined), channel({ b: 1 }, false)],
      { a: 1 },
    ],
    [
      "none if a channel of the account shares none",
      [channel({}, true), channel({ a: 1 }, undefined)],
      {},
    ],
    ["none if no channel is for the account", [channel({ a: 1 }, false)], {}],
  ])("returns the builds of %s", (_, channels, expected) => {
    const granted = grantedBuilds(channels);
    expect(Object.fromEntries(granted("base", "eu-west-1"))).toEqual(expected);
    expect(granted("base", "us-east-1").size).toBe(0);
    expect(granted("web", "eu-west-1").size).toBe(0);
  });
});
