import type { Principal } from "../../contract/manifest";
import { assertTimeLeft } from "../common/deadline";
import { type Ami, type Build, BuildChangedError, isRevoked, isUsable } from "./build";
import type { Channel } from "./channel";
import { associatedArns, isAllowed, isEligible } from "./decide";
import type { AmiLaunchers, ObservedChannel, ObservedImage } from "./observe";
import type { Aws } from "./ports";

function audienceOf(channels: readonly Pick<ObservedChannel, "channel">[]): Set<Principal> {
  return new Set(channels.flatMap(({ channel }) => channel.audience));
}

/**
 * Returns the principals that may keep the launch permission of a build's AMIs: the audiences of
 * the channels for which the build is eligible, however old it is, and whatever was found in it
 * since. Their Auto Scaling groups may launch it.
 */
export function eligiblePrincipals(
  build: Build,
  channels: readonly Channel[],
  now: number,
): Set<Principal> {
  const allowed = channels.filter((channel) => isAllowed(build, channel, now));
  return audienceOf(allowed.map((channel) => ({ channel })));
}

function isSharedIn({ associations }: ObservedChannel, { arn }: Build): boolean {
  return associatedArns(associations).includes(arn);
}

/**
 * Returns the principals that get the launch permission of a build's AMIs, and those that may keep
 * it.
 *
 * The audience of a channel gets it for every build that the updater shares there, whatever was
 * found in the build since. Otherwise, it would see a parent that it can't launch. A build that
 * someone else may have added gives nothing unless it is eligible. A build that stays in a share
 * because the channel has no better one takes nothing.
 */
function principalsOf(
  build: Build,
  channels: readonly ObservedChannel[],
  now: number,
): { readonly given: ReadonlySet<Principal>; readonly kept: ReadonlySet<Principal> } {
  const { arn } = build;
  const allowed = channels.filter(({ channel }) => isAllowed(build, channel, now));
  const staying = channels.filter(
    (state) => isSharedIn(state, build) && !state.disassociate.includes(arn),
  );
  const given = allowed.filter(
    (state) =>
      (state.desired.includes(arn) || staying.includes(state)) &&
      (state.sharedBy.get(arn) ?? "updater") === "updater",
  );
  return { given: audienceOf(given), kept: audienceOf([...allowed, ...staying]) };
}

/**
 * Sets the launch permissions of an AMI of a build that is desired or shared, and writes only
 * differences. Throws a {@link BuildChangedError} if the build changed since it was read.
 */
async function setLaunchPermissions(
  aws: Aws,
  build: Build,
  ami: Ami,
  principals: readonly Principal[],
  channels: readonly ObservedChannel[],
): Promise<void> {
  const { given, kept } = principalsOf(build, channels, aws.now());
  const toAdd = [...given].filter((principal) => !principals.includes(principal));
  const toRemove = principals.filter((principal) => !kept.has(principal));
  if (toAdd.length + toRemove.length === 0) return;
  await assertUnchanged(aws, build, channels);
  if (toRemove.length > 0) await assertLeaving(aws, build, channels);
  await aws.amis.changeLaunchPermission(ami, toAdd, toRemove);
}

/**
 * Throws a {@link BuildChangedError} if a build stays in a share after all, because a desired build
 * isn't eligible any more: a list may have been out of date.
 */
async function assertLeaving(
  aws: Aws,
  { arn }: Build,
  channels: readonly ObservedChannel[],
): Promise<void> {
  for (const state of channels.filter((one) => one.disassociate.includes(arn)))
    for (const one of state.desired) {
      const build = await aws.images.build(one);
      if (!build || !isEligible(build, state.channel, aws.now(), isSharedIn(state, build)))
        throw new BuildChangedError(one);
    }
}

