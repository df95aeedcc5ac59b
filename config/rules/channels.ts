import { isInForce } from "../../contract/findings";
import type { Container, Image } from "../model";
import { channels, type Rule, rule } from "./rule";
import { longestInterval } from "./schedule-interval";

/**
 * Returns the longest time between two builds that a schedule starts, in days: that of the image
 * or, if the image follows it, of its golden parent. It is longer if a schedule has
 * `onlyOnUpdates`. Returns `undefined` if there is no schedule.
 */
function buildInterval({
  schedule,
  enabled,
  followParent,
  parent,
}: Image | Container): number | undefined {
  const own = schedule && enabled ? longestInterval(schedule.expression) : undefined;
  const isFollowed = followParent !== undefined && parent.kind === "golden";
  const ofParent = isFollowed ? buildInterval(parent.image) : undefined;
  if (own === undefined || ofParent === undefined) return own ?? ofParent;
  return Math.min(own, ofParent);
}

export const channelRules: readonly Rule[] = [
  rule({
    id: "findings-of-amis",
    description:
      "Only channels of images for Linux and Windows limit findings: Amazon Inspector can't scan AMIs with APFS volumes, and the factory reads findings from Amazon EC2, which has them only for AMIs.",
    each: channels,
    check({ image, channel: { findings } }, report) {
      if (findings === undefined) return;
      if (image.kind === "container")
        report(
          "findings",
          "is only for images, because the factory reads findings through Amazon EC2, which has them only for AMIs",
        );
      else if (image.platform === "macOS")
        report(
          "findings",
          "isn't for macOS, because Amazon Inspector can't scan AMIs with APFS volumes",
        );
    },
  }),
  rule({
    id: "findings-have-limit",
    description: "A channel with findings limits them: by days, by severity, or by both.",
    each: channels,
    check({ channel: { findings } }, report) {
      if (findings === undefined || findings.maxSeverity !== undefined) return;
      if (Object.keys(findings.fixWithinDays).length === 0)
        report("findings", "must contain fixWithinDays with a severity, or maxSeverity");
    },
  }),
  rule({
    id: "findings-limit-known",
    severity: "warning",
    description:
      "The limits of a channel with findings exclude at least one severity: `maxSeverity: critical` alone allows every finding.",
    each: channels,
    check({ channel: { findings } }, report) {
      if (findings?.maxSeverity !== "critical") return;
      if (Object.keys(findings.fixWithinDays).length === 0)
        report(
          ["findings", "maxSeverity"],
          "allows every finding, but builds that weren't scanned aren't shared: lower it, or set fixWithinDays",
          findings.maxSeverity,
        );
    },
  }),
  rule({
    id: "findings-window-used",
    severity: "warning",
    description: "A channel sets the scan window of its findings only if it is monitored.",
    each: channels,
    check({ entry, channel: { name } }, report) {
      const { monitored, scanWindowDays } = entry.share?.channels[name]?.findings ?? {};
      if (monitored === false && scanWindowDays !== undefined)
        report(
          ["findings", "scanWindowDays"],
          "has no effect with monitored: false, which shares builds whatever their age: remove one of the two",
          scanWindowDays,
        );
    },
  }),
  rule({
    id: "findings-exceptions-in-force",
    severity: "warning",
    description: "The exceptions of a channel's findings haven't ended.",
    each: channels,
    check({ channel: { findings } }, report) {
      for (const [index, exception] of (findings?.exceptions ?? []).entries())
        if (!isInForce(exception, Date.now()))
          report(
            ["findings", "exceptions", index, "until"],
            `is over, so ${exception.id} counts again: remove the exception, or extend it if you still accept the vulnerability`,
            exception.until,
          );
    },
  }),
  rule({
    id: "findings-keep-fits-window",
    severity: "warning",
    description:
      "The builds that a channel keeps are younger than the scan window of its findings, if each scheduled build succeeds.",
    source: "https://docs.aws.amazon.com/inspector/latest/user/findings-understanding.html",
    each: channels,
    check({ image, channel: { keep, findings } }, report) {
      const interval = buildInterval(image);
      if (findings?.scanWindowDays === undefined || interval === undefined) return;
      const days = Math.ceil(keep * interval);
      if (days > findings.scanWindowDays)
        report(
          ["findings", "scanWindowDays"],
          `is less than the age that shared builds reach: ${days} days, with keep: ${keep} and a build every ${Math.ceil(interval)} days. Reduce keep, or build more often`,
          findings.scanWindowDays,
        );
    },
  }),
  rule({
    id: "channel-for-other-accounts",
    description:
      "A channel doesn't list the shared account under `accounts`: it can use its images without a share.",
    each: channels,
    check({ channel: { audience } }, report, { shared }) {
      if (audience.kind === "accounts" && audience.accounts.includes(shared.id))
        report(
          ["principals", "accounts"],
          `must not contain the shared account (${shared.id}), which can use its images without a share`,
        );
    },
  }),
];
