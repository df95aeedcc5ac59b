import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeImageAttributeCommand,
  type EC2Client,
  type Filter,
  type Image,
  type ImageFinding,
  type LaunchPermission,
  ModifyImageAttributeCommand,
  paginateDescribeImages,
  paginateGetImageFindings,
} from "@aws-sdk/client-ec2";
import type { Principal } from "../../../contract/manifest";
import { IMAGE_TAG, ORPHANED_TAG } from "../../../contract/tags";
import { collect } from "../../common/client";
import type { Finding, Scan } from "../findings";
import type { Amis, TaggedAmi } from "../ports";

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

function describeImages(client: EC2Client, filter: Filter): Promise<Image[]> {
  const pages = paginateDescribeImages(
    { client, pageSize: 500 },
    { Owners: ["self"], Filters: [filter] },
  );
  return collect(pages, (page) => page.Images);
}

async function taggedAmis(client: EC2Client, region: string, filter: Filter): Promise<TaggedAmi[]> {
  const images = await describeImages(client, filter);
  return images.map(({ ImageId: id = "", Tags = [] }) => ({
    region,
    id,
    tags: Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value])),
  }));
}

function toScan({ CreationDate = "", ScanResults = {} }: Image): Scan {
  const fixes = {
    informational: ScanResults.InformationalFixAvailableSince,
    low: ScanResults.LowFixAvailableSince,
    medium: ScanResults.MediumFixAvailableSince,
    high: ScanResults.HighFixAvailableSince,
    critical: ScanResults.CriticalFixAvailableSince,
  };
  return {
    amiCreatedAt: Date.parse(CreationDate),
    scannedAt: ScanResults.FindingScanDate?.getTime(),
    highestSeverity: ScanResults.HighestFindingSeverityLabel,
    fixAvailableSince: Object.fromEntries(
      Object.entries(fixes).flatMap(([severity, since]) =>
        since ? [[severity, since.getTime()]] : [],
      ),
    ),
  };
}

/** Replaces control characters, so that a finding can't forge lines of a log or a report. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ");
}

function toFinding(finding: ImageFinding): Finding {
  return {
    title: oneLine(finding.Title ?? ""),
    // Without a severity, a finding counts as one of the highest.
    severity: finding.SeverityLabel ?? "unrated",
    // An exception must not accept a finding by mistake, so one without this field counts.
    hasFix: finding.FixAvailable !== false,
    firstObservedAt: finding.FirstObservedAt?.getTime() ?? Number.NaN,
    paths: (finding.Paths ?? []).map(oneLine),
  };
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
    scans: async (ids) => {
      // A filter, because EC2 rejects the IDs of deregistered AMIs.
      const images = await describeImages(clientOf(home), { Name: "image-id", Values: [...ids] });
      return new Map(
        images.flatMap((image) => (image.ImageId ? [[image.ImageId, toScan(image)]] : [])),
      );
    },
    findings: async ({ region, id }) => {
      const pages = paginateGetImageFindings({ client: clientOf(region) }, { ImageId: id });
      return (await collect(pages, (page) => page.ImageFindings)).map(toFinding);
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