/** The updater may have waited since it read the build. */
async function assertUnchanged(
  aws: Aws,
  before: Build,
  channels: readonly ObservedChannel[],
): Promise<void> {
  const build = await aws.images.build(before.arn);
  const now = aws.now();
  const eligibleChannels = (one: Build): string =>
    channels
      .filter(({ channel }) => isEligible(one, channel, now))
      .map(({ channel }) => channel.name)
      .join();
  const isUnchanged =
    build &&
    isRevoked(build, now) === isRevoked(before, now) &&
    eligibleChannels({ ...build, amis: before.amis }) === eligibleChannels(before);
  if (!isUnchanged) throw new BuildChangedError(before.arn);
}

/** Which builds can be shared, as far as their launch permissions are concerned. */
export interface Granted {
  /** ARNs of builds that their whole audience can launch at home. */
  readonly launchable: ReadonlySet<string>;
  /** ARNs of builds that changed, or for which an answer was out of date. The next run decides. */
  readonly changed: ReadonlySet<string>;
  readonly errors: readonly unknown[];
}

/**
 * Sets the launch permissions of every usable build that is desired or shared.
 *
 * A copy in another Region that can't be read or changed doesn't keep a build from being shared:
 * otherwise a Region that is out of order, or not used any more, would stop all sharing at home.
 */
export async function grantToAudiences(
  aws: Aws,
  { builds, channels, launchers }: ObservedImage,
): Promise<Granted> {
  const launchable = new Set<string>();
  const changed = new Set<string>();
  const errors: unknown[] = [];
  for (const build of builds.filter((one) => isUsable(one, aws.now()))) {
    const current = launchers.get(build.arn);
    if (!current) continue;
    const failures = await setAll(aws, build, current, channels);
    errors.push(...failures.flatMap(({ error }) => error ?? []));
    const atHome = failures.filter(({ ami }) => ami.region === aws.home.region);
    if (atHome.length === 0) launchable.add(build.arn);
    else if (atHome.every(({ error }) => error instanceof BuildChangedError))
      changed.add(build.arn);
  }
  return { launchable, changed, errors };
}

/** An AMI whose launch permission isn't set. */
interface Failure {
  readonly ami: Ami;
  /** @default - the permission couldn't be read, which is reported already */
  readonly error?: unknown;
}

async function setAll(
  aws: Aws,
  build: Build,
  launchers: readonly AmiLaunchers[],
  channels: readonly ObservedChannel[],
): Promise<Failure[]> {
  // An AMI at home that can't be read may be deregistered, and then the build isn't eligible.
  const unread = launchers.filter(
    ({ ami, principals }) => ami.region === aws.home.region && !principals,
  );
  if (unread.length > 0) return unread.map(({ ami }) => ({ ami }));
  const failures: Failure[] = [];
  for (const { ami, principals } of launchers) {
    assertTimeLeft(aws);
    try {
      if (principals) await setLaunchPermissions(aws, build, ami, principals, channels);
    } catch (error) {
      failures.push({ ami, error });
    }
  }
  return failures;
}

/**
 * Removes all launch permissions of revoked builds, and returns failures: they must not keep the
 * shares from being reconciled.
 */
export async function revokeLaunchPermissions(
  aws: Aws,
  builds: readonly Build[],
): Promise<unknown[]> {
  const errors: unknown[] = [];
  for (const build of builds.filter((one) => isRevoked(one, aws.now()))) {
    for (const ami of build.amis) {
      assertTimeLeft(aws);
      try {
        const principals = await aws.amis.launchPermission(ami);
        if (principals && principals.length > 0) await revokeAll(aws, build, ami, principals);
      } catch (error) {
        errors.push(error);
      }
    }
  }
  return errors;
}

/** Reads the build again, because an operator may have withdrawn the revocation. */
async function revokeAll(
  aws: Aws,
  { arn }: Build,
  ami: Ami,
  principals: readonly Principal[],
): Promise<void> {
  const build = await aws.images.build(arn);
  if (!build || !isRevoked(build, aws.now())) throw new BuildChangedError(arn);
  await aws.amis.changeLaunchPermission(ami, [], principals);
}
