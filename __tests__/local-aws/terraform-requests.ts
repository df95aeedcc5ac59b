/** The requests that Terraform sent in the end-to-end test, and whether policies allow them. */
import { REBUILDER_NAME, UPDATER_NAME } from "../../config/names";
import { evaluate } from "../../tools/iam/evaluate";
import type { ResolvedStacks } from "../../tools/iam/resolved-stacks";
import {
  isTerraform,
  type RequiredPermission,
  requiredForCall,
  requiredForRequest,
} from "../../tools/local-aws/terraform/terraform-calls";
import type { Scenario } from "./scenario";
import { REGION, SHARED } from "./scenario-factory";

/** Leaves the decision to the policies of the role. */
const ALLOW_EVERYONE = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }],
} as const;

interface Sender {
  readonly account: string;
  readonly role: string;
}

type SentRequest = Sender & { readonly required: RequiredPermission };

/** The permissions that AWS requires for the requests of Terraform, without duplicates. */
export async function requestsOfTerraform(scenario: Scenario): Promise<SentRequest[]> {
  const senders = new Map<string, Promise<Sender>>();
  const findSender = async (key: string): Promise<Sender> => ({
    account: await scenario.moto.accountOf(key),
    role: await scenario.moto.roleOf(key),
  });
  const senderOf = (key: string): Promise<Sender> => {
    const sender = senders.get(key) ?? findSender(key);
    senders.set(key, sender);
    return sender;
  };
  const sent: SentRequest[] = [];
  for (const request of scenario.moto.requests) {
    const sender = await senderOf(request.accessKey);
    const required = requiredForRequest(request, sender.account);
    if (required) sent.push({ ...sender, required });
  }
  for (const call of scenario.local.emulator.calls)
    if (isTerraform(call.agent))
      sent.push({
        ...(await senderOf(call.accessKey)),
        required: requiredForCall(call, REGION),
      });
  return [...new Map(sent.map((request) => [JSON.stringify(request), request])).values()];
}

/** Whether a role's policies allow a request. */
export function isAllowed(
  stacks: ResolvedStacks,
  { account, role, required }: SentRequest,
): boolean {
  const { action, resource, policyArn } = required;
  const arn = `arn:aws:iam::${account}:role/${role}`;
  const identity = stacks.policies
    .filter(({ of, kind }) => of === arn && kind === "identity")
    .map(({ document }) => document);
  // The function that the role may connect with a queue.
  const consumer = account === SHARED ? UPDATER_NAME : REBUILDER_NAME;
  const context = {
    "aws:ResourceTag/golden-image:image": "base",
    "aws:RequestTag/golden-image:image": "base",
    "ram:RequestedAllowsExternalPrincipals": "false",
    "lambda:FunctionArn": `arn:aws:lambda:${REGION}:${account}:function:${consumer}`,
    ...(policyArn !== undefined && { "iam:PolicyARN": policyArn }),
  };
  return evaluate({
    principal: { arn, account, identity },
    resource,
    account: "999999999999",
    policy: ALLOW_EVERYONE,
    context,
  })(action);
}
