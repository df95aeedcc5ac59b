/** Faults of Regions and what instances need in them. */
import type { Raw } from "../../../../tools/fixtures/factory-file";
import { awsError } from "../../aws-error";
import { REGION } from "../fake-aws";
import { type Fault, missing } from "./fault";

/** Copies an image to a Region that builds nothing, where it updates a launch template. */
function copyImage(file: Raw): void {
  file.images.vendor.outputs = {
    copyToRegions: ["us-east-1"],
    launchTemplates: { "us-east-1": "lt-0fedcba9876543210" },
  };
}

export const NETWORK_FAULTS: readonly Fault[] = [
  {
    fault: "a Region that only gets copies isn't enabled",
    check: "region",
    file: copyImage,
    answers: {
      "ec2:DescribeRegions": ({ RegionNames: [name] = [] }) => ({
        Regions: [{ OptInStatus: name === "us-east-1" ? "not-opted-in" : "opted-in" }],
      }),
    },
    observations: [
      {
        result: "failed",
        message: "us-east-1 isn't enabled in the account",
        command: "aws account enable-region --region-name us-east-1",
      },
    ],
  },
  {
    fault: "a launch template of a Region that only gets copies doesn't exist",
    check: "ec2-resources",
    file: copyImage,
    answers: {
      "ec2:DescribeLaunchTemplates": (_, { region }) => {
        if (region === "us-east-1") throw awsError("InvalidLaunchTemplateId.NotFound");
        return { LaunchTemplates: [{}] };
      },
      "ec2:DescribeKeyPairs": (_, { region }) => {
        if (region === "us-east-1") throw awsError("InvalidKeyPair.NotFound");
        return { KeyPairs: [{}] };
      },
    },
    observations: [
      {
        result: "failed",
        message: "vendor: launchTemplates: lt-0fedcba9876543210 doesn't exist in us-east-1",
        fix: "correct factory.yaml",
      },
    ],
  },
  {
    fault: "a launch template of an image that another Region builds doesn't exist",
    check: "ec2-resources",
    account: "shared",
    file: (file) => {
      copyImage(file);
      file.sharedAccount.regions["us-east-1"] = {};
      for (const name of ["base", "vendor", "mac", "web", "partner"])
        file.images[name].regions = [REGION];
    },
    answers: {
      "ec2:DescribeLaunchTemplates": (_, { region }) => {
        if (region === "us-east-1") throw awsError("InvalidLaunchTemplateId.NotFound");
        return { LaunchTemplates: [{}] };
      },
    },
    observations: [
      {
        result: "failed",
        message: "vendor: launchTemplates: lt-0fedcba9876543210 doesn't exist in us-east-1",
        fix: "correct factory.yaml",
      },
    ],
  },
  {
    fault: "the Region isn't enabled",
    check: "region",
    answers: { "ec2:DescribeRegions": () => ({ Regions: [{ OptInStatus: "not-opted-in" }] }) },
    observations: [
      {
        result: "failed",
        message: "eu-west-1 isn't enabled in the account",
        command: "aws account enable-region --region-name eu-west-1",
      },
      {
        result: "failed",
        message: "eu-west-1 isn't enabled in the account",
        command: "aws account enable-region --region-name eu-west-1",
      },
    ],
  },
  {
    fault: "there is no default VPC",
    check: "network",
    account: "payments",
    answers: { "ec2:DescribeVpcs": () => ({ Vpcs: [] }) },
    observations: [
      {
        result: "failed",
        message: "there is no default VPC for build instances",
        fix: "set subnetId and securityGroupIds of eu-west-1 in factory.yaml, or create one",
        command: "aws ec2 create-default-vpc --region eu-west-1",
      },
    ],
  },
  {
    fault: "the subnet is full, and its security group is in another VPC",
    check: "network",
    answers: {
      "ec2:DescribeSubnets": () => ({
        Subnets: [{ VpcId: "vpc-2", AvailabilityZone: "eu-west-1a", AvailableIpAddressCount: 0 }],
      }),
    },
    observations: [
      {
        result: "failed",
        message: "the subnet subnet-0123456789abcdef0 has no free IP address",
        fix: "name another subnet for eu-west-1 in factory.yaml",
      },
      {
        result: "failed",
        message:
          "the security group sg-0123456789abcdef0 is in vpc-1, and the subnet subnet-0123456789abcdef0 is in vpc-2",
        fix: "correct securityGroupIds of eu-west-1 in factory.yaml",
      },
    ],
  },
  {
    fault: "the security group doesn't exist",
    check: "network",
    answers: missing("ec2:DescribeSecurityGroups", "InvalidGroup.NotFound"),
    observations: [
      {
        result: "failed",
        message: "the security group sg-0123456789abcdef0 doesn't exist",
        fix: "correct securityGroupIds of eu-west-1 in factory.yaml",
      },
    ],
  },
  {
    fault: "the Availability Zone of the subnet offers one of two instance types",
    check: "instance-types",
    file: (file) => {
      file.images.base.instanceTypes = ["t3.medium", "t3a.medium"];
    },
    answers: {
      "ec2:DescribeInstanceTypeOfferings": () => ({
        InstanceTypeOfferings: [{ InstanceType: "t3.medium" }],
      }),
    },
    observations: [
      {
        result: "warning",
        message: "base: eu-west-1a doesn't offer t3a.medium",
        fix: "correct instanceTypes in factory.yaml, or name a subnet in another Availability Zone",
      },
      {
        result: "failed",
        message: "mac: eu-west-1a doesn't offer mac2.metal",
        fix: "correct instanceTypes in factory.yaml, or name a subnet in another Availability Zone",
      },
    ],
  },
  {
    fault: "the Region doesn't offer the instance types",
    check: "instance-types",
    account: "payments",
    answers: { "ec2:DescribeInstanceTypeOfferings": () => ({}) },
    observations: [
      {
        result: "failed",
        message: "payments-web: eu-west-1 doesn't offer t3.medium",
        fix: "correct instanceTypes in factory.yaml",
      },
    ],
  },
  {
    fault: "EC2 answers with an empty list for a launch template",
    check: "ec2-resources",
    account: "shared",
    answers: { "ec2:DescribeLaunchTemplates": () => ({ LaunchTemplates: [] }) },
    observations: [
      {
        result: "failed",
        message: "base: launchTemplates: lt-0123456789abcdef0 doesn't exist in eu-west-1",
        fix: "correct factory.yaml",
      },
    ],
  },
  {
    fault: "key pair, launch template, snapshot and host don't exist",
    check: "ec2-resources",
    answers: {
      ...missing("ec2:DescribeKeyPairs", "InvalidKeyPair.NotFound"),
      ...missing("ec2:DescribeLaunchTemplates", "InvalidLaunchTemplateId.NotFound"),
      ...missing("ec2:DescribeSnapshots", "InvalidSnapshot.NotFound"),
      ...missing("ec2:DescribeHosts", "InvalidHostID.NotFound"),
    },
    observations: [
      {
        result: "failed",
        message: "base: keyPair: debugging doesn't exist in eu-west-1",
        fix: "correct factory.yaml",
      },
      {
        result: "failed",
        message: "vendor: volumes: snap-0123456789abcdef0 doesn't exist in eu-west-1",
        fix: "correct factory.yaml",
      },
      {
        result: "failed",
        message: "mac: dedicatedHosts: h-0123456789abcdef0 doesn't exist in eu-west-1",
        fix: "correct factory.yaml",
      },
      {
        result: "failed",
        message: "base: launchTemplates: lt-0123456789abcdef0 doesn't exist in eu-west-1",
        fix: "correct factory.yaml",
      },
    ],
  },
];
