import { audienceConditions, audienceName, sharePrincipals } from "../../config/audience";

const ACME = { id: "o-abcdefghij", managementAccountId: "999999999999" };
const organization = { kind: "organization" } as const;
const units = {
  kind: "organizationalUnits",
  units: ["ou-abcd-22222222", "ou-abcd-11111111"],
} as const;
const accounts = { kind: "accounts", accounts: ["333333333333", "222222222222"] } as const;

test("sharePrincipals returns the organization's ARN, the ARNs of OUs or account IDs", () => {
  expect(sharePrincipals(organization, ACME, "eu-west-1")).toEqual([
    "arn:aws:organizations::999999999999:organization/o-abcdefghij",
  ]);
  expect(sharePrincipals(units, ACME, "us-gov-west-1")).toEqual([
    "arn:aws-us-gov:organizations::999999999999:ou/o-abcdefghij/ou-abcd-22222222",
    "arn:aws-us-gov:organizations::999999999999:ou/o-abcdefghij/ou-abcd-11111111",
  ]);
  expect(sharePrincipals(accounts, ACME, "eu-west-1")).toEqual(["333333333333", "222222222222"]);
});

test("audienceName returns the kind, the only ID, or a hash that doesn't depend on the order", () => {
  expect(audienceName(organization)).toBe("organization");
  expect(audienceName({ kind: "accounts", accounts: ["222222222222"] })).toBe("222222222222");
  expect(audienceName({ kind: "organizationalUnits", units: ["ou-abcd-11111111"] })).toBe(
    "ou-abcd-11111111",
  );
  expect(audienceName(accounts)).toMatch(/^[0-9a-f]{16}$/);
  expect(audienceName({ kind: "accounts", accounts: ["222222222222", "333333333333"] })).toBe(
    audienceName(accounts),
  );
  expect(audienceName(units)).not.toBe(audienceName(accounts));
});

test("audienceConditions returns separate conditions for the members of OUs and for accounts", () => {
  expect(
    audienceConditions([units, accounts, { kind: "accounts", accounts: ["222222222222"] }], ACME),
  ).toEqual({
    OrganizationalUnits: {
      "ForAnyValue:StringLike": {
        "aws:PrincipalOrgPaths": [
          "o-abcdefghij/*/ou-abcd-11111111/*",
          "o-abcdefghij/*/ou-abcd-22222222/*",
        ],
      },
    },
    Accounts: { StringEquals: { "aws:PrincipalAccount": ["222222222222", "333333333333"] } },
  });
});

test("audienceConditions returns only the organization if it is one of the audiences", () => {
  expect(audienceConditions([accounts, organization], ACME)).toEqual({
    Organization: { StringEquals: { "aws:PrincipalOrgID": "o-abcdefghij" } },
  });
});

test("audienceConditions returns no condition without an audience", () => {
  expect(audienceConditions([], ACME)).toEqual({});
});
