/** Faults of the organization. */
import { type Fault, missing } from "./fault";

/** Observations about an account of another organization. */
const OTHER_ORGANIZATION = [
  {
    result: "failed",
    message: "the account is in the organization o-zzzzzzzzzz, and organization.id is o-abcdefghij",
    fix: "correct organization.id in factory.yaml, or use the account of the other organization",
  },
  {
    result: "failed",
    message:
      "the management account is 888888888888, and organization.managementAccountId is 999999999999",
    fix: "correct organization.managementAccountId in factory.yaml",
  },
  {
    result: "warning",
    message:
      "the organization has only consolidated billing, so RAM can't share with OUs or the organization",
    fix: "enable all features: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_org_support-all-features.html",
  },
] as const;

export const ORGANIZATION_FAULTS: readonly Fault[] = [
  {
    fault: "RAM's trusted access is off",
    check: "ram-trusted-access",
    answers: {
      "organizations:ListAWSServiceAccessForOrganization": () => ({
        EnabledServicePrincipals: [{ ServicePrincipal: "sso.amazonaws.com" }],
      }),
    },
    observations: [
      {
        result: "failed",
        message:
          "sharing with the organization is off, so RAM rejects every share or sends invitations",
        fix: "use the management account",
        command: "aws ram enable-sharing-with-aws-organization",
      },
    ],
  },
  {
    fault: "an OU doesn't exist",
    check: "audiences",
    answers: missing(
      "organizations:DescribeOrganizationalUnit",
      "OrganizationalUnitNotFoundException",
    ),
    observations: [
      {
        result: "failed",
        message: "base/canary: the organization has no OU ou-abcd-11111111",
        fix: "correct principals.organizationalUnits in factory.yaml",
      },
    ],
  },
  {
    fault: "an account isn't in the organization",
    check: "audiences",
    answers: missing("organizations:DescribeAccount", "AccountNotFoundException"),
    observations: [
      {
        result: "failed",
        message: "base/partner: the account 333333333333 isn't in the organization",
        fix: "correct principals.accounts in factory.yaml, or add the account to the organization",
      },
    ],
  },
  {
    fault: "an app account isn't in the organization",
    check: "audiences",
    answers: missing("organizations:ListParents", "ChildNotFoundException"),
    observations: [
      {
        result: "failed",
        message: "the app account payments (222222222222) isn't in the organization",
        fix: "correct its id in factory.yaml, or add the account to the organization",
      },
    ],
  },
  {
    fault: "an app account is in no audience",
    check: "audiences",
    answers: {
      "organizations:ListParents": () => ({ Parents: [{ Type: "ROOT", Id: "r-abcd" }] }),
    },
    observations: [
      {
        result: "failed",
        message:
          "no channel of base has the app account payments (222222222222) in its audience, so its images that are based on base can't be built",
        fix: "add the account, or one of its OUs (none), to a channel of base",
      },
    ],
  },
  {
    fault: "the account is in no organization",
    check: "organization",
    answers: missing("organizations:DescribeOrganization", "AWSOrganizationsNotInUseException"),
    observations: [
      {
        result: "failed",
        message: "the account isn't in an organization",
        fix: "add the account to the organization o-abcdefghij",
      },
      {
        result: "failed",
        message: "the account isn't in an organization",
        fix: "add the account to the organization o-abcdefghij",
      },
    ],
  },
  {
    fault: "the account is in another organization, which only shares its bill",
    check: "organization",
    answers: {
      "organizations:DescribeOrganization": () => ({
        Organization: {
          Id: "o-zzzzzzzzzz",
          MasterAccountId: "888888888888",
          FeatureSet: "CONSOLIDATED_BILLING",
        },
      }),
    },
    // Of each of the two accounts.
    observations: [...OTHER_ORGANIZATION, ...OTHER_ORGANIZATION],
  },
];
