import { StartResourceStateUpdateCommand } from "@aws-sdk/client-imagebuilder";
import { roleArn } from "../../config/aws/arns";
import type { ImageKind } from "../../config/aws/workflow-steps";
import { lifecycleRoleName } from "../../config/names";
import { ConfigError } from "../../config/problems";
import { descendantsOf } from "../../contract/manifest";
import { REVOKE_AT_TAG, REVOKED_BY_TAG, REVOKED_ONLY_TAG, REVOKED_TAG } from "../../contract/tags";
import type { Build } from "../../lambda/share-updater/build";
import type { ShareSummary } from "../../lambda/share-updater/reconcile-share";
import type { CommandResult } from "../command";
import type { Context } from "../deployed/context";
import { askAbout, type BuildWithParent, withParent } from "../deployed/outputs";
import { changeRegions, namesOf, prepareRegions } from "../deployed/regions";
import { factoryCommand } from "../factory-command";
import type { Confirm } from "../prompt";
import { type Change, changeResult, type NextStep, UNCHANGED } from "./change-result";
import { describeImpact, type Impact, impactOf, impactsOf } from "./revocation-impact";
import { runUpdaterUntil, type UpdaterRun } from "./run-updater";
import { addRunning } from "./running-on";
import { assertTagValue, tagBuild } from "./tags";

interface Options {
  readonly image: string;
  readonly build: string;
  readonly reason: string;
  /** Whether builds that are based on the build stay shared. */
  readonly only: boolean;
  /** Whether a container's build is deleted. */
  readonly delete: boolean;
  /** Whether nothing is asked, so that nothing is read for the question. */
  readonly yes: boolean;
}

interface Revocation extends BuildWithParent {
  readonly kind: ImageKind;
  /** @default - it isn't asked about */
  readonly impact?: Impact;
}

/** The state that Image Builder sets a revoked build to. Containers can only be deleted. */
const FINAL_STATES = {
  image: {
    status: "DISABLED",
    includeResources: { amis: true },
    done: "Image Builder is disabling the build and its AMIs",
    failed: "disabling the build failed",
    option: "",
  },
  container: {
    status: "DELETED",
    includeResources: { containers: true },
    done: "Image Builder is deleting the build and its container images",
    failed: "deleting the build failed",
    option: "--delete ",
  },
} as const;

/**
 * Revokes a build: tags it, runs the updater, which removes it from all shares and revokes its
 * launch permissions, and disables it with its AMIs, so that pipelines can't use it either. A
 * container is only deleted with `delete`, because that can't be undone.
 *
 * Builds that are based on it inherit the revocation, unless `only` is set.
 */
export async function revoke(
  contexts: readonly Context[],
  options: Options,
  confirm: Confirm,
): Promise<CommandResult> {
  const { image, build: version, reason, delete: isDeleted } = options;
  assertTagValue(reason);
  const prepared = await prepareRegions(contexts, (context) => prepare(context, options));
  const [first] = prepared;
  const consequences = first ? consequencesOf(first.value.kind, isDeleted) : "";
  const others = options.only ? " Builds that are based on it stay shared." : "";
  const question = `Revoke ${image} ${version} in ${namesOf(contexts)}? ${consequences}${others}`;
  const paragraphs = describeImpact(impactsOf(prepared));
  if (!(await confirm(askAbout(prepared, question, paragraphs)))) return UNCHANGED;
  const changed = changeResult(
    await changeRegions(prepared, (context, revocation) => revokeIn(context, revocation, options)),
  );
  if (first?.value.kind !== "image") return changed;
  const builds = prepared.map(({ value }) => value.build);
  return addRunning(changed, contexts, image, builds, reason);
}

/** Throws a {@link ConfigError} if the build can't be revoked like this. */
async function prepare(
  context: Context,
  { image, build: version, only, delete: isDeleted, yes }: Options,
): Promise<Revocation> {
  const { kind } = context.image(image);
  if (isDeleted && kind === "image")
    throw new ConfigError(
      `--delete: must be used with containers only, got: ${image}; AMIs of a revoked build are disabled, and \`retain\` deletes them`,
    );
  const build = await context.build(image, version);
  if (only) assertNotInherited(context, build, `${image} ${version}`);
  const found = await withParent(context, build);
  if (yes) return { ...found, kind };
  return { ...found, kind, impact: await impactOf(context, image, build, !only) };
}

