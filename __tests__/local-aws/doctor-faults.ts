/** For each check of `factory doctor`: a fault of the accounts, and what the check finds then. */
import {
  GetImagePipelineCommand,
  UpdateImagePipelineCommand,
  type UpdateImagePipelineCommandInput,
} from "@aws-sdk/client-imagebuilder";
import {
  AssociateResourceShareCommand,
  DisassociateResourceShareCommand,
  paginateGetResourceShares,
} from "@aws-sdk/client-ram";
import { PROVE_TAG } from "../../cli/proof/leftovers";
import {
  ALARM_PREFIX,
  FLEET_ROLE_NAME,
  IMAGE_KEY_ALIAS,
  REBUILDER_NAME,
  SIGNING_KEY_ALIAS,
  shareName,
} from "../../config/names";
import { collect } from "../../lambda/common/client";
import type { Change } from "../../tools/local-aws/protocol/emulator";
import { Fault } from "../../tools/local-aws/protocol/rest-json";
import {
  COMPONENT,
  type DoctorAccounts,
  EMAIL,
  HOST_AMI_PARAMETER,
  IN_ORDERS,
  IN_PAYMENTS,
  IN_SHARED,
  KEY_PAIR,
  ORDERS_ROLE,
  type Site,
} from "./doctor-accounts";
import { COPY_REGION, ORDERS, PAYMENTS, REGION, SHARED } from "./scenario-factory";

interface DoctorFault {
  /** ID of the check. */
  readonly check: string;
  readonly finds: readonly string[];
  readonly seed: (accounts: DoctorAccounts) => Promise<unknown>;
  /** @default - the commands that `doctor` prints */
  readonly repair?: (accounts: DoctorAccounts) => Promise<unknown>;
}

/** Changes the answers of an emulated operation. Without a change, they are as before. */
function answer(operation: string, change?: Change) {
  return async ({ scenario }: DoctorAccounts): Promise<void> =>
    scenario.local.emulator.change(operation, change);
}

function disableKey(site: Site, alias: string) {
  return async (accounts: DoctorAccounts): Promise<void> => {
    const { KeyMetadata } = await accounts.call(site, "kms", "TrentService.DescribeKey", {
      KeyId: alias,
    });
    const { KeyId } = KeyMetadata as { readonly KeyId: string };
    await accounts.call(site, "kms", "TrentService.DisableKey", { KeyId });
  };
}

/** Makes EC2 reject the credentials in a Region, as it does if the Region isn't enabled. */
async function disableRegion({ scenario }: DoctorAccounts): Promise<void> {
  const { emulator } = scenario.local;
  emulator.changeEach = (next, { service, region }) => {
    if (service !== "ec2" || region !== COPY_REGION) return next();
    throw new Fault(
      "AuthFailure",
      "AWS was not able to validate the provided access credentials",
      401,
    );
  };
  emulator.change("DescribeRegions", async (next, { input }) => {
    const regionName = String(input["RegionName.1"]);
    if (regionName !== COPY_REGION) return next();
    return { regionInfo: [{ regionName, optInStatus: "not-opted-in" }] };
  });
}

async function enableRegion({ scenario }: DoctorAccounts): Promise<void> {
  const { emulator } = scenario.local;
  emulator.changeEach = (next) => next();
  emulator.change("DescribeRegions");
}

/** Changes the principals of the share of a channel of web. */
async function changePrincipals(
  { scenario }: DoctorAccounts,
  Command: typeof AssociateResourceShareCommand | typeof DisassociateResourceShareCommand,
): Promise<void> {
  const { ram } = await scenario.account(SHARED);
  const input = { resourceOwner: "SELF", name: shareName("web", "partners") } as const;
  const [share] = await collect(
    paginateGetResourceShares({ client: ram }, input),
    (page) => page.resourceShares,
  );
  await ram.send(
    new Command({ resourceShareArn: share?.resourceShareArn, principals: [PAYMENTS] }),
  );
}

