import * as fc from "fast-check";
import type { FindingsPolicy } from "../../../contract/findings";
import {
  type Conditions,
  FakeAws,
  type FakeChannel,
  IMAGE,
  NO_FAULTS,
  randomFrom,
} from "../../../tools/fixtures/fake-aws";
import { countShared } from "../../../tools/fixtures/fake-aws/eligibility";
import { propertyRuns, propertySeed, RUNS_ALL } from "../../../tools/fixtures/property-runs";
import {
  buildMessage,
  DAY_MS,
  expectNoHeirs,
  expectNoOrphans,
  expectStable,
  fullRun,
  HOUR_MS,
  handle,
  receive,
  run,
  sqsEvent,
} from "./support";

const NEVER_IN_MANIFEST = "888888888888";

/** Limits of a channel for findings, with exceptions that end during a history. */
const findings: fc.Arbitrary<FindingsPolicy> = fc.record({
  fixWithinDays: fc.constantFrom({}, { critical: 0 }, { critical: 0, high: 2 }, { low: 1 }),
  maxSeverity: fc.constantFrom(undefined, undefined, "low" as const, "high" as const),
  scanWindowDays: fc.constantFrom(undefined, 7, 30),
  exceptions: fc.array(
    fc.record({
      id: fc.constantFrom("CVE-1", "CVE-2", "CVE-3"),
      until: fc.constantFrom("2025-12-31", "2026-01-01", "2026-01-05", "2026-12-31"),
      reason: fc.constant("because"),
    }),
    { maxLength: 2 },
  ),
  reportOnly: fc.constantFrom(false, false, false, true),
});

/** Fields of a channel that a deployment changes. */
const change = fc.record(
  {
    keep: fc.integer({ min: 1, max: 3 }),
    // 0.001 hours end while the updater waits for RAM.
    bakeHours: fc.constantFrom(0, 0, 24, 0.001, 9_999_999_999),
    approval: fc.constantFrom("automatic" as const, "required" as const),
    audience: fc.constantFrom<string[][]>(
      ["222222222222"],
      ["333333333333", "222222222222"],
      ["444444444444"],
      ["arn:aws:organizations::9:organization/o-a"],
    ),
    findings: fc.option(findings, { nil: undefined }),
  },
  { requiredKeys: [] },
);

/** Findings of Amazon Inspector in a build. */
const found = fc.array(
  fc.record({
    title: fc.constantFrom("CVE-1 - openssl", "CVE-2 - curl", "CVE-3 - a CVE-1 - b"),
    severity: fc.constantFrom("low", "high", "critical"),
    observedDaysAgo: fc.constantFrom(0, 1, 5),
    fixedDaysAgo: fc.constantFrom(undefined, 0, 1),
  }),
  { maxLength: 2 },
);

type Found = typeof found extends fc.Arbitrary<infer T> ? T : never;

