/** The channels of the example's images, and what they share. */
import { HOUR_MS } from "../contract/time";
import { at, type Blueprint, itemAt, NOW, ORGANIZATION, OUTSIDE, UNITS } from "./example-data";
import { isApproved } from "./example-notes";
import type { CatalogueAccount, CatalogueBuild, CatalogueChannel } from "./schema";

/** Of the channels that are called stable. */
const BAKE_HOURS = 72;

function bakeEnd({ createdAt = "" }: CatalogueBuild): number {
  return Date.parse(createdAt) + BAKE_HOURS * HOUR_MS;
}

/** The channels of an image in a Region. `index` varies them, and some are for one team. */
export function channelsOf(
  blueprint: Blueprint,
  region: string,
  builds: readonly CatalogueBuild[],
  index: number,
  team: CatalogueAccount | undefined,
): CatalogueChannel[] {
  const usable = builds.filter(({ status }) => status === "AVAILABLE");
  return [canary(region, usable, index), stable(blueprint, region, usable, index, team)];
}

function canary(
  region: string,
  usable: readonly CatalogueBuild[],
  index: number,
): CatalogueChannel {
  const shared = usable.slice(0, 1).map(({ build }) => build);
  return {
    region,
    name: "canary",
    audience: [itemAt(UNITS, index)],
    keep: 1,
    bakeHours: 0,
    approval: "automatic",
    desired: shared,
    shared,
    waitingForApproval: [],
    differs: false,
    reasons: [],
  };
}

function stable(
  { kind }: Blueprint,
  region: string,
  usable: readonly CatalogueBuild[],
  index: number,
  team: CatalogueAccount | undefined,
): CatalogueChannel {
  const [newest] = usable;
  const shared = usable
    .filter((one) => isApproved(one) && bakeEnd(one) <= NOW)
    .slice(0, 3)
    .map(({ build }) => build);
  const isForTeam = index % 4 === 3;
  return {
    region,
    name: "stable",
    audience: isForTeam && team ? [team.id, OUTSIDE] : [ORGANIZATION],
    keep: 3,
    bakeHours: BAKE_HOURS,
    approval: "required",
    maxAgeDays: 30,
    // Amazon Inspector scans no container images of Image Builder.
    ...(kind === "image" && { findings: findingLimits(index) }),
    desired: shared,
    shared,
    waitingForApproval: newest && !isApproved(newest) ? [newest.build] : [],
    differs: false,
    reasons: newest && !shared.includes(newest.build) ? reasonsOf(newest) : [],
  };
}

function findingLimits(index: number): CatalogueChannel["findings"] {
  return {
    maxSeverity: "high",
    fixWithinDays: { critical: 3, high: 14 },
    scanWindowDays: 90,
    exceptions: [
      {
        id: "CVE-2026-18840",
        until: "2026-12-31",
        reason: "sudo isn't setuid on these hosts",
      },
    ],
    reportOnly: index % 5 === 4,
  };
}

/** Why the channel stable doesn't share a build. */
function reasonsOf(build: CatalogueBuild): string[] {
  const reasons = [
    bakeEnd(build) > NOW && `is in its bake time until ${at(bakeEnd(build))}`,
    !isApproved(build) && "isn't approved for stable",
  ].filter((reason) => reason !== false);
  return reasons.length > 0 ? [`${build.build} ${reasons.join(", ")}`] : [];
}
