/** The permissions of the fleet roles, and the operators that assume them. */
import { deepStrictEqual, ok } from "node:assert";
import { ALLOW_ALL, principal } from "../../policy-fixture";
import type { Proof } from "../support";
import { actionsIn, actionsOf } from "./support";

const FLEET_ROLE = "golden-image-factory-fleet";

export const FLEET: Proof = {
  name: "an app account has the fleet role exactly if operators may look at it; only these can assume the role, which can only describe the AMIs of instances",
  check: (fixture) => {
    const { stacks, factory } = fixture;
    const roles = stacks
      .resourcesOf("aws_iam_role")
      .filter(({ config }) => config.name === FLEET_ROLE);
    deepStrictEqual(
      roles.map(({ account }) => account).sort(),
      factory.apps.flatMap(({ id, fleet }) => (fleet ? [id] : [])).sort(),
    );
    for (const role of roles) {
      const { account } = role;
      const arn = stacks.arnOf(role);
      const by = fixture.role(role);
      const actions = actionsOf(fixture, by, account);
      const instance = `arn:aws:ec2:${role.region}:${account}:instance/i-1`;
      for (const resource of ["*", instance])
        deepStrictEqual(actions("ec2", resource), ["DescribeInstanceImageMetadata"], resource);
      deepStrictEqual(actionsIn(by.identity), ["ec2:DescribeInstanceImageMetadata"]);

      const trust = stacks.documentOf(arn, "trust");
      const assumes = (operator: string): string[] => {
        const owner = operator.split(":")[4] ?? "";
        const of = { account: owner, organization: factory.organization.id, units: [] };
        return fixture.allowedBy(trust, "sts", principal(of, operator, ALLOW_ALL), arn, account);
      };
      const { operators } = factory;
      ok(operators.length > 0, "a fleet role must have operators");
      for (const operator of operators) {
        deepStrictEqual(assumes(operator).includes("AssumeRole"), true, operator);
        deepStrictEqual(assumes(`${operator}-else`).includes("AssumeRole"), false, operator);
      }
    }
  },
};
