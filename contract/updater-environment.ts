import type { AccountRegion } from "./account-region";

/** Renders the updater's environment variables for Terraform. Lambda itself sets the Region. */
export function renderEnvironment({
  accountId,
}: Pick<AccountRegion, "accountId">): Record<string, string> {
  return { ACCOUNT_ID: accountId };
}

/**
 * Parses the updater's environment variables: the account and Region whose images it shares.
 *
 * Throws an `Error` that names a missing variable.
 */
export function parseEnvironment(variables: NodeJS.ProcessEnv): AccountRegion {
  const required = (name: string): string => {
    const value = variables[name];
    if (value === undefined) throw new Error(`the environment variable ${name} must be set`);
    return value;
  };
  return { accountId: required("ACCOUNT_ID"), region: required("AWS_REGION") };
}
