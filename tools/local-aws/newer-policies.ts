/** A policy of AWS's that is newer than moto: another one that moto knows stands in for it, where nobody sees it. */
import type { Answer, Next, Request } from "./proxy";

const [NEWER, KNOWN] = ["EC2ImageBuilderExecutionPolicy", "AWSImageBuilderFullAccess"];

export async function newerPolicies(request: Request, next: Next): Promise<Answer> {
  const body = request.body.toString();
  if (!/Action=\w*(Role|Policy|Policies)/.test(body)) return next(request);
  const answer = await next({ ...request, body: Buffer.from(body.replaceAll(NEWER, KNOWN)) });
  return { ...answer, body: answer.body.toString().replaceAll(KNOWN, NEWER) };
}
