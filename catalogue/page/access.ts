/** Which accounts get which builds. */
import type { Catalogue, CatalogueAccount, CatalogueChannel, CatalogueImage } from "../schema";

/** A channel through which a principal gets builds. */
export interface Grant {
  readonly channel: CatalogueChannel;
  /** ID of the principal that the channel names: the account itself, an OU or the organization. */
  readonly via: string;
  /** Whether the catalogue knows that the account belongs to it. */
  readonly isCertain: boolean;
}

/** A row of the matrix: an account, an OU or the organization. */
export interface Grantee {
  readonly id: string;
  readonly kind: "organization" | "unit" | "account";
  readonly account?: CatalogueAccount;
}

/** Returns the organization, the OUs that channels name, and the accounts. */
export function granteesOf({ organization, accounts, images }: Catalogue): Grantee[] {
  const principals = images.flatMap(({ channels }) => channels.flatMap(({ audience }) => audience));
  const units = [...new Set(principals.filter((id) => id.startsWith("ou-")))].sort();
  return [
    { id: organization, kind: "organization" },
    ...units.map((id) => ({ id, kind: "unit" as const })),
    ...accounts.map((account) => ({ id: account.id, kind: "account" as const, account })),
  ];
}

/** Returns whether a principal of a channel covers a grantee; `undefined` if that isn't known. */
function covers(principal: string, { id, kind, account }: Grantee): boolean | undefined {
  if (principal === id) return true;
  if (kind === "organization" || /^\d/.test(principal)) return false;
  if (kind === "unit") return principal.startsWith("o-");
  if (account?.isOutside) return false;
  if (principal.startsWith("o-")) return account?.units === undefined ? undefined : true;
  return account?.units?.includes(principal);
}

/** Returns the channels of an image through which a grantee gets builds, or may get them. */
export function grantsOf({ channels }: CatalogueImage, grantee: Grantee): Grant[] {
  return channels.flatMap((channel) => {
    const verdicts = channel.audience.map((via) => ({ via, verdict: covers(via, grantee) }));
    const found =
      verdicts.find(({ verdict }) => verdict === true) ??
      verdicts.find(({ verdict }) => verdict === undefined);
    return found ? [{ channel, via: found.via, isCertain: found.verdict === true }] : [];
  });
}
