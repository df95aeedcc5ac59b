import { readFileSync } from "node:fs";
import { type Action, OPERATIONS } from "../../../cli/aws-operations";
import { CHECKS } from "../../../cli/proof/checks";
import { actionsOf, DOCTOR_POLICY, READ_ONLY } from "../../../cli/proof/policy";
import { authorizationReference } from "../../../tools/iam/authorization-reference";
import {
  DOCTOR_PAGE,
  DOCTOR_POLICY_FILE,
  doctorPage,
  renderPolicy,
} from "../../../tools/reference/doctor";

/** Operations whose IAM action has another name. */
const OTHER_NAMES: Readonly<Record<string, string>> = { HeadBucket: "ListBucket" };

test("checks call only actions whose access level is Read or List", async () => {
  const reference = await authorizationReference();
  const actions = Object.keys(OPERATIONS);
  expect(
    actions.filter((action) => !reference.matchingActions(action).some(({ isRead }) => isRead)),
  ).toEqual([]);
});

test.each(Object.keys(OPERATIONS) as Action[])("%s is the action of its operation", (action) => {
  const [Client, Command] = OPERATIONS[action];
  const operation = Command.name.replace(/Command$/, "");
  const [service, name] = action.split(":");
  expect(OTHER_NAMES[operation] ?? operation).toBe(name);
  expect(Client.name.replace(/Client$/, "").toLowerCase()).toBe(service);
});

test("every operation is called by a check", () => {
  expect(actionsOf(CHECKS)).toEqual(Object.keys(OPERATIONS).sort());
});

test("checks have different IDs, and titles that are sentences without a full stop", () => {
  const ids = CHECKS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(CHECKS.filter(({ title }) => !/^[A-Z].*[^.]$/.test(title))).toEqual([]);
});

test("the policy of assumed roles allows the actions of all checks, and fits into a request of STS", () => {
  const { Statement } = JSON.parse(READ_ONLY.policy);
  expect(Statement).toEqual([{ Effect: "Allow", Action: actionsOf(CHECKS), Resource: "*" }]);
  expect(READ_ONLY.policy.length).toBeLessThanOrEqual(2_048);
});

test.each([
  [DOCTOR_PAGE, doctorPage()],
  [DOCTOR_POLICY_FILE, renderPolicy(DOCTOR_POLICY)],
])("%s is what `npm run reference` writes", (file, content) => {
  expect(readFileSync(file, "utf8")).toBe(content);
});
