// Day-two commands: what is shared, approve, revoke, build, explain.
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { readFactory } from "../config/load";
import { ConfigError } from "../config/problems";
import { build } from "./day-two/build";
import { builds } from "./day-two/builds";
import { type CommandResult, Context } from "./day-two/context";
import { explain } from "./day-two/explain";
import { approve, revoke, update } from "./day-two/revoke";
import { status } from "./day-two/status";
import { answer, waiting } from "./day-two/waiting";

const USAGE = `usage: npx factory COMMAND [--config FILE] [--profile NAME] [--region REGION] [--json]

  status                                              what each channel should share, and does; ends with 2 when they differ
  builds IMAGE                                        every build: state, parent, approvals, where it is shared
  approve IMAGE VERSION/BUILD --channel C --reason R  lets a build into a channel that asks for approval
  revoke IMAGE VERSION/BUILD --reason R [--delete]    takes a build back from everybody, and disables its AMIs; deletes a container
  update IMAGE                                        sets the image's shares right now
  build IMAGE [--wait]                                starts the image's pipeline
  waiting                                             which builds wait in a workflow for somebody's answer
  resume IMAGE VERSION/BUILD --reason R               lets a build go on that waits
  stop IMAGE VERSION/BUILD --reason R                 lets a build fail that waits
  explain IMAGE --account ID                          which build the account gets, and why

IMAGE is a golden image or container of --region, by default the shared account's first.
approve, revoke, resume and stop ask first, unless --yes is there. What revoke --delete deletes can't be had back.`;

const OPTIONS = {
  config: { type: "string" },
  profile: { type: "string" },
  region: { type: "string" },
  json: { type: "boolean", default: false },
  yes: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
  channel: { type: "string" },
  reason: { type: "string" },
  account: { type: "string" },
  wait: { type: "boolean", default: false },
  delete: { type: "boolean", default: false },
} as const;

function parse() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (cause) {
    throw new ConfigError(`${(cause as Error).message}\n\n${USAGE}`, { cause });
  }
}

type Values = ReturnType<typeof parse>["values"];

interface Command {
  /** Names of its positional arguments. */
  readonly takes: readonly string[];
  readonly needs?: readonly ("channel" | "reason" | "account")[];
  readonly run: (
    context: Context,
    args: readonly string[],
    values: Values,
  ) => Promise<CommandResult>;
}

function answering(action: "RESUME" | "STOP"): Command {
  return {
    takes: ["IMAGE", "VERSION/BUILD"],
    needs: ["reason"],
    run: (context, [image = "", version = ""], { reason = "" }) =>
      answer(context, action, image, version, reason),
  };
}

const COMMANDS: Readonly<Record<string, Command>> = {
  status: { takes: [], run: (context) => status(context) },
  builds: { takes: ["IMAGE"], run: (context, [image = ""]) => builds(context, image) },
  approve: {
    takes: ["IMAGE", "VERSION/BUILD"],
    needs: ["channel", "reason"],
    run: (context, [image = "", version = ""], { channel = "", reason = "" }) =>
      approve(context, image, version, channel, reason),
  },
  revoke: {
    takes: ["IMAGE", "VERSION/BUILD"],
    needs: ["reason"],
    run: (context, [image = "", version = ""], { reason = "", delete: isDeleted }) =>
      revoke(context, image, version, { reason, isDeleted }),
  },
  update: { takes: ["IMAGE"], run: (context, [image = ""]) => update(context, image) },
  build: {
    takes: ["IMAGE"],
    run: (context, [image = ""], { wait, json }) =>
      build(context, image, { wait, tell: (line) => (json ? undefined : console.log(line)) }),
  },
  waiting: { takes: [], run: (context) => waiting(context) },
  resume: answering("RESUME"),
  stop: answering("STOP"),
  explain: {
    takes: ["IMAGE"],
    needs: ["account"],
    run: (context, [image = ""], { account = "" }) => explain(context, image, account),
  },
};

/** The command, once nothing of it is missing or too much. */
function commandOf(name: string | undefined, args: readonly string[], values: Values): Command {
  const command = COMMANDS[name ?? ""];
  if (!command) throw new ConfigError(`there is no command '${name ?? ""}'\n\n${USAGE}`);
  const { takes, needs = [] } = command;
  const missing = [
    ...takes.slice(args.length),
    ...needs.filter((option) => values[option] === undefined).map((option) => `--${option}`),
  ];
  if (missing.length > 0)
    throw new ConfigError(`${name}: ${missing.join(" and ")} is missing\n\n${USAGE}`);
  if (args.length > takes.length)
    throw new ConfigError(
      `${name}: '${args.slice(takes.length).join(" ")}' is too much\n\n${USAGE}`,
    );
  return command;
}

async function ask(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new ConfigError(`${question} There is nobody to ask: say --yes`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test(await terminal.question(`${question} [y/N] `));
  } finally {
    terminal.close();
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parse();
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const [name, ...args] = positionals;
  const command = commandOf(name, args, values);
  if (values.profile !== undefined) process.env["AWS_PROFILE"] = values.profile;
  const factory = readFactory(values.config ?? process.env["FACTORY_CONFIG"] ?? "factory.yaml");
  const context = await Context.of(factory, values.region, values.yes ? async () => true : ask);
  const { text, data, status = 0 } = await command.run(context, args, values);
  console.log(values.json ? JSON.stringify(data, null, 2) : text);
  process.exitCode = status;
}

main().catch((error: Error) => {
  // What AWS says is told with its name; neither needs a stack trace.
  console.error(error instanceof ConfigError ? error.message : `${error.name}: ${error.message}`);
  process.exitCode = 1;
});
