/**
 * How messages, alarms and usage texts call the `factory` command. Without `--no`, npx would offer
 * to install another author's package of this name where the factory isn't installed.
 */
export const PROGRAM = "npx --no factory";

/** Quotes a word of a command for a shell, if it needs quotes. */
export function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
