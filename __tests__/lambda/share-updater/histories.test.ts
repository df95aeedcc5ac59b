import * as fc from "fast-check";
import { parseEvent, type Request } from "../../../lambda/share-updater/event";
import { type Report, reconcile } from "../../../lambda/share-updater/reconcile";
import { FAIR, FakeAws, randomFrom, type Weather } from "../../../tools/fixtures/fake-aws";

const HOUR = 3_600_000;
const quiet: Report = {
  ignored: () => undefined,
  buildFailed: () => undefined,
  leftAlone: () => undefined,
  finished: () => undefined,
  imageReconciled: () => undefined,
};
const HOME = { region: "eu-west-1", accountId: "111111111111" };

function message(arn: string, status: string): unknown {
  return { Sns: { Message: JSON.stringify({ arn, state: { status } }) } };
}

/** One thing that happens; numbers pick among what is there. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("bake" as const),
      major: fc.integer({ min: 1, max: 2 }),
      patch: fc.nat(11),
      fails: fc.constantFrom(false, false, false, true),
      lag: fc.constantFrom(0, 60_000, 120_000),
      event: fc.constantFrom("delivered", "lost", "doubled"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("approve" as const),
      build: fc.nat(),
      isSet: fc.boolean(),
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
      channel: fc.nat(1),
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
      channel: fc.nat(1),
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
      late: fc.option(fc.nat()),
      forged: fc.boolean(),
      twice: fc.boolean(),
      meanwhile: fc.option(
        fc.record({ build: fc.nat(), what: fc.constantFrom("revoke", "approve", "disapprove") }),
      ),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const weather: fc.Arbitrary<Weather> = fc.record({
  faults: fc.constantFrom(0, 0, 0.05),
  failures: fc.constantFrom(0, 0.2),
  refusals: fc.constantFrom(0, 0.3),
  lost: fc.constantFrom(0, 0, 0.1),
  crashAfter: fc.constantFrom(undefined, undefined, undefined, undefined, 3, 8, 13, 21, 34),
});

function channel(name: string) {
  return fc.record({
    channel: fc.constant(name),
    keep: fc.integer({ min: 1, max: 3 }),
    // A thousandth of an hour ends while the updater waits.
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

class World {
  readonly fake: FakeAws;
  private readonly random: () => number;

  constructor(
    policies: ConstructorParameters<typeof FakeAws>[0],
    seed: number,
    makes: "ami" | "container",
  ) {
    this.random = randomFrom(seed);
    this.fake = new FakeAws(policies, this.random, makes);
  }

  /** A run that may fail, as Lambda would see it. */
  private run(requests: readonly Request[]): Promise<unknown> {
    return reconcile(this.fake.aws, requests, quiet).catch(() => undefined);
  }

  /** Two runs that take turns call by call, whichever comes first. */
  private async both(one: readonly Request[], other: readonly Request[]): Promise<void> {
    const waiting: (() => void)[] = [];
    let running = 2;
    this.fake.gate = () => new Promise((resolve) => waiting.push(resolve));
    const runs = [one, other].map((requests) => this.run(requests).finally(() => (running -= 1)));
    while (running > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      waiting.splice(Math.floor(this.random() * waiting.length), 1)[0]?.();
    }
    await Promise.all(runs);
    this.fake.gate = async () => undefined;
  }

  async happen(one: Step, conditions: Weather): Promise<void> {
    const { fake } = this;
    const arns = [...fake.builds.keys()];
    const pick = (index: number): string => arns[index % arns.length] ?? "";
    this.fake.weather = conditions;
    this.fake.calls = 0;
    switch (one.kind) {
      case "bake": {
        const status = one.fails ? "FAILED" : "AVAILABLE";
        const arn = fake.bake(`${one.major}.0.${one.patch}`, status, one.lag);
        const records = { lost: 0, delivered: 1, doubled: 2 }[one.event as "lost"];
        if (records > 0)
          await this.run(parseEvent({ Records: Array(records).fill(message(arn, status)) }, HOME));
        return;
      }
      case "approve":
        for (const { policy } of fake.shares)
          fake.approve(pick(one.build), policy.channel, one.isSet);
        return;
      case "revoke": {
        fake.revoke(pick(one.build));
        const build = fake.builds.get(pick(one.build));
        if (build && one.disable) fake.builds.set(build.arn, { ...build, status: "DISABLED" });
        return;
      }
      case "edit":
        // By hand anything may come in: a build of the image, of another, or what is no image at all.
        if (arns.length > 0)
          fake.edit(
            one.channel,
            [...arns, ...FOREIGN][one.build % (arns.length + FOREIGN.length)] ?? "",
            one.isIn,
          );
        return;
      case "delete":
        // Image Builder refuses to delete what is shared.
        if (fake.shares.every((share) => !share.associations.has(pick(one.build))))
          fake.builds.delete(pick(one.build));
        return;
      case "deregister":
        for (const { id } of fake.builds.get(pick(one.build))?.amis ?? [])
          fake.permissions.delete(id);
        return;
      case "permit":
        for (const { id } of fake.builds.get(pick(one.build))?.amis ?? [])
          fake.permissions.get(id)?.add(one.principal);
        return;
      case "share": {
        const share = fake.shares[one.channel];
        if (share) Object.assign(share, { principals: one.principals, status: one.status });
        return;
      }
      case "wait":
        fake.time += one.hours * HOUR;
        return;
      case "run": {
        const forged = one.forged ? FORGED.map((text) => ({ Sns: { Message: text } })) : [];
        const late =
          one.late === null || arns.length === 0 ? [] : [message(pick(one.late), "AVAILABLE")];
        const records = [...forged, ...late];
        const requests = parseEvent(records.length > 0 ? { Records: records } : {}, HOME);
        if (one.twice) return this.both(requests, parseEvent({}, HOME));
        fake.meanwhile = () => this.change(pick(one.meanwhile?.build ?? 0), one.meanwhile?.what);
        await this.run(requests);
        fake.meanwhile = () => undefined;
        return;
      }
    }
  }

  /** What somebody does to a build while the updater waits. */
  private change(arn: string, what: string | undefined): void {
    if (what === "revoke") this.fake.revoke(arn);
    if (what === "approve" || what === "disapprove")
      for (const { policy } of this.fake.shares)
        this.fake.approve(arn, policy.channel, what === "approve");
  }

  /** Left alone with a working AWS, lists caught up. */
  async comeToRest(): Promise<void> {
    this.fake.weather = FAIR;
    this.fake.time += HOUR;
    for (const share of this.fake.shares) {
      share.status = "ACTIVE";
      if (share.principals.length === 0) share.principals = ["222222222222"];
    }
    for (let run = 0; run < 2; run += 1)
      await reconcile(this.fake.aws, parseEvent({}, HOME), quiet);
  }
}

