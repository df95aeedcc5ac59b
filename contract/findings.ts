import { DAY_MS } from "./time";

/** Severities of Amazon Inspector's findings, the lowest first. */
export const SEVERITIES = ["informational", "low", "medium", "high", "critical"] as const;

export type Severity = (typeof SEVERITIES)[number];

/** A vulnerability that a channel accepts for a time. */
export interface FindingException {
  /** First word of a finding's title, such as `CVE-2026-1234`. */
  readonly id: string;
  /** Last day on which the exception counts, in UTC, such as `2026-12-31`. */
  readonly until: string;
  /** Why the vulnerability is accepted, for people. */
  readonly reason: string;
}

/** The condition of a channel about what Amazon Inspector finds in an AMI. */
export interface FindingsPolicy {
  /**
   * Days after which a finding with a fix keeps a build out of the channel, by severity.
   * @default - findings of the severity count only against `maxSeverity`
   */
  readonly fixWithinDays: Readonly<Partial<Record<Severity, number>>>;
  /** Highest severity of a shared build's findings, with or without a fix. @default - no limit */
  readonly maxSeverity?: Severity | undefined;
  /**
   * Age in days at which Amazon Inspector stops scanning an AMI: its findings are closed then, so
   * that an AMI with vulnerabilities looks like one without.
   *
   * Assumed: a younger AMI that was scanned once is still scanned. No API returns whether it is.
   * @default - the age of the AMI has no effect
   */
  readonly scanWindowDays?: number | undefined;
  readonly exceptions: readonly FindingException[];
  /** Whether findings are only reported, and keep no build out of the channel. */
  readonly reportOnly: boolean;
}

/** Returns whether an exception still counts. @param now - in milliseconds since 1970 */
export function isInForce({ until }: FindingException, now: number): boolean {
  return now < Date.parse(until) + DAY_MS;
}

/**
 * Returns whether a severity is higher than a limit. A severity that the factory doesn't know
 * counts as the highest one: a finding that can't be rated must not be shared by mistake.
 */
export function isAbove(severity: string, limit: Severity): boolean {
  const ranks: readonly string[] = SEVERITIES;
  const rank = ranks.indexOf(severity);
  return rank === -1 || rank > SEVERITIES.indexOf(limit);
}

/**
 * Returns the vulnerability that a finding is about: the first word of its title.
 *
 * Assumed: EC2's titles begin with it, as those of Amazon Inspector do. GetImageFindings has no
 * field for it.
 */
export function vulnerabilityOf(title: string): string {
  return title.trim().replace(/[\s,:;].*/s, "");
}
