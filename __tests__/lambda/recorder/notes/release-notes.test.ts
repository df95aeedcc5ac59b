import fc from "fast-check";
import { renderFailure } from "../../../../lambda/recorder/notes/failure-note";
import { type NotedBuild, releaseNotes } from "../../../../lambda/recorder/notes/release-notes";
import { renderNotes } from "../../../../lambda/recorder/notes/render-notes";
import { safeText } from "../../../../lambda/recorder/notes/safe-text";
import { propertyRuns, propertySeed } from "../../../../tools/fixtures/property-runs";

const PREFIX = "arn:aws:imagebuilder:eu-west-1:111111111111";
const AWS = "arn:aws:imagebuilder:eu-west-1:aws";

const EARLIER: NotedBuild = {
  arn: `${PREFIX}:image/base/1.0.2/1`,
  recipe: `${PREFIX}:image-recipe/base/1.0.2`,
  parent: `${AWS}:image/amazon-linux-2023-x86/2026.10.1/1`,
  components: [
    `${PREFIX}:component/harden/1.0.1/1`,
    `${PREFIX}:component/old/1.0.0/1`,
    `${AWS}:component/update-linux/1.0.2/1`,
  ],
  packages: [
    { name: "bash", version: "5.2-1" },
    { name: "nano", version: "7-1" },
    { name: "openssl", version: "3.0.7-1" },
    { name: "zlib", version: "1.3-1" },
  ],
  findings: [
    { title: "CVE-2026-1 - openssl", severity: "critical" },
    { title: "CVE-2026-2 - zlib", severity: "low" },
  ],
};

const LATER: NotedBuild = {
  arn: `${PREFIX}:image/base/1.0.3/2`,
  recipe: `${PREFIX}:image-recipe/base/1.0.3`,
  parent: `${AWS}:image/amazon-linux-2023-x86/2026.11.1/1`,
  components: [
    `${AWS}:component/update-linux/1.0.2/1`,
    `${PREFIX}:component/harden/1.0.2/1`,
    `${PREFIX}:component/agent/1.0.0/1`,
  ],
  packages: [
    { name: "bash", version: "5.1-1" },
    { name: "htop", version: "3-1" },
    { name: "openssl", version: "3.0.8-1" },
    { name: "zlib", version: "1.3a-1" },
  ],
  findings: [
    { title: "CVE-2026-2 - zlib", severity: "low" },
    { title: "CVE-2026-3 - bash", severity: "high" },
  ],
};

test("renderNotes prints what differs between two builds of a channel", () => {
  const notes = releaseNotes(EARLIER, LATER);
  expect(renderNotes(notes, { name: "stable", approval: "tested by QA" })).toBe(
    `The channel stable of base in eu-west-1 now shares 1.0.3/2.
Its newest build was 1.0.2/1.
Approved: tested by QA

Recipe: 1.0.2 -> 1.0.3
Parent: amazon-linux-2023-x86/2026.10.1/1 -> amazon-linux-2023-x86/2026.11.1/1
Components: 1 changed, 1 new, 1 gone
Findings: 1 high, 1 low, before: 1 critical, 1 low
Packages: 1 up, 1 down, 1 changed, 1 new, 1 gone

Components:
  agent 1.0.0/1, new
  harden 1.0.1/1 -> 1.0.2/1
  old 1.0.0/1, gone

New findings:
  high: CVE-2026-3 - bash

Findings that are gone:
  critical: CVE-2026-1 - openssl

Packages with a lower version:
  bash 5.2-1 -> 5.1-1

Packages with another version:
  zlib 1.3-1 -> 1.3a-1

Packages with a higher version:
  openssl 3.0.7-1 -> 3.0.8-1

New packages:
  htop 3-1

Packages that are gone:
  nano 7-1`,
  );
});

test("renderNotes prints two builds without a channel, and that nothing differs", () => {
  expect(renderNotes(releaseNotes(EARLIER, { ...EARLIER, arn: LATER.arn }))).toBe(
    `base 1.0.2/1 -> 1.0.3/2 in eu-west-1

Recipe: 1.0.2, as before
Parent: amazon-linux-2023-x86/2026.10.1/1, as before
Components: no change
Findings: 1 critical, 1 low, before: 1 critical, 1 low
Packages: no change`,
  );
});

test("renderNotes prints the first build of a channel, and what isn't known of it", () => {
  expect(renderNotes(releaseNotes(undefined, LATER), { name: "stable" })).toBe(
    `The channel stable of base in eu-west-1 now shares 1.0.3/2.
It shared no build before.

Recipe: 1.0.3
Parent: amazon-linux-2023-x86/2026.11.1/1
Components: not compared
Findings: 1 high, 1 low
Packages: 4`,
  );
  const unknown: NotedBuild = { arn: LATER.arn, components: [] };
  expect(renderNotes(releaseNotes(undefined, unknown))).toBe(
    `base 1.0.3/2 in eu-west-1

Recipe: unknown
Parent: unknown
Components: not compared
Findings: not scanned
Packages: not listed by Image Builder`,
  );
  expect(renderNotes(releaseNotes({ ...unknown, arn: EARLIER.arn }, LATER))).toContain(
    `Findings: 1 high, 1 low, before: not scanned
Packages: 4, not listed by Image Builder for 1.0.2/1`,
  );
  expect(renderNotes(releaseNotes({ ...EARLIER, findings: [] }, LATER))).toContain(
    "Findings: 1 high, 1 low, before: none",
  );
});

