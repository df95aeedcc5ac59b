import { GetImageCommand } from "@aws-sdk/client-imagebuilder";
import { approvalTag, REVOKED_TAG } from "../../contract/tags";
import { type Build, isRevoked } from "../../lambda/share-updater/build";
import { table } from "../table";
import { ageOf, type CommandResult, type Context, versionOf } from "./context";
import { inspect, problemLines, sharedIn } from "./look";

const APPROVED = approvalTag("");

function approvalsOf({ tags }: Build): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags).flatMap(([key, value]) =>
      key.startsWith(APPROVED) ? [[key.slice(APPROVED.length), value]] : [],
    ),
  );
}

/** What a build is on, as Image Builder resolved it. */
async function parentOf({ imageBuilder }: Context, { arn }: Build): Promise<string> {
  const { image } = await imageBuilder.send(new GetImageCommand({ imageBuildVersionArn: arn }));
  return (
    (image?.imageRecipe ?? image?.containerRecipe)?.parentImage?.split(":image/").at(-1) ?? "-"
  );
}

/** Every build of an image, newest first: what it is on, where it is, who approved or revoked it. */
export async function builds(context: Context, name: string): Promise<CommandResult> {
  context.image(name);
  const { builds: all, shares, problems } = await inspect(context, name, true);
  const lines = [];
  for (const build of all) {
    lines.push({
      build: versionOf(build.arn),
      status: build.status,
      ageHours: (context.aws.now() - build.createdAt) / 3_600_000,
      parent: await parentOf(context, build),
      sharedIn: shares
        .filter((view) => sharedIn(view).includes(build.arn))
        .map(({ share }) => share.policy.channel),
      approvals: approvalsOf(build),
      ...(isRevoked(build) && { revoked: build.tags[REVOKED_TAG] }),
      amis: build.amis.map(({ region, id }) => `${region}: ${id}`),
      containers: build.containers,
    });
  }
  const rows = lines.map(
    ({ build, status, ageHours, parent, sharedIn: channels, approvals, revoked }) => [
      build,
      status,
      ageOf(ageHours),
      parent,
      channels.join(" ") || "-",
      Object.entries(approvals)
        .map(([channel, reason]) => `${channel} (${reason})`)
        .join(", ") || "-",
      revoked === undefined ? "" : `revoked: ${revoked}`,
    ],
  );
  const text =
    rows.length > 0
      ? table([["build", "status", "age", "parent", "shared in", "approved for", ""], ...rows])
      : `there is no build of ${name} yet, or none that lists show: \`npx factory build ${name}\` starts one`;
  const data = { builds: lines, problems };
  return {
    text: [text, ...problemLines(problems)].join("\n"),
    data,
    status: problems.length > 0 ? 2 : 0,
  };
}
