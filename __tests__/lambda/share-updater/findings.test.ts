import * as fc from "fast-check";
import { type FindingsPolicy, SEVERITIES, type Severity } from "../../../contract/findings";
import type { Build } from "../../../lambda/share-updater/build";
import { decide, isEligible } from "../../../lambda/share-updater/decide";
import {
  type Finding,
  findingBlockers,
  needsFindings,
  type Scan,
} from "../../../lambda/share-updater/findings";
import { arnOf } from "../../../tools/fixtures/fake-aws";
import { propertyRuns, propertySeed } from "../../../tools/fixtures/property-runs";
import { DAY_MS, stable } from "./support";

const NOW = Date.UTC(2026, 0, 10);
const clean: Scan = { amiCreatedAt: NOW - DAY_MS, scannedAt: NOW - DAY_MS, fixAvailableSince: {} };
const policy: FindingsPolicy = {
  fixWithinDays: { critical: 0, high: 7 },
  scanWindowDays: 30,
  exceptions: [],
  reportOnly: false,
};
const openssl: Finding = {
  title: "CVE-2026-1 - openssl",
  severity: "high",
  hasFix: true,
  firstObservedAt: NOW - 9 * DAY_MS,
  paths: [],
};
const exception = { id: "CVE-2026-1", until: "2026-01-10", reason: "not reachable" };
const late: Scan = {
  ...clean,
  highestSeverity: "high",
  fixAvailableSince: { high: NOW - 8 * DAY_MS },
};

describe("findingBlockers", () => {
  test("is empty for a scanned AMI without findings, and with findings within the limits", () => {
    expect(findingBlockers(clean, undefined, policy, NOW)).toEqual([]);
    const scan = {
      ...clean,
      highestSeverity: "critical",
      fixAvailableSince: { high: NOW - 7 * DAY_MS, critical: NOW, low: 0 },
    };
    expect(findingBlockers(scan, undefined, policy, NOW)).toEqual([]);
  });

  test("names each limit that an AMI exceeds", () => {
    const scan = {
      ...clean,
      highestSeverity: "critical",
      fixAvailableSince: { high: NOW - 7 * DAY_MS - 1, critical: NOW - 1 },
    };
    const strict = { ...policy, maxSeverity: "medium" as const };
    expect(findingBlockers(scan, undefined, strict, NOW)).toEqual([
      {
        kind: "finding",
        text: "has a finding of severity critical, and the channel allows at most medium",
      },
      {
        kind: "finding",
        text: "has a finding of severity critical with a fix since 2026-01-09, and the channel allows 0 days",
      },
      {
        kind: "finding",
        text: "has a finding of severity high with a fix since 2026-01-02, and the channel allows 7 days",
      },
    ]);
  });

  test("counts a severity that the factory doesn't know as the highest", () => {
    const scan = { ...clean, highestSeverity: "untriaged" };
    const strict = { ...policy, maxSeverity: "critical" as const };
    expect(findingBlockers(scan, undefined, strict, NOW)).toEqual([
      {
        kind: "finding",
        text: "has a finding of severity untriaged, and the channel allows at most critical",
      },
    ]);
  });

  test("distinguishes AMIs that weren't scanned, that left the scan window, and that couldn't be read", () => {
    const { scannedAt: _scannedAt, ...unscanned } = clean;
    const blockersOf = (scan: Scan | undefined) => findingBlockers(scan, undefined, policy, NOW);
    expect(blockersOf(unscanned)).toEqual([
      { kind: "unknown", text: "wasn't scanned by Amazon Inspector" },
    ]);
    expect(blockersOf({ ...clean, amiCreatedAt: NOW - 30 * DAY_MS })).toEqual([
      { kind: "unknown", text: "left Amazon Inspector's scan window on 2026-01-10" },
    ]);
    expect(blockersOf({ ...clean, amiCreatedAt: NOW - 30 * DAY_MS + 1 })).toEqual([]);
    expect(blockersOf({ ...clean, amiCreatedAt: Number.NaN })).toEqual([
      { kind: "unknown", text: "has an AMI without a creation date" },
    ]);
    expect(blockersOf(undefined)).toEqual([
      { kind: "unread", text: "has findings that couldn't be read" },
    ]);
    const { scanWindowDays: _scanWindowDays, ...withoutWindow } = policy;
    expect(findingBlockers({ ...clean, amiCreatedAt: 0 }, undefined, withoutWindow, NOW)).toEqual(
      [],
    );
  });

  test("accepts findings with an exception, through its last day", () => {
    const excepting = { ...policy, exceptions: [exception] };
    const end = Date.UTC(2026, 0, 11);
    expect(findingBlockers(late, [openssl], excepting, NOW)).toEqual([]);
    expect(findingBlockers(late, [openssl], excepting, end - 1)).toEqual([]);
    expect(findingBlockers(late, [openssl], excepting, end)).toEqual([
      {
        kind: "finding",
        text: "has a finding of severity high with a fix since 2026-01-02, and the channel allows 7 days",
      },
    ]);
  });

  test("matches an exception with the first word of a title only", () => {
    const excepting = { ...policy, exceptions: [exception] };
    const textOf = (title: string) =>
      findingBlockers(late, [{ ...openssl, title }], excepting, NOW).map(({ text }) => text);
    expect(textOf("CVE-2026-1: openssl")).toEqual([]);
    for (const title of ["CVE-2026-12 - openssl", "in CVE-2026-1 - openssl", "cve-2026-1 - a", ""])
      expect(textOf(title)).toEqual([
        `has a finding of severity high with a fix since 2026-01-02, and the channel allows 7 days: ${title}`,
      ]);
  });

  test("checks the findings without an exception by their first observation, and ignores those without a fix or of other severities", () => {
    const excepting = { ...policy, exceptions: [exception] };
    const curl = { ...openssl, title: "CVE-2026-2 - curl" };
    const blockersOf = (...findings: Finding[]) =>
      findingBlockers(late, [openssl, ...findings], excepting, NOW);
    const text =
      "has a finding of severity high with a fix since 2026-01-02, and the channel allows 7 days: CVE-2026-2 - curl";
    expect(blockersOf(curl)).toEqual([{ kind: "finding", text }]);
    expect(blockersOf(curl, curl, curl)).toEqual([{ kind: "finding", text: `${text} and 2 more` }]);
    expect(blockersOf({ ...curl, firstObservedAt: NOW - 7 * DAY_MS - 1 })).toHaveLength(1);
    expect(blockersOf({ ...curl, firstObservedAt: Number.NaN })).toHaveLength(1);
    expect(blockersOf({ ...curl, firstObservedAt: NOW - 7 * DAY_MS })).toEqual([]);
    expect(blockersOf({ ...curl, hasFix: false })).toEqual([]);
    expect(blockersOf({ ...curl, severity: "critical" })).toEqual([]);
  });

  test("lets no exception count while the findings can't be read, or don't contain what the scan reports", () => {
    const excepting = { ...policy, exceptions: [exception] };
    const text =
      "has a finding of severity high with a fix since 2026-01-02, and the channel allows 7 days";
    expect(findingBlockers(late, undefined, excepting, NOW)).toEqual([
      { kind: "unread", text: `${text}; its findings couldn't be read for the exceptions` },
    ]);
    const others = [{ ...openssl, severity: "low" }];
    expect(findingBlockers(late, others, excepting, NOW)).toEqual([
      {
        kind: "unknown",
        text: `${text}; its list of findings, which the exceptions need, is older than the scan`,
      },
    ]);
  });
});

