import { testBadInput } from "../../../tools/fixtures/bad-input";
import { minimalContainer, problemsOf, type Raw } from "../../../tools/fixtures/factory-file";

const PATH = "images.base.share.channels.stable.findings";
const EXCEPTION = { id: "CVE-2026-1234", until: "2999-12-31", reason: "not reachable" };

/** Sets the limits of a channel. */
function limit(findings: Raw) {
  return (file: Raw) => (file.images.base.share.channels.stable.findings = findings);
}

function except(...exceptions: Raw[]) {
  return limit({ maxSeverity: "medium", exceptions });
}

testBadInput([
  {
    title: "limits for findings that limit nothing",
    mutate: limit({ monitored: true }),
    problems: [
      `${PATH}: must contain fixWithinDays with a severity, or maxSeverity [findings-have-limit]`,
    ],
  },
  {
    title: "limits for findings that aren't a map",
    mutate: limit(true),
    problems: [
      `${PATH}: must be a map, which can contain fixWithinDays, maxSeverity, monitored, scanWindowDays, exceptions, report, got: true`,
    ],
  },
  {
    title: "an unknown severity with days",
    mutate: limit({ fixWithinDays: { severe: 7 } }),
    problems: [
      `${PATH}.fixWithinDays: unknown key 'severe': the keys here are critical, high, medium, low, informational`,
    ],
  },
  {
    title: "an unknown highest severity",
    mutate: limit({ maxSeverity: "severe" }),
    problems: [
      `${PATH}.maxSeverity: must be informational, low, medium, high or critical, got: "severe"`,
    ],
  },
  {
    title: "days that aren't a number",
    mutate: limit({ fixWithinDays: { high: "7d" } }),
    problems: [
      `${PATH}.fixWithinDays.high: must be a whole number of days from 0 to 3650, got: "7d"`,
    ],
  },
  {
    title: "a scan window that Amazon Inspector doesn't have",
    mutate: limit({ maxSeverity: "high", scanWindowDays: 181 }),
    problems: [`${PATH}.scanWindowDays: must be a whole number of days from 7 to 180, got: 181`],
  },
  {
    title: "an exception without an end",
    mutate: except({ id: "CVE-2026-1234", reason: "not reachable" }),
    problems: [`${PATH}.exceptions[0].until: is missing, must be a date such as 2026-12-31`],
  },
  {
    title: "an exception without a reason",
    mutate: except({ id: "CVE-2026-1234", until: "2999-12-31" }),
    problems: [
      `${PATH}.exceptions[0].reason: is missing, must be a single line of 1 to 1,024 characters`,
    ],
  },
  {
    title: "an exception with an empty reason",
    mutate: except({ ...EXCEPTION, reason: "" }),
    problems: [
      `${PATH}.exceptions[0].reason: must be a single line of 1 to 1,024 characters, got: ""`,
    ],
  },
  {
    title: "an exception that ends on a day that doesn't exist",
    mutate: except({ ...EXCEPTION, until: "2026-02-30" }),
    problems: [`${PATH}.exceptions[0].until: must be a date such as 2026-12-31, got: "2026-02-30"`],
  },
  {
    title: "an exception that ends at a time of day",
    mutate: except({ ...EXCEPTION, until: "2026-12-31T12:00:00Z" }),
    problems: [
      `${PATH}.exceptions[0].until: must be a date such as 2026-12-31, got: "2026-12-31T12:00:00Z"`,
    ],
  },
  {
    title: "an exception for several vulnerabilities",
    mutate: except({ ...EXCEPTION, id: "CVE-2026-1, CVE-2026-2" }),
    problems: [
      `${PATH}.exceptions[0].id: must be the first word of the titles of findings, such as CVE-2026-1234, got: "CVE-2026-1, CVE-2026-2"`,
    ],
  },
  {
    title: "two exceptions for a vulnerability",
    mutate: except(EXCEPTION, { ...EXCEPTION, until: "2998-12-31" }),
    problems: [`${PATH}.exceptions[1].id: already has an exception, got: "CVE-2026-1234"`],
  },
  {
    title: "a mistyped key of an exception",
    mutate: except({ ...EXCEPTION, reasons: "x" }),
    problems: [`${PATH}.exceptions[0]: unknown key 'reasons', did you mean 'reason'?`],
  },
  {
    title: "an exception that has ended",
    mutate: except(EXCEPTION, { ...EXCEPTION, id: "CVE-2025-1", until: "2025-12-31" }),
    problems: [
      `warning: ${PATH}.exceptions[1].until: is over, so CVE-2025-1 counts again: remove the exception, or extend it if you still accept the vulnerability, got: "2025-12-31" [findings-exceptions-in-force]`,
    ],
  },
  {
    title: "a scan window that has no effect",
    mutate: limit({ maxSeverity: "high", monitored: false, scanWindowDays: 30 }),
    problems: [
      `warning: ${PATH}.scanWindowDays: has no effect with monitored: false, which shares builds whatever their age: remove one of the two, got: 30 [findings-window-used]`,
    ],
  },
  {
    title: "limits that allow every finding",
    mutate: limit({ maxSeverity: "critical" }),
    problems: [
      `warning: ${PATH}.maxSeverity: allows every finding, but builds that weren't scanned aren't shared: lower it, or set fixWithinDays, got: "critical" [findings-limit-known]`,
    ],
  },
  {
    title: "a channel that keeps builds for longer than the scan window",
    mutate: (file) => {
      file.images.base.schedule = { expression: "rate(10 days)" };
      file.images.base.share.channels.stable.keep = 4;
      limit({ maxSeverity: "high" })(file);
    },
    problems: [
      `warning: ${PATH}.scanWindowDays: is less than the age that shared builds reach: 40 days, with keep: 4 and a build every 10 days. Reduce keep, or build more often, got: 30 [findings-keep-fits-window]`,
    ],
  },
  {
    title: "limits for findings in containers",
    mutate: (file) => {
      file.containers = {
        runtime: {
          ...minimalContainer(),
          share: {
            channels: {
              stable: { principals: { organization: true }, findings: { maxSeverity: "high" } },
            },
          },
        },
      };
    },
    problems: [
      "containers.runtime.share.channels.stable.findings: is only for images, because the factory reads findings through Amazon EC2, which has them only for AMIs [findings-of-amis]",
    ],
  },
  {
    title: "limits for findings in images for macOS",
    mutate: (file) => {
      file.images.mac = {
        platform: "macOS",
        parent: { awsManaged: "macos-sequoia" },
        version: "1.0",
        instanceTypes: ["mac2.metal"],
        components: [{ awsManaged: "reboot-macos" }],
        share: {
          channels: {
            stable: { principals: { organization: true }, findings: { maxSeverity: "high" } },
          },
        },
      };
    },
    problems: [
      "images.mac.share.channels.stable.findings: isn't for macOS, because Amazon Inspector can't scan AMIs with APFS volumes [findings-of-amis]",
    ],
  },
]);

