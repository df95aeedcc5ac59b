import type { Finding } from "../../../cli/proof/check";
import { CHECKS } from "../../../cli/proof/checks";
import { type Action, OPERATIONS } from "../../../cli/proof/operations";
import { type Report, renderReport } from "../../../cli/proof/report";
import type { Raw } from "../../../tools/fixtures/factory-file";
import {
  awsError,
  everything,
  FakeAws,
  NOTHING_DEPLOYED,
  PAYMENTS,
  REGION,
  roleTrusting,
  SHARED,
  UNIT,
} from "./fake-aws";

const aws = new FakeAws();
const environment = { ...process.env };

beforeEach(() => aws.reset());
afterAll(() => {
  process.env = environment;
  aws.remove();
});

/** Returns the findings of a check that need attention. */
function findingsOf({ checks }: Report, id: string, account?: string): Finding[] {
  return checks
    .filter((one) => one.id === id && (account === undefined || one.account === account))
    .flatMap(({ findings }) => findings)
    .filter(({ result }) => result !== "not-applicable");
}

describe("factory doctor", () => {
  test("prints the checks that are ok by account and Region, and exits with 0", async () => {
    const { text, exitCode } = await aws.doctor();
    expect(exitCode).toBe(0);
    expect(text).toBe(`organization
  ok: ram-trusted-access, audiences

shared (111111111111), current credentials
  ok: organization, service-linked-roles, state-bucket
  not applicable: deploy-role

shared (111111111111) in eu-west-1
  ok: region, network, instance-types, ec2-resources, managed-names, arns, amis, quotas, lambda-concurrency, inspector, image-key, pipelines, subscriptions, shares, alarms, dead-letter-queue, leftovers
  not applicable: ami-scans, evidence-key

payments (222222222222), role admin/terraform
  ok: organization, service-linked-roles, deploy-role, state-bucket, fleet-role

payments (222222222222) in eu-west-1
  ok: region, network, instance-types, managed-names, golden-parents, quotas, image-key, pipelines, alarms, dead-letter-queue, leftovers
  not applicable: ec2-resources, arns, amis, inspector, subscriptions

38 ok, 8 not applicable`);
  });

  test("is fine before the first deployment", async () => {
    aws.on(NOTHING_DEPLOYED);
    const { text, exitCode } = await aws.doctor();
    expect(exitCode).toBe(0);
    expect(text).toBe(`organization
  ok: ram-trusted-access, audiences

shared (111111111111), current credentials
  ok: organization
  not applicable: service-linked-roles, deploy-role, state-bucket

shared (111111111111) in eu-west-1
  ok: region, network, instance-types, ec2-resources, managed-names, arns, amis, quotas, lambda-concurrency, inspector, leftovers
  not applicable: ami-scans, image-key, evidence-key, pipelines, subscriptions, shares, alarms, dead-letter-queue

payments (222222222222), role admin/terraform
  ok: organization, deploy-role
  not applicable: service-linked-roles, state-bucket, fleet-role

payments (222222222222) in eu-west-1
  warning: golden-parents
    no build of base is shared with the account yet, so Image Builder rejects recipes that are based on it
      fix: build base; the command explains what the account gets
      npx --no factory explain base --account 222222222222
  ok: region, network, instance-types, managed-names, quotas, leftovers
  not applicable: ec2-resources, arns, amis, inspector, image-key, pipelines, subscriptions, alarms, dead-letter-queue

1 warning, 22 ok, 23 not applicable`);
  });

  test("prints failures, warnings and what it may not look at first, and exits with 2", async () => {
    aws.deny("organizations:ListAWSServiceAccessForOrganization");
    aws.deny("organizations:DescribeOrganizationalUnit");
    aws.deny("servicequotas:ListAWSDefaultServiceQuotas");
    aws.on({
      "ec2:DescribeSubnets": () => {
        throw awsError("InvalidSubnetID.NotFound");
      },
      "ec2:DescribeInstances": () => ({
        Reservations: [{ Instances: [{ InstanceId: "i-0123456789abcdef0" }] }],
      }),
    });
    const { text, data, exitCode } = await aws.doctor({ account: ["shared"] });
    expect(exitCode).toBe(2);
    expect(text).toBe(renderReport(data as Report, Number.POSITIVE_INFINITY));
    expect(renderReport(data as Report, 80)).toBe(`shared (111111111111), current credentials
  ok: organization, service-linked-roles, state-bucket
  not applicable: deploy-role

shared (111111111111) in eu-west-1
  failed: network
    the subnet subnet-0123456789abcdef0 doesn't exist
      fix: correct subnetId of eu-west-1 in factory.yaml
  warning: leftovers
    \`npx --no factory prove\` left instances running: i-0123456789abcdef0
      fix: aws ec2 terminate-instances --instance-ids i-0123456789abcdef0 --region eu-west-1
  not allowed to look: quotas
    AccessDeniedException: not authorized to perform:
      servicequotas:ListAWSDefaultServiceQuotas
  ok: region, instance-types, ec2-resources, managed-names, arns, amis,
    lambda-concurrency, inspector, image-key, pipelines, subscriptions, shares,
    alarms, dead-letter-queue
  not applicable: ami-scans, evidence-key

1 failed, 1 warning, 1 not allowed to look, 17 ok, 3 not applicable`);
  });

  test("prints a documented shape with --json", async () => {
    aws.deny("ec2:DescribeRegions");
    const { counts, result, accounts, checks } = await aws.report({ account: ["payments"] });
    expect({ counts, result, accounts }).toEqual({
      result: "not-allowed",
      counts: { failed: 0, warning: 0, "not-allowed": 1, ok: 15, "not-applicable": 5 },
      accounts: [{ name: "payments", id: PAYMENTS, credentials: "role admin/terraform" }],
    });
    expect(checks.filter(({ id }) => ["organization", "region", "amis"].includes(id))).toEqual([
      {
        id: "organization",
        title: "The account is in the organization of factory.yaml, which has all features enabled",
        account: "payments",
        result: "ok",
        findings: [],
      },
      {
        id: "region",
        title: "The Region is enabled in the account",
        account: "payments",
        region: REGION,
        result: "not-allowed",
        findings: [
          {
            result: "not-allowed",
            message: "AccessDeniedException: not authorized to perform: ec2:DescribeRegions",
          },
        ],
      },
      {
        id: "amis",
        title:
          "AMIs that factory.yaml names, by ID or SSM parameter, exist and fit the image's root device and instance types",
        account: "payments",
        region: REGION,
        result: "not-applicable",
        findings: [
          {
            result: "not-applicable",
            message: "factory.yaml names no AMI and no SSM parameter",
          },
        ],
      },
    ]);
  });

  test.each(Object.keys(OPERATIONS) as Action[])(
    "isn't allowed to look, and doesn't fail, if %s is denied",
    async (action) => {
      if (action === "ec2:DescribeVpcs")
        aws.reset(
          changed((file) => {
            file.sharedAccount.regions[REGION] = {};
          }),
        );
      aws.deny(action);
      const { checks, result } = await aws.report();
      const denied = checks.filter((one) => one.result === "not-allowed");
      expect(result).toBe("not-allowed");
      expect(denied.flatMap(({ findings }) => findings.map(({ message }) => message))).toEqual(
        denied.map(() => `AccessDeniedException: not authorized to perform: ${action}`),
      );
      const ids = new Set(denied.map(({ id }) => id));
      const declared = CHECKS.filter(({ calls }) => calls.includes(action)).map(({ id }) => id);
      expect(declared).toEqual(expect.arrayContaining([...ids]));
    },
  );

  test("distinguishes a state bucket of another account from one that doesn't exist", async () => {
    aws.on({
      "s3:ListBucket": () => {
        throw awsError("403", "UnknownError", 403);
      },
    });
    const { checks } = await aws.report({ account: ["shared"] });
    expect(checks.find(({ id }) => id === "state-bucket")?.findings).toEqual([
      {
        result: "not-allowed",
        message:
          "S3 denies access to acme-tfstate-111111111111: the credentials lack s3:ListBucket, or another account owns the bucket",
      },
    ]);
  });

  test("calls only what the checks declare, in the account and Region of each check", async () => {
    await aws.doctor();
    const declared = CHECKS.flatMap(({ calls }) => calls);
    const called = aws.calls.map((call) => call.split(" ")[2]);
    expect(declared).toEqual(expect.arrayContaining(called));
    expect(aws.calls).toContain(`${PAYMENTS} ${REGION} ec2:DescribeVpcs`);
    expect(aws.calls).toContain(`${SHARED} ${REGION} ec2:DescribeSubnets`);
  });

  test("makes equal calls of an account once", async () => {
    await aws.doctor({ account: ["shared"] });
    expect(aws.calls.filter((call) => call.endsWith("ec2:DescribeSubnets"))).toHaveLength(1);
  });
});

