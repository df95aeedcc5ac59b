/** Access to the factory's topics, queues and buckets. */
import { deepStrictEqual, ok } from "node:assert";
import { buildablesOf } from "../../../config/model";
import type { Context, Principal } from "../../iam/evaluate";
import type { Resource } from "../../iam/resolved-stacks";
import {
  ALLOW_ALL,
  administrator,
  imageBuilder,
  isInAudience,
  type PolicyFixture,
  principal,
  type TestAccount,
} from "../policy-fixture";
import { checkEach, functionsOf, type Proof, SERVICES, topicsOf, words } from "./support";

function isForEvidence({ config }: Resource): boolean {
  return config.bucket.includes("-evidence-");
}

/** Actions that read objects, write them or delete them, and the action that lists them. */
const OBJECT_ACTIONS = words(`
  DeleteObject DeleteObjectVersion GetObject PutObject ReplicateDelete ReplicateObject
`);
const LIST_ACTION = "ListBucket";

/** Returns a function that lists what a principal may do with the objects of a bucket. */
function objectActions(fixture: PolicyFixture, bucket: Resource) {
  const arn = fixture.stacks.arnOf(bucket);
  return (by: Principal, context: Context = {}): string[] => {
    const on = (resource: string): string[] =>
      fixture.allowed("s3", by, resource, bucket.account, context);
    return [
      ...on(`${arn}/base/1.0.0/1/provenance.dsse.json`).filter((action) =>
        OBJECT_ACTIONS.includes(action),
      ),
      ...on(arn).filter((action) => action === LIST_ACTION),
    ];
  };
}

/** Whether an account sees an image of a bucket's Region. Accounts may leave the organization. */
function isReader({ factory }: PolicyFixture, { region }: Resource, account: TestAccount): boolean {
  const { id } = factory.organization;
  const audiences = buildablesOf(factory.shared)
    .filter(({ regions }) => regions.includes(region))
    .flatMap(({ channels }) => channels.map(({ audience }) => audience));
  return account.organization === id && audiences.some((one) => isInAudience(one, account, id));
}

const PLAIN_HTTP: Context = { "aws:SecureTransport": "false" };

