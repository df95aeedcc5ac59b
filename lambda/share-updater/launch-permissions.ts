import { type Build, buildChanged, isRevoked } from "./build";
import { associatedArns, isEligible } from "./decide";
import { type AmiLaunchers, type ObservedShare, readLaunchers } from "./observe";
import type { Aws, Principal } from "./ports";

function audienceOf(shares: readonly ObservedShare[]): Set<Principal> {
  return new Set(shares.flatMap(({ audience }) => audience));
}

/**
 * Sets the launch permissions of a build's AMIs, and writes only differences.
 *
 * Adds the audiences of the channels whose shares contain the build or will contain it. Removes
 * every other principal, except
 * - the audiences of channels for which the build is still eligible, because their Auto Scaling
 *   groups may still launch it,
 * - `protectedPrincipals`. If these are `undefined`, nothing is removed.
 *
 * Throws an `Error` if the build changed since it was read.
 */
export async function setLaunchPermissions(
  aws: Aws,
  build: Build,
  launchers: readonly AmiLaunchers[],
  shares: readonly ObservedShare[],
  protectedPrincipals: ReadonlySet<Principal> | undefined,
): Promise<void> {
  const now = aws.now();
  const sharing = shares.filter(
    ({ desired, associations }) =>
      desired.includes(build.arn) || associatedArns(associations).includes(build.arn),
  );
  const eligible = shares.filter(({ share }) => isEligible(build, share.policy, now));
  const required = audienceOf(sharing);
  const allowed = audienceOf([...sharing, ...eligible]);
  const isRemovable = (principal: Principal): boolean =>
    protectedPrincipals !== undefined &&
    !protectedPrincipals.has(principal) &&
    !allowed.has(principal);

  for (const { ami, principals } of launchers) {
    const toAdd = [...required].filter((principal) => !principals.includes(principal));
    const toRemove = principals.filter(isRemovable);
    if (toAdd.length + toRemove.length === 0) continue;
    await assertUnchanged(aws, build, shares);
    await aws.launchPermissions.change(ami.region, ami.id, toAdd, toRemove);
  }
}

/** The build was read before the updater waited for RAM, so it may be out of date. */
async function assertUnchanged(
  aws: Aws,
  before: Build,
  shares: readonly ObservedShare[],
): Promise<void> {
  const build = await aws.images.build(before.arn);
  const eligibleShares = (one: Build): string =>
    shares
      .filter(({ share }) => isEligible(one, share.policy, aws.now()))
      .map(({ share }) => share.arn)
      .join();
  const isUnchanged =
    build &&
    isRevoked(build) === isRevoked(before) &&
    eligibleShares(build) === eligibleShares(before);
  if (!isUnchanged) throw buildChanged(before.arn);
}

/**
 * Removes all launch permissions of revoked builds.
 *
 * Returns failures instead of throwing them, because they must not keep the shares from being
 * reconciled.
 */
export async function revokeLaunchPermissions(
  aws: Aws,
  builds: readonly Build[],
): Promise<unknown[]> {
  const errors: unknown[] = [];
  for (const build of builds.filter(isRevoked)) {
    for (const ami of build.amis) {
      try {
        const launchers = await readLaunchers(aws, { amis: [ami] });
        await setLaunchPermissions(aws, build, launchers, [], new Set());
      } catch (error) {
        errors.push(error);
      }
    }
  }
  return errors;
}
