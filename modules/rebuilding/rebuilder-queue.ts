import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { SqsQueuePolicy } from "@cdktf/provider-aws/lib/sqs-queue-policy";
import { Construct } from "constructs";
import { denyInsecureTransport, policy } from "../common/policy";
import { addQueue, type QueueProps } from "../functions/add-queue";

/**
 * Seconds for which Lambda collects messages for one run: builds end, and shares change, together.
 */
const COLLECT_SECONDS = 60;

/** Maximum number of messages for one run. */
const BATCH_SIZE = 100;

/** Maximum number of runs at the same time that events start. The minimum of AWS. */
const MAX_CONCURRENCY = 2;

/** The policy of the key must let EventBridge use it. */
export type RebuilderQueueProps = Omit<QueueProps, "collectSeconds">;

/** A rule whose events are hints to look. */
export interface HintRule {
  readonly name: string;
  readonly description: string;
  readonly eventPattern: object;
}

/**
 * The queue of events that start runs of the rebuilder. Without it, each event would start a
 * separate run, which reads every image.
 *
 * The messages are empty, because an event is only a reason to look.
 */
export class RebuilderQueue extends Construct {
  readonly arn: string;
  private readonly url: string;

  constructor(scope: Construct, id: string, props: RebuilderQueueProps) {
    super(scope, id);
    const queue = addQueue(this, { ...props, collectSeconds: COLLECT_SECONDS });
    this.arn = queue.arn;
    this.url = queue.url;
  }

  /** Sends a message for each event of the rules. Other rules can't send any. */
  sendOn(rules: Readonly<Record<string, HintRule>>): void {
    const all = Object.entries(rules).map(([id, { eventPattern, ...rule }]) => ({
      id,
      rule: new CloudwatchEventRule(this, id, {
        ...rule,
        eventPattern: JSON.stringify(eventPattern),
      }),
    }));
    const allowed = new SqsQueuePolicy(this, "policy", {
      queueUrl: this.url,
      policy: policy(
        {
          Sid: "RulesSend",
          Principal: { Service: "events.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: this.arn,
          Condition: { ArnEquals: { "aws:SourceArn": all.map(({ rule }) => rule.arn) } },
        },
        denyInsecureTransport("sqs:*", this.arn),
      ),
    });
    for (const { id, rule } of all)
      new CloudwatchEventTarget(this, `${id}-target`, {
        rule: rule.name,
        arn: this.arn,
        input: "{}",
        dependsOn: [allowed],
      });
  }

  /**
   * Starts a run for the messages of a minute. The function's role must be able to receive them.
   */
  invoke({ functionName }: LambdaFunction): void {
    new LambdaEventSourceMapping(this, "messages", {
      functionName,
      eventSourceArn: this.arn,
      batchSize: BATCH_SIZE,
      maximumBatchingWindowInSeconds: COLLECT_SECONDS,
      scalingConfig: { maximumConcurrency: MAX_CONCURRENCY },
    });
  }
}
