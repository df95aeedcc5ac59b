/** Looks at things so that one which can't be looked at doesn't hide the findings of the others. */
import { isUnknownCredentials } from "../credentials";
import { describeKnownError } from "../report";
import type { Finding } from "./check";

/** Names of errors about missing permissions. EC2, S3 and IAM answer with the status 403 too. */
const DENIED =
  /^(AccessDenied|AccessDeniedException|AuthorizationError|AuthorizationErrorException|UnauthorizedOperation|Forbidden)$/;

/** Looks at items at the same time, and returns the findings in the order of the items. */
export async function findEach<T>(
  items: readonly T[],
  look: (item: T) => Promise<readonly Finding[]>,
): Promise<Finding[]> {
  const findings = await Promise.all(
    items.map((item) => look(item).catch((error: unknown) => [findingOf(error)])),
  );
  return withoutRepetitions(findings.flat());
}

/** Items are often denied with the same message. */
function withoutRepetitions(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [JSON.stringify(one), one])).values()];
}

/** Describes an error of AWS as a finding. Throws an error that is a defect. */
export function findingOf(error: unknown): Finding {
  const message = describeKnownError(error);
  if (message === undefined) throw error;
  const [line = ""] = message.split("\n");
  if (isUnknownCredentials(error) || (error as Error).name === "OptInRequired")
    return {
      result: "not-applicable",
      message: `the Region doesn't accept the credentials: ${line}`,
    };
  if (isDenied(error as Error)) return { result: "not-allowed", message: line };
  return { result: "failed", message: line, fix: "run the command again; AWS may be unavailable" };
}

function isDenied(
  error: Error & { readonly $metadata?: { readonly httpStatusCode?: number } },
): boolean {
  return DENIED.test(error.name) || error.$metadata?.httpStatusCode === 403;
}
