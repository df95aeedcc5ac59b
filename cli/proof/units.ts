/** Finds out which organizational units (OUs) contain an account. */
import type { Target } from "./check";

const CALLS = ["organizations:ListParents"] as const;

/**
 * Returns the IDs of the OUs that contain an account, the innermost first; `undefined` if the
 * account isn't in the organization of the credentials.
 *
 * AWS answers only the management account and delegated administrators:
 * https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html
 */
export async function unitsOf(
  { read }: Pick<Target<(typeof CALLS)[number]>, "read">,
  account: string,
): Promise<string[] | undefined> {
  const units: string[] = [];
  let child = account;
  while (true) {
    const { Parents = [] } = await read("organizations:ListParents", { ChildId: child });
    const [parent] = Parents;
    if (parent?.Type !== "ORGANIZATIONAL_UNIT" || parent.Id === undefined) return units;
    units.push(parent.Id);
    child = parent.Id;
  }
}
