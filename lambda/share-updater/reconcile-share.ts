import { newestFirst } from "../../contract/build-arn";
import { batchesOf } from "./batches";
import { type Build, buildChanged } from "./build";
import { type Association, associatedArns, isEligible, unusableAssociated } from "./decide";
import type { ObservedImage, ObservedShare } from "./observe";
import { type Aws, type Share, ShareBusyError, UnshareRefusedError } from "./ports";
import { hoursBetween } from "./time";
import { changeShare, settledAssociations } from "./wait-for-ram";

/** The state of a share after a run, and the changes that the run made. Builds are ARNs. */
export interface ShareSummary {
  readonly share: string;
  readonly image: string;
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
  /** Desired builds that aren't in the share. The next run tries again. */
  readonly failed: readonly string[];
  /** Age of the newest shared build in hours; of the share itself while it contains no build. */
  readonly newestAgeHours: number;
}

/** Maximum number of resources in one call to RAM. */
const RAM_BATCH_SIZE = 100;

/** Changes one share. A change that fails is kept in `errors`, and doesn't stop other changes. */
class ShareReconciliation {
  readonly errors: unknown[] = [];

  constructor(
    private readonly aws: Aws,
    private readonly share: Share,
    /** The image's builds, as they were observed. */
    private readonly builds: readonly Build[],
    /** When to stop waiting for RAM, in milliseconds since 1970. */
    private readonly until: number,
  ) {}

  /** Waits until the share has settled. Returns `before` if it can't be read. */
  async settledOr(before: readonly Association[]): Promise<readonly Association[]> {
    try {
      return await settledAssociations(this.aws, this.share.arn, this.until);
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
    try {
      await changeShare(this.aws, this.share.arn, this.until, async (associations) => {
        const associated = associatedArns(associations);
        const missing = arns.filter((arn) => !associated.includes(arn));
        if (missing.length === 0) return;
        await this.assertEligible(missing);
        await this.aws.ram.associate(this.share.arn, missing);
      });
    } catch (error) {
      if (arns.length === 1 || error instanceof ShareBusyError) this.errors.push(error);
      else for (const arn of arns) await this.associate([arn]);
    }
  }

  /**
   * Removes builds one by one, and returns those that RAM refused to remove.
   *
   * Assumed: RAM refuses a whole call if a consumer depends on one of its builds.
   *
   * Another run may change the share at the same time. So a build is removed only while every
   * `required` build is in the share and still eligible.
   */
  async disassociate(arns: readonly string[], required: readonly string[]): Promise<string[]> {
    const refused: string[] = [];
    for (const arn of arns) {
      try {
        await this.disassociateOne(arn, required);
      } catch (error) {
        if (error instanceof UnshareRefusedError) refused.push(arn);
        else this.errors.push(error);
      }
    }
    return refused;
  }

  private async disassociateOne(arn: string, required: readonly string[]): Promise<void> {
    await changeShare(this.aws, this.share.arn, this.until, async (associations) => {
      const associated = associatedArns(associations);
      if (!associated.includes(arn)) return;
      if (!required.every((one) => associated.includes(one)))
        throw new Error(
          `another run or an operator changed the share ${this.share.arn}; the next run checks it again`,
        );
      await this.assertEligible(required);
      await this.assertStillObsolete(arn, required);
      await this.aws.ram.disassociate(this.share.arn, [arn]);
    });
  }

  /** Throws an `Error` if a build is no longer eligible: the updater may have waited for RAM. */
  private async assertEligible(arns: readonly string[]): Promise<void> {
    for (const arn of arns) {
      const build = await this.aws.images.build(arn);
      if (!build || !isEligible(build, this.share.policy, this.aws.now())) throw buildChanged(arn);
    }
  }

  /** Throws an `Error` if a build became desired: it was approved, or its bake time has ended. */
  private async assertStillObsolete(arn: string, required: readonly string[]): Promise<void> {
    const observed = this.builds.find((build) => build.arn === arn);
    const { policy } = this.share;
    const wouldBeDesired =
      required.length < policy.keep || required.some((one) => newestFirst(arn, one) < 0);
    if (!observed || !wouldBeDesired) return;
    const build = await this.aws.images.build(arn);
    // Image Builder also lists deregistered AMIs; the observed build doesn't.
    if (build && isEligible({ ...build, amis: observed.amis }, policy, this.aws.now()))
      throw buildChanged(arn);
  }
}

/**
 * Reconciles a share, make before break: adds the missing builds first, and removes the others only
 * once every desired build is in the share.
 *
 * Adds only `launchable` builds. Failures are returned together with the summary.
 */
export async function reconcileShare(
  aws: Aws,
  { share, associations: before, desired, associate, disassociate }: ObservedShare,
  { builds, unreadable }: Pick<ObservedImage, "builds" | "unreadable">,
  launchable: ReadonlySet<string>,
  until: number,
): Promise<{ readonly summary: ShareSummary; readonly errors: readonly unknown[] }> {
  const reconciliation = new ShareReconciliation(aws, share, builds, until);

  const toAdd = associate.filter((arn) => launchable.has(arn));
  for (const batch of batchesOf(toAdd, RAM_BATCH_SIZE)) await reconciliation.associate(batch);
  const afterAdding = toAdd.length > 0 ? await reconciliation.settledOr(before) : before;
  const isComplete = desired.every((arn) => associatedArns(afterAdding).includes(arn));

  // While a desired build is missing, only unusable builds are removed. They are chosen from
  // `before`, because another run may have added builds since, which would count as deleted.
  const candidates = isComplete ? disassociate : unusableAssociated(builds, before);
  const toRemove = candidates.filter((arn) => !unreadable.has(arn));
  const refused = await reconciliation.disassociate(toRemove, isComplete ? desired : []);
  const after = toRemove.length > 0 ? await reconciliation.settledOr(afterAdding) : afterAdding;

  const shared = associatedArns(after).sort(newestFirst);
  const summary = {
    share: share.arn,
    image: share.image,
    channel: share.policy.channel,
    desired,
    shared,
    associated: associate.filter((arn) => shared.includes(arn)),
    disassociated: toRemove.filter((arn) => !shared.includes(arn)),
    refused,
    failed: desired.filter((arn) => !shared.includes(arn)),
    newestAgeHours: hoursBetween(newestCreationTime(share, shared, builds), aws.now()),
  };
  return { summary, errors: reconciliation.errors };
}

/** Returns when the newest shared build was created; without one, when the share was created. */
function newestCreationTime(
  share: Share,
  shared: readonly string[],
  builds: readonly Build[],
): number {
  for (const arn of shared) {
    const build = builds.find((one) => one.arn === arn);
    if (build) return build.createdAt;
  }
  return share.createdAt;
}
