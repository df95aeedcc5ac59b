/** An AWS organization, as far as it decides which accounts a principal stands for. */
export interface Organization {
  readonly id: string;
  /**
   * Ids of the organizational units (OUs) of each account of the organization, the innermost first.
   */
  readonly units: Readonly<Record<string, readonly string[]>>;
}

/** Whether a principal of a share, or of a launch permission, stands for an account. */
export function standsFor(
  { id, units }: Organization,
  principal: string,
  account: string,
): boolean {
  const last = principal.replace(/.*\//, "");
  if (principal.includes(":organization/")) return last === id && account in units;
  if (principal.includes(":ou/")) return units[account]?.includes(last) === true;
  return principal === account;
}
