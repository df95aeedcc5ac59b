import { readPackageList, readStatement } from "../../config/evidence-form";
import type { TrustedKey } from "../../config/trusted-keys";
import { type BuildArn, isRecipeOf, parseBuildArn } from "../../contract/build-arn";
import { EnvelopeError, parseEnvelope, verifyEnvelope } from "../../contract/dsse";
import {
  AMI_DIGEST,
  BUILD_DIGEST,
  BUILD_TYPE,
  builderId,
  PROVENANCE_TYPE,
  packagesKey,
  type ResourceDescriptor,
  STATEMENT_PAYLOAD_TYPE,
  STATEMENT_TYPE,
  type Statement,
  sha256Of,
} from "../../contract/evidence";
import type { ReadEvidence } from "./evidence";

/** A valid statement, and the ID of the key that signed it. */
export interface VerifiedStatement {
  readonly statement: Statement;
  readonly keyid: string;
  /** Number of packages. @default - the statement names no package list */
  readonly packages?: number;
}

/** Evidence that isn't valid. The message is the end of a sentence about the statement. */
export class InvalidEvidenceError extends Error {
  override readonly name = "InvalidEvidenceError";
}

function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvalidEvidenceError(message);
}

function assertEqual(actual: unknown, expected: string, path: string): void {
  assert(actual === expected, `${path}: must be ${expected}, got: ${JSON.stringify(actual)}`);
}

/**
 * Verifies the statement about a build: its signature, and that it is about this build.
 *
 * Throws an {@link InvalidEvidenceError} if it isn't valid.
 *
 * @param text - the envelope
 * @param keys - trusted keys. Only those of the account and Region of the build count.
 * @param read - reads the package list that the statement names
 */
export async function checkStatement(
  text: string,
  arn: string,
  keys: readonly TrustedKey[],
  read: ReadEvidence,
): Promise<VerifiedStatement> {
  const build = parseBuildArn(arn);
  assert(build !== undefined, `${arn} isn't a build`);
  const { payload, keyid } = verifySignature(text, build, keys);
  const statement = parseStatement(payload.toString());
  assertAbout(statement, arn, build);
  const [packages] = statement.predicate.runDetails.byproducts;
  if (!packages) return { statement, keyid };
  return { statement, keyid, packages: await checkPackages(packages, arn, read) };
}

function verifySignature(
  text: string,
  { accountId, region }: BuildArn,
  keys: readonly TrustedKey[],
) {
  const own = keys.filter((key) => key.accountId === accountId && key.region === region);
  const trusted = new Map(own.map(({ keyid, publicKey }) => [keyid, publicKey]));
  try {
    return verifyEnvelope(parseEnvelope(text), STATEMENT_PAYLOAD_TYPE, trusted);
  } catch (error) {
    if (error instanceof EnvelopeError) throw new InvalidEvidenceError(error.message);
    throw error;
  }
}

function parseJson(text: string, subject: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidEvidenceError(`${subject} isn't JSON`);
  }
}

/**
 * Parses a payload that a trusted key signed. Another program than the recorder may have done so.
 */
function parseStatement(text: string): Statement {
  const statement = readStatement(parseJson(text, "has a payload that"));
  assert(typeof statement !== "string", `isn't in-toto provenance: ${statement as string}`);
  assertEqual(statement._type, STATEMENT_TYPE, "_type");
  assertEqual(statement.predicateType, PROVENANCE_TYPE, "predicateType");
  const { buildType } = statement.predicate.buildDefinition;
  assertEqual(buildType, BUILD_TYPE, "buildType");
  return statement;
}

/** A valid statement about another build doesn't count for this one. */
function assertAbout({ subject, predicate }: Statement, arn: string, build: BuildArn): void {
  const builds = subject.flatMap(({ digest }) => digest?.[BUILD_DIGEST] ?? []);
  assertEqual(builds.join(", "), arn, "subject");
  const { builder, metadata } = predicate.runDetails;
  assertEqual(builder.id, builderId(build), "builder.id");
  assertEqual(metadata.invocationId, arn, "invocationId");
  const { recipe } = predicate.buildDefinition.externalParameters;
  assert(
    isRecipeOf(build.image, build, recipe),
    `recipe: must be a recipe of ${build.image} in the account and Region of the build, got: ${JSON.stringify(recipe)}`,
  );
}

async function checkPackages(
  { name = "", digest }: ResourceDescriptor,
  arn: string,
  read: ReadEvidence,
): Promise<number> {
  const sha256 = digest?.["sha256"] ?? "";
  assert(/^[0-9a-f]{64}$/.test(sha256), "names a package list without a SHA-256");
  assertEqual(name, packagesKey(arn, sha256), "byproducts");
  const text = await read(name);
  assert(text !== undefined, `names the package list ${name}, which is missing`);
  assert(sha256Of(text) === sha256, `names the package list ${name}, which was changed`);
  const list = readPackageList(parseJson(text, `names the package list ${name}, which`));
  assert(
    typeof list !== "string",
    `names the package list ${name}, which isn't one: ${list as string}`,
  );
  assertEqual(list.build, arn, `${name}: build`);
  return list.packages.length;
}

/**
 * Returns the URIs of the container images that a statement is about, each with its SHA-256;
 * `undefined` if Amazon ECR had no such image when the statement was signed.
 */
export function containersOf({ subject }: Statement): Map<string, string | undefined> {
  const uris = subject.flatMap(({ annotations }) => {
    const { containers } = annotations ?? {};
    return Array.isArray(containers) ? containers.map(String) : [];
  });
  return new Map(
    uris.map((uri) => [uri, subject.find(({ name }) => name === uri)?.digest?.["sha256"]]),
  );
}

/** Returns the IDs of the AMIs that a statement is about. */
export function amisOf({ subject }: Statement): string[] {
  return subject.flatMap(({ digest }) => digest?.[AMI_DIGEST] ?? []);
}