const PASSING: readonly (readonly [string, Raw, number, Raw])[] = [
  ["is as young as the window", { expression: "rate(10 days)" }, 3, { maxSeverity: "high" }],
  ["has no window", { expression: "rate(10 days)" }, 4, { maxSeverity: "high", monitored: false }],
  ["has no schedule", { manual: true }, 4, { maxSeverity: "high" }],
  [
    "allows days for fixes",
    { expression: "rate(1 day)" },
    1,
    { maxSeverity: "critical", fixWithinDays: { low: 1 } },
  ],
];

test.each(PASSING)(
  "validateFactory accepts limits of a channel that %s",
  (_title, schedule, keep, findings) => {
    const problems = problemsOf((file) => {
      file.images.base.schedule = schedule;
      file.images.base.share.channels.stable.keep = keep;
      limit(findings)(file);
    });
    expect(problems).toEqual([]);
  },
);

test("validateFactory compares the scan window of an image that follows its parent with the builds of both", () => {
  const problems = (expression: string) =>
    problemsOf((file) => {
      file.images.base.schedule = { expression };
      file.images.child = {
        ...file.images.base,
        parent: { golden: "base", version: "x.x.x" },
        schedule: { expression: "cron(0 4 1 * ? *)" },
        share: {
          channels: {
            stable: { principals: { organization: true }, findings: { maxSeverity: "high" } },
          },
        },
      };
    });
  expect(problems("cron(0 2 ? * sun *)")).toEqual([]);
  expect(problems("rate(40 days)")).toEqual([
    `warning: ${PATH.replace("base", "child")}.scanWindowDays: is less than the age that shared builds reach: 93 days, with keep: 3 and a build every 31 days. Reduce keep, or build more often, got: 30 [findings-keep-fits-window]`,
  ]);
});
