/** Results of the steps of `factory prove`. */
import { isUnknownCredentials } from "../../credentials";
import { describeKnownError } from "../../report";
import { isDenied } from "../denied";
import { Interrupted } from "./interruption";

/** The order is that of their importance. */
export const OUTCOMES = ["failed", "inconclusive", "ok", "skipped"] as const;

/**
 * `failed`: the account can't use the image. `inconclusive`: the step didn't find out, such as
 * because EC2 has no capacity, or the role lacks a permission that other roles may have.
 */
export type Outcome = (typeof OUTCOMES)[number];

/** Why a step isn't ok. */
export type Reason =
  | "not-shared"
  | "launch-permission"
  | "kms"
  | "organization-policy"
  | "iam"
  | "capacity"
  | "quota"
  | "image"
  | "subscription"
  | "cleanup"
  | "interrupted"
  | "unavailable"
  | "other";

/** Result of a step. */
export interface StepResult {
  readonly outcome: Outcome;
  /** Lower case, without a full stop. */
  readonly message: string;
  /** @default - the step is ok or was skipped */
  readonly reason?: Reason;
  /** Instruction in words. */
  readonly fix?: string;
  /** Commands that fix it, or show more. */
  readonly commands?: readonly string[];
}

/** A step in the output. */
export interface Step extends StepResult {
  readonly id: string;
  readonly seconds: number;
}

export function ok(message: string): StepResult {
  return { outcome: "ok", message };
}

export function skipped(message: string): StepResult {
  return { outcome: "skipped", message };
}

/** Names of errors of EC2 where the chosen Availability Zone, host or subnet is full. */
const NO_CAPACITY =
  /^(Server\.)?(Insufficient\w*Capacity\w*|ReservationCapacityExceeded|InsufficientFreeAddressesInSubnet|Unsupported)$/;

const OVER_QUOTA =
  /^(Client\.)?(VcpuLimitExceeded|InstanceLimitExceeded|VolumeLimitExceeded|SecurityGroupLimitExceeded|MaxIOPSLimitExceeded|ServiceQuotaExceededException)$/;

/** Actions that this command needs, but not an account that uses an image. */
const HELPERS = /SecurityGroup|Tag|Delete|Terminate|List|ec2:DescribeInstance|ec2:DescribeSubnets/;

const NO_AMI = /^InvalidAMIID\./;

/** Names of errors about something that exists already, such as because a call was repeated. */
const EXISTS = /Duplicate|AlreadyExists/;

const THROTTLED =
  /^(RequestLimitExceeded|Throttling|ThrottlingException|TooManyRequestsException)$/;

