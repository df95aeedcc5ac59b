import { buildArn, buildVersionOf, newestFirst } from "../../contract/build-arn";
import { buildLogStream, imageLogGroup } from "../../contract/build-log";
import { NOTES_PREFIX, type RecorderManifest } from "../../contract/recorder";
import { revocationOf } from "../../contract/revocation";
import { approvalTag } from "../../contract/tags";
import { renderEmpty } from "./notes/empty-note";
import { renderFailure } from "./notes/failure-note";
import { type NotedBuild, type NotedFinding, releaseNotes } from "./notes/release-notes";
import { renderNotes } from "./notes/render-notes";
import {
  type Ami,
  type AmiDescription,
  type Aws,
  type Build,
  type Ec2,
  type ImageBuilder,
  isInShare,
  type Notes,
} from "./ports";
import { type Ignored, ignored, imageOf } from "./read-build";
import type { Waiting, Work } from "./work";

/** Outcome of sending a message to people. */
export type NoteOutcome =
  | { readonly kind: "published" }
  /** It was published before, or another run is about to publish it. */
  | { readonly kind: "known" }
  /** Image Builder doesn't list the packages yet, or RAM is still adding the build. */
  | Waiting
  | Ignored;

/** A channel whose newest build changed, as a message names it. */
interface Change {
  /** Name of the channel. */
  readonly name: string;
  /** ARN of its newest build before. @default - it shared no build */
  readonly from?: string | undefined;
}

/** Maximum length of a subject in Amazon SNS. */
const MAX_SUBJECT = 100;

/**
 * Publishes release notes if a channel shares a build that it didn't share before. Believes a
 * message only the earlier build: all else is read again.
 */
export async function publishChange(
  aws: Aws,
  notes: Notes,
  work: Work,
  { name: channel, from }: Change,
): Promise<NoteOutcome> {
  const { manifest, image, build, until, packages: list } = work;
  const share = shareOf(manifest, image, channel);
  if (share === undefined) return notInManifest(channel);
  const earlier = from === undefined ? undefined : imageOf(aws, manifest, from);
  if (earlier?.kind === "ignored" || (earlier && earlier.name !== image) || from === build.arn)
    return ignored(`from: must be another build of ${image}, got: ${from}`);

  const shared = await notes.ram.sharedBuild(share, build.arn);
  if (!shared) return ignored(`the channel '${channel}' doesn't share the build`);
  // A channel that goes back to a build that it shared all the time.
  const isBack = from !== undefined && newestFirst(from, build.arn) < 0;
  if (isBack && (await notes.ram.sharedBuild(share, from)))
    return ignored(`the channel '${channel}' still shares ${buildVersionOf(from)}`);
  const packages = await list();
  if (!packages || (shared.status !== "ASSOCIATED" && aws.now() < until))
    return { kind: "waiting", until };
  const text = renderNotes(
    releaseNotes(
      from === undefined ? undefined : await readNotedBuild(aws, from),
      await noteBuild(aws, build, packages),
    ),
    { name: channel, approval: build.tags[approvalTag(channel)] },
  );
  const version = buildVersionOf(build.arn);
  const after = isBack ? `-after-${buildVersionOf(from).replace("/", "-")}` : "";
  return publishOnce(notes, {
    // A build that was removed and is added again is another change.
    key: `${NOTES_PREFIX}channels/${image}/${channel}/${version}/added-${shared.addedAt}${after}.txt`,
    subject: `${channel} of ${image} now shares ${version}`,
    text,
  });
}

function shareOf({ images }: RecorderManifest, image: string, channel: string): string | undefined {
  const channels = images[image]?.channels ?? {};
  return Object.hasOwn(channels, channel) ? channels[channel] : undefined;
}

function notInManifest(channel: string): Ignored {
  return ignored(`the channel '${channel}' isn't in the manifest`);
}

/**
 * Publishes that a channel shares no build any more. Believes a message only which build was the
 * newest one: all else is read again.
 */