async function setPipeline(
  { scenario }: DoctorAccounts,
  status: "ENABLED" | "DISABLED",
): Promise<void> {
  const { imageBuilder } = await scenario.account(ORDERS);
  const imagePipelineArn = scenario.pipelines["orders-api"] ?? "";
  const { imagePipeline } = await imageBuilder.send(
    new GetImagePipelineCommand({ imagePipelineArn }),
  );
  const input = { ...imagePipeline, imagePipelineArn, status } as UpdateImagePipelineCommandInput;
  await imageBuilder.send(new UpdateImagePipelineCommand(input));
}

/** Sets the state of one of the factory's alarms. */
async function setAlarm(accounts: DoctorAccounts, StateValue: string): Promise<void> {
  const AlarmName = `${ALARM_PREFIX}factory-share-updater-errors`;
  const input = { AlarmName, StateValue, StateReason: "Threshold Crossed" };
  await accounts.query(IN_SHARED, "monitoring", "SetAlarmState", input);
}

async function failedQueue(accounts: DoctorAccounts): Promise<object> {
  const QueueName = `${REBUILDER_NAME}-failed`;
  const { QueueUrl } = await accounts.call(IN_ORDERS, "sqs", "AmazonSQS.GetQueueUrl", {
    QueueName,
  });
  return { QueueUrl };
}

async function defaultVpcOf(accounts: DoctorAccounts, site: Site): Promise<string> {
  const input = { "Filter.1.Name": "is-default", "Filter.1.Value.1": "true" };
  const values = await accounts.query(site, "ec2", "DescribeVpcs", input);
  return values("vpcId")[0] ?? "";
}

async function deleteDefaultVpc(accounts: DoctorAccounts): Promise<void> {
  const VpcId = await defaultVpcOf(accounts, IN_ORDERS);
  const input = { "Filter.1.Name": "vpc-id", "Filter.1.Value.1": VpcId };
  const values = await accounts.query(IN_ORDERS, "ec2", "DescribeSubnets", input);
  for (const SubnetId of values("subnetId"))
    await accounts.query(IN_ORDERS, "ec2", "DeleteSubnet", { SubnetId });
  await accounts.query(IN_ORDERS, "ec2", "DeleteVpc", { VpcId });
}

const OPERATORS = `arn:aws:iam::${SHARED}:role/operators`;
const OTHER_PRINCIPAL = "arn:aws:iam::999999999999:role/others";
const STATE_BUCKET = `acme-tfstate-${ORDERS}`;

/** A code of Service Quotas. */
const RESOURCE_SHARES = "L-595828F9";

