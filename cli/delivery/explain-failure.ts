/** Explains errors of Terraform that users of a factory often see. */
import { factoryCommand } from "../factory-command";
import { isGitHubJob } from "./credentials";
import type { Stack } from "./stack-manifest";
import { isBucketMissing } from "./state-bucket";

/** Explanations by what they explain. The first one that applies is used. */
const EXPLANATIONS: readonly (readonly [
  RegExp,
  (stack: Stack, match: RegExpExecArray) => string,
])[] = [
  [
    /AWS account ID not allowed: (\d+)/,
    ({ account, accountId }, [, other]) =>
      `Terraform has credentials of account ${other}, and this stack belongs to ${account} (${accountId}). ${selectProfile(account)}`,
  ],
  [
    /No valid credential sources found|failed to refresh cached credentials/,
    ({ account, accountId }) =>
      `Terraform found no credentials, and needs those of ${account} (${accountId}). ${selectProfile(account)}`,
  ],
  [
    /failed to get shared config profile, (\S+)/,
    (_stack, [, profile]) =>
      `There is no AWS profile ${profile}. \`aws configure list-profiles\` lists those that exist.`,
  ],
  [
    /ExpiredToken|InvalidClientTokenId|security token included in the request is (?:expired|invalid)|token has expired|refresh(?:ed)? SSO/i,
    ({ account, accountId }) =>
      `The credentials of ${account} (${accountId}) have expired or aren't valid. Sign in again, such as with \`aws sso login\`.`,
  ],
  [
    /Cannot assume IAM Role|not authorized to perform: sts:AssumeRole/,
    ({ account, accountId }) =>
      isGitHubJob()
        ? `GitHub Actions can't assume the role in ${account} (${accountId}). The state stack of the account creates it: deploy state-${account} by hand.`
        : `Your credentials can't assume the deployRole of ${account} (${accountId}). Check that the role exists and trusts you, or use other credentials.`,
  ],
  [
    /InvalidParameterValueException[\s\S]*image\/[\w-]+\/[\dx.]+/,
    () =>
      `If the parent image has no build yet that this account can use, build it with \`${factoryCommand("build IMAGE --wait")}\`, and then apply this stack again.`,
  ],
];

function selectProfile(account: string): string {
  return `Pass a profile of the account with --profiles ${account}=PROFILE, or set AWS_PROFILE and add --account ${account}.`;
}

/** Returns Terraform's error with an explanation of what to do, if it is a known one. */
export function explainFailure(stack: Stack, message: string): string {
  const explanation = explanationOf(stack, message);
  return explanation === undefined ? message : `${message}\n\n${explanation}`;
}

function explanationOf(stack: Stack, message: string): string | undefined {
  if (isBucketMissing(message))
    return `The bucket for the state of ${stack.account} (${stack.accountId}) doesn't exist. Create it first: \`${factoryCommand(`apply state-${stack.account}`)}\`.`;
  for (const [pattern, explain] of EXPLANATIONS) {
    const match = pattern.exec(message);
    if (match) return explain(stack, match);
  }
  return undefined;
}
