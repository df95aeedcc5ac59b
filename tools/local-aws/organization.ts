/** An AWS organization, as far as it decides who a principal stands for. */
export interface Organization {
  readonly id: string;
  /** The units that an account is in, from the innermost on, by account ID. */
  readonly units: Readonly<Record<string, readonly string[]>>;
}

/** Whether a principal of RAM, or of a launch permission, stands for an account. */
export function standsFor(
  { id, units }: Organization,
  principal: string,
  account: string,
): boolean {
  const last = principal.split("/").at(-1) ?? "";
  if (principal.includes(":organization/")) return last === id && account in units;
  if (principal.includes(":ou/")) return units[account]?.includes(last) === true;
  return principal === account;
}
