/** Reads the account and the organization of the current AWS credentials. */
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { SignatureV4 } from "@smithy/signature-v4";
import { ConfigError } from "../../../config/problems";
import type { Answers } from "./answers";

/**
 * Region of AWS Organizations in each partition:
 * https://docs.aws.amazon.com/general/latest/gr/ao.html
 */
const ORGANIZATIONS_REGIONS: Readonly<Record<string, string>> = {
  aws: "us-east-1",
  "aws-cn": "cn-northwest-1",
  "aws-us-gov": "us-gov-west-1",
};

/**
 * Returns the organization, its management account, and the account of the credentials, which
 * becomes the shared account.
 *
 * Throws a `ConfigError` if AWS doesn't answer.
 */
export async function answersFromAws(region: string): Promise<Answers> {
  const client = new STSClient({ region });
  try {
    const { Account, Arn = "" } = await client.send(new GetCallerIdentityCommand({}));
    const { Id, MasterAccountId } = await describeOrganization(client, Arn.split(":")[1] ?? "");
    return {
      organization: Id,
      "management-account": MasterAccountId,
      "shared-account": Account,
    };
  } catch (error) {
    const { name, message } = error as Error;
    throw new ConfigError(
      `--from-aws: the organization and the account can't be read: ${name}: ${message.replace(/\.$/, "")}. Use credentials of the shared account that allow organizations:DescribeOrganization, or pass --organization, --management-account and --shared-account instead`,
      { cause: error },
    );
  }
}

interface Organization {
  readonly Id: string;
  readonly MasterAccountId: string;
}

/**
 * Calls DescribeOrganization, which every account of an organization may call. It is the only call
 * of AWS Organizations, so the SDK's client for this service isn't in the package.
 * https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html
 */
async function describeOrganization(
  { config: { credentials, sha256 } }: STSClient,
  partition: string,
): Promise<Organization> {
  const region = ORGANIZATIONS_REGIONS[partition];
  if (region === undefined) throw new Error(`the partition ${partition} isn't known`);
  const suffix = partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
  const url = new URL(
    process.env["AWS_ENDPOINT_URL_ORGANIZATIONS"] ??
      process.env["AWS_ENDPOINT_URL"] ??
      `https://organizations.${region}.${suffix}`,
  );
  const signer = new SignatureV4({ credentials, sha256, region, service: "organizations" });
  const { method, headers, body } = await signer.sign({
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    path: "/",
    headers: {
      host: url.host,
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "AWSOrganizationsV20161128.DescribeOrganization",
    },
    body: "{}",
  });
  const response = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(30_000) });
  if (!response.ok) throw await errorOf(response);
  const { Organization } = (await response.json()) as { Organization: Organization };
  return Organization;
}

async function errorOf(response: Response): Promise<Error> {
  const text = await response.text();
  const { __type = `HTTP ${response.status}`, Message, message = Message } = parsed(text);
  const error = new Error(message ?? text);
  // A name may have a prefix that ends in `#`.
  error.name = __type.replace(/^.*#/, "");
  return error;
}

/** The members of an error in the JSON protocol, if the text is one. */
function parsed(text: string): { __type?: string; message?: string; Message?: string } {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
