import { newestFirst } from "../../contract/build-arn";
import { batchesOf } from "../common/batches";
import { hoursBetween } from "../common/time";
import { type Build, BuildChangedError, isUsable } from "./build";
import type { Channel } from "./channel";
import { associatedArns, isEligible, unusableAssociated } from "./decide";
import type { Granted } from "./launch-permissions";
import type { ChannelState, ObservedBuilds, ObservedChannel, ObservedImage } from "./observe";
import { type Association, type Aws, ShareBusyError, UnshareRefusedError } from "./ports";
import { readAgain } from "./read-again";
import { changeShare, settledAssociations } from "./wait-for-ram";

/** The state of a share after a run, and the changes that the run made. Builds are ARNs. */
export interface ShareSummary {
  readonly share: string;
  readonly channel: string;
  /** Builds that the share should contain, newest first. */
  readonly desired: readonly string[];
  /** Builds that the share contains, newest first. */
  readonly shared: readonly string[];
  /** Builds that the run added. */
  readonly associated: readonly string[];
  /** Builds that the run removed. */
  readonly disassociated: readonly string[];
  /** Builds that RAM refused to remove, because a consumer depends on them. */
  readonly refused: readonly string[];
  /**
   * Builds that should be in the share and couldn't be added. The next run tries again. Builds that
   * RAM is still adding aren't among them.
   */
  readonly failed: readonly string[];
  /** Age of the newest shared build in hours; of the share itself while it contains no build. */
  readonly newestAgeHours: number;
}

export interface ShareResult {
  readonly summary: ShareSummary;
  /**
   * ARN of the newest build in the share. If the share couldn't be read after its last change, the
   * newest one if RAM makes the change. `undefined` if there is none.
   */
  readonly newest: string | undefined;
  /**
   * ARNs of builds that RAM couldn't add although the share has fewer builds than it should.
   * Older builds can take their place.
   */
  readonly unshareable: readonly string[];
  readonly errors: readonly unknown[];
}

/** Maximum number of resources in one call to RAM. */
const RAM_BATCH_SIZE = 100;

/** Changes one share. A change that fails is kept in `errors`, and doesn't stop other changes. */
class ShareReconciliation {
  readonly errors: unknown[] = [];
  /** ARNs of builds that RAM refused to remove. */
  readonly refused: string[] = [];
  /** ARNs of builds that RAM was asked to add. */
  readonly requested = new Set<string>();
  /** ARNs of builds that RAM was asked to add, since the share was read. */
  readonly adding = new Set<string>();
  /** ARNs of builds that RAM was asked to remove, since the share was read. */
  readonly removing = new Set<string>();

  constructor(
    private readonly aws: Aws,
    private readonly channel: Channel,
    private readonly observed: Pick<ObservedBuilds, "builds" | "deletedAt" | "withoutAmis">,
    /** When to stop waiting for RAM, in milliseconds since 1970. */
    private readonly until: number,
  ) {}

  /** Waits until the share has settled. Returns `before` if it can't be read. */
  async settledOr(before: readonly Association[]): Promise<readonly Association[]> {
    try {
      const settled = await settledAssociations(this.aws, this.channel.share, this.until);
      this.adding.clear();
      this.removing.clear();
      return settled;
    } catch (error) {
      this.errors.push(error);
      return before;
    }
  }

  /**
   * Adds builds in one call. If that fails, adds them one by one, so that a bad build doesn't keep
   * the others out.
   */
  async associate(arns: readonly string[]): Promise<void> {
    const { share } = this.channel;
    try {
      await changeShare(this.aws, share, this.until, async (associations) => {
        const associated = associatedArns(associations);
        const missing = arns.filter((arn) => !associated.includes(arn));
        if (missing.length === 0) return;
        await this.assertEligible(missing, false);
        for (const arn of missing) {
          this.requested.add(arn);
          this.adding.add(arn);
        }
        await this.aws.ram.associate(share, missing);
      });
    } catch (error) {
      if (arns.length === 1 || error instanceof ShareBusyError) this.errors.push(error);
      else for (const arn of arns) await this.associate([arn]);
    }
  }