/** An error of AWS, or the reason of EC2 for the end of an instance. */
interface AwsError {
  readonly name: string;
  readonly message: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

/**
 * Whether AWS rejected a call, so that it had no effect. The SDK repeats a call without an answer;
 * then a rejection says nothing about the call before.
 */
export function hadNoEffect(error: unknown): boolean {
  const { httpStatusCode = 0, attempts = 1 } = (error as AwsError).$metadata ?? {};
  return httpStatusCode >= 400 && httpStatusCode < 500 && attempts === 1;
}

/** Explains an error of AWS; throws an error that is a defect. */
export function explainError(error: unknown): StepResult {
  if (error instanceof Interrupted)
    return { outcome: "inconclusive", reason: "interrupted", message: "interrupted" };
  if (describeKnownError(error) === undefined) throw error;
  const { name, message, $metadata } = error as AwsError;
  const { httpStatusCode: status, attempts = 1 } = $metadata ?? {};
  if (attempts > 1 && EXISTS.test(name))
    return unavailable(`a call got no answer, but had an effect: ${name}: ${firstLine(message)}`);
  if (isUnknownCredentials(error) && !/Not authorized for images/.test(message))
    return unavailable(`the Region doesn't accept the credentials: ${name}: ${firstLine(message)}`);
  if (status === undefined || status >= 500 || THROTTLED.test(name))
    if (!NO_CAPACITY.test(name)) return unavailable(`${name}: ${firstLine(message)}`);
  return explainReason({ name, message, ...($metadata && { $metadata }) });
}

/** Explains an error of EC2, or why EC2 ended an instance. */
export function explainReason({ name, message: text, $metadata }: AwsError): StepResult {
  const message = `${name}: ${firstLine(text)}`;
  if (NO_AMI.test(name) || /Not authorized for images/.test(text))
    return noLaunchPermission(message);
  if (NO_CAPACITY.test(name))
    return {
      outcome: "inconclusive",
      reason: "capacity",
      message: `EC2 has no capacity: ${message}`,
      fix: "run the command again later, or with a subnet in another Availability Zone. This says nothing about the image",
    };
  if (OVER_QUOTA.test(name))
    return {
      outcome: "inconclusive",
      reason: "quota",
      message: `a quota of the account is reached: ${message}`,
      fix: "raise the quota, or remove what uses it. This says nothing about the image",
    };
  if (isDenied({ name, $metadata })) return denied(message);
  if (/^Server\./.test(name)) return unavailable(message);
  if (/^Client\.(User|Instance)InitiatedShutdown$/.test(name))
    return {
      outcome: "inconclusive",
      reason: "other",
      message: `someone or something else ended the instance: ${message}`,
      fix: "run the command again",
    };
  // Assumed: always about the key.
  // https://repost.aws/knowledge-center/encrypted-volumes-stops-immediately
  if (name === "Client.InternalError" || /kms/i.test(message)) return keyUnusable(message);
  if (name === "OptInRequired")
    return {
      outcome: "failed",
      reason: "subscription",
      message: `the account isn't subscribed to the product of AWS Marketplace: ${message}`,
      fix: "subscribe to the product in AWS Marketplace with this account",
    };
  return { outcome: "failed", reason: "other", message };
}

/**
 * Explains a missing permission by the kind of policy that AWS names.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
function denied(message: string): StepResult {
  const action = /not authorized to perform: ([\w:*]+)/.exec(message)?.[1];
  const isKey = action?.startsWith("kms:") ?? false;
  const what = action ?? "the call";
  if (/(service|resource) control policy/.test(message))
    return {
      // Using an image doesn't need what only this command does.
      outcome: HELPERS.test(what) ? "inconclusive" : "failed",
      reason: "organization-policy",
      message: `a policy of the organization (SCP or RCP) denies ${what}: ${message}`,
      fix: `ask the administrators of the organization to allow ${what} for the account`,
    };
  if (/resource-based policy/.test(message))
    return isKey
      ? keyUnusable(message)
      : {
          outcome: "failed",
          reason: "iam",
          message: `the policy of the resource denies ${what}: ${message}`,
          fix: "correct the policy of the resource that the message names",
        };
  return {
    outcome: "inconclusive",
    reason: isKey ? "kms" : "iam",
    message: `the role or user of these credentials may not call ${what}: ${message}`,
    fix: "use a role that has examples/policies/prove.json, or allow this action. Other roles of the account may be allowed to",
  };
}

export function keyUnusable(message: string): StepResult {
  return {
    outcome: "failed",
    reason: "kms",
    message: `the account can't use the image key: ${message}`,
    fix: "check that the account is in the audience of a channel and that the stack of the shared account is applied: its key policy follows the channels. The launching role also needs the permissions for the key in examples/policies/prove.json",
  };
}

export function noLaunchPermission(message: string): StepResult {
  return {
    outcome: "failed",
    reason: "launch-permission",
    message: `the account has no launch permission: ${message}`,
    fix: "run the updater with credentials of the shared account",
  };
}

function unavailable(message: string): StepResult {
  return {
    outcome: "inconclusive",
    reason: "unavailable",
    message,
    fix: "run the command again; AWS or the network may be unavailable",
  };
}

/** Removes line breaks and EC2's encoded message, which only `aws sts` can read. */
function firstLine(message: string): string {
  return message
    .replace(/\s*Encoded authorization failure message:.*$/s, "")
    .replace(/\n.*/s, "")
    .replace(/\.$/, "");
}
