import { createHash } from "node:crypto";
import { restJson, type Service } from "../protocol/emulator";

/** SQS with the operation SendMessageBatch only. `send` gets the body of each message. */
export function sqs(send: (body: string) => void): Service {
  return {
    ...restJson(
      "sqs",
      (_method, _url, body) => ({ operation: "SendMessageBatch", input: JSON.parse(body) }),
      {
        SendMessageBatch: ({ Entries }) => {
          const entries = Entries as { readonly Id: string; readonly MessageBody: string }[];
          for (const { MessageBody } of entries) send(MessageBody);
          return {
            Failed: [],
            Successful: entries.map(({ Id, MessageBody }) => ({
              Id,
              MessageId: Id,
              MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
            })),
          };
        },
      },
    ),
    contentType: "application/x-amz-json-1.0",
  };
}
