import {
  DescribeImageAttributeCommand,
  EC2Client,
  type LaunchPermission,
  ModifyImageAttributeCommand,
} from "@aws-sdk/client-ec2";
import {
  GetImageCommand,
  type ImagebuilderClient,
  type ImageSummary,
  paginateListImageBuildVersions,
  paginateListImages,
} from "@aws-sdk/client-imagebuilder";
import {
  AssociateResourceShareCommand,
  DisassociateResourceShareCommand,
  paginateGetResourceShareAssociations,
  paginateGetResourceShares,
  type RAMClient,
  type ResourceShare,
} from "@aws-sdk/client-ram";
import { parseSharePolicy } from "../../contract/share-policy";
import { IMAGE_TAG } from "../../contract/tags";
import type { Build } from "./build";
import {
  type Images,
  type LaunchPermissions,
  type Principal,
  type Ram,
  type Share,
  ShareBusyError,
  type UnreadableShare,
  UnshareRefusedError,
} from "./ports";

/** Configuration of the AWS clients. The SDK retries throttling and server errors by itself. */
export const CLIENT_CONFIG = { maxAttempts: 6 };

// The SDK types every field of a response as optional. AWS sets those that default to "" here.

async function collect<Page, Item>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const all: Item[] = [];
  for await (const page of pages) all.push(...(items(page) ?? []));
  return all;
}

function hasName(error: unknown, ...names: string[]): error is Error {
  return error instanceof Error && names.includes(error.name);
}

/**
 * Returns whether EC2 accepts a share's principal in a launch permission. RAM also accepts others,
 * such as roles, which an operator may have added by hand.
 */
export function isLaunchPrincipal(principal: Principal): boolean {
  return /^\d{12}$|:(organization|ou)\//.test(principal);
}

// RAM

function toShare({
  resourceShareArn: arn = "",
  status,
  creationTime,
  tags = [],
}: ResourceShare): Share | UnreadableShare {
  const values = Object.fromEntries(tags.map(({ key = "", value }) => [key, value]));
  try {
    const { image, ...policy } = parseSharePolicy(values);
    return {
      arn,
      status: status ?? "",
      createdAt: creationTime?.getTime() ?? Number.NaN,
      image,
      policy,
    };
  } catch (error) {
    return { arn, image: values[IMAGE_TAG] ?? "", error: error as Error };
  }
}

function isReadable(share: Share | UnreadableShare): share is Share {
  return "policy" in share;
}

/**
 * Rethrows an error of RAM as a `ShareBusyError` if another change of the share is in progress. RAM
 * reports that as a 400, which the SDK doesn't retry. hashicorp/terraform-provider-aws#13458
 */
function rethrow(error: unknown): never {
  if (hasName(error, "InvalidStateTransitionException"))
    throw new ShareBusyError(error.message, { cause: error });
  throw error;
}

/** Calls RAM for the updater. */
export function ramAdapter(client: RAMClient): Ram {
  return {
    shares: async () => {
      const pages = paginateGetResourceShares(
        { client },
        { resourceOwner: "SELF", tagFilters: [{ tagKey: IMAGE_TAG }] },
      );
      const all = await collect(pages, (page) => page.resourceShares);
      // RAM lists a deleted share for a while.
      const existing = all.filter(({ status = "" }) => !/^DELET/.test(status)).map(toShare);
      return {
        shares: existing.filter(isReadable),
        unreadable: existing.filter((share): share is UnreadableShare => !isReadable(share)),
      };
    },
    associations: async (share) => {
      const pages = paginateGetResourceShareAssociations(
        { client },
        { associationType: "RESOURCE", resourceShareArns: [share] },
      );
      const all = await collect(pages, (page) => page.resourceShareAssociations);
      return all.map(({ associatedEntity: arn = "", status = "" }) => ({ arn, status }));
    },
    principals: async (share) => {
      const pages = paginateGetResourceShareAssociations(
        { client },
        { associationType: "PRINCIPAL", resourceShareArns: [share] },
      );
      const all = await collect(pages, (page) => page.resourceShareAssociations);
      // A principal that is being added, or is suspended, also needs the launch permission.
      const removed = ["DISASSOCIATED", "DISASSOCIATING", "FAILED"];
      const principals = all
        .filter(({ status = "" }) => !removed.includes(status))
        .map(({ associatedEntity = "" }) => associatedEntity);
      return principals.filter(isLaunchPrincipal);
    },
    associate: async (resourceShareArn, arns) => {
      await client
        .send(new AssociateResourceShareCommand({ resourceShareArn, resourceArns: [...arns] }))
        .catch(rethrow);
    },
    disassociate: async (resourceShareArn, arns) => {
      try {
        await client.send(
          new DisassociateResourceShareCommand({ resourceShareArn, resourceArns: [...arns] }),
        );
      } catch (error) {
        // The build isn't in the share any more.
        if (hasName(error, "UnknownResourceException")) return;
        // Assumed: AWS documents that it refuses while a consumer depends on the build, but not
        // with which error.
        if (hasName(error, "OperationNotPermittedException", "InvalidParameterException"))
          throw new UnshareRefusedError(error.message, { cause: error });
        rethrow(error);
      }
    },
  };
}

