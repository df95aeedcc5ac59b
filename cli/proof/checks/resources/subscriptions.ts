/** Checks the subscriptions that stacks create. Before the first deployment it doesn't apply. */
import { topicArn } from "../../../../config/aws/arns";
import { NOTES_TOPIC_NAME, TOPIC_NAME } from "../../../../config/names";
import {
  check,
  failed,
  ifExists,
  notApplicable,
  type Observation,
  type Target,
  warning,
} from "../../check";
import { NOT_DEPLOYED } from "./messages";

/** A topic of a Region, and the addresses that factory.yaml subscribes to it. */
interface Recipients {
  readonly topic: string;
  readonly emails: readonly string[];
  /** The messages of the topic. */
  readonly messages: string;
}

function recipientsOf({
  factory,
  account,
  isShared,
  buildables,
}: Omit<Target<never>, "pages" | "read">): Recipients[] {
  const releases = isShared && buildables.length > 0 ? factory.notes : undefined;
  return [
    { topic: TOPIC_NAME, emails: account.emails, messages: "notification" },
    { topic: NOTES_TOPIC_NAME, emails: releases?.emails ?? [], messages: "release notes" },
  ].filter(({ emails }) => emails.length > 0);
}

function subscriptionObservations(
  { emails, messages }: Recipients,
  TopicArn: string,
  region: string,
  states: ReadonlyMap<string | undefined, string | undefined>,
): Observation[] {
  return emails.flatMap((email): Observation[] => {
    const state = states.get(email);
    if (state?.startsWith("arn:")) return [];
    if (state === "PendingConfirmation")
      return [
        failed(`${email} hasn't confirmed the subscription, so it gets no ${messages}`, {
          why: 'open the link in the mail "AWS Notification - Subscription Confirmation". The command sends it again',
          run: `aws sns subscribe --topic-arn ${TopicArn} --protocol email --notification-endpoint ${email} --region ${region}`,
        }),
      ];
    return [warning(`${email} isn't subscribed`, "apply the stack again")];
  });
}

export const subscriptions = check({
  id: "subscriptions",
  title: "Each e-mail address of notify and notes has confirmed its subscription",
  scope: "region",
  calls: ["sns:ListSubscriptionsByTopic"],
  async run(target) {
    const { at, pages } = target;
    const recipients = recipientsOf(target);
    if (recipients.length === 0) return [notApplicable("neither notify.emails nor notes is set")];
    const lists = await Promise.all(
      recipients.map(({ topic }) =>
        ifExists(
          pages("sns:ListSubscriptionsByTopic", { TopicArn: topicArn(at, topic) }),
          "NotFoundException",
          "NotFound",
        ),
      ),
    );
    if (lists.every((list) => list === undefined)) return [notApplicable(NOT_DEPLOYED)];
    return recipients.flatMap((one, index): Observation[] => {
      const found = lists[index];
      if (found === undefined)
        return [
          warning(`the topic ${one.topic} isn't deployed yet`, "apply the stack of the Region"),
        ];
      const states = new Map(
        found.flatMap(({ Subscriptions = [] }) =>
          Subscriptions.map(
            ({ Endpoint, SubscriptionArn }) => [Endpoint, SubscriptionArn] as const,
          ),
        ),
      );
      return subscriptionObservations(one, topicArn(at, one.topic), at.region, states);
    });
  },
});
