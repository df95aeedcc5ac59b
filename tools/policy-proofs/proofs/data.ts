/** Who gets at topics, queues and buckets. */
import { deepStrictEqual as mustEqual, ok } from "node:assert";
import type { Context } from "../../iam/evaluate";
import { administrator, imageBuilder, type PolicyFixture } from "../policy-fixture";
import { each, type Proof, SERVICES } from "./support";

export const DATA: readonly Proof[] = [
  {
    name: "the topic takes what Image Builder's role and alarms of its account publish, over TLS, and nothing else",
    check: (subject) =>
      each(subject.world.of("aws_sns_topic"), (topic) => {
        const arn = subject.world.arnOf(topic);
        const { account } = topic;
        const may = (asks: Parameters<PolicyFixture["allowed"]>[1], context: Context = {}) =>
          subject.allowed("sns", asks, arn, account, context);
        mustEqual(may(imageBuilder({ account, units: [] })), ["Publish"]);
        mustEqual(may({ service: "cloudwatch.amazonaws.com" }, { "aws:SourceAccount": account }), [
          "Publish",
        ]);
        mustEqual(
          may({ service: "cloudwatch.amazonaws.com" }, { "aws:SourceAccount": "888888888888" }),
          [],
        );
        mustEqual(
          may(
            { service: "cloudwatch.amazonaws.com" },
            { "aws:SourceAccount": account, "aws:SecureTransport": "false" },
          ),
          [],
        );
        const plain = { "aws:SecureTransport": "false" };
        const owner = administrator({ account, units: [] });
        mustEqual(
          may(owner, plain),
          may(owner).filter((action) => action !== "Publish"),
          "publishes without TLS",
        );
        for (const who of subject.onlookers) {
          if (who.account === account) continue;
          for (const asks of [administrator(who), imageBuilder(who)])
            mustEqual(may(asks, { "aws:SourceAccount": account }), [], who.account);
        }
        for (const service of SERVICES) {
          if (service.service === "cloudwatch.amazonaws.com") continue;
          mustEqual(may(service, { "aws:SourceAccount": account }), [], service.service);
        }
      }),
  },
  {
    name: "buckets and the queue of failed events refuse plain HTTP, and every other account and service",
    check: (subject) => {
      const { world } = subject;
      const places = [...world.of("aws_s3_bucket"), ...world.of("aws_sqs_queue")];
      each(places, (place) => {
        const arn = world.arnOf(place);
        const service = place.type === "aws_s3_bucket" ? "s3" : "sqs";
        const owner = administrator({ account: place.account, units: [] });
        for (const resource of service === "s3" ? [arn, `${arn}/key`] : [arn]) {
          const policy = world.documentOf(arn);
          const may = (asks: Parameters<PolicyFixture["allowed"]>[1], context: Context = {}) =>
            subject.allowedBy(policy, service, asks, resource, place.account, context);
          ok(may(owner).length > 0, `${resource} is closed to its own account`);
          mustEqual(may(owner, { "aws:SecureTransport": "false" }), [], resource);
          for (const who of subject.onlookers)
            if (who.account !== place.account) mustEqual(may(administrator(who)), [], who.account);
          for (const other of SERVICES)
            mustEqual(may(other, { "aws:SourceAccount": place.account }), [], other.service);
        }
      });
    },
  },
];
