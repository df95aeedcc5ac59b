import type { ImageKind } from "../../config/aws/workflow-steps";
import { UPDATER_NAME } from "../../config/names";
import { ConfigError } from "../../config/problems";
import { REVOKE_AT_TAG } from "../../contract/tags";
import type { CommandResult } from "../command";
import type { Context } from "../deployed/context";
import {
  askAbout,
  type BuildWithParent,
  describeRevocation,
  withParent,
} from "../deployed/outputs";
import { changeRegions, type InRegion, namesOf, prepareRegions } from "../deployed/regions";
import { factoryCommand } from "../factory-command";
import type { Confirm } from "../prompt";
import { type Change, changeResult, UNCHANGED } from "./change-result";
import { describeImpact, type Impact, impactOf, impactsOf } from "./revocation-impact";
import { assertTagValue, MAX_TAG_VALUE, tagBuild } from "./tags";

interface Options {
  readonly image: string;
  readonly build: string;
  readonly reason: string;
  /** A date or a time in UTC, in ISO 8601. */
  readonly at: string;
  readonly only: boolean;
  readonly delete: boolean;
  /** Whether nothing is asked, so that nothing is read for the question. */
  readonly yes: boolean;
}

interface Revocation extends BuildWithParent {
  readonly kind: ImageKind;
  /** @default - it isn't asked about */
  readonly impact?: Impact;
}

/** A date, or a date and a time. Without a time zone it is in UTC. */
const ISO_TIME = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * Schedules the revocation of a build: tags it with the time. The updater revokes the build at its
 * first run after that time, with the builds that are based on it.
 */
export async function scheduleRevocation(
  contexts: readonly Context[],
  options: Options,
  confirm: Confirm,
): Promise<CommandResult> {
  const { image, build: version } = options;
  const time = validate(options, contexts);
  const prepared = await prepareRegions(contexts, (context) => prepare(context, options));
  const isImage = prepared.every(({ value: { kind } }) => kind === "image");
  const rest = isImage ? "Its AMIs aren't disabled" : "It isn't deleted";
  const question = `Revoke ${image} ${version} in ${namesOf(contexts)} at ${time}? The updater revokes it at its first run after that time, with the builds that are based on it then. ${rest} until you run \`revoke\` again.`;
  const paragraphs = [...replacedSchedules(prepared), ...describeImpact(impactsOf(prepared))];
  if (!(await confirm(askAbout(prepared, question, paragraphs)))) return UNCHANGED;
  return changeResult(
    await changeRegions(prepared, (context, revocation) =>
      scheduleIn(context, revocation, options, time),
    ),
  );
}

/**
 * Returns the time in the form of the tag, such as `2026-12-01T08:00:00Z`; throws a
 * {@link ConfigError} if an option can't be used.
 */
function validate(options: Options, contexts: readonly Context[]): string {
  if (options.only)
    throw new ConfigError(
      "--only: must not be used with --at, because a scheduled revocation is inherited",
    );
  if (options.delete)
    throw new ConfigError(
      "--delete: must not be used with --at, because the updater deletes nothing; run `revoke --delete` after that time",
    );
  const now = Math.max(...contexts.map(({ aws }) => aws.now()));
  const time = parseTime(options.at, now);
  const max = MAX_TAG_VALUE - time.length - 1;
  if (options.reason.length > max)
    throw new ConfigError(
      `--reason: must have at most ${max} characters with --at, because the time is in the same tag, got: ${options.reason.length}`,
    );
  assertTagValue(options.reason);
  return time;
}

function parseTime(text: string, now: number): string {
  const [, date, time = "00:00", zone = "Z"] = ISO_TIME.exec(text) ?? [];
  // Date.parse accepts the 30th of February.
  const isDate = date !== undefined && toIso(Date.parse(date)).startsWith(date);
  const milliseconds = isDate ? Date.parse(`${date}T${time}${zone}`) : Number.NaN;
  if (Number.isNaN(milliseconds))
    throw new ConfigError(
      `--at: must be a date or a time in UTC, such as 2027-01-31 or 2027-01-31T08:00Z, got: ${text}`,
    );
  const iso = toIso(milliseconds);
  if (milliseconds <= now)
    throw new ConfigError(
      `--at: must be in the future, got: ${iso}; to revoke the build now, leave out --at`,
    );
  return iso;
}

/** Formats a time without milliseconds. */
function toIso(milliseconds: number): string {
  return Number.isNaN(milliseconds)
    ? ""
    : new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
}

/** Throws a {@link ConfigError} if the build is revoked already. */
async function prepare(
  context: Context,
  { image, build: version, yes }: Options,
): Promise<Revocation> {
  const build = await context.build(image, version);
  const revocation = describeRevocation(build, context.aws.now());
  if (revocation !== undefined)
    throw new ConfigError(`BUILD: ${version} is revoked already: ${revocation}`);
  const found = { ...(await withParent(context, build)), kind: context.image(image).kind };
  return yes ? found : { ...found, impact: await impactOf(context, image, build, true) };
}

function replacedSchedules(prepared: readonly InRegion<Revocation>[]): string[] {
  return prepared.flatMap(({ context: { region }, value: { build } }) => {
    const earlier = build.tags[REVOKE_AT_TAG];
    return earlier === undefined
      ? []
      : [`${region}: this replaces the revocation that is scheduled for ${earlier}`];
  });
}

async function scheduleIn(
  context: Context,
  { build, kind }: Revocation,
  { image, build: version, reason }: Options,
  time: string,
): Promise<Change> {
  await tagBuild(context, build, REVOKE_AT_TAG, `${time} ${reason}`);
  const isImage = kind === "image";
  const command = `\`${factoryCommand(`revoke ${image} ${version}${context.option} ${isImage ? "" : "--delete "}--reason REASON`)}\``;
  const work = isImage ? "disables its AMIs" : "deletes the build and its container images";
  return {
    image,
    done: [`${image} ${version} will be revoked at ${time}: ${reason}`],
    next: {
      hints: [
        "the updater revokes it, and the builds that are based on it then, at its first run after that time",
        `then the alarm ${UPDATER_NAME}-scheduled-revocations fires until you run ${command}, which ${work}`,
        `to withdraw it: \`${factoryCommand(`unrevoke ${image} ${version}${context.option} --reason REASON`)}\``,
      ],
    },
  };
}