/** One event of a history. The numbers select one of the builds or channels that exist by then. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("build" as const),
      major: fc.integer({ min: 1, max: 2 }),
      patch: fc.nat(11),
      fails: fc.constantFrom(false, false, false, true),
      lagMs: fc.constantFrom(0, 60_000, 120_000),
      copyRegions: fc.constantFrom<string[][]>([], [], ["us-east-1"]),
      deliveries: fc.constantFrom(1, 0, 2),
      parent: fc.option(fc.record({ build: fc.nat(), hasTag: fc.boolean() })),
      // Inspector scans a new AMI at once, or later.
      findings: fc.option(found, { freq: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("parent" as const),
      build: fc.nat(),
      action: fc.constantFrom("build", "build", "revoke", "withdraw", "only", "schedule", "delete"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("approve" as const),
      build: fc.nat(),
      isApproved: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("revoke" as const),
      build: fc.nat(),
      isRevoked: fc.constantFrom(true, true, false),
      disable: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("edit" as const),
      channel: fc.constantFrom("canary", "stable"),
      build: fc.nat(),
      isIn: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), build: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("deregister" as const),
      build: fc.nat(),
      // After `copyToRegions` ends, an operator may deregister the copies alone.
      region: fc.constantFrom(undefined, "us-east-1", "eu-west-1"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("permit" as const),
      build: fc.nat(),
      principal: fc.constantFrom("222222222222", NEVER_IN_MANIFEST, "all"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("share" as const),
      channel: fc.constantFrom("canary", "stable"),
      principal: fc.constantFrom("222222222222", NEVER_IN_MANIFEST),
      isIn: fc.boolean(),
      status: fc.constantFrom("ACTIVE", "ACTIVE", "PENDING", "gone"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("deploy" as const),
      channel: fc.constantFrom("canary", "stable"),
      // A channel leaves the manifest, or the image does, and comes back.
      present: fc.constantFrom("channel", "channel", "channel", "no channel", "no image"),
      change,
      graceDays: fc.constantFrom(undefined, undefined, 0, 2),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("scan" as const),
      build: fc.nat(),
      // An AMI out of scope, or whose snapshots Inspector can't read, has no scan.
      isScanned: fc.constantFrom(true, true, true, true, false),
      isListed: fc.constantFrom(true, true, false),
      findings: found,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      hours: fc.constantFrom(1, 5, 24, 30, 49, 170, 800),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("fail" as const),
      // Versions, and AMIs of two of them.
      about: fc.constantFrom(
        "versions",
        "1.0.0",
        "1.0.1",
        "ami-1.0.0-1",
        "us-east-1",
        "principals",
        "scans",
        "findings",
      ),
      isFailing: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("run" as const),
      isFull: fc.constantFrom(false, false, true),
      isFromQueue: fc.boolean(),
      lateEvent: fc.option(fc.nat()),
      hasForged: fc.boolean(),
      isDoubled: fc.boolean(),
      duringWait: fc.option(
        fc.record({
          build: fc.nat(),
          action: fc.constantFrom("revoke", "approve", "withdraw", "deploy"),
        }),
      ),
    }),
  },
  // The queue delivers messages that weren't deleted a second time.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("redeliver" as const) }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const conditions: fc.Arbitrary<Conditions> = fc.record({
  faults: fc.constantFrom(0, 0, 0.05),
  failures: fc.constantFrom(0, 0.2),
  rejections: fc.constantFrom(0, 0.3),
  lost: fc.constantFrom(0, 0, 0.1),
  crashAfter: fc.constantFrom(undefined, undefined, undefined, undefined, 3, 8, 13, 21, 34),
  getImageLagMs: fc.constantFrom(0, 0, 30_000),
  listLagMs: fc.constantFrom(0, 0, 120_000),
});

function channel(
  name: string,
  limits: fc.Arbitrary<FindingsPolicy | undefined> = fc.option(findings, { nil: undefined }),
): fc.Arbitrary<FakeChannel> {
  return fc.record({
    name: fc.constant(name),
    keep: fc.integer({ min: 1, max: 3 }),
    bakeHours: fc.constantFrom(0, 0, 24, 0.001, 0.002),
    approval: fc.constantFrom("automatic", "automatic", "required"),
    audience: fc.constantFrom(
      ["222222222222"],
      ["333333333333", "222222222222"],
      ["arn:aws:organizations::9:organization/o-a"],
    ),
    findings: limits,
  });
}

const FOREIGN = [
  "arn:aws:imagebuilder:eu-west-1:111111111111:image/other/9.0.0/1",
  "arn:aws:imagebuilder:eu-west-1:999999999999:image/base/9.0.0/1",
  "arn:aws:imagebuilder:eu-west-1:111111111111:component/base/1.0.0/1",
];

const FORGED = [
  "not json",
  "{}",
  JSON.stringify({
    arn: "arn:aws:imagebuilder:eu-west-1:999999999999:image/base/9.9.9/1",
    state: { status: "AVAILABLE" },
  }),
  JSON.stringify({
    arn: "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/9.9.9/1",
    state: { status: "AVAILABLE" },
  }),
];

/** Applies a history to a fake AWS. */
class Simulation {
  /** Number of builds of the parent, including deleted ones. */
  private ancestors = 0;
  readonly fake: FakeAws;
  private readonly random: () => number;
  /** The channels that factory.yaml describes. Those that left it come back as they were. */
  private readonly described: Map<string, FakeChannel>;

