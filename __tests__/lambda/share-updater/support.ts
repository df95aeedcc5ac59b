import { newestFirst } from "../../../contract/build-arn";
import { ManifestError } from "../../../contract/manifest-file";
import { parseEvent } from "../../../lambda/share-updater/event";
import { guarded } from "../../../lambda/share-updater/guarded";
import type { Aws } from "../../../lambda/share-updater/ports";
import { type Report, type RunResult, reconcile } from "../../../lambda/share-updater/reconcile";
import {
  FakeAws,
  type FakeChannel,
  HOME,
  IMAGE,
  type QueueMessage,
  randomFrom,
} from "../../../tools/fixtures/fake-aws";
import { isOnlyAddedByHand, isSurelyShared } from "../../../tools/fixtures/fake-aws/added-by-hand";
import {
  eligibleFor,
  isBelowWindow,
  isOnlyLimitedByFindings,
  keptWithoutScan,
} from "../../../tools/fixtures/fake-aws/eligibility";
import { isEntitled } from "../../../tools/fixtures/fake-aws/launch-rules";
import { isHeir } from "../../../tools/fixtures/fake-aws/revocations";
import { silentReport } from "../../../tools/fixtures/silent-report";

export { HOME, silentReport };
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** A channel with two builds. */
export const stable: FakeChannel = {
  name: "stable",
  keep: 2,
  bakeHours: 0,
  approval: "automatic",
  audience: ["222222222222"],
};
export const canary: FakeChannel = { ...stable, name: "canary", keep: 1 };

export function fakeAws(...channels: FakeChannel[]): FakeAws {
  return new FakeAws(channels, randomFrom(1));
}

/** Returns a report, and the list of events that it fills. */
export function recordingReport() {
  const events: string[] = [];
  const report: Report = {
    ignored: (reason) => events.push(`ignored: ${reason}`),
    buildFailed: (image, arn) => events.push(`failed: ${image} ${arn}`),
    imageReconciled: (image, { summaries, mismatches }) =>
      events.push(
        `reconciled: ${image} ${summaries.map(({ channel }) => channel).join()}`,
        ...mismatches.map(({ channel, problem }) => `mismatch: ${channel}: ${problem}`),
      ),
    runFailed: (image, error) => events.push(`run failed: ${image} ${(error as Error).message}`),
    notRecorded: (arn, error) => events.push(`not recorded: ${arn} ${(error as Error).message}`),
    incomplete: (error) => events.push(`incomplete: ${(error as Error).message}`),
  };
  return { events, report };
}

export interface RunOptions {
  /** Replaces calls of the fake. */
  readonly aws?: Partial<Aws>;
  readonly report?: Report;
}

/**
 * Handles an event with the manifest that is deployed when it starts, as the function does: it
 * changes nothing once another manifest is deployed.
 */
export function handle(
  fake: FakeAws,
  event: unknown,
  { aws = {}, report = silentReport }: RunOptions = {},
): Promise<RunResult> {
  const { manifest } = fake;
  const assertCurrent = async (): Promise<void> => {
    if (fake.manifest !== manifest) throw new ManifestError("the manifest was replaced");
  };
  const current = guarded({ ...fake.aws, ...aws }, assertCurrent);
  return reconcile(current, manifest, parseEvent(event, HOME), report);
}

/** Reconciles the image, as the message of a schedule does. */
export function run(fake: FakeAws, options?: RunOptions): Promise<RunResult> {
  return handle(fake, { image: IMAGE }, options);
}

/** Reconciles every build of the image, as the message of the daily schedule does. */
export function fullRun(fake: FakeAws, options?: RunOptions): Promise<RunResult> {
  return handle(fake, { image: IMAGE, full: true }, options);
}

/** Returns the event by which SQS delivers messages. */
export function sqsEvent(...messages: unknown[]) {
  return {
    Records: messages.map((message) => ({
      body: typeof message === "string" ? message : JSON.stringify(message),
    })),
  };
}

/** Returns Image Builder's message about a build that ended. */
export function buildMessage(arn: string, status = "AVAILABLE") {
  return { arn, state: { status } };
}

/**
 * Delivers a message of the queue. The queue deletes it if the function succeeds, and moves it to
 * the dead-letter queue after three failures.
 */
export async function receive(fake: FakeAws, message: QueueMessage): Promise<void> {
  message.receives += 1;
  const aws = { deadline: fake.time + 255_000 };
  const isDone = await handle(fake, sqsEvent(message.body), { aws }).then(
    () => true,
    () => false,
  );
  if (!isDone && message.receives < 3) return;
  fake.queue.splice(fake.queue.indexOf(message), 1);
  if (!isDone) fake.deadLetters.push(message);
}

