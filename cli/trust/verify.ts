import { statSync } from "node:fs";
import { ECRClient } from "@aws-sdk/client-ecr";
import { imageArn } from "../../config/aws/arns";
import { shown } from "../../config/factory-path";
import { ConfigError } from "../../config/problems";
import { readTrustedKeys, type TrustedKey } from "../../config/trusted-keys";
import type { AccountRegion } from "../../contract/account-region";
import { parseBuildArn } from "../../contract/build-arn";
import { type ResourceDescriptor, statementKey } from "../../contract/evidence";
import { ecrAdapter } from "../../lambda/recorder/adapters/ecr";
import type { Build } from "../../lambda/share-updater/build";
import type { CommandResult } from "../command";
import type { Context } from "../deployed/context";
import { problemLines } from "../deployed/inspect";
import { describeOutputs } from "../deployed/outputs";
import { type RegionMessage, readRegions } from "../deployed/regions";
import { factoryCommand } from "../factory-command";
import { EXIT } from "../report";
import {
  amisOf,
  checkStatement,
  containersOf,
  InvalidEvidenceError,
  type VerifiedStatement,
} from "./check-statement";
import { bucketReader, folderReader, type ReadEvidence } from "./evidence";

interface Options {
  readonly image: string;
  /** Such as `1.0.3/2`. */
  readonly build: string;
  /** Path of the file with the trusted keys. */
  readonly keysFile: string;
  /** Folder with a copy of the evidence bucket. @default - evidence and build are read from AWS */
  readonly offline: string | undefined;
}

/** The evidence about a build in a Region. */
export type Verdict =
  | {
      readonly kind: "valid";
      readonly verified: VerifiedStatement;
      /** The build that it was compared with. @default - it wasn't, with `--offline` */
      readonly build?: Build;
    }
  | { readonly kind: "invalid"; readonly reason: string }
  | { readonly kind: "missing" };

/** Verifies the evidence about a build, with the trusted keys next to the factory file. */
export async function verify(
  contexts: readonly Context[],
  options: Options,
): Promise<CommandResult> {
  const { image, build, keysFile, offline } = options;
  const keys = readTrustedKeys(keysFile);
  if (keys.length === 0)
    throw new ConfigError(
      `${shown(keysFile)} trusts no key: create it with \`${factoryCommand("keys")}\` and credentials of the shared account, and commit it`,
    );
  // A folder that isn't there would look like evidence that is missing.
  if (offline !== undefined && !statSync(offline, { throwIfNoEntry: false })?.isDirectory())
    throw new ConfigError(
      `--offline: must be a folder with a copy of the evidence bucket, got: ${JSON.stringify(offline)}`,
    );
  if (offline !== undefined && contexts.length > 1)
    throw new ConfigError(
      `--region: must be set once together with --offline, because each Region has other builds: ${contexts.map(({ region }) => region).join(", ")}`,
    );
  const { results, problems } = await readRegions(contexts, (context) =>
    verdictOn(context, options, keys),
  );
  const isValid = results.every(({ value }) => value.kind === "valid");
  const title = ({ region }: Context, kind: string): string =>
    `${image} ${build} in ${region}: ${kind}`;
  return {
    text: [
      ...results.flatMap(({ context, value }) => [
        title(context, value.kind),
        ...linesOf(context, value, options).map((line) => `  ${line}`),
      ]),
      ...problemLines(problems),
    ].join("\n"),
    data: {
      regions: results.map(({ context, value }) => reportOf(context.region, value)),
      problems,
    },
    exitCode: exitCode(problems, isValid),
  };
}

function exitCode(problems: readonly RegionMessage[], isValid: boolean): number {
  if (problems.length > 0) return EXIT.error;
  return isValid ? EXIT.ok : EXIT.differs;
}

async function verdictOn(
  context: Context,
  { image, build: version, offline }: Options,
  keys: readonly TrustedKey[],
): Promise<Verdict> {
  const { home } = context;
  if (offline !== undefined) {
    const arn = imageArn(home, image, version);
    if (!parseBuildArn(arn))
      throw new ConfigError(
        `BUILD: must be a version and a build number such as 1.0.3/2, got: ${version}`,
      );
    return verdictOf(folderReader(offline), arn, keys);
  }
  return verdictOfBuild(home, await context.build(image, version), keys);
}

/**
 * Verifies the statement about a build, and that it is about the AMIs and container images that the
 * build has now, and about the content that Amazon ECR has now for these images.
 */
