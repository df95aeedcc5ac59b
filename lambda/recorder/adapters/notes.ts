import type { S3Client } from "@aws-sdk/client-s3";
import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import type { Notes } from "../ports";
import { writeOnce } from "./write-once";

interface Location {
  /** Name of the bucket that records which messages were sent. */
  readonly bucket: string;
  readonly topicArn: string;
}

/** Calls S3 and Amazon SNS for release notes. */
export function notesAdapter(
  s3: S3Client,
  sns: SNSClient,
  { bucket: Bucket, topicArn: TopicArn }: Location,
): Pick<Notes, "claim" | "publish"> {
  return {
    claim: (Key, text) => writeOnce(s3, { Bucket, Key }, text, "text/plain; charset=utf-8"),
    publish: async (Subject, Message) => {
      await sns.send(new PublishCommand({ TopicArn, Subject, Message }));
    },
  };
}