test("findingBlockers doesn't accept exceptions for a list that is older than the scan's summary", () => {
  const exceptions = [{ ...exception, id: "CVE-1" }];
  const high = { ...openssl, title: "CVE-1 - a", firstObservedAt: NOW - 5 * DAY_MS };
  const medium = {
    fixWithinDays: {},
    maxSeverity: "medium" as const,
    exceptions,
    reportOnly: false,
  };
  const tooSevere = "has a finding of severity critical, and the channel allows at most medium";
  const outdated = "its list of findings, which the exceptions need, is older than the scan";
  expect(findingBlockers({ ...clean, highestSeverity: "critical" }, [high], medium, NOW)).toEqual([
    { kind: "unknown", text: `${tooSevere}; ${outdated}` },
  ]);

  const fixed = {
    ...clean,
    highestSeverity: "critical",
    fixAvailableSince: { critical: NOW - 9 * DAY_MS },
  };
  const week = { ...policy, fixWithinDays: { critical: 7 }, exceptions };
  const recent = { ...high, severity: "critical", firstObservedAt: NOW - 2 * DAY_MS };
  const late =
    "has a finding of severity critical with a fix since 2026-01-01, and the channel allows 7 days";
  expect(findingBlockers(fixed, [recent], week, NOW)).toEqual([
    { kind: "unknown", text: `${late}; ${outdated}` },
  ]);
  const since = { ...recent, firstObservedAt: NOW - 9 * DAY_MS };
  expect(findingBlockers(fixed, [since], week, NOW)).toEqual([]);
  expect(findingBlockers(fixed, [{ ...since, hasFix: false }], week, NOW)).toHaveLength(1);
});

test("needsFindings is true only if an exception in force could change the result", () => {
  const excepting = { ...policy, exceptions: [exception] };
  expect(needsFindings(late, excepting, NOW)).toBe(true);
  expect(needsFindings(late, excepting, NOW + DAY_MS)).toBe(false);
  expect(needsFindings(clean, excepting, NOW)).toBe(false);
  expect(needsFindings(late, policy, NOW)).toBe(false);
});

