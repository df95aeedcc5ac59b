/**
 * How messages, alarms and usage texts call the `factory` command. Without `--no`, npx would offer
 * to install another author's package of this name where the factory isn't installed.
 */
export const PROGRAM = "npx --no factory";
