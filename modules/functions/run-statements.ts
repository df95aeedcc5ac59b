/** Permissions that the roles of functions need to run. */

import type { Statement } from "../common/policy";

/** ARNs that every function uses. */
export interface FunctionArns {
  readonly logGroupArn: string;
  /** ARN of the queue that Lambda sends failed events to. */
  readonly deadLetterQueueArn: string;
  /** ARN of the key that encrypts the queues and the manifest. */
  readonly dataKeyArn: string;
}

/** ARNs for a function that processes the messages of a queue. */
export interface QueueFunctionArns extends FunctionArns {
  /** ARN of the queue of the function's work. */
  readonly queueArn: string;
}

export function logStatement({ logGroupArn }: FunctionArns): Statement {
  return {
    Sid: "WriteLogs",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: `${logGroupArn}:*`,
  };
}

export function dataKeyStatement({ dataKeyArn }: FunctionArns): Statement {
  return {
    Sid: "UseDataKey",
    Action: ["kms:Decrypt", "kms:GenerateDataKey"],
    Resource: dataKeyArn,
  };
}

/**
 * Statements of a function that processes a queue, and sends messages to it.
 *
 * @param otherQueueArn - another queue that it sends messages to
 */
export function queueStatements(arns: QueueFunctionArns, otherQueueArn?: string): Statement[] {
  const { queueArn, deadLetterQueueArn } = arns;
  return [
    logStatement(arns),
    {
      Sid: "ProcessMessages",
      Action: ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
      Resource: queueArn,
    },
    {
      Sid: "SendMessages",
      Action: "sqs:SendMessage",
      Resource: [queueArn, deadLetterQueueArn, ...(otherQueueArn ? [otherQueueArn] : [])],
    },
    dataKeyStatement(arns),
  ];
}

/** Statements of a function that reads a manifest. */
export function manifestStatements(bucketArn: string, prefix: string): Statement[] {
  return [
    { Sid: "ReadManifest", Action: "s3:GetObject", Resource: `${bucketArn}/${prefix}*` },
    // Without this permission S3 doesn't report that the manifest is missing, but that access is
    // denied. Assumed: a condition on s3:prefix would have the same effect, because a request for
    // an object has no prefix.
    { Sid: "FindManifest", Action: "s3:ListBucket", Resource: bucketArn },
  ];
}
