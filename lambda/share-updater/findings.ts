import {
  type FindingException,
  type FindingsPolicy,
  isAbove,
  isInForce,
  SEVERITIES,
  type Severity,
  vulnerabilityOf,
} from "../../contract/findings";
import { DAY_MS } from "../../contract/time";

/** Amazon Inspector's last scan of an AMI, as EC2 reports it. */
export interface Scan {
  /** When the AMI was created, in milliseconds since 1970, or NaN. */
  readonly amiCreatedAt: number;
  /** When the AMI was scanned last, in milliseconds since 1970. @default - it wasn't */
  readonly scannedAt?: number | undefined;
  /** Highest severity, with or without a fix. @default - the AMI has no findings */
  readonly highestSeverity?: string | undefined;
  /**
   * When Inspector first reported a fix for a finding of a severity, in milliseconds since 1970.
   * Lacks severities without such a finding.
   */
  readonly fixAvailableSince: Readonly<Partial<Record<Severity, number>>>;
}

/** A finding of Amazon Inspector in an AMI. */
export interface Finding {
  /** Begins with the vulnerability, such as `CVE-2026-1234 - openssl`. */
  readonly title: string;
  readonly severity: string;
  readonly hasFix: boolean;
  /** In milliseconds since 1970, or NaN. */
  readonly firstObservedAt: number;
  /** Paths of affected files in the AMI; at most 10. */
  readonly paths: readonly string[];
}

/** Why findings keep a build out of a channel. */
export interface FindingBlocker {
  /**
   * `finding`: the build has a finding that the policy forbids. `unknown`: EC2 doesn't report what
   * the build has, or the report may be out of date. `unread`: a call to EC2 failed.
   */
  readonly kind: "finding" | "unknown" | "unread";
  /** For operators, as the end of a sentence about the build. */
  readonly text: string;
}