  /**
   * Removes builds one by one.
   *
   * Assumed: RAM refuses a whole call if a consumer depends on one of its builds.
   *
   * Another run may change the share at the same time. So a build is removed only while every
   * `required` build is in the share and still eligible.
   */
  async disassociate(arns: readonly string[], required: readonly string[]): Promise<void> {
    for (const arn of arns) {
      try {
        await this.assertDeleted(arn);
        await this.disassociateOne(arn, required);
      } catch (error) {
        if (error instanceof UnshareRefusedError) {
          this.refused.push(arn);
          this.removing.delete(arn);
        } else this.errors.push(error);
      }
    }
  }

  /** Asks again about a build that was deleted by one answer: the answer may be out of date. */
  private async assertDeleted(arn: string): Promise<void> {
    const deletedAt = this.observed.deletedAt.get(arn);
    if (deletedAt !== undefined && (await readAgain(this.aws, arn, deletedAt)))
      throw new BuildChangedError(arn);
  }

  private async disassociateOne(arn: string, required: readonly string[]): Promise<void> {
    const { share } = this.channel;
    await changeShare(this.aws, share, this.until, async (associations) => {
      const associated = associatedArns(associations);
      if (!associated.includes(arn)) return;
      if (!required.every((one) => associated.includes(one)))
        throw new Error(
          `another run or an operator changed the share ${share}; the next run checks it again`,
        );
      await this.assertEligible(required, true);
      await this.assertStillObsolete(arn, required);
      this.removing.add(arn);
      await this.aws.ram.disassociate(share, [arn]);
    });
  }

  /** Throws an `Error` if a build is no longer eligible: the updater may have waited for RAM. */
  private async assertEligible(arns: readonly string[], areShared: boolean): Promise<void> {
    for (const arn of arns) {
      const build = await this.aws.images.build(arn);
      if (!build || !isEligible(build, this.channel, this.aws.now(), areShared))
        throw new BuildChangedError(arn);
    }
  }

  /** Throws an `Error` if a build became usable or desired since the run read it. */
  private async assertStillObsolete(arn: string, required: readonly string[]): Promise<void> {
    const { builds, withoutAmis } = this.observed;
    const observed = builds.find((build) => build.arn === arn);
    // Image Builder also names deregistered AMIs, so its answer doesn't help.
    if (!observed || withoutAmis.has(arn)) return;
    const wouldBeDesired =
      required.length < this.channel.keep || required.some((one) => newestFirst(arn, one) < 0);
    const build = await this.aws.images.build(arn);
    if (!build) return;
    const now = this.aws.now();
    const isEligibleAgain = wouldBeDesired && isEligible(build, this.channel, now);
    const isUsableAgain = !isUsable(observed, now) && isUsable(build, now);
    if (isEligibleAgain || isUsableAgain) throw new BuildChangedError(arn);
  }
}

/**
 * Removes builds that can't be used from a share, without waiting for RAM: they leave before the
 * run reads anything else. A build that RAM doesn't let go yet is removed by
 * {@link reconcileShare}.
 *
 * @returns the ARNs that RAM removes
 */
export async function removeUnusable(
  aws: Aws,
  { channel, associations }: ChannelState,
  observed: ObservedBuilds,
): Promise<readonly string[]> {
  const { builds, unreadable, deletedAt } = observed;
  const unusable = unusableAssociated(builds, associations, aws.now()).filter(
    (arn) => !unreadable.has(arn) && !deletedAt.has(arn),
  );
  const reconciliation = new ShareReconciliation(aws, channel, observed, aws.now());
  await reconciliation.disassociate(unusable, []);
  return unusable.filter((arn) => !reconciliation.refused.includes(arn));
}