  constructor(
    channels: readonly FakeChannel[],
    seed: number,
    output: "ami" | "container",
    hasGoldenParent: boolean,
  ) {
    this.random = randomFrom(seed);
    this.fake = new FakeAws(channels, this.random, output);
    if (hasGoldenParent) this.fake.deployWithGoldenParent();
    this.described = new Map(channels.map((one) => [one.name, one]));
  }

  /** Runs the updater, and ignores a failure: a later run has to make up for it. */
  private handle(event: unknown): Promise<unknown> {
    const { fake } = this;
    const aws = { deadline: fake.time + 255_000 };
    return handle(fake, event, { aws }).catch(() => undefined);
  }

  /** Runs the updater twice at the same time, with the calls in random order. */
  private async runTwice(one: unknown, other: unknown): Promise<void> {
    const waiting: (() => void)[] = [];
    let running = 2;
    this.fake.beforeCall = () => new Promise((resolve) => waiting.push(resolve));
    const runs = [one, other].map((event) => this.handle(event).finally(() => (running -= 1)));
    while (running > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      waiting.splice(Math.floor(this.random() * waiting.length), 1)[0]?.();
    }
    await Promise.all(runs);
    this.fake.beforeCall = async () => undefined;
  }

  private pick(index: number): string {
    const arns = [...this.fake.builds.keys()];
    return arns[index % arns.length] ?? "no build yet";
  }

  private pickAncestor(index: number): string | undefined {
    const arns = [...this.fake.ancestors.keys()];
    return arns[index % arns.length];
  }

  /** Builds the parent of the image, or changes one of its builds. */
  private changeParent({ action, build }: Step & { kind: "parent" }): void {
    const { fake } = this;
    const arn = this.pickAncestor(build);
    if (action === "build") {
      // A version is never built twice, also if its build was deleted.
      const added = fake.addAncestor(`1.0.${this.ancestors}`);
      this.ancestors += 1;
      if (arn !== undefined) fake.setParent(added, arn, build % 2 === 0);
    }
    if (arn === undefined) return;
    if (action === "revoke") fake.revoke(arn);
    if (action === "withdraw") fake.unrevoke(arn);
    if (action === "only") fake.revokeOnly(arn);
    if (action === "schedule") fake.revokeAt(arn, fake.time + (build % 30) * HOUR_MS);
    if (action === "delete") fake.delete(arn);
  }

