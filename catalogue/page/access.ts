/** Which accounts get which builds. */
import type { Catalogue, CatalogueAccount, CatalogueChannel, CatalogueImage } from "../schema";
import { newestFirst } from "./states";

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
  /** The OUs that contain an OU. @default - not known */
  readonly parents?: readonly string[];
}

/** Returns the organization, the OUs that channels name, and the accounts. */
export function granteesOf({ organization, accounts, images }: Catalogue): Grantee[] {
  const principals = images.flatMap(({ channels }) => channels.flatMap(({ audience }) => audience));
  const units = [...new Set(principals.filter((id) => id.startsWith("ou-")))].sort();
  return [
    { id: organization, kind: "organization" },
    ...units.map((id) => ({ id, kind: "unit" as const, ...parentsOf(id, accounts) })),
    ...accounts.map((account) => ({ id: account.id, kind: "account" as const, account })),
  ];
}

/** The OUs of an account in an OU prove which OUs contain that one. */
function parentsOf(id: string, accounts: readonly CatalogueAccount[]): Pick<Grantee, "parents"> {
  const chain = accounts.find(({ units }) => units?.includes(id))?.units;
  return chain ? { parents: chain.slice(chain.indexOf(id) + 1) } : {};
}

/** Returns whether a principal of a channel covers a grantee; `undefined` if that isn't known. */
function covers(principal: string, { id, kind, account, parents }: Grantee): boolean | undefined {
  if (principal === id) return true;
  if (kind === "organization" || /^\d/.test(principal)) return false;
  if (kind === "unit") return principal.startsWith("o-") || parents?.includes(principal);
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

/** The newest build that grants give, in the Regions where it is the same one. */
export interface NewestBuild {
  readonly build: string;
  /** Name of the channel. */
  readonly channel: string;
  readonly isCertain: boolean;
  readonly regions: readonly string[];
}

/**
 * Returns the newest shared build of each Region. Each Region numbers its builds itself, so builds
 * of two Regions can't be compared.
 */
export function newestBuilds(grants: readonly Grant[]): NewestBuild[] {
  const found = new Map<string, NewestBuild>();
  for (const region of new Set(grants.map(({ channel }) => channel.region))) {
    const inRegion = grants.filter(
      ({ channel }) => channel.region === region && channel.shared.length > 0,
    );
    const sure = inRegion.filter(({ isCertain }) => isCertain);
    const [best] = (sure.length > 0 ? sure : inRegion).toSorted((one, other) =>
      newestFirst(one.channel.shared[0] ?? "", other.channel.shared[0] ?? ""),
    );
    const build = best?.channel.shared[0];
    if (!best || build === undefined) continue;
    const { channel, isCertain } = best;
    const key = JSON.stringify([build, channel.name, isCertain]);
    const regions = [...(found.get(key)?.regions ?? []), region];
    found.set(key, { build, channel: channel.name, isCertain, regions });
  }
  return [...found.values()];
}
