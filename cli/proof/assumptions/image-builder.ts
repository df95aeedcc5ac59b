/**
 * The resources of Image Builder that experiments create. Each function registers first how its
 * result is removed. ARNs follow from names, so that a call without an answer leaves nothing
 * behind.
 */
import {
  CreateComponentCommand,
  type CreateComponentCommandInput,
  CreateDistributionConfigurationCommand,
  CreateImagePipelineCommand,
  type CreateImagePipelineCommandInput,
  CreateImageRecipeCommand,
  type CreateImageRecipeCommandInput,
  CreateInfrastructureConfigurationCommand,
  CreateWorkflowCommand,
  DeleteComponentCommand,
  DeleteDistributionConfigurationCommand,
  DeleteImagePipelineCommand,
  DeleteImageRecipeCommand,
  DeleteInfrastructureConfigurationCommand,
  DeleteWorkflowCommand,
} from "@aws-sdk/client-imagebuilder";
import {
  awsManagedImageArn,
  imageBuilderArn,
  imageRecipeArn,
  pipelineArn,
} from "../../../config/aws/arns";
import type { Lab } from "./lab";
import { createInstanceProfile } from "./roles";
import type { Site } from "./site";

export const VERSION = "1.0.0";

/** Architecture and parent of all builds, for the cheapest instance type that is large enough. */
export const INSTANCE_TYPE = "t4g.small";
export const PARENT = "amazon-linux-2023-arm64";

/** The parent of builds in a Region. */
export function parentArn({ region }: Site): string {
  return awsManagedImageArn(region, PARENT, "x.x.x");
}

/** A component document that does nothing, or with a parameter that has no default. */
export function emptyDocument(parameter?: string): string {
  const parameters =
    parameter === undefined ? "" : `parameters:\n  - ${parameter}:\n      type: string\n`;
  return `schemaVersion: 1.0\n${parameters}phases:\n  - name: build\n    steps:\n      - name: Nothing\n        action: ExecuteBash\n        inputs:\n          commands:\n            - "true"\n`;
}

/** Registers the removal of a resource of Image Builder. */
function undoCreation(
  lab: Lab,
  { region }: Site,
  kind: string,
  arn: string,
  remove: () => Promise<unknown>,
  option = `${kind}-arn`,
): void {
  lab.undo(
    `the ${kind.replaceAll("-", " ")} ${arn}`,
    `aws imagebuilder delete-${kind} --${option} ${arn} --region ${region}`,
    remove,
  );
}

/** Creates a component. Returns the ARN that Image Builder answers. */
export async function createComponent(
  lab: Lab,
  site: Site,
  suffix: string,
  changes: Partial<CreateComponentCommandInput> = {},
): Promise<string> {
  const name = lab.name(suffix);
  const build = imageBuilderArn(site, `component/${name}/${VERSION}/1`);
  undoCreation(
    lab,
    site,
    "component",
    build,
    () => site.imageBuilder.send(new DeleteComponentCommand({ componentBuildVersionArn: build })),
    "component-build-version-arn",
  );
  const { componentBuildVersionArn = "" } = await site.imageBuilder.send(
    new CreateComponentCommand({
      name,
      semanticVersion: VERSION,
      platform: "Linux",
      data: emptyDocument(),
      tags: lab.tags,
      ...changes,
    }),
  );
  return componentBuildVersionArn;
}

/** Creates an image recipe, with a component that does nothing unless `changes` names others. */
export async function createRecipe(
  lab: Lab,
  site: Site,
  suffix: string,
  changes: Partial<CreateImageRecipeCommandInput> = {},
): Promise<string> {
  const components = changes.components ?? [
    { componentArn: await createComponent(lab, site, suffix) },
  ];
  const name = lab.name(suffix);
  const arn = imageRecipeArn(site, name, VERSION);
  undoCreation(lab, site, "image-recipe", arn, () =>
    site.imageBuilder.send(new DeleteImageRecipeCommand({ imageRecipeArn: arn })),
  );
  await site.imageBuilder.send(
    new CreateImageRecipeCommand({
      name,
      semanticVersion: VERSION,
      parentImage: parentArn(site),
      components,
      tags: lab.tags,
      ...changes,
    }),
  );
  return arn;
}

