/** Emulates an AWS managed policy that moto doesn't contain yet. */
import type { Answer, Next, Request } from "../protocol/forward";

/** moto stores the second policy where a client names the first. */
const [NEWER_POLICY, KNOWN_POLICY] = [
  "EC2ImageBuilderExecutionPolicy",
  "AWSImageBuilderFullAccess",
];

export async function newerPolicies(request: Request, next: Next): Promise<Answer> {
  const body = request.body.toString();
  if (!/Action=\w*(Role|Policy|Policies)/.test(body)) return next(request);
  const known = body.replaceAll(NEWER_POLICY, KNOWN_POLICY);
  const answer = await next({ ...request, body: Buffer.from(known) });
  return { ...answer, body: answer.body.toString().replaceAll(KNOWN_POLICY, NEWER_POLICY) };
}