/** Throws a {@link ConfigError} if builds already inherit a revocation of a build. */
function assertNotInherited({ option }: Context, { tags }: Build, name: string): void {
  const tag = [REVOKED_TAG, REVOKE_AT_TAG, REVOKED_BY_TAG].find((key) => Object.hasOwn(tags, key));
  if (tag === undefined) return;
  throw new ConfigError(
    `--only: must not be used with a build whose revocation is inherited, got: ${name}, which has the tag ${tag}; to withdraw it first: \`${factoryCommand(`unrevoke ${name}${option} --reason REASON`)}\``,
  );
}

async function revokeIn(
  context: Context,
  { build, kind }: Revocation,
  { image, build: version, reason, only, delete: isDeleted }: Options,
): Promise<Change> {
  await tagBuild(context, build, only ? REVOKED_ONLY_TAG : REVOKED_TAG, reason);
  const check = (shares: readonly ShareSummary[]): string[] =>
    shares
      .filter(({ shared }) => shared.includes(build.arn))
      .map(({ channel }) => stillShared(kind, version, channel));
  const run = await runUpdaterUntil(context, image, { build: build.arn, check }, (shares) =>
    shares.every(({ desired }) => !desired.includes(build.arn)),
  );
  const flags = `${only ? "--only " : ""}${FINAL_STATES[kind].option}`;
  const retry = `\`${factoryCommand(`revoke ${image} ${version}${context.option} ${flags}--reason REASON`)}\``;
  const next =
    kind === "container" && !isDeleted
      ? keptContainer(build, retry)
      : await setFinalState(context, kind, build, retry);
  const heirs = only ? [] : await describeHeirs(context, image, run);
  const scope = only ? ", but not the builds that are based on it" : "";
  return {
    image,
    done: [`${image} ${version} is revoked${scope}: ${reason}`],
    run,
    next: { ...next, hints: [...heirs, ...(next.hints ?? [])] },
  };
}

/** Describes what the updater does with the builds that inherit the revocation. */
async function describeHeirs(
  context: Context,
  image: string,
  { isIncomplete }: UpdaterRun,
): Promise<string[]> {
  // The updater has read the manifest. That this process can't read it doesn't change the result.
  const manifest = await context.manifest().catch(() => undefined);
  const images = manifest ? descendantsOf(manifest.images, image) : [];
  if (images.length === 0) return [];
  const names = images.join(", ");
  return [
    isIncomplete
      ? `the updater's next runs also revoke the builds of ${names} that are based on it`
      : `the updater's queue contains ${names}: it also revokes their builds that are based on it`,
    "the AMIs of these builds aren't disabled until you revoke them too",
  ];
}

function consequencesOf(kind: ImageKind, isDeleted: boolean): string {
  if (kind === "image")
    return "Other accounts can't launch it any more, and its AMIs are disabled.";
  return isDeleted
    ? "The build and its container images are deleted permanently."
    : "Other accounts can't build on it any more. The shared account still can, and the container image can still be pulled by its tag.";
}

function stillShared(kind: ImageKind, version: string, channel: string): string {
  const launch = kind === "image" ? " but can't launch it" : "";
  return `${version} is still shared in ${channel}: its audience can see it${launch}`;
}

/** Describes what can still use a container that is revoked and not deleted. */
function keptContainer(build: Build, retry: string): NextStep {
  if (build.status === FINAL_STATES.container.status) return {};
  return {
    hints: [
      ...build.containers.map(
        (uri) => `${uri} can still be pulled by the accounts of its channels`,
      ),
      `containers in the shared account can still be built on it; to delete it: ${retry}`,
    ],
  };
}

/**
 * https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_StartResourceStateUpdate.html
 */
async function setFinalState(
  { imageBuilder, home }: Context,
  kind: ImageKind,
  build: Build,
  retry: string,
): Promise<NextStep> {
  const { status, includeResources, done, failed } = FINAL_STATES[kind];
  if (build.status === status) return {};
  try {
    await imageBuilder.send(
      new StartResourceStateUpdateCommand({
        resourceArn: build.arn,
        state: { status },
        includeResources,
        executionRole: roleArn(home, lifecycleRoleName(home.region)),
      }),
    );
    return { done };
  } catch (error) {
    return {
      problem: `${failed}: ${(error as Error).message}`,
      hints: [`the build is revoked; to try again: ${retry}`],
    };
  }
}
