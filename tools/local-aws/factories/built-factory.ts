/** Creates the resources of synthesized stacks in the local AWS by API calls, and builds them. */

import assert from "node:assert";
import { ModifyImageAttributeCommand } from "@aws-sdk/client-ec2";
import {
  CreateComponentCommand,
  CreateContainerRecipeCommand,
  CreateDistributionConfigurationCommand,
  CreateImagePipelineCommand,
  CreateImageRecipeCommand,
  CreateInfrastructureConfigurationCommand,
  CreateWorkflowCommand,
  paginateListWaitingWorkflowSteps,
  SendWorkflowStepActionCommand,
} from "@aws-sdk/client-imagebuilder";
import { AssociateResourceShareCommand, CreateResourceShareCommand } from "@aws-sdk/client-ram";
import {
  awsManagedComponentArn,
  awsManagedImageArn,
  imagePermissionArn,
} from "../../../config/aws/arns";
import { required } from "../../../contract/required";
import { IMAGE_TAG } from "../../../contract/tags";
import type { Block } from "../../fixtures/synth";
import { ResolvedStacks, type SynthesizedStacks } from "../../iam/resolved-stacks";
import { Account } from "../account";
import { LocalAws } from "../local-aws";
import { sdkInput } from "./sdk-input";

type ResourceType =
  | "aws_imagebuilder_component"
  | "aws_imagebuilder_workflow"
  | "aws_imagebuilder_infrastructure_configuration"
  | "aws_imagebuilder_distribution_configuration"
  | "aws_imagebuilder_image_recipe"
  | "aws_imagebuilder_container_recipe"
  | "aws_imagebuilder_image_pipeline";

/** The operation that creates each type, in the order of the types' references. */
const OPERATIONS: Readonly<Record<ResourceType, new (input: Block) => Block>> = {
  aws_imagebuilder_component: CreateComponentCommand,
  aws_imagebuilder_workflow: CreateWorkflowCommand,
  aws_imagebuilder_infrastructure_configuration: CreateInfrastructureConfigurationCommand,
  aws_imagebuilder_distribution_configuration: CreateDistributionConfigurationCommand,
  aws_imagebuilder_image_recipe: CreateImageRecipeCommand,
  aws_imagebuilder_container_recipe: CreateContainerRecipeCommand,
  aws_imagebuilder_image_pipeline: CreateImagePipelineCommand,
};

const REFERENCE = /\$\{(aws_\w+)\.([\w-]+)\.(\w+)\}/g;

interface AccountRegion {
  readonly account: string;
  readonly region: string;
}

interface Share extends AccountRegion {
  readonly arn: string;
  readonly image: string;
  readonly principals: readonly string[];
}

export interface EndedBuild {
  readonly stack: string;
  readonly pipeline: string;
  readonly status: string;
}

function isSame(one: AccountRegion, { account, region }: AccountRegion): boolean {
  return one.account === account && one.region === region;
}

function launchPermission(principal: string): object {
  if (principal.includes(":organization/")) return { OrganizationArn: principal };
  return principal.includes(":ou/") ? { OrganizationalUnitArn: principal } : { UserId: principal };
}

export class BuiltFactory {
  /** All builds of the factory, in the order of their stacks. */
  readonly builds: EndedBuild[] = [];
  /** The ARNs of the topics that Image Builder published to. */
  readonly notifiedTopics = new Set<string>();
  private readonly stacks: ResolvedStacks;
  private readonly shares: Share[] = [];
  /** Pushed images, as `account/region/repository:tag`. */
  private readonly pushed = new Set<string>();
  /** ARNs by `stack: type.id`. */
  private readonly arns = new Map<string, string>();
  /** The clients of each account and Region. */
  private readonly accounts = new Map<string, Account>();
  private local!: LocalAws;

  private constructor(synthesized: SynthesizedStacks) {
    this.stacks = new ResolvedStacks(synthesized);
  }

  /**
   * Creates and builds stack by stack in the order of their dependencies, which is that of the
   * synthesized stacks.
   *
   * @param organizationId the organization of the factory's accounts and of all consumers. No
   *   account is in an organizational unit (OU)
   * @param readObject reads an object of Amazon S3, such as the document of a component
   */
  static async build(
    synthesized: SynthesizedStacks,
    organizationId: string,
    readObject: (uri: string) => string | undefined,
  ): Promise<BuiltFactory> {
    const factory = new BuiltFactory(synthesized);
    await factory.start(organizationId, readObject);
    try {
      await factory.createForeignParents();
      for (const stack of Object.keys(synthesized)) await factory.buildStack(stack);
    } finally {
      factory.local.stop();
    }
    return factory;
  }