function formatDay(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

function unknown(text: string): FindingBlocker {
  return { kind: "unknown", text };
}

/** Returns why a scan doesn't show what an AMI has now. */
function coverageBlocker(
  { amiCreatedAt, scannedAt }: Scan,
  { scanWindowDays }: FindingsPolicy,
  now: number,
): FindingBlocker | undefined {
  if (scannedAt === undefined) return unknown("wasn't scanned by Amazon Inspector");
  if (scanWindowDays === undefined) return undefined;
  if (Number.isNaN(amiCreatedAt)) return unknown("has an AMI without a creation date");
  const end = amiCreatedAt + scanWindowDays * DAY_MS;
  if (now < end) return undefined;
  return unknown(`left Amazon Inspector's scan window on ${formatDay(end)}`);
}

/** A limit of the policy that an AMI exceeds, according to its last scan. */
interface Violation {
  readonly text: string;
  /** Whether a finding would exceed the limit by itself. */
  readonly isForbidden: (finding: Finding) => boolean;
}

function fixViolation(severity: Severity, since: number, days: number, now: number): Violation {
  return {
    text: `has a finding of severity ${severity} with a fix since ${formatDay(since)}, and the channel allows ${days} days`,
    // GetImageFindings has no date of the fix. Assumed: the first observation isn't later.
    isForbidden: (finding) =>
      finding.severity === severity &&
      finding.hasFix &&
      !(now <= finding.firstObservedAt + days * DAY_MS),
  };
}

function violationsOf(scan: Scan, policy: FindingsPolicy, now: number): Violation[] {
  const violations: Violation[] = [];
  const { highestSeverity } = scan;
  const { maxSeverity, fixWithinDays } = policy;
  if (highestSeverity !== undefined && maxSeverity !== undefined) {
    if (isAbove(highestSeverity, maxSeverity))
      violations.push({
        text: `has a finding of severity ${highestSeverity}, and the channel allows at most ${maxSeverity}`,
        isForbidden: ({ severity }) => isAbove(severity, maxSeverity),
      });
  }
  for (const severity of SEVERITIES.toReversed()) {
    const since = scan.fixAvailableSince[severity];
    const days = fixWithinDays[severity];
    if (since !== undefined && days !== undefined && now > since + days * DAY_MS)
      violations.push(fixViolation(severity, since, days, now));
  }
  return violations;
}

/**
 * Returns whether a list of findings can be the one that a scan summarizes. The list can be older
 * than the summary, because they are separate answers.
 *
 * Assumed: a list that agrees with the summary is complete. It also agrees with it if it lacks a
 * finding, but contains another one of the highest severity, and another one that is as old as the
 * oldest fix of each severity.
 */
function isSummarizedBy(findings: readonly Finding[], scan: Scan): boolean {
  const { highestSeverity, fixAvailableSince } = scan;
  const hasHighest =
    highestSeverity === undefined || findings.some(({ severity }) => severity === highestSeverity);
  return (
    hasHighest &&
    SEVERITIES.every((severity) => {
      const since = fixAvailableSince[severity];
      return (
        since === undefined ||
        findings.some(
          (one) => one.severity === severity && one.hasFix && one.firstObservedAt <= since,
        )
      );
    })
  );
}

function isExcepted({ title }: Finding, exceptions: readonly FindingException[]): boolean {
  return exceptions.some(({ id }) => id === vulnerabilityOf(title));
}

/** Returns the blocker of a violation, unless exceptions cover all findings that it is about. */
function blockerOf(
  { text, isForbidden }: Violation,
  scan: Scan,
  findings: readonly Finding[] | undefined,
  exceptions: readonly FindingException[],
): FindingBlocker | undefined {
  if (exceptions.length === 0) return { kind: "finding", text };
  if (!findings)
    return { kind: "unread", text: `${text}; its findings couldn't be read for the exceptions` };
  const forbidden = findings.filter(
    (finding) => isForbidden(finding) && !isExcepted(finding, exceptions),
  );
  const [first] = forbidden;
  if (first) {
    const more = forbidden.length > 1 ? ` and ${forbidden.length - 1} more` : "";
    return { kind: "finding", text: `${text}: ${first.title}${more}` };
  }
  if (isSummarizedBy(findings, scan)) return undefined;
  return unknown(
    `${text}; its list of findings, which the exceptions need, is older than the scan`,
  );
}

/**
 * Returns the findings that can be those that exceed the limits of a policy, without those that an
 * exception covers. If several findings of a severity have a fix, EC2 doesn't report which fix is
 * the oldest.
 */
export function forbiddenFindings(
  findings: readonly Finding[],
  scan: Scan,
  policy: FindingsPolicy,
  now: number,
): Finding[] {
  const exceptions = policy.exceptions.filter((exception) => isInForce(exception, now));
  const violations = violationsOf(scan, policy, now);
  return findings.filter(
    (finding) =>
      violations.some(({ isForbidden }) => isForbidden(finding)) &&
      !isExcepted(finding, exceptions),
  );
}

/**
 * Returns whether the findings of an AMI matter, and not only its scan: exceptions could let the
 * build into the channel.
 */
export function needsFindings(scan: Scan, policy: FindingsPolicy, now: number): boolean {
  return (
    policy.exceptions.some((exception) => isInForce(exception, now)) &&
    violationsOf(scan, policy, now).length > 0
  );
}

/**
 * Returns why findings keep a build out of a channel; an empty list if they don't. Doesn't look at
 * `reportOnly`.
 *
 * Limits compare as those of EC2's Allowed AMIs: a fix that Inspector reported exactly 7 days ago
 * is within 7 days.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ScanResultConditionRequest.html
 *
 * @param scan - of the AMI in the build's Region; `undefined` if it couldn't be read
 * @param findings - of the same AMI; `undefined` if they weren't read. Only exceptions need them.
 * @param now - in milliseconds since 1970
 */
export function findingBlockers(
  scan: Scan | undefined,
  findings: readonly Finding[] | undefined,
  policy: FindingsPolicy,
  now: number,
): FindingBlocker[] {
  if (!scan) return [{ kind: "unread", text: "has findings that couldn't be read" }];
  const coverage = coverageBlocker(scan, policy, now);
  const exceptions = policy.exceptions.filter((exception) => isInForce(exception, now));
  const blockers = violationsOf(scan, policy, now).flatMap(
    (violation) => blockerOf(violation, scan, findings, exceptions) ?? [],
  );
  return coverage ? [coverage, ...blockers] : blockers;
}

/**
 * Returns the blockers that count against a build that a channel shares. Scans of older builds than
 * the newest shared one may end: recipes with a wildcard don't use those builds.
 *
 * @param isNewest - whether the build is the newest one that the channel shares
 */
export function blockersOfShared(
  blockers: readonly FindingBlocker[],
  isNewest: boolean,
): FindingBlocker[] {
  return blockers.filter(({ kind }) => kind === "finding" || (kind === "unknown" && isNewest));
}
