/** The buckets and secrets that shell commands name with the AWS CLI. */

interface CommandUse {
  readonly kind: "read" | "write" | "secret";
  readonly target: string;
  /** Whether the target is a folder, whether or not it ends with a slash. */
  readonly isFolder: boolean;
}

/** A word of a command. Expressions and quoted texts can contain spaces. */
const WORD = /(?:\{\{.*?\}\}|"[^"]*"|'[^']*'|[^\s"'])+/gs;

/** Continued lines, in Bash and in PowerShell. */
const CONTINUATION = /[\\`]\r?\n/g;

/**
 * Returns what a command uses. Finds `aws s3` and `aws secretsmanager`, wherever a line has them.
 */
export function commandUses(command: string): CommandUse[] {
  return command
    .replace(CONTINUATION, " ")
    .split(/\r?\n|;|&&|\|/)
    .filter((part) => !part.trimStart().startsWith("#"))
    .flatMap((part) => cliUses(part.match(WORD) ?? []));
}

function cliUses(words: readonly string[]): CommandUse[] {
  const cli = words.findIndex((word) => /(^|[/\\(`])aws(\.exe)?$/.test(word));
  if (cli === -1 || words.includes("--no-sign-request")) return [];
  const service = words.findIndex(
    (word, index) => index > cli && (word === "s3" || word === "secretsmanager"),
  );
  const [name, verb, ...rest] = service === -1 ? [] : words.slice(service);
  const values = rest.map(unquoted);
  if (name === "s3") return copyUses(verb, values);
  return name === "secretsmanager" && verb === "get-secret-value" ? secretUses(values) : [];
}

/** Removes quotes, and the parenthesis of a command substitution. */
function unquoted(word: string): string {
  return word.replace(/[)`]+$/, "").replace(/^["']|["']$/g, "");
}

function isLocalPath(word: string): boolean {
  return /^(\.|\/|~|\$|-$|[A-Za-z]:|\{\{)/.test(word);
}

/** The last of two paths is written to. */
function copyUses(verb: string | undefined, values: readonly string[]): CommandUse[] {
  if (verb === undefined || !["cp", "ls", "mv", "sync"].includes(verb)) return [];
  const isFolder = verb === "sync" || verb === "ls" || values.includes("--recursive");
  const paths = values.filter((value) => value.startsWith("s3://") || isLocalPath(value));
  return paths.slice(0, 2).flatMap((target, index) => {
    if (!target.startsWith("s3://")) return [];
    return { kind: index === 0 ? ("read" as const) : ("write" as const), target, isFolder };
  });
}

function secretUses(values: readonly string[]): CommandUse[] {
  return values.flatMap((value, index) => {
    const [, given = value === "--secret-id" ? values[index + 1] : undefined] =
      /^--secret-id=(.+)$/.exec(value) ?? [];
    return given === undefined
      ? []
      : { kind: "secret" as const, target: unquoted(given), isFolder: false };
  });
}
