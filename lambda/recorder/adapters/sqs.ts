import type { SQSClient } from "@aws-sdk/client-sqs";
import { renderRecorderMessage } from "../../../contract/recorder";
import { sendMessages } from "../../common/send-messages";
import type { Aws } from "../ports";

/** Returns a function that sends a message to the recorder's own queue. */
export function sender(client: SQSClient, queueUrl: string): Aws["send"] {
  return (message, delaySeconds) =>
    sendMessages(client, queueUrl, [{ body: renderRecorderMessage(message) }], delaySeconds);
}