  private async start(
    organizationId: string,
    readObject: (uri: string) => string | undefined,
  ): Promise<void> {
    const principals = this.stacks
      .resourcesOf("aws_ram_principal_association")
      .map(({ config }) => config.principal as string);
    const accounts = [...this.stacks.resources.map(({ account }) => account), ...principals];
    this.local = await LocalAws.start({
      organization: {
        id: organizationId,
        units: Object.fromEntries(
          accounts.filter((id) => /^\d{12}$/.test(id)).map((account) => [account, []]),
        ),
      },
      // The access key of an account is its id.
      accountOf: async (key) => key,
      publish: async (topicArn) => void this.notifiedTopics.add(topicArn),
      registry: {
        hasRepository: async (name, caller) =>
          this.stacks
            .resourcesOf("aws_ecr_repository")
            .some((repository) => isSame(repository, caller) && repository.config.name === name),
        push: async (repository, tags, { account, region }) => {
          for (const tag of tags) {
            const image = `${account}/${region}/${repository}:${tag}`;
            if (this.pushed.has(image)) throw new Error(`${image} exists already`);
            this.pushed.add(image);
          }
        },
        deletePushed: async () => undefined,
      },
      readObject,
      delays: { phase: 0, association: 0 },
    });
  }

  private as({ account, region }: AccountRegion): Account {
    const known = this.accounts.get(`${account}/${region}`);
    if (known) return known;
    const created = new Account({
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: account,
      AWS_SECRET_ACCESS_KEY: "x",
      ...this.local.emulator.environment,
    });
    this.accounts.set(`${account}/${region}`, created);
    return created;
  }

  /** Replaces references by the ARNs of created resources, and by arguments. */
  private resolve(value: Block, stack: string): Block {
    if (Array.isArray(value)) return value.map((item) => this.resolve(item, stack));
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(
        Object.entries(value)
          .filter(([argument]) => argument !== "depends_on")
          .map(([argument, item]) => [argument, this.resolve(item, stack)]),
      );
    if (typeof value !== "string") return value;
    const resolved = value.replace(REFERENCE, (reference, type, id, attribute) => {
      const arn = this.arns.get(`${stack}: ${type}.${id}`);
      if (attribute === "arn" && arn !== undefined) return arn;
      const resource = this.stacks.resourcesOf(type, stack).find((one) => one.id === id);
      return resource?.config[attribute] ?? assert.fail(`${stack} must contain ${reference}`);
    });
    return resolved === value ? value : this.resolve(resolved, stack);
  }

  /** Creates a resource and returns its ARN. The service must receive all arguments. */
  private async create(
    type: ResourceType,
    resourceArguments: Block,
    location: AccountRegion,
  ): Promise<string> {
    const input = sdkInput(resourceArguments);
    const { imageBuilder } = this.as(location);
    const output: object = await imageBuilder.send(new OPERATIONS[type](input));
    const { clientToken: _token, ...received } = this.local.emulator.calls.at(-1)?.input ?? {};
    assert.deepStrictEqual(received, input);
    const arn = Object.values(output).find((value) => typeof value === "string");
    return arn ?? assert.fail(`${type}: the response must contain an ARN`);
  }

  private async buildStack(stack: string): Promise<void> {
    for (const type of Object.keys(OPERATIONS) as ResourceType[])
      for (const resource of this.stacks.resourcesOf(type, stack)) {
        const resolved = this.resolve(resource.config, stack);
        const arn = await this.create(type, resolved, resource);
        this.arns.set(`${stack}: ${type}.${resource.id}`, arn);
      }
    await this.createShares(stack);
    const pipelines = this.stacks.resourcesOf("aws_imagebuilder_image_pipeline", stack);
    const started = await Promise.all(
      pipelines.map(async (pipeline) => {
        const address = `${stack}: ${pipeline.type}.${pipeline.id}`;
        const pipelineArn = required(this.arns.get(address), `the ARN of ${address}`);
        return { pipeline, arn: await this.as(pipeline).build(pipelineArn) };
      }),
    );
    for (const pipeline of pipelines) await this.approve(pipeline);
    for (const { pipeline, arn } of started) {
      const status = (await this.as(pipeline).resolve(arn))?.status ?? "missing";
      this.builds.push({ stack, pipeline: pipeline.config.name, status });
      await this.share(arn, pipeline.config.name, pipeline);
    }
  }

