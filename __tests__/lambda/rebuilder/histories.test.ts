import * as fc from "fast-check";
import { rebuild } from "../../../lambda/rebuilder/rebuild";
import {
  type BehindCondition,
  behindCondition,
} from "../../../modules/rebuilding/behind-condition";
import { randomFrom } from "../../../tools/fixtures/fake-aws";
import { HOUR_MS, MINUTE_MS } from "../../../tools/fixtures/fake-aws/clock";
import { FakeImageBuilder } from "../../../tools/fixtures/fake-image-builder";
import { buildsOf, statusAt } from "../../../tools/fixtures/fake-image-builder/builds";
import {
  type BuilderConditions,
  NO_BUILDER_FAULTS,
} from "../../../tools/fixtures/fake-image-builder/conditions";
import {
  isCurrent,
  newestParent,
  parentProblem,
} from "../../../tools/fixtures/fake-image-builder/following";
import type { FakeImage } from "../../../tools/fixtures/fake-image-builder/images";
import { propertyRuns, propertySeed, RUNS_ALL } from "../../../tools/fixtures/property-runs";

const [SHARED, APP, LEAF] = ["111111111111", "222222222222", "333333333333"];

/** Four levels over three accounts, and images of every kind on the second and third. */
const IMAGES: readonly FakeImage[] = [
  { name: "base", account: SHARED },
  { name: "web", account: SHARED, parent: { image: "base", range: "x.x.x" } },
  { name: "app", account: APP, parent: { image: "web", range: "1.x.x" } },
  {
    name: "api",
    account: APP,
    parent: { image: "base", range: "1.x.x" },
    container: true,
    hidesParent: true,
  },
  { name: "old", account: APP, parent: { image: "base", range: "1.0.x" } },
  { name: "mac-a", account: APP, parent: { image: "base", range: "x.x.x" }, dedicatedHost: true },
  { name: "mac-b", account: APP, parent: { image: "base", range: "x.x.x" }, dedicatedHost: true },
  { name: "byhand", account: APP, parent: { image: "base", range: "x.x.x" }, manual: true },
  { name: "leaf", account: LEAF, parent: { image: "app", range: "x.x.x" } },
];
const ACCOUNTS = [SHARED, APP, LEAF] as const;
const FOLLOWERS = IMAGES.filter(({ parent }) => parent).map(({ name }) => name);

const image = fc.constantFrom(...FOLLOWERS);

/** One event of a history. The numbers select one of the builds that exist by then. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("publish" as const),
      version: fc.constantFrom("1.0.0", "1.0.0", "1.0.1", "1.1.0", "2.0.0"),
      isShared: fc.constantFrom(true, true, false),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("share" as const),
      build: fc.nat(),
      isShared: fc.boolean(),
    }),
  },
  {
    // The build stays AVAILABLE: it isn't disabled yet, or the revocation is withdrawn.
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("revoke" as const),
      build: fc.nat(),
      isRevoked: fc.constantFrom(true, true, false),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("change" as const),
      build: fc.nat(),
      status: fc.constantFrom("DISABLED", "DISABLED", "AVAILABLE", "DEPRECATED", "GONE"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("end" as const),
      build: fc.nat(),
      status: fc.constantFrom("AVAILABLE", "FAILED", "CANCELLED"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("outcome" as const),
      image,
      outcome: fc.constantFrom("works", "works", "fails", "hangs"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("scheduled" as const), image }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("pipeline" as const),
      image,
      change: fc.constantFrom("disable", "enable", "delete", "replace", "replace and forget"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("recipe" as const),
      image,
      version: fc.constantFrom("1.0.0", "1.0.1", "1.0.2"),
      range: fc.constantFrom(undefined, "x.x.x", "1.x.x", "1.1.x"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      minutes: fc.constantFrom(1, 5, 35, 35, 60, 7 * 60, 13 * 60, 25 * 60),
    }),
  },
  {
    // Builds of an image fail, until the rebuilder gives up.
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("tries" as const),
      image,
      hours: fc.array(fc.constantFrom(5.9, 6.1, 11.9, 12.1, 23.9, 24.1, 50), {
        minLength: 3,
        maxLength: 6,
      }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("run" as const),
      account: fc.constantFrom(...ACCOUNTS),
      times: fc.constantFrom(1, 1, 1, 2),
      isDoubled: fc.constantFrom(false, false, true),
      during: fc.constantFrom(undefined, undefined, "publish", "scheduled", "recipe"),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const conditions: fc.Arbitrary<BuilderConditions> = fc.record({
  faults: fc.constantFrom(0, 0, 0.05),
  lost: fc.constantFrom(0, 0, 0.3),
  crashAfter: fc.constantFrom(undefined, undefined, undefined, 5, 9, 14, 20, 27),
  getLagMs: fc.constantFrom(0, 0, 30_000),
  listLagMs: fc.constantFrom(0, 0, 120_000),
});

/** Returns whether every call of a run succeeds, with an answer that is up to date. */
function isUndisturbed({ faults, lost, crashAfter, getLagMs, listLagMs }: BuilderConditions) {
  return faults + lost + getLagMs + listLagMs === 0 && crashAfter === undefined;
}

