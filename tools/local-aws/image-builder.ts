/**
 * Emulates the resources of EC2 Image Builder that Terraform manages: components, recipes,
 * workflows, configurations, pipelines and lifecycle policies. "Assumed" marks behaviour that no
 * AWS document describes.
 */
import { parse } from "yaml";
import type { Caller, Handler } from "./emulator";
import {
  assertParametersFit,
  assertSameRegion,
  assertVolumesFit,
  type DeclaredParameters,
  parametersIn,
} from "./recipe-checks";
import { Fault, type Input, page } from "./rest-json";

/** "names that differ only in case, spaces, or underscores count as the same name" */
export function slug(name: string): string {
  return name.toLowerCase().replace(/[ _]/g, "-");
}

/** The date of all resources, unless their changes are recorded. */
const CREATED = "2026-01-01T00:00:00.000Z";

// The model's patterns: https://docs.aws.amazon.com/imagebuilder/latest/APIReference/
const NAME = /^[-_A-Za-z-0-9][-_A-Za-z0-9 ]{1,126}[-_A-Za-z-0-9]$/;
const VERSION = /^[0-9]+\.[0-9]+\.[0-9]+$/;
const TOPIC = /^arn:aws[^:]*:sns:[^:]+:[0-9]{12}:[a-zA-Z0-9-_]{1,256}$/;
/** The name of an image in a registry. */
const URI = /^(?!arn:)[\w.-]+(:\d+)?(\/[\w.-]+)*(:[\w.-]+|@sha256:[0-9a-f]{64})?$/;
const IMAGE = /^arn:aws[^:]*:imagebuilder:[^:]+:([0-9]{12}|aws):image\/.+$/;
const AMI = /^(ami-[0-9a-f]{8,17}|ssm:.+)$/;
const PARENT = new RegExp(`${IMAGE.source}|${AMI.source}`);

function assertMatches(member: string, value: unknown, pattern: RegExp): void {
  if (!pattern.test(String(value)))
    throw new Fault(
      "InvalidParameterValueException",
      `The value '${value}' of ${member} doesn't match ${pattern}.`,
    );
}

export type ImageType = "AMI" | "DOCKER";

export interface Parents {
  /**
   * Throws a {@link Fault} unless the account can see a build of the type that the ARN of an image
   * resolves to.
   */
  readonly assertParentExists: (arn: string, type: ImageType, caller: Caller) => void;
  /** Whether the account has a repository for containers. */
  readonly hasRepository: (name: string, caller: Caller) => Promise<boolean>;
  /**
   * The content of an object in Amazon S3; `undefined` if there is none. @default - the documents
   * of components in S3 aren't validated
   */
  readonly readObject?: ((uri: string) => string | undefined) | undefined;
  /**
   * The current time, in milliseconds. @default - the date of changes never changes: the rebuilder
   * starts nothing right after a change of a pipeline
   */
  readonly changedAt?: (() => number) | undefined;
}

/**
 * Assumed: Image Builder returns the default of `onFailure` for tests that were created without.
 */
function withFailureActions({ workflows, ...input }: Input): Input {
  if (workflows === undefined) return input;
  const all = (workflows as readonly Input[]).map((workflow) =>
    /:workflow\/test\//.test(String(workflow["workflowArn"]))
      ? { onFailure: "ABORT", ...workflow }
      : workflow,
  );
  return { ...input, workflows: all };
}

/** A step of a workflow document, with the members that the emulation uses. */
export interface Step {
  readonly name: string;
  readonly action: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

interface RecipeComponent {
  readonly componentArn: string;
  readonly parameters?: readonly { readonly name: string }[];
}

export class ImageBuilder {
  private readonly resources = new Map<string, Input>();
  /** The parameters of the components whose documents are known. */
  private readonly parameters = new Map<string, DeclaredParameters>();

  constructor(private readonly parents: Parents) {}

  /** The ARNs of all resources of a kind such as `component`. */
  arns(kind: string): string[] {
    return [...this.resources.keys()].filter((arn) => arn.split(":")[5]?.startsWith(`${kind}/`));
  }

  /** A resource of the caller's account. Throws a {@link Fault} if it doesn't exist. */
  get(arn: unknown, { account }: Caller): Input {
    const found = this.resources.get(String(arn));
    if (!found || String(arn).split(":")[4] !== account)
      throw new Fault(
        "ResourceNotFoundException",
        `The resource with ARN '${arn}' doesn't exist.`,
        404,
      );
    return found;
  }

  private arn(kind: string, name: unknown, { account, region }: Caller, rest = ""): string {
    return `arn:aws:imagebuilder:${region}:${account}:${kind}/${slug(String(name))}${rest}`;
  }

