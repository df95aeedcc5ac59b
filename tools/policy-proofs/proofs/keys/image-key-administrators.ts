/** The administrators of image keys. */
import { deepStrictEqual } from "node:assert";
import type { Context } from "../../../iam/evaluate";
import { ALLOW_ALL, EMPTY_POLICY, principal } from "../../policy-fixture";
import { checkEach, FIND_ACTIONS, MANAGE_ACTIONS, type Proof, sorted } from "../support";
import { actionsOn, roleWithoutPolicies } from "./support";

export const ACCOUNT_ADMINISTRATORS: Proof = {
  name: "administrators of a key's account, root included, can manage the key and replace its policy, but can't encrypt or decrypt",
  check: (fixture) =>
    checkEach(fixture.keys("image"), (key) => {
      const actions = actionsOn(fixture, key);
      const owner = { account: key.account, units: [] };
      const contexts: Context[] = [
        {},
        { "aws:SourceAccount": key.account },
        { "kms:GrantIsForAWSResource": "true" },
      ];
      for (const name of ["root", "role/terraform", "user/somebody"]) {
        const by = principal(owner, `arn:aws:iam::${key.account}:${name}`, ALLOW_ALL);
        for (const context of contexts)
          deepStrictEqual(actions(by, context), sorted(MANAGE_ACTIONS), name);
      }
      // In an app account the key's policy allows the whole account, as AWS's default key does.
      const isAppKey = key.account !== fixture.factory.shared.id;
      deepStrictEqual(actions(roleWithoutPolicies(key.account)), isAppKey ? FIND_ACTIONS : []);
    }),
};

/** The role that IAM Identity Center creates for a permission set. */
function permissionSetRole(path: string, suffix: string): string {
  return `role/aws-reserved/sso.amazonaws.com/${path}AWSReservedSSO_${suffix}`;
}

export const KEY_ADMINISTRATORS: Proof = {
  name: "key administrators can manage the image key without an IAM policy, whatever the home Region of their permission set, but can't encrypt or decrypt",
  check: (fixture) => {
    const { shared, keyAdministrators } = fixture.factory;
    const { permissionSets, roles } = keyAdministrators;
    const keys = fixture.keys("image").filter(({ account }) => account === shared.id);
    checkEach(keys, (key) => {
      const actions = actionsOn(fixture, key);
      const actionsOf = (name: string): string[] => {
        const arn = `arn:aws:iam::${key.account}:${name}`;
        return actions(principal({ account: key.account, units: [] }, arn, EMPTY_POLICY));
      };
      for (const set of permissionSets) {
        for (const path of ["", "eu-west-1/"])
          deepStrictEqual(
            actionsOf(permissionSetRole(path, `${set}_0123456789abcdef`)),
            sorted(MANAGE_ACTIONS),
            set,
          );
        deepStrictEqual(actionsOf(permissionSetRole("", `${set}Not_0123456789abcdef`)), []);
      }
      for (const role of roles)
        deepStrictEqual(actionsOf(`role/${role}`), sorted(MANAGE_ACTIONS), role);
      deepStrictEqual(
        actionsOf("role/x/AWSReservedSSO_AWSAdministratorAccess_0123456789abcdef"),
        [],
      );
    });
  },
};
