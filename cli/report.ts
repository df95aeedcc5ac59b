import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect, styleText } from "node:util";
import { describeProblems, type Problem } from "../config/problems";

/** Exit codes of every command. */
export const EXIT = {
  /** Everything is as it should be. */
  ok: 0,
  /** The command failed, or couldn't find out. */
  error: 1,
  /** The command found out that AWS differs from what the factory file describes. */
  differs: 2,
} as const;

/**
 * Colors the first line of a text for `stream`, unless that isn't a terminal with colors or
 * NO_COLOR is set. Without a color, the text stays as it is.
 */
export function colorHeading(
  color: "red" | "yellow" | "green" | undefined,
  text: string,
  stream: NodeJS.WriteStream,
): string {
  if (color === undefined) return text;
  return text.replace(/^.+/, (line) => styleText(color, line, { stream }));
}

/** Prints the warnings of a file on stderr. Warnings never fail a command. */
export function printWarnings(file: string, warnings: readonly Problem[]): void {
  console.error(colorHeading("yellow", describeProblems(file, warnings), process.stderr));
}

/** Prints an error on stderr and sets the exit code. */
export function reportError(error: unknown): void {
  console.error(colorHeading("red", describeError(error), process.stderr));
  process.exitCode = EXIT.error;
}

/**
 * Renders an error for the terminal. A mistake of the user is only its message. An error of AWS,
 * the network or the operating system is its name and message. Anything else is a defect, with its
 * stack trace.
 */
function describeError(error: unknown): string {
  return describeKnownError(error) ?? withSourcePositions(inspect(error));
}

/**
 * Returns the text of a mistake of the user, or of an error of AWS, the network or the operating
 * system; `undefined` for a defect.
 */
export function describeKnownError(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // Not by class: the bundles of the app and of the command have a class each.
  if (error.name === "ConfigError") return error.message;
  return isExternal(error) ? `${error.name}: ${error.message}` : undefined;
}

/**
 * Returns the text of an error like {@link describeKnownError}. Throws the error again if it is a
 * defect.
 */
export function describeOrThrow(error: unknown): string {
  const text = describeKnownError(error);
  if (text === undefined) throw error;
  return text;
}

/** Returns the first line of the text of an error. Throws the error again if it is a defect. */
export function firstLineOrThrow(error: unknown): string {
  return describeOrThrow(error).replace(/\n.*/s, "");
}

/**
 * AWS SDK clients add `$metadata` to every error of a call; errors about credentials end in
 * ProviderError.
 */
function isExternal(error: Error): boolean {
  return "$metadata" in error || "syscall" in error || error.name.endsWith("ProviderError");
}

const POSITION = /(?<=\(|at |async )([^()\n]+\.m?js):(\d+):(\d+)/g;

/**
 * Replaces positions in a bundle by positions in the sources. Only a defect pays for this: with
 * Node's `--enable-source-maps`, every error of a command would.
 */
function withSourcePositions(stack: string): string {
  const maps = new Map<string, SourceMap | undefined>();
  return stack.replace(POSITION, (position, location: string, line: string, column: string) => {
    const bundle = location.startsWith("file:") ? fileURLToPath(location) : location;
    if (!maps.has(bundle)) maps.set(bundle, readSourceMap(bundle));
    const entry = maps.get(bundle)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (!entry || !("originalSource" in entry)) return position;
    const source = resolve(dirname(bundle), entry.originalSource);
    return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

function readSourceMap(bundle: string): SourceMap | undefined {
  const file = `${bundle}.map`;
  return existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, "utf8"))) : undefined;
}
