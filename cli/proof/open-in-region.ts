import { partitionOf } from "../../config/aws/arns";
import type { Account } from "../../config/model";
import { ConfigError } from "../../config/problems";
import { type AccountAccess, findCaller, openAccount, type Session } from "../account-credentials";
import { isRegionDisabled, isUnknownCredentials } from "../credentials";
import type { Profiles } from "../profiles";
import { withProgress } from "../progress";

/**
 * Finds credentials for an account in one of its Regions.
 *
 * Throws a `ConfigError` if there are none, or if the Region isn't enabled.
 */
export async function openInRegion(
  account: Account,
  region: string,
  profiles: Profiles,
  session: Session,
): Promise<AccountAccess> {
  const { name, id, regions } = account;
  const profile = profiles.get(name);
  const there = { ...account, regions: regions.filter((one) => one.name === region) };
  try {
    return await withProgress("checking the credentials", openAccount(there, profile, session));
  } catch (error) {
    const isUnknownHere = isUnknownCredentials(error) && (await isKnownElsewhere(region, profile));
    if (!isUnknownHere && !isRegionDisabled(error)) throw error;
    throw new ConfigError(
      `--region: must be a Region that is enabled in ${name} (${id}), got: ${region}`,
    );
  }
}

/** The Region of each partition that is always enabled. */
const DEFAULT_REGIONS: Readonly<Record<string, string>> = {
  aws: "us-east-1",
  "aws-cn": "cn-north-1",
  "aws-us-gov": "us-gov-west-1",
};

/** Returns whether the default Region of the partition accepts credentials. */
async function isKnownElsewhere(region: string, profile: string | undefined): Promise<boolean> {
  const other = DEFAULT_REGIONS[partitionOf(region)];
  if (other === undefined) return false;
  return findCaller([other], profile === undefined ? {} : { profile }).then(
    () => true,
    () => false,
  );
}
