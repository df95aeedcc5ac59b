/** The parts of the catalogue that the factory file describes. */
import type {
  CatalogueAccount,
  CatalogueAppImage,
  CatalogueComponent,
  CatalogueImage,
  CatalogueParent,
} from "../../catalogue/schema";
import { type Buildable, buildablesOf, type Component, type Factory } from "../../config/model";
import type { Organization } from "../organization";

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
  organization: Organization,
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
  return Promise.all(all.map((account) => withUnit(account, organization)));
}

/** Adds the OUs of an account, as far as the credentials may know them. */
async function withUnit(
  account: CatalogueAccount,
  organization: Organization,
): Promise<CatalogueAccount> {
  const membership = await organization.membershipOf(account.id);
  if (membership === undefined) return account;
  return membership === "outside"
    ? { ...account, isOutside: true }
    : { ...account, units: membership };
}
