import { type Association, type Aws, ShareBusyError } from "./ports";

const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 10_000;
/** The time that Terraform's AWS provider waits for one association. */
const RAM_TIMEOUT_MS = 5 * 60 * 1_000;

/**
 * Returns until when the next of `parts` equal pieces of work may wait, in milliseconds since 1970,
 * so that each later piece has as much of the time up to `end`.
 */
export function timeSlice(now: number, end: number, parts: number): number {
  return now + Math.min(RAM_TIMEOUT_MS, (end - now) / parts);
}

function isChanging({ status }: Association): boolean {
  return ["ASSOCIATING", "DISASSOCIATING", "SUSPENDING", "RESTORING"].includes(status);
}

/**
 * Waits until no association of a share is changing, and returns the share's associations.
 *
 * Throws a `ShareBusyError` if one is still changing at the time `until`.
 */
export async function settledAssociations(
  { ram, now, sleep }: Aws,
  share: string,
  until: number,
): Promise<readonly Association[]> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, MAX_WAIT_MS)) {
    const associations = (await ram.associations([share])).get(share) ?? [];
    if (!associations.some(isChanging)) return associations;
    const left = until - now();
    if (left <= 0)
      throw new ShareBusyError(
        `RAM is still changing the share ${share}; the next run checks it again`,
      );
    await sleep(Math.min(wait, left));
  }
}

/**
 * Changes a share once it is settled, and retries while RAM is busy: RAM accepts only one change of
 * a share at a time. `change` gets the settled associations.
 *
 * Throws a `ShareBusyError` if RAM is still busy at the time `until`.
 */
export async function changeShare(
  aws: Aws,
  share: string,
  until: number,
  change: (associations: readonly Association[]) => Promise<void>,
): Promise<void> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, MAX_WAIT_MS)) {
    try {
      return await change(await settledAssociations(aws, share, until));
    } catch (error) {
      const left = until - aws.now();
      if (!(error instanceof ShareBusyError) || left <= 0) throw error;
      await aws.sleep(Math.min(wait, left));
    }
  }
}
