/** The accounts of the end-to-end test as `factory doctor` sees them. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { CreateComponentCommand, DeleteComponentCommand } from "@aws-sdk/client-imagebuilder";
import type { Report } from "../../cli/proof/report";
import { topicArn } from "../../config/aws/arns";
import { DEPLOY_ROLE_NAME, FLEET_ROLE_NAME, TOPIC_NAME } from "../../config/names";
import { DOCUMENT, type Raw } from "../../tools/fixtures/factory-file";
import type { Scenario } from "./scenario";
import {
  ACCOUNTS,
  COPY_REGION,
  ORDERS,
  OTHER_REGION,
  PAYMENTS,
  REGION,
  SHARED,
} from "./scenario-factory";

const execute = promisify(execFile);

export const EMAIL = "ops@example.com";
export const HOST_AMI_PARAMETER = "/agents/host";
export const KEY_PAIR = "debugging";
/** The role that Terraform assumes in the account orders. */
export const ORDERS_ROLE = "terraform";
export const COMPONENT = `arn:aws:imagebuilder:${REGION}:${SHARED}:component/extra/1.0.0/1`;

/** Versions of the APIs of services with the query protocol. */
const VERSIONS: Readonly<Record<string, string>> = {
  ec2: "2016-11-15",
  iam: "2010-05-08",
  monitoring: "2010-08-01",
  sns: "2010-03-31",
};

/** Where a call is made. */
export interface Site {
  readonly account: string;
  readonly region: string;
}

export const IN_SHARED: Site = { account: SHARED, region: REGION };
export const IN_PAYMENTS: Site = { account: PAYMENTS, region: REGION };
export const IN_ORDERS: Site = { account: ORDERS, region: REGION };

/** A result that needs attention. */
interface Problem {
  /** ID of the check. */
  readonly check: string;
  readonly text: string;
  readonly account: string;
  /** Fixes it. @default - there is none */
  readonly command: string | undefined;
}

/** The report of `doctor`. */
export interface Diagnosis {
  readonly exitCode: number;
  /** IDs of the checks that are ok somewhere. */
  readonly passed: readonly string[];
  readonly problems: readonly Problem[];
}

export class DoctorAccounts {
  constructor(
    readonly scenario: Scenario,
    private readonly file: Raw,
  ) {}

  /** Creates what the checks look for in addition to the deployed factory. */
  static async prepare(scenario: Scenario): Promise<DoctorAccounts> {
    const file = structuredClone(scenario.file);
    const accounts = new DoctorAccounts(scenario, file);
    const template = await accounts.createLaunchTemplate();
    const { base } = file.images;
    file.sharedAccount.notify = { emails: [EMAIL] };
    base.keyPair = KEY_PAIR;
    base.components = [...base.components, { arn: COMPONENT }];
    base.outputs.launchTemplates = { [COPY_REGION]: template };
    base.share.channels.canary.findings = { maxSeverity: "high" };
    file.containers.runtime.hostAmi = { ssm: HOST_AMI_PARAMETER };
    file.containers.runtime.hostVolume = { device: "/dev/xvda" };
    // With ci, there is no deployRole, and the shared account can't look at the others.
    delete file.ci;
    Object.assign(file.appAccounts.payments, { deployRole: DEPLOY_ROLE_NAME, autoScaling: true });
    file.appAccounts.orders.deployRole = ORDERS_ROLE;
    scenario.organization.administrators.add(SHARED);
    await accounts.query(IN_PAYMENTS, "iam", "CreateServiceLinkedRole", {
      AWSServiceName: "autoscaling.amazonaws.com",
    });
    // In AWS, Image Builder creates it for the first build.
    await accounts.createRole(IN_PAYMENTS, "AWSServiceRoleForImageBuilder");
    await accounts.createKeyPair();
    await accounts.createComponent();
    await accounts.createRole(IN_ORDERS, ORDERS_ROLE);
    await accounts.writeHostAmi();
    for (const region of [REGION, OTHER_REGION])
      await accounts.subscribe({ account: SHARED, region });
    return accounts;
  }

  /** Removes what other steps would notice. */
  async end(): Promise<void> {
    this.scenario.organization.administrators.delete(SHARED);
    await this.deleteComponent();
  }

  /** Runs the command. */
  async diagnose(): Promise<Diagnosis> {
    const { exitCode, stdout } = await this.scenario.doctor(this.file);
    const { checks, accounts }: Report = JSON.parse(stdout);
    expect(accounts.map(({ notLookedAt }) => notLookedAt)).toEqual(accounts.map(() => undefined));
    const problems = checks.flatMap(({ id, account = "organization", region, observations }) =>
      observations
        .filter(({ result }) => result !== "not-applicable")
        .map(({ result, message, command }) => ({
          check: id,
          text: `${[account, region ?? []].flat().join(" ")}: ${result}: ${withoutIds(message)}`,
          account: ACCOUNTS[account] ?? SHARED,
          command,
        })),
    );
    const passed = checks.filter(({ result }) => result === "ok").map(({ id }) => id);
    return { exitCode, passed: [...new Set(passed)], problems };
  }

