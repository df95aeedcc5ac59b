/** The commands of this program that messages suggest. */
import { configOption } from "../config/factory-path";
import { PROGRAM } from "../contract/program";

/** The option `--config` of the command that runs. */
let config: string | undefined;

/** Makes suggested commands use the factory file of the command that runs. */
export function suggestWithConfig(option: string | undefined): void {
  config = option;
}

/**
 * Renders a command for a message, with the option `--config` if the command that runs has it.
 *
 * `config/versions/check.ts`, `config/versions/lock-file.ts` and `cli/synthesis-inputs.ts` don't
 * use this function. `main.ts` imports them too, and there no command sets the option. They render
 * the option from the factory file that they get.
 *
 * @param command without the name of the program. It must have the option `--config`.
 */
export function factoryCommand(command: string): string {
  return `${PROGRAM} ${command}${config === undefined ? "" : configOption(config)}`;
}