export async function createTestWorkflow(
  lab: Lab,
  site: Site,
  suffix: string,
  data: string,
): Promise<string> {
  const name = lab.name(suffix);
  const arn = imageBuilderArn(site, `workflow/test/${name}/${VERSION}/1`);
  undoCreation(
    lab,
    site,
    "workflow",
    arn,
    () => site.imageBuilder.send(new DeleteWorkflowCommand({ workflowBuildVersionArn: arn })),
    "workflow-build-version-arn",
  );
  await site.imageBuilder.send(
    new CreateWorkflowCommand({
      name,
      semanticVersion: VERSION,
      type: "TEST",
      data,
      tags: lab.tags,
    }),
  );
  return arn;
}

/** Creates the settings of build instances, with a role for them. */
export async function createInfrastructure(lab: Lab, site: Site, suffix: string): Promise<string> {
  const { imageBuilder, network } = site;
  const name = lab.name(suffix);
  const instanceProfileName = await createInstanceProfile(lab, site, suffix);
  const arn = imageBuilderArn(site, `infrastructure-configuration/${name}`);
  undoCreation(lab, site, "infrastructure-configuration", arn, () =>
    site.imageBuilder.send(
      new DeleteInfrastructureConfigurationCommand({ infrastructureConfigurationArn: arn }),
    ),
  );
  await imageBuilder.send(
    new CreateInfrastructureConfigurationCommand({
      name,
      instanceProfileName,
      instanceTypes: [INSTANCE_TYPE],
      subnetId: network.subnetId,
      securityGroupIds: network.securityGroupIds && [...network.securityGroupIds],
      instanceMetadataOptions: { httpTokens: "required" },
      terminateInstanceOnFailure: true,
      resourceTags: lab.tags,
      tags: lab.tags,
    }),
  );
  return arn;
}

interface AmiSettings {
  /** @default - the Region of the build */
  readonly regions?: readonly string[];
  /** @default - none */
  readonly description?: string;
}

/** Creates the settings of AMIs, which get the tags of everything that is created. */
export async function createDistribution(
  lab: Lab,
  site: Site,
  suffix: string,
  { regions = [site.region], description }: AmiSettings = {},
): Promise<string> {
  const name = lab.name(suffix);
  const distributions = regions.map((region) => ({
    region,
    amiDistributionConfiguration: {
      name: `${name}-{{ imagebuilder:buildDate }}`,
      description,
      amiTags: lab.tags,
    },
  }));
  const arn = imageBuilderArn(site, `distribution-configuration/${name}`);
  undoCreation(lab, site, "distribution-configuration", arn, () =>
    site.imageBuilder.send(
      new DeleteDistributionConfigurationCommand({ distributionConfigurationArn: arn }),
    ),
  );
  await site.imageBuilder.send(
    new CreateDistributionConfigurationCommand({ name, distributions, tags: lab.tags }),
  );
  return arn;
}

export async function createPipeline(
  lab: Lab,
  site: Site,
  suffix: string,
  settings: Omit<CreateImagePipelineCommandInput, "name" | "clientToken" | "tags">,
): Promise<string> {
  const name = lab.name(suffix);
  const arn = pipelineArn(site, name);
  undoCreation(lab, site, "image-pipeline", arn, () =>
    site.imageBuilder.send(new DeleteImagePipelineCommand({ imagePipelineArn: arn })),
  );
  await site.imageBuilder.send(
    new CreateImagePipelineCommand({
      name,
      imageTestsConfiguration: { imageTestsEnabled: false },
      tags: lab.tags,
      ...settings,
    }),
  );
  return arn;
}
