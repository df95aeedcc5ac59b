import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { roleArn } from "../../config/aws/arns";
import { ConfigError } from "../../config/problems";
import type { Profiles } from "../profiles";
import type { Stack } from "./stack-manifest";

/** Unsets the variables that the AWS SDK prefers to those of a profile or a token. */
const WITHOUT_KEYS: NodeJS.ProcessEnv = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
};

export function isGitHubJob(): boolean {
  return process.env["GITHUB_ACTIONS"] === "true";
}

/**
 * Returns the variables with which Terraform's provider and backend get credentials for a stack. In
 * GitHub Actions, those of a role in the stack's account. Elsewhere, those of the account's
 * profile, or else the caller's.
 *
 * @param role name of the role that GitHub Actions assumes
 * @param folder where a token is written to
 */
export async function credentialsFor(
  stack: Stack,
  role: string,
  profiles: Profiles,
  folder: string,
): Promise<NodeJS.ProcessEnv> {
  const token = await gitHubToken();
  if (token === undefined) return profileVariables(profiles.get(stack.account));
  const file = join(folder, "token");
  writeFileSync(file, token, { mode: 0o600 });
  return {
    ...WITHOUT_KEYS,
    AWS_PROFILE: undefined,
    AWS_ROLE_ARN: roleArn(stack, role),
    AWS_WEB_IDENTITY_TOKEN_FILE: file,
    AWS_ROLE_SESSION_NAME: stack.id.slice(0, 64),
  };
}

function profileVariables(profile: string | undefined): NodeJS.ProcessEnv {
  if (profile === undefined) return {};
  return { ...WITHOUT_KEYS, AWS_PROFILE: profile };
}

/**
 * Requests the token of this job, which is valid for five minutes. Outside GitHub Actions there is
 * none, and Terraform uses the caller's credentials. In GitHub Actions, credentials of the runner
 * must not be used.
 *
 * https://docs.github.com/en/actions/reference/security/oidc
 */
async function gitHubToken(): Promise<string | undefined> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = process.env;
  if (url === undefined) {
    if (isGitHubJob())
      throw new ConfigError(
        "this job gets no token from GitHub: add `id-token: write` to its permissions",
      );
    return undefined;
  }
  const response = await fetch(`${url}&audience=sts.amazonaws.com`, {
    headers: { Authorization: `bearer ${bearer}` },
  });
  if (!response.ok)
    throw new Error(`GitHub rejected the request for a token: HTTP ${response.status}`);
  return ((await response.json()) as { readonly value: string }).value;
}
