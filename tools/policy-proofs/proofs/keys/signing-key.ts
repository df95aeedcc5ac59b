/** Permissions to sign evidence, and to manage the key that signs. */
import { deepStrictEqual } from "node:assert";
import type { Context } from "../../../iam/evaluate";
import type { Resource } from "../../../iam/resolved-stacks";
import { ALLOW_ALL, administrator, type PolicyFixture, principal } from "../../policy-fixture";
import {
  DIGEST,
  MANAGE_ACTIONS,
  type Proof,
  SERVICES,
  SIGN_ACTIONS,
  sorted,
  viaEc2,
} from "../support";
import { actionsOn, type KeyActions } from "./support";

/** The context of a request to sign as the recorder does, which also fits conditions on grants. */
const DIGEST_FOR_AWS: Context = { ...DIGEST, "kms:GrantIsForAWSResource": "true" };

function checkAdministrators(fixture: PolicyFixture, key: Resource, actions: KeyActions): void {
  const contexts = [{}, DIGEST_FOR_AWS, { ...DIGEST_FOR_AWS, ...viaEc2(key.region) }];
  for (const context of contexts) {
    for (const account of fixture.accounts)
      deepStrictEqual(
        actions(administrator(account), context),
        account.account === key.account ? sorted(MANAGE_ACTIONS, ["GetPublicKey"]) : [],
        account.account,
      );
    for (const service of SERVICES) deepStrictEqual(actions(service, context), []);
  }
}

/** Only the recorder's role can sign, even if every role has a policy that allows everything. */
function checkRoles({ stacks }: PolicyFixture, key: Resource, actions: KeyActions): void {
  for (const role of stacks.resourcesOf("aws_iam_role")) {
    const by = principal({ account: role.account, units: [] }, stacks.arnOf(role), ALLOW_ALL);
    const signActions = (context: Context): string[] =>
      actions(by, context).filter((action) => SIGN_ACTIONS.includes(action));
    const isSigner = role.stack === key.stack && role.config.name.includes("factory-recorder-");
    const read = role.account === key.account ? ["GetPublicKey"] : [];
    deepStrictEqual(
      signActions(DIGEST_FOR_AWS),
      isSigner ? [...read, "Sign"] : read,
      role.config.name,
    );
    for (const other of [
      { ...DIGEST_FOR_AWS, "kms:MessageType": "RAW" },
      { ...DIGEST_FOR_AWS, "kms:SigningAlgorithm": "RSASSA_PSS_SHA_256" },
      {},
    ])
      deepStrictEqual(signActions(other), read, role.config.name);
  }
}

export const SIGNING_KEY: Proof = {
  name: "only the recorder can sign with the key for evidence, and only digests; administrators of its account can manage it and read the public key",
  check: (fixture) => {
    for (const key of fixture.keys("signing")) {
      deepStrictEqual(
        [key.config.customer_master_key_spec, key.config.key_usage],
        ["ECC_NIST_P256", "SIGN_VERIFY"],
      );
      const actions = actionsOn(fixture, key);
      checkAdministrators(fixture, key, actions);
      checkRoles(fixture, key, actions);
    }
  },
};
