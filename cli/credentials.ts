import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { ConfigError } from "../config/problems";
import type { AccountRegion } from "../contract/account-region";

/** Static credentials. With AWS_PROFILE, the SDK would print a warning that both are set. */
const STATIC_CREDENTIALS = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/** Names of errors about credentials that were valid earlier. */
const EXPIRED = ["ExpiredToken", "ExpiredTokenException"];

/** Names of errors about credentials that AWS doesn't know. */
const UNKNOWN = [
  "InvalidClientTokenId",
  "UnrecognizedClientException",
  "SignatureDoesNotMatch",
  "AuthFailure",
];

const OPTIONS = "set --profile or AWS_PROFILE to a profile of this account";

/** Makes the AWS clients of this process use a profile. */
export function useProfile(profile: string): void {
  process.env["AWS_PROFILE"] = profile;
  for (const name of STATIC_CREDENTIALS) delete process.env[name];
}

/**
 * Throws a {@link ConfigError} unless the credentials are valid, and those of the account.
 */
export async function assertCredentials({ accountId, region }: AccountRegion): Promise<void> {
  const account = await callerAccount(region).catch((error: unknown) => {
    const found = describeCredentialError(error as Error);
    if (found === undefined) throw error;
    throw mustBeOf(accountId, found);
  });
  if (account !== accountId)
    throw mustBeOf(accountId, `those of account ${account}, from ${sourceOfCredentials()}`);
}

/** Returns whether AWS, or a Region that isn't enabled, doesn't know the credentials. */
export function isUnknownCredentials(error: unknown): boolean {
  return error instanceof Error && UNKNOWN.includes(error.name);
}

/** Returns whether a Region rejects a call because the account hasn't enabled the Region. */
export function isNotEnabled(error: unknown): boolean {
  return isUnknownCredentials(error) || (error as Error).name === "OptInRequired";
}

/**
 * Returns whether STS rejects a role because the Region isn't enabled in the role's account.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
 */
export function isRegionDisabled(error: unknown): boolean {
  return error instanceof Error && error.name === "RegionDisabledException";
}

function mustBeOf(accountId: string, found: string): ConfigError {
  return new ConfigError(
    `credentials: must be those of the shared account ${accountId}, got: ${found}; ${OPTIONS}`,
  );
}

async function callerAccount(region: string): Promise<string | undefined> {
  const { Account } = await new STSClient({ region }).send(new GetCallerIdentityCommand({}));
  return Account;
}

/** Returns the setting that the SDK reads the credentials from first. */
function sourceOfCredentials(): string {
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID } = process.env;
  if (AWS_PROFILE) return `the profile ${AWS_PROFILE}`;
  return AWS_ACCESS_KEY_ID ? "AWS_ACCESS_KEY_ID" : "the default profile or the machine's role";
}

/** Describes an error about credentials in a line; `undefined` if it is about something else. */
export function describeCredentialError(error: Error): string | undefined {
  const [firstLine = ""] = error.message.split("\n");
  const source = sourceOfCredentials();
  const isProviderError = error.name.endsWith("ProviderError");
  if (EXPIRED.includes(error.name) || (isProviderError && /expired/i.test(firstLine)))
    return `expired ones, from ${source}; log in again, such as with \`aws sso login\``;
  if (UNKNOWN.includes(error.name)) return `some that AWS doesn't know, from ${source}`;
  return isProviderError ? `none, from ${source} (${firstLine})` : undefined;
}
