/** A small factory on the local AWS, created by API calls instead of Terraform. */
import { resolve } from "node:path";
import {
  CreateContainerRecipeCommand,
  CreateDistributionConfigurationCommand,
  CreateImagePipelineCommand,
  CreateImageRecipeCommand,
  CreateInfrastructureConfigurationCommand,
  CreateWorkflowCommand,
  UpdateImagePipelineCommand,
  type WorkflowConfiguration,
} from "@aws-sdk/client-imagebuilder";
import { AssociateResourceShareCommand, CreateResourceShareCommand } from "@aws-sdk/client-ram";
import {
  awsManagedComponentArn,
  awsManagedImageArn,
  awsManagedWorkflowArn,
  imageArn,
  imagePermissionArn,
  organizationArn,
  organizationalUnitArn,
  roleArn,
  topicArn,
} from "../../config/aws/arns";
import { defaultDockerfile } from "../../config/documents/dockerfile";
import { repositoryName, shareName, TOPIC_NAME } from "../../config/names";
import { renderSharePolicy, type SharePolicy } from "../../contract/share-policy";
import { renderEnvironment } from "../../contract/updater-environment";
import type { ShareSummary } from "../../lambda/share-updater/reconcile-share";
import { Account } from "./account";
import { lambda, sts } from "./callers";
import { type Invocation, invoke } from "./function";
import { LocalAws, type LocalAwsProps } from "./local-aws";

const REGION = "eu-west-1";
/** The organizational unit (OU) of the account payments. */
const UNIT = "ou-abcd-11111111";
const ORGANIZATION = { id: "o-abcdefghij", managementAccountId: "999999999999" };
const IDS = {
  shared: "111111111111",
  payments: "222222222222",
  orders: "333333333333",
  outsider: "888888888888",
};
export type AccountName = keyof typeof IDS;
const SHARED = { accountId: IDS.shared, region: REGION };

/** The parent that consumers name in their recipes. */
export const GOLDEN = imageArn(SHARED, "base", "x.x.x");
export const AWS_PARENT = awsManagedImageArn(REGION, "amazon-linux-2023-x86", "x.x.x");

/** A message about a build that doesn't exist. */
export const FORGED = JSON.stringify({
  arn: imageArn(SHARED, "base", "9.9.9/1"),
  state: { status: "AVAILABLE" },
});

/** The event that SNS invokes the updater with, for several messages at once. */
export function delivered(...messages: string[]): object {
  return { Records: messages.map((Message) => ({ Sns: { Message } })) };
}

export class SmallFactory {
  private readonly accounts: Readonly<Record<AccountName, Account>>;
  private readonly pipelines = new Map<
    string,
    {
      readonly imagePipelineArn: string;
      readonly infrastructureConfigurationArn: string;
      readonly distributionConfigurationArn: string;
    }
  >();

  private constructor(
    readonly aws: LocalAws,
    private readonly messages: string[],
    /** Pushed images, as `repository:tag`. */
    readonly pushed: ReadonlySet<string>,
  ) {
    const account = (id: string) =>
      new Account({
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: id,
        AWS_SECRET_ACCESS_KEY: "x",
        ...aws.emulator.environment,
      });
    const [shared, payments, orders, outsider] = [
      IDS.shared,
      IDS.payments,
      IDS.orders,
      IDS.outsider,
    ].map(account) as [Account, Account, Account, Account];
    this.accounts = { shared, payments, orders, outsider };
  }

  /** The caller must stop it. */
  static async start(delays: LocalAwsProps["delays"], now?: () => number): Promise<SmallFactory> {
    const messages: string[] = [];
    const pushed = new Set<string>();
    const aws = await LocalAws.start({
      organization: {
        id: ORGANIZATION.id,
        units: { [IDS.payments]: [UNIT], [IDS.orders]: [], [IDS.shared]: [] },
      },
      // Here the access key of an account is its id.
      accountOf: async (key) => key,
      publish: async (_topic, message) => void messages.push(message),
      registry: {
        hasRepository: async () => true,
        push: async (repository, tags) =>
          tags.forEach((tag) => void pushed.add(`${repository}:${tag}`)),
        deletePushed: async (repository, tags) =>
          tags.forEach((tag) => void pushed.delete(`${repository}:${tag}`)),
      },
      services: [sts, lambda((_name, event) => factory.update(event))],
      ...(delays && { delays }),
      ...(now && { now }),
    });
    const factory = new SmallFactory(aws, messages, pushed);
    return factory;
  }

  stop(): void {
    this.aws.stop();
  }

  as(name: AccountName): Account {
    return this.accounts[name];
  }

