/** Creates the recipes and pipelines of the small factory. */
import {
  CreateContainerRecipeCommand,
  CreateDistributionConfigurationCommand,
  CreateImagePipelineCommand,
  CreateImageRecipeCommand,
  CreateInfrastructureConfigurationCommand,
  CreateWorkflowCommand,
  type ImagebuilderClient,
  type WorkflowConfiguration,
} from "@aws-sdk/client-imagebuilder";
import {
  awsManagedComponentArn,
  awsManagedWorkflowArn,
  roleArn,
  topicArn,
} from "../../../config/aws/arns";
import { defaultDockerfile } from "../../../config/documents/dockerfile";
import { repositoryName, TOPIC_NAME } from "../../../config/names";
import { REGION, SHARED } from "./small-factory-accounts";

/** The ARNs that a change of a pipeline repeats. */
export interface PipelineArns {
  readonly imagePipelineArn: string;
  readonly infrastructureConfigurationArn: string;
  readonly distributionConfigurationArn: string;
}

export async function createRecipe(
  imageBuilder: ImagebuilderClient,
  region: string,
  name: string,
  semanticVersion: string,
  parentImage: string,
): Promise<string | undefined> {
  const components = [{ componentArn: awsManagedComponentArn(region, "update-linux", "x.x.x") }];
  const recipe = { name, semanticVersion, parentImage, components };
  const { imageRecipeArn } = await imageBuilder.send(new CreateImageRecipeCommand(recipe));
  return imageRecipeArn;
}

/**
 * Creates a pipeline that builds in the first of `regions` and copies the AMIs to the others.
 *
 * @param topic ARN of the topic that gets messages about builds. @default - no topic
 */
export async function createPipeline(
  imageBuilder: ImagebuilderClient,
  name: string,
  imageRecipeArn: string | undefined,
  regions: readonly string[],
  topic: string | undefined,
): Promise<PipelineArns> {
  const infrastructure = {
    name,
    instanceProfileName: "build",
    ...(topic !== undefined && { snsTopicArn: topic }),
  };
  const { infrastructureConfigurationArn = "" } = await imageBuilder.send(
    new CreateInfrastructureConfigurationCommand(infrastructure),
  );
  const distributions = regions.map((region) => ({ region }));
  const { distributionConfigurationArn = "" } = await imageBuilder.send(
    new CreateDistributionConfigurationCommand({ name, distributions }),
  );
  const parts = { infrastructureConfigurationArn, distributionConfigurationArn };
  const { imagePipelineArn = "" } = await imageBuilder.send(
    new CreateImagePipelineCommand({ name, imageRecipeArn, ...parts }),
  );
  return { imagePipelineArn, ...parts };
}

/**
 * Creates a container with a pipeline in the shared account. Returns the pipeline's ARN.
 *
 * @param testWorkflow the document of a workflow that waits for an approval
 */
export async function createContainerPipeline(
  imageBuilder: ImagebuilderClient,
  name: string,
  testWorkflow: string,
): Promise<string> {
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
