import * as z from "zod";
import { Comparison } from "../documents/component/comparison";
import { AccountId, strict, uniqueList } from "../schema/primitives";
import type { Platform } from "./base-images";

/**
 * The action modules and their inputs.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-action-modules.html
 */
function isExpression(value: unknown): boolean {
  return typeof value === "string" && /\{\{.*\}\}/.test(value);
}

const text = z.string({ error: "must be a text" }).min(1, "must not be empty");
const content = z.string({ error: "must be a text" });
const texts = z.array(text, { error: "must be a list of texts" }).min(1, "must hold at least one");
/** An expression may stand for what isn't text as well. */
function orExpression(fits: (value: unknown) => boolean, error: string) {
  return z.unknown().refine((value) => fits(value) || isExpression(value), error);
}
const flag = orExpression((value) => typeof value === "boolean", "must be true or false");
const count = orExpression(
  (value) => Number.isInteger(value) && Number(value) >= 0,
  "must be a whole number",
);
/** Documented as text, and written as a number in AWS's own examples. */
const permissions = orExpression(
  (value) => /^[0-7]{3,4}$/.test(String(value)),
  "must be an octal mode such as 0644",
);
const ENCODINGS = [
  "utf8",
  "utf-8",
  ...["16", "32"].flatMap((bits) =>
    [`utf${bits}`, `utf-${bits}`].flatMap((name) => [name, `${name}-le`, `${name}-be`]),
  ),
];
const encoding = orExpression(
  (name) => ENCODINGS.includes(String(name).toLowerCase()),
  `must be one of ${ENCODINGS.join(", ")}`,
);
const owner = { owner: text.optional(), group: text.optional() };
const from = { source: text, destination: text };
const bucketOwner = {
  expectedBucketOwner: AccountId.optional(),
};

/** A module that takes a list takes one object as well, which the service wraps. */
function listOf<T extends z.ZodRawShape>(shape: T) {
  const one = strict(shape);
  return z.union([uniqueList(one), one]);
}

const msi = strict({
  path: text,
  reboot: z.enum(["Allow", "Force", "Skip"], { error: "must be Allow, Force or Skip" }).optional(),
  logOptions: text.optional(),
  logFile: text.optional(),
  properties: z.record(z.string(), content, { error: "must be texts by name" }).optional(),
  ignoreAuthenticodeSignatureErrors: flag.optional(),
  allowUnsignedInstaller: flag.optional(),
});

const registry = {
  path: text,
  name: text,
  value: z.union([z.string(), z.number(), z.array(z.union([z.string(), z.number()]))], {
    error: "must be a text, a number or a list of them",
  }),
  type: z.enum(["BINARY", "DWORD", "QWORD", "SZ", "EXPAND_SZ", "MULTI_SZ"], {
    error: "must be BINARY, DWORD, QWORD, SZ, EXPAND_SZ or MULTI_SZ",
  }),
};

const powerShell = strict({ commands: texts.optional(), file: text.optional() }).superRefine(
  ({ commands, file }, context) => {
    if ((commands === undefined) === (file === undefined))
      context.addIssue({ code: "custom", message: "must hold exactly one of commands, file" });
  },
);

const copy = listOf({ ...from, overwrite: flag.optional() });

export const ACTION_MODULES: Readonly<Record<string, z.ZodType>> = {
  AppendFile: listOf({ path: text, content: content.optional(), encoding: encoding.optional() }),
  Assert: Comparison,
  CopyFile: copy,
  CopyFolder: copy,
  CreateFile: listOf({
    path: text,
    content: content.optional(),
    encoding: encoding.optional(),
    ...owner,
    permissions: permissions.optional(),
    overwrite: flag.optional(),
  }),
  CreateFolder: listOf({
    path: text,
    ...owner,
    permissions: permissions.optional(),
    overwrite: flag.optional(),
  }),
  CreateSymlink: listOf({ path: text, target: text, force: flag.optional() }),
  DeleteFile: listOf({ path: text }),
  DeleteFolder: listOf({ path: text, force: flag.optional() }),
  ExecuteBash: strict({ commands: texts }),
  ExecuteBinary: strict({
    path: text,
    arguments: z.array(content, { error: "must be a list of texts" }).optional(),
  }),
  ExecuteDocument: strict({
    document: text,
    "document-s3-bucket-owner": text.optional(),
    phases: text.optional(),
    parameters: z
      .array(strict({ name: text, value: content }), { error: "must be a list of name and value" })
      .optional(),
  }),
  ExecutePowerShell: powerShell,
  InstallMSI: msi,
  ListFiles: listOf({ path: text, fileNamePattern: text.optional(), recursive: flag.optional() }),
  MoveFile: copy,
  MoveFolder: copy,
  ReadFile: listOf({
    path: text,
    encoding: encoding.optional(),
    printFileContent: flag.optional(),
  }),
  Reboot: strict({ delaySeconds: count.optional() }),
  S3Download: listOf({ ...from, ...bucketOwner, overwrite: flag.optional() }),
  S3Upload: listOf({ ...from, recurse: flag.optional(), ...bucketOwner }),
  SetFileEncoding: listOf({ path: text, encoding: encoding.optional() }),
  SetFileOwner: listOf({ path: text, owner: text, group: text.optional() }),
  SetFilePermissions: listOf({ path: text, permissions }),
  SetFolderOwner: listOf({
    path: text,
    owner: text,
    group: text.optional(),
    recursive: flag.optional(),
  }),
  SetFolderPermissions: listOf({ path: text, permissions, recursive: flag.optional() }),
  SetRegistry: listOf(registry),
  UninstallMSI: msi,
  UpdateOS: strict({ include: texts.optional(), exclude: texts.optional() }),
  WebDownload: listOf({
    ...from,
    overwrite: flag.optional(),
    checksum: text.optional(),
    algorithm: orExpression(
      (name) => ["MD5", "SHA1", "SHA256", "SHA512"].includes(String(name)),
      "must be MD5, SHA1, SHA256 or SHA512",
    ).optional(),
    ignoreCertificateErrors: flag.optional(),
  }),
};

const UNIX: readonly Platform[] = ["Linux", "macOS"];

/** Actions that aren't for every platform, from the same page. Those that set owners and permissions do nothing on Windows, it says. */
const ONLY_ON: Readonly<Record<string, readonly Platform[]>> = {
  ExecuteBash: UNIX,
  SetFileOwner: UNIX,
  SetFilePermissions: UNIX,
  SetFolderOwner: UNIX,
  SetFolderPermissions: UNIX,
  Reboot: ["Linux", "Windows"],
  UpdateOS: ["Linux", "Windows"],
  ExecutePowerShell: ["Windows"],
  InstallMSI: ["Windows"],
  SetRegistry: ["Windows"],
  UninstallMSI: ["Windows"],
};

export function actionPlatforms(action: string): readonly Platform[] {
  return ONLY_ON[action] ?? ["Linux", "Windows", "macOS"];
}

/** Actions whose inputs are all optional. */
export const MODULES_WITHOUT_INPUTS: readonly string[] = ["Reboot", "UpdateOS"];