/** A finding, with the date of its fix, which EC2 reports only in the scan's summary. */
interface KnownFinding extends Finding {
  readonly fixSince: number | undefined;
}

const knownFinding: fc.Arbitrary<KnownFinding> = fc
  .record({
    title: fc.constantFrom("CVE-1 - a", "CVE-2 - a, b", "CVE-3"),
    severity: fc.constantFrom(...SEVERITIES),
    observedDaysAgo: fc.integer({ min: 0, max: 20 }),
    fixedDaysAgo: fc.option(fc.integer({ min: 0, max: 20 })),
  })
  .map(({ title, severity, observedDaysAgo, fixedDaysAgo }) => ({
    title,
    severity,
    hasFix: fixedDaysAgo !== null,
    firstObservedAt: NOW - observedDaysAgo * DAY_MS,
    // Inspector can't report a fix of a finding before the finding.
    fixSince:
      fixedDaysAgo === null ? undefined : NOW - Math.min(observedDaysAgo, fixedDaysAgo) * DAY_MS,
    paths: [],
  }));

const days = fc.integer({ min: 0, max: 10 });
const anyPolicy: fc.Arbitrary<FindingsPolicy> = fc.record({
  fixWithinDays: fc.record(
    { critical: days, high: days, medium: days, low: days, informational: days },
    { requiredKeys: [] },
  ),
  maxSeverity: fc.option(fc.constantFrom(...SEVERITIES), { nil: undefined }),
  scanWindowDays: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
  exceptions: fc.array(
    fc.record({
      id: fc.constantFrom("CVE-1", "CVE-2", "CVE-3"),
      until: fc.constantFrom("2026-01-09", "2026-01-10", "2026-02-01"),
      reason: fc.constant("because"),
    }),
    { maxLength: 3 },
  ),
  reportOnly: fc.constant(false),
});

function scanOf(findings: readonly KnownFinding[], ageDays: number): Scan {
  const fixAvailableSince: Partial<Record<Severity, number>> = {};
  for (const { severity, fixSince } of findings) {
    const known = severity as Severity;
    if (fixSince !== undefined)
      fixAvailableSince[known] = Math.min(fixSince, fixAvailableSince[known] ?? fixSince);
  }
  return {
    amiCreatedAt: NOW - ageDays * DAY_MS,
    scannedAt: NOW,
    highestSeverity: SEVERITIES.findLast((one) =>
      findings.some(({ severity }) => severity === one),
    ),
    fixAvailableSince,
  };
}

const ami = fc.tuple(fc.array(knownFinding, { maxLength: 5 }), fc.integer({ min: 0, max: 30 }));

test("findingBlockers lets no finding through that a policy forbids, whatever the exceptions", () => {
  fc.assert(
    fc.property(ami, anyPolicy, ([findings, ageDays], anyOne) => {
      if (findingBlockers(scanOf(findings, ageDays), findings, anyOne, NOW).length > 0) return;
      expect(ageDays).toBeLessThan(anyOne.scanWindowDays ?? 99);
      for (const { title, severity, fixSince } of findings) {
        const isExcepted = anyOne.exceptions.some(
          ({ id, until }) => title.startsWith(id) && "2026-01-10" <= until,
        );
        if (isExcepted) continue;
        const allowed = anyOne.fixWithinDays[severity as Severity];
        if (fixSince !== undefined && allowed !== undefined)
          expect(fixSince + allowed * DAY_MS).toBeGreaterThanOrEqual(NOW);
        const limit = SEVERITIES.indexOf(anyOne.maxSeverity ?? "critical");
        expect(SEVERITIES.indexOf(severity as Severity)).toBeLessThanOrEqual(limit);
      }
    }),
    { numRuns: propertyRuns(4_000), seed: propertySeed() },
  );
});

test("findingBlockers lets no finding through that an outdated list lacks, unless nothing shows it", () => {
  let caught = 0;
  const withList = fc.tuple(ami, fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }));
  fc.assert(
    fc.property(withList, anyPolicy, ([[findings, ageDays], isListed], anyOne) => {
      const listed = findings.filter((_, index) => isListed[index]);
      const scan = scanOf(findings, ageDays);
      const blockersOf = (list: readonly Finding[]) => findingBlockers(scan, list, anyOne, NOW);
      if (blockersOf(listed).length > 0 || blockersOf(findings).length === 0) {
        caught += Number(blockersOf(listed).length > 0 && listed.length < findings.length);
        return;
      }
      // The list could be the whole one: another choice of dates has the same summary.
      expect(listed.map(({ severity }) => severity)).toContain(scan.highestSeverity);
      for (const [severity, since] of Object.entries(scan.fixAvailableSince))
        expect(
          listed.some(
            (one) => one.severity === severity && one.hasFix && one.firstObservedAt <= since,
          ),
        ).toBe(true);
    }),
    { numRuns: propertyRuns(8_000), seed: propertySeed() },
  );
  expect(caught).toBeGreaterThan(100);
});