/** Applies a history to a fake Image Builder. */
class Simulation {
  readonly fake: FakeImageBuilder;
  private readonly random: () => number;

  constructor(seed: number) {
    this.random = randomFrom(seed);
    this.fake = new FakeImageBuilder(IMAGES, this.random);
  }

  /** Runs the rebuilder as two events do at the same time, with the calls in random order. */
  private async runTwice(account: string): Promise<void> {
    const waiting: (() => void)[] = [];
    let running = 2;
    this.fake.beforeCall = () => new Promise((resolve) => waiting.push(resolve));
    const runs = [1, 2].map(() => this.run(account).finally(() => (running -= 1)));
    while (running > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      waiting.splice(Math.floor(this.random() * waiting.length), 1)[0]?.();
    }
    await Promise.all(runs);
    this.fake.beforeCall = async () => undefined;
  }

  async run(account: string): Promise<void> {
    const { fake } = this;
    await rebuild(fake.awsOf(account), fake.manifest(account));
  }

  /** Runs the rebuilder while nothing else happens, and checks what it reports about parents. */
  private async runAlone(account: string): Promise<void> {
    const { fake } = this;
    const expected = fake.images
      .filter((one) => one.account === account && one.parent)
      .map((one) => [one.name, parentProblem(fake, one)]);
    const { images } = await rebuild(fake.awsOf(account), fake.manifest(account));
    const reported = images.map(({ image: name, decision }) => [
      name,
      decision && /^parent-(not-visible|revoked)$/.test(decision.kind) ? decision.kind : undefined,
    ]);
    if (isUndisturbed(fake.conditions)) expect(reported).toEqual(expected);
  }

  private pick(index: number): string {
    const { builds } = this.fake;
    return builds[index % builds.length]?.arn ?? "no build yet";
  }

  async apply(step: Step, faults: BuilderConditions): Promise<void> {
    const { fake } = this;
    fake.conditions = faults;
    switch (step.kind) {
      case "publish":
        fake.publish("base", step.version, step.isShared);
        return;
      case "share":
        fake.share(this.pick(step.build), step.isShared);
        return;
      case "revoke":
        fake.revoke(this.pick(step.build), step.isRevoked);
        return;
      case "change":
        fake.change(this.pick(step.build), step.status);
        return;
      case "end":
        fake.end(this.pick(step.build), step.status);
        return;
      case "outcome":
        for (const [outcome, images] of [
          ["fails", fake.failing],
          ["hangs", fake.hanging],
        ] as const)
          if (step.outcome === outcome) images.add(step.image);
          else images.delete(step.image);
        return;
      case "scheduled":
        fake.startByOthers(step.image);
        return;
      case "pipeline":
        this.changePipeline(step.image, step.change);
        return;
      case "recipe":
        fake.pipelines.moveRecipe(step.image, step.version, step.range);
        return;
      case "wait":
        fake.advance(step.minutes * MINUTE_MS);
        return;
      case "tries":
        fake.failing.add(step.image);
        for (const hours of step.hours) {
          await this.run(fake.image(step.image).account);
          fake.advance(hours * HOUR_MS);
        }
        fake.failing.delete(step.image);
        return;
      case "run":
        return this.runStep(step);
      default:
        step satisfies never;
    }
  }

  private changePipeline(image: string, change: string): void {
    const { fake } = this;
    if (change === "delete") fake.pipelines.delete(image);
    else if (change === "replace") fake.pipelines.replace(image, true);
    else if (change === "replace and forget") fake.pipelines.replace(image, false);
    else fake.pipelines.setEnabled(image, change === "enable");
  }

  private async runStep({ account, times, isDoubled, during }: Step & { kind: "run" }) {
    const { fake } = this;
    if (isDoubled) return this.runTwice(account);
    if (during === undefined) {
      for (let count = 0; count < times; count += 1) await this.runAlone(account);
      return;
    }
    const changeAt = fake.calls + Math.floor(this.random() * 20);
    fake.beforeCall = async () => {
      if (fake.calls !== changeAt) return;
      if (during === "publish") fake.publish("base", "1.0.0");
      if (during === "scheduled") fake.startByOthers("web");
      if (during === "recipe") fake.pipelines.moveRecipe("web", "1.0.1");
    };
    for (let count = 0; count < times; count += 1) await this.run(account);
    fake.beforeCall = async () => undefined;
  }