  /** Runs the command that fixes a problem, with credentials of its account. */
  async run({ account, command = "" }: Problem): Promise<void> {
    expect(command).toMatch(/^aws /);
    const environment = await this.scenario.deployment.environmentOf(account);
    const env = { PATH: process.env["PATH"], AWS_DEFAULT_REGION: REGION, ...environment };
    await execute("bash", ["-c", command], { env });
  }

  /** Calls a service of moto with the query protocol. */
  async query(
    { account, region }: Site,
    service: string,
    action: string,
    parameters: Record<string, string> = {},
  ): Promise<(name: string) => string[]> {
    const key = await this.scenario.accessKeyOf(account);
    const input = { Version: VERSIONS[service] ?? "", ...parameters };
    return this.scenario.moto.query(key, region, service, action, input);
  }

  /** Calls a service of moto with a JSON protocol. */
  async call(
    { account, region }: Site,
    service: string,
    target: string,
    input: object,
  ): Promise<Record<string, unknown>> {
    const key = await this.scenario.accessKeyOf(account);
    return this.scenario.moto.jsonOrThrow(key, region, service, target, input);
  }

  createKeyPair(): Promise<unknown> {
    return this.query(IN_SHARED, "ec2", "CreateKeyPair", { KeyName: KEY_PAIR });
  }

  async createComponent(): Promise<void> {
    const { imageBuilder } = await this.scenario.account(SHARED);
    const input = { name: "extra", semanticVersion: "1.0.0", platform: "Linux" } as const;
    await imageBuilder.send(new CreateComponentCommand({ ...input, data: DOCUMENT }));
  }

  async deleteComponent(): Promise<void> {
    const { imageBuilder } = await this.scenario.account(SHARED);
    const input = { componentBuildVersionArn: COMPONENT };
    await imageBuilder.send(new DeleteComponentCommand(input));
  }

  /** Changes the policy that says who may assume the fleet role. */
  async changeTrust(change: (policy: string) => string): Promise<void> {
    const RoleName = FLEET_ROLE_NAME;
    const values = await this.query(IN_PAYMENTS, "iam", "GetRole", { RoleName });
    const [policy = ""] = values("AssumeRolePolicyDocument");
    const PolicyDocument = change(decodeURIComponent(policy));
    const input = { RoleName, PolicyDocument };
    await this.query(IN_PAYMENTS, "iam", "UpdateAssumeRolePolicy", input);
  }

  createRole(site: Site, RoleName: string): Promise<unknown> {
    return this.query(site, "iam", "CreateRole", {
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [] }),
    });
  }

  /** Writes the ID of the AMI of instances that build containers into its parameter. */
  writeHostAmi(): Promise<unknown> {
    const Value = this.scenario.amiOf(this.scenario.firstBuild("base"));
    const input = { Name: HOST_AMI_PARAMETER, Type: "String", Value };
    return this.call(IN_SHARED, "ssm", "AmazonSSM.PutParameter", input);
  }

  async subscribe(site: Site): Promise<void> {
    await this.query(site, "sns", "Subscribe", {
      TopicArn: topicArn({ accountId: site.account, region: site.region }, TOPIC_NAME),
      Protocol: "email",
      Endpoint: EMAIL,
    });
  }

  async unsubscribe(site: Site): Promise<void> {
    const TopicArn = topicArn({ accountId: site.account, region: site.region }, TOPIC_NAME);
    const values = await this.query(site, "sns", "ListSubscriptionsByTopic", { TopicArn });
    const at = values("Endpoint").indexOf(EMAIL);
    const SubscriptionArn = values("SubscriptionArn")[at] ?? "";
    await this.query(site, "sns", "Unsubscribe", { SubscriptionArn });
  }

  private async createLaunchTemplate(): Promise<string> {
    const site = { account: SHARED, region: COPY_REGION };
    const values = await this.query(site, "ec2", "CreateLaunchTemplate", {
      LaunchTemplateName: "copies",
      "LaunchTemplateData.InstanceType": "t3.medium",
    });
    return values("launchTemplateId")[0] ?? "";
  }
}

/** Replaces the IDs of keys and resources. */
function withoutIds(message: string): string {
  return message
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "ID")
    .replace(/\b(sg|ami)-[0-9a-f]{8,17}\b/g, "$1-ID");
}
