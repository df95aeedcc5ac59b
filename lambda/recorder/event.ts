import { MAX_ATTEMPTS, MAX_RECORDER_MESSAGE, type RecorderMessage } from "../../contract/recorder";
import { uncheckedFields } from "../common/unchecked-fields";

interface Types {
  readonly string: string;
  readonly number: number;
  readonly boolean: boolean;
}

function isOptional<T extends keyof Types>(value: unknown, type: T): value is Types[T] | undefined {
  return value === undefined || typeof value === type;
}

/** A message with any other number could be sent again without end. */
function isAttempts(attempts = 1): boolean {
  return Number.isInteger(attempts) && attempts >= 1 && attempts <= MAX_ATTEMPTS;
}

function problem(field: string, expected: string, value: unknown): string {
  return `${field}: must be ${expected}, got: ${JSON.stringify(value)}`;
}

/** Returns a message, or why a payload isn't one. */
function parseMessage(value: unknown): RecorderMessage | string {
  const { build, channel, isEmpty, from, waitingSince, attempts } =
    uncheckedFields<RecorderMessage>(value);
  if (typeof build !== "string") return problem("build", "an ARN", build);
  if (!isOptional(channel, "string")) return problem("channel", "a name", channel);
  if (!isOptional(isEmpty, "boolean")) return problem("isEmpty", "true or false", isEmpty);
  if (!isOptional(from, "string")) return problem("from", "an ARN", from);
  if (!isOptional(waitingSince, "number")) return problem("waitingSince", "a number", waitingSince);
  if (!isOptional(attempts, "number") || !isAttempts(attempts))
    return problem("attempts", `a whole number from 1 to ${MAX_ATTEMPTS}`, attempts);
  return {
    build,
    ...(channel !== undefined && { channel }),
    ...(isEmpty !== undefined && { isEmpty }),
    ...(from !== undefined && { from }),
    ...(waitingSince !== undefined && { waitingSince }),
    ...(attempts !== undefined && { attempts }),
  };
}

function parseBody(record: unknown): RecorderMessage | string {
  const { body } = uncheckedFields<{ readonly body: string }>(record);
  if (typeof body === "string" && body.length > MAX_RECORDER_MESSAGE)
    return `the message must have at most ${MAX_RECORDER_MESSAGE} characters, got: ${body.length}`;
  try {
    return parseMessage(typeof body === "string" ? JSON.parse(body) : undefined);
  } catch {
    return "the message isn't JSON";
  }
}

/**
 * Parses an event: messages of the queue, or the payload of an invocation. Returns a message for
 * each, or why there is none.
 */
export function parseEvent(event: unknown): (RecorderMessage | string)[] {
  const { Records } = uncheckedFields<{ readonly Records: readonly unknown[] }>(event);
  return Array.isArray(Records) ? Records.map(parseBody) : [parseMessage(event)];
}