const RUNS = 1_000;

/** Every run has other histories; `SEED=… npm test` has those of another run again. */
const SEED = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);

test(`over ${RUNS} histories (seed ${SEED}) of late, lost, doubled and forged events, approvals, revocations, hand edits, faults and crashes`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(channel("canary"), channel("stable")),
      fc.array(fc.tuple(step, weather), { minLength: 5, maxLength: 25 }),
      fc.nat(),
      fc.constantFrom("ami", "ami", "container"),
      async (policies, history, seed, makes) => {
        const world = new World(policies, seed, makes);
        const { fake } = world;
        for (const [one, conditions] of history) await world.happen(one, conditions);
        await world.comeToRest();

        for (const share of fake.shares) {
          const eligible = fake.eligibleFor(share);
          const desired = eligible.slice(0, share.policy.keep);
          // (3) the desired set within two runs; with nothing desired, only what may still be used.
          if (desired.length > 0) expect(fake.sharedIn(share)).toEqual(desired);
          for (const arn of fake.sharedIn(share))
            expect(fake.builds.get(arn)).toMatchObject({ status: "AVAILABLE" });
          // (5) whoever sees a build can launch it, and nobody a revoked one.
          for (const arn of makes === "ami" ? fake.sharedIn(share) : [])
            expect(fake.launchersOf(arn)).toEqual(expect.arrayContaining([...share.principals]));
          // Nobody else: whoever may is in a channel that the build is in, or eligible for.
          for (const arn of desired) {
            const reached = fake.shares.filter((one) =>
              [...fake.eligibleFor(one), ...fake.sharedIn(one)].includes(arn),
            );
            const audience = reached.flatMap(({ principals }) => principals);
            expect(audience).toEqual(expect.arrayContaining(fake.launchersOf(arn)));
          }
        }
        for (const build of [...fake.builds.values()].filter(
          ({ tags }) => tags["golden-image:revoked"] !== undefined,
        ))
          expect(fake.launchersOf(build.arn)).toEqual([]);
        // (3) the next run writes nothing.
        const { writes } = fake;
        await reconcile(fake.aws, parseEvent({}, HOME), quiet);
        expect(fake.writes).toBe(writes);
        // (1), (2), (4), (5) and (6) at every write.
        expect(fake.broken).toEqual([]);
      },
    ),
    { numRuns: RUNS, seed: SEED },
  );
}, 120_000);