  private get date(): string {
    const { changedAt } = this.parents;
    return changedAt === undefined ? CREATED : new Date(changedAt()).toISOString();
  }

  /** Whether a resource of another account names a build as its parent. */
  isParentOfOthers(arn: string): boolean {
    const owner = arn.split(":")[4];
    return [...this.resources].some(
      ([other, { parentImage }]) => parentImage === arn && other.split(":")[4] !== owner,
    );
  }

  private create(arn: string, input: Input): void {
    if (this.resources.has(arn))
      throw new Fault(
        "ResourceAlreadyExistsException",
        `The resource with ARN '${arn}' already exists.`,
      );
    this.resources.set(arn, {
      tags: {},
      ...input,
      arn,
      dateCreated: this.date,
      dateUpdated: this.date,
    });
  }

  /** Rejected while another resource names it. Assumed: a build doesn't prevent it. */
  private remove(arn: unknown, caller: Caller): object {
    this.get(arn, caller);
    const user = [...this.resources].find(
      ([other, resource]) => other !== arn && JSON.stringify(resource).includes(`"${arn}"`),
    );
    if (user)
      throw new Fault(
        "ResourceDependencyException",
        `Resource '${arn}' has other resources depended on it: ${user[0]}.`,
      );
    this.resources.delete(String(arn));
    return {};
  }

  private assertExists(arn: unknown, { account }: Caller): void {
    if (
      typeof arn !== "string" ||
      /:(aws|third-party):component\//.test(arn) ||
      /\/x\.|\.x/.test(arn)
    )
      return;
    if (!this.resources.has(arn) || arn.split(":")[4] !== account)
      throw new Fault("InvalidParameterValueException", `The resource '${arn}' doesn't exist.`);
  }

  /**
   * Other content of the same name and version gets the next build number; the same content is
   * rejected. Assumed for workflows.
   */
  private nextBuild(kind: string, prefix: string, { data, uri }: Input): string {
    const builds = this.arns(kind).filter((arn) => arn.startsWith(prefix));
    const last = this.resources.get(builds.at(-1) ?? "");
    if (last && last["data"] === data && last["uri"] === uri)
      throw new Fault(
        "ResourceAlreadyExistsException",
        `A resource with the content of '${last["arn"]}' already exists.`,
      );
    return `${prefix}${builds.length + 1}`;
  }

  private createComponent({ name, semanticVersion, ...rest }: Input, caller: Caller): object {
    assertMatches("name", name, NAME);
    assertMatches("semanticVersion", semanticVersion, VERSION);
    if ((rest["data"] === undefined) === (rest["uri"] === undefined))
      throw new Fault(
        "InvalidParameterCombinationException",
        "A component must have either data or uri.",
      );
    if (String(rest["data"] ?? "").length > 16_000)
      throw new Fault(
        "InvalidParameterValueException",
        "The value of data must have at most 16,000 characters.",
      );
    const parameters = this.parametersOf(rest);
    const prefix = this.arn("component", name, caller, `/${semanticVersion}/`);
    const arn = this.nextBuild("component", prefix, rest);
    if (parameters) this.parameters.set(arn, parameters);
    this.create(arn, {
      name,
      version: semanticVersion,
      owner: caller.account,
      type: "BUILD",
      encrypted: true,
      ...rest,
    });
    return { componentBuildVersionArn: arn };
  }

  /** The parameters of a component; `undefined` if its document can't be read. */
  private parametersOf({ data, uri }: Input): DeclaredParameters | undefined {
    const { readObject } = this.parents;
    if (data !== undefined) return parametersIn(String(data));
    if (!readObject) return undefined;
    const document = readObject(String(uri));
    if (document === undefined)
      throw new Fault("InvalidParameterValueException", `The object '${uri}' doesn't exist.`);
    return parametersIn(document);
  }

  private assertComponentsFit(components: readonly RecipeComponent[], caller: Caller): void {
    for (const [index, { componentArn, parameters = [] }] of components.entries()) {
      this.assertExists(componentArn, caller);
      assertSameRegion(componentArn, caller);
      const declared = this.parameters.get(componentArn);
      if (declared) assertParametersFit(index, parameters, declared);
    }
    const named = components.map(({ componentArn }) =>
      componentArn.replace(/\/[^/]*(\/\d+)?$/, ""),
    );
    if (new Set(named).size < named.length)
      throw new Fault(
        "InvalidParameterValueException",
        "A recipe must not contain a component twice.",
      );
  }

