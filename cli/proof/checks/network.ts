import type { Buildable, Image } from "../../../config/model";
import {
  check,
  failed,
  ifExists,
  notApplicable,
  type Observation,
  type Target,
  warning,
} from "../check";
import { findEach } from "../find-each";

type NetworkCalls = "ec2:DescribeSecurityGroups" | "ec2:DescribeSubnets" | "ec2:DescribeVpcs";

/** The build instances of a Region. */
function networkOf({ account, at: { region } }: Pick<Target<never>, "account" | "at">) {
  return account.regions.find(({ name }) => name === region);
}

export const regionEnabled = check({
  id: "region",
  title: "The Region is enabled in the account",
  scope: "region",
  inCopyRegions: true,
  calls: ["ec2:DescribeRegions"],
  async run({ at: { region }, enabledRegion, read }) {
    const input = { RegionNames: [region], AllRegions: true };
    const { Regions } = await read("ec2:DescribeRegions", input, enabledRegion);
    const status = Regions?.[0]?.OptInStatus ?? "not-opted-in";
    if (status !== "not-opted-in") return [];
    return [
      failed(`${region} isn't enabled in the account`, {
        run: `aws account enable-region --region-name ${region}`,
      }),
    ];
  },
});

export const network = check({
  id: "network",
  title: "The subnet and security groups of build instances exist and are in one VPC",
  scope: "region",
  calls: ["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"],
  async run(target) {
    if (target.buildables.length === 0) return [notApplicable("the account builds nothing here")];
    const { subnetId, securityGroupIds = [] } = networkOf(target) ?? {};
    return subnetId === undefined
      ? defaultVpc(target)
      : ownSubnet(target, subnetId, securityGroupIds);
  },
});

async function defaultVpc({ pages, at: { region } }: Target<NetworkCalls>): Promise<Observation[]> {
  const lists = await pages("ec2:DescribeVpcs", {
    Filters: [{ Name: "is-default", Values: ["true"] }],
  });
  if (lists.some(({ Vpcs = [] }) => Vpcs.length > 0)) return [];
  return [
    failed("there is no default VPC for build instances", {
      why: `set subnetId and securityGroupIds of ${region} in factory.yaml, or create one`,
      run: `aws ec2 create-default-vpc --region ${region}`,
    }),
  ];
}

async function ownSubnet(
  { read, at: { region } }: Target<NetworkCalls>,
  subnetId: string,
  groupIds: readonly string[],
): Promise<Observation[]> {
  const answer = await ifExists(
    read("ec2:DescribeSubnets", { SubnetIds: [subnetId] }),
    "InvalidSubnetID.NotFound",
  );
  const subnet = answer?.Subnets?.[0];
  if (subnet === undefined)
    return [
      failed(
        `the subnet ${subnetId} doesn't exist`,
        `correct subnetId of ${region} in factory.yaml`,
      ),
    ];
  const observations: Observation[] = [];
  if (subnet.AvailableIpAddressCount === 0)
    observations.push(
      failed(
        `the subnet ${subnetId} has no free IP address`,
        `name another subnet for ${region} in factory.yaml`,
      ),
    );
  for (const id of groupIds) {
    const groups = await ifExists(
      read("ec2:DescribeSecurityGroups", { GroupIds: [id] }),
      "InvalidGroup.NotFound",
      "InvalidGroupId.Malformed",
    );
    const group = groups?.SecurityGroups?.[0];
    const fix = `correct securityGroupIds of ${region} in factory.yaml`;
    if (group === undefined)
      observations.push(failed(`the security group ${id} doesn't exist`, fix));
    else if (group.VpcId !== subnet.VpcId)
      observations.push(
        failed(
          `the security group ${id} is in ${group.VpcId}, and the subnet ${subnetId} is in ${subnet.VpcId}`,
          fix,
        ),
      );
  }
  return observations;
}