  /** Waits until the builds of an account and Region end, and resumes those that wait. */
  private async approve(location: AccountRegion): Promise<void> {
    const { imageBuilder } = this.as(location);
    for (;;) {
      await this.local.runs.idle();
      const steps = [];
      for await (const page of paginateListWaitingWorkflowSteps({ client: imageBuilder }, {}))
        steps.push(...(page.steps ?? []));
      if (steps.length === 0) return;
      for (const { stepExecutionId, imageBuildVersionArn } of steps)
        await imageBuilder.send(
          new SendWorkflowStepActionCommand({
            stepExecutionId,
            imageBuildVersionArn,
            action: "RESUME",
          }),
        );
    }
  }

  private async createShares(stack: string): Promise<void> {
    for (const share of this.stacks.resourcesOf("aws_ram_resource_share", stack)) {
      const { name, permission_arns: permissionArns, tags } = share.config;
      const principals = this.stacks
        .resourcesOf("aws_ram_principal_association", stack)
        .filter(({ config }) => config.resource_share_arn === this.stacks.arnOf(share))
        .map(({ config }) => config.principal as string);
      const image = tags[IMAGE_TAG];
      await this.createShare({ ...share, image, principals }, name, permissionArns, false);
    }
  }

  private async createShare(
    share: Omit<Share, "arn">,
    name: string,
    permissionArns: string[],
    allowExternalPrincipals: boolean,
  ): Promise<void> {
    const { ram } = this.as(share);
    const { resourceShare } = await ram.send(
      new CreateResourceShareCommand({ name, permissionArns, allowExternalPrincipals }),
    );
    const arn = required(resourceShare?.resourceShareArn, `the ARN of the share ${name}`);
    const principals = [...share.principals];
    await ram.send(new AssociateResourceShareCommand({ resourceShareArn: arn, principals }));
    this.shares.push({ ...share, arn });
  }

  /** Shares a build in all channels of its image, as the updater does. */
  private async share(build: string, image: string, location: AccountRegion): Promise<void> {
    const shares = this.shares.filter((share) => share.image === image && isSame(share, location));
    const account = this.as(location);
    const ami = this.local.builds.amiIn(build, location.region);
    for (const { arn, principals } of shares) {
      const association = { resourceShareArn: arn, resourceArns: [build] };
      await account.ram.send(new AssociateResourceShareCommand(association));
      if (ami === undefined) continue;
      await account.ec2.send(
        new ModifyImageAttributeCommand({
          ImageId: ami,
          LaunchPermission: { Add: principals.map(launchPermission) },
        }),
      );
    }
  }

  /** Creates, builds and shares the parents that belong to other accounts than the factory's. */
  private async createForeignParents(): Promise<void> {
    const accounts = new Set(this.stacks.resources.map(({ account }) => account));
    for (const recipe of this.stacks.resourcesOf("aws_imagebuilder_image_recipe")) {
      const [, owner = "", name = "", version = ""] =
        /:(\d{12}):image\/([^/]+)\/(.+)$/.exec(recipe.config.parent_image) ?? [];
      if (owner === "" || accounts.has(owner)) continue;
      const location = { account: owner, region: recipe.region };
      const build = await this.as(location).build(
        await this.createForeignPipeline(name, version.replaceAll("x", "0"), location),
      );
      await this.local.runs.idle();
      const share = { ...location, image: name, principals: [recipe.account] };
      await this.createShare(share, name, [imagePermissionArn(recipe.region)], true);
      await this.share(build, name, location);
    }
  }

  private async createForeignPipeline(
    name: string,
    version: string,
    location: AccountRegion,
  ): Promise<string> {
    const { region } = location;
    return this.create(
      "aws_imagebuilder_image_pipeline",
      {
        name,
        image_recipe_arn: await this.create(
          "aws_imagebuilder_image_recipe",
          {
            name,
            version,
            parent_image: awsManagedImageArn(region, "amazon-linux-2023-x86", "x.x.x"),
            component: [{ component_arn: awsManagedComponentArn(region, "update-linux", "x.x.x") }],
          },
          location,
        ),
        infrastructure_configuration_arn: await this.create(
          "aws_imagebuilder_infrastructure_configuration",
          { name, instance_profile_name: "build" },
          location,
        ),
        distribution_configuration_arn: await this.create(
          "aws_imagebuilder_distribution_configuration",
          { name, distribution: [{ region }] },
          location,
        ),
      },
      location,
    );
  }
}
