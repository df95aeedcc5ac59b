import { buildables, channels, type Rule, rule } from "./rule";

const RETENTION =
  "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LifecyclePolicyDetailFilter.html";

/** Maximum number of builds that an age rule keeps whatever their age: `retainAtLeast`. */
const MAX_MIN_BUILDS = 10;

export const retentionRules: readonly Rule[] = [
  rule({
    id: "keep-within-retain",
    description:
      "A channel shares at most as many builds as `retain` keeps: otherwise the lifecycle policy tries to delete builds that are still shared.",
    each: channels,
    check({ image: { retain }, entry, channel: { keep } }, report) {
      if (!retain) return;
      const kept = retain.kind === "count" ? retain.builds : retain.minBuilds;
      if (keep > kept)
        report(
          "keep",
          `must be at most ${kept} (retain.builds): otherwise the lifecycle policy tries to delete builds that are still shared`,
          keep,
        );
      else if (retain.kind === "age" && entry.retain?.builds === undefined && keep > MAX_MIN_BUILDS)
        report(
          "keep",
          `must be at most ${MAX_MIN_BUILDS} with retain.days: otherwise the lifecycle policy tries to delete builds that are still shared, because an age rule can keep at most ${MAX_MIN_BUILDS} old builds`,
          keep,
        );
    },
  }),
  rule({
    id: "retain-builds-with-days",
    description: `With retain.days, retain.builds is at most ${MAX_MIN_BUILDS}, the maximum of Image Builder.`,
    source: RETENTION,
    each: buildables,
    check({ image: { retain }, entry }, report) {
      const builds = entry.retain?.builds;
      if (retain?.kind === "age" && builds !== undefined && builds > MAX_MIN_BUILDS)
        report(
          ["retain", "builds"],
          `must be at most ${MAX_MIN_BUILDS} with retain.days: an age rule can keep at most ${MAX_MIN_BUILDS} old builds`,
          builds,
        );
    },
  }),
  rule({
    id: "bake-within-retain",
    description:
      "A channel's bake time is shorter than retain.days: the lifecycle policy would delete builds before they are shared.",
    each: channels,
    check({ image: { retain }, channel: { bakeHours } }, report) {
      if (retain?.kind === "age" && bakeHours >= retain.days * 24)
        report(
          "bakeHours",
          `must be less than ${retain.days * 24} hours (retain.days: ${retain.days}), because builds would be deleted before they are shared`,
          bakeHours,
        );
    },
  }),
  rule({
    id: "approval-within-retain",
    severity: "warning",
    description:
      "With retain.days, no channel requires approval. Builds that wait for approval count among the newest builds, so the lifecycle policy can try to delete an older build that is still shared.",
    each: channels,
    check({ image: { retain }, channel: { approval } }, report) {
      if (retain?.kind === "age" && approval === "required")
        report(
          "approval",
          `can make the lifecycle policy try to delete a shared build: when it is older than ${retain.days} days (retain.days) and ${retain.minBuilds} newer builds exist, even if those still wait for approval. Approve builds in time, or increase retain.days`,
        );
    },
  }),
];
