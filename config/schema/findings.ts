/** The keys of a channel that limit what Amazon Inspector may find in a shared build. */

import * as z from "zod";
import { type FindingsPolicy, SEVERITIES, type Severity } from "../../contract/findings";
import { boolean, integer, matching, oneOf, strict } from "../schema-blocks";
import { Description } from "./primitives";

const MAX_DAYS = 3_650;

const Days = integer("days", 0, MAX_DAYS);

function daysFor(severity: Severity) {
  return Days.optional().describe(
    `Days for which the channel accepts a finding of severity ${severity} after a fix exists. 0: a finding with a fix keeps the build out at once. Default: no limit.`,
  );
}

const Exception = strict({
  id: matching(
    "the first word of the titles of findings, such as CVE-2026-1234",
    /^[A-Za-z0-9][\w.-]*$/,
  ).describe("The first word of the titles of findings, such as CVE-2026-1234."),
  until: z.iso
    .date({ error: "must be a date such as 2026-12-31" })
    .describe("The last day on which the exception counts, in UTC."),
  reason: Description.describe("Why the vulnerability is accepted until then."),
});

function withoutDuplicates(
  exceptions: readonly z.output<typeof Exception>[],
  context: z.RefinementCtx,
): void {
  for (const [index, { id }] of exceptions.entries())
    if (exceptions.findIndex((one) => one.id === id) < index)
      context.addIssue({
        code: "custom",
        path: [index, "id"],
        message: "already has an exception",
        input: id,
      });
}

export const Findings = strict({
  fixWithinDays: strict({
    critical: daysFor("critical"),
    high: daysFor("high"),
    medium: daysFor("medium"),
    low: daysFor("low"),
    informational: daysFor("informational"),
  })
    .default({})
    .describe(
      "Days after which a finding with a fix keeps a build out of the channel, by severity. They count from the day on which Amazon Inspector reports the fix for the AMI, or, while the channel has an exception, from the day on which it first observed the finding.",
    ),
  maxSeverity: oneOf(SEVERITIES)
    .optional()
    .describe("Highest severity of findings, whether there is a fix or not. Default: no limit."),
  monitored: boolean()
    .default(true)
    .describe(
      "Whether the channel adds a build only while Amazon Inspector still scans its AMI, which means while the AMI is younger than scanWindowDays. A build that is already shared keeps its place until newer builds replace it.",
    ),
  scanWindowDays: integer("days", 7, 180)
    .optional()
    .describe(
      "Age at which Amazon Inspector stops scanning an AMI, as configured for the organization. Findings are closed then, so that an AMI with vulnerabilities looks like one without. Has no effect with monitored: false. Default: 30.",
    ),
  exceptions: z
    .array(Exception, { error: "must be a list" })
    .superRefine(withoutDuplicates)
    .default([])
    .describe("Vulnerabilities that the channel accepts for a time."),
  report: boolean()
    .default(false)
    .describe("Whether findings are only reported, and keep no build out of the channel."),
});

const DEFAULT_SCAN_WINDOW_DAYS = 30;

/** Returns the policy that the keys describe. */
export function findingsPolicy({
  monitored,
  scanWindowDays = DEFAULT_SCAN_WINDOW_DAYS,
  report,
  ...limits
}: z.output<typeof Findings>): FindingsPolicy {
  return { ...limits, ...(monitored && { scanWindowDays }), reportOnly: report };
}
