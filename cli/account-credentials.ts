/** Finds credentials for each account of a factory. */
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  STSClient,
  type STSClientConfig,
} from "@aws-sdk/client-sts";
import { roleArn } from "../config/aws/arns";
import type { Account } from "../config/model";
import { ConfigError } from "../config/problems";
import { required } from "../contract/required";
import { MINUTE_MS } from "../contract/time";
import { isRegionDisabled, isUnknownCredentials } from "./credentials";

/** Options of an SDK client for its credentials. */
export type Credentials = Pick<STSClientConfig, "profile" | "credentials">;

/** A session of an assumed role. */
export interface Session {
  readonly name: string;
  /** JSON of a policy that limits the session. */
  readonly policy: string;
  /** Time after which it ends. @default 900 */
  readonly seconds?: number;
}

export interface AccountAccess {
  readonly credentials: Credentials;
  /** Where the credentials come from, such as `profile payments`. */
  readonly source: string;
  /** A Region of the account that accepts the credentials. */
  readonly region: string;
}

/**
 * Returns the credentials of an account: those of its profile or of the caller, or of its deploy
 * role if they belong to another account.
 *
 * Throws a `ConfigError` if there are none.
 */
export async function openAccount(
  account: Account,
  profile: string | undefined,
  session: Session,
): Promise<AccountAccess> {
  const { name, id, deployRole, regions } = account;
  const own: Credentials = profile === undefined ? {} : { profile };
  const caller = await findCaller(
    regions.map((region) => region.name),
    own,
  );
  const { region } = caller;
  const source = profile === undefined ? "current credentials" : `profile ${profile}`;
  if (caller.account === id) return { credentials: own, source, region };
  if (deployRole === undefined)
    throw new ConfigError(
      `the credentials are those of account ${caller.account}. Pass a profile of the account with --profiles ${name}=PROFILE`,
    );
  const RoleArn = roleArn({ accountId: id, region }, deployRole);
  const assume = (): Promise<Assumed> => assumeRole(caller.sts, RoleArn, session);
  try {
    const credentials = renewed(await assume(), assume);
    return { credentials: { credentials }, source: `role ${deployRole}`, region };
  } catch (error) {
    // The Region may be enabled in the caller's account only.
    const others = regions.slice(regions.findIndex((one) => one.name === region) + 1);
    if (others.length === 0 || !isRegionDisabled(error)) throw error;
    return openAccount({ ...account, regions: others }, profile, session);
  }
}

/** Credentials of a session. */
interface Assumed {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration?: Date;
}

async function assumeRole(
  sts: STSClient,
  RoleArn: string,
  { name, policy, seconds = 900 }: Session,
): Promise<Assumed> {
  const { Credentials: assumed } = await sts.send(
    new AssumeRoleCommand({
      RoleArn,
      RoleSessionName: name,
      DurationSeconds: seconds,
      Policy: policy,
    }),
  );
  return {
    accessKeyId: required(assumed?.AccessKeyId, `the access key ID of a session of ${RoleArn}`),
    secretAccessKey: required(assumed?.SecretAccessKey, `the secret of a session of ${RoleArn}`),
    sessionToken: required(assumed?.SessionToken, `the token of a session of ${RoleArn}`),
    ...(assumed?.Expiration && { expiration: assumed.Expiration }),
  };
}

/** Time before the end of a session at which it is renewed, in milliseconds. */
const RENEWAL_MS = 10 * MINUTE_MS;

/** Returns a provider for the SDK that assumes a role again before its session ends. */
function renewed(first: Assumed, assume: () => Promise<Assumed>): () => Promise<Assumed> {
  let current = first;
  return async () => {
    const end = current.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
    if (Date.now() > end - RENEWAL_MS) current = await assume();
    return current;
  };
}

export interface Caller {
  readonly account: string;
  /** The first Region that accepts the credentials. */
  readonly region: string;
  readonly sts: STSClient;
}

/**
 * Returns the account of credentials. A Region that isn't enabled doesn't accept them, so other
 * Regions are asked too.
 */
export async function findCaller(
  regions: readonly string[],
  credentials: Credentials,
): Promise<Caller> {
  const [region = "us-east-1", ...others] = regions;
  const sts = new STSClient({ region, ...credentials });
  try {
    const { Account = "" } = await sts.send(new GetCallerIdentityCommand({}));
    return { account: Account, region, sts };
  } catch (error) {
    if (others.length === 0 || !isUnknownCredentials(error)) throw error;
    return findCaller(others, credentials);
  }
}