  /**
   * Repairs pipelines, lets builds end, and publishes new builds, so that no try has failed yet.
   */
  repair(): void {
    const { fake } = this;
    fake.conditions = NO_BUILDER_FAULTS;
    fake.failing.clear();
    fake.hanging.clear();
    for (const name of FOLLOWERS) {
      fake.pipelines.replace(name, true);
      fake.pipelines.moveRecipe(name, "1.0.3", fake.image(name).parent?.range);
    }
    for (const { arn } of fake.builds) fake.end(arn, "AVAILABLE");
    fake.advance(HOUR_MS);
    for (const version of ["1.0.0", "1.0.9", "1.9.0", "2.9.0"]) fake.publish("base", version);
  }

  /** Runs the rebuilder in an account until its images must be current, hosts one after another. */
  async settle(account: string): Promise<void> {
    for (let level = 0; level < 2; level += 1) {
      for (let count = 0; count < 2; count += 1) await this.run(account);
      this.fake.advance(HOUR_MS);
    }
  }
}

const RUNS = propertyRuns(1_000);
const SEED = propertySeed();

test(`rebuild follows its rules over ${RUNS} histories (seed ${SEED}) of parents that come and go or are revoked, builds that fail, hang or are scheduled, pipelines and recipes that change, lost and doubled events, faults and crashes`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(step, conditions), { minLength: 10, maxLength: 40 }),
      fc.nat(),
      async (history, seed) => {
        const simulation = new Simulation(seed);
        const { fake } = simulation;
        for (const [event, faults] of history) {
          await simulation.apply(event, faults);
          if (fake.violations.length > 0) break;
        }
        expect(fake.violations).toEqual([]);
        simulation.repair();
        const before = fake.builds.length;
        // The order of the chain: each level follows once the one above is built.
        for (const account of ACCOUNTS) await simulation.settle(account);
        const started = fake.builds.slice(before).map((build) => build.image.name);
        const current = IMAGES.filter((one) => one.parent && !one.manual);
        expect(current.filter((one) => !isCurrent(fake, one)).map(({ name }) => name)).toEqual([]);
        // One build each is enough, and nothing is left to start.
        expect(started.sort()).toEqual(current.map(({ name }) => name).sort());
        for (const account of ACCOUNTS) await simulation.settle(account);
        expect(fake.builds).toHaveLength(before + started.length);
        expect(fake.violations).toEqual([]);
      },
    ),
    { numRuns: RUNS, seed: SEED },
  );
});

test("rebuild has every image on the newest build after an hourly run per ten images, one more, and a build, whenever events start runs in between", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 35 }),
      fc.nat(),
      conditions,
      fc.array(fc.integer({ min: 1, max: 59 }), { maxLength: 5 }),
      async (count, seed, { listLagMs, getLagMs }, eventMinutes) => {
        const images = Array.from({ length: count }, (_, index) => ({
          name: `app-${index}`,
          account: APP,
          parent: { image: "base", range: "x.x.x" },
        }));
        const fake = new FakeImageBuilder(
          [{ name: "base", account: SHARED }, ...images],
          randomFrom(seed),
        );
        fake.conditions = { ...NO_BUILDER_FAULTS, listLagMs, getLagMs };
        for (let round = 0; round < 2; round += 1) {
          fake.publish("base");
          fake.advance(MINUTE_MS);
          for (let hour = 0; hour < Math.ceil(count / 10) + 1; hour += 1) {
            const end = fake.time + HOUR_MS;
            for (const minute of [0, ...eventMinutes.toSorted((one, other) => one - other)]) {
              fake.advance(Math.max(0, end - HOUR_MS + minute * MINUTE_MS - fake.time));
              await rebuild(fake.awsOf(APP), fake.manifest(APP));
            }
            fake.advance(end - fake.time);
          }
          fake.advance(HOUR_MS);
          expect(images.filter((one) => !isCurrent(fake, one))).toEqual([]);
        }
        expect(fake.builds).toHaveLength(2 * (count + 1));
        expect(fake.violations).toEqual([]);
      },
    ),
    { numRuns: propertyRuns(60), seed: SEED },
  );
});

