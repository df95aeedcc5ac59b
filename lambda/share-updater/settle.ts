import type { Association } from "./decide";
import { type Aws, ShareBusyError } from "./ports";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;
/** As long as Terraform's provider waits. */
const PATIENCE = 5 * 60 * 1_000;

const isMoving = ({ status }: Association): boolean =>
  ["ASSOCIATING", "DISASSOCIATING", "SUSPENDING", "RESTORING"].includes(status);

/** What is in a share once nothing moves any more. Throws a `ShareBusyError` when that takes more than five minutes. */
export const settled = async ({ ram, now, sleep }: Aws, share: string): Promise<Association[]> => {
  const until = now() + PATIENCE;
  for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
    const associations = await ram.associations(share);
    if (!associations.some(isMoving)) return associations;
    if (now() >= until) throw new ShareBusyError(`${share} is still changing after five minutes`);
    await sleep(wait);
  }
};

/**
 * Does one change of a share when RAM is free to take it: one at a time is all that RAM takes of a share. `mutate` gets what is in the
 * share at that moment.
 */
export const change = async (
  aws: Aws,
  share: string,
  mutate: (associations: readonly Association[]) => Promise<void>,
): Promise<void> => {
  const until = aws.now() + PATIENCE;
  for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
    try {
      return await mutate(await settled(aws, share));
    } catch (error) {
      if (!(error instanceof ShareBusyError) || aws.now() >= until) throw error;
      await aws.sleep(wait);
    }
  }
};
