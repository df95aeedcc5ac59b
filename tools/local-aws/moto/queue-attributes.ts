/** Corrects moto's SQS where it differs from AWS in a way that the stacks need. */

import type { Answer, Next, Request } from "../protocol/forward";
import { signatureOf } from "../terraform/terraform-calls";

type Attributes = Readonly<Record<string, string>>;

interface Input {
  readonly QueueUrl: string;
  readonly Attributes?: Attributes;
  readonly AttributeNames?: readonly string[];
}

/** Removes the spaces between the members of a JSON text. */
function compact(json: string): string {
  return JSON.stringify(JSON.parse(json));
}

/** Returns the attributes that a request names. */
function select(attributes: Attributes, names: readonly string[]): Attributes {
  if (names.includes("All")) return attributes;
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => names.includes(name)));
}

/**
 * Returns a handler between the clients of SQS and moto. It stores `RedriveAllowPolicy` itself:
 * moto doesn't return it, and deletes the policy of a queue when another attribute is set. It also
 * removes the spaces that moto adds to `RedrivePolicy`.
 */
export function queueAttributes(): (request: Request, next: Next) => Promise<Answer> {
  const allowPolicies = new Map<string, string>();
  return async (request, next) => {
    const [service, operation] = String(request.headers["x-amz-target"]).split(".");
    if (service !== "AmazonSQS") return next(request);
    const input: Input = JSON.parse(request.body.toString());
    // Queues of several Regions have the same URL in moto.
    const queue = `${signatureOf(request).region} ${input.QueueUrl}`;
    const allowPolicy = input.Attributes?.["RedriveAllowPolicy"];
    if (operation === "SetQueueAttributes" && allowPolicy !== undefined) {
      allowPolicies.set(queue, allowPolicy);
      return { status: 200, headers: {}, body: "{}" };
    }
    if (operation !== "GetQueueAttributes") return next(request);

    const all = JSON.stringify({ ...input, AttributeNames: ["All"] });
    const answer = await next({ ...request, body: Buffer.from(all) });
    if (answer.status >= 300) return answer;
    const output: { readonly Attributes?: Attributes } = JSON.parse(answer.body.toString());
    const { RedrivePolicy, ...others } = output.Attributes ?? {};
    const stored = allowPolicies.get(queue);
    const attributes = {
      ...others,
      ...(RedrivePolicy !== undefined && { RedrivePolicy: compact(RedrivePolicy) }),
      ...(stored && { RedriveAllowPolicy: stored }),
    };
    const selected = select(attributes, input.AttributeNames ?? []);
    return { ...answer, body: JSON.stringify({ Attributes: selected }) };
  };
}
