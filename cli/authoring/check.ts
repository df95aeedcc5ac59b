import { basename } from "node:path";
import { validateFactory } from "../../config/load";
import type { Factory } from "../../config/model";
import {
  ConfigError,
  describeProblems,
  dotted,
  isError,
  isWarning,
  type Problem,
} from "../../config/problems";
import { assertUpToDate } from "../../config/versions/check";
import { lockFilePath, readLockFile } from "../../config/versions/lock-file";
import { issueVersions } from "../../config/versions/next-versions";
import type { CommandResult } from "../command";
import { factoryFile } from "../environment";
import { colorHeading, EXIT } from "../report";

interface Options {
  readonly file?: string | undefined;
  /** Whether warnings fail the check. */
  readonly strict: boolean;
}

/** Validates a factory file, the documents that it names, and its version lock file. */
export function check({ file, strict }: Options): CommandResult {
  const path = factoryFile(file);
  const validated = messageOr(() => validateFactory(path));
  if (typeof validated === "string") return checkResult(path, [], validated, strict);
  const { value, problems } = validated;
  return checkResult(path, problems, value && lockFileProblem(path, value), strict);
}

/** Returns the result of a function, or the message of the `ConfigError` that it throws. */
function messageOr<T>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

/** Returns why the version lock file isn't valid and up to date. */
function lockFileProblem(path: string, factory: Factory): string | undefined {
  return messageOr(() => {
    assertUpToDate(path, issueVersions(readLockFile(lockFilePath(path)), factory));
    return undefined;
  });
}

/** Renders the result of a check. */
export function checkResult(
  path: string,
  problems: readonly Problem[],
  /** Why a file can't be used at all. */
  fatal: string | undefined,
  strict: boolean,
): CommandResult {
  const errors = problems.filter(isError);
  const warnings = problems.filter(isWarning);
  const isValid = errors.length === 0 && fatal === undefined;
  const file = basename(path);
  const exitCode = isValid && !(strict && warnings.length > 0) ? EXIT.ok : EXIT.error;
  const sections = [
    colorHeading("red", describeProblems(file, errors), process.stdout),
    colorHeading("yellow", describeProblems(file, warnings), process.stdout),
    colorHeading("red", fatal ?? "", process.stdout),
    isValid
      ? colorHeading(
          exitCode === EXIT.ok ? "green" : "red",
          verdict(path, warnings.length, strict),
          process.stdout,
        )
      : "",
  ];
  return {
    text: sections.filter((section) => section !== "").join("\n"),
    data: {
      file: path,
      errors: [...errors.map(jsonOf), ...(fatal === undefined ? [] : [{ message: fatal }])],
      warnings: warnings.map(jsonOf),
    },
    exitCode,
  };
}

function verdict(path: string, warnings: number, strict: boolean): string {
  const file = basename(path);
  const lockFile = basename(lockFilePath(path));
  if (warnings === 0) return `${file} is valid, and ${lockFile} is up to date`;
  return strict
    ? `${file} isn't valid, because --strict makes warnings errors`
    : `${file} is valid, with warnings, and ${lockFile} is up to date`;
}

function jsonOf({ at, path, message, got, rule }: Problem): object {
  return { at, path: dotted(path), message, got, rule };
}
