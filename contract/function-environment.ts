import type { ArnLocation } from "./build-arn";

export interface ManifestLocation {
  readonly bucket: string;
  readonly key: string;
}

/**
 * The settings of a function. Terraform defines them as environment variables, except the Region.
 */
export interface FunctionEnvironment {
  /** Where the function runs. */
  readonly home: ArnLocation;
  readonly manifest: ManifestLocation;
}

/** Renders the environment variables of a function. Lambda itself sets the Region. */
export function renderFunctionEnvironment({
  home,
  manifest,
}: FunctionEnvironment): Record<string, string> {
  return {
    ACCOUNT_ID: home.accountId,
    PARTITION: home.partition,
    MANIFEST_BUCKET: manifest.bucket,
    MANIFEST_KEY: manifest.key,
  };
}

/** Returns an environment variable; throws an `Error` that names it if it isn't set. */
export function requiredVariable(variables: NodeJS.ProcessEnv, name: string): string {
  const value = variables[name];
  if (value === undefined) throw new Error(`the environment variable ${name} must be set`);
  return value;
}

/** Parses the environment variables of a function; throws an `Error` that names a missing one. */
export function parseFunctionEnvironment(variables: NodeJS.ProcessEnv): FunctionEnvironment {
  return {
    home: {
      partition: requiredVariable(variables, "PARTITION"),
      accountId: requiredVariable(variables, "ACCOUNT_ID"),
      region: requiredVariable(variables, "AWS_REGION"),
    },
    manifest: {
      bucket: requiredVariable(variables, "MANIFEST_BUCKET"),
      key: requiredVariable(variables, "MANIFEST_KEY"),
    },
  };
}
