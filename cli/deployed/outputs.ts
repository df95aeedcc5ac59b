/** Describes builds by what they were built from, and what they produced. */
import { GetImageCommand } from "@aws-sdk/client-imagebuilder";
import { buildVersionOf } from "../../contract/build-arn";
import { revocationOf } from "../../contract/revocation";
import { REVOKE_AT_TAG } from "../../contract/tags";
import type { Build } from "../../lambda/share-updater/build";
import { parentFrom } from "../../lambda/share-updater/inherited-revocation";
import { table, widthOf } from "../table";
import type { Context } from "./context";
import type { InRegion } from "./regions";

export interface BuildWithParent {
  readonly build: Build;
  /** Such as `base 1.0.3/2`. */
  readonly parent: string;
}

/** Adds the parent of a build, or `-` if neither Image Builder nor a tag names one. */
export async function withParent(
  { imageBuilder }: Context,
  build: Build,
): Promise<BuildWithParent> {
  const { image } = await imageBuilder.send(
    new GetImageCommand({ imageBuildVersionArn: build.arn }),
  );
  const recipe = image?.imageRecipe ?? image?.containerRecipe;
  return { build, parent: shortName(parentFrom(recipe?.parentImage, build) ?? "-") };
}

/** Returns the short form `NAME 1.0.3/2` of an image's ARN, and any other text as it is. */
export function shortName(parent: string): string {
  const [, name] = parent.split(":image/");
  return name === undefined ? parent : name.replace("/", " ");
}

/** Writes the short names of images in place of their ARNs. */
export function withShortNames(text: string): string {
  return text.replace(/arn:\S+?:image\/[^\s,]+/g, shortName);
}

/** Returns why a build is revoked, with short names of builds; `undefined` if it isn't. */
export function describeRevocation({ tags }: Build, now: number): string | undefined {
  const revocation = revocationOf(tags, now);
  return revocation === undefined ? undefined : withShortNames(revocation);
}

/**
 * Returns the time of a scheduled revocation that hasn't taken effect yet, and its reason;
 * `undefined` if there is none, or if the build is revoked already.
 */
export function scheduledRevocationOf({ tags }: Build, now: number): string | undefined {
  return revocationOf(tags, now) === undefined ? tags[REVOKE_AT_TAG] : undefined;
}

/** Renders why a build is revoked, or from when on it will be; `-` if neither. */
export function describeRevocations({
  revoked,
  revokeAt,
}: {
  readonly revoked?: string;
  readonly revokeAt?: string;
}): string {
  return revoked ?? (revokeAt === undefined ? "-" : `from ${revokeAt}`);
}

/** Renders the AMIs and container images of a build. AMIs of other Regions name their Region. */
export function describeOutputs({ region }: Context, { amis, containers }: Build): string {
  const ids = amis.map((ami) => (ami.region === region ? ami.id : `${ami.id} (${ami.region})`));
  return [...ids, ...containers].join(" ") || "-";
}

/**
 * Renders a question about builds below a table of them: each Region has other builds.
 *
 * @param paragraphs - between the table and the question
 */
export function askAbout(
  found: readonly InRegion<BuildWithParent>[],
  question: string,
  paragraphs: readonly string[] = [],
): string {
  const rows = found.map(({ context, value: { build, parent } }) => [
    context.region,
    buildVersionOf(build.arn),
    formatTime(build.createdAt),
    parent,
    describeOutputs(context, build),
  ]);
  const headings = ["Region", "build", "created (UTC)", "parent", "AMIs or containers"];
  const builds = table([headings, ...rows], widthOf(process.stderr));
  return [builds, ...paragraphs, question].join("\n\n");
}

function formatTime(milliseconds: number): string {
  if (Number.isNaN(milliseconds)) return "-";
  return new Date(milliseconds).toISOString().slice(0, 16).replace("T", " ");
}
