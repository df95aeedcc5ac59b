import { MINUTE_MS } from "../../contract/time";

/** The time of a run. Times are in milliseconds since 1970. */
export interface RunTime {
  readonly now: () => number;
  /** When the run must end. */
  readonly deadline: number;
}

/** The run had no time left. A later run continues. */
export class OutOfTimeError extends Error {
  override readonly name = "OutOfTimeError";
}

/** Throws an {@link OutOfTimeError} after the deadline. Each loop over AWS calls it. */
export function assertTimeLeft({ now, deadline }: RunTime): void {
  if (now() >= deadline)
    throw new OutOfTimeError(
      "the run had no time left for the rest of the image; a later run continues",
    );
}

/** Context that Lambda passes to a function with an event. */
export interface InvocationContext {
  readonly getRemainingTimeInMillis: () => number;
}

/** Time to finish a run after its last call. A call with its retries can take that long. */
const MARGIN_MS = MINUTE_MS;

/** Returns when the run of an invocation must end. */
export function deadlineOf(
  { getRemainingTimeInMillis }: InvocationContext,
  now: RunTime["now"] = Date.now,
): number {
  return now() + getRemainingTimeInMillis() - MARGIN_MS;
}
