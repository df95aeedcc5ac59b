import { ConfigError } from "../config/problems";

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
