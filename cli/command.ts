/** The frame of every command: options, usage, output and exit codes. */
import { styleText } from "node:util";
import { Command, CommanderError, Option } from "commander";
import { PROGRAM } from "../contract/program";
import { version } from "../package.json";
import { suggestWithConfig } from "./factory-command";
import { endIfClosed } from "./interruption";
import { colorHeading, EXIT, reportError } from "./report";

const EXIT_CODES = `
Exit codes:
  ${EXIT.ok}  success: everything is as it should be
  ${EXIT.error}  error: the input is wrong, or a file, Git, Terraform or AWS returned an
     error
  ${EXIT.differs}  difference: AWS isn't as the factory file describes it, or a check failed
     (only plan, status, explain, which, fleet, doctor, prove, findings, keys
     and verify)`;

/** An argument or an option. */
export interface Input {
  /** Placeholder of the value in usage texts. @default - a flag, which has no value */
  readonly value?: string;
  readonly description: string;
  readonly required?: boolean;
  /** Whether an argument takes all remaining values. */
  readonly variadic?: boolean;
  /** Whether an option can be given several times. */
  readonly repeatable?: boolean;
}

/** Inputs by name. The names of options are those on the command line, without `--`. */
export type Inputs = Readonly<Record<string, Input>>;

type Value<I extends Input> = I extends { variadic: true } | { repeatable: true }
  ? readonly string[]
  : I extends { value: string }
    ? I extends { required: true }
      ? string
      : string | undefined
    : boolean;

/** The values of inputs, by name. */
export type Values<I extends Inputs> = { readonly [Name in keyof I]: Value<I[Name]> };

export interface CommandResult {
  /** @default - the command has printed its output already */
  readonly text?: string;
  /** Printed instead of the text with `--json`. */
  readonly data?: unknown;
  /** @default 0 */
  readonly exitCode?: number;
}

interface Description {
  readonly name: string;
  /** One line in the list of commands. */
  readonly summary: string;
  /** More lines in the command's own help. @default - none */
  readonly details?: string;
}

/**
 * A command. `run` must import what it needs dynamically, so that other commands and `--help` don't
 * load it.
 */
export interface CommandDefinition<A extends Inputs, O extends Inputs> extends Description {
  /** In the order of the command line. */
  readonly args: A;
  readonly options: O;
  /** Without the name of the program. */
  readonly example: string;
  readonly run: (values: Values<A> & Values<O>) => Promise<CommandResult>;
}

/** Options that several commands have. */
export const CONFIG = {
  value: "FILE",
  description: "factory file (default: $FACTORY_CONFIG, else factory.yaml)",
} as const;
export const JSON_OUTPUT = { description: "print the result as JSON" } as const;

/** Commander removes the colors where the output isn't a terminal or NO_COLOR is set. */
const HELP_STYLE = {
  styleTitle: (text: string) => styleText("bold", text, { validateStream: false }),
  styleSubcommandTerm: styleTerm,
  styleOptionTerm: styleTerm,
  styleArgumentTerm: styleTerm,
};

function styleTerm(text: string): string {
  return styleText("cyan", text, { validateStream: false });
}

/** Creates the command that all commands belong to. */
export function createProgram(description: string): Command {
  return (
    new Command(PROGRAM)
      .description(description)
      .version(version, "--version", "print the version")
      .usage("COMMAND [arguments] [options]")
      .helpOption("-h, --help", "print this help")
      .helpCommand(false)
      .configureHelp({ subcommandTerm: (command) => command.name(), ...HELP_STYLE })
      .exitOverride()
      .configureOutput({
        outputError: (text, write) =>
          write(colorHeading("red", text.replace(/^error: /, ""), process.stderr)),
      })
      // `npx --no factory --help` would print npm's help.
      .showHelpAfterError(`See \`${PROGRAM} help\`.`)
      .addHelpText("afterAll", EXIT_CODES)
  );
}

/** Adds a command without arguments and options, to which commands can be added. */
export function addGroup(parent: Command, { name, summary, details }: Description): Command {
  const command = parent.command(name);
  return command
    .summary(summary)
    .description(details === undefined ? summary : `${summary}\n\n${details}`)
    .helpCommand(false)
    .showHelpAfterError(`See \`${pathOf(command)} --help\`.`);
}

