import { FakeAws, type FakeChannel, NO_FAULTS, randomFrom } from "../../../tools/fixtures/fake-aws";
import { RUNS_ALL, someCases } from "../../../tools/fixtures/property-runs";
import { testInCi } from "../../in-ci";
import { canary, DAY_MS, expectNoOrphans, expectStable, fullRun, HOUR_MS, run } from "./support";

// Histories of at most 3 builds, 2 shares and 12 steps, enumerated instead of sampled.
//
// A history has these steps: two builds and a run (3 steps), then two or three times one of the ten
// events below and a run (4 or 6 steps), then three undisturbed runs (3 steps).
//   - Every sequence of two events is tried with lists that are zero to five steps old, each
//     without a crash and with a crash after the w-th write of all runs, for every w. That is the
//     full product: 4,056 cases.
//   - Every sequence of three events is tried without a crash, with lists that are zero and five
//     steps old: 2,000 cases. Crashes and other ages would take some 100 CPU seconds;
//     `ENUMERATE=all` adds them.
//   - The same with nine events about findings and current lists: every sequence of two with every
//     crash, and every sequence of three without.
// Outside of CI, lists are five steps old in the first part, each tenth sequence of events about
// findings is tried, and no sequence has three events.
//
// Eventually stable: let the events end at time t. If from then on (1) no event happens, (2) calls
// succeed, (3) lists are current, (4) every share of the manifest is ACTIVE, and (5) a run takes
// place twice, then for every channel c with eligible builds E(c) and share S(c):
//   E(c) ≠ ∅ ⇒ S(c) = newest(keep(c), E(c))
//   E(c) = ∅ ⇒ S(c) ⊆ usable builds
//   ∀ b ∈ S(c) ∩ E(c): audience(c) ⊆ launchers(b)
//   ∀ b ∈ S(c): launchers(b) ⊆ ⋃ { audience(d) : b ∈ E(d), or b ∈ S(d) and E(d) = ∅ }
// and the third run writes nothing (`expectStable`). After two full runs, of which the second is
// later than the grace period, the last line is true for all builds (`expectNoOrphans`).
// At every write, at any time, rules 1, 2 and 4 to 7 of the fake are true (`violations`).
//
// Assumed: RAM's lists and GetImage are current, and so are tags of AMIs. The histories sample
// GetImage's lag.

const STABLE: FakeChannel = { ...canary, name: "stable", keep: 2, approval: "required" };
const AUDIENCE = ["222222222222", "333333333333"];

/** The state that events toggle. */
interface World {
  readonly fake: FakeAws;
  readonly stable: FakeChannel;
  hasCanary: boolean;
  hasAccount: boolean;
}

function deploy({ fake, stable, hasCanary, hasAccount }: World): void {
  const audience = hasAccount ? AUDIENCE : AUDIENCE.slice(0, 1);
  fake.deploy([{ ...stable, audience }, ...(hasCanary ? [{ ...canary, audience }] : [])]);
}

function newest({ builds }: FakeAws): string {
  return [...builds.keys()].at(-1)!;
}

function oldest({ builds }: FakeAws): string {
  return [...builds.keys()][0]!;
}

const EVENTS: Readonly<Record<string, (world: World) => void>> = {
  "new build": ({ fake }) => {
    if (fake.builds.size < 3) fake.addBuild("1.0.2");
  },
  "approve newest": ({ fake }) => fake.approve(newest(fake), "stable", true),
  "withdraw approval of oldest": ({ fake }) => fake.approve(oldest(fake), "stable", false),
  "revoke newest": ({ fake }) => fake.revoke(newest(fake)),
  "withdraw revocation of newest": ({ fake }) => fake.revoke(newest(fake), false),
  "revoke oldest": ({ fake }) => fake.revoke(oldest(fake)),
  "put newest into stable by hand": ({ fake }) => fake.editShare("stable", newest(fake), true),
  "an account leaves or joins": (world) => {
    world.hasAccount = !world.hasAccount;
    deploy(world);
  },
  "a channel leaves or joins": (world) => {
    world.hasCanary = !world.hasCanary;
    deploy(world);
  },
  "deregister newest": ({ fake }) => fake.deregister(newest(fake)),
};

/** A channel with limits, and an exception that ends on the first day. */
const LIMITED: FakeChannel = {
  ...STABLE,
  approval: "automatic",
  findings: {
    fixWithinDays: { critical: 0 },
    scanWindowDays: 7,
    exceptions: [{ id: "CVE-1", until: "2026-01-01", reason: "because" }],
    reportOnly: false,
  },
};

function findIn(fake: FakeAws, arn: string, title: string): void {
  const since = fake.time - HOUR_MS;
  fake.scan(arn, [{ title, severity: "critical", fixSince: since, firstObservedAt: since }]);
}

const FINDINGS_EVENTS: Readonly<Record<string, (world: World) => void>> = {
  "new build, scanned": ({ fake }) => {
    if (fake.builds.size < 4) fake.scan(fake.addBuild(`1.0.${fake.builds.size}`), []);
  },
  "new build, not scanned": ({ fake }) => {
    if (fake.builds.size < 4) fake.addBuild(`1.0.${fake.builds.size}`);
  },
  "finding appears in newest": ({ fake }) => findIn(fake, newest(fake), "CVE-2 - a"),
  "excepted finding appears in newest": ({ fake }) => findIn(fake, newest(fake), "CVE-1 - a"),
  "findings of newest go": ({ fake }) => fake.scan(newest(fake), []),
  "scan of newest ends": ({ fake }) => fake.forgetScan(newest(fake)),
  "exception ends": ({ fake }) => {
    fake.time += DAY_MS;
  },
  "scan window ends": ({ fake }) => {
    fake.time += 7 * DAY_MS;
  },
  "put newest into stable by hand": ({ fake }) => fake.editShare("stable", newest(fake), true),
};

