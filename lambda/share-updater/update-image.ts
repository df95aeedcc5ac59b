import { type Build, newestFirst, parseBuildArn } from "./build";
import { type Association, decide, isHeld, unusable } from "./decide";
import { letLaunch, letNobodyLaunch } from "./launch";
import { type Aws, type Principal, type Share, UnshareRefusedError } from "./ports";
import { change, partOfTime, settled } from "./settle";
import { walk } from "./walk";

/** What a share is after it was looked at, and what was done. */
export interface ShareSummary {
  readonly share: string;
  readonly image: string;
  readonly channel: string;
  readonly desired: readonly string[];
  readonly shared: readonly string[];
  readonly associated: readonly string[];
  readonly disassociated: readonly string[];
  /** Builds that RAM didn't take out, because a consumer depends on them. */
  readonly refused: readonly string[];
  /** Builds that RAM failed to put in; they are tried again next time. */
  readonly failed: readonly string[];
  /** Age of the newest shared build, in hours; of the share itself while none is in it. */
  readonly newestAgeHours: number;
}

/** The most that RAM takes in one call. */
const BATCH = 100;

const batches = (arns: readonly string[]): (readonly string[])[] =>
  Array.from({ length: Math.ceil(arns.length / BATCH) }, (_, index) => arns.slice(index * BATCH, (index + 1) * BATCH));

const heldIn = (associations: readonly Association[]): string[] =>
  associations
    .filter(isHeld)
    .map(({ arn }) => arn)
    .sort(newestFirst);

/**
 * Takes builds out one by one, because one that a consumer depends on would keep the others in; and only as long as all of `keeps` is
 * in, because another run may be at work as well.
 */
const takeOut = async (
  aws: Aws,
  share: string,
  until: number,
  arns: readonly string[],
  keeps: readonly string[],
): Promise<void> => {
  const errors: unknown[] = [];
  for (const arn of arns) {
    await change(aws, share, until, async (associations) => {
      const held = heldIn(associations);
      if (!held.includes(arn)) return;
      if (!keeps.every((kept) => held.includes(kept)))
        throw new Error(`${share} was changed by somebody else: looked at again next time`);
      await aws.ram.disassociate(share, [arn]);
    }).catch((error: unknown) => {
      if (!(error instanceof UnshareRefusedError)) errors.push(error);
    });
  }
  if (errors.length > 0) throw new AggregateError(errors, errors.map((error) => (error as Error).message).join("; "));
};

/** What is in a share by another's hand and isn't a build of its image is nobody's to look at: it counts as gone. */
const isOf = (image: string, { home }: Aws, arn: string): boolean => {
  const build = parseBuildArn(arn);
  return build?.image === image && build.region === home.region && build.accountId === home.accountId;
};

/** What is in a share and wasn't walked over, looked at by itself: to know what of it is usable still. */
const unwalked = async (
  aws: Aws,
  image: string,
  builds: readonly Build[],
  associations: readonly Association[],
): Promise<Build[]> => {
  const known = new Set(builds.map(({ arn }) => arn));
  const others = heldIn(associations).filter((arn) => !known.has(arn) && isOf(image, aws, arn));
  return (await Promise.all(others.map((arn) => aws.images.build(arn)))).flatMap((build) => build ?? []);
};

interface Context {
  readonly builds: readonly Build[];
  readonly audience: readonly Principal[];
  readonly everybody: ReadonlySet<Principal>;
  /** How long RAM may take. */
  readonly until: number;
}

/** Make before break: launch permission, then in, then, once everything desired is in, out. */
const updateShare = async (
  aws: Aws,
  { arn: share, image, policy, createdAt }: Share,
  context: Context,
): Promise<ShareSummary> => {
  const { until } = context;
  const before = await settled(aws, share, until);
  const builds = [...context.builds, ...(await unwalked(aws, image, context.builds, before))];
  const { desired, associate, disassociate } = decide(builds, before, policy, aws.now());

  for (const build of builds.filter(({ arn }) => desired.includes(arn))) {
    await letLaunch(aws, build, context.audience, context.everybody);
  }
  for (const batch of batches(associate)) {
    await change(aws, share, until, async (associations) => {
      const held = heldIn(associations);
      const lacking = batch.filter((arn) => !held.includes(arn));
      if (lacking.length > 0) await aws.ram.associate(share, lacking);
    });
  }
  const between = associate.length > 0 ? await settled(aws, share, until) : before;
  const isComplete = desired.every((arn) => heldIn(between).includes(arn));

  // While something desired isn't in, only that goes which nobody may use any more. What came in since `before` is another run's.
  const goes = isComplete ? disassociate : unusable(builds, before);
  await takeOut(aws, share, until, goes, isComplete ? desired : []);
  const shared = heldIn(goes.length > 0 ? await settled(aws, share, until) : between);
  const newest = builds.filter(({ arn }) => shared.includes(arn)).sort((one, other) => newestFirst(one.arn, other.arn))[0];
  return {
    share,
    image,
    channel: policy.channel,
    desired,
    shared,
    associated: associate.filter((arn) => shared.includes(arn)),
    disassociated: goes.filter((arn) => !shared.includes(arn)),
    refused: goes.filter((arn) => shared.includes(arn)),
    failed: desired.filter((arn) => !shared.includes(arn)),
    newestAgeHours: (aws.now() - (newest?.createdAt ?? createdAt)) / 3_600_000,
  };
};

/** Whether RAM lets a share be changed. */
export const isActive = ({ status }: Share): boolean => status === "ACTIVE";

/** What became of an image's shares; what failed is thrown after everything else was done. */
export interface ImageUpdate {
  readonly summaries: readonly ShareSummary[];
  readonly errors: readonly unknown[];
}

/**
 * Makes every ACTIVE share of an image what it should be, whatever was there before; the others' audiences keep what they may. `hints` are builds that an event told of; `whole` looks
 * at every build there is, and so finds what was revoked long ago; `until` is when this image has had its part of the time.
 */
export const updateImage = async (
  aws: Aws,
  image: string,
  shares: readonly Share[],
  { hints, whole, until }: { readonly hints: readonly string[]; readonly whole: boolean; readonly until: number },
): Promise<ImageUpdate> => {
  const builds = await walk(aws, image, shares.filter(isActive), hints, whole);
  const errors = await letNobodyLaunch(aws, builds);
  const audiences = new Map<string, Principal[]>();
  for (const { arn } of shares) audiences.set(arn, await aws.ram.principals(arn));
  const everybody = new Set([...audiences.values()].flat());

  const summaries: ShareSummary[] = [];
  const active = shares.filter(isActive);
  for (const [index, share] of active.entries()) {
    const ends = partOfTime(aws.now(), until, active.length - index);
    const context = { builds, audience: audiences.get(share.arn) ?? [], everybody, until: ends };
    try {
      summaries.push(await updateShare(aws, share, context));
    } catch (error) {
      errors.push(error);
    }
  }
  return { summaries, errors };
};