/**
 * Reconciles a share, make before break. Adds only builds that their audience can launch. Failures
 * are returned together with the summary.
 *
 * @param removed - ARNs of builds that RAM was asked to remove since the share was read
 */
export async function reconcileShare(
  aws: Aws,
  observedChannel: ObservedChannel,
  observed: ObservedImage,
  granted: Granted,
  removed: ReadonlySet<string>,
  until: number,
): Promise<ShareResult> {
  const { channel, desired, associate, share } = observedChannel;
  const { builds } = observed;
  const { launchable } = granted;
  const reconciliation = new ShareReconciliation(aws, channel, observed, until);
  for (const arn of removed) reconciliation.removing.add(arn);
  const { after, toRemove } = await addThenRemove(
    aws,
    reconciliation,
    observedChannel,
    observed,
    launchable,
  );

  const shared = associatedArns(after).sort(newestFirst);
  const { adding, removing, requested, refused, errors } = reconciliation;
  const expected = [...shared.filter((arn) => !removing.has(arn)), ...adding].sort(newestFirst);
  const failed = desired.filter((arn) => !expected.includes(arn));
  const now = aws.now();
  const eligible = builds.filter(
    (build) =>
      shared.includes(build.arn) && isEligible(build, channel, now, desired.includes(build.arn)),
  );
  const newestAt = newestCreationTime(shared, builds) ?? share?.createdAt ?? now;
  const summary = {
    share: channel.share,
    channel: channel.name,
    desired,
    shared,
    associated: associate.filter((arn) => shared.includes(arn)),
    disassociated: toRemove.filter((arn) => !shared.includes(arn)),
    refused,
    failed,
    newestAgeHours: hoursBetween(newestAt, now),
  };
  const couldNotAdd = failed
    .filter((arn) => !granted.changed.has(arn))
    .filter((arn) => requested.has(arn) || !launchable.has(arn));
  const unshareable = eligible.length < channel.keep ? couldNotAdd : [];
  return { summary, newest: expected[0], unshareable, errors };
}

/**
 * Adds the missing builds first, and removes the others only once every desired build is in the
 * share.
 *
 * @returns the state of the share afterwards, and the ARNs of the builds that RAM should remove
 */
async function addThenRemove(
  aws: Aws,
  reconciliation: ShareReconciliation,
  { associations: before, desired, associate, disassociate }: ObservedChannel,
  { builds, unreadable }: ObservedImage,
  launchable: ReadonlySet<string>,
): Promise<{ readonly after: readonly Association[]; readonly toRemove: readonly string[] }> {
  const toAdd = associate.filter((arn) => launchable.has(arn));
  for (const batch of batchesOf(toAdd, RAM_BATCH_SIZE)) await reconciliation.associate(batch);
  const afterAdding = toAdd.length > 0 ? await reconciliation.settledOr(before) : before;
  // A build whose AMIs couldn't be read may not be launchable, so it replaces no other build.
  const isComplete = desired.every(
    (arn) => launchable.has(arn) && associatedArns(afterAdding).includes(arn),
  );

  // While a desired build is missing, only unusable builds are removed. They are chosen from
  // `before`, because another run may have added builds since, which would count as deleted.
  const candidates = isComplete ? disassociate : unusableAssociated(builds, before, aws.now());
  const toRemove = candidates.filter((arn) => !unreadable.has(arn));
  await reconciliation.disassociate(toRemove, isComplete ? desired : []);
  const after = toRemove.length > 0 ? await reconciliation.settledOr(afterAdding) : afterAdding;
  return { after, toRemove };
}

/** Returns when the newest shared build was created; `undefined` if no shared build is known. */
function newestCreationTime(
  shared: readonly string[],
  builds: readonly Build[],
): number | undefined {
  for (const arn of shared) {
    const build = builds.find((one) => one.arn === arn);
    if (build && !Number.isNaN(build.createdAt)) return build.createdAt;
  }
  return undefined;
}
