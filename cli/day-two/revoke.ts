import { StartResourceStateUpdateCommand, TagResourceCommand } from "@aws-sdk/client-imagebuilder";
import { roleArn } from "../../config/aws/arns";
import { lifecycleRoleName } from "../../config/names";
import { ConfigError } from "../../config/problems";
import { approvalTag, REVOKED_TAG } from "../../contract/tags";
import { type Build, isRevoked } from "../../lambda/share-updater/build";
import { bakeTimeEndsAt } from "../../lambda/share-updater/decide";
import type { ShareSummary } from "../../lambda/share-updater/reconcile-share";
import { type CommandResult, type Context, versionOf } from "./context";

/** https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html */
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u;

function mustBeTagValue(reason: string): void {
  if (!TAG_VALUE.test(reason))
    throw new ConfigError(
      `--reason: must be 1 to 256 letters, digits, spaces and _.:/=+-@, as a tag's value is, got: ${reason}`,
    );
}

const NOTHING_DONE: CommandResult = {
  text: "nothing was changed",
  data: { changed: false },
  status: 1,
};

function sharesInWords(summaries: readonly ShareSummary[]): string[] {
  return summaries.map(({ channel, shared, failed, refused }) => {
    const now =
      shared.length > 0
        ? `x.x.x is ${versionOf(shared[0] ?? "")} (shared: ${shared.map(versionOf).join(" ")})`
        : "nothing is shared";
    const late = [
      ...failed.map((arn) => `${versionOf(arn)} isn't in yet`),
      ...refused.map((arn) => `RAM doesn't let ${versionOf(arn)} go`),
    ];
    return `${channel}: ${[now, ...late].join("; ")}`;
  });
}

interface FollowUp {
  /** What was done before. */
  readonly done: readonly string[];
  /** @default - none: the image as a whole */
  readonly build?: Build;
  /** What is still wrong with the shares as they are now. @default - nothing */
  readonly missing?: (shares: readonly ShareSummary[]) => readonly string[];
}

/** Runs the updater, and says what became of it; a failure leaves what was done before, and the schedule tries again. */
async function followUp(
  context: Context,
  name: string,
  { done, build, missing = () => [] }: FollowUp,
): Promise<CommandResult> {
  const next = `the updater's schedule tries again; to do so now: npx factory update ${name}`;
  try {
    const shares = await context.update(name, build?.arn);
    const { channels } = context.image(name);
    const unseen = channels.filter(
      (channel) => !shares.some((share) => share.channel === channel.name),
    );
    const problems = [
      ...unseen.map(
        (channel) => `${channel.name}: its share was left alone: see \`npx factory status\``,
      ),
      ...missing(shares),
    ];
    const isLate = shares.some(({ failed, refused }) => failed.length + refused.length > 0);
    const lines = [...done, ...sharesInWords(shares), ...problems, ...(isLate ? [next] : [])];
    const status = isLate || problems.length > 0 ? 1 : 0;
    return { text: lines.join("\n"), data: { changed: true, done, shares, problems }, status };
  } catch (error) {
    const problem = `the share updater failed: ${(error as Error).message}`;
    return {
      text: [...done, problem, next].join("\n"),
      data: { changed: true, done, problems: [problem] },
      status: 1,
    };
  }
}

/** Lets a build into a channel that asks for approval. */
export async function approve(
  context: Context,
  name: string,
  version: string,
  to: string,
  reason: string,
): Promise<CommandResult> {
  mustBeTagValue(reason);
  const { channels } = context.image(name);
  const channel = channels.find((one) => one.name === to);
  if (!channel)
    throw new ConfigError(
      `--channel: ${name} has ${channels.map((one) => one.name).join(", ") || "none"}, got: ${to}`,
    );
  if (channel.approval !== "required")
    throw new ConfigError(`--channel: ${to} asks for no approval: builds reach it by themselves`);
  const build = await context.build(name, version);
  if (build.status !== "AVAILABLE")
    throw new ConfigError(
      `${name} ${version} is ${build.status}: only what is AVAILABLE is approved`,
    );
  if (isRevoked(build))
    throw new ConfigError(`${name} ${version} is revoked: ${build.tags[REVOKED_TAG]}`);
  if (!(await context.confirm(`Approve ${name} ${version} for ${to}?`))) return NOTHING_DONE;

  const tags = { [approvalTag(to)]: reason };
  await context.imageBuilder.send(new TagResourceCommand({ resourceArn: build.arn, tags }));
  const isIn = (shares: readonly ShareSummary[]): boolean =>
    shares.some((share) => share.channel === to && share.shared.includes(build.arn));
  const baked = bakeTimeEndsAt(build, channel);
  return followUp(context, name, {
    done: [
      `${name} ${version} is approved for ${to}: ${reason}`,
      ...(baked > context.aws.now()
        ? [`it reaches ${to} when it has baked, at ${new Date(baked).toISOString()}`]
        : []),
    ],
    build,
    missing: (shares) =>
      isIn(shares) || baked > context.aws.now()
        ? []
        : [`${version} isn't in ${to}: see \`npx factory explain ${name}\``],
  });
}