test("renderNotes prints that a channel went back from a revoked build to an older one", () => {
  const notes = releaseNotes({ ...LATER, revocation: "bad kernel" }, EARLIER);
  expect(renderNotes(notes, { name: "stable", approval: "" })).toContain(
    `The channel stable of base in eu-west-1 now shares 1.0.2/1.
Its newest build was 1.0.3/2, a higher version.
1.0.3/2 is revoked: bad kernel
Approved: no reason
`,
  );
  expect(renderNotes({ ...notes, revocation: "" })).toContain("\n1.0.3/2 is revoked: no reason\n");
});

test("renderNotes points to Amazon ECR for the findings of containers", () => {
  const [earlier, later] = [EARLIER, LATER].map(({ findings: _, ...build }) => ({
    ...build,
    isContainer: true,
  }));
  const notes = releaseNotes(earlier, later as NotedBuild);
  expect(notes.findings).toBeUndefined();
  expect(renderNotes(notes)).toContain("\nFindings: in Amazon ECR\n");
});

test("releaseNotes counts a severity that the factory doesn't know first", () => {
  const findings = ["low", "unrated", "low", "critical"].map((severity, index) => ({
    title: `CVE-${index}`,
    severity,
  }));
  expect(releaseNotes(undefined, { ...LATER, findings }).findings?.after).toEqual([
    { severity: "unrated", count: 1 },
    { severity: "critical", count: 1 },
    { severity: "low", count: 2 },
  ]);
});

test("renderNotes cuts the last items of the last lists, and prints how many there are", () => {
  const packages = (version: string, ...names: string[]) => [
    ...Array.from({ length: 90 }, (_, index) => ({ name: `package-${index}`, version })),
    ...names.map((name) => ({ name, version: "1" })),
  ];
  const text = renderNotes(
    releaseNotes(
      { ...EARLIER, packages: packages("1.0", "gone-1", "gone-2") },
      { ...LATER, packages: packages("1.1", "new-1") },
    ),
  );
  expect(text.length).toBeLessThanOrEqual(2_000);
  expect(text).toMatch(/\n {2}package-\d+ 1\.0 -> 1\.1\n {2}and \d+ more\n\nNew packages: 1\n/);
  expect(text).toMatch(/\n\nPackages that are gone: 2$/);
  const shown = text.match(/^ {2}package-/gm)?.length ?? 0;
  expect(text).toContain(`  and ${90 - shown} more`);
  expect(shown).toBeGreaterThan(30);
});

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  // Repeated, because random characters take most of the time.
  fc.string({ unit: "binary", minLength: 30, maxLength: 40 }).map((text) => text.repeat(10)),
  fc.constantFrom("a\nb", "\u202Eevil", "x\u0000y", "\r\n\r\nApproved: by me", "\u2028", "\uD83D"),
);
const many = <T>(item: fc.Arbitrary<T>) =>
  fc.oneof(fc.array(item, { maxLength: 5 }), fc.array(item, { minLength: 100, maxLength: 200 }));
const build = (arn: string): fc.Arbitrary<NotedBuild> =>
  fc.record({
    arn: fc.constant(arn),
    recipe: fc.option(
      hostile.map((text) => `arn/${text}`),
      { nil: undefined },
    ),
    parent: fc.option(hostile, { nil: undefined }),
    components: many(hostile.map((text) => `arn/${text}`)),
    packages: fc.option(many(fc.record({ name: hostile, version: hostile })), { nil: undefined }),
    findings: fc.option(many(fc.record({ title: hostile, severity: hostile })), {
      nil: undefined,
    }),
    revocation: fc.option(hostile, { nil: undefined }),
  });
const LONG_IMAGE = "x".repeat(126);
const LONG = `${PREFIX}:image/${LONG_IMAGE}/1073741823.1073741823.1073741823/1`;

/** Every line that a message can have: nothing of other people's text starts one. */
const NOTE_LINE =
  /^(|The channel .* of x+ in eu-west-1 now shares [\d./]+\.|x+ [\d./]+( -> [\d./]+)? in eu-west-1|It shared no build before\.|Its newest build was [\d./]+(, a higher version)?\.|[\d./]+ is revoked: .+|Approved: .+|(Recipe|Parent|Components|Findings|Packages|New findings|Findings that are gone|New packages|Packages that are gone|Packages with (a lower|another|a higher) version):.*| {2}.*)$/u;
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

