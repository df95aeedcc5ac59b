import type { AccountRegion } from "../../contract/account-region";
import { isBuildOf, parseBuildArn } from "../../contract/build-arn";

/** What an invocation is about. */
export type Request =
  /** Every image, or one. */
  | { readonly kind: "all" }
  | { readonly kind: "image"; readonly image: string; readonly hints: readonly string[] }
  /** A build ended, says SNS: well, or not. */
  | {
      readonly kind: "ended";
      readonly image: string;
      readonly arn: string;
      readonly status: string;
    }
  | { readonly kind: "ignored"; readonly why: string };

function json(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

function field(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

/** A message of Image Builder's, which is only a hint: whoever may publish may say anything. */
function ended(message: unknown, home: AccountRegion): Request {
  const arn = field(message, "arn");
  const status = field(field(message, "state"), "status");
  const build = typeof arn === "string" ? parseBuildArn(arn) : undefined;
  if (!build || typeof arn !== "string" || typeof status !== "string")
    return { kind: "ignored", why: "not about an image" };
  if (!isBuildOf(build.image, home, arn))
    return { kind: "ignored", why: "about an image elsewhere" };
  return { kind: "ended", image: build.image, arn, status };
}

/** What the records of SNS, a schedule or a caller ask for. */
export function parseEvent(event: unknown, home: AccountRegion): Request[] {
  const records = field(event, "Records");
  if (Array.isArray(records))
    return records.map((record) => ended(json(field(field(record, "Sns"), "Message")), home));
  const image = field(event, "image");
  if (image === undefined) return [{ kind: "all" }];
  if (typeof image !== "string") return [{ kind: "ignored", why: "image isn't a name" }];
  const arn = field(event, "build");
  // Who calls for a build that lists may not show yet, or show as it was.
  return [
    {
      kind: "image",
      image,
      hints: typeof arn === "string" && isBuildOf(image, home, arn) ? [arn] : [],
    },
  ];
}
