import type { Home } from "./build-arn";

/** The updater's settings. Terraform defines them as environment variables, apart from the Region. */
export interface UpdaterEnvironment {
  /** Where the shared images are. */
  readonly home: Home;
  readonly manifest: { readonly bucket: string; readonly key: string };
  /** URL of the queue whose messages the function processes. */
  readonly queueUrl: string;
}

/** Renders the updater's environment variables. Lambda itself sets the Region. */
export function renderEnvironment({
  home,
  manifest,
  queueUrl,
}: UpdaterEnvironment): Record<string, string> {
  return {
    ACCOUNT_ID: home.accountId,
    PARTITION: home.partition,
    MANIFEST_BUCKET: manifest.bucket,
    MANIFEST_KEY: manifest.key,
    QUEUE_URL: queueUrl,
  };
}

/** Parses the updater's environment variables; throws an `Error` that names a missing one. */
export function parseEnvironment(variables: NodeJS.ProcessEnv): UpdaterEnvironment {
  const required = (name: string): string => {
    const value = variables[name];
    if (value === undefined) throw new Error(`the environment variable ${name} must be set`);
    return value;
  };
  return {
    home: {
      partition: required("PARTITION"),
      accountId: required("ACCOUNT_ID"),
      region: required("AWS_REGION"),
    },
    manifest: { bucket: required("MANIFEST_BUCKET"), key: required("MANIFEST_KEY") },
    queueUrl: required("QUEUE_URL"),
  };
}
