import { readFileSync } from "node:fs";
import { resolve as absolute, basename, dirname } from "node:path";
import { isScalar, parseDocument, visit } from "yaml";
import { checkComponent } from "./documents/component/check";
import { checkDockerfile } from "./documents/dockerfile";
import { readText } from "./documents/text-file";
import { readUserData } from "./documents/user-data";
import { checkWorkflow } from "./documents/workflow/check";
import type { Factory, VersionedFactory } from "./model";
import { ConfigError, isError, type Problem, schemaProblems, type Validated } from "./problems";
import { resolveFactory } from "./resolve/factory";
import type { Files } from "./resolve/image";
import { accountRules } from "./rules/accounts";
import { componentRules } from "./rules/components";
import { containerRules } from "./rules/containers";
import { imageRules } from "./rules/images";
import { operatingSystemRules } from "./rules/operating-systems";
import { outputRules } from "./rules/outputs";
import { parentRules } from "./rules/parents";
import { subjectOf } from "./rules/subject";
import { volumeRules } from "./rules/volumes";
import { outcomeRules } from "./rules/workflow-composition";
import { workflowRules } from "./rules/workflows";
import { FactoryFile } from "./schema/factory-file";
import { type Sound, soundParts } from "./sound";
import { assertUpToDate } from "./versions/check";
import { lockFilePath, readLockFile } from "./versions/lock-file";
import { issueVersions } from "./versions/next-versions";

const RULES = [
  ...accountRules,
  ...imageRules,
  ...operatingSystemRules,
  ...volumeRules,
  ...outputRules,
  ...parentRules,
  ...componentRules,
  ...containerRules,
  ...workflowRules,
  ...outcomeRules,
];

/** The text of a user's file; throws a `ConfigError` that says what to do if there is none. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new ConfigError(
      `${file} can't be read: run in the folder that holds it, or set FACTORY_CONFIG to its path`,
      {
        cause,
      },
    );
  }
}

function parseYaml(file: string): unknown {
  const document = parseDocument(read(file), { uniqueKeys: true, logLevel: "error" });
  const problems = [...document.errors, ...document.warnings].map(({ message, linePos }) => ({
    path: [],
    message: `${linePos?.[0].line}:${linePos?.[0].col} ${message.split(/ at line \d+, column \d+/)[0]}`,
  }));
  visit(document, {
    Pair: (_key, { key }) => {
      // JavaScript would take it for something else than a key.
      if (isScalar(key) && key.value === "__proto__")
        problems.push({ path: [], message: "__proto__ can't be a key" });
    },
  });
  if (problems.length > 0) throw ConfigError.of(basename(file), problems);
  try {
    return document.toJS({ maxAliasCount: 10_000 });
  } catch (cause) {
    throw new ConfigError(
      `${file} repeats itself through too many aliases (*name): write out what they stand for`,
      { cause },
    );
  }
}

/** Every file that is named, read once. */
function filesOf(
  { images = {}, containers = {}, appAccounts = {} }: Sound<FactoryFile>,
  folder: string,
): Files {
  const apps = Object.values(appAccounts);
  const machines = [
    ...Object.values(images),
    ...apps.flatMap((app) => Object.values(app?.images ?? {})),
  ];
  const others = [
    ...Object.values(containers),
    ...apps.flatMap((app) => Object.values(app?.containers ?? {})),
  ];
  const all = [...machines, ...others];
  const each = <T>(
    paths: readonly (string | undefined)[],
    read: (path: string) => T | undefined,
  ): Map<string, T> =>
    new Map(
      [...new Set(paths)].flatMap((path) => {
        const found = path === undefined ? undefined : read(path);
        return path === undefined || found === undefined ? [] : [[path, found] as const];
      }),
    );
  const components = all.flatMap((image) => image?.components ?? []);
  const workflows = all.flatMap(({ workflows: its } = {}) => [
    its?.build,
    ...(its?.tests ?? []),
    its?.distribution,
  ]);
  return {
    documents: each(
      components.map((component) => component?.document),
      (path) => readText(folder, path, (text) => checkComponent(path, text)),
    ),
    workflows: each(
      workflows.map((workflow) => workflow?.document),
      (path) => readText(folder, path, (text) => checkWorkflow(path, text)),
    ),
    dockerfiles: each(
      others.map((container) => container?.dockerfile),
      (path) => readText(folder, path, (text) => checkDockerfile(path, text)),
    ),
    userData: each(
      machines.map((image) => image?.userData),
      (path) => readUserData(folder, path),
    ),
  };
}

/** Called with the name of a file and its warnings, if there are any. */
export type WarningListener = (file: string, warnings: readonly Problem[]) => void;

/**
 * Reads and validates a factory file and the documents that it names.
 *
 * Throws a `ConfigError` if the file can't be read or isn't YAML; every other problem is returned.
 */
export function validateFactory(path: string): Validated<Factory> {
  const raw = parseYaml(path);
  const file = FactoryFile.safeParse(raw, { reportInput: true });
  const parts: Sound<FactoryFile> = file.data ?? soundParts(raw);
  const files = filesOf(parts, dirname(absolute(path)));
  const problems = [
    ...schemaProblems(file.error),
    ...RULES.flatMap((rule) => rule(subjectOf(parts, files))),
  ];
  if (problems.some(isError) || !file.data) return { problems };
  return { value: resolveFactory(file.data, files), problems };
}

/**
 * Reads a factory file that must be valid.
 *
 * Throws a `ConfigError` that lists every problem.
 */
export function readFactory(path: string, onWarnings: WarningListener = () => undefined): Factory {
  const { value, problems } = validateFactory(path);
  if (!value) throw ConfigError.of(basename(path), problems);
  if (problems.length > 0) onWarnings(basename(path), problems);
  return value;
}

/**
 * Reads a factory file with the versions in its version lock file.
 *
 * Throws a `ConfigError` also if the version lock file is missing, damaged or out of date.
 */
export function loadFactory(path: string, onWarnings?: WarningListener): VersionedFactory {
  const factory = readFactory(path, onWarnings);
  const lockFile = readLockFile(lockFilePath(path));
  assertUpToDate(path, issueVersions(lockFile, factory));
  return { ...factory, lockFile };
}
