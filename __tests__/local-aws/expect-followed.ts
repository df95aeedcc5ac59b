/** Expectations of the end-to-end test about images that follow their parents. */
import type { Scenario } from "./scenario";
import { goldenArn, PAYMENTS } from "./scenario-factory";

/** Builds the child image in the shared account on the newest build of its parent. */
export async function expectChildFollows(scenario: Scenario, newest: string): Promise<void> {
  const { started } = await scenario.rebuild("shared");
  expect(started).toEqual([[expect.stringMatching(/image\/web\/1\.0\.0\/2$/), newest]]);
  const [web = ""] = started[0] ?? [];
  expect(scenario.local.builds.parentOf(web)).toBe(newest);
  expect((await scenario.rebuild("shared")).started).toEqual([]);
  await scenario.deliver();
  expect(await scenario.resolve(PAYMENTS, goldenArn("web"))).toEqual([web, true]);
}

/**
 * The child image inherits the revocation. Its parent isn't disabled, so nothing is built on it.
 */
export async function expectChildRevoked(scenario: Scenario): Promise<void> {
  await scenario.update({ image: "web" });
  expect(await scenario.resolve(PAYMENTS, goldenArn("web"))).toEqual([
    scenario.firstBuild("web"),
    true,
  ]);
  const { started, metrics } = await scenario.rebuild("shared");
  expect(started).toEqual([]);
  expect(metrics).toMatchObject({ ParentsNotVisible: 1, RebuildsFailing: 0, Unreadable: 0 });
}

/**
 * Tries a build of payments-web again and again, until the rebuilder gives up. Adds the builds to
 * `failedBuilds`.
 */
export async function expectTriesAndAlarm(
  scenario: Scenario,
  failedBuilds: string[],
): Promise<void> {
  const { builds } = scenario.local;
  const pass = (hours: number): void => {
    for (const arn of builds.arns())
      if (arn.includes(":image/payments-web/")) builds.age(arn, hours);
  };
  for (const hours of [6, 12, 24]) {
    pass(hours - 1);
    const early = await scenario.rebuild("payments");
    expect(early.started).toEqual([]);
    expect(await scenario.isRaised("payments", "failing", early.metrics)).toBe(false);
    pass(1);
    const { started } = await scenario.rebuild("payments");
    expect(started).toHaveLength(1);
    failedBuilds.push(...started.map(([build]) => build));
  }
  pass(240);
  const { started, metrics } = await scenario.rebuild("payments");
  expect(started).toEqual([]);
  expect(await scenario.isRaised("payments", "failing", metrics)).toBe(true);
}
