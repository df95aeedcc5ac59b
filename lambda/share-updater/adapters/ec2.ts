import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeImageAttributeCommand,
  EC2Client,
  type Filter,
  type LaunchPermission,
  ModifyImageAttributeCommand,
  paginateDescribeImages,
} from "@aws-sdk/client-ec2";
import type { Principal } from "../../../contract/manifest";
import { IMAGE_TAG, ORPHANED_TAG } from "../../../contract/tags";
import { CLIENT_CONFIG, collect } from "../../common/client";
import type { Amis, TaggedAmi } from "../ports";

/** Returns a function that creates one EC2 client for each Region, on first use. */
export function ec2Clients(): (region: string) => EC2Client {
  const clients = new Map<string, EC2Client>();
  return (region) => {
    const client = clients.get(region) ?? new EC2Client({ ...CLIENT_CONFIG, region });
    clients.set(region, client);
    return client;
  };
}

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

async function taggedAmis(client: EC2Client, region: string, filter: Filter): Promise<TaggedAmi[]> {
  const pages = paginateDescribeImages(
    { client, pageSize: 500 },
    { Owners: ["self"], Filters: [filter] },
  );
  const images = await collect(pages, (page) => page.Images);
  return images.map(({ ImageId: id = "", Tags = [] }) => ({
    region,
    id,
    tags: Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value])),
  }));
}

/** Calls EC2 for the updater, in the Region of each AMI. */
export function amisAdapter(clientOf: (region: string) => EC2Client, home: string): Amis {
  return {
    images: async () => {
      const amis = await taggedAmis(clientOf(home), home, { Name: "tag-key", Values: [IMAGE_TAG] });
      return [...new Set(amis.flatMap(({ tags }) => tags[IMAGE_TAG] ?? []))].sort();
    },
    ofImage: (region, image) =>
      taggedAmis(clientOf(region), region, { Name: `tag:${IMAGE_TAG}`, Values: [image] }),
    launchPermission: async ({ region, id }) => {
      const attribute = new DescribeImageAttributeCommand({
        ImageId: id,
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
    changeLaunchPermission: async ({ region, id }, add, remove) => {
      await clientOf(region).send(
        new ModifyImageAttributeCommand({
          ImageId: id,
          LaunchPermission: {
            Add: add.map(toLaunchPermission),
            Remove: remove.map(toLaunchPermission),
          },
        }),
      );
    },
    setOrphanedTag: async ({ region, id }, value) => {
      const client = clientOf(region);
      if (value === undefined)
        await client.send(
          new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: ORPHANED_TAG }] }),
        );
      else
        await client.send(
          new CreateTagsCommand({ Resources: [id], Tags: [{ Key: ORPHANED_TAG, Value: value }] }),
        );
    },
  };
}