test("rebuild builds an image once for each build of the parent that becomes the newest, also if it was that before", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("publish", "disable", "restore"), { minLength: 1, maxLength: 12 }),
      fc.nat(),
      async (changes, seed) => {
        const simulation = new Simulation(seed);
        const { fake } = simulation;
        const web = fake.image("web");
        fake.publish("base");
        for (const account of ACCOUNTS) await simulation.settle(account);
        for (const change of changes) {
          const bases = buildsOf(fake, "base");
          const [newest] = bases.filter((one) => statusAt(one, fake.time) === "AVAILABLE");
          const disabled = bases.find((one) => statusAt(one, fake.time) === "DISABLED");
          if (change === "publish") fake.publish("base");
          if (change === "disable" && newest) fake.change(newest.arn, "DISABLED");
          if (change === "restore" && disabled) fake.change(disabled.arn, "AVAILABLE");
          const builds = buildsOf(fake, "web").length;
          const isDue = newestParent(fake, web) !== undefined && !isCurrent(fake, web);
          for (const account of ACCOUNTS) await simulation.settle(account);
          expect(buildsOf(fake, "web")).toHaveLength(builds + (isDue ? 1 : 0));
          if (newestParent(fake, web)) expect(isCurrent(fake, web)).toBe(true);
        }
        expect(fake.violations).toEqual([]);
      },
    ),
    { numRuns: propertyRuns(100), seed: SEED },
  );
});

/** Returns whether CloudWatch raises an alarm for the figures of the last hours. */
function isRaised(
  figures: readonly (number | undefined)[],
  { hours, hoursToAlarm, threshold }: BehindCondition,
): boolean {
  const above = figures.slice(-hours).filter((one) => one !== undefined && one > threshold);
  return above.length >= hoursToAlarm;
}

const parentChange = fc.record({
  /** Hours until the change. */
  after: fc.integer({ min: 1, max: 60 }),
  kind: fc.constantFrom(
    ...([
      "publish",
      "publish",
      "hold back",
      "share",
      "disable",
      "fails",
      "works",
      "toggle",
    ] as const),
  ),
});

test("the alarm of an image is raised after alarmAfterDays without the newest visible build, however often the parent changes and however late its builds are shared, and never before", async () => {
  const raised = new Set<number>();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(1, 2, 3, 7, 9),
      fc.array(parentChange, { minLength: 10, maxLength: 25 }),
      fc.constantFrom(1, 1, 3),
      fc.record({ manual: fc.boolean(), hidesParent: fc.boolean() }),
      fc.nat(),
      async (alarmAfterDays, changes, pace, kind, seed) => {
        const app = {
          name: "app",
          account: APP,
          parent: { image: "base", range: "x.x.x" },
          ...kind,
        };
        const fake = new FakeImageBuilder(
          [{ name: "base", account: SHARED }, app],
          randomFrom(seed),
        );
        const condition = behindCondition(alarmAfterDays);
        const figures: (number | undefined)[] = [];
        const current: boolean[] = [];
        /** Hours at which the alarm must be raised and isn't, or is raised and must not be. */
        const [missing, tooEarly]: [number[], number[]] = [[], []];
        let isEnabled = true;
        fake.publish("base");
        fake.startByOthers("app", { "golden-image:parent": fake.builds[0]?.arn ?? "" });
        fake.advance(HOUR_MS);
        for (const change of changes) {
          for (let hour = 0; hour < Math.ceil(change.after / pace); hour += 1) {
            const { images } = await rebuild(fake.awsOf(APP), fake.manifest(APP));
            figures.push(images[0]?.behindHours);
            current.push(isCurrent(fake, app));
            const behindSince = current.lastIndexOf(true) + 1;
            const isAlarm = isRaised(figures, condition);
            if (current.length - behindSince >= alarmAfterDays * 24 && !isAlarm)
              missing.push(figures.length);
            if (isAlarm) {
              raised.add(alarmAfterDays);
              const behind = current.slice(-condition.hours).filter((one) => !one);
              if (behind.length < condition.hoursToAlarm) tooEarly.push(figures.length);
            }
            fake.advance(HOUR_MS);
          }
          const bases = buildsOf(fake, "base");
          if (change.kind === "publish") fake.publish("base");
          else if (change.kind === "hold back") fake.publish("base", "1.0.0", false);
          else if (change.kind === "share") fake.share(bases[0]?.arn ?? "", true);
          else if (change.kind === "disable" && bases.length > 1)
            fake.change(bases[0]?.arn ?? "", "DISABLED");
          else if (change.kind === "fails") fake.failing.add("app");
          else if (change.kind === "works") fake.failing.delete("app");
          // Above a week, the time in which the pipeline is disabled before its first try is lost.
          else if (change.kind === "toggle" && alarmAfterDays <= 7) {
            isEnabled = !isEnabled;
            fake.pipelines.setEnabled("app", isEnabled);
          }
        }
        expect({ missing, tooEarly }).toEqual({ missing: [], tooEarly: [] });
        expect(fake.violations).toEqual([]);
      },
    ),
    { numRuns: propertyRuns(150), seed: SEED },
  );
  // Otherwise, the histories don't reach the alarms.
  if (RUNS_ALL) expect([...raised].sort()).toEqual([1, 2, 3, 7, 9]);
});
