import * as z from "zod";
import { didYouMean, nearMatch } from "../near-match";
import { strict } from "../schema-blocks";
import type { Platform } from "./base-images";
import {
  accountId,
  anyString,
  boolean,
  chosenBy,
  listOfStrings,
  nonEmptyString,
  oneOf,
  orExpression,
} from "./input-schemas";

/** An action module: what a step of a component document can do. */
export interface ActionModule {
  /**
   * Schema of the inputs. `comparison` stands for a comparison of the operators of component
   * documents.
   */
  readonly inputs: z.ZodType | "comparison";
  /** Whether the inputs are a list of objects, so that expressions need an index. @default false */
  readonly isList?: boolean;
  /** Names that later steps can refer to as `PHASE.STEP.outputs.NAME`. @default - none */
  readonly outputs?: readonly string[];
  /** @default - every platform */
  readonly platforms?: readonly Platform[];
}

const UNIX: readonly Platform[] = ["Linux", "macOS"];
const WINDOWS: readonly Platform[] = ["Windows"];
const LINUX_AND_WINDOWS: readonly Platform[] = ["Linux", "Windows"];

const optionalBoolean = orExpression(boolean).optional();

const strings = listOfStrings(nonEmptyString);

const seconds = orExpression(
  z
    .int({ error: "must be a whole number of seconds" })
    .min(0, "must be a whole number of seconds, at least 0"),
);

const MODE = "must be an octal mode of three or four digits, such as 0644";
/** AWS documents it as a string and writes it as a number in examples. */
const permissions = orExpression(
  z
    .union([z.string(), z.number()], { error: MODE })
    .refine((mode) => /^[0-7]{3,4}$/.test(String(mode)), MODE),
);

const ENCODINGS = [
  "utf8",
  "utf-8",
  "utf16",
  "utf16-le",
  "utf16-be",
  "utf-16",
  "utf-16-le",
  "utf-16-be",
  "utf32",
  "utf32-le",
  "utf32-be",
  "utf-32",
  "utf-32-le",
  "utf-32-be",
];
const ENCODING = `must be one of ${ENCODINGS.join(", ")}`;
const encoding = orExpression(
  z.string({ error: ENCODING }).refine((name) => ENCODINGS.includes(name.toLowerCase()), {
    error: ({ input }) =>
      nearMatch(String(input), ENCODINGS) === undefined
        ? ENCODING
        : `must be an encoding${didYouMean(String(input), ENCODINGS)}`,
  }),
).optional();

const path = { path: nonEmptyString };
const transfer = { source: nonEmptyString, destination: nonEmptyString };
const owner = { owner: nonEmptyString.optional(), group: nonEmptyString.optional() };
const expectedBucketOwner = accountId.optional();

/**
 * A module whose inputs are a list of objects. One object alone is also accepted: Image Builder
 * wraps it.
 */
function listOf(shape: z.ZodRawShape): ActionModule {
  const item = strict(shape);
  const error = "must be a list of at least one item";
  const list = z.array(item, { error }).min(1, error);
  return { inputs: chosenBy((value) => (Array.isArray(value) ? list : item)), isList: true };
}

const copy = listOf({ ...transfer, overwrite: optionalBoolean });

const installer = strict({
  ...path,
  reboot: orExpression(oneOf("Allow", "Force", "Skip")).optional(),
  logOptions: nonEmptyString.optional(),
  logFile: nonEmptyString.optional(),
  properties: z
    .record(z.string(), anyString, { error: "must be a map of strings by name" })
    .optional(),
  ignoreAuthenticodeSignatureErrors: optionalBoolean,
  allowUnsignedInstaller: optionalBoolean,
});

const INSTALLER_OUTPUTS = ["logFile", "msiExitCode", "stdout"];

const powerShell = strict({
  commands: strings.optional(),
  file: nonEmptyString.optional(),
}).refine(
  (inputs) => (inputs.commands === undefined) !== (inputs.file === undefined),
  "must contain exactly one of commands, file",
);

const registryScalar = z.union([z.string(), z.number()]);

/**
 * As of 2026-11-28:
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-action-modules.html
 */