test("renderNotes prints at most 2,000 characters, and keeps other people's text in its lines", () => {
  fc.assert(
    fc.property(
      fc.option(build(LONG), { nil: undefined }),
      build(LONG.replace(/1$/, "1073741823")),
      fc.option(fc.record({ name: hostile, approval: fc.option(hostile, { nil: undefined }) }), {
        nil: undefined,
      }),
      (from, to, channel) => {
        const text = renderNotes(releaseNotes(from, to), channel);
        expect(text.length).toBeLessThanOrEqual(2_000);
        for (const line of text.split("\n")) {
          expect(line).toMatch(NOTE_LINE);
          expect(line).not.toMatch(UNSAFE);
        }
      },
    ),
    { numRuns: propertyRuns(300), seed: propertySeed(), endOnFailure: true },
  );
});

test("renderNotes stays below 2,000 characters with the longest texts in every line", () => {
  const text = "W".repeat(500);
  const list = Array.from({ length: 20 }, (_, index) => `${index}${text}`);
  const longest = (arn: string, mark: string): NotedBuild => ({
    arn,
    recipe: `arn/name/${mark}${text}`,
    parent: `${mark}${text}`,
    components: list.map((one) => `arn/${mark}${one}/1`),
    packages: list.map((one) => ({ name: `${mark}${one}`, version: "1" })),
    findings: list.map((one) => ({ title: `${mark}${one}`, severity: one })),
    revocation: text,
  });
  const notes = releaseNotes(longest(LONG, "a"), longest(LONG.replace(/1$/, "1073741823"), "b"));
  const rendered = renderNotes(notes, { name: text, approval: text });
  expect(rendered.length).toBeLessThanOrEqual(2_000);
  expect(rendered).toContain("Packages that are gone: 20");
});

test.each([
  ["a\nb", 10, "a\\u{a}b"],
  ["  bash\n", 10, "bash"],
  ["\u202Egnp.exe", 20, "\\u{202e}gnp.exe"],
  ["zero\u200Bwidth", 20, "zero\\u{200b}width"],
  ["0123456789", 10, "0123456789"],
  ["01234567890", 10, "0123456..."],
  ["0123456😀123", 11, "0123456..."],
  ["aaa          bbb", 8, "aaa  ..."],
  ["é ü 漢", 10, "é ü 漢"],
])("safeText turns %j with at most %d characters into %j", (text, length, expected) => {
  expect(safeText(text, length)).toBe(expected);
});

describe("renderFailure", () => {
  const build = {
    arn: LATER.arn,
    reason: "Workflow Execution ID wf-1 failed",
    step: {
      name: "ApplyBuildComponents",
      action: "ExecuteComponents",
      workflow: "BUILD",
      message: "exit code 1",
    },
    logGroup: "/aws/imagebuilder/base",
    logStream: "1.0.3/2",
    logLines: ["Installing", "E: Unable to locate package"],
  };

  test("names the failed step, and ends with the last lines of the log", () => {
    expect(renderFailure(build)).toBe(
      `The build 1.0.3/2 of base in eu-west-1 failed.
Reason: Workflow Execution ID wf-1 failed
Failed step: ApplyBuildComponents (ExecuteComponents, workflow type BUILD)
Message of the step: exit code 1
Log group: /aws/imagebuilder/base, log stream: 1.0.3/2

The last lines of the log:
  | Installing
  | E: Unable to locate package`,
    );
  });

  test("leaves out what isn't known", () => {
    expect(renderFailure({ ...build, reason: "", step: undefined, logLines: undefined })).toBe(
      `The build 1.0.3/2 of base in eu-west-1 failed.
Log group: /aws/imagebuilder/base, log stream: 1.0.3/2
The log stream doesn't exist.`,
    );
    expect(renderFailure({ ...build, step: { ...build.step, message: "" } })).not.toContain(
      "Message of the step",
    );
  });

  test("prints at most 2,000 characters: the last lines that fit", () => {
    const logLines = Array.from({ length: 100 }, (_, index) => `line ${index} of the log`);
    const text = renderFailure({ ...build, logLines });
    expect(text.length).toBeLessThanOrEqual(2_000);
    expect(text.length).toBeGreaterThan(1_950);
    expect(text).toMatch(/\n {2}\| line 99 of the log$/);
  });

  test("keeps text of other people in its lines, however hostile", () => {
    const line =
      /^(|The build .+ failed\.|(Reason|Failed step|Message of the step|Log group|The last lines of the log):.*|The log stream doesn't exist\.| {2}\| .*)$/u;
    fc.assert(
      fc.property(
        hostile,
        fc.record({ name: hostile, action: hostile, workflow: hostile, message: hostile }),
        many(hostile),
        (reason, step, logLines) => {
          const text = renderFailure({ ...build, reason, step, logLines });
          expect(text.length).toBeLessThanOrEqual(2_000);
          for (const one of text.split("\n")) {
            expect(one).toMatch(line);
            expect(one).not.toMatch(UNSAFE);
          }
        },
      ),
      { numRuns: propertyRuns(200), seed: propertySeed(), endOnFailure: true },
    );
  });
});