export async function verdictOfBuild(
  home: AccountRegion,
  build: Build,
  keys: readonly TrustedKey[],
): Promise<Verdict> {
  const verdict = await verdictOf(bucketReader(home), build.arn, keys);
  if (verdict.kind !== "valid") return verdict;
  const recorded = outputsOf(verdict.verified);
  const outputs = [...build.amis.map(({ id }) => id), ...build.containers];
  const unknown = outputs.filter((output) => !recorded.includes(output));
  if (unknown.length > 0)
    return {
      kind: "invalid",
      reason: `isn't about ${unknown.join(", ")}, which the build has now`,
    };
  const reason = await changedContent(home, build, verdict.verified);
  return reason === undefined ? { ...verdict, build } : { kind: "invalid", reason };
}

/** Returns which container image has other content than a statement is about. */
async function changedContent(
  { region }: AccountRegion,
  { containers }: Build,
  { statement }: VerifiedStatement,
): Promise<string | undefined> {
  if (containers.length === 0) return undefined;
  const recorded = containersOf(statement);
  const { digest } = ecrAdapter(new ECRClient({ region }));
  for (const uri of containers) {
    const [now, signed] = [await digest(uri), recorded.get(uri)];
    // Consumers can't use an image that Amazon ECR doesn't have any more.
    if (now === undefined || now === signed) continue;
    return signed === undefined
      ? `names no content of ${uri}, but Amazon ECR has sha256:${now}`
      : `is about ${uri} with the content sha256:${signed}, but Amazon ECR has sha256:${now}`;
  }
  return undefined;
}

async function verdictOf(
  read: ReadEvidence,
  arn: string,
  keys: readonly TrustedKey[],
): Promise<Verdict> {
  const text = await read(statementKey(arn));
  if (text === undefined) return { kind: "missing" };
  try {
    return { kind: "valid", verified: await checkStatement(text, arn, keys, read) };
  } catch (error) {
    if (!(error instanceof InvalidEvidenceError)) throw error;
    return { kind: "invalid", reason: error.message };
  }
}

function dependencies({ statement }: VerifiedStatement, name: string): ResourceDescriptor[] {
  const { resolvedDependencies } = statement.predicate.buildDefinition;
  return resolvedDependencies.filter((one) => one.name === name);
}

/** Returns the AMI IDs and container URIs that a statement is about. */
function outputsOf({ statement }: VerifiedStatement): string[] {
  return [...amisOf(statement), ...containersOf(statement).keys()];
}

function contentLine({ statement }: VerifiedStatement): string[] {
  const digests = new Set(containersOf(statement).values());
  if (digests.size === 0) return [];
  const texts = [...digests].map((sha256) =>
    sha256 === undefined ? "deleted before the build was recorded" : `sha256:${sha256}`,
  );
  return [`content of the containers: ${texts.join(" ")}`];
}

function linesOf(context: Context, verdict: Verdict, options: Options): string[] {
  switch (verdict.kind) {
    case "valid": {
      const { verified, build } = verdict;
      const { externalParameters, internalParameters } =
        verified.statement.predicate.buildDefinition;
      const uris = (name: string): string =>
        dependencies(verified, name)
          .map(({ uri }) => uri)
          .join(" ") || "-";
      return [
        `signed by ${verified.keyid}`,
        `recipe: ${externalParameters.recipe}`,
        `pipeline: ${internalParameters["pipeline"] ?? "none: the build was started without one"}`,
        `parent: ${uris("parent")}`,
        `components: ${uris("component")}`,
        `packages: ${verified.packages ?? "not recorded"}`,
        build
          ? `AMIs or containers: ${describeOutputs(context, build)}`
          : `AMIs or containers: ${outputsOf(verified).join(" ") || "-"}, not compared with AWS`,
        ...contentLine(verified),
      ];
    }
    case "invalid":
      return [`the statement ${verdict.reason}`];
    case "missing":
      return [
        options.offline === undefined
          ? `to record it: \`${factoryCommand(`record ${options.image} ${options.build}${context.option}`)}\``
          : `${options.offline} contains no statement about it`,
      ];
    default:
      return verdict satisfies never;
  }
}

function reportOf(region: string, verdict: Verdict) {
  if (verdict.kind !== "valid") return { region, ...verdict };
  const { keyid, packages, statement } = verdict.verified;
  return { region, kind: verdict.kind, keyid, packages, statement };
}
