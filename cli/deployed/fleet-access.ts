/** Looks at the instances of app accounts. */
import { EC2Client, paginateDescribeInstanceImageMetadata } from "@aws-sdk/client-ec2";
import { ImagebuilderClient } from "@aws-sdk/client-imagebuilder";
import type { Account, Factory } from "../../config/model";
import { FLEET_ROLE_NAME } from "../../config/names";
import { CLIENT_CONFIG } from "../../lambda/common/client";
import { imagesAdapter } from "../../lambda/share-updater/adapters/image-builder";
import { parentOf } from "../../lambda/share-updater/inherited-revocation";
import { type Credentials, openAccount, type Session } from "../account-credentials";
import type { Profiles } from "../profiles";
import type { Instance } from "./fleet-join";

const PAGE_SIZE = 1_000;

/** States of instances that run, or can be started again. */
const STATES = ["pending", "running", "stopping", "stopped"];

function sessionOf(...Action: string[]): Session {
  const Statement = [{ Effect: "Allow", Action, Resource: "*" }];
  return {
    name: "golden-image-factory-fleet",
    policy: JSON.stringify({ Version: "2012-10-17", Statement }),
    // Hundreds of pages take longer than the default.
    seconds: 3_600,
  };
}

const SEE_INSTANCES = sessionOf("ec2:DescribeInstanceImageMetadata");

const SEE_BUILDS = sessionOf(
  "imagebuilder:GetImage",
  "imagebuilder:ListImageBuildVersions",
  "imagebuilder:ListImages",
);

/** The calls about an account. */
export interface FleetAccess {
  /**
   * Returns the instances of a Region that aren't terminated, page by page.
   *
   * @param ids @default - all instances
   */
  instances(region: string, ids?: readonly string[]): AsyncIterable<readonly Instance[]>;
  /** Returns the parents of the account's own AMIs, by the ID of the AMI, as far as known. */
  parents(amis: ReadonlySet<string>): Promise<ReadonlyMap<string, string>>;
}

/** Returns the calls about an account. Throws an error if there are no credentials. */
export type OpenFleetAccount = (account: Account) => Promise<FleetAccess>;

/**
 * Opens accounts with their profile, or with the fleet role. The parents of an account's AMIs can
 * only be read with its profile or its deploy role: the fleet role may not.
 */
export function fleetAccess(profiles: Profiles): OpenFleetAccount {
  return async (account) => {
    const profile = profiles.get(account.name);
    const withFleetRole = { ...account, deployRole: FLEET_ROLE_NAME };
    const { credentials } = await openAccount(withFleetRole, profile, SEE_INSTANCES);
    return {
      instances: (region, ids) => instancesIn(credentials, region, ids),
      parents: async (amis) => {
        const access = await openAccount(account, profile, SEE_BUILDS);
        return parentsOf(account, access.credentials, amis);
      },
    };
  };
}

/** Returns the calls about the account of the current credentials. */
export function ownAccess(): FleetAccess {
  return {
    instances: (region, ids) => instancesIn({}, region, ids),
    parents: async () => new Map(),
  };
}

/**
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceImageMetadata.html
 */
async function* instancesIn(
  credentials: Credentials,
  region: string,
  ids?: readonly string[],
): AsyncGenerator<Instance[]> {
  const client = new EC2Client({ ...CLIENT_CONFIG, ...credentials, region });
  const Filters = [
    { Name: "instance-state-name", Values: STATES },
    // A filter, because an unknown ID in the parameter InstanceIds would be an error.
    ...(ids ? [{ Name: "instance-id", Values: [...ids] }] : []),
  ];
  const pages = paginateDescribeInstanceImageMetadata({ client, pageSize: PAGE_SIZE }, { Filters });
  for await (const { InstanceImageMetadata = [] } of pages)
    yield InstanceImageMetadata.map(({ InstanceId = "", ImageMetadata = {} }) => ({
      id: InstanceId,
      ami: ImageMetadata.ImageId ?? "",
      amiOwner: ImageMetadata.OwnerId ?? "",
      watermarks: (ImageMetadata.ImageWatermarks ?? []).map((mark) => ({
        key: mark.WatermarkKey ?? "",
        sourceId: mark.SourceImageId ?? "",
        sourceRegion: mark.SourceImageRegion ?? "",
        attachedAt: mark.WatermarkCreationTime?.getTime() ?? 0,
      })),
    }));
}

/** Reads the builds of the images that an account builds on golden images. */
async function parentsOf(
  account: Account,
  credentials: Credentials,
  amis: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const parents = new Map<string, string>();
  for (const { name, parent, regions } of account.images) {
    if (parent.kind !== "golden") continue;
    for (const region of regions) {
      const images = imagesAdapter(
        new ImagebuilderClient({ ...CLIENT_CONFIG, ...credentials, region }),
      );
      for (const version of await images.versions(name))
        for (const build of await images.builds(version)) {
          const found = build.amis.filter(({ id }) => amis.has(id));
          const arn = found.length > 0 ? await parentOf(images, build, true) : undefined;
          if (arn !== undefined) for (const { id } of found) parents.set(id, arn);
        }
    }
  }
  return parents;
}

/** Returns the Regions in which an account can have instances of golden images. */
export function fleetRegions({ shared }: Factory, account: Account): string[] {
  const own = account.regions.map(({ name }) => name);
  const images = [...shared.images, ...account.images];
  return [...new Set([...own, ...images.flatMap((one) => [...one.regions, ...one.copyToRegions])])];
}
