/** Scripts with which shells complete the commands and options of `factory`. */

import type { Command } from "commander";
import { ConfigError } from "../../config/problems";
import { required } from "../../contract/required";
import type { CommandResult } from "../command";

const SHELLS = { bash, zsh, fish } as const;

/** The names under which the package installs the command. */
const NAMES = ["factory", "golden-image-factory"];

interface Word {
  readonly text: string;
  readonly description: string;
}

/** A command with the words that can follow it. */
interface Completed {
  /** The command with those above it, each after a space. Empty for `factory` itself. */
  readonly path: string;
  readonly words: readonly Word[];
}

export function completion(program: Command, shell: string): CommandResult {
  if (!isShell(shell))
    throw new ConfigError(`SHELL: must be ${Object.keys(SHELLS).join(", ")}, got: ${shell}`);
  return { text: SHELLS[shell](completedCommands(program)) };
}

function isShell(name: string): name is keyof typeof SHELLS {
  return Object.hasOwn(SHELLS, name);
}

function completedCommands(command: Command, path = ""): Completed[] {
  const help = command.createHelp();
  const subcommands = help.visibleCommands(command);
  const words = [
    ...subcommands.map((one) => ({ text: one.name(), description: one.summary() })),
    ...help.visibleOptions(command).map(({ long, flags, description }) => ({
      text: required(long, `the long form of ${flags}`),
      description,
    })),
  ];
  return [
    { path, words },
    ...subcommands.flatMap((one) => completedCommands(one, `${path} ${one.name()}`)),
  ];
}

/** Paths of all commands as alternatives of `case`. */
function pathPattern(commands: readonly Completed[]): string {
  return commands
    .filter(({ path }) => path !== "")
    .map(({ path }) => quote(path))
    .join("|");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function bash(commands: readonly Completed[]): string {
  return `_factory_completion() {
  local path='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
      ${pathPattern(commands)}) path="$path $word" ;;
    esac
  done
  case "$path" in
${commands.map(({ path, words }) => `    ${quote(path)}) words=${quote(words.map(({ text }) => text).join(" "))} ;;`).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _factory_completion ${NAMES.join(" ")}`;
}

function zsh(commands: readonly Completed[]): string {
  const candidates = ({ path, words }: Completed): string =>
    `    ${quote(path)}) candidates=(${words.map(({ text, description }) => quote(`${text}:${description}`)).join(" ")}) ;;`;
  return `_factory_completion() {
  local command_path='' word
  local -a candidates
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$command_path $word" in
      ${pathPattern(commands)}) command_path="$command_path $word" ;;
    esac
  done
  case "$command_path" in
${commands.map(candidates).join("\n")}
  esac
  _describe factory candidates || _files
}
compdef _factory_completion ${NAMES.join(" ")}`;
}

function fish(commands: readonly Completed[]): string {
  const paths = commands.flatMap(({ path }) => (path === "" ? [] : [fishQuote(path)]));
  const lines = commands.flatMap(({ path, words }) =>
    words.map(({ text, description }) => {
      const word = text.startsWith("--") ? `-l ${text.slice(2)}` : `-f -a ${text}`;
      return `  complete -c $name -n ${fishQuote(`__factory_is_at ${fishQuote(path)}`)} ${word} -d ${fishQuote(description)}`;
    }),
  );
  return `function __factory_is_at
  set -l path ''
  for word in (commandline -opc)
    if contains -- "$path $word" ${paths.join(" ")}
      set path "$path $word"
    end
  end
  test "$path" = "$argv[1]"
end
for name in ${NAMES.join(" ")}
${lines.join("\n")}
end`;
}

function fishQuote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