  async apply(step: Step, faults: Conditions): Promise<void> {
    const { fake } = this;
    fake.startRun(faults);
    switch (step.kind) {
      case "build": {
        const status = step.fails ? "FAILED" : "AVAILABLE";
        const version = `${step.major}.0.${step.patch}`;
        const arn = fake.addBuild(version, status, step.lagMs, step.copyRegions);
        if (step.findings) this.scan(arn, step.findings, true);
        const ancestor = step.parent && this.pickAncestor(step.parent.build);
        if (step.parent && ancestor) fake.setParent(arn, ancestor, step.parent.hasTag);
        const messages = Array(step.deliveries).fill(buildMessage(arn, status));
        if (messages.length > 0) await this.handle(sqsEvent(...messages));
        return;
      }
      case "parent":
        this.changeParent(step);
        return;
      case "approve":
        this.approve(this.pick(step.build), step.isApproved);
        return;
      case "revoke": {
        const arn = this.pick(step.build);
        fake.revoke(arn, step.isRevoked);
        if (step.disable) fake.change(arn, { status: step.isRevoked ? "DISABLED" : "AVAILABLE" });
        return;
      }
      case "edit": {
        // By hand, any ARN can be added: of a build of the image, of another image, of no image.
        const candidates = [...FOREIGN, ...fake.builds.keys()];
        const arn = candidates.at(step.build % candidates.length);
        if (arn !== undefined) fake.editShare(step.channel, arn, step.isIn);
        return;
      }
      case "delete": {
        // Image Builder refuses to delete a shared build.
        const arn = this.pick(step.build);
        if ([...fake.shares.values()].every(({ associations }) => !associations.has(arn)))
          fake.delete(arn);
        return;
      }
      case "deregister":
        fake.deregister(
          this.pick(step.build),
          ({ region }) => step.region === undefined || step.region === region,
        );
        return;
      case "permit":
        fake.permit(this.pick(step.build), step.principal);
        return;
      case "share": {
        const share = [...fake.shares.values()].find(({ arn }) => arn.endsWith(step.channel));
        if (!share) return;
        if (step.status === "gone") fake.shares.delete(share.arn);
        share.status = step.status;
        const others = share.principals.filter((one) => one !== step.principal);
        share.principals = step.isIn ? [...others, step.principal] : others;
        return;
      }
      case "deploy":
        this.deploy(step);
        return;
      case "scan":
        if (step.isScanned) this.scan(this.pick(step.build), step.findings, step.isListed);
        else fake.forgetScan(this.pick(step.build));
        return;
      case "wait":
        fake.time += step.hours * HOUR_MS;
        fake.listFindings();
        return;
      case "fail": {
        const about = /^\d/.test(step.about)
          ? `arn:aws:imagebuilder:eu-west-1:111111111111:image/${IMAGE}/${step.about}`
          : step.about;
        if (step.isFailing) fake.failing.add(about);
        else fake.failing.delete(about);
        return;
      }
      case "run":
        return this.run(step);
      case "redeliver":
        return this.drain();
      default:
        step satisfies never;
    }
  }

  private scan(arn: string, findings: Found, isListed: boolean): void {
    const { fake } = this;
    const all = findings.map(({ observedDaysAgo, fixedDaysAgo, ...finding }) => ({
      ...finding,
      firstObservedAt: fake.time - observedDaysAgo * DAY_MS,
      fixSince:
        fixedDaysAgo === undefined
          ? undefined
          : fake.time - Math.min(observedDaysAgo, fixedDaysAgo) * DAY_MS,
    }));
    fake.scan(arn, all, isListed);
  }

  private deploy({ channel: name, present, change, graceDays }: Step & { kind: "deploy" }): void {
    const before = this.described.get(name);
    if (!before) return;
    this.described.set(name, { ...before, ...change });
    const all = [...this.described.values()];
    const left = present === "no image" ? [] : all.filter((one) => one.name !== name);
    this.fake.deploy(present === "channel" ? all : left, graceDays);
  }

  private async run(step: Step & { kind: "run" }): Promise<void> {
    const { fake } = this;
    const scheduled = { image: IMAGE, ...(step.isFull && { full: true }) };
    const forged = step.hasForged ? FORGED : [];
    const late = step.lateEvent === null ? [] : [buildMessage(this.pick(step.lateEvent))];
    const messages = [...forged, ...late];
    const event = messages.length > 0 ? sqsEvent(...messages) : scheduled;
    if (step.isDoubled) return this.runTwice(event, scheduled);
    const { duringWait } = step;
    if (duringWait)
      fake.onSleep = () => this.changeWhileWaiting(this.pick(duringWait.build), duringWait.action);
    if (step.isFromQueue) {
      await this.handle(step.isFull ? { full: true } : {});
      await this.drain();
    } else await this.handle(event);
    fake.onSleep = () => undefined;
    countShared(fake);
  }

  /** Delivers the messages of the queue once, some of them twice. */
  private async drain(): Promise<void> {
    const { fake } = this;
    for (const message of [...fake.queue]) {
      fake.startRun();
      if (this.random() < 0.2) await this.handle(sqsEvent(message.body));
      await receive(fake, message);
    }
  }

