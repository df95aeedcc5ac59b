import { type OrganizationId, organizationArn, organizationalUnitArn } from "./aws/arns";

/**
 * Who may use a channel's builds. One value decides who sees them (RAM), who launches them (the updater reads RAM's principals)
 * and who decrypts them (the image key).
 */
export type Audience =
  | { readonly kind: "organization" }
  | { readonly kind: "organizationalUnits"; readonly units: readonly string[] }
  | { readonly kind: "accounts"; readonly accounts: readonly string[] };

/** The principals of a channel's resource share, as RAM writes them. */
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

/** A statement's condition: operator → key → values. */
export type Condition = Record<string, Record<string, string | string[]>>;

function sorted(values: Iterable<string>): string[] {
  return [...new Set(values)].sort();
}

/**
 * Conditions that hold for the members of any of `audiences`, each for a statement of its own: they match principals that
 * needn't exist yet, which a principal named in a key policy must.
 *
 * That a unit's path pattern covers the units below it, and needs no root's id, is inferred from how paths are built:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths
 */
export function audienceConditions(
  audiences: readonly Audience[],
  { id }: OrganizationId,
): Record<string, Condition> {
  if (audiences.some(({ kind }) => kind === "organization"))
    return { Organization: { StringEquals: { "aws:PrincipalOrgID": id } } };
  const units = sorted(
    audiences.flatMap((audience) =>
      audience.kind === "organizationalUnits" ? audience.units : [],
    ),
  );
  const accounts = sorted(
    audiences.flatMap((audience) => (audience.kind === "accounts" ? audience.accounts : [])),
  );
  return {
    ...(units.length > 0 && {
      Units: {
        "ForAnyValue:StringLike": {
          "aws:PrincipalOrgPaths": units.map((unit) => `${id}/*/${unit}/*`),
        },
      },
    }),
    ...(accounts.length > 0 && {
      Accounts: { StringEquals: { "aws:PrincipalAccount": accounts } },
    }),
  };
}
