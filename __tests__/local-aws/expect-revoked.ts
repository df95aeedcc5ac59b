/** Expectations of the end-to-end test about a revoked build. */
import type { Scenario } from "./scenario";
import { ORDERS, PAYMENTS } from "./scenario-factory";

export async function expectOnlyFirstBuild(scenario: Scenario, revokedAmi: string): Promise<void> {
  for (const id of [PAYMENTS, ORDERS]) {
    expect(await scenario.resolve(id)).toEqual([scenario.firstBuild("base"), true]);
    expect(await scenario.canLaunch(id, revokedAmi)).toBe(false);
  }
}

/** The operator assumes the role that the app account's stack created. */
export async function expectRevokedInstances(
  scenario: Scenario,
  ...instances: string[]
): Promise<void> {
  const fleet = await scenario.factoryCommand("fleet", "base").catch((error: unknown) => error);
  expect(fleet).toMatchObject({
    code: 2,
    stdout: expect.stringMatching(
      new RegExp(
        `^payments +eu-west-1 +base +1\\.0\\.0/2 +eu-west-1 +${instances.length} +revoked: INC-7$`,
        "m",
      ),
    ),
  });
  const which = await scenario.factoryCommand("which", ...instances);
  for (const instance of instances)
    expect(which).toMatch(
      new RegExp(`^${instance} +payments +eu-west-1 +base +1\\.0\\.0/2 .* INC-7$`, "m"),
    );
}
