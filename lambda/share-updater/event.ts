import type { AccountRegion } from "../../contract/account-region";
import { isBuildOf, parseBuildArn } from "../../contract/build-arn";
import type { UpdaterInvocation } from "../../contract/invocation";

/** Work that an event asks for. */
export type Request =
  /** Reconcile every image. */
  | { readonly kind: "all" }
  /** Reconcile one image. `hints` are ARNs of builds that lists may not show yet. */
  | { readonly kind: "image"; readonly image: string; readonly hints: readonly string[] }
  /** A build ended, with the status that Image Builder's message reports. */
  | {
      readonly kind: "ended";
      readonly image: string;
      readonly arn: string;
      readonly status: string;
    }
  | { readonly kind: "ignored"; readonly reason: string };

/** A record of an SNS event. */
interface SnsRecord {
  readonly Sns: { readonly Message: string };
}

/**
 * Image Builder's message about a build.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/integ-sns.html
 */
interface BuildMessage {
  readonly arn: string;
  readonly state: { readonly status: string };
}

/** Returns the fields of a payload as unchecked values; no fields if it isn't an object. */
function uncheckedFields<T>(value: unknown): { readonly [Key in keyof T]?: unknown } {
  return typeof value === "object" && value !== null ? value : {};
}

function parseJson(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Parses a message of the topic. Other publishers can forge one, so it is only a hint. */
function parseBuildMessage(text: unknown, home: AccountRegion): Request {
  const { arn, state } = uncheckedFields<BuildMessage>(parseJson(text));
  const { status } = uncheckedFields<BuildMessage["state"]>(state);
  const build = typeof arn === "string" ? parseBuildArn(arn) : undefined;
  if (!build || typeof arn !== "string" || typeof status !== "string")
    return { kind: "ignored", reason: "the message isn't about an Image Builder build" };
  if (!isBuildOf(build.image, home, arn))
    return { kind: "ignored", reason: "the build belongs to another account or Region" };
  return { kind: "ended", image: build.image, arn, status };
}

function parseRecord(record: unknown, home: AccountRegion): Request {
  const { Sns } = uncheckedFields<SnsRecord>(record);
  const { Message } = uncheckedFields<SnsRecord["Sns"]>(Sns);
  return parseBuildMessage(Message, home);
}

function parseInvocation(event: unknown, home: AccountRegion): Request {
  const { image, build } = uncheckedFields<UpdaterInvocation>(event);
  if (image === undefined) return { kind: "all" };
  if (typeof image !== "string")
    return {
      kind: "ignored",
      reason: `image: must be a name, got: ${JSON.stringify(image)}`,
    };
  const hints = typeof build === "string" && isBuildOf(image, home, build) ? [build] : [];
  return { kind: "image", image, hints };
}

/**
 * Parses the event of an invocation: a batch of SNS records, or a direct invocation by the schedule
 * or an operator.
 */
export function parseEvent(event: unknown, home: AccountRegion): Request[] {
  const { Records } = uncheckedFields<{ readonly Records: unknown }>(event);
  if (Array.isArray(Records)) return Records.map((record) => parseRecord(record, home));
  return [parseInvocation(event, home)];
}