  /**
   * Creates the recipe of an image, and the first time its infrastructure, distribution and
   * pipeline. Later calls update the pipeline. Returns the pipeline's ARN.
   */
  async pipeline(
    owner: AccountName,
    name: string,
    recipeVersion: string,
    parentImage: string,
  ): Promise<string> {
    const { imageBuilder } = this.accounts[owner];
    const components = [{ componentArn: awsManagedComponentArn(REGION, "update-linux", "x.x.x") }];
    const recipe = { name, semanticVersion: recipeVersion, parentImage, components };
    const { imageRecipeArn } = await imageBuilder.send(new CreateImageRecipeCommand(recipe));
    const existing = this.pipelines.get(name);
    if (existing) {
      await imageBuilder.send(new UpdateImagePipelineCommand({ ...existing, imageRecipeArn }));
      return existing.imagePipelineArn;
    }
    const infrastructure = {
      name,
      instanceProfileName: "build",
      ...(owner === "shared" && { snsTopicArn: topicArn(SHARED, TOPIC_NAME) }),
    };
    const { infrastructureConfigurationArn = "" } = await imageBuilder.send(
      new CreateInfrastructureConfigurationCommand(infrastructure),
    );
    const { distributionConfigurationArn = "" } = await imageBuilder.send(
      new CreateDistributionConfigurationCommand({ name, distributions: [{ region: REGION }] }),
    );
    const parts = { infrastructureConfigurationArn, distributionConfigurationArn };
    const { imagePipelineArn = "" } = await imageBuilder.send(
      new CreateImagePipelineCommand({ name, imageRecipeArn, ...parts }),
    );
    this.pipelines.set(name, { imagePipelineArn, ...parts });
    return imagePipelineArn;
  }

  /**
   * Creates a container with a pipeline. Returns the pipeline's ARN.
   *
   * @param testWorkflow the document of a workflow that waits for an approval
   */
  async containerPipeline(name: string, testWorkflow: string): Promise<string> {
    const { imageBuilder } = this.accounts.shared;
    const { containerRecipeArn } = await imageBuilder.send(
      new CreateContainerRecipeCommand({
        containerType: "DOCKER",
        name,
        semanticVersion: "1.0.0",
        parentImage: "public.ecr.aws/amazonlinux/amazonlinux:2023",
        platformOverride: "Linux",
        dockerfileTemplateData: defaultDockerfile("Linux"),
        components: [{ componentArn: awsManagedComponentArn(REGION, "update-linux", "x.x.x") }],
        targetRepository: { service: "ECR", repositoryName: repositoryName(name) },
      }),
    );
    const { infrastructureConfigurationArn } = await imageBuilder.send(
      new CreateInfrastructureConfigurationCommand({
        name,
        instanceProfileName: "build",
        snsTopicArn: topicArn(SHARED, TOPIC_NAME),
      }),
    );
    const { workflowBuildVersionArn: workflowArn } = await imageBuilder.send(
      new CreateWorkflowCommand({
        name: `${name}--gate`,
        semanticVersion: "1.0.0",
        type: "TEST",
        data: testWorkflow,
      }),
    );
    const workflows: WorkflowConfiguration[] = [
      { workflowArn: awsManagedWorkflowArn(REGION, "build", "build-container") },
      { workflowArn, parameters: [{ name: "topicArn", value: [topicArn(SHARED, TOPIC_NAME)] }] },
    ];
    const executionRole = roleArn(SHARED, "execution");
    const { imagePipelineArn = "" } = await imageBuilder.send(
      new CreateImagePipelineCommand({
        name,
        containerRecipeArn,
        infrastructureConfigurationArn,
        executionRole,
        workflows,
      }),
    );
    return imagePipelineArn;
  }

  /** Creates the share of a channel, for the OU of payments or for the organization. */
  async share(
    audience: "unit" | "organization",
    policy: Omit<SharePolicy, "image">,
    image = "base",
  ): Promise<void> {
    const principal =
      audience === "unit"
        ? organizationalUnitArn(REGION, ORGANIZATION, UNIT)
        : organizationArn(REGION, ORGANIZATION);
    const tags = Object.entries(renderSharePolicy({ image, ...policy })).map(([key, value]) => ({
      key,
      value,
    }));
    const { ram } = this.accounts.shared;
    const { resourceShare } = await ram.send(
      new CreateResourceShareCommand({
        name: shareName(image, policy.channel),
        permissionArns: [imagePermissionArn(REGION)],
        allowExternalPrincipals: false,
        tags,
      }),
    );
    const association = {
      resourceShareArn: resourceShare?.resourceShareArn,
      principals: [principal],
    };
    await ram.send(new AssociateResourceShareCommand(association));
  }

  /** Runs a pipeline until its build ends. Returns the build's ARN and the message about it. */
  async build(
    owner: "shared" | "payments",
    pipelineArn: string,
  ): Promise<{ arn: string; message: string }> {
    const arn = await this.accounts[owner].build(pipelineArn);
    await this.aws.images.idle();
    return { arn, message: this.messages.at(-1) ?? "" };
  }

  /** Runs the bundled updater. */
  update(event: unknown): Promise<Invocation<ShareSummary[]>> {
    const environment = {
      ...this.accounts.shared.environment,
      ...renderEnvironment({ accountId: IDS.shared }),
    };
    return invoke(resolve("dist/share-updater/index.mjs"), environment, event);
  }
}
