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

/** The SDK takes `fetch`, and retries throttling and the service's own faults by itself. */
export const CLIENT = { maxAttempts: 6 };

async function collect<Page, Item>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const all: Item[] = [];
  for await (const page of pages) all.push(...(items(page) ?? []));
  return all;
}

function named(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/** Whether EC2 takes a principal of RAM for a launch permission: no others, such as a role that somebody added by hand. */
export function isLaunchPrincipal(principal: Principal): boolean {
  return /^\d{12}$|:(organization|ou)\//.test(principal);
}

// RAM

function readShare({
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

/** A 400 that passes: another change of the share is under way. hashicorp/terraform-provider-aws#13458 */
function busy(error: unknown): never {
  if (named(error, "InvalidStateTransitionException"))
    throw new ShareBusyError((error as Error).message, { cause: error });
  throw error;
}

export function ramAdapter(client: RAMClient): Ram {
  return {
    shares: async () => {
      const pages = paginateGetResourceShares(
        { client },
        { resourceOwner: "SELF", tagFilters: [{ tagKey: IMAGE_TAG }] },
      );
      // A deleted one is listed for a while.
      const all = await collect(pages, (page) => page.resourceShares);
      const read = all.filter(({ status = "" }) => !/^DELET/.test(status)).map(readShare);
      return {
        shares: read.filter(isReadable),
        unreadable: read.filter((share): share is UnreadableShare => !isReadable(share)),
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
      // One that is coming, or suspended for a while, is to launch as well.
      const gone = ["DISASSOCIATED", "DISASSOCIATING", "FAILED"];
      const principals = all
        .filter(({ status = "" }) => !gone.includes(status))
        .map(({ associatedEntity = "" }) => associatedEntity);
      return principals.filter(isLaunchPrincipal);
    },
    associate: async (resourceShareArn, arns) => {
      await client
        .send(new AssociateResourceShareCommand({ resourceShareArn, resourceArns: [...arns] }))
        .catch(busy);
    },
    disassociate: async (resourceShareArn, arns) => {
      try {
        await client.send(
          new DisassociateResourceShareCommand({ resourceShareArn, resourceArns: [...arns] }),
        );
      } catch (error) {
        // It isn't in the share any more, which is what was wanted.
        if (named(error, "UnknownResourceException")) return;
        // Documented is that AWS refuses, not how: these are assumed.
        if (named(error, "OperationNotPermittedException", "InvalidParameterException"))
          throw new UnshareRefusedError((error as Error).message, { cause: error });
        busy(error);
      }
    },
  };
}

// Image Builder

function buildOf({
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
      return (await collect(pages, (page) => page.imageSummaryList)).map(buildOf);
    },
    build: async (imageBuildVersionArn) => {
      try {
        const { image } = await client.send(new GetImageCommand({ imageBuildVersionArn }));
        return image && buildOf(image);
      } catch (error) {
        if (named(error, "ResourceNotFoundException")) return undefined;
        throw error;
      }
    },
  };
}

// EC2

function principalOf({
  UserId,
  OrganizationArn,
  OrganizationalUnitArn,
  Group,
}: LaunchPermission): Principal[] {
  return [UserId, OrganizationArn, OrganizationalUnitArn, Group].flatMap(
    (principal) => principal ?? [],
  );
}

function permissionOf(principal: Principal): LaunchPermission {
  if (principal === "all") return { Group: "all" };
  if (principal.includes(":organization/")) return { OrganizationArn: principal };
  return principal.includes(":ou/") ? { OrganizationalUnitArn: principal } : { UserId: principal };
}

/** A client for each Region, made when it is needed. */
export function ec2Clients(): (region: string) => EC2Client {
  const clients = new Map<string, EC2Client>();
  return (region) => {
    const client = clients.get(region) ?? new EC2Client({ ...CLIENT, region });
    clients.set(region, client);
    return client;
  };
}

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
        return LaunchPermissions.flatMap(principalOf);
      } catch (error) {
        // An AMI that was deregistered can be launched by nobody.
        if (error instanceof Error && error.name.startsWith("InvalidAMIID.")) return undefined;
        throw error;
      }
    },
    change: async (region, ami, add, remove) => {
      await clientOf(region).send(
        new ModifyImageAttributeCommand({
          ImageId: ami,
          LaunchPermission: { Add: add.map(permissionOf), Remove: remove.map(permissionOf) },
        }),
      );
    },
  };
}