export function addCommand<const A extends Inputs, const O extends Inputs>(
  parent: Command,
  { args, options, example, run, ...description }: CommandDefinition<A, O>,
): void {
  const command = addGroup(parent, description)
    .usage(usageOf(args, options))
    .addHelpText("after", `\nExample:\n  ${PROGRAM} ${example}`);
  // Commander would report missing arguments and options one at a time. `assertComplete` reports
  // all of them.
  for (const input of Object.values(args))
    command.argument(
      input.variadic ? `[${input.value}...]` : `[${input.value}]`,
      input.description,
    );
  for (const [name, input] of Object.entries(options)) command.addOption(optionOf(name, input));
  command.action(async () => {
    const values = valuesOf(command, args, options);
    assertComplete(command, values, { args, options });
    suggestWithConfig(values["config"] as string | undefined);
    printResult(await run(values as Values<A> & Values<O>), values["json"] === true);
  });
}

/** Runs the command line of this process. */
export async function runProgram(program: Command): Promise<void> {
  process.stdout.on("error", endIfClosed);
  process.stderr.on("error", endIfClosed);
  try {
    await program.parseAsync();
  } catch (error) {
    // Commander has printed its own errors and the help.
    if (error instanceof CommanderError) process.exitCode = error.exitCode;
    else reportError(error);
  }
}

/** Returns a command with the commands above it, as on the command line. */
function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

function optionOf(name: string, { value, description, repeatable }: Input): Option {
  const option = new Option(optionFlags(name, value), description);
  if (!repeatable) return option;
  return option.argParser((given: string, earlier: readonly string[] = []) => [...earlier, given]);
}

function optionFlags(name: string, value: string | undefined): string {
  return value === undefined ? `--${name}` : `--${name} <${value}>`;
}

function usageOf(args: Inputs, options: Inputs): string {
  const positional = Object.values(args).map(({ value, variadic, required }) => {
    const text = variadic ? `${value}...` : `${value}`;
    return required ? text : `[${text}]`;
  });
  const required = Object.entries(options)
    .filter(([, input]) => input.required)
    .map(([name, { value }]) => `--${name} ${value}`);
  return [...positional, ...required, "[options]"].join(" ");
}

function valuesOf(command: Command, args: Inputs, options: Inputs): Record<string, unknown> {
  return {
    ...Object.fromEntries(
      Object.keys(args).map((name, index) => [name, command.processedArgs[index]]),
    ),
    ...Object.fromEntries(
      Object.entries(options).map(([name, input]) => {
        // Commander changes `--from-aws` to `fromAws`.
        const option = optionOf(name, input);
        const given = command.getOptionValue(option.attributeName());
        // Commander sets `install` to false for `--no-install`, and to true by default.
        if (option.negate) return [name, given === false];
        return [name, given ?? valueIfAbsent(input)];
      }),
    ),
  };
}

function valueIfAbsent({ value, repeatable }: Input): unknown {
  if (repeatable) return [];
  return value === undefined ? false : undefined;
}

function assertComplete(
  command: Command,
  values: Readonly<Record<string, unknown>>,
  { args, options }: { readonly args: Inputs; readonly options: Inputs },
): void {
  const isMissing = ([name, { required }]: [string, Input]): boolean => {
    const value = values[name];
    return required === true && (Array.isArray(value) ? value.length === 0 : value === undefined);
  };
  const missing = [
    ...Object.entries(args)
      .filter(isMissing)
      .map(([, { value }]) => value),
    ...Object.entries(options)
      .filter(isMissing)
      .map(([name]) => `--${name}`),
  ];
  if (missing.length > 0) command.error(`missing ${missing.join(", ")}`);
}

function printResult({ text, data, exitCode = EXIT.ok }: CommandResult, asJson: boolean): void {
  // Before it prints: the output may be closed.
  process.exitCode = exitCode;
  if (asJson) console.log(JSON.stringify(data, null, 2));
  else if (text !== undefined) console.log(text);
}
