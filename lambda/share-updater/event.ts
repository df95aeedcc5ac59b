import { type ArnLocation, isBuildOf, parseBuildArn } from "../../contract/build-arn";
import type { UpdaterInvocation } from "../../contract/invocation";
import { uncheckedFields } from "../common/unchecked-fields";

/** Work that an event asks for. */
export type Request =
  /** Send a message for every image; for those after an image, by name, if a full run continues. */
  | { readonly kind: "all"; readonly full: boolean; readonly after?: string }
  /**
   * Reconcile one image. `hints` are ARNs of builds that lists may not show yet. An operator's
   * change of them is looked at a second time, because answers about them may be out of date.
   */
  | {
      readonly kind: "image";
      readonly image: string;
      readonly hints: readonly string[];
      readonly full: boolean;
      readonly isOperators: boolean;
    }
  /** A build ended, with the status that Image Builder's message reports. */
  | {
      readonly kind: "ended";
      readonly image: string;
      readonly arn: string;
      readonly status: string;
    }
  | { readonly kind: "ignored"; readonly reason: string };

interface SqsRecord {
  readonly body: string;
}

/**
 * Image Builder's message about a build.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/integ-sns.html
 */
interface BuildMessage {
  readonly arn: string;
  readonly state: { readonly status: string };
}

/** Parses a message of the topic. Other publishers can forge one, so it is only a hint. */
function parseBuildMessage(message: unknown, home: ArnLocation): Request {
  const { arn, state } = uncheckedFields<BuildMessage>(message);
  const { status } = uncheckedFields<BuildMessage["state"]>(state);
  const build = typeof arn === "string" ? parseBuildArn(arn) : undefined;
  if (!build || typeof arn !== "string" || typeof status !== "string")
    return { kind: "ignored", reason: "the message isn't about an Image Builder build" };
  if (!isBuildOf(build.image, home, arn))
    return { kind: "ignored", reason: "the build belongs to another account or Region" };
  return { kind: "ended", image: build.image, arn, status };
}

function parseInvocation(event: unknown, home: ArnLocation): Request {
  const { image, build, full, after } = uncheckedFields<UpdaterInvocation>(event);
  if (image === undefined)
    return { kind: "all", full: full === true, ...(typeof after === "string" && { after }) };
  if (typeof image !== "string")
    return {
      kind: "ignored",
      reason: `image: must be a name, got: ${JSON.stringify(image)}`,
    };
  const hints = typeof build === "string" && isBuildOf(image, home, build) ? [build] : [];
  return { kind: "image", image, hints, full: full === true, isOperators: hints.length > 0 };
}

/** Parses an invocation that the updater sent to its own queue. */
function parseOwnMessage(message: unknown, home: ArnLocation): Request {
  const request = parseInvocation(message, home);
  return request.kind === "image" ? { ...request, isOperators: false } : request;
}

/** Parses a message of the queue: one of the topic, or one that the updater sent itself. */
function parseRecord(record: unknown, home: ArnLocation): Request {
  const { body } = uncheckedFields<SqsRecord>(record);
  try {
    const message: unknown = typeof body === "string" ? JSON.parse(body) : undefined;
    // The updater's own messages name an image, and have no state. The subscription's filter lets
    // no message of the topic without a state through. So publishers to the topic can't start runs
    // over all images, which would multiply their messages.
    const { image, after } = uncheckedFields<UpdaterInvocation>(message);
    const { state } = uncheckedFields<BuildMessage>(message);
    const isOwn = state === undefined && (image !== undefined || after !== undefined);
    return isOwn ? parseOwnMessage(message, home) : parseBuildMessage(message, home);
  } catch {
    return { kind: "ignored", reason: "the message isn't JSON" };
  }
}

/**
 * Parses the event of an invocation: messages of the queue, or an `UpdaterInvocation` of a schedule
 * or an operator.
 */
export function parseEvent(event: unknown, home: ArnLocation): Request[] {
  const { Records } = uncheckedFields<{ readonly Records: unknown }>(event);
  if (Array.isArray(Records)) return Records.map((record) => parseRecord(record, home));
  return [parseInvocation(event, home)];
}
