import { type Build, isRevoked } from "./build";
import { associatedArns, isEligible } from "./decide";
import { type Launchers, launchersOf, type ObservedShare } from "./observe";
import type { Aws, Principal } from "./ports";

function audienceOf(views: readonly ObservedShare[]): Set<Principal> {
  return new Set(views.flatMap(({ audience }) => audience));
}

/**
 * Lets the audiences of the channels that a build is in, or about to be, launch its AMIs. Takes the right from others, but for those
 * for whose channel it is still eligible (somebody's Auto Scaling group may run an older build) and those to be `spared`, or from nobody
 * unless `spared` is known. Writes nothing that is so; throws when the build changed meanwhile.
 */
export async function grantLaunchPermissions(
  aws: Aws,
  build: Build,
  launchers: readonly Launchers[],
  views: readonly ObservedShare[],
  spared: ReadonlySet<Principal> | undefined,
): Promise<void> {
  const now = aws.now();
  const desiring = views.filter(({ desired }) => desired.includes(build.arn));
  const holding = views.filter(({ associations }) =>
    associatedArns(associations).includes(build.arn),
  );
  const eligible = views.filter(({ share }) => isEligible(build, share.policy, now));
  const may = audienceOf([...desiring, ...holding]);
  const stays = audienceOf([...desiring, ...holding, ...eligible]);

  for (const { ami, principals } of launchers) {
    const add = [...may].filter((principal) => !principals.includes(principal));
    const remove = spared
      ? principals.filter((principal) => !stays.has(principal) && !spared.has(principal))
      : [];
    if (add.length + remove.length === 0) continue;
    await assertUnchanged(aws, build, views);
    await aws.launchPermissions.change(ami.region, ami.id, add, remove);
  }
}

/** RAM may have been waited for since the build was read. */
async function assertUnchanged(
  aws: Aws,
  before: Build,
  views: readonly ObservedShare[],
): Promise<void> {
  const build = await aws.images.build(before.arn);
  const isFor = (one: Build): string[] =>
    views
      .filter(({ share }) => isEligible(one, share.policy, aws.now()))
      .map(({ share }) => share.arn);
  const isUnchanged =
    build && isRevoked(build) === isRevoked(before) && isFor(build).join() === isFor(before).join();
  if (!isUnchanged)
    throw new Error(`${before.arn} was changed meanwhile: looked at again next time`);
}

/** Lets nobody outside the account launch a revoked build. What fails is handed back: it mustn't keep the shares from being set right. */
export async function revokeLaunchPermissions(
  aws: Aws,
  builds: readonly Build[],
): Promise<unknown[]> {
  const errors: unknown[] = [];
  for (const build of builds.filter(isRevoked)) {
    for (const ami of build.amis) {
      try {
        await grantLaunchPermissions(
          aws,
          build,
          await launchersOf(aws, { amis: [ami] }),
          [],
          new Set(),
        );
      } catch (error) {
        errors.push(error);
      }
    }
  }
  return errors;
}
