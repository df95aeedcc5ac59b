import * as fc from "fast-check";
import { parseEvent, type Request } from "../../../lambda/share-updater/event";
import { reconcile } from "../../../lambda/share-updater/reconcile";
import { type Conditions, FakeAws, NO_FAULTS, randomFrom } from "../../../tools/fixtures/fake-aws";
import { buildMessage, HOME, HOUR_MS, silentReport, snsEvent } from "./support";

/** One event of a history. The numbers select one of the builds or shares that exist by then. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("build" as const),
      major: fc.integer({ min: 1, max: 2 }),
      patch: fc.nat(11),
      fails: fc.constantFrom(false, false, false, true),
      lagMs: fc.constantFrom(0, 60_000, 120_000),
      deliveries: fc.constantFrom(1, 0, 2),
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
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("revoke" as const),
      build: fc.nat(),
      disable: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("edit" as const),
      share: fc.nat(1),
      build: fc.nat(),
      isIn: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), build: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("deregister" as const), build: fc.nat() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("permit" as const),
      build: fc.nat(),
      principal: fc.constantFrom("222222222222", "888888888888"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("share" as const),
      share: fc.nat(1),
      principals: fc.constantFrom<string[][]>(
        [],
        ["222222222222"],
        ["444444444444", "333333333333"],
      ),
      status: fc.constantFrom("ACTIVE", "ACTIVE", "PENDING"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      hours: fc.integer({ min: 1, max: 30 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("run" as const),
      lateEvent: fc.option(fc.nat()),
      hasForged: fc.boolean(),
      isDoubled: fc.boolean(),
      duringWait: fc.option(
        fc.record({
          build: fc.nat(),
          action: fc.constantFrom("revoke", "approve", "withdraw"),
        }),
      ),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const conditions: fc.Arbitrary<Conditions> = fc.record({
  faults: fc.constantFrom(0, 0, 0.05),
  failures: fc.constantFrom(0, 0.2),
  rejections: fc.constantFrom(0, 0.3),
  lost: fc.constantFrom(0, 0, 0.1),
  crashAfter: fc.constantFrom(undefined, undefined, undefined, undefined, 3, 8, 13, 21, 34),
});

function channel(name: string) {
  return fc.record({
    channel: fc.constant(name),
    keep: fc.integer({ min: 1, max: 3 }),
    // 0.001 hours end while the updater waits for RAM.
    bakeHours: fc.constantFrom(0, 0, 24, 0.001, 0.002),
    approvalRequired: fc.constantFrom(false, false, true),
    principals: fc.constantFrom(
      ["222222222222"],
      ["333333333333", "222222222222"],
      ["arn:aws:organizations::9:organization/o-a"],
    ),
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
  readonly fake: FakeAws;
  private readonly random: () => number;

  constructor(
    policies: ConstructorParameters<typeof FakeAws>[0],
    seed: number,
    output: "ami" | "container",
  ) {
    this.random = randomFrom(seed);
    this.fake = new FakeAws(policies, this.random, output);
  }

  /** Runs the updater, and ignores a failure: a later run has to make up for it. */
  private run(requests: readonly Request[]): Promise<unknown> {
    return reconcile(this.fake.aws, requests, silentReport).catch(() => undefined);
  }

  /** Runs the updater twice at the same time, with the calls in random order. */
  private async runTwice(one: readonly Request[], other: readonly Request[]): Promise<void> {
    const waiting: (() => void)[] = [];
    let running = 2;
    this.fake.beforeCall = () => new Promise((resolve) => waiting.push(resolve));
    const runs = [one, other].map((requests) => this.run(requests).finally(() => (running -= 1)));
    while (running > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      waiting.splice(Math.floor(this.random() * waiting.length), 1)[0]?.();
    }
    await Promise.all(runs);
    this.fake.beforeCall = async () => undefined;
  }

  async apply(step: Step, faults: Conditions): Promise<void> {
    const { fake } = this;
    const arns = [...fake.builds.keys()];
    const pick = (index: number): string => arns[index % arns.length] ?? "no build yet";
    fake.conditions = faults;
    fake.calls = 0;
    switch (step.kind) {
      case "build": {
        const status = step.fails ? "FAILED" : "AVAILABLE";
        const arn = fake.addBuild(`${step.major}.0.${step.patch}`, status, step.lagMs);
        const messages = Array(step.deliveries).fill(buildMessage(arn, status));
        if (messages.length > 0) await this.run(parseEvent(snsEvent(...messages), HOME));
        return;
      }
      case "approve":
        this.approve(pick(step.build), step.isApproved);
        return;
      case "revoke": {
        fake.revoke(pick(step.build));
        const build = fake.builds.get(pick(step.build));
        if (build && step.disable) fake.builds.set(build.arn, { ...build, status: "DISABLED" });
        return;
      }
      case "edit": {
        // By hand, any ARN can be added: of a build of the image, of another image, of no image.
        const candidates = [...arns, ...FOREIGN];
        if (arns.length > 0)
          fake.editShare(step.share, candidates[step.build % candidates.length]!, step.isIn);
        return;
      }
      case "delete":
        // Image Builder refuses to delete a shared build.
        if (fake.shares.every((share) => !share.associations.has(pick(step.build))))
          fake.builds.delete(pick(step.build));
        return;
      case "deregister":
        for (const { id } of fake.builds.get(pick(step.build))?.amis ?? [])
          fake.permissions.delete(id);
        return;
      case "permit":
        for (const { id } of fake.builds.get(pick(step.build))?.amis ?? [])
          fake.permissions.get(id)?.add(step.principal);
        return;
      case "share": {
        const share = fake.shares[step.share];
        if (share) Object.assign(share, { principals: step.principals, status: step.status });
        return;
      }
      case "wait":
        fake.time += step.hours * HOUR_MS;
        return;
      case "run": {
        const forged = step.hasForged ? FORGED : [];
        const late =
          step.lateEvent === null || arns.length === 0 ? [] : [buildMessage(pick(step.lateEvent))];
        const messages = [...forged, ...late];
        const requests = parseEvent(messages.length > 0 ? snsEvent(...messages) : {}, HOME);
        if (step.isDoubled) return this.runTwice(requests, parseEvent({}, HOME));
        const { duringWait } = step;
        if (duringWait) fake.onSleep = () => this.change(pick(duringWait.build), duringWait.action);
        await this.run(requests);
        fake.onSleep = () => undefined;
        return;
      }
    }
  }

  private approve(arn: string, isApproved: boolean): void {
    for (const { policy } of this.fake.shares) this.fake.approve(arn, policy.channel, isApproved);
  }

  /** Changes a build as an operator can while the updater waits. */
  private change(arn: string, action: string): void {
    if (action === "revoke") this.fake.revoke(arn);
    else this.approve(arn, action === "approve");
  }

  /** Runs the updater twice without faults, after lists have caught up. */
  async settle(): Promise<void> {
    this.fake.conditions = NO_FAULTS;
    this.fake.time += HOUR_MS;
    for (const share of this.fake.shares) {
      share.status = "ACTIVE";
      if (share.principals.length === 0) share.principals = ["222222222222"];
    }
    for (let run = 0; run < 2; run += 1)
      await reconcile(this.fake.aws, parseEvent({}, HOME), silentReport);
  }
}