/** What becomes of a build that is taken back, beside its shares. Of containers AWS knows no other state. */
const STATES = {
  image: {
    status: "DISABLED",
    includeResources: { amis: true },
    done: "it and its AMIs are being set DISABLED",
    again: (name: string, version: string) =>
      `to disable it as well: npx factory revoke ${name} ${version} --reason …`,
  },
  container: {
    status: "DELETED",
    includeResources: { containers: true },
    done: "it and what it pushed are being deleted",
    again: (name: string, version: string) =>
      `to delete it as well: npx factory revoke ${name} ${version} --delete --reason …`,
  },
} as const;

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_StartResourceStateUpdate.html */
async function putAway(
  { imageBuilder, place }: Context,
  kind: keyof typeof STATES,
  name: string,
  version: string,
  { arn }: Build,
): Promise<{ readonly done: string } | { readonly problem: string; readonly next: string }> {
  const { status, includeResources, done, again } = STATES[kind];
  try {
    await imageBuilder.send(
      new StartResourceStateUpdateCommand({
        resourceArn: arn,
        state: { status },
        includeResources,
        executionRole: roleArn(place, lifecycleRoleName(place.region)),
      }),
    );
    return { done };
  } catch (error) {
    const problem = `setting it ${status} failed: ${(error as Error).message}`;
    return { problem, next: `it is revoked all the same; ${again(name, version)}` };
  }
}

function consequences(kind: keyof typeof STATES, isDeleted: boolean): string {
  if (kind === "image") return "Nobody outside can launch it then, and its AMIs are disabled.";
  return isDeleted
    ? "It is deleted for good then, with what it pushed."
    : "Nobody outside resolves to it then; the shared account's own still build on it, and who pulls it by its tag still can.";
}

/**
 * Takes a build back: tags it, which is what the updater goes by, has the updater take it out of every share and from everybody who
 * may launch it, and sets it DISABLED with its AMIs, which stops pipelines too. A container stays in its repository unless it is to be
 * deleted, which can't be taken back.
 */
export async function revoke(
  context: Context,
  name: string,
  version: string,
  { reason, isDeleted }: { readonly reason: string; readonly isDeleted: boolean },
): Promise<CommandResult> {
  mustBeTagValue(reason);
  const { kind } = context.image(name);
  if (isDeleted && kind === "image")
    throw new ConfigError(
      `--delete: is for containers; ${name} is an image, whose AMIs are disabled, and deleted by \`retain\``,
    );
  const build = await context.build(name, version);
  if (!(await context.confirm(`Revoke ${name} ${version}? ${consequences(kind, isDeleted)}`)))
    return NOTHING_DONE;

  await context.imageBuilder.send(
    new TagResourceCommand({ resourceArn: build.arn, tags: { [REVOKED_TAG]: reason } }),
  );
  const updated = await followUp(context, name, {
    done: [`${name} ${version} is revoked: ${reason}`],
    build,
    missing: (shares) =>
      shares
        .filter(({ shared }) => shared.includes(build.arn))
        .map(
          ({ channel }) =>
            `${version} is still in ${channel}: its audience sees it${kind === "image" ? ", and can't launch it any more" : ""}`,
        ),
  });
  if (build.status === STATES[kind].status) return updated;
  const { changed, ...data } = updated.data as {
    changed: boolean;
    done: readonly string[];
    problems: readonly string[];
  };
  if (kind === "container" && !isDeleted) {
    const left = [
      ...build.containers.map((uri) => `${uri} can still be pulled by its channels' accounts`),
      `containers of the shared account still build on it; ${STATES.container.again(name, version)}`,
    ];
    return {
      ...updated,
      text: [updated.text, ...left].join("\n"),
      data: { changed, ...data, left: build.containers },
    };
  }
  const result = await putAway(context, kind, name, version, build);
  if ("done" in result)
    return {
      ...updated,
      text: `${updated.text}\n${result.done}`,
      data: { changed, ...data, done: [...data.done, result.done] },
    };
  const problems = [...data.problems, result.problem];
  return {
    text: [updated.text, result.problem, result.next].join("\n"),
    data: { changed, ...data, problems },
    status: 1,
  };
}

/** Sets an image's shares right now. */
export async function update(context: Context, name: string): Promise<CommandResult> {
  if (context.image(name).channels.length === 0)
    throw new ConfigError(`${name} isn't shared: it has no channels`);
  return followUp(context, name, { done: [] });
}