  private approve(arn: string, isApproved: boolean): void {
    for (const name of this.described.keys()) this.fake.approve(arn, name, isApproved);
  }

  /** Changes a build as an operator can while the updater waits, or deploys another manifest. */
  private changeWhileWaiting(arn: string, action: string): void {
    if (action === "revoke") this.fake.revoke(arn);
    else if (action === "deploy") this.fake.deploy([...this.described.values()].reverse());
    else this.approve(arn, action === "approve");
  }

  /** Repairs AWS, and runs the updater without faults once lists have caught up. */
  async settle(): Promise<void> {
    const { fake } = this;
    fake.startRun(NO_FAULTS);
    fake.failing.clear();
    fake.listFindings();
    fake.time += HOUR_MS;
    for (const share of fake.shares.values()) share.status = "ACTIVE";
    for (const { name, audience } of fake.channels)
      if (!fake.shares.has(fake.manifest.images[IMAGE]!.channels[name]!.share))
        fake.addShare(fake.manifest.images[IMAGE]!.channels[name]!.share, audience);
    for (let count = 0; count < 2; count += 1) await run(fake);
  }
}

const RUNS = propertyRuns(1_000);
const SEED = propertySeed();

/** Events that happened in the histories of a test, so that it tests something. */
type Counts = Record<string, number>;

/** Applies a history, and checks every rule of {@link FakeAws}. */
async function check(
  simulation: Simulation,
  history: readonly (readonly [Step, Conditions])[],
  counts: Counts,
): Promise<void> {
  const { fake } = simulation;
  for (const [event, faults] of history) await simulation.apply(event, faults);
  await simulation.settle();
  expectStable(fake, false);
  // Rule 7, after the bake times, and then after the grace period.
  for (const days of [0, 2, fake.manifest.launchPermissionGraceDays + 1]) {
    fake.time += days * DAY_MS;
    await fullRun(fake);
  }
  expectStable(fake);
  expectNoOrphans(fake);
  expectNoHeirs(fake);
  // Rule 3: the next runs write nothing.
  fake.startRun();
  await run(fake);
  await fullRun(fake);
  expect(fake.writes).toBe(0);
  // The other rules, at every write.
  expect(fake.violations).toEqual([]);
  for (const [what, count] of fake.counts) counts[what] = (counts[what] ?? 0) + count;
}

test(`reconcile follows its rules over ${RUNS} histories (seed ${SEED}) of late, lost, doubled and forged events, approvals, revocations that are inherited or not, deployments, scans, edits by hand, faults and crashes`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(channel("canary"), channel("stable")),
      fc.array(fc.tuple(step, conditions), { minLength: 5, maxLength: 25 }),
      fc.nat(),
      fc.constantFrom("ami", "ami", "container"),
      fc.boolean(),
      async (channels, history, seed, output, hasGoldenParent) =>
        check(new Simulation(channels, seed, output, hasGoldenParent), history, {}),
    ),
    { numRuns: RUNS, seed: SEED },
  );
});

/** Limits that most findings exceed. */
const strictFindings: fc.Arbitrary<FindingsPolicy> = fc.record({
  fixWithinDays: fc.constantFrom({ critical: 0 }, { critical: 0, high: 2 }, { high: 1 }),
  maxSeverity: fc.constantFrom(undefined, "low" as const, "high" as const),
  scanWindowDays: fc.constantFrom(undefined, 7, 30),
  exceptions: fc.array(
    fc.record({
      id: fc.constantFrom("CVE-1", "CVE-2"),
      until: fc.constantFrom("2026-01-05", "2026-12-31"),
      reason: fc.constant("because"),
    }),
    { maxLength: 1 },
  ),
  reportOnly: fc.constant(false),
});

