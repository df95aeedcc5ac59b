/** Finds out which organizational units (OUs) contain an account. */
import {
  OrganizationsClient,
  type Parent,
  paginateListParents,
} from "@aws-sdk/client-organizations";
import type { Principal } from "../contract/manifest";
import { collect } from "../lambda/common/client";
import { describeKnownError } from "./report";

/** Where an account is: its OUs, the innermost first, or outside of the organization. */
export type Membership = readonly string[] | "outside";

/**
 * Returns where an account is. AWS answers only the management account and delegated
 * administrators.
 *
 * https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html
 *
 * @param parentsOf lists the parents of an account or OU, with all pages of ListParents
 */
export async function membershipOf(
  account: string,
  parentsOf: (child: string) => Promise<readonly Parent[]>,
): Promise<Membership> {
  const units: string[] = [];
  let child = account;
  while (true) {
    const [parent] = await parentsOf(child).catch(outside);
    if (parent?.Type === undefined) return "outside";
    if (parent.Type !== "ORGANIZATIONAL_UNIT" || parent.Id === undefined) return units;
    units.push(parent.Id);
    child = parent.Id;
  }
}

function outside(error: unknown): readonly Parent[] {
  if ((error as Error).name === "ChildNotFoundException") return [];
  throw error;
}

/**
 * Returns where an account is, as far as the current credentials may know it; `undefined` if they
 * may not, or AWS Organizations doesn't answer.
 */
export async function knownMembership(
  account: string,
  region: string,
): Promise<Membership | undefined> {
  const client = new OrganizationsClient({
    region,
    maxAttempts: 2,
    // Networks without access to the internet have no endpoint of AWS Organizations.
    requestHandler: {
      connectionTimeout: 2_000,
      requestTimeout: 5_000,
      throwOnRequestTimeout: true,
    },
  });
  try {
    return await membershipOf(account, async (ChildId) => {
      return collect(paginateListParents({ client }, { ChildId }), (page) => page.Parents);
    });
  } catch (error) {
    if (describeKnownError(error) === undefined && (error as Error).name !== "TimeoutError")
      throw error;
    return undefined;
  }
}

/**
 * Returns whether a principal is the account or contains it, or the condition if only AWS
 * Organizations knows.
 */
export function isMember(
  principal: Principal,
  account: string,
  known: Membership | undefined,
): string | boolean {
  const id = principal.split("/").at(-1) ?? "";
  if (principal.includes(":organization/"))
    return known === undefined
      ? `if the account is in the organization ${id}`
      : known !== "outside";
  if (principal.includes(":ou/"))
    return known === undefined
      ? `if the account is in ${id} or an OU below`
      : known !== "outside" && known.includes(id);
  return principal === account;
}
