/** Faults of parents and components. */
import { REGION } from "../fake-aws";
import { type Fault, missing } from "./fault";

export const PARENTS_FAULTS: readonly Fault[] = [
  {
    fault: "a parent doesn't exist, although a component of another account can't be read",
    check: "arns",
    account: "shared",
    answers: {
      ...missing("imagebuilder:GetImage", "ResourceNotFoundException"),
      ...missing("imagebuilder:GetComponent", "AccessDeniedException"),
    },
    observations: [
      { result: "not-allowed", message: "AccessDeniedException: AccessDeniedException." },
      {
        result: "failed",
        message:
          "arn:aws:imagebuilder:eu-west-1:666666666666:image/company-linux/2.x.x doesn't exist, or isn't shared with the account",
        fix: "correct factory.yaml, or share it with the account in this Region",
      },
    ],
  },
  {
    fault: "names and versions don't exist, and a component is for another system",
    check: "managed-names",
    file: (file) => {
      file.images.base.parent = { awsManaged: "amazon-linux-2023-x86", version: "2025.x.x" };
      file.images.base.components[0] = { awsManaged: "update-linus" };
      file.images.web.components = [
        { awsManaged: "xcode" },
        { awsManaged: "install-everything-there-is" },
      ];
    },
    observations: [
      {
        result: "failed",
        message:
          "base: parent.awsManaged: 'amazon-linux-2023-x86' has no version 2025.x.x in eu-west-1: the newest is 2026.11.1",
        fix: "correct factory.yaml",
      },
      {
        result: "failed",
        message:
          "base: components[0].awsManaged: 'update-linus' isn't an AWS-managed component in eu-west-1, did you mean 'update-linux'?",
        fix: "correct factory.yaml",
      },
      {
        result: "failed",
        message: "web: components[0].awsManaged: 'xcode' is for macOS, and the parent is for Linux",
        fix: "correct factory.yaml",
      },
      {
        result: "failed",
        message:
          "web: components[1].awsManaged: 'install-everything-there-is' isn't an AWS-managed component in eu-west-1: list them with `aws imagebuilder list-components --owner Amazon --region eu-west-1`",
        fix: "correct factory.yaml",
      },
    ],
  },
  {
    fault: "components don't support the parent's operating system",
    check: "managed-names",
    file: (file) => {
      file.images.base.components[1].supportedOsVersions = ["Amazon Linux 2"];
    },
    answers: {
      "imagebuilder:ListComponents": () => ({
        componentVersionList: [
          ["update-linux", ["Ubuntu 22"]],
          ["reboot-linux", ["Amazon Linux"]],
          ["amazon-corretto-21-headless", []],
          ["apache-tomcat-9-linux", []],
          ["xcode", []],
        ].map(([name, supportedOsVersions]) => ({
          arn: `arn:aws:imagebuilder:${REGION}:aws:component/${name}/1.0.0`,
          supportedOsVersions,
        })),
      }),
    },
    observations: [
      {
        result: "failed",
        message:
          "base: components[0].awsManaged: 'update-linux' supports Ubuntu 22, and the parent is Amazon Linux 2023",
        fix: "correct factory.yaml",
      },
      {
        result: "warning",
        message:
          "base: components[1].supportedOsVersions: 'agent' supports Amazon Linux 2, and the parent is Amazon Linux 2023",
        fix: "correct factory.yaml",
      },
    ],
  },
  {
    fault: "a parent and a component by ARN can't be read",
    check: "arns",
    answers: {
      ...missing("imagebuilder:GetImage", "ResourceNotFoundException"),
      ...missing("imagebuilder:GetComponent", "ResourceNotFoundException"),
    },
    observations: [
      {
        result: "failed",
        message:
          "arn:aws:imagebuilder:eu-west-1:666666666666:component/agent/1.x.x doesn't exist, or isn't shared with the account",
        fix: "correct factory.yaml, or share it with the account in this Region",
      },
      {
        result: "failed",
        message:
          "arn:aws:imagebuilder:eu-west-1:666666666666:image/company-linux/2.x.x doesn't exist, or isn't shared with the account",
        fix: "correct factory.yaml, or share it with the account in this Region",
      },
    ],
  },
  {
    fault: "a golden parent isn't shared",
    check: "golden-parents",
    answers: missing("imagebuilder:GetImage", "ResourceNotFoundException"),
    observations: [
      {
        result: "warning",
        message:
          "no build of base is shared with the account yet, so Image Builder rejects recipes that are based on it",
        fix: "build base; the command explains what the account gets",
        command: "npx --no factory explain base --account 222222222222",
      },
    ],
  },
  {
    fault: "an AMI has another root device and another architecture",
    check: "amis",
    answers: {
      "ec2:DescribeImages": () => ({
        Images: [{ State: "available", RootDeviceName: "/dev/sda1", Architecture: "arm64" }],
      }),
    },
    observations: [
      {
        result: "failed",
        message:
          "vendor: parent: the root device of ami-0123456789abcdef0 is /dev/sda1, not /dev/xvda, so the root volume wouldn't be encrypted with the image key",
        fix: "set rootVolume.device to /dev/sda1 in factory.yaml",
      },
      {
        result: "failed",
        message:
          "vendor: parent: ami-0123456789abcdef0 is for arm64, and these instance types aren't: t3.medium",
        fix: "correct instanceTypes in factory.yaml",
      },
      {
        result: "failed",
        message:
          "runtime: hostAmi: the root device of ami-0fedcba9876543210 is /dev/sda1, not /dev/xvda, so the root volume wouldn't be encrypted with the image key",
        fix: "set hostVolume.device to /dev/sda1 in factory.yaml",
      },
    ],
  },
  {
    fault: "an AMI is disabled, and an SSM parameter doesn't exist",
    check: "amis",
    answers: {
      "ec2:DescribeImages": () => ({ Images: [{ State: "disabled" }] }),
      "ssm:GetParameters": () => ({ InvalidParameters: ["/agents/host"] }),
    },
    observations: [
      {
        result: "failed",
        message: "vendor: parent: the account can't use the AMI ami-0123456789abcdef0: disabled",
        fix: "name an AMI that the account can launch in this Region",
      },
      {
        result: "failed",
        message: "runtime: hostAmi: the SSM parameter /agents/host doesn't exist",
        fix: "create the parameter in this account and Region, or correct factory.yaml",
      },
    ],
  },
  {
    fault: "an AMI doesn't exist",
    check: "amis",
    answers: missing("ec2:DescribeImages", "InvalidAMIID.NotFound"),
    observations: [
      {
        result: "failed",
        message: "vendor: parent: the account can't use the AMI ami-0123456789abcdef0: not found",
        fix: "name an AMI that the account can launch in this Region",
      },
      {
        result: "failed",
        message: "runtime: hostAmi: the account can't use the AMI ami-0fedcba9876543210: not found",
        fix: "name an AMI that the account can launch in this Region",
      },
    ],
  },
];
