import { GetImageCommand } from "@aws-sdk/client-imagebuilder";
import { buildVersionOf } from "../../contract/build-arn";
import { approvalTag, REVOKED_TAG } from "../../contract/tags";
import { type Build, isRevoked } from "../../lambda/share-updater/build";
import type { ObservedChannel } from "../../lambda/share-updater/observe";
import { type CommandResult, PROGRAM } from "../command";
import { table } from "../table";
import { formatAge, hoursSince } from "./age";
import type { Context } from "./context";
import { exitCodeOf, inspect, problemLines, sharedBuilds } from "./inspect";

/** A build in the output of `builds --json`. */
interface BuildReport {
  readonly build: string;
  readonly status: string;
  readonly ageHours: number;
  readonly parent: string;
  /** Channels that share the build. */
  readonly sharedIn: readonly string[];
  /** Reasons of the approvals, by channel. */
  readonly approvals: Readonly<Record<string, string>>;
  /** Reason of the revocation. @default - the build isn't revoked */
  readonly revoked?: string | undefined;
  /** Region and id of each AMI. */
  readonly amis: readonly string[];
  /** URIs of the container images. */
  readonly containers: readonly string[];
}

/** Lists all builds of an image, newest first. */
export async function builds(context: Context, name: string): Promise<CommandResult> {
  context.image(name);
  const { builds: found, channels, problems } = await inspect(context, name, { full: true });
  const reports: BuildReport[] = [];
  for (const build of found) reports.push(await reportOf(context, build, channels));
  return {
    text: [render(name, reports), ...problemLines(problems)].join("\n"),
    data: { builds: reports, problems },
    exitCode: exitCodeOf(problems, false),
  };
}

async function reportOf(
  context: Context,
  build: Build,
  channels: readonly ObservedChannel[],
): Promise<BuildReport> {
  return {
    build: buildVersionOf(build.arn),
    status: build.status,
    ageHours: hoursSince(build.createdAt, context.aws.now()),
    parent: await parentOf(context, build),
    sharedIn: channels
      .filter((observed) => sharedBuilds(observed).includes(build.arn))
      .map(({ channel }) => channel.name),
    approvals: approvalsOf(build),
    ...(isRevoked(build, Date.now()) && { revoked: build.tags[REVOKED_TAG] }),
    amis: build.amis.map(({ region, id }) => `${region}: ${id}`),
    containers: build.containers,
  };
}

/** Returns the parent that Image Builder resolved for a build, or `-` if it doesn't name one. */
async function parentOf({ imageBuilder }: Context, { arn }: Build): Promise<string> {
  const { image } = await imageBuilder.send(new GetImageCommand({ imageBuildVersionArn: arn }));
  const recipe = image?.imageRecipe ?? image?.containerRecipe;
  return recipe?.parentImage?.split(":image/").at(-1) ?? "-";
}

function approvalsOf({ tags }: Build): Record<string, string> {
  const prefix = approvalTag("");
  return Object.fromEntries(
    Object.entries(tags)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, reason]) => [key.slice(prefix.length), reason]),
  );
}

function render(name: string, reports: readonly BuildReport[]): string {
  if (reports.length === 0)
    return `${name} has no builds, or only builds that AWS doesn't list yet. To start one: \`${PROGRAM} build ${name}\``;
  return table([
    ["build", "status", "age", "parent", "shared in", "approved for", "revoked"],
    ...reports.map(rowOf),
  ]);
}

function rowOf(report: BuildReport): string[] {
  const approvals = Object.entries(report.approvals).map(
    ([channel, reason]) => `${channel} (${reason})`,
  );
  return [
    report.build,
    report.status,
    formatAge(report.ageHours),
    report.parent,
    report.sharedIn.join(" ") || "-",
    approvals.join(", ") || "-",
    report.revoked ?? "",
  ];
}
