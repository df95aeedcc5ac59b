/** The parts of the catalogue that the factory file describes. */
import type {
  CatalogueAccount,
  CatalogueAppImage,
  CatalogueComponent,
  CatalogueImage,
  CatalogueParent,
} from "../../catalogue/schema";
import { type Buildable, buildablesOf, type Component, type Factory } from "../../config/model";
import { batchesOf } from "../../lambda/common/batches";
import { knownMembership } from "../organization";

/** Number of accounts that AWS Organizations is asked about at the same time. */
const CONCURRENT_ACCOUNTS = 4;

/** Describes a golden image or container, without what AWS knows about it. */
export function describeImage(image: Buildable): Omit<CatalogueImage, "channels" | "builds"> {
  const { name, kind, description, platform, majorMinor, schedule, regions } = image;
  return {
    name,
    kind,
    description,
    platform,
    version: majorMinor,
    parent: describeParent(image.parent),
    components: image.components.map(describeComponent),
    schedule: schedule && `${schedule.expression}, ${schedule.timezone}`,
    regions,
  };
}

/** Describes the images and containers of app accounts. */
export function appImagesOf({ apps }: Factory): CatalogueAppImage[] {
  return apps.flatMap((account) =>
    buildablesOf(account).map((image) => ({
      account: account.id,
      name: image.name,
      kind: image.kind,
      platform: image.platform,
      parent: describeParent(image.parent),
      components: image.components.map(describeComponent),
      regions: image.regions,
    })),
  );
}

function describeParent(parent: Buildable["parent"]): CatalogueParent {
  const { kind } = parent;
  switch (kind) {
    case "golden":
    case "awsManaged":
      return { kind, name: parent.name };
    case "arn":
      return { kind, name: parent.arn };
    case "ssm":
      return { kind, name: parent.path };
    case "marketplace":
      return { kind, name: parent.product };
    case "ami":
      return { kind, name: Object.values(parent.amis).join(", ") };
    case "registry":
      return { kind, name: parent.uri };
    default:
      return kind satisfies never;
  }
}

function describeComponent(component: Component): CatalogueComponent {
  const { kind } = component;
  switch (kind) {
    case "awsManaged":
      return { kind, name: component.name, version: component.version };
    case "document":
      return { kind, name: component.document.name };
    case "arn":
      return { kind, name: component.arn };
    default:
      return kind satisfies never;
  }
}

/**
 * Returns the accounts of the factory file and those that audiences name, with their OUs.
 *
 * @param principals - IDs of the principals of all channels
 */
export async function accountsOf(
  { shared, apps }: Factory,
  principals: readonly string[],
  region: string,
): Promise<CatalogueAccount[]> {
  const known: CatalogueAccount[] = [
    { id: shared.id, name: shared.name, kind: "shared" },
    ...apps.map(({ id, name }) => ({ id, name, kind: "app" as const })),
  ];
  const others = principals.filter(
    (id) => /^\d{12}$/.test(id) && known.every((account) => account.id !== id),
  );
  const all = [
    ...known,
    ...[...new Set(others)].sort().map((id) => ({ id, kind: "other" as const })),
  ];
  return withUnits(all, region);
}

/** Adds the OUs of accounts. If the credentials may not know those of one, no other is read. */
async function withUnits(
  accounts: readonly CatalogueAccount[],
  region: string,
): Promise<CatalogueAccount[]> {
  const [first] = accounts;
  if (!first || (await knownMembership(first.id, region)) === undefined) return [...accounts];
  const complete: CatalogueAccount[] = [];
  for (const batch of batchesOf(accounts, CONCURRENT_ACCOUNTS))
    complete.push(...(await Promise.all(batch.map((account) => withUnit(account, region)))));
  return complete;
}

async function withUnit(account: CatalogueAccount, region: string): Promise<CatalogueAccount> {
  const membership = await knownMembership(account.id, region);
  if (membership === undefined) return account;
  return membership === "outside"
    ? { ...account, isOutside: true }
    : { ...account, units: membership };
}
