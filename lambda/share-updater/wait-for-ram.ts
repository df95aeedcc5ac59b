import type { Association } from "./decide";
import { type Aws, ShareBusyError } from "./ports";

const FIRST_WAIT = 250;
const LONGEST_WAIT = 10_000;
/** As long as Terraform's provider waits for one association. */
const RAM_TIMEOUT_MS = 5 * 60 * 1_000;

/** Until when one of `parts` may wait, so that what comes after it has as much of the time up to `end` left. */
export function timeSlice(now: number, end: number, parts: number): number {
  return now + Math.min(RAM_TIMEOUT_MS, (end - now) / parts);
}

function isMoving({ status }: Association): boolean {
  return ["ASSOCIATING", "DISASSOCIATING", "SUSPENDING", "RESTORING"].includes(status);
}

/** What is in a share once nothing moves any more. Throws a `ShareBusyError` when something still does at the moment `until`. */
export async function settledAssociations(
  { ram, now, sleep }: Aws,
  share: string,
  until: number,
): Promise<Association[]> {
  for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
    const associations = await ram.associations(share);
    if (!associations.some(isMoving)) return associations;
    const left = until - now();
    if (left <= 0)
      throw new ShareBusyError(`${share} is still changing: looked at again next time`);
    await sleep(Math.min(wait, left));
  }
}

/**
 * Does one change of a share when RAM is free to take it: one at a time is all that RAM takes of a share. `mutate` gets what is in the
 * share at that moment.
 */
export async function changeShare(
  aws: Aws,
  share: string,
  until: number,
  mutate: (associations: readonly Association[]) => Promise<void>,
): Promise<void> {
  for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
    try {
      return await mutate(await settledAssociations(aws, share, until));
    } catch (error) {
      const left = until - aws.now();
      if (!(error instanceof ShareBusyError) || left <= 0) throw error;
      await aws.sleep(Math.min(wait, left));
    }
  }
}
