/** Permissions to encrypt and decrypt messages, logs and documents with data keys. */
import { deepStrictEqual } from "node:assert";
import type { Context } from "../../../iam/evaluate";
import type { Resource } from "../../../iam/resolved-stacks";
import { administrator, imageBuilder, type PolicyFixture } from "../../policy-fixture";
import {
  CRYPTO_ACTIONS,
  checkEach,
  functionsOf,
  MANAGE_ACTIONS,
  type Proof,
  SERVICES,
  sorted,
  viaEc2,
} from "../support";
import { actionsOn, type KeyActions, OTHER_ACCOUNT, roleWithoutPolicies } from "./support";

/** The actions of a service that sends messages to an encrypted topic or queue. */
const SEND_ACTIONS = CRYPTO_ACTIONS.filter((action) => /^(Decrypt|Generate)/.test(action));

/** The context of a request to encrypt a log group of an account. */
function forLogGroup({ region }: Resource, account: string): Context {
  return {
    "aws:SourceAccount": account,
    "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${region}:${account}:log-group:/aws/lambda/x`,
  };
}

function checkOtherAccounts(fixture: PolicyFixture, key: Resource, actions: KeyActions): void {
  for (const other of fixture.accounts) {
    const { account: id } = other;
    if (id === key.account) continue;
    const logGroups = [forLogGroup(key, key.account), forLogGroup(key, id)];
    for (const by of [administrator(other), imageBuilder(other)])
      for (const context of [{}, viaEc2(key.region), ...logGroups])
        deepStrictEqual(actions(by, context), [], id);
  }
}

function checkAlarmsAndLogs(key: Resource, actions: KeyActions): void {
  const logs = { service: `logs.${key.region}.amazonaws.com` };
  const expected: Readonly<Record<string, readonly string[]>> = {
    "cloudwatch.amazonaws.com": SEND_ACTIONS,
    [logs.service]: CRYPTO_ACTIONS,
  };
  for (const by of [...SERVICES, logs]) {
    const { service } = by;
    deepStrictEqual(actions(by, forLogGroup(key, key.account)), expected[service] ?? [], service);
    deepStrictEqual(actions(by, forLogGroup(key, OTHER_ACCOUNT)), [], service);
  }
}

/**
 * Checks which service may use the key to send messages of a source, and that none may for a source
 * with the same name in another account.
 *
 * @param sender @default - none
 */
function checkSource(
  { account }: Resource,
  actions: KeyActions,
  arn: string,
  sender?: string,
): void {
  for (const { service } of SERVICES) {
    const from = (source: string): string[] => actions({ service }, { "aws:SourceArn": source });
    deepStrictEqual(from(arn), service === sender ? SEND_ACTIONS : [], `${service} for ${arn}`);
    const other = arn.replace(account, OTHER_ACCOUNT);
    deepStrictEqual(from(other), [], `${service} for ${other}`);
  }
}

/** The topic of the shared account sends messages to the updater's queue. */
function checkTopic({ factory }: PolicyFixture, key: Resource, actions: KeyActions): void {
  const { account, region } = key;
  const topic = `arn:aws:sns:${region}:${account}:golden-image-factory-notifications`;
  const sender = account === factory.shared.id ? "sns.amazonaws.com" : undefined;
  checkSource(key, actions, topic, sender);
  checkSource(key, actions, `${topic}-else`);
}

/** Rules of events send messages to the rebuilder's queue. */
function checkRules({ stacks }: PolicyFixture, key: Resource, actions: KeyActions): void {
  const { account, region } = key;
  const hasRebuilder = functionsOf(stacks, "rebuilder").some(
    (lambda) => lambda.account === account && lambda.region === region,
  );
  const sender = hasRebuilder ? "events.amazonaws.com" : undefined;
  const rule = `arn:aws:events:${region}:${account}:rule/golden-image-factory-rebuilder`;
  for (const suffix of ["-builds", "-shares"])
    checkSource(key, actions, `${rule}${suffix}`, sender);
  for (const suffix of ["", "-else"]) checkSource(key, actions, `${rule}${suffix}`);
}

function checkOwnAccount({ account }: Resource, actions: KeyActions): void {
  const owner = { account, units: [] };
  deepStrictEqual(actions(imageBuilder(owner)), SEND_ACTIONS);
  deepStrictEqual(actions(administrator(owner)), sorted(MANAGE_ACTIONS, CRYPTO_ACTIONS));
  deepStrictEqual(actions(roleWithoutPolicies(account)), []);
}

export const DATA_KEY: Proof = {
  name: "the data key is open only to Image Builder, alarms, logs and IAM policies of its account, to SNS for the topic of the shared account, and to EventBridge for the rules of the rebuilder",
  check: (fixture) =>
    checkEach(fixture.keys("data"), (key) => {
      const actions = actionsOn(fixture, key);
      checkOtherAccounts(fixture, key, actions);
      checkAlarmsAndLogs(key, actions);
      checkTopic(fixture, key, actions);
      checkRules(fixture, key, actions);
      checkOwnAccount(key, actions);
    }),
};
