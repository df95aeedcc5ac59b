import { shown } from "../../config/factory-path";
import { parseFactoryFile } from "../../config/factory-yaml";
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
  /** Whether AWS-managed names are compared with AWS's own list. */
  readonly fromAws: boolean;
  /** AWS profile. @default - the current credentials */
  readonly profile?: string | undefined;
}

/** Rules that compare AWS-managed names with the factory's dated lists of them. */
const DATED_RULES = ["managed-component-known", "managed-image-known"];

/** Validates a factory file, the documents that it names, and its version lock file. */
export async function check({ file, strict, fromAws, profile }: Options): Promise<CommandResult> {
  const path = factoryFile(file);
  const validated = messageOr(() => validateFactory(path));
  if (typeof validated === "string") return checkResult(path, [], validated, strict);
  const { value, problems } = validated;
  const all =
    value && fromAws
      ? [
          ...problems.filter(({ rule = "" }) => !DATED_RULES.includes(rule)),
          ...(await problemsFromAws(path, value, profile)),
        ]
      : problems;
  return checkResult(path, all, value && lockFileProblem(path, value), strict);
}

/** Returns the problems of AWS-managed names, with their positions in the file. */
async function problemsFromAws(
  path: string,
  factory: Factory,
  profile: string | undefined,
): Promise<Problem[]> {
  const { managedNameProblems } = await import("./managed-names");
  const { locate } = parseFactoryFile(path);
  const problems = await managedNameProblems(factory, profile);
  return problems.map((problem) => ({ at: locate(problem.path), ...problem }));
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
    assertUpToDate(path, issueVersions(readLockFile(path), factory));
    return undefined;
  });
}

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
  const file = shown(path);
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
  const file = shown(path);
  const lockFile = shown(lockFilePath(path));
  if (warnings === 0) return `${file} is valid, and ${lockFile} is up to date`;
  return strict
    ? `${file} isn't valid, because --strict makes warnings errors`
    : `${file} is valid, with warnings, and ${lockFile} is up to date`;
}

function jsonOf({ at, path, message, got, rule }: Problem): object {
  return { at, path: dotted(path), message, got, rule };
}