const ACTION_MODULES: Readonly<Record<string, ActionModule>> = {
  AppendFile: listOf({ ...path, content: anyString.optional(), encoding }),
  Assert: { inputs: "comparison" },
  CopyFile: copy,
  CopyFolder: copy,
  CreateFile: listOf({
    ...path,
    content: anyString.optional(),
    encoding,
    ...owner,
    permissions: permissions.optional(),
    overwrite: optionalBoolean,
  }),
  CreateFolder: listOf({
    ...path,
    ...owner,
    permissions: permissions.optional(),
    overwrite: optionalBoolean,
  }),
  // The page's heading names Windows; its text says that Windows isn't supported.
  CreateSymlink: {
    ...listOf({ ...path, target: nonEmptyString, force: optionalBoolean }),
    platforms: UNIX,
  },
  DeleteFile: listOf(path),
  DeleteFolder: listOf({ ...path, force: optionalBoolean }),
  ExecuteBash: { inputs: strict({ commands: strings }), outputs: ["stdout"], platforms: UNIX },
  ExecuteBinary: {
    inputs: strict({
      ...path,
      arguments: z.array(anyString, { error: "must be a list of strings" }).optional(),
    }),
    outputs: ["stdout"],
  },
  ExecuteDocument: {
    inputs: strict({
      document: nonEmptyString,
      "document-s3-bucket-owner": expectedBucketOwner,
      phases: nonEmptyString.optional(),
      parameters: z
        .array(strict({ name: nonEmptyString, value: anyString }), {
          error: "must be a list of objects with name and value",
        })
        .optional(),
    }),
    outputs: [
      "executedStepCount",
      "executionId",
      "failedStepCount",
      "failureMessage",
      "ignoredFailedStepCount",
      "logUrl",
      "status",
    ],
  },
  ExecutePowerShell: { inputs: powerShell, outputs: ["stdout"], platforms: WINDOWS },
  InstallMSI: { inputs: installer, outputs: INSTALLER_OUTPUTS, platforms: WINDOWS },
  ListFiles: {
    ...listOf({
      ...path,
      fileNamePattern: nonEmptyString.optional(),
      recursive: optionalBoolean,
    }),
    outputs: ["files"],
  },
  MoveFile: copy,
  MoveFolder: copy,
  ReadFile: {
    ...listOf({ ...path, encoding, printFileContent: optionalBoolean }),
    outputs: ["content"],
  },
  Reboot: {
    inputs: strict({ delaySeconds: seconds.optional() }),
    platforms: LINUX_AND_WINDOWS,
  },
  S3Download: listOf({ ...transfer, expectedBucketOwner, overwrite: optionalBoolean }),
  S3Upload: listOf({ ...transfer, recurse: optionalBoolean, expectedBucketOwner }),
  SetFileEncoding: listOf({ ...path, encoding }),
  // According to the page, owners and permissions have no effect on Windows.
  SetFileOwner: {
    ...listOf({ ...path, owner: nonEmptyString, group: nonEmptyString.optional() }),
    platforms: UNIX,
  },
  SetFilePermissions: { ...listOf({ ...path, permissions }), platforms: UNIX },
  SetFolderOwner: {
    ...listOf({
      ...path,
      owner: nonEmptyString,
      group: nonEmptyString.optional(),
      recursive: optionalBoolean,
    }),
    platforms: UNIX,
  },
  SetFolderPermissions: {
    ...listOf({ ...path, permissions, recursive: optionalBoolean }),
    platforms: UNIX,
  },
  SetRegistry: {
    ...listOf({
      ...path,
      name: nonEmptyString,
      value: z.union([registryScalar, z.array(registryScalar)], {
        error: "must be a string, a number or a list of them",
      }),
      type: orExpression(oneOf("BINARY", "DWORD", "QWORD", "SZ", "EXPAND_SZ", "MULTI_SZ")),
    }),
    platforms: WINDOWS,
  },
  UninstallMSI: { inputs: installer, outputs: INSTALLER_OUTPUTS, platforms: WINDOWS },
  UpdateOS: {
    inputs: strict({ include: strings.optional(), exclude: strings.optional() }),
    platforms: LINUX_AND_WINDOWS,
  },
  WebDownload: {
    ...listOf({
      ...transfer,
      overwrite: optionalBoolean,
      checksum: nonEmptyString.optional(),
      algorithm: orExpression(oneOf("MD5", "SHA1", "SHA256", "SHA512")).optional(),
      ignoreCertificateErrors: optionalBoolean,
    }),
    outputs: ["destination"],
  },
};

export const ACTION_MODULE_NAMES: readonly string[] = Object.keys(ACTION_MODULES);

/** Returns an action module; `undefined` for a name that isn't in the table. */
export function actionModuleOf(name: string): ActionModule | undefined {
  return Object.hasOwn(ACTION_MODULES, name) ? ACTION_MODULES[name] : undefined;
}

/** Returns the platforms that an action module supports. */
export function actionPlatforms(name: string): readonly Platform[] {
  return actionModuleOf(name)?.platforms ?? ["Linux", "Windows", "macOS"];
}
