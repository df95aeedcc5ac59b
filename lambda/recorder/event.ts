import type { RecorderMessage } from "../../contract/recorder";

/** Returns the fields of a payload as unchecked values; no fields if it isn't an object. */
function uncheckedFields<T>(value: unknown): { readonly [Key in keyof T]?: unknown } {
  return typeof value === "object" && value !== null ? value : {};
}

/** Returns a message, or why a payload isn't one. */
function parseMessage(value: unknown): RecorderMessage | string {
  const { build, waitingSince } = uncheckedFields<RecorderMessage>(value);
  if (typeof build !== "string") return `build: must be an ARN, got: ${JSON.stringify(build)}`;
  if (waitingSince === undefined) return { build };
  if (typeof waitingSince === "number") return { build, waitingSince };
  return `waitingSince: must be a number, got: ${JSON.stringify(waitingSince)}`;
}

function parseBody(record: unknown): RecorderMessage | string {
  const { body } = uncheckedFields<{ readonly body: string }>(record);
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
