/** Access to the factory's topics, queues and buckets. */
import { deepStrictEqual, ok } from "node:assert";
import type { Context, Principal } from "../../iam/evaluate";
import { administrator, imageBuilder } from "../policy-fixture";
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
    name: "buckets and the queue of failed events reject plain HTTP, every other account and every service",
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