export const instanceTypes = check({
  id: "instance-types",
  title: "The Region, or the subnet's Availability Zone, offers the instance types",
  scope: "region",
  calls: ["ec2:DescribeInstanceTypeOfferings", "ec2:DescribeSubnets"],
  async run(target) {
    const {
      buildables,
      read,
      pages,
      at: { region },
    } = target;
    if (buildables.length === 0) return [notApplicable("the account builds nothing here")];
    const { subnetId } = networkOf(target) ?? {};
    const subnet =
      subnetId &&
      (await ifExists(
        read("ec2:DescribeSubnets", { SubnetIds: [subnetId] }),
        "InvalidSubnetID.NotFound",
      ));
    const zone = subnet ? subnet.Subnets?.[0]?.AvailabilityZone : undefined;
    const lists = await pages("ec2:DescribeInstanceTypeOfferings", {
      LocationType: zone === undefined ? "region" : "availability-zone",
      Filters: [{ Name: "location", Values: [zone ?? region] }],
    });
    const offered = lists.flatMap(({ InstanceTypeOfferings = [] }) =>
      InstanceTypeOfferings.map(({ InstanceType }) => String(InstanceType)),
    );
    return buildables.flatMap(({ name, instanceTypes }): Observation[] => {
      const missing = instanceTypes.filter((type) => !offered.includes(type));
      if (missing.length === 0) return [];
      const message = `${name}: ${zone ?? region} doesn't offer ${missing.join(", ")}`;
      const fix =
        zone === undefined
          ? "correct instanceTypes in factory.yaml"
          : "correct instanceTypes in factory.yaml, or name a subnet in another Availability Zone";
      return [
        missing.length === instanceTypes.length ? failed(message, fix) : warning(message, fix),
      ];
    });
  },
});

type ResourceCalls =
  | "ec2:DescribeHosts"
  | "ec2:DescribeKeyPairs"
  | "ec2:DescribeLaunchTemplates"
  | "ec2:DescribeSnapshots";

export const namedResources = check({
  id: "ec2-resources",
  title: "Key pairs, launch templates, snapshots and Dedicated Hosts that factory.yaml names exist",
  scope: "region",
  inCopyRegions: true,
  calls: [
    "ec2:DescribeHosts",
    "ec2:DescribeKeyPairs",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribeSnapshots",
  ],
  async run(target) {
    const { region } = target.at;
    const resources = [
      ...target.buildables.flatMap((image) => buildResourcesOf(image, region)),
      ...target.account.images.flatMap((image) => launchTemplateOf(image, region)),
    ];
    if (resources.length === 0) return [notApplicable("factory.yaml names none")];
    return findEach(resources, async ({ at, id, find, error }) => {
      const found = await ifExists(find(target), ...error);
      if (found !== undefined && found.length > 0) return [];
      return [failed(`${at}: ${id} doesn't exist in ${region}`, "correct factory.yaml")];
    });
  },
});

/** A resource that factory.yaml names by its ID. */
interface NamedResource {
  readonly at: string;
  readonly id: string;
  readonly find: (target: Target<ResourceCalls>) => Promise<readonly object[] | undefined>;
  /** Names of the errors of EC2 for a resource that doesn't exist. */
  readonly error: readonly string[];
}

/** Returns a resource, or none if factory.yaml doesn't name one. */
function named(
  at: string,
  id: string | undefined,
  find: (target: Target<ResourceCalls>, id: string) => Promise<readonly object[] | undefined>,
  ...error: readonly string[]
): NamedResource[] {
  return id === undefined ? [] : [{ at, id, find: (target) => find(target, id), error }];
}

/** Returns what the build of an image or container in a Region uses. */
function buildResourcesOf(image: Buildable, region: string): NamedResource[] {
  const keyPair = named(
    `${image.name}: keyPair`,
    image.keyPair,
    async ({ read }, id) => (await read("ec2:DescribeKeyPairs", { KeyNames: [id] })).KeyPairs,
    "InvalidKeyPair.NotFound",
  );
  if (image.kind === "container") return keyPair;
  const host = image.dedicatedHosts[region];
  return [
    ...keyPair,
    ...named(
      `${image.name}: dedicatedHosts`,
      // The other form is the ARN of a host resource group.
      host?.startsWith("arn:") ? undefined : host,
      async ({ read }, id) => (await read("ec2:DescribeHosts", { HostIds: [id] })).Hosts,
      "InvalidHostID.NotFound",
    ),
    ...image.volumes.flatMap(({ snapshots }) =>
      named(
        `${image.name}: volumes`,
        snapshots?.[region],
        async ({ read }, id) =>
          (await read("ec2:DescribeSnapshots", { SnapshotIds: [id] })).Snapshots,
        "InvalidSnapshot.NotFound",
      ),
    ),
  ];
}

/** Returns the launch template that gets the AMI of an image, or its copy, in a Region. */
function launchTemplateOf({ name, launchTemplates }: Image, region: string): NamedResource[] {
  return named(
    `${name}: launchTemplates`,
    launchTemplates[region],
    async ({ read }, id) =>
      (await read("ec2:DescribeLaunchTemplates", { LaunchTemplateIds: [id] })).LaunchTemplates,
    "InvalidLaunchTemplateId.NotFound",
    "InvalidLaunchTemplateId.NotFoundException",
  );
}
