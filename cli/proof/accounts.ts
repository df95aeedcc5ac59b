/** Selects the accounts that a command looks at, and finds credentials for them. */
import { type Account, accountsOf, type Factory } from "../../config/model";
import { expectedOneOf } from "../../config/near-match";
import { ConfigError } from "../../config/problems";
import { type AccountAccess, openAccount, type Session } from "../account-credentials";
import { Reader } from "../aws-reader";
import type { Profiles } from "../profiles";
import { firstLineOrThrow } from "../report";

/** An account that can be looked at. */
export interface OpenAccount {
  readonly account: Account;
  readonly access: AccountAccess;
  readonly reader: Reader;
}

/** An account without credentials. */
export interface ClosedAccount {
  readonly account: Account;
  readonly reason: string;
}

/** Returns the accounts with the given names, or all. */
export function selectAccounts(factory: Factory, given: readonly string[]): Account[] {
  const accounts = accountsOf(factory);
  const names = accounts.map(({ name }) => name);
  for (const name of given)
    if (!names.includes(name))
      throw new ConfigError(
        `--account: must be an account of the factory${expectedOneOf(name, names)}, got: ${name}`,
      );
  return given.length === 0 ? accounts : accounts.filter(({ name }) => given.includes(name));
}

/** Finds credentials for accounts, at the same time. */
export async function openAccounts(
  accounts: readonly Account[],
  profiles: Profiles,
  session: Session,
): Promise<(OpenAccount | ClosedAccount)[]> {
  return Promise.all(accounts.map((account) => open(account, profiles.get(account.name), session)));
}

async function open(
  account: Account,
  profile: string | undefined,
  session: Session,
): Promise<OpenAccount | ClosedAccount> {
  try {
    const access = await openAccount(account, profile, session);
    return { account, access, reader: new Reader(access.credentials) };
  } catch (error) {
    return { account, reason: firstLineOrThrow(error) };
  }
}
