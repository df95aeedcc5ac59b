/** Faults of Regions and what instances need in them. */
import { type Fault, missing } from "./fault";

export const NETWORK_FAULTS: readonly Fault[] = [
  {
    fault: "the Region isn't enabled",
    check: "region",
    answers: { "ec2:DescribeRegions": () => ({ Regions: [{ OptInStatus: "not-opted-in" }] }) },
    findings: [
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
    findings: [
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
    findings: [
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
    findings: [
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
    findings: [
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
    findings: [
      {
        result: "failed",
        message: "payments-web: eu-west-1 doesn't offer t3.medium",
        fix: "correct instanceTypes in factory.yaml",
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
    findings: [
      {
        result: "failed",
        message: "base: keyPair: debugging doesn't exist in eu-west-1",
        fix: "correct factory.yaml",
      },
      {
        result: "failed",
        message: "base: launchTemplates: lt-0123456789abcdef0 doesn't exist in eu-west-1",
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
    ],
  },
];
