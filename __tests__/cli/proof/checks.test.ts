/** Expects each check of `factory doctor` to find its faults. */
import type { Observation } from "../../../cli/proof/check";
import { CHECKS } from "../../../cli/proof/checks";
import type { Report } from "../../../cli/proof/report";
import { everything, FakeAws } from "./fake-aws";
import { ACCOUNT_FAULTS } from "./faults/account";
import type { Fault } from "./faults/fault";
import { LEFTOVERS_FAULTS } from "./faults/leftovers";
import { NETWORK_FAULTS } from "./faults/network";
import { ORGANIZATION_FAULTS } from "./faults/organization";
import { PARENTS_FAULTS } from "./faults/parents";
import { QUOTAS_FAULTS } from "./faults/quotas";
import { RESOURCE_FAULTS } from "./faults/resources";

const aws = new FakeAws();
const environment = { ...process.env };

afterAll(() => {
  process.env = environment;
  aws.remove();
});

/** Returns the observations of a check that need attention. */
function observationsOf({ checks }: Report, id: string, account?: string): Observation[] {
  return checks
    .filter((one) => one.id === id && (account === undefined || one.account === account))
    .flatMap(({ observations }) => observations)
    .filter(({ result }) => result !== "not-applicable");
}

const FAULTS: readonly Fault[] = [
  ...ORGANIZATION_FAULTS,
  ...ACCOUNT_FAULTS,
  ...NETWORK_FAULTS,
  ...PARENTS_FAULTS,
  ...QUOTAS_FAULTS,
  ...RESOURCE_FAULTS,
  ...LEFTOVERS_FAULTS,
];

test.each(FAULTS)(
  "$check reports that $fault",
  async ({ check, file: change, answers = {}, account, observations }) => {
    const file = everything();
    change?.(file);
    aws.reset(file);
    aws.on(answers);
    expect(observationsOf(await aws.report(), check, account)).toEqual(observations);
  },
);

test("every check has a fault that it reports", () => {
  const checks = new Set(FAULTS.map(({ check }) => check));
  expect([...checks].sort()).toEqual(CHECKS.map(({ id }) => id).sort());
});