interface Case {
  /** @default - events about other conditions than findings */
  readonly isAboutFindings?: boolean;
  readonly events: readonly string[];
  /** Number of the write after which a run crashes. @default - no run crashes */
  readonly crashAfter?: number;
  /** Age of lists in steps. */
  readonly lag: number;
}

/** Plays a case, checks it, and returns the number of writes before the undisturbed runs. */
async function play({ isAboutFindings, events, crashAfter, lag }: Case): Promise<number> {
  const fake = new FakeAws([], randomFrom(1));
  const stable = isAboutFindings ? LIMITED : STABLE;
  const world: World = { fake, stable, hasCanary: !isAboutFindings, hasAccount: true };
  deploy(world);
  const stepTimes: number[] = [];
  let writes = 0;
  const step = (): void => {
    fake.time += HOUR_MS;
    stepTimes.push(fake.time);
  };
  const runStep = async (): Promise<void> => {
    step();
    const crashAfterWrites =
      crashAfter !== undefined && crashAfter > writes ? crashAfter - writes : undefined;
    const asOf = stepTimes.at(-1 - lag) ?? stepTimes[0]!;
    fake.startRun({ ...NO_FAULTS, crashAfterWrites, listLagMs: fake.time - asOf });
    await run(fake).catch(() => undefined);
    writes += fake.writes;
  };

  for (const version of ["1.0.0", "1.0.1"]) {
    step();
    const arn = fake.addBuild(version);
    fake.approve(arn, "stable", version === "1.0.0");
    if (isAboutFindings) fake.scan(arn, []);
  }
  await runStep();
  for (const event of events) {
    step();
    (isAboutFindings ? FINDINGS_EVENTS : EVENTS)[event]!(world);
    await runStep();
  }

  fake.startRun(NO_FAULTS);
  for (let count = 0; count < 2; count += 1) {
    step();
    await run(fake);
  }
  expectStable(fake);
  fake.startRun();
  await run(fake);
  expect(fake.writes).toBe(0);
  await fullRun(fake);
  fake.time += 31 * DAY_MS;
  await fullRun(fake);
  expectNoOrphans(fake);
  expect(fake.violations).toEqual([]);
  return writes;
}

/** Plays a case, and names it if it fails. */
async function playNamed(one: Case): Promise<number> {
  try {
    return await play(one);
  } catch (error) {
    throw new Error(`${JSON.stringify(one)}: ${(error as Error).message}`);
  }
}

/**
 * Plays a sequence without a crash, and with a crash after every single write. Counts the cases.
 */
async function playWithCrashes(events: readonly string[], lag: number): Promise<number> {
  const writes = await playNamed({ events, lag });
  for (let crashAfter = 1; crashAfter <= writes; crashAfter += 1)
    await playNamed({ events, crashAfter, lag });
  return writes + 1;
}

const NAMES = Object.keys(EVENTS);
const PAIRS = NAMES.flatMap((first) => NAMES.map((second) => [first, second]));
const TRIPLES = PAIRS.flatMap((pair) => NAMES.map((third) => [...pair, third]));
const LAGS = RUNS_ALL ? [0, 1, 2, 3, 4, 5] : [5];

test("reconcile becomes stable after every sequence of two events, with a crash after every single write and with lists that are up to five steps old", async () => {
  let cases = 0;
  for (const events of PAIRS) for (const lag of LAGS) cases += await playWithCrashes(events, lag);
  expect(cases).toBeGreaterThan(500 * LAGS.length);
});

testInCi(
  "reconcile becomes stable after every sequence of three events, with lists that are current and that are five steps old",
  async () => {
    const isComplete = process.env["ENUMERATE"] === "all";
    for (const events of TRIPLES)
      for (const lag of isComplete ? LAGS : [0, 5])
        if (isComplete) await playWithCrashes(events, lag);
        else await playNamed({ events, lag });
  },
);

const FINDINGS_NAMES = Object.keys(FINDINGS_EVENTS);

const FINDINGS_PAIRS = FINDINGS_NAMES.flatMap((one) => FINDINGS_NAMES.map((other) => [one, other]));

test("reconcile becomes stable after every sequence of two events about findings, with a crash after every single write", async () => {
  const isAboutFindings = true;
  for (const events of someCases(FINDINGS_PAIRS)) {
    const writes = await playNamed({ isAboutFindings, events, lag: 0 });
    for (let crashAfter = 1; crashAfter <= writes; crashAfter += 1)
      await playNamed({ isAboutFindings, events, crashAfter, lag: 0 });
  }
});

testInCi(
  "reconcile becomes stable after every sequence of three events about findings",
  async () => {
    for (const pair of FINDINGS_PAIRS)
      for (const third of FINDINGS_NAMES)
        await playNamed({ isAboutFindings: true, events: [...pair, third], lag: 0 });
  },
);