/** Returns a changed factory file. */
function changed(change: (file: Raw) => void): Raw {
  const file = everything();
  change(file);
  return file;
}

/** A fault, and what the check finds. */
interface Fault {
  readonly fault: string;
  readonly check: string;
  readonly answers?: Parameters<FakeAws["on"]>[0];
  readonly file?: (file: Raw) => void;
  readonly account?: string;
  readonly findings: readonly Finding[];
}

function limitFindings(file: Raw): void {
  file.images.base.share.channels.canary.findings = { maxSeverity: "high" };
}

function storeEvidence(file: Raw): void {
  file.sharedAccount.evidence = true;
}

function missing(action: Action, error: string) {
  return {
    [action]: () => {
      throw awsError(error);
    },
  };
}

const PROVE_ARN = `arn:aws:imagebuilder:${REGION}:${SHARED}`;

const FAULTS: readonly Fault[] = [
  {
    fault: "RAM's trusted access is off",
    check: "ram-trusted-access",
    answers: {
      "organizations:ListAWSServiceAccessForOrganization": () => ({
        EnabledServicePrincipals: [{ ServicePrincipal: "sso.amazonaws.com" }],
      }),
    },
    findings: [
      {
        result: "failed",
        message:
          "sharing with the organization is off, so RAM rejects every share or sends invitations",
        fix: "use the management account",
        command: "aws ram enable-sharing-with-aws-organization",
      },
    ],
  },
  {
    fault: "an OU doesn't exist",
    check: "audiences",
    answers: missing(
      "organizations:DescribeOrganizationalUnit",
      "OrganizationalUnitNotFoundException",
    ),
    findings: [
      {
        result: "failed",
        message: "base/canary: the organization has no OU ou-abcd-11111111",
        fix: "correct principals.organizationalUnits in factory.yaml",
      },
    ],
  },
  {
    fault: "an account isn't in the organization",
    check: "audiences",
    answers: missing("organizations:DescribeAccount", "AccountNotFoundException"),
    findings: [
      {
        result: "failed",
        message: "base/partner: the account 333333333333 isn't in the organization",
        fix: "correct principals.accounts in factory.yaml, or add the account to the organization",
      },
    ],
  },
  {
    fault: "an app account isn't in the organization",
    check: "audiences",
    answers: missing("organizations:ListParents", "ChildNotFoundException"),
    findings: [
      {
        result: "failed",
        message: "the app account payments (222222222222) isn't in the organization",
        fix: "correct its id in factory.yaml, or add the account to the organization",
      },
    ],
  },
  {
    fault: "an app account is in no audience",
    check: "audiences",
    answers: {
      "organizations:ListParents": () => ({ Parents: [{ Type: "ROOT", Id: "r-abcd" }] }),
    },
    findings: [
      {
        result: "failed",
        message:
          "no channel of base has the app account payments (222222222222) in its audience, so its images that are based on base can't be built",
        fix: "add the account, or one of its OUs (none), to a channel of base",
      },
    ],
  },
  {
    fault: "the account is in no organization",
    check: "organization",
    answers: missing("organizations:DescribeOrganization", "AWSOrganizationsNotInUseException"),
    findings: [
      {
        result: "failed",
        message: "the account isn't in an organization",
        fix: "add the account to the organization o-abcdefghij",
      },
      {
        result: "failed",
        message: "the account isn't in an organization",
        fix: "add the account to the organization o-abcdefghij",
      },
    ],
  },
  {
    fault: "the account is in another organization, which only shares its bill",
    check: "organization",
    answers: {
      "organizations:DescribeOrganization": () => ({
        Organization: {
          Id: "o-zzzzzzzzzz",
          MasterAccountId: "888888888888",
          FeatureSet: "CONSOLIDATED_BILLING",
        },
      }),
    },
    findings: [
      {
        result: "failed",
        message:
          "the account is in the organization o-zzzzzzzzzz, and organization.id is o-abcdefghij",
        fix: "correct organization.id in factory.yaml, or use the account of the other organization",
      },
      {
        result: "failed",
        message:
          "the management account is 888888888888, and organization.managementAccountId is 999999999999",
        fix: "correct organization.managementAccountId in factory.yaml",
      },
      {
        result: "warning",
        message:
          "the organization has only consolidated billing, so RAM can't share with OUs or the organization",
        fix: "enable all features: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_org_support-all-features.html",
      },
      {
        result: "failed",
        message:
          "the account is in the organization o-zzzzzzzzzz, and organization.id is o-abcdefghij",
        fix: "correct organization.id in factory.yaml, or use the account of the other organization",
      },
      {
        result: "failed",
        message:
          "the management account is 888888888888, and organization.managementAccountId is 999999999999",
        fix: "correct organization.managementAccountId in factory.yaml",
      },
      {
        result: "warning",
        message:
          "the organization has only consolidated billing, so RAM can't share with OUs or the organization",
        fix: "enable all features: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_org_support-all-features.html",
      },
    ],
  },
  {
    fault: "the role of Auto Scaling is missing",
    check: "service-linked-roles",
    account: "payments",
    answers: missing("iam:GetRole", "NoSuchEntityException"),
    findings: [
      {
        result: "failed",
        message:
          "AWSServiceRoleForAutoScaling doesn't exist, so KMS rejects the grant for autoScaling: true",
        command: "aws iam create-service-linked-role --aws-service-name autoscaling.amazonaws.com",
      },
    ],
  },
  {
    fault: "the fleet role trusts other principals than the operators",
    check: "fleet-role",
    account: "payments",
    answers: {
      "iam:GetRole": () => roleTrusting("AIDAEXAMPLE", "arn:aws:iam::111111111111:role/others"),
    },
    findings: [
      {
        result: "failed",
        message: "arn:aws:iam::111111111111:role/operators can't assume golden-image-factory-fleet",
        fix: "apply the stack payments-eu-west-1",
      },
      {
        result: "failed",
        message:
          "golden-image-factory-fleet trusts AIDAEXAMPLE, which isn't in sharedAccount.operators or was deleted",
        fix: "apply the stack payments-eu-west-1",
      },
      {
        result: "failed",
        message:
          "golden-image-factory-fleet trusts arn:aws:iam::111111111111:role/others, which isn't in sharedAccount.operators or was deleted",
        fix: "apply the stack payments-eu-west-1",
      },
    ],
  },
  {
    fault: "it may not look at the fleet role",
    check: "fleet-role",
    account: "payments",
    answers: {
      "iam:GetRole": () => {
        throw awsError("AccessDenied", "not authorized to perform: iam:GetRole", 403);
      },
    },
    findings: [
      { result: "not-allowed", message: "AccessDenied: not authorized to perform: iam:GetRole" },
    ],
  },
  {
    fault: "deployRole doesn't exist",
    check: "deploy-role",
    account: "payments",
    answers: missing("iam:GetRole", "NoSuchEntityException"),
    findings: [
      {
        result: "failed",
        message: "the role admin/terraform doesn't exist",
        fix: "create it with the permissions of docs/reference/permissions.md, or correct deployRole in factory.yaml",
      },
    ],
  },
  {
    fault: "the state bucket is in another Region and keeps no versions",
    check: "state-bucket",
    answers: {
      "s3:ListBucket": () => ({ BucketRegion: "us-east-1" }),
      "s3:GetBucketVersioning": () => ({}),
    },
    findings: [
      {
        result: "failed",
        message: "acme-tfstate-111111111111 is in us-east-1, and state.region is eu-west-1",
        fix: "correct state.region in factory.yaml",
      },
      {
        result: "failed",
        message:
          "acme-tfstate-111111111111 keeps no versions, so a damaged state can't be restored",
        fix: "apply the stack state-shared, or use the command",
        command:
          "aws s3api put-bucket-versioning --bucket acme-tfstate-111111111111 --versioning-configuration Status=Enabled",
      },
      {
        result: "failed",
        message: "acme-tfstate-222222222222 is in us-east-1, and state.region is eu-west-1",
        fix: "correct state.region in factory.yaml",
      },
      {
        result: "failed",
        message:
          "acme-tfstate-222222222222 keeps no versions, so a damaged state can't be restored",
        fix: "apply the stack state-payments, or use the command",
        command:
          "aws s3api put-bucket-versioning --bucket acme-tfstate-222222222222 --versioning-configuration Status=Enabled",
      },
    ],
  },
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
    findings: [
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
    findings: [
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
    findings: [
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
    findings: [
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
    findings: [
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
    findings: [
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
    findings: [
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
  {
    fault: "a quota is too low and another nearly used up",
    check: "quotas",
    account: "shared",
    answers: {
      "servicequotas:ListAWSDefaultServiceQuotas": ({ ServiceCode }) => ({
        Quotas:
          ServiceCode === "ram"
            ? [{ QuotaCode: "L-595828F9", Value: 2 }]
            : [{ QuotaCode: "L-7A0E01E3", Value: 75 }],
      }),
      "servicequotas:ListServiceQuotas": ({ ServiceCode }) => ({
        Quotas: ServiceCode === "ram" ? [] : [{ QuotaCode: "L-7A0E01E3", Value: 3 }],
      }),
    },
    findings: [
      {
        result: "failed",
        message: "Image pipelines: the factory needs 6, and the quota is 3",
        command:
          "aws service-quotas request-service-quota-increase --service-code imagebuilder --quota-code L-7A0E01E3 --desired-value 12 --region eu-west-1",
      },
      {
        result: "warning",
        message: "Number of resource shares: the factory needs 2 of the quota of 2",
        command:
          "aws service-quotas request-service-quota-increase --service-code ram --quota-code L-595828F9 --desired-value 4 --region eu-west-1",
      },
    ],
  },
  {
    fault: "few functions can run at the same time",
    check: "lambda-concurrency",
    answers: {
      "lambda:GetAccountSettings": () => ({ AccountLimit: { UnreservedConcurrentExecutions: 2 } }),
    },
    findings: [
      {
        result: "warning",
        message:
          "functions without reserved concurrency can run 2 times at the same time, and updater.concurrency is 5",
        fix: "lower updater.concurrency, or request a higher quota",
        command:
          "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000 --region eu-west-1",
      },
    ],
  },
  {
    fault: "Inspector is off for EC2",
    check: "inspector",
    answers: {
      "inspector2:BatchGetAccountStatus": () => ({
        accounts: [{ resourceState: { ec2: { status: "DISABLED" }, ecr: { status: "ENABLED" } } }],
      }),
    },
    findings: [
      {
        result: "failed",
        message: "Inspector's EC2 scanning is DISABLED, and scan: true of base needs it",
        command: "aws inspector2 enable --resource-types EC2 --region eu-west-1",
      },
    ],
  },
  {
    fault: "Inspector is off, and a channel has findings",
    check: "inspector",
    file: limitFindings,
    answers: {
      "inspector2:BatchGetAccountStatus": () => ({
        accounts: [{ state: { status: "DISABLED" } }],
      }),
    },
    findings: [
      {
        result: "failed",
        message: "Inspector is DISABLED, and findings of base need it",
        fix: "enable Amazon Inspector and its scans of AMIs, as the organization's delegated administrator",
      },
    ],
  },
  {
    fault: "Inspector has scanned no AMI of an image in which a channel has findings",
    check: "ami-scans",
    file: limitFindings,
    answers: {
      "ec2:DescribeImages": ({ Filters: [filter] = [] }) =>
        filter?.Name === "tag:golden-image:image"
          ? {
              Images: [
                {
                  CreationDate: "2026-01-02T03:04:05.000Z",
                  Tags: [{ Key: "golden-image:image", Value: "base" }],
                },
              ],
            }
          : {},
    },
    findings: [
      {
        result: "failed",
        message:
          "base: Amazon Inspector has scanned no AMI, so its channels with findings share no new build",
        fix: "see docs/guides/findings.md#what-you-need",
      },
    ],
  },
  {
    fault: "the key that signs evidence is disabled",
    check: "evidence-key",
    file: storeEvidence,
    answers: {
      "kms:DescribeKey": ({ KeyId }) => ({
        KeyMetadata: {
          KeyId: "1234",
          KeyState: KeyId?.endsWith("evidence") ? "Disabled" : "Enabled",
        },
      }),
    },
    findings: [
      {
        result: "failed",
        message: "the key 1234 is Disabled, so new builds get no signed statement",
        command: "aws kms enable-key --key-id 1234 --region eu-west-1",
      },
    ],
  },
  {
    fault: "the image key is about to be deleted",
    check: "image-key",
    account: "shared",
    answers: {
      "kms:DescribeKey": () => ({ KeyMetadata: { KeyId: "1234", KeyState: "PendingDeletion" } }),
    },
    findings: [
      {
        result: "failed",
        message: "the key 1234 is PendingDeletion, so images can't be built or launched",
        command: "aws kms cancel-key-deletion --key-id 1234 --region eu-west-1",
      },
    ],
  },
  {
    fault: "the material of the image key is missing",
    check: "image-key",
    account: "shared",
    answers: {
      "kms:DescribeKey": () => ({ KeyMetadata: { KeyId: "1234", KeyState: "Unavailable" } }),
    },
    findings: [
      {
        result: "failed",
        message: "the key 1234 is Unavailable, so images can't be built or launched",
        fix: "see docs/guides/teardown-and-recovery.md",
      },
    ],
  },
  {
    fault: "a pipeline is disabled after failures, and another isn't deployed",
    check: "pipelines",
    account: "shared",
    answers: {
      "imagebuilder:ListImagePipelines": () => ({
        imagePipelineList: [
          { name: "base", status: "DISABLED", consecutiveFailures: 5 },
          { name: "vendor", status: "DISABLED" },
          ...["mac", "partner", "runtime"].map((name) => ({ name, status: "ENABLED" })),
        ],
      }),
    },
    findings: [
      {
        result: "failed",
        message: "base: the pipeline is disabled, after 5 failed builds",
        fix: "fix the build (see docs/guides/operations.md#a-build-failed), and apply the stack again",
      },
      {
        result: "warning",
        message: "web: not deployed yet",
        fix: "apply the stack that builds web in eu-west-1",
      },
      {
        result: "failed",
        message: "vendor: the pipeline is disabled",
        fix: "fix the build (see docs/guides/operations.md#a-build-failed), and apply the stack again",
      },
    ],
  },
  {
    fault: "an e-mail address isn't confirmed",
    check: "subscriptions",
    answers: {
      "sns:ListSubscriptionsByTopic": () => ({
        Subscriptions: [{ Endpoint: "ops@example.com", SubscriptionArn: "PendingConfirmation" }],
      }),
    },
    findings: [
      {
        result: "failed",
        message: "ops@example.com hasn't confirmed the subscription, so it gets no notification",
        fix: 'open the link in the mail "AWS Notification - Subscription Confirmation". The command sends it again',
        command:
          "aws sns subscribe --topic-arn arn:aws:sns:eu-west-1:111111111111:golden-image-factory-notifications --protocol email --notification-endpoint ops@example.com --region eu-west-1",
      },
    ],
  },
  {
    fault: "an e-mail address for release notes isn't confirmed",
    check: "subscriptions",
    file: (file) => {
      delete file.sharedAccount.notify;
      file.sharedAccount.notes = { emails: ["releases@example.com"] };
    },
    answers: {
      "sns:ListSubscriptionsByTopic": () => ({
        Subscriptions: [
          { Endpoint: "releases@example.com", SubscriptionArn: "PendingConfirmation" },
        ],
      }),
    },
    findings: [
      {
        result: "failed",
        message:
          "releases@example.com hasn't confirmed the subscription, so it gets no release notes",
        fix: 'open the link in the mail "AWS Notification - Subscription Confirmation". The command sends it again',
        command:
          "aws sns subscribe --topic-arn arn:aws:sns:eu-west-1:111111111111:golden-image-factory-notes --protocol email --notification-endpoint releases@example.com --region eu-west-1",
      },
    ],
  },
  {
    fault: "an e-mail address isn't subscribed",
    check: "subscriptions",
    answers: { "sns:ListSubscriptionsByTopic": () => ({}) },
    findings: [
      {
        result: "warning",
        message: "ops@example.com isn't subscribed",
        fix: "apply the stack again",
      },
    ],
  },
  {
    fault: "a share isn't active, and another isn't deployed",
    check: "shares",
    answers: {
      "ram:GetResourceShares": () => ({
        resourceShares: [
          { name: "golden-image-base--canary", status: "DELETED" },
          { name: "golden-image-base--partner", status: "FAILED" },
        ],
      }),
    },
    findings: [
      {
        result: "warning",
        message: "golden-image-base--canary: not deployed yet",
        fix: "apply the stack of base in eu-west-1",
      },
      {
        result: "failed",
        message: "golden-image-base--partner: the share is FAILED",
        fix: "see docs/guides/operations.md",
      },
    ],
  },
  {
    fault: "principals and a build couldn't be added to a share",
    check: "shares",
    answers: {
      "ram:GetResourceShareAssociations": ({ associationType, resourceShareArns: [arn] = [] }) => {
        const isCanary = arn?.endsWith("canary");
        if (associationType === "RESOURCE")
          return {
            resourceShareAssociations: isCanary
              ? [{ associatedEntity: "arn:build", status: "FAILED" }]
              : [],
          };
        return {
          resourceShareAssociations: isCanary
            ? [
                {
                  associatedEntity: `arn:aws:organizations::999999999999:ou/o-abcdefghij/${UNIT}`,
                  status: "FAILED",
                  statusMessage: "Organization could not be found",
                },
              ]
            : [{ associatedEntity: "333333333333", status: "ASSOCIATING" }],
        };
      },
    },
    findings: [
      {
        result: "failed",
        message:
          "golden-image-base--canary: RAM couldn't add arn:aws:organizations::999999999999:ou/o-abcdefghij/ou-abcd-11111111: Organization could not be found",
        fix: "use the management account, and then apply the stack again",
        command: "aws ram enable-sharing-with-aws-organization",
      },
      {
        result: "failed",
        message: "golden-image-base--canary: RAM couldn't add arn:build",
        command: "npx --no factory update base --region eu-west-1",
      },
      {
        result: "warning",
        message: "golden-image-base--partner: 333333333333 is ASSOCIATING",
        fix: "run this command again in a minute",
      },
    ],
  },
  {
    fault: "a principal is missing in a share",
    check: "shares",
    answers: { "ram:GetResourceShareAssociations": () => ({}) },
    findings: [
      {
        result: "warning",
        message:
          "golden-image-base--canary: arn:aws:organizations::999999999999:ou/o-abcdefghij/ou-abcd-11111111 isn't a principal of the share",
        fix: "apply the stack again",
      },
      {
        result: "warning",
        message: "golden-image-base--partner: 333333333333 isn't a principal of the share",
        fix: "apply the stack again",
      },
    ],
  },
  {
    fault: "an alarm fires, and another is muted",
    check: "alarms",
    account: "shared",
    answers: {
      "cloudwatch:DescribeAlarms": () => ({
        MetricAlarms: [
          {
            AlarmName: "golden-image-factory-share-updater-errors",
            StateValue: "ALARM",
            StateReason: "Threshold Crossed",
            ActionsEnabled: true,
          },
          {
            AlarmName: "golden-image-base--canary-age",
            StateValue: "OK",
            ActionsEnabled: false,
          },
        ],
      }),
    },
    findings: [
      {
        result: "failed",
        message: "golden-image-factory-share-updater-errors is in ALARM: Threshold Crossed",
        fix: "see docs/reference/alarms.md",
      },
      {
        result: "warning",
        message: "golden-image-base--canary-age sends no notifications",
        command:
          "aws cloudwatch enable-alarm-actions --alarm-names golden-image-base--canary-age --region eu-west-1",
      },
    ],
  },
  {
    fault: "the dead-letter queue has a message",
    check: "dead-letter-queue",
    answers: {
      "sqs:GetQueueAttributes": () => ({ Attributes: { ApproximateNumberOfMessages: "1" } }),
    },
    findings: [
      {
        result: "failed",
        message: "the updater couldn't process 1 message",
        fix: "see docs/guides/operations.md#alarm-failed-dead-letter-queue",
      },
      {
        result: "failed",
        message: "the rebuilder couldn't process 1 message",
        fix: "see docs/reference/alarms.md#golden-image-factory-rebuilder-failed",
      },
      {
        result: "failed",
        message: "the rebuilder couldn't process 1 message",
        fix: "see docs/reference/alarms.md#golden-image-factory-rebuilder-failed",
      },
    ],
  },
  {
    fault: "the recorder's dead-letter queue has messages, and the rebuilder isn't deployed",
    check: "dead-letter-queue",
    account: "shared",
    file: storeEvidence,
    answers: {
      "sqs:GetQueueUrl": ({ QueueName }) => {
        if (QueueName?.includes("rebuilder")) throw awsError("QueueDoesNotExist");
        return { QueueUrl: QueueName };
      },
      "sqs:GetQueueAttributes": ({ QueueUrl }) => ({
        Attributes: { ApproximateNumberOfMessages: QueueUrl?.includes("recorder") ? "2" : "0" },
      }),
    },
    findings: [
      {
        result: "warning",
        message: "the rebuilder isn't deployed yet",
        fix: "apply the stack of the Region",
      },
      {
        result: "failed",
        message: "the recorder couldn't process 2 messages",
        fix: "see docs/reference/alarms.md#golden-image-factory-recorder-failed",
      },
    ],
  },
  {
    fault:
      "prove left instances, a security group, an AMI, a share, builds, a pipeline and a recipe",
    check: "leftovers",
    account: "shared",
    answers: {
      "ec2:DescribeInstances": () => ({
        Reservations: [{ Instances: [{ InstanceId: "i-1" }, { InstanceId: "i-2" }] }],
      }),
      "ec2:DescribeSecurityGroups": () => ({ SecurityGroups: [{ GroupId: "sg-1" }] }),
      "ec2:DescribeImages": () => ({ Images: [{ ImageId: "ami-1" }] }),
      "ram:GetResourceShares": () => ({
        resourceShares: [
          { name: "golden-image-base--canary", resourceShareArn: "arn:canary" },
          { name: "golden-image-factory-prove-1-busy", resourceShareArn: "arn:busy" },
        ],
      }),
      "imagebuilder:ListImages": () => ({
        imageVersionList: [{ arn: `${PROVE_ARN}:image/golden-image-factory-prove-1-golden/1.0.0` }],
      }),
      "imagebuilder:ListImagePipelines": () => ({
        imagePipelineList: [
          { arn: `${PROVE_ARN}:image-pipeline/base` },
          { arn: `${PROVE_ARN}:image-pipeline/golden-image-factory-prove-1-golden` },
        ],
      }),
      "imagebuilder:ListImageRecipes": () => ({
        imageRecipeSummaryList: [
          {
            arn: `arn:aws:imagebuilder:${REGION}:${SHARED}:image-recipe/golden-image-factory-prove-1/1.0.0`,
          },
        ],
      }),
    },
    findings: [
      {
        result: "warning",
        message: "`npx --no factory prove` left instances running: i-1, i-2",
        command: "aws ec2 terminate-instances --instance-ids i-1 i-2 --region eu-west-1",
      },
      {
        result: "warning",
        message: "`npx --no factory prove` left a security group: sg-1",
        command: "aws ec2 delete-security-group --group-id sg-1 --region eu-west-1",
      },
      {
        result: "warning",
        message: "`npx --no factory prove` left an AMI: ami-1",
        command:
          "aws ec2 deregister-image --image-id ami-1 --delete-associated-snapshots --region eu-west-1",
      },
      {
        result: "warning",
        message:
          "`npx --no factory prove` left a resource share: golden-image-factory-prove-1-busy",
        command: "aws ram delete-resource-share --resource-share-arn arn:busy --region eu-west-1",
      },
      {
        result: "warning",
        message: `\`npx --no factory prove\` left builds of ${PROVE_ARN}:image/golden-image-factory-prove-1-golden/1.0.0, which the command lists`,
        command: `aws imagebuilder list-image-build-versions --image-version-arn ${PROVE_ARN}:image/golden-image-factory-prove-1-golden/1.0.0 --region eu-west-1`,
      },
      {
        result: "warning",
        message: `\`npx --no factory prove\` left a pipeline: ${PROVE_ARN}:image-pipeline/golden-image-factory-prove-1-golden`,
        command: `aws imagebuilder delete-image-pipeline --image-pipeline-arn ${PROVE_ARN}:image-pipeline/golden-image-factory-prove-1-golden --region eu-west-1`,
      },
      {
        result: "warning",
        message:
          "`npx --no factory prove` left a recipe: arn:aws:imagebuilder:eu-west-1:111111111111:image-recipe/golden-image-factory-prove-1/1.0.0",
        command:
          "aws imagebuilder delete-image-recipe --image-recipe-arn arn:aws:imagebuilder:eu-west-1:111111111111:image-recipe/golden-image-factory-prove-1/1.0.0 --region eu-west-1",
      },
    ],
  },
];

test.each(FAULTS)(
  "$check reports that $fault",
  async ({ check, file, answers, account, findings }) => {
    aws.reset(file ? changed(file) : everything());
    aws.on(answers ?? {});
    expect(findingsOf(await aws.report(), check, account)).toEqual(findings);
  },
);
