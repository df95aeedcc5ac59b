import type { AccountRegion } from "./account-region";

/** Renders the environment variables that Terraform sets on the share updater. Lambda itself sets the Region. */
export function renderEnvironment({
  accountId,
}: Pick<AccountRegion, "accountId">): Record<string, string> {
  return { ACCOUNT_ID: accountId };
}

/**
 * Parses the share updater's environment variables: the account and Region whose images it shares.
 *
 * Throws an `Error` that names the variable that is missing.
 */
export function parseEnvironment(variables: NodeJS.ProcessEnv): AccountRegion {
  const required = (name: string): string => {
    const value = variables[name];
    if (value === undefined) throw new Error(`the environment variable ${name} is missing`);
    return value;
  };
  return { accountId: required("ACCOUNT_ID"), region: required("AWS_REGION") };
}
