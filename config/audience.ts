import { createHash } from "node:crypto";
import { type OrganizationId, organizationArn, organizationalUnitArn } from "./aws/arns";

/**
 * The accounts that can use a channel's builds. One value decides which accounts see the builds
 * (AWS RAM), which accounts launch them (the manifest names them) and which accounts decrypt them
 * (the image key).
 */
export type Audience =
  | { readonly kind: "organization" }
  | { readonly kind: "organizationalUnits"; readonly units: readonly string[] }
  | { readonly kind: "accounts"; readonly accounts: readonly string[] };

/** Returns the principals of a channel's resource share. */
export function sharePrincipals(
  audience: Audience,
  organization: OrganizationId,
  region: string,
): string[] {
  switch (audience.kind) {
    case "organization":
      return [organizationArn(region, organization)];
    case "organizationalUnits":
      return audience.units.map((unit) => organizationalUnitArn(region, organization, unit));
    case "accounts":
      return [...audience.accounts];
  }
}

/** Returns the number of principals of a channel's resource share. */
export function principalCount(audience: Audience): number {
  switch (audience.kind) {
    case "organization":
      return 1;
    case "organizationalUnits":
      return audience.units.length;
    case "accounts":
      return audience.accounts.length;
  }
}

/**
 * Returns the name of an audience in the manifest. Audiences with the same members have the same
 * name, in whatever order factory.yaml lists the members: `organization`, the ID of an OU or
 * account, or the start of a hash of several IDs.
 */
export function audienceName(audience: Audience): string {
  switch (audience.kind) {
    case "organization":
      return "organization";
    case "organizationalUnits":
      return nameOf(audience.units);
    case "accounts":
      return nameOf(audience.accounts);
  }
}

function nameOf(ids: readonly string[]): string {
  const [only = "", ...others] = ids;
  if (others.length === 0) return only;
  const list = sortedUnique(ids).join();
  return createHash("sha256").update(list).digest("hex").slice(0, 16);
}

/** The condition of a policy statement: operator → key → values. */
export type Condition = Record<string, Record<string, string | string[]>>;

export function sortedUnique(values: Iterable<string>): string[] {
  return [...new Set(values)].sort();
}

/**
 * Returns the conditions that match the members of any of `audiences`. Each condition belongs in
 * its own statement. A condition matches principals that don't exist yet; a principal that a key
 * policy names must exist.
 *
 * Assumed: the path pattern of an OU matches the OUs below it, and needs no root id. It follows
 * from how paths are built:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths
 */
export function audienceConditions(
  audiences: readonly Audience[],
  { id }: OrganizationId,
): Record<string, Condition> {
  if (audiences.some(({ kind }) => kind === "organization"))
    return { Organization: { StringEquals: { "aws:PrincipalOrgID": id } } };
  const units = sortedUnique(
    audiences.flatMap((audience) =>
      audience.kind === "organizationalUnits" ? audience.units : [],
    ),
  );
  const accounts = sortedUnique(
    audiences.flatMap((audience) => (audience.kind === "accounts" ? audience.accounts : [])),
  );
  const paths = units.map((unit) => `${id}/*/${unit}/*`);
  return {
    ...(units.length > 0 && {
      OrganizationalUnits: { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": paths } },
    }),
    ...(accounts.length > 0 && {
      Accounts: { StringEquals: { "aws:PrincipalAccount": accounts } },
    }),
  };
}