test("findingBlockers names no more limits with exceptions than without, and no fewer as time passes", () => {
  fc.assert(
    fc.property(ami, anyPolicy, fc.integer({ min: 0, max: 60 }), ([findings, age], one, later) => {
      const scan = scanOf(findings, age);
      const count = (using: FindingsPolicy, now: number): number =>
        findingBlockers(scan, findings, using, now).length;
      expect(count(one, NOW)).toBeLessThanOrEqual(count({ ...one, exceptions: [] }, NOW));
      expect(count(one, NOW + later * DAY_MS)).toBeGreaterThanOrEqual(count(one, NOW));
    }),
    { numRuns: propertyRuns(4_000), seed: propertySeed() },
  );
});

test("decide never empties a share because of findings, and adds only builds whose findings are known and allowed", () => {
  const anyBuild = fc.record({
    scan: fc.option(ami, { freq: 4 }),
    isScanned: fc.boolean(),
    isRevoked: fc.constantFrom(false, false, true),
    isShared: fc.boolean(),
    isKnown: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(anyBuild, { minLength: 1, maxLength: 6 }),
      anyPolicy,
      fc.integer({ min: 1, max: 3 }),
      (rows, findings, keep) => {
        const channel = { ...stable, keep, findings };
        const builds = rows.map(({ scan, isScanned, isRevoked }, index): Build => {
          const arn = arnOf(`1.0.${index}`, 1);
          const [found = [], age = 0] = scan ?? [];
          const read = scanOf(found, age);
          return {
            arn,
            status: "AVAILABLE",
            createdAt: NOW,
            tags: isRevoked ? { "golden-image:revoked": "because" } : {},
            amis: [{ region: "eu-west-1", id: `ami-${index}` }],
            containers: [],
            ...(scan && {
              scan: isScanned ? read : { ...read, scannedAt: undefined },
              findings: found,
            }),
          };
        });
        const shared = builds.filter((_, index) => rows[index]?.isShared).map(({ arn }) => arn);
        const isKnown = ({ arn }: Pick<Build, "arn">): boolean =>
          rows[builds.findIndex((one) => one.arn === arn)]?.isKnown === true;
        const associations = shared.map((arn) => ({ arn, status: "ASSOCIATED" }));
        const { associate, disassociate } = decide(
          builds,
          associations,
          channel,
          NOW,
          new Set(),
          isKnown,
        );
        const after = [...shared.filter((arn) => !disassociate.includes(arn)), ...associate];
        const isUsable = (arn: string): boolean =>
          rows[builds.findIndex((one) => one.arn === arn)]?.isRevoked === false;
        if (shared.some(isUsable)) expect(after).not.toEqual([]);
        const blockersOf = (arn: string): readonly string[] => {
          const { scan, findings: found } = builds.find((one) => one.arn === arn)!;
          return findingBlockers(scan, found, findings, NOW).map(({ kind }) => kind);
        };
        const isClean = (arn: string): boolean => blockersOf(arn).length === 0;
        for (const arn of associate) expect(blockersOf(arn)).toEqual([]);
        if (after.some((arn) => isUsable(arn) && isClean(arn)) && associate.length > 0)
          expect(after.length).toBeLessThanOrEqual(keep);
        for (const arn of disassociate.filter(isUsable)) {
          // Nothing leaves for the sake of a build that may have the same findings.
          expect(after.some((one) => isUsable(one) && isClean(one))).toBe(true);
          if (blockersOf(arn).includes("finding") || !isKnown({ arn })) continue;
          expect(after.filter((one) => one > arn).length).toBeGreaterThanOrEqual(keep);
        }
      },
    ),
    { numRuns: propertyRuns(4_000), seed: propertySeed() },
  );
});

test("isEligible ignores findings that a channel only reports", () => {
  const build: Build = {
    arn: arnOf("1.0.0", 1),
    status: "AVAILABLE",
    createdAt: NOW,
    tags: {},
    amis: [{ region: "eu-west-1", id: "ami-1" }],
    containers: [],
    scan: late,
  };
  expect(isEligible(build, { ...stable, findings: policy }, NOW)).toBe(false);
  const reporting = { ...stable, findings: { ...policy, reportOnly: true } };
  expect(isEligible(build, reporting, NOW)).toBe(true);
  const { scan: _scan, ...unread } = build;
  expect(isEligible(unread, reporting, NOW)).toBe(true);
});