/** Every check of `factory doctor` has a fault here. They don't affect each other. */
export const DOCTOR_FAULTS: readonly DoctorFault[] = [
  {
    check: "ram-trusted-access",
    finds: [
      "organization: failed: sharing with the organization is off, so RAM rejects every share or sends invitations",
    ],
    seed: async ({ scenario }) => scenario.organization.trustedServices.clear(),
    repair: async ({ scenario }) => scenario.organization.trustedServices.add("ram.amazonaws.com"),
  },
  {
    check: "audiences",
    finds: ["organization: failed: base/canary: the organization has no OU ou-abcd-11111111"],
    seed: answer("DescribeOrganizationalUnit", async () => {
      throw new Fault("OrganizationalUnitNotFoundException", "The OU doesn't exist.");
    }),
    repair: answer("DescribeOrganizationalUnit"),
  },
  {
    check: "organization",
    finds: ["orders: failed: the account isn't in an organization"],
    seed: answer("DescribeOrganization", async (next, { account }) => {
      if (account !== ORDERS) return next();
      throw new Fault("AWSOrganizationsNotInUseException", "The account isn't a member.");
    }),
    repair: answer("DescribeOrganization"),
  },
  {
    check: "service-linked-roles",
    finds: [
      "payments: failed: AWSServiceRoleForAutoScaling doesn't exist, so KMS rejects the grant for autoScaling: true",
    ],
    seed: (accounts) =>
      accounts.query(IN_PAYMENTS, "iam", "DeleteRole", {
        RoleName: "AWSServiceRoleForAutoScaling",
      }),
  },
  {
    check: "deploy-role",
    finds: ["orders: failed: the role terraform doesn't exist"],
    seed: (accounts) => accounts.query(IN_ORDERS, "iam", "DeleteRole", { RoleName: ORDERS_ROLE }),
    repair: (accounts) => accounts.createRole(IN_ORDERS, ORDERS_ROLE),
  },
  {
    check: "state-bucket",
    finds: [
      `orders: failed: ${STATE_BUCKET} keeps no versions, so a damaged state can't be restored`,
    ],
    // Not through the proxy, which doesn't suspend the versions of a bucket.
    seed: async ({ scenario }) =>
      scenario.moto.putObject(
        await scenario.accessKeyOf(ORDERS),
        STATE_BUCKET,
        "?versioning",
        "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>",
      ),
  },
  {
    check: "fleet-role",
    finds: [
      `payments: failed: ${OPERATORS} can't assume ${FLEET_ROLE_NAME}`,
      `payments: failed: ${FLEET_ROLE_NAME} trusts ${OTHER_PRINCIPAL}, which isn't in sharedAccount.operators or was deleted`,
    ],
    seed: (accounts) =>
      accounts.changeTrust((policy) => policy.replaceAll(OPERATORS, OTHER_PRINCIPAL)),
    repair: (accounts) =>
      accounts.changeTrust((policy) => policy.replaceAll(OTHER_PRINCIPAL, OPERATORS)),
  },
  {
    check: "region",
    finds: [`shared ${COPY_REGION}: failed: ${COPY_REGION} isn't enabled in the account`],
    seed: disableRegion,
    repair: enableRegion,
  },
  {
    check: "network",
    finds: [`orders ${REGION}: failed: there is no default VPC for build instances`],
    seed: deleteDefaultVpc,
  },
  {
    check: "instance-types",
    finds: [`orders ${REGION}: failed: orders-api: ${REGION} doesn't offer t3.medium`],
    seed: answer("DescribeInstanceTypeOfferings", async (next, { account }) =>
      account === ORDERS ? { instanceTypeOfferingSet: [] } : next(),
    ),
    repair: answer("DescribeInstanceTypeOfferings"),
  },
  {
    check: "ec2-resources",
    finds: [`shared ${REGION}: failed: base: keyPair: ${KEY_PAIR} doesn't exist in ${REGION}`],
    seed: (accounts) => accounts.query(IN_SHARED, "ec2", "DeleteKeyPair", { KeyName: KEY_PAIR }),
    repair: (accounts) => accounts.createKeyPair(),
  },
  {
    check: "managed-names",
    finds: [
      `orders ${REGION}: failed: orders-api: components[0].awsManaged: 'apache-tomcat-9-linux' isn't an AWS-managed component in ${REGION}: list them with \`aws imagebuilder list-components --owner Amazon --region ${REGION}\``,
    ],
    seed: answer("ListComponents", async (next, { account }) =>
      account === ORDERS ? { componentVersionList: [] } : next(),
    ),
    repair: answer("ListComponents"),
  },
  {
    check: "arns",
    finds: [
      `shared ${REGION}: failed: ${COMPONENT} doesn't exist, or isn't shared with the account`,
    ],
    seed: (accounts) => accounts.deleteComponent(),
    repair: (accounts) => accounts.createComponent(),
  },
  {
    check: "amis",
    finds: [
      `shared ${REGION}: failed: runtime: hostAmi: the SSM parameter ${HOST_AMI_PARAMETER} doesn't exist`,
    ],
    seed: (accounts) =>
      accounts.call(IN_SHARED, "ssm", "AmazonSSM.DeleteParameter", { Name: HOST_AMI_PARAMETER }),
    repair: (accounts) => accounts.writeHostAmi(),
  },
  {
    check: "golden-parents",
    finds: [
      `orders ${REGION}: warning: no build of base is shared with the account yet, so Image Builder rejects recipes that are based on it`,
    ],
    seed: answer("GetImage", async (next, { account }) => {
      if (account !== ORDERS) return next();
      throw new Fault("ResourceNotFoundException", "The image doesn't exist.", 404);
    }),
    repair: answer("GetImage"),
  },
  {
    check: "quotas",
    finds: [
      `shared ${REGION}: failed: Number of resource shares: the factory needs 4, and the quota is 2`,
    ],
    seed: async ({ scenario }) => scenario.quotas.set(RESOURCE_SHARES, 2),
    repair: async ({ scenario }) => scenario.quotas.set(RESOURCE_SHARES, 5_000),
  },
  {
    check: "lambda-concurrency",
    finds: [REGION, "us-west-2"].map(
      (region) =>
        `shared ${region}: warning: functions without reserved concurrency can run 2 times at the same time, and updater.concurrency is 5`,
    ),
    seed: async ({ scenario: { moto } }) => {
      moto.concurrency = 2;
    },
    repair: async ({ scenario: { moto } }) => {
      moto.concurrency = 1_000;
    },
  },
  {
    check: "inspector",
    finds: [
      `shared ${REGION}: failed: Inspector's ECR scanning is DISABLED, and scan: true of runtime needs it`,
    ],
    seed: async ({ scenario }) => scenario.scanned.delete("ECR"),
  },
  {
    check: "ami-scans",
    finds: [
      `shared ${REGION}: failed: base: Amazon Inspector has scanned no AMI, so its channels with findings share no new build`,
    ],
    seed: answer("DescribeImages", async (next) => {
      const { imagesSet } = await next();
      const creationDate = "2026-01-01T00:00:00.000Z";
      return { imagesSet: imagesSet.map((image: object) => ({ ...image, creationDate })) };
    }),
    repair: answer("DescribeImages"),
  },
  {
    check: "image-key",
    finds: [
      `orders ${REGION}: failed: the key ID is Disabled, so images can't be built or launched`,
    ],
    seed: disableKey(IN_ORDERS, IMAGE_KEY_ALIAS),
  },
  {
    check: "evidence-key",
    finds: [
      `shared ${REGION}: failed: the key ID is Disabled, so new builds get no signed statement`,
    ],
    seed: disableKey(IN_SHARED, SIGNING_KEY_ALIAS),
  },
  {
    check: "pipelines",
    finds: [`orders ${REGION}: failed: orders-api: the pipeline is disabled`],
    seed: (accounts) => setPipeline(accounts, "DISABLED"),
    repair: (accounts) => setPipeline(accounts, "ENABLED"),
  },
  {
    // moto confirms every subscription, so that none is pending.
    check: "subscriptions",
    finds: [`shared ${REGION}: warning: ${EMAIL} isn't subscribed`],
    seed: (accounts) => accounts.unsubscribe(IN_SHARED),
    repair: (accounts) => accounts.subscribe(IN_SHARED),
  },
  {
    check: "shares",
    finds: [
      `shared ${REGION}: warning: golden-image-web--partners: ${PAYMENTS} isn't a principal of the share`,
    ],
    seed: (accounts) => changePrincipals(accounts, DisassociateResourceShareCommand),
    repair: (accounts) => changePrincipals(accounts, AssociateResourceShareCommand),
  },
  {
    check: "alarms",
    finds: [
      `shared ${REGION}: failed: golden-image-factory-share-updater-errors is in ALARM: Threshold Crossed`,
    ],
    seed: (accounts) => setAlarm(accounts, "ALARM"),
    repair: (accounts) => setAlarm(accounts, "OK"),
  },
  {
    check: "dead-letter-queue",
    finds: [`orders ${REGION}: failed: the rebuilder couldn't process 1 message`],
    seed: async (accounts) =>
      accounts.call(IN_ORDERS, "sqs", "AmazonSQS.SendMessage", {
        ...(await failedQueue(accounts)),
        MessageBody: "{}",
      }),
    repair: async (accounts) =>
      accounts.call(IN_ORDERS, "sqs", "AmazonSQS.PurgeQueue", await failedQueue(accounts)),
  },
  {
    check: "leftovers",
    finds: [`payments ${REGION}: warning: \`npx --no factory prove\` left a security group: sg-ID`],
    seed: async (accounts) =>
      accounts.query(IN_PAYMENTS, "ec2", "CreateSecurityGroup", {
        GroupName: "left",
        GroupDescription: "left",
        VpcId: await defaultVpcOf(accounts, IN_PAYMENTS),
        "TagSpecification.1.ResourceType": "security-group",
        "TagSpecification.1.Tag.1.Key": PROVE_TAG,
        "TagSpecification.1.Tag.1.Value": "2026-01-01T00:00:00Z",
      }),
  },
];
