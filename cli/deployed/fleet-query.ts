/** Selects the accounts whose instances a command looks at. */
import { accountsOf, type Factory } from "../../config/model";
import { expectedOneOf } from "../../config/near-match";
import { ConfigError } from "../../config/problems";
import { SYSTEM_TIME } from "../../lambda/common/system-time";
import { currentOrganization, type Organization } from "../organization";
import { parseProfiles } from "../profiles";
import type { Context } from "./context";
import { fleetAccess, fleetRegions } from "./fleet-access";
import type { FleetQuery } from "./read-fleet";

/** The accounts to look at, and how. */
export interface OpenFleet extends Omit<FleetQuery, "golden" | "unlisted" | "organization"> {
  readonly organization: Organization;
  /** Names of the other accounts. */
  readonly notLookedAt: readonly string[];
}

const OPT_IN =
  "set fleet: true in factory.yaml and deploy the account's stack, or pass --profiles ACCOUNT=PROFILE";

/**
 * Returns the app accounts with `fleet: true`, and those with a profile.
 *
 * Throws a {@link ConfigError} if one of those given isn't among them.
 *
 * @param given - names of accounts. Empty: all
 */
export function openFleet(
  contexts: readonly Context[],
  given: readonly string[] = [],
  option?: string,
): OpenFleet {
  const factory = factoryOf(contexts);
  const { shared, apps } = factory;
  const profiles = parseProfiles(
    option,
    accountsOf(factory).map(({ name }) => name),
  );
  const names = apps.map(({ name }) => name);
  for (const name of given)
    if (!names.includes(name))
      throw new ConfigError(
        `--account: must be an app account of the factory${expectedOneOf(name, names)}, got: ${name}`,
      );
  const selected = given.length === 0 ? apps : apps.filter(({ name }) => given.includes(name));
  const accounts = selected.filter(({ name, fleet }) => fleet || profiles.has(name));
  const closed = selected.filter((one) => !accounts.includes(one)).map(({ name }) => name);
  if (given.length > 0 && closed.length > 0)
    throw new ConfigError(`--account: ${closed[0]} can't be looked at: ${OPT_IN}`);
  const [{ name: region } = { name: "us-east-1" }] = shared.regions;
  return {
    accounts,
    notLookedAt: closed,
    sharedAccount: shared.id,
    regionsOf: (account) => fleetRegions(factory, account),
    open: fleetAccess(profiles),
    organization: currentOrganization(region),
    now: SYSTEM_TIME.now(),
  };
}

/** Throws a {@link ConfigError} if there is no account to look at. */
export function assertOpen({ accounts }: OpenFleet): void {
  if (accounts.length === 0) throw new ConfigError(`no app account can be looked at: ${OPT_IN}`);
}

function factoryOf([context]: readonly Context[]): Factory {
  if (!context) throw new Error("a factory has at least one Region");
  return context.factory;
}