export async function publishEmpty(
  aws: Aws,
  notes: Notes,
  manifest: RecorderManifest,
  { channel, newest }: { readonly channel: string; readonly newest: string },
): Promise<NoteOutcome> {
  const image = imageOf(aws, manifest, newest);
  if (image.kind === "ignored") return image;
  const share = shareOf(manifest, image.name, channel);
  if (share === undefined) return notInManifest(channel);
  const builds = await notes.ram.builds(share);
  const [shared] = [...builds].find(([, build]) => isInShare(build)) ?? [];
  if (shared !== undefined)
    return ignored(`the channel '${channel}' shares ${buildVersionOf(shared)}`);
  const build = await aws.imageBuilder.build(newest);
  const version = buildVersionOf(newest);
  const addedAt = builds.get(newest)?.addedAt ?? 0;
  return publishOnce(notes, {
    // A build that is added again and removed again is another change.
    key: `${NOTES_PREFIX}channels/${image.name}/${channel}/${version}/added-${addedAt}-removed.txt`,
    subject: `${channel} of ${image.name} shares no build any more`,
    text: renderEmpty({
      channel,
      newest,
      status: build?.status,
      revocation: build && revocationOf(build.tags, aws.now()),
    }),
  });
}

/** Publishes why a build failed. */
export async function publishFailure(notes: Notes, { arn, reason }: Build): Promise<NoteOutcome> {
  const { image } = buildArn(arn);
  const logGroup = imageLogGroup(image);
  const logStream = buildLogStream(arn);
  const text = renderFailure({
    arn,
    reason,
    step: await notes.failedStep(arn),
    logGroup,
    logStream,
    logLines: await notes.logs.lastLines(logGroup, logStream),
  });
  const version = buildVersionOf(arn);
  return publishOnce(notes, {
    key: `${NOTES_PREFIX}failed/${image}/${version}.txt`,
    subject: `${version} of ${image} failed`,
    text,
  });
}

interface Message {
  /** Key of the object that records the message. */
  readonly key: string;
  readonly subject: string;
  readonly text: string;
}

/**
 * Publishes a message at most once. The record is written first: a run that ends between the two
 * steps, or whose call to Amazon SNS fails, leaves a record without a message. No one gets it
 * twice, and `factory notes` prints its text.
 */
async function publishOnce(notes: Notes, { key, subject, text }: Message): Promise<NoteOutcome> {
  if (!(await notes.claim(key, text))) return { kind: "known" };
  await notes.publish(cutSubject(subject), text);
  return { kind: "published" };
}

/** Names of images and channels are ASCII. */
function cutSubject(subject: string): string {
  return subject.length <= MAX_SUBJECT ? subject : `${subject.slice(0, MAX_SUBJECT - 3)}...`;
}

/** The calls that read what release notes compare. */
export interface NoteReader extends Pick<Aws, "home" | "now"> {
  readonly ec2: Pick<Ec2, "findings"> & {
    /** Describes an AMI; returns `undefined` if it is deregistered. */
    describe(ami: Ami): Promise<Pick<AmiDescription, "isScanned"> | undefined>;
  };
  readonly imageBuilder: Pick<ImageBuilder, "build" | "packages">;
}

/** Reads what release notes compare of a build, which may be deleted by now. */
export async function readNotedBuild(aws: NoteReader, arn: string): Promise<NotedBuild> {
  const build = await aws.imageBuilder.build(arn);
  if (!build) return { arn };
  const packages = build.hasPackageList ? await aws.imageBuilder.packages(arn) : [];
  return noteBuild(aws, build, packages);
}

/** Adds to a build what release notes compare. */
export async function noteBuild(
  aws: NoteReader,
  build: Build,
  packages: NonNullable<NotedBuild["packages"]>,
): Promise<NotedBuild> {
  const { arn, recipe, parent, components, containers, tags } = build;
  return {
    arn,
    recipe,
    parent,
    components,
    packages: packages.length === 0 ? undefined : packages,
    isContainer: containers.length > 0,
    findings: await readFindings(aws, build),
    revocation: revocationOf(tags, aws.now()),
  };
}

/** Lists the findings in the AMI of the home Region; returns `undefined` if it wasn't scanned. */
async function readFindings(
  { ec2, home }: NoteReader,
  { amis }: Build,
): Promise<NotedFinding[] | undefined> {
  const ami = amis.find(({ region }) => region === home.region);
  if (!ami) return undefined;
  const description = await ec2.describe(ami);
  return description?.isScanned ? ec2.findings(ami) : undefined;
}
