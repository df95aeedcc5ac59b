/** Two accounts in AWS that fit a factory which uses everything that `factory doctor` checks. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { type Action, type Input, OPERATIONS } from "../../../cli/aws-operations";
import type { CommandResult } from "../../../cli/command";
import { type DoctorOptions, doctor } from "../../../cli/proof/doctor";
import type { Report } from "../../../cli/proof/report";
import {
  minimalContainer,
  minimalFactory,
  type Raw,
  writeFactory,
} from "../../../tools/fixtures/factory-file";
import { awsError } from "../aws-error";
import { answerCalls } from "./answer-calls";

export const SHARED = "111111111111";
export const PAYMENTS = "222222222222";
export const REGION = "eu-west-1";
export const UNIT = "ou-abcd-11111111";

/** Answers an operation, or throws an error. */
type Answer<A extends Action> = (
  input: Input<A>,
  at: { readonly account: string; readonly region: string },
) => object;

type Answers = { readonly [A in Action]?: Answer<A> };

/** The role that may look at instances. */
export const OPERATOR = "arn:aws:iam::111111111111:role/operators";

/** Returns a role that some principals may assume, as IAM returns it. */
export function roleTrusting(...AWS: string[]): object {
  const Statement = [{ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole" }];
  return {
    Role: { AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify({ Statement })) },
  };
}

/** A factory file that uses everything that is checked. */
export function everything(): Raw {
  const file = minimalFactory();
  Object.assign(file.sharedAccount, {
    operators: [OPERATOR],
    notify: { emails: ["ops@example.com"] },
    regions: {
      [REGION]: {
        subnetId: "subnet-0123456789abcdef0",
        securityGroupIds: ["sg-0123456789abcdef0"],
      },
    },
  });
  const { base } = file.images;
  base.scan = true;
  base.keyPair = "debugging";
  base.outputs = { launchTemplates: { [REGION]: "lt-0123456789abcdef0" } };
  base.share.channels = {
    canary: { principals: { organizationalUnits: [UNIT] } },
    partner: { principals: { accounts: ["333333333333"] } },
  };
  file.images.vendor = {
    platform: "Linux",
    parent: { ami: { [REGION]: "ami-0123456789abcdef0" } },
    version: "1.0",
    components: [{ arn: `arn:aws:imagebuilder:${REGION}:666666666666:component/agent/1.x.x` }],
    rootVolume: { device: "/dev/xvda" },
    volumes: [{ device: "/dev/sdf", snapshots: { [REGION]: "snap-0123456789abcdef0" } }],
  };
  file.images.mac = {
    parent: { awsManaged: "macos-sequoia-arm64" },
    version: "1.0",
    components: [{ awsManaged: "xcode" }],
    dedicatedHosts: { [REGION]: "h-0123456789abcdef0" },
  };
  file.images.partner = {
    platform: "Linux",
    parent: { arn: "arn:aws:imagebuilder:{region}:666666666666:image/company-linux/2.x.x" },
    version: "1.0",
    components: [{ awsManaged: "update-linux" }],
    rootVolume: { device: "/dev/xvda" },
    volumes: [],
  };
  file.containers = {
    runtime: {
      ...minimalContainer(),
      scan: true,
      hostAmi: { ssm: "/agents/host" },
      hostVolume: { device: "/dev/xvda" },
    },
  };
  Object.assign(file.appAccounts.payments, {
    deployRole: "admin/terraform",
    autoScaling: true,
    fleet: true,
  });
  return file;
}

const AMI = {
  State: "available",
  RootDeviceName: "/dev/xvda",
  Architecture: "x86_64",
};

const PARENTS: Readonly<Record<string, object>> = {
  [PAYMENTS]: { Type: "ORGANIZATIONAL_UNIT", Id: "ou-abcd-22222222" },
  "ou-abcd-22222222": { Type: "ORGANIZATIONAL_UNIT", Id: UNIT },
  [UNIT]: { Type: "ROOT", Id: "r-abcd" },
};

const INSTANCE_TYPES = ["t3.medium", "t3a.medium", "mac2.metal"];

function managed(kind: "image" | "component", name: string, more: object): object {
  return { arn: `arn:aws:imagebuilder:${REGION}:aws:${kind}/${name}/2026.11.1`, ...more };
}

const LINUX = { platform: "Linux", supportedOsVersions: ["Amazon Linux 2023", "Ubuntu"] };

/** A version of an image of `factory prove`, whose builds were deleted. */
const DELETED_IMAGE = `arn:aws:imagebuilder:${REGION}:${SHARED}:image/golden-image-factory-prove-1-golden/1.0.0`;

/** A deployed factory in which everything is as it should be. Long lists have two pages. */
const HEALTHY: { readonly [A in Action]: Answer<A> } = {
  "cloudwatch:DescribeAlarms": () => ({
    MetricAlarms: [
      { AlarmName: "golden-image-base--canary-age", StateValue: "OK", ActionsEnabled: true },
    ],
  }),
  "ec2:DescribeHosts": () => ({ Hosts: [{}] }),
  "ec2:DescribeImages": () => ({ Images: [AMI] }),
  "ec2:DescribeInstances": () => ({ Reservations: [] }),
  "ec2:DescribeInstanceTypeOfferings": ({ NextToken }) =>
    NextToken
      ? { InstanceTypeOfferings: INSTANCE_TYPES.map((InstanceType) => ({ InstanceType })) }
      : { InstanceTypeOfferings: [], NextToken: "2" },
  "ec2:DescribeKeyPairs": () => ({ KeyPairs: [{}] }),
  "ec2:DescribeLaunchTemplates": () => ({ LaunchTemplates: [{}] }),
  "ec2:DescribeRegions": () => ({ Regions: [{ OptInStatus: "opt-in-not-required" }] }),
  "ec2:DescribeSecurityGroups": () => ({ SecurityGroups: [{ VpcId: "vpc-1" }] }),
  "ec2:DescribeSnapshots": () => ({ Snapshots: [{}] }),
  "ec2:DescribeSubnets": () => ({
    Subnets: [{ VpcId: "vpc-1", AvailabilityZone: "eu-west-1a", AvailableIpAddressCount: 100 }],
  }),
  "ec2:DescribeVpcs": () => ({ Vpcs: [{}] }),
  "iam:GetRole": ({ RoleName }) =>
    RoleName === "golden-image-factory-fleet" ? roleTrusting(OPERATOR) : { Role: {} },
  "imagebuilder:GetComponent": () => ({ component: {} }),
  "imagebuilder:GetImage": () => ({ image: {} }),
  "imagebuilder:ListComponents": () => ({
    componentVersionList: [
      managed("component", "update-linux", LINUX),
      managed("component", "reboot-linux", LINUX),
      managed("component", "apache-tomcat-9-linux", { ...LINUX, supportedOsVersions: [] }),
      managed("component", "amazon-corretto-21-headless", LINUX),
      managed("component", "xcode", { platform: "macOS", supportedOsVersions: ["macOS 15"] }),
    ],
  }),
  "imagebuilder:ListImageBuildVersions": () => ({ imageSummaryList: [] }),
  "imagebuilder:ListImagePipelines": () => ({
    imagePipelineList: ["base", "web", "vendor", "mac", "partner", "runtime", "payments-web"].map(
      (name) => ({ name, status: "ENABLED" }),
    ),
  }),
  "imagebuilder:ListImageRecipes": () => ({
    imageRecipeSummaryList: [
      { arn: `arn:aws:imagebuilder:${REGION}:${SHARED}:image-recipe/base/1.0.0` },
    ],
  }),
  "imagebuilder:ListImages": ({ nextToken, owner }) => {
    if (owner === "Self") return { imageVersionList: [{ arn: DELETED_IMAGE }] };
    return nextToken
      ? {
          imageVersionList: [
            managed("image", "macos-sequoia-arm64", { platform: "macOS", osVersion: "macOS 15" }),
          ],
        }
      : {
          imageVersionList: [
            managed("image", "amazon-linux-2023-x86", {
              platform: "Linux",
              osVersion: "Amazon Linux 2023",
            }),
          ],
          nextToken: "2",
        };
  },
  "inspector2:BatchGetAccountStatus": () => ({
    accounts: [{ resourceState: { ec2: { status: "ENABLED" }, ecr: { status: "ENABLED" } } }],
  }),
  "kms:DescribeKey": () => ({ KeyMetadata: { KeyId: "1234", KeyState: "Enabled" } }),
  "lambda:GetAccountSettings": () => ({
    AccountLimit: { UnreservedConcurrentExecutions: 1_000 },
  }),
  "organizations:DescribeAccount": () => ({ Account: {} }),
  "organizations:DescribeOrganization": () => ({
    Organization: { Id: "o-abcdefghij", MasterAccountId: "999999999999", FeatureSet: "ALL" },
  }),
  "organizations:DescribeOrganizationalUnit": () => ({ OrganizationalUnit: {} }),
  "organizations:ListAWSServiceAccessForOrganization": () => ({
    EnabledServicePrincipals: [{ ServicePrincipal: "ram.amazonaws.com" }],
  }),
  "organizations:ListParents": ({ ChildId = "", NextToken }) =>
    NextToken ? { Parents: [PARENTS[ChildId]] } : { Parents: [], NextToken: "2" },
  "ram:GetResourceShareAssociations": ({ associationType, resourceShareArns: [arn] = [] }) => {
    if (associationType !== "PRINCIPAL") return { resourceShareAssociations: [] };
    const associatedEntity = arn?.endsWith("partner")
      ? "333333333333"
      : `arn:aws:organizations::999999999999:ou/o-abcdefghij/${UNIT}`;
    return { resourceShareAssociations: [{ associatedEntity, status: "ASSOCIATED" }] };
  },
  "ram:GetResourceShares": () => ({
    resourceShares: ["canary", "partner"].map((channel) => ({
      name: `golden-image-base--${channel}`,
      resourceShareArn: `arn:aws:ram:${REGION}:${SHARED}:resource-share/${channel}`,
      status: "ACTIVE",
    })),
  }),
  "s3:GetBucketVersioning": () => ({ Status: "Enabled" }),
  "s3:ListBucket": () => ({ BucketRegion: REGION }),
  "servicequotas:ListAWSDefaultServiceQuotas": ({ ServiceCode }) => ({
    Quotas: ServiceCode === "ram" ? [] : [{ QuotaCode: "L-7A0E01E3", Value: 75 }],
  }),
  "servicequotas:ListServiceQuotas": () => ({ Quotas: [] }),
  "sns:ListSubscriptionsByTopic": () => ({
    Subscriptions: [{ Endpoint: "ops@example.com", SubscriptionArn: "arn:aws:sns:subscription" }],
  }),
  "sqs:GetQueueAttributes": () => ({ Attributes: { ApproximateNumberOfMessages: "0" } }),
  "sqs:GetQueueUrl": () => ({ QueueUrl: "https://queue" }),
  "ssm:GetParameters": () => ({ Parameters: [{ Value: "ami-0fedcba9876543210" }] }),
};

/** Answers of AWS before the first deployment. */
export const NOTHING_DEPLOYED: Answers = {
  "cloudwatch:DescribeAlarms": () => ({}),
  "iam:GetRole": ({ RoleName }) => {
    if (RoleName === "AWSServiceRoleForImageBuilder" || RoleName === "golden-image-factory-fleet")
      throw awsError("NoSuchEntityException");
    return {};
  },
  "imagebuilder:GetImage": ({ imageBuildVersionArn }) => {
    if (imageBuildVersionArn?.includes("base")) throw awsError("ResourceNotFoundException");
    return {};
  },
  "imagebuilder:ListImagePipelines": () => ({}),
  "kms:DescribeKey": () => {
    throw awsError("NotFoundException");
  },
  "ram:GetResourceShares": () => ({}),
  "s3:ListBucket": () => {
    throw awsError("NotFound", "UnknownError", 404);
  },
  "sns:ListSubscriptionsByTopic": () => {
    throw awsError("NotFoundException");
  },
  "sqs:GetQueueUrl": () => {
    throw awsError("QueueDoesNotExist");
  },
};

/** AWS as `factory doctor` sees it, with credentials of the shared account. */
export class FakeAws {
  private readonly folder = mkdtempSync(join(tmpdir(), "doctor-"));
  private readonly sts = mockClient(STSClient);
  private answers: Answers = {};
  /** The operations that were called, with their account and Region. */
  readonly calls: string[] = [];

  constructor() {
    answerCalls<Action>(OPERATIONS, async (action, input, client) => {
      const { credentials, region } = (client as STSClient).config;
      const { accessKeyId: account } = await credentials();
      return this.answer(action, input, { account, region: await region() });
    });
  }

  /** Resets everything. The caller has credentials of the shared account. */
  reset(file: Raw = everything()): void {
    this.answers = {};
    this.calls.length = 0;
    for (const name of ["AWS_PROFILE", "AWS_SESSION_TOKEN"]) delete process.env[name];
    process.env["AWS_ACCESS_KEY_ID"] = SHARED;
    process.env["AWS_SECRET_ACCESS_KEY"] = "x";
    process.env["AWS_SHARED_CREDENTIALS_FILE"] = join(this.folder, "credentials");
    const profiles = { golden: SHARED, "payments-admin": PAYMENTS };
    writeFileSync(
      join(this.folder, "credentials"),
      Object.entries(profiles)
        .map(([name, id]) => `[${name}]\naws_access_key_id=${id}\naws_secret_access_key=x\n`)
        .join(""),
    );
    writeFactory(this.folder, { file });
    this.sts.reset();
    this.sts.on(GetCallerIdentityCommand).callsFake(async (_, getClient) => ({
      Account: (await getClient().config.credentials()).accessKeyId,
    }));
    this.sts.on(AssumeRoleCommand).callsFake(({ RoleArn }) => ({
      Credentials: { AccessKeyId: RoleArn.split(":")[4], SecretAccessKey: "x", SessionToken: "x" },
    }));
  }

  /** Makes STS answer both of its operations differently. */
  get tokens(): typeof this.sts {
    return this.sts;
  }

  on(answers: Answers): void {
    this.answers = { ...this.answers, ...answers };
  }

  deny(action: Action): void {
    this.on({
      [action]: () => {
        throw awsError("AccessDeniedException", `not authorized to perform: ${action}`);
      },
    });
  }

  get path(): string {
    return join(this.folder, "factory.yaml");
  }

  doctor(options: Partial<DoctorOptions> = {}): Promise<CommandResult> {
    return doctor({ config: this.path, account: [], ...options });
  }

  /** Runs `doctor --json`. */
  async report(options: Partial<DoctorOptions> = {}): Promise<Report> {
    return (await this.doctor(options)).data as Report;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  private answer(
    action: Action,
    input: object,
    at: { readonly account: string; readonly region: string },
  ): object {
    this.calls.push(`${at.account} ${at.region} ${action}`);
    const answer = (this.answers[action] ?? HEALTHY[action]) as Answer<Action>;
    return answer(input as never, at);
  }
}
