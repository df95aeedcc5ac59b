/** Access to the factory's topics, queues and buckets. */
import { deepStrictEqual, ok } from "node:assert";
import type { Context, Principal } from "../../iam/evaluate";
import { ALLOW_ALL, administrator, imageBuilder, principal } from "../policy-fixture";
import { checkEach, type Proof, SERVICES } from "./support";

const PLAIN_HTTP: Context = { "aws:SecureTransport": "false" };

export const DATA: readonly Proof[] = [
  {
    name: "only Image Builder and the alarms of its account can publish to the topic, and only over TLS",
    check: (fixture) =>
      checkEach(fixture.stacks.resourcesOf("aws_sns_topic"), (topic) => {
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
    name: "only the factory's topic can send messages to the updater's queue through SNS, and only over TLS",
    check: (fixture) => {
      const { stacks } = fixture;
      checkEach(stacks.resourcesOf("aws_sqs_queue"), (queue) => {
        const { account, stack, region } = queue;
        const arn = stacks.arnOf(queue);
        const [topic] = stacks.resourcesOf("aws_sns_topic", stack);
        ok(topic, `${stack} must contain the topic`);
        const isDeadLetterQueue = queue.config.name.endsWith("-failed");
        const allowed = (by: Principal, source: string, context: Context = {}) =>
          fixture.allowed("sqs", by, arn, account, { "aws:SourceArn": source, ...context });
        const own = stacks.arnOf(topic);
        const others = [
          `arn:aws:sns:${region}:${account}:other`,
          own.replace(account, "888888888888"),
        ];
        for (const by of SERVICES) {
          const isSender = by.service === "sns.amazonaws.com" && !isDeadLetterQueue;
          deepStrictEqual(allowed(by, own), isSender ? ["SendMessage"] : [], by.service);
          deepStrictEqual(allowed(by, own, PLAIN_HTTP), [], by.service);
          for (const other of others) deepStrictEqual(allowed(by, other), [], other);
        }
      });
    },
  },
  {
    name: "no policy lets a build instance access the component and state buckets",
    check: (fixture) => {
      const { stacks } = fixture;
      const roles = stacks
        .resourcesOf("aws_iam_role")
        .filter(({ config }) => /-build-/.test(config.name));
      const buckets = stacks
        .resourcesOf("aws_s3_bucket")
        .filter(({ config }) => !config.bucket.includes("-logs-"));
      checkEach(roles, (role) => {
        const by = principal({ account: role.account, units: [] }, stacks.arnOf(role), ALLOW_ALL);
        for (const bucket of buckets)
          for (const resource of [stacks.arnOf(bucket), `${stacks.arnOf(bucket)}/channels/1.json`])
            deepStrictEqual(fixture.allowed("s3", by, resource, bucket.account), [], resource);
      });
    },
  },
  {
    name: "buckets and queues reject plain HTTP, every other account and every service",
    check: (fixture) => {
      const { stacks } = fixture;
      const stores = [
        ...stacks.resourcesOf("aws_s3_bucket"),
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
