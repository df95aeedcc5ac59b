import { accountsOf, type Factory } from "../config/model";
import { ConfigError } from "../config/problems";
import { useProfile } from "./credentials";

/** AWS profiles by the names of accounts. */
export type Profiles = ReadonlyMap<string, string>;

/**
 * Reads AWS profiles from an option such as `shared=golden,payments=payments-admin`.
 *
 * @param accounts the names of the factory's accounts
 */
export function parseProfiles(option: string | undefined, accounts: readonly string[]): Profiles {
  const pairs = (option?.split(",") ?? []).map((text): [string, string] => {
    const [name = "", profile = ""] = text.split(/=(.*)/s);
    if (!accounts.includes(name) || profile === "")
      throw new ConfigError(
        `--profiles: must be a list of ACCOUNT=PROFILE with accounts of the factory (${accounts.join(", ")}), got: ${option}`,
      );
    return [name, profile];
  });
  return new Map(pairs);
}

/** The options of a command that needs credentials of accounts. */
export interface ProfileOptions {
  /** Profile of the caller. */
  readonly profile?: string | undefined;
  /** Profiles of accounts, as {@link parseProfiles} reads them. */
  readonly profiles?: string | undefined;
}

/** Makes the caller's profile that of the process, and returns the profiles of accounts. */
export function useProfiles(factory: Factory, { profile, profiles }: ProfileOptions): Profiles {
  const names = accountsOf(factory).map(({ name }) => name);
  const parsed = parseProfiles(profiles, names);
  if (profile !== undefined) useProfile(profile);
  return parsed;
}
