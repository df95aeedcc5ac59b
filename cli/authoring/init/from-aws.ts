/** Reads the account and the organization of the current AWS credentials. */
import { DescribeOrganizationCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { ConfigError } from "../../../config/problems";
import type { Answers } from "./answers";

/**
 * Returns the organization, its management account, and the account of the credentials, which
 * becomes the shared account.
 *
 * Throws a `ConfigError` if AWS doesn't answer.
 */
export async function answersFromAws(region: string): Promise<Answers> {
  try {
    const sts = new STSClient({ region });
    const { Account } = await sts.send(new GetCallerIdentityCommand({}));
    const organizations = new OrganizationsClient({ region });
    const { Organization } = await organizations.send(new DescribeOrganizationCommand({}));
    return {
      organization: Organization?.Id,
      "management-account": Organization?.MasterAccountId,
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