  private createRecipe({ name, semanticVersion, ...rest }: Input, caller: Caller): object {
    const arn = this.arn("image-recipe", name, caller, `/${semanticVersion}`);
    const {
      components,
      parentImage,
      blockDeviceMappings = [],
    } = rest as {
      readonly components: readonly RecipeComponent[];
      readonly parentImage: string;
      readonly blockDeviceMappings?: readonly Input[];
    };
    assertMatches("name", name, NAME);
    assertMatches("semanticVersion", semanticVersion, VERSION);
    assertMatches("parentImage", parentImage, PARENT);
    assertSameRegion(parentImage, caller);
    this.assertComponentsFit(components, caller);
    assertVolumesFit(blockDeviceMappings);
    if (/:\d{12}:image\//.test(parentImage))
      this.parents.assertParentExists(parentImage, "AMI", caller);
    this.create(arn, {
      name,
      version: semanticVersion,
      owner: caller.account,
      type: "AMI",
      platform: "Linux",
      ...rest,
    });
    return { imageRecipeArn: arn };
  }

  /**
   * Lists the caller's resources of a kind in its Region, whose ARNs end with their version.
   * Filters and other owners aren't emulated.
   */
  private lister(kind: string, member: string): Handler {
    return (input, { account, region }) => {
      if (input["owner"] !== "Self" || "filters" in input || "byName" in input)
        throw new Fault(
          "NotImplementedException",
          `a list by ${Object.keys(input).join(", ")} is not emulated`,
          501,
        );
      const versions = this.arns(kind)
        .filter((arn) => arn.startsWith(`arn:aws:imagebuilder:${region}:${account}:`))
        .map((arn) => /^(.*\/\d+\.\d+\.\d+)/.exec(arn)?.[1] ?? arn);
      const { items, ...token } = page(
        [...new Set(versions)].map((arn) => ({ arn, owner: account })),
        input,
        25,
      );
      return { [member]: items, ...token };
    };
  }

  private async createContainerRecipe(
    { name, semanticVersion, ...rest }: Input,
    caller: Caller,
  ): Promise<object> {
    const arn = this.arn("container-recipe", name, caller, `/${semanticVersion}`);
    const {
      components,
      parentImage,
      platformOverride,
      dockerfileTemplateData,
      instanceConfiguration,
      targetRepository,
    } = rest as {
      readonly components: readonly RecipeComponent[];
      readonly parentImage: string;
      readonly platformOverride?: string;
      readonly dockerfileTemplateData: string;
      readonly instanceConfiguration?: {
        readonly image?: string;
        readonly blockDeviceMappings?: readonly Input[];
      };
      readonly targetRepository: { readonly repositoryName: string };
    };
    assertMatches("name", name, NAME);
    assertMatches("semanticVersion", semanticVersion, VERSION);
    if (URI.test(parentImage) && platformOverride === undefined)
      throw new Fault(
        "InvalidParameterValueException",
        "The value supplied for parameter 'parentImage' is not valid. You must specify a platform override when using ECR Repositories as your parent image",
      );
    if (!URI.test(parentImage)) assertMatches("parentImage", parentImage, IMAGE);
    if (instanceConfiguration?.image !== undefined)
      assertMatches("instanceConfiguration.image", instanceConfiguration.image, AMI);
    for (const placeholder of ["parentImage", "environments"])
      if (!dockerfileTemplateData.includes(`{{{ imagebuilder:${placeholder} }}}`))
        throw new Fault(
          "InvalidParameterValueException",
          `The Dockerfile template must contain ${placeholder}.`,
        );
    assertSameRegion(parentImage, caller);
    this.assertComponentsFit(components, caller);
    assertVolumesFit(instanceConfiguration?.blockDeviceMappings ?? []);
    if (!(await this.parents.hasRepository(targetRepository.repositoryName, caller)))
      throw new Fault(
        "ResourceNotFoundException",
        `The repository '${targetRepository.repositoryName}' doesn't exist.`,
        404,
      );
    if (/:\d{12}:image\//.test(parentImage))
      this.parents.assertParentExists(parentImage, "DOCKER", caller);
    this.create(arn, {
      name,
      version: semanticVersion,
      owner: caller.account,
      platform: "Linux",
      encrypted: true,
      ...rest,
    });
    return { containerRecipeArn: arn };
  }

  /** The steps of a workflow document. A document without steps is rejected. */
  private stepsIn(data: unknown): readonly Step[] {
    const { schemaVersion, steps } = parse(String(data)) ?? {};
    if (String(Number(schemaVersion)) !== "1" || !Array.isArray(steps) || steps.length === 0)
      throw new Fault("InvalidParameterValueException", "The workflow document is not valid.");
    return steps;
  }

  private createWorkflow(
    { name, semanticVersion, type, data, ...rest }: Input,
    caller: Caller,
  ): object {
    assertMatches("name", name, NAME);
    assertMatches("semanticVersion", semanticVersion, VERSION);
    this.stepsIn(data);
    const kind = `workflow/${String(type).toLowerCase()}`;
    const arn = this.nextBuild(kind, this.arn(kind, name, caller, `/${semanticVersion}/`), {
      data,
    });
    this.create(arn, {
      name,
      version: semanticVersion,
      type,
      owner: caller.account,
      data,
      ...rest,
    });
    return { workflowBuildVersionArn: arn };
  }

  /** The steps of a pipeline's test workflows in their order, with the values of the parameters. */
  testSteps(
    pipelineArn: unknown,
    caller: Caller,
  ): { readonly step: Step; readonly parameters: Input; readonly workflow: string }[] {
    const { workflows = [] } = this.get(pipelineArn, caller) as {
      readonly workflows?: readonly Input[];
    };
    return workflows.flatMap(({ workflowArn, parameters = [] }) => {
      if (!/:\d{12}:workflow\/test\//.test(String(workflowArn))) return [];
      const given = Object.fromEntries(
        (parameters as Input[]).map(({ name, value }) => [name, (value as string[])[0]]),
      );
      return this.stepsIn(this.get(workflowArn, caller)["data"]).map((step) => ({
        step,
        parameters: given,
        workflow: String(workflowArn),
      }));
    });
  }

  /** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_WorkflowConfiguration.html */
  private assertWorkflowsFit({ workflows = [], executionRole }: Input, caller: Caller): void {
    const all = workflows as readonly Input[];
    if (all.length > 0 && executionRole === undefined)
      throw new Fault(
        "InvalidParameterCombinationException",
        "An execution role is required to provide workflows",
      );
    for (const { workflowArn, parallelGroup, onFailure } of all) {
      const [, owner = "", type = "", version = ""] =
        /:([^:]+):workflow\/(\w+)\/[^/]+\/(.+)$/.exec(String(workflowArn)) ?? [];
      if (owner === "aws" && version !== "x.x.x")
        throw new Fault(
          "InvalidParameterValueException",
          "AWS managed workflows must have latest version 'x.x.x'",
        );
      if (type !== "test" && (parallelGroup !== undefined || onFailure !== undefined))
        throw new Fault(
          "InvalidParameterCombinationException",
          `A ${type} workflow must have neither parallelGroup nor onFailure.`,
        );
      if (owner !== "aws") this.assertExists(workflowArn, caller);
    }
    for (const type of ["build", "distribution"])
      if (
        all.filter(({ workflowArn }) => String(workflowArn).includes(`:workflow/${type}/`)).length >
        1
      )
        throw new Fault(
          "InvalidParameterValueException",
          `A pipeline must have at most one ${type} workflow.`,
        );
  }

  private createPipeline(given: Input, caller: Caller): object {
    const input = withFailureActions(given);
    const arn = this.arn("image-pipeline", input["name"], caller);
    const members = [
      "imageRecipeArn",
      "containerRecipeArn",
      "infrastructureConfigurationArn",
      "distributionConfigurationArn",
    ];
    for (const member of members) this.assertExists(input[member], caller);
    if ((input["imageRecipeArn"] === undefined) === (input["containerRecipeArn"] === undefined))
      throw new Fault(
        "InvalidParameterCombinationException",
        "A pipeline must have either an image recipe or a container recipe.",
      );
    this.assertWorkflowsFit(input, caller);
    assertMatches("name", input["name"], NAME);
    this.create(arn, { platform: "Linux", status: "ENABLED", ...input });
    return { imagePipelineArn: arn };
  }

  /** The operations of resources that differ only in their name. */
  private crud(
    kind: string,
    operation: string,
    member: string,
    defaults: Input = {},
  ): Record<string, Handler> {
    const arnMember = `${member}Arn`;
    return {
      [`Create${operation}`]: (input, caller) => {
        assertMatches("name", input["name"], NAME);
        if (input["snsTopicArn"] !== undefined)
          assertMatches("snsTopicArn", input["snsTopicArn"], TOPIC);
        const arn = this.arn(kind, input["name"], caller);
        this.create(arn, { ...defaults, ...input });
        return { [arnMember]: arn };
      },
      [`Get${operation}`]: (input, caller) => ({ [member]: this.get(input[arnMember], caller) }),
      [`Update${operation}`]: this.update(arnMember),
      [`Delete${operation}`]: (input, caller) => this.remove(input[arnMember], caller),
    };
  }

  private update(arnMember: string): Handler {
    return (input, caller) => {
      const { name, tags, arn, dateCreated } = this.get(input[arnMember], caller);
      this.resources.set(String(arn), {
        platform: "Linux",
        ...input,
        name,
        tags,
        arn,
        dateCreated,
        dateUpdated: this.date,
      });
      return { [arnMember]: arn };
    };
  }

  readonly handlers: Readonly<Record<string, Handler>> = {
    CreateComponent: (input, caller) => this.createComponent(input, caller),
    GetComponent: ({ componentBuildVersionArn: arn }, caller) => ({
      component: this.get(arn, caller),
    }),
    DeleteComponent: ({ componentBuildVersionArn: arn }, caller) => this.remove(arn, caller),

    CreateImageRecipe: (input, caller) => this.createRecipe(input, caller),
    GetImageRecipe: ({ imageRecipeArn: arn }, caller) => ({ imageRecipe: this.get(arn, caller) }),
    DeleteImageRecipe: ({ imageRecipeArn: arn }, caller) => this.remove(arn, caller),

    CreateContainerRecipe: (input, caller) => this.createContainerRecipe(input, caller),
    GetContainerRecipe: ({ containerRecipeArn: arn }, caller) => ({
      containerRecipe: this.get(arn, caller),
    }),
    DeleteContainerRecipe: ({ containerRecipeArn: arn }, caller) => this.remove(arn, caller),

    CreateWorkflow: (input, caller) => this.createWorkflow(input, caller),
    ListComponents: this.lister("component", "componentVersionList"),
    ListImageRecipes: this.lister("image-recipe", "imageRecipeSummaryList"),
    ListContainerRecipes: this.lister("container-recipe", "containerRecipeSummaryList"),
    ListWorkflows: this.lister("workflow", "workflowVersionList"),
    GetWorkflow: ({ workflowBuildVersionArn: arn }, caller) => ({
      workflow: this.get(arn, caller),
    }),
    DeleteWorkflow: ({ workflowBuildVersionArn: arn }, caller) => this.remove(arn, caller),

    ...this.crud(
      "infrastructure-configuration",
      "InfrastructureConfiguration",
      "infrastructureConfiguration",
    ),
    ...this.crud(
      "distribution-configuration",
      "DistributionConfiguration",
      "distributionConfiguration",
      {
        timeoutMinutes: 720,
      },
    ),

    CreateImagePipeline: (input, caller) => this.createPipeline(input, caller),
    GetImagePipeline: ({ imagePipelineArn: arn }, caller) => ({
      imagePipeline: this.get(arn, caller),
    }),
    ListImagePipelines: (input, { account, region }) => {
      const own = this.arns("image-pipeline")
        .filter((arn) => arn.startsWith(`arn:aws:imagebuilder:${region}:${account}:`))
        .map((arn) => ({ ...this.get(arn, { account, region }), arn }));
      const { items, ...token } = page(own, input, 25);
      return { imagePipelineList: items, ...token };
    },
    UpdateImagePipeline: (input, caller) => {
      for (const member of ["imageRecipeArn", "containerRecipeArn"])
        this.assertExists(input[member], caller);
      this.assertWorkflowsFit(input, caller);
      return this.update("imagePipelineArn")(withFailureActions(input), caller);
    },
    DeleteImagePipeline: ({ imagePipelineArn: arn }, caller) => this.remove(arn, caller),

    ...this.crud("lifecycle-policy", "LifecyclePolicy", "lifecyclePolicy"),
    // The dates of a lifecycle policy are numbers; those of all other resources are texts.
    GetLifecyclePolicy: ({ lifecyclePolicyArn: arn }, caller) => ({
      lifecyclePolicy: { ...this.get(arn, caller), dateCreated: 0, dateUpdated: 0 },
    }),

    ListTagsForResource: ({ resourceArn: arn }, caller) => ({
      tags: this.get(arn, caller)["tags"],
    }),
    TagResource: ({ resourceArn: arn, tags }, caller) => {
      const resource = this.get(arn, caller);
      this.resources.set(String(arn), {
        ...resource,
        tags: { ...(resource["tags"] as object), ...(tags as object) },
      });
      return {};
    },
    UntagResource: ({ resourceArn: arn, tagKeys }, caller) => {
      const resource = this.get(arn, caller);
      const tags = Object.entries(resource["tags"] as object).filter(
        ([key]) => !(tagKeys as string[]).includes(key),
      );
      this.resources.set(String(arn), { ...resource, tags: Object.fromEntries(tags) });
      return {};
    },
  };
}
