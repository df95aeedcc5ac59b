import type { Organization } from "../organization";
import { type Handler, restJson, type Service } from "../protocol/emulator";
import { Fault, type Input } from "../protocol/rest-json";

/** Settings of AWS Organizations in addition to the accounts. */
export interface OrganizationSettings {
  readonly managementAccountId: string;
  /** Accounts that may ask about others: the management account and delegated administrators. */
  readonly administrators: Set<string>;
  /** Services with trusted access, such as `ram.amazonaws.com`. */
  readonly trustedServices: Set<string>;
}

/** AWS Organizations with the operations that commands call. */
export function organizations(
  { id, units }: Organization,
  { managementAccountId, administrators, trustedServices }: OrganizationSettings,
): Service {
  const forAdministrators =
    (answer: (input: Input) => object): Handler =>
    (input, { account }) => {
      if (administrators.has(account)) return answer(input);
      throw new Fault(
        "AccessDeniedException",
        "You don't have permissions to access this resource.",
      );
    };
  return {
    ...restJson(
      "organizations",
      (_method, _url, body, target) => ({
        operation: target.replace(/.*\./, ""),
        input: JSON.parse(body),
      }),
      {
        DescribeAccount: forAdministrators(({ AccountId }) => {
          if (String(AccountId) in units) return { Account: { Id: AccountId } };
          throw new Fault("AccountNotFoundException", "You specified an account that isn't found.");
        }),
        DescribeOrganization: (_input, { account }) => {
          if (account in units)
            return {
              Organization: { Id: id, MasterAccountId: managementAccountId, FeatureSet: "ALL" },
            };
          throw new Fault(
            "AWSOrganizationsNotInUseException",
            "Your account is not a member of an organization.",
          );
        },
        DescribeOrganizationalUnit: forAdministrators(({ OrganizationalUnitId: unit }) => {
          if (Object.values(units).flat().includes(String(unit)))
            return { OrganizationalUnit: { Id: unit } };
          throw new Fault(
            "OrganizationalUnitNotFoundException",
            "You specified an organizational unit that doesn't exist.",
          );
        }),
        ListAWSServiceAccessForOrganization: forAdministrators(() => ({
          EnabledServicePrincipals: [...trustedServices].map((ServicePrincipal) => ({
            ServicePrincipal,
          })),
        })),
        // AWS may answer with an empty page first.
        ListParents: forAdministrators(({ ChildId, NextToken }) => {
          const Parents = [parentOf(units, String(ChildId))];
          return NextToken === undefined ? { Parents: [], NextToken: "2" } : { Parents };
        }),
      },
    ),
    contentType: "application/x-amz-json-1.1",
  };
}

function parentOf(units: Organization["units"], child: string): object {
  const path = units[child] ?? Object.values(units).find((one) => one.includes(child));
  if (path === undefined)
    throw new Fault("ChildNotFoundException", "You specified a child that doesn't exist.");
  const parent = path[path.indexOf(child) + 1];
  return parent === undefined
    ? { Id: "r-abcd", Type: "ROOT" }
    : { Id: parent, Type: "ORGANIZATIONAL_UNIT" };
}
