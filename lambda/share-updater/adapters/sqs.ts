import type { SQSClient } from "@aws-sdk/client-sqs";
import { parseBuildArn } from "../../../contract/build-arn";
import { renderInvocation } from "../../../contract/invocation";
import { renderRecorderMessage } from "../../../contract/recorder";
import { sendMessages } from "../../common/send-messages";
import type { Aws } from "../ports";

/**
 * Returns a function that sends messages to the updater's own queue. It throws an `Error` if some
 * can't be sent, after it has sent the others. A message that is sent twice is harmless.
 */
export function sender(client: SQSClient, queueUrl: string): Aws["send"] {
  return (invocations, delaySeconds) =>
    sendMessages(
      client,
      queueUrl,
      invocations.map((invocation) => ({
        body: renderInvocation(invocation),
        // An image with many messages doesn't delay the others.
        group: invocation.image,
      })),
      delaySeconds,
    );
}

/**
 * Returns a function that sends messages to the recorder's queue. It throws like {@link sender}.
 */
export function recorderSender(client: SQSClient, queueUrl: string): NonNullable<Aws["record"]> {
  return (messages) =>
    sendMessages(
      client,
      queueUrl,
      messages.map((message) => ({
        body: renderRecorderMessage(message),
        group: parseBuildArn(message.build)?.image,
      })),
    );
}