/** A new audience may contain the old one, as the organization contains its accounts. */
const strictAudience = fc.constantFrom<string[][]>(
  ["222222222222"],
  ["333333333333", "222222222222"],
  ["arn:aws:organizations::999999999999:organization/o-abcdefghij"],
);

const strictChannel: fc.Arbitrary<FakeChannel> = fc.record({
  name: fc.constant("stable"),
  keep: fc.integer({ min: 1, max: 3 }),
  bakeHours: fc.constant(0),
  approval: fc.constant("automatic"),
  audience: strictAudience,
  findings: strictFindings,
});

/** Events about findings. Every second one is followed by a run. */
const findingSteps: fc.Arbitrary<Step[]> = fc
  .tuple(
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          kind: fc.constant("build" as const),
          major: fc.constant(1),
          patch: fc.nat(11),
          fails: fc.constant(false),
          lagMs: fc.constant(0),
          copyRegions: fc.constantFrom<string[][]>([], ["us-east-1"]),
          deliveries: fc.constantFrom(0, 1),
          parent: fc.constant(null),
          findings: fc.option(found, { freq: 2 }),
        }),
      },
      {
        weight: 5,
        arbitrary: fc.record({
          kind: fc.constant("scan" as const),
          build: fc.nat(),
          isScanned: fc.constantFrom(true, true, true, false),
          isListed: fc.constantFrom(true, true, false),
          findings: found,
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant("wait" as const),
          hours: fc.constantFrom(24, 49, 170, 800),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant("edit" as const),
          channel: fc.constant("stable"),
          build: fc.integer({ min: -3, max: 5 }),
          isIn: fc.constantFrom(true, true, true, false),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant("fail" as const),
          about: fc.constantFrom("scans", "findings", "us-east-1"),
          isFailing: fc.boolean(),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant("deploy" as const),
          channel: fc.constantFrom("canary", "stable"),
          present: fc.constant("channel"),
          change: fc.record(
            { findings: strictFindings, audience: strictAudience },
            { requiredKeys: [] },
          ),
          graceDays: fc.constant(undefined),
        }),
      },
    ),
    fc.boolean(),
  )
  .map(([event, hasRun]) => [event, ...(hasRun ? [RUN] : [])]);

const RUN: Step = {
  kind: "run",
  isFull: false,
  isFromQueue: false,
  lateEvent: null,
  hasForged: false,
  isDoubled: false,
  duringWait: null,
};

const FINDINGS_RUNS = propertyRuns(300);

/** How often all histories must at least see events. They see most of them four times as often. */
const MIN_COUNTS: Counts = {
  "shared with limits": 300,
  "shared with findings within the limits": 100,
  "removed forbidden": 20,
  "removed unknown": 10,
  "shared forbidden without an allowed one": 20,
  "shared unknown without an allowed one": 40,
  "shared unknown next to an allowed one": 20,
  "shared unclear without an allowed one": 1,
};

test(`reconcile follows its rules over ${FINDINGS_RUNS} histories (seed ${SEED}) of findings that appear and go, scans that end or never come, lists that are older than scans, exceptions that end, and builds without scans that are added by hand`, async () => {
  const counts: Counts = {};
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(channel("canary"), strictChannel),
      fc.array(fc.tuple(findingSteps, fc.oneof(fc.constant(NO_FAULTS), conditions)), {
        minLength: 8,
        maxLength: 20,
      }),
      fc.nat(),
      async (channels, history, seed) => {
        const steps = history.flatMap(([all, faults]) => all.map((one) => [one, faults] as const));
        await check(new Simulation(channels, seed, "ami", false), steps, counts);
      },
    ),
    { numRuns: FINDINGS_RUNS, seed: SEED },
  );
  // Otherwise, the histories wouldn't test what their title names.
  if (!RUNS_ALL) return;
  for (const [event, minimum] of Object.entries(MIN_COUNTS))
    if ((counts[event] ?? 0) < minimum)
      throw new Error(`${event}: must be seen ${minimum} times, got: ${counts[event] ?? 0}`);
});