export const DATA: readonly Proof[] = [
  {
    name: "only Image Builder and the alarms of its account can publish to the topic, and only over TLS",
    check: (fixture) =>
      checkEach(topicsOf(fixture.stacks, "notifications"), (topic) => {
        const arn = fixture.stacks.arnOf(topic);
        const { account } = topic;
        const allowed = (by: Principal, context: Context = {}) =>
          fixture.allowed("sns", by, arn, account, context);
        const alarms = { service: "cloudwatch.amazonaws.com" };
        const fromAccount = { "aws:SourceAccount": account };
        deepStrictEqual(allowed(imageBuilder({ account, units: [] })), ["Publish"]);
        deepStrictEqual(allowed(alarms, fromAccount), ["Publish"]);
        deepStrictEqual(allowed(alarms, { "aws:SourceAccount": "888888888888" }), []);
        deepStrictEqual(allowed(alarms, { ...fromAccount, ...PLAIN_HTTP }), []);
        const owner = administrator({ account, units: [] });
        deepStrictEqual(
          allowed(owner, PLAIN_HTTP),
          allowed(owner).filter((action) => action !== "Publish"),
          "the topic must reject messages over plain HTTP",
        );
        for (const other of fixture.accounts) {
          if (other.account === account) continue;
          for (const by of [administrator(other), imageBuilder(other)])
            deepStrictEqual(allowed(by, fromAccount), [], other.account);
        }
        for (const service of SERVICES) {
          if (service.service === alarms.service) continue;
          deepStrictEqual(allowed(service, fromAccount), [], service.service);
        }
      }),
  },
  {
    name: "only the factory's rules of events can send messages to the rebuilder's queue through EventBridge, and only over TLS",
    check: (fixture) =>
      checkEach(fixture.stacks.resourcesOf("aws_sqs_queue"), (queue) => {
        const { stacks } = fixture;
        const { account, stack, region } = queue;
        const arn = stacks.arnOf(queue);
        const rules = stacks.resourcesOf("aws_cloudwatch_event_rule", stack);
        const rebuilder = "golden-image-factory-rebuilder";
        const isOwn = (name: string) =>
          [`${rebuilder}-builds`, `${rebuilder}-shares`].includes(name);
        const allowed = (by: Principal, source: string, context: Context = {}) =>
          fixture.allowed("sqs", by, arn, account, { "aws:SourceArn": source, ...context });
        for (const rule of rules)
          for (const by of SERVICES) {
            const isSender =
              by.service === "events.amazonaws.com" &&
              queue.config.name === rebuilder &&
              isOwn(rule.config.name);
            const source = stacks.arnOf(rule);
            deepStrictEqual(allowed(by, source), isSender ? ["SendMessage"] : [], source);
            deepStrictEqual(allowed(by, source, PLAIN_HTTP), [], source);
            deepStrictEqual(allowed(by, source.replace(account, "888888888888")), [], source);
          }
        const other = `arn:aws:events:${region}:${account}:rule/other`;
        for (const by of SERVICES) deepStrictEqual(allowed(by, other), [], other);
      }),
  },
  {
    name: "no service and no other account can publish to the topic for release notes, which exists exactly if the factory sends some",
    check: (fixture) => {
      const { stacks, factory } = fixture;
      const topics = topicsOf(stacks, "notes");
      deepStrictEqual(topics.length, factory.notes ? functionsOf(stacks, "recorder").length : 0);
      for (const topic of topics) {
        const arn = stacks.arnOf(topic);
        const { account } = topic;
        const allowed = (by: Principal, context: Context = {}) =>
          fixture.allowed("sns", by, arn, account, context);
        const owner = administrator({ account, units: [] });
        deepStrictEqual(
          allowed(owner, PLAIN_HTTP),
          allowed(owner).filter((action) => action !== "Publish"),
          "the topic must reject messages over plain HTTP",
        );
        for (const other of fixture.accounts)
          if (other.account !== account)
            for (const by of [administrator(other), imageBuilder(other)])
              deepStrictEqual(allowed(by), [], other.account);
        for (const service of SERVICES)
          deepStrictEqual(allowed(service, { "aws:SourceAccount": account }), [], service.service);
      }
    },
  },
  {
    name: "only the factory's topic can send messages to the updater's queue through SNS, and only over TLS",
    check: (fixture) => {
      const { stacks } = fixture;
      checkEach(stacks.resourcesOf("aws_sqs_queue"), (queue) => {
        const { account, stack, region } = queue;
        const arn = stacks.arnOf(queue);
        const [topic] = topicsOf(stacks, "notifications", stack);
        ok(topic, `${stack} must contain the topic`);
        const isUpdaterQueue = queue.config.name.endsWith("-share-updater");
        const allowed = (by: Principal, source: string, context: Context = {}) =>
          fixture.allowed("sqs", by, arn, account, { "aws:SourceArn": source, ...context });
        const own = stacks.arnOf(topic);
        const others = [
          `arn:aws:sns:${region}:${account}:other`,
          own.replace(account, "888888888888"),
        ];
        for (const by of SERVICES) {
          const isSender = by.service === "sns.amazonaws.com" && isUpdaterQueue;
          deepStrictEqual(allowed(by, own), isSender ? ["SendMessage"] : [], by.service);
          deepStrictEqual(allowed(by, own, PLAIN_HTTP), [], by.service);
          for (const other of others) deepStrictEqual(allowed(by, other), [], other);
        }
      });
    },
  },
  {
    name: "exactly the accounts that see an image of a Region can read its evidence, only the recorder can write it, and no role can replace or delete it",
    check: (fixture) => {
      const { stacks, accounts } = fixture;
      const buckets = stacks.resourcesOf("aws_s3_bucket").filter(isForEvidence);
      for (const bucket of buckets) {
        const actions = objectActions(fixture, bucket);
        const create = { "s3:if-none-match": "*" };
        for (const account of accounts) {
          const canRead = account.account === bucket.account || isReader(fixture, bucket, account);
          for (const context of [{}, create])
            deepStrictEqual(
              actions(administrator(account), context),
              canRead ? ["GetObject", LIST_ACTION] : [],
              `${account.account} on ${bucket.config.bucket}`,
            );
          deepStrictEqual(actions(administrator(account), PLAIN_HTTP), [], account.account);
        }
        for (const by of SERVICES)
          deepStrictEqual(actions(by, { "aws:SourceAccount": bucket.account }), [], by.service);

        const [recorder] = stacks
          .resourcesOf("aws_iam_role", bucket.stack)
          .filter(({ config }) => config.name.includes("-recorder-"));
        ok(recorder, `${bucket.stack} must contain the role of the recorder`);
        const owner = { account: bucket.account, units: [] };
        const unrestricted = principal(owner, stacks.arnOf(recorder), ALLOW_ALL);
        for (const by of [fixture.role(recorder), unrestricted]) {
          deepStrictEqual(actions(by, create), ["GetObject", "PutObject", LIST_ACTION]);
          deepStrictEqual(actions(by), ["GetObject", LIST_ACTION]);
        }
      }
    },
  },
  {
    name: "no policy lets a build instance access the buckets for components, state and evidence",
    check: (fixture) => {
      const { stacks, factory } = fixture;
      const roles = stacks
        .resourcesOf("aws_iam_role")
        .filter(({ config }) => /-build-/.test(config.name));
      const buckets = stacks
        .resourcesOf("aws_s3_bucket")
        .filter(({ config }) => !config.bucket.includes("-logs-"));
      checkEach(roles, (role) => {
        const account = { account: role.account, organization: factory.organization.id, units: [] };
        const by = principal(account, stacks.arnOf(role), ALLOW_ALL);
        for (const bucket of buckets)
          for (const resource of [stacks.arnOf(bucket), `${stacks.arnOf(bucket)}/channels/1.json`])
            deepStrictEqual(fixture.allowed("s3", by, resource, bucket.account), [], resource);
      });
    },
  },
  {
    name: "buckets and queues, except those for evidence, reject plain HTTP, every other account and every service",
    check: (fixture) => {
      const { stacks } = fixture;
      const stores = [
        ...stacks.resourcesOf("aws_s3_bucket").filter((bucket) => !isForEvidence(bucket)),
        ...stacks.resourcesOf("aws_sqs_queue"),
      ];
      checkEach(stores, (store) => {
        const arn = stacks.arnOf(store);
        const { account } = store;
        const service = store.type === "aws_s3_bucket" ? "s3" : "sqs";
        const owner = administrator({ account, units: [] });
        const policy = stacks.documentOf(arn);
        for (const resource of service === "s3" ? [arn, `${arn}/key`] : [arn]) {
          const allowed = (by: Principal, context: Context = {}) =>
            fixture.allowedBy(policy, service, by, resource, account, context);
          ok(allowed(owner).length > 0, `${resource} must be open to its account`);
          deepStrictEqual(allowed(owner, PLAIN_HTTP), [], resource);
          for (const other of fixture.accounts)
            if (other.account !== account)
              deepStrictEqual(allowed(administrator(other)), [], other.account);
          for (const other of SERVICES)
            deepStrictEqual(allowed(other, { "aws:SourceAccount": account }), [], other.service);
        }
      });
    },
  },
];
