import { isInForce } from "../../contract/findings";
import type { Container, Image } from "../model";
import { childStackId, defaultAmiName, shareName } from "../names";
import { dotted } from "../problems";
import { hasParentRange } from "../resolve/buildable";
import {
  buildables,
  channels,
  containers,
  images,
  isGolden,
  listOf,
  type Rule,
  rule,
} from "./rule";
import { longestInterval } from "./schedule-interval";

const RETENTION =
  "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LifecyclePolicyDetailFilter.html";

/** Maximum number of builds that an age rule keeps whatever their age: `retainAtLeast`. */
const MAX_MIN_BUILDS = 10;

function lengthProblem(description: string, name: string, max: number): string | undefined {
  return name.length > max
    ? `is too long: its ${description} '${name}' has ${name.length} characters, at most ${max} are allowed`
    : undefined;
}

/**
 * Returns the longest time between two builds that a schedule starts, in days: that of the image or,
 * if the image follows it, of its golden parent. It is longer if a schedule has `onlyOnUpdates`.
 * Returns `undefined` if there is no schedule.
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

export const imageRules: readonly Rule[] = [
  rule({
    id: "image-and-container-names-differ",
    description:
      "An image and a container of an account have different names: Image Builder calls both image/NAME.",
    each: containers,
    check({ image: { name }, account }, report, context) {
      const other = context.images.find(
        (one) => one.account === account && one.image.name === name,
      );
      if (other)
        report(
          [],
          `is already the name of ${dotted(other.path)}: Image Builder calls both image/${name}`,
        );
    },
  }),
  rule({
    id: "scan-needs-tests",
    description: "A scan requires tests: Amazon Inspector scans the test instance.",
    each: buildables,
    check({ image: { scan, testsEnabled } }, report) {
      if (scan && !testsEnabled)
        report(
          "scan",
          "requires tests.enabled: true, because Amazon Inspector scans the test instance",
        );
    },
  }),
  rule({
    id: "test-timeout-needs-tests",
    description: "A time limit of the tests requires tests.",
    each: buildables,
    check({ image: { testTimeoutMinutes, testsEnabled } }, report) {
      if (testTimeoutMinutes !== undefined && !testsEnabled)
        report(["tests", "timeoutMinutes"], "requires tests.enabled: true", testTimeoutMinutes);
    },
  }),
  rule({
    id: "region-of-account",
    description: "An image is built in Regions of its account.",
    each: buildables,
    check({ entry: { regions = [] }, account }, report) {
      for (const [index, region] of regions.entries()) {
        if (!account.regions.includes(region))
          report(
            ["regions", index],
            `must be one of the account's Regions: ${listOf(account.regions)}`,
            region,
          );
      }
    },
  }),
  rule({
    id: "parent-ami-in-each-region",
    description: "parent.ami contains an AMI for each Region that builds the image.",
    each: images,
    check({ image: { parent, regions } }, report) {
      if (parent.kind !== "ami") return;
      for (const region of regions) {
        if (!Object.hasOwn(parent.amis, region))
          report(["parent", "ami"], `must contain an AMI for ${region}, which builds the image`);
      }
    },
  }),
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
  rule({
    id: "findings-of-amis",
    description:
      "Only channels of images for Linux and Windows limit findings: Amazon Inspector can't scan AMIs with APFS volumes, and Amazon EC2 has findings only for AMIs.",
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
  rule({
    id: "ami-name-length",
    description: "The default AMI name fits. Image Builder allows 127 characters.",
    source:
      "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_AmiDistributionConfiguration.html",
    each: images,
    check({ image: { name }, entry }, report) {
      const problem = lengthProblem("default AMI name", defaultAmiName(name), 127);
      if (entry.amiName === undefined && problem !== undefined)
        report([], `${problem}. Set amiName`);
    },
  }),
  rule({
    id: "ami-description-without-placeholders",
    severity: "warning",
    description:
      "amiDescription contains no placeholders. Image Builder documents them only for AMI names and tags.",
    source:
      "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_AmiDistributionConfiguration.html",
    each: images,
    check({ image: { amiDescription } }, report) {
      if (amiDescription !== undefined && /\{\{.*\}\}/.test(amiDescription))
        report(
          "amiDescription",
          "contains a placeholder, which Image Builder documents only for AMI names and tags: use amiName or amiTags",
          amiDescription,
        );
    },
  }),
  rule({
    id: "ami-description-for-ec2",
    severity: "warning",
    description:
      "The description of AMIs is printable ASCII of at most 255 characters, because Amazon EC2 rejects others. Without amiDescription, it is the image's description.",
    source: "https://github.com/plus3it/spel/pull/33",
    each: images,
    check({ image: { amiDescription, description } }, report) {
      const [key, text] =
        amiDescription === undefined
          ? ["description", description]
          : ["amiDescription", amiDescription];
      if (text !== undefined && !/^[ -~]{1,255}$/.test(text))
        report(
          key,
          "becomes the description of the AMI, for which Amazon EC2 accepts only ASCII characters, and at most 255",
          text,
        );
    },
  }),
  rule({
    id: "share-name-length",
    description: "The name of a channel's resource share fits.",
    each: channels,
    check({ image: { name }, channel }, report) {
      const problem = lengthProblem("resource share", shareName(name, channel.name), 255);
      if (problem !== undefined) report([], problem);
    },
  }),
  rule({
    id: "child-workspace-name-length",
    description: "With HCP Terraform, the workspace name of an image on a golden parent fits.",
    each: buildables,
    check(resolved, report, context) {
      const { name, parent, regions } = resolved.image;
      const hasWorkspace = isGolden(resolved, context) && parent.kind === "golden";
      if (!hasWorkspace || context.file.state.backend !== "cloud") return;
      for (const region of regions) {
        const problem = lengthProblem("workspace", childStackId(region, name), 90);
        if (problem !== undefined) report([], problem);
      }
    },
  }),
];