// Image Builder

function toBuild({
  arn = "",
  state,
  dateCreated,
  tags = {},
  outputResources,
}: ImageSummary): Build {
  return {
    arn,
    status: state?.status ?? "",
    createdAt: Date.parse(dateCreated ?? ""),
    tags,
    amis: (outputResources?.amis ?? []).flatMap(({ region, image: id }) =>
      region !== undefined && id !== undefined ? [{ region, id }] : [],
    ),
    containers: (outputResources?.containers ?? []).flatMap(({ imageUris }) => imageUris ?? []),
  };
}

/** Calls Image Builder for the updater. */
export function imagesAdapter(client: ImagebuilderClient): Images {
  return {
    versions: async (image) => {
      const pages = paginateListImages(
        { client },
        { owner: "Self", filters: [{ name: "name", values: [image] }], includeDeprecated: true },
      );
      const all = await collect(pages, (page) => page.imageVersionList);
      return all.flatMap(({ arn }) => (arn?.includes(`:image/${image}/`) ? [arn] : []));
    },
    builds: async (imageVersionArn) => {
      const pages = paginateListImageBuildVersions({ client }, { imageVersionArn });
      return (await collect(pages, (page) => page.imageSummaryList)).map(toBuild);
    },
    build: async (imageBuildVersionArn) => {
      try {
        const { image } = await client.send(new GetImageCommand({ imageBuildVersionArn }));
        return image && toBuild(image);
      } catch (error) {
        if (hasName(error, "ResourceNotFoundException")) return undefined;
        throw error;
      }
    },
  };
}

// EC2

function toPrincipals({
  UserId,
  OrganizationArn,
  OrganizationalUnitArn,
  Group,
}: LaunchPermission): Principal[] {
  return [UserId, OrganizationArn, OrganizationalUnitArn, Group].flatMap(
    (principal) => principal ?? [],
  );
}

function toLaunchPermission(principal: Principal): LaunchPermission {
  if (principal === "all") return { Group: "all" };
  if (principal.includes(":organization/")) return { OrganizationArn: principal };
  return principal.includes(":ou/") ? { OrganizationalUnitArn: principal } : { UserId: principal };
}

/** Returns a function that creates one EC2 client for each Region, on first use. */
export function ec2Clients(): (region: string) => EC2Client {
  const clients = new Map<string, EC2Client>();
  return (region) => {
    const client = clients.get(region) ?? new EC2Client({ ...CLIENT_CONFIG, region });
    clients.set(region, client);
    return client;
  };
}

/** Calls EC2 for the updater, in the Region of each AMI. */
export function launchPermissionsAdapter(
  clientOf: (region: string) => EC2Client,
): LaunchPermissions {
  return {
    get: async (region, ami) => {
      const attribute = new DescribeImageAttributeCommand({
        ImageId: ami,
        Attribute: "launchPermission",
      });
      try {
        const { LaunchPermissions = [] } = await clientOf(region).send(attribute);
        return LaunchPermissions.flatMap(toPrincipals);
      } catch (error) {
        // The AMI was deregistered.
        if (error instanceof Error && error.name.startsWith("InvalidAMIID.")) return undefined;
        throw error;
      }
    },
    change: async (region, ami, add, remove) => {
      await clientOf(region).send(
        new ModifyImageAttributeCommand({
          ImageId: ami,
          LaunchPermission: {
            Add: add.map(toLaunchPermission),
            Remove: remove.map(toLaunchPermission),
          },
        }),
      );
    },
  };
}
