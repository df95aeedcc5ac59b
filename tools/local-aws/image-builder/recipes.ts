import type { Caller, Handlers } from "../protocol/emulator";
import { Fault, type Input } from "../protocol/rest-json";
import type { ImageType } from "./build";
import { getAndDelete, listVersions } from "./common-operations";
import type { Components, RecipeComponent } from "./components";
import { assertMatches, assertNameAndVersionFit } from "./patterns";
import { assertSameRegion, assertVolumesFit } from "./recipe-checks";
import { arnOf, type Resources } from "./resources";

// The patterns of the model, like those in `patterns.ts`.

/** The name of an image in a registry. */
const URI = /^(?!arn:)[\w.-]+(:\d+)?(\/[\w.-]+)*(:[\w.-]+|@sha256:[0-9a-f]{64})?$/;
const IMAGE = /^arn:aws[^:]*:imagebuilder:[^:]+:([0-9]{12}|aws):image\/.+$/;
const AMI = /^(ami-[0-9a-f]{8,17}|ssm:.+)$/;
const PARENT = new RegExp(`${IMAGE.source}|${AMI.source}`);

export interface RecipePeers {
  /**
   * Throws a {@link Fault} unless the account can see a build of the type that the ARN of an image
   * resolves to.
   */
  readonly assertParentExists: (arn: string, type: ImageType, caller: Caller) => void;
  /** Whether the account has a repository for containers. */
  readonly hasRepository: (name: string, caller: Caller) => Promise<boolean>;
}

/** The operations on image recipes and container recipes. */
export class Recipes {
  constructor(
    private readonly resources: Resources,
    private readonly components: Components,
    private readonly peers: RecipePeers,
  ) {}

  get handlers(): Handlers {
    const { resources } = this;
    return {
      CreateImageRecipe: (input, caller) => this.create(input, caller),
      ListImageRecipes: listVersions(resources, "image-recipe", "imageRecipeSummaryList"),
      ...getAndDelete(resources, "ImageRecipe", "imageRecipe"),
      CreateContainerRecipe: (input, caller) => this.createForContainer(input, caller),
      ListContainerRecipes: listVersions(
        resources,
        "container-recipe",
        "containerRecipeSummaryList",
      ),
      ...getAndDelete(resources, "ContainerRecipe", "containerRecipe"),
    };
  }

  private create(input: Input, caller: Caller): object {
    assertNameAndVersionFit(input);
    const { name, semanticVersion, ...rest } = input;
    const {
      components,
      parentImage,
      blockDeviceMappings = [],
    } = rest as {
      readonly components: readonly RecipeComponent[];
      readonly parentImage: string;
      readonly blockDeviceMappings?: readonly Input[];
    };
    assertMatches("parentImage", parentImage, PARENT);
    assertSameRegion(parentImage, caller);
    this.components.assertFit(components, caller);
    assertVolumesFit(blockDeviceMappings);
    this.assertParentExists(parentImage, "AMI", caller);
    const arn = arnOf("image-recipe", name, caller, `/${semanticVersion}`);
    this.resources.create(arn, {
      name,
      version: semanticVersion,
      owner: caller.account,
      type: "AMI",
      platform: "Linux",
      ...rest,
    });
    return { imageRecipeArn: arn };
  }

  private async createForContainer(input: Input, caller: Caller): Promise<object> {
    assertNameAndVersionFit(input);
    const { name, semanticVersion, ...rest } = input;
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
    if (URI.test(parentImage) && platformOverride === undefined)
      throw new Fault(
        "InvalidParameterValueException",
        "The value supplied for parameter 'parentImage' is not valid. You must specify a platform override when using ECR Repositories as your parent image",
      );
    if (!URI.test(parentImage)) assertMatches("parentImage", parentImage, IMAGE);
    if (instanceConfiguration?.image !== undefined)
      assertMatches("instanceConfiguration.image", instanceConfiguration.image, AMI);
    assertTemplateFits(dockerfileTemplateData);
    assertSameRegion(parentImage, caller);
    this.components.assertFit(components, caller);
    assertVolumesFit(instanceConfiguration?.blockDeviceMappings ?? []);
    if (!(await this.peers.hasRepository(targetRepository.repositoryName, caller)))
      throw new Fault(
        "ResourceNotFoundException",
        `The repository '${targetRepository.repositoryName}' doesn't exist.`,
        404,
      );
    this.assertParentExists(parentImage, "DOCKER", caller);
    const arn = arnOf("container-recipe", name, caller, `/${semanticVersion}`);
    this.resources.create(arn, {
      name,
      version: semanticVersion,
      owner: caller.account,
      platform: "Linux",
      encrypted: true,
      ...rest,
    });
    return { containerRecipeArn: arn };
  }

  private assertParentExists(arn: string, type: ImageType, caller: Caller): void {
    if (/:\d{12}:image\//.test(arn)) this.peers.assertParentExists(arn, type, caller);
  }
}

function assertTemplateFits(dockerfileTemplate: string): void {
  for (const placeholder of ["parentImage", "environments"])
    if (!dockerfileTemplate.includes(`{{{ imagebuilder:${placeholder} }}}`))
      throw new Fault(
        "InvalidParameterValueException",
        `The Dockerfile template must contain ${placeholder}.`,
      );
}