/**
 * Expects that shares and launch permissions are as the rules demand after two undisturbed runs.
 * Until a full run, a channel may lack builds that only a full run has to find.
 *
 * For every channel c, with E(c) its eligible builds, S(c) its share, and K(c) the builds of S(c)
 * that would be eligible if their findings were known:
 * - S(c) is the `keep` newest of E(c) ∪ K(c), unless none of those is in E(c). Then S(c) contains
 *   only usable builds.
 * - Each build of S(c) that is eligible, or was when the updater shared it and is only limited by
 *   findings now, can be launched by each principal of c's audience.
 * - A build of any S(c) or of E(c)'s newest can be launched only by principals that a channel
 *   grants it.
 * - A revoked build that a run looked at can be launched by no principal.
 * - No build of S(c) has a revoked ancestor.
 */
export function expectStable(fake: FakeAws, isAfterFullRun = true): void {
  // One assertion for all channels: the histories would spend a fifth of their time in assertions.
  const problems = fake.channels.flatMap((channel) => instabilities(fake, channel, isAfterFullRun));
  expect(problems).toEqual([]);
}

/** Returns what is wrong with the share of a channel after two undisturbed runs. */
function instabilities(fake: FakeAws, channel: FakeChannel, isAfterFullRun: boolean): string[] {
  const problems: string[] = [];
  const shared = fake.sharedIn(channel.name);
  const eligible = eligibleFor(fake, channel).filter(
    (arn) => isAfterFullRun || shared.includes(arn) || !isBelowWindow(fake, arn, channel),
  );
  const desired = [...eligible, ...keptWithoutScan(fake, channel)]
    .sort((one, other) => newestFirst(one, other))
    .slice(0, channel.keep);
  const isBetter = desired.some((arn) => eligible.includes(arn));
  if (isBetter) {
    if (shared.join() !== desired.join())
      problems.push(`${channel.name}: must contain ${desired.join()}, got: ${shared.join()}`);
    for (const arn of desired)
      if (!eligible.includes(arn) && isOnlyAddedByHand(fake, arn, channel))
        problems.push(`${channel.name}: ${arn} was only added by hand, and isn't eligible`);
  }
  for (const arn of shared) {
    const build = fake.builds.get(arn);
    if (build?.status !== "AVAILABLE") problems.push(`${arn} is ${build?.status}`);
    if (build && "golden-image:revoked" in build.tags) problems.push(`${arn} is revoked`);
    if (isHeir(fake, arn)) problems.push(`${arn} has a revoked ancestor`);
    const isGiven =
      eligible.includes(arn) ||
      (build !== undefined &&
        isOnlyLimitedByFindings(fake, build, channel) &&
        isSurelyShared(fake, arn, channel));
    for (const { region, launchers } of fake.amisOf(arn)) {
      for (const principal of channel.audience)
        if (isGiven && !launchers.has(principal))
          problems.push(`${channel.name}: ${principal} can't launch ${arn} in ${region}`);
      for (const principal of launchers)
        if (!isEntitled(fake, principal, build))
          problems.push(`${principal} can launch ${arn} in ${region}, which no channel grants`);
    }
  }
  return problems;
}

/** Expects that no account can launch a build with a revoked ancestor, as after a full run. */
export function expectNoHeirs(fake: FakeAws): void {
  for (const { arn, status } of fake.builds.values())
    if (status === "AVAILABLE" && isHeir(fake, arn))
      expect([arn, fake.launchersOf(arn)]).toEqual([arn, []]);
}

/**
 * Expects that no principal has a launch permission that no channel grants, as after two full runs
 * beyond the grace period.
 *
 * The updater looks at the Regions that builds of the image name, and at home. It can't know of a
 * deleted build's AMIs elsewhere.
 */
export function expectNoOrphans(fake: FakeAws): void {
  const regions = [...fake.builds.values()].flatMap(({ amis }) => amis.map(({ region }) => region));
  const orphaned = [...fake.amis.values()]
    .filter(({ region }) => [HOME.region, ...regions].includes(region))
    .map(({ id, tags, launchers }) => {
      const build = fake.builds.get(tags["Ec2ImageBuilderArn"] ?? "");
      const orphans = [...launchers].filter((principal) => !isEntitled(fake, principal, build));
      return { id, orphans, since: tags["golden-image:orphaned-since"] };
    })
    .filter(({ orphans, since }) => orphans.length > 0 || since !== undefined);
  expect(orphaned).toEqual([]);
}
