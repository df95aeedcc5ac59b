import { hasParentRange } from "../resolve/buildable";
import { buildables, channels, type Rule, rule } from "./rule";

export const buildStartRules: readonly Rule[] = [
  rule({
    id: "age-alarm-of-disabled-pipeline",
    severity: "warning",
    description:
      "A channel with maxAgeDays belongs to an enabled pipeline: without new builds, the alarm is raised.",
    each: channels,
    check({ image: { enabled }, channel: { maxAgeDays } }, report) {
      if (!enabled && maxAgeDays !== undefined)
        report(
          "maxAgeDays",
          "raises an alarm, because the pipeline is disabled (enabled: false) and starts no builds on its schedule: remove it while the pipeline is disabled",
          maxAgeDays,
        );
    },
  }),
  rule({
    id: "followed-parent-has-range",
    description:
      "followParent is for a golden parent, or a parent by ARN, with a range of versions such as x.x.x: the rebuilder doesn't look for newer builds of other parents.",
    each: buildables,
    check({ image: { followParent }, entry }, report) {
      if (followParent && !hasParentRange(entry))
        report(
          "followParent",
          "requires a parent with golden or arn, and with a range of versions such as x.x.x",
          entry.followParent,
        );
    },
  }),
  rule({
    id: "follower-starts-by-itself",
    severity: "warning",
    description:
      "An image with followParent has a schedule and an enabled pipeline: the rebuilder never starts other pipelines.",
    each: buildables,
    check({ image: { schedule, enabled }, entry }, report) {
      const { followParent } = entry;
      if (followParent === undefined || followParent === false) return;
      if (!enabled)
        report(
          "followParent",
          followParent === true
            ? "has no effect, because the pipeline is disabled (enabled: false)"
            : "raises an alarm, because the pipeline is disabled (enabled: false): remove alarmAfterDays while the pipeline is disabled",
          followParent,
        );
      else if (!schedule && followParent === true)
        report(
          "followParent",
          "has no effect with schedule: { manual: true }: you start the pipeline yourself",
          followParent,
        );
    },
  }),
];
