/** Texts that several messages about deployed resources contain. */

export const NOT_DEPLOYED = "not deployed yet";

/** Writes the reason that AWS gives, if it gives one, after what happened. */
export function reasonOf(message: string | undefined): string {
  return message === undefined ? "" : `: ${message}`;
}
