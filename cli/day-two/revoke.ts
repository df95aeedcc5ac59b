import { StartResourceStateUpdateCommand } from "@aws-sdk/client-imagebuilder";
import { roleArn } from "../../config/aws/arns";
import type { ImageKind } from "../../config/aws/workflow-steps";
import { lifecycleRoleName } from "../../config/names";
import { ConfigError } from "../../config/problems";
import { REVOKED_TAG } from "../../contract/tags";
import type { Build } from "../../lambda/share-updater/build";
import { READ_LAG_MS } from "../../lambda/share-updater/read-again";
import type { ShareSummary } from "../../lambda/share-updater/reconcile-share";
import { type CommandResult, PROGRAM } from "../command";
import type { Confirm } from "../prompt";
import { type Change, changeResult, type NextStep, UNCHANGED } from "./change-result";
import type { Context } from "./context";
import { askAbout, withParent } from "./outputs";
import { changeRegions, namesOf, prepareRegions } from "./regions";
import { runUpdater, type UpdaterRun } from "./run-updater";
import { assertTagValue, tagBuild } from "./tags";

interface Options {
  readonly image: string;
  readonly build: string;
  readonly reason: string;
  /** Whether a container's build is deleted. */
  readonly delete: boolean;
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
 */
export async function revoke(
  contexts: readonly Context[],
  options: Options,
  confirm: Confirm,
): Promise<CommandResult> {
  const { image, build: version, reason, delete: isDeleted } = options;
  assertTagValue(reason);
  const prepared = await prepareRegions(contexts, async (context) => {
    const { kind } = context.image(image);
    if (isDeleted && kind === "image")
      throw new ConfigError(
        `--delete: must be used with containers only, got: ${image}; AMIs of a revoked build are disabled, and \`retain\` deletes them`,
      );
    return { ...(await withParent(context, await context.build(image, version))), kind };
  });
  const [first] = prepared;
  const consequences = first ? consequencesOf(first.value.kind, isDeleted) : "";
  const question = `Revoke ${image} ${version} in ${namesOf(contexts)}? ${consequences}`;
  if (!(await confirm(askAbout(prepared, question)))) return UNCHANGED;
  return changeResult(
    await changeRegions(prepared, (context, { build, kind }) =>
      revokeIn(context, build, kind, options),
    ),
  );
}

async function revokeIn(
  context: Context,
  build: Build,
  kind: ImageKind,
  { image, build: version, reason, delete: isDeleted }: Options,
): Promise<Change> {
  await tagBuild(context, build, REVOKED_TAG, reason);
  const run = await runUntilRevoked(context, image, build.arn, (shares) =>
    shares
      .filter(({ shared }) => shared.includes(build.arn))
      .map(({ channel }) => stillShared(kind, version, channel)),
  );
  const retry = `\`${PROGRAM} revoke ${image} ${version}${context.option} ${FINAL_STATES[kind].option}--reason REASON\``;
  const next =
    kind === "container" && !isDeleted
      ? keptContainer(build, retry)
      : await setFinalState(context, kind, build, retry);
  return { image, done: [`${image} ${version} is revoked: ${reason}`], run, next };
}

/**
 * Runs the updater; a second time if it still sees the build as it was before the revocation.
 * Assumed: Image Builder's answers are at most 30 seconds old.
 */
async function runUntilRevoked(
  context: Context,
  image: string,
  build: string,
  check: (shares: readonly ShareSummary[]) => readonly string[],
): Promise<UpdaterRun> {
  const run = await runUpdater(context, image, { build, check });
  if (!run.shares.some(({ desired }) => desired.includes(build))) return run;
  await context.aws.sleep(READ_LAG_MS);
  return runUpdater(context, image, { build, check });
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
