/** Accounts inside and outside the audience of an image key. */
import { deepStrictEqual } from "node:assert";
import { administrator, autoScalingRoleArn, imageBuilder } from "../../policy-fixture";
import { AUTO_SCALING_ACTIONS, checkEach, type Proof, SERVICES, sorted, viaEc2 } from "../support";
import { actionsOn, administratorActions, OTHER_ACCOUNT, usersOf } from "./support";

export const GRANTS_TO_AUTO_SCALING: Proof = {
  name: "an account in the audience can grant the image key to its Auto Scaling role only, and can't revoke grants of other accounts",
  check: (fixture) =>
    checkEach(fixture.keys("image"), (key) => {
      const actions = actionsOn(fixture, key);
      for (const user of usersOf(fixture, key)) {
        const { account: id } = user.account;
        const granting = (grantee: string, ...operations: string[]): string[] =>
          actions(administrator(user.account), {
            "kms:GranteePrincipal": grantee,
            "kms:GrantOperations": operations,
          });
        const always = administratorActions(user);
        deepStrictEqual(
          granting(autoScalingRoleArn(id), ...AUTO_SCALING_ACTIONS),
          sorted(always, user.isMember ? ["CreateGrant"] : []),
          id,
        );
        deepStrictEqual(
          granting(autoScalingRoleArn(OTHER_ACCOUNT), ...AUTO_SCALING_ACTIONS),
          always,
          `${id} must not grant to another account's Auto Scaling`,
        );
        deepStrictEqual(
          granting(`arn:aws:iam::${id}:role/x`, "Decrypt"),
          always,
          `${id} must not grant to another role`,
        );
        deepStrictEqual(
          granting(autoScalingRoleArn(id), "Decrypt", "Sign"),
          always,
          `${id} must not grant other operations`,
        );
      }
    }),
};

export const NOTHING_OUTSIDE: Proof = {
  name: "an account outside the audience can do nothing with the image key",
  check: (fixture) =>
    checkEach(fixture.keys("image"), (key) => {
      const actions = actionsOn(fixture, key);
      const ec2 = viaEc2(key.region);
      for (const { account, isMember, isOwner } of usersOf(fixture, key)) {
        if (isMember || isOwner) continue;
        for (const by of [administrator(account), imageBuilder(account)])
          for (const context of [{}, ec2, { "aws:SourceAccount": key.account }])
            deepStrictEqual(actions(by, context), [], account.account);
      }
      for (const service of SERVICES) deepStrictEqual(actions(service, ec2), []);
    }),
};