const RUNS = 1_000;

/** Each test run uses new histories. `SEED=…` repeats those of an earlier run. */
const SEED = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);

test(`reconcile follows its rules over ${RUNS} histories (seed ${SEED}) of late, lost, doubled and forged events, approvals, revocations, edits by hand, faults and crashes`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(channel("canary"), channel("stable")),
      fc.array(fc.tuple(step, conditions), { minLength: 5, maxLength: 25 }),
      fc.nat(),
      fc.constantFrom("ami", "ami", "container"),
      async (policies, history, seed, output) => {
        const simulation = new Simulation(policies, seed, output);
        const { fake } = simulation;
        for (const [event, faults] of history) await simulation.apply(event, faults);
        await simulation.settle();

        for (const share of fake.shares) {
          const eligible = fake.eligibleFor(share);
          const desired = eligible.slice(0, share.policy.keep);
          // Rule 3, after two runs. Without a desired build, the share contains only usable builds.
          if (desired.length > 0) expect(fake.sharedIn(share)).toEqual(desired);
          for (const arn of fake.sharedIn(share))
            expect(fake.builds.get(arn)).toMatchObject({ status: "AVAILABLE" });
          // Rule 5: the audience can launch each shared build.
          for (const arn of output === "ami" ? fake.sharedIn(share) : [])
            expect(fake.launchersOf(arn)).toEqual(expect.arrayContaining([...share.principals]));
          // No other principal can: only channels that share the build or may share it count.
          for (const arn of desired) {
            const reached = fake.shares.filter((one) =>
              [...fake.eligibleFor(one), ...fake.sharedIn(one)].includes(arn),
            );
            const audience = reached.flatMap(({ principals }) => principals);
            expect(audience).toEqual(expect.arrayContaining(fake.launchersOf(arn)));
          }
        }
        // Rule 5: no principal can launch a revoked build.
        for (const build of [...fake.builds.values()].filter(
          ({ tags }) => tags["golden-image:revoked"] !== undefined,
        ))
          expect(fake.launchersOf(build.arn)).toEqual([]);
        // Rule 3: the next run writes nothing.
        const { writes } = fake;
        await reconcile(fake.aws, parseEvent({}, HOME), silentReport);
        expect(fake.writes).toBe(writes);
        // The other rules, at every write.
        expect(fake.violations).toEqual([]);
      },
    ),
    { numRuns: RUNS, seed: SEED },
  );
}, 120_000);
