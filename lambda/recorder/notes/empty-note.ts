import { buildVersionOf, parseBuildArn } from "../../../contract/build-arn";
import { safeText } from "./safe-text";

/** A channel that shares no build any more. */
export interface EmptyChannel {
  /** Name. */
  readonly channel: string;
  /** ARN of the newest build that it shared. */
  readonly newest: string;
  /** Image Builder's status of that build. @default - the build was deleted */
  readonly status?: string | undefined;
  /** Why that build is revoked. @default - it isn't */
  readonly revocation?: string | undefined;
}

/** Maximum lengths of other people's text, in characters. */
const MAX_NAME = 80;
const MAX_REASON = 300;

/** Renders the message about a channel that shares no build any more, as plain text. */
export function renderEmpty(empty: EmptyChannel): string {
  const { image, region } = parseBuildArn(empty.newest) ?? { image: "", region: "" };
  return [
    `The channel ${safeText(empty.channel, MAX_NAME)} of ${image} in ${region} shares no build any more.`,
    `Its newest build was ${buildVersionOf(empty.newest)}.`,
    ...stateLines(empty),
    "Accounts get no build from it until it shares one.",
  ].join("\n");
}

/** Renders why a build can't be shared, if its state shows that. */
export function stateLines({
  newest,
  status,
  revocation,
}: Pick<EmptyChannel, "newest" | "status" | "revocation">): string[] {
  const version = buildVersionOf(newest);
  if (revocation !== undefined)
    return [`${version} is revoked: ${safeText(revocation, MAX_REASON) || "no reason"}`];
  if (status === undefined) return [`${version} was deleted.`];
  return status === "AVAILABLE" ? [] : [`${version} is ${status}.`];
}
