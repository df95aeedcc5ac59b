/** What images and containers have alike, as the modules take it. */

import { workflowKey } from "../config/content";
import type { Account, Component, Container, Image, Workflow } from "../config/factory";
import { currentVersion, issuedVersions, type Ledger } from "../config/ledger";
import {
  awsManagedComponentArn,
  awsManagedWorkflowArn,
  componentArn,
  imageTags,
  type Place,
  topicArn,
  workflowName,
} from "../config/names";
import { TOPIC_PARAMETER } from "../config/workflow/check";
import type { BuildPlace } from "../modules/build-environment";
import type { ImageProps } from "../modules/image";
import type { PipelineWorkflow } from "../modules/pipeline";
import type { RecipeComponent, RecipeProps } from "../modules/recipe";
import { needsExecutionRole } from "./execution";

export interface ImageContext {
  readonly account: Account;
  readonly sharedAccountId: string;
  readonly ledger: Ledger;
  readonly environment: BuildPlace;
  /** Resources of the same stack that the recipe names by their ARNs. @default - they are in another stack */
  readonly recipeDependsOn?: RecipeProps["dependsOn"];
}

const componentOf = (component: Component, place: Place, ledger: Ledger): string => {
  switch (component.kind) {
    case "awsManaged":
      return awsManagedComponentArn(place.region, component.name, component.version);
    case "document": {
      const { name } = component.document;
      return componentArn(place, name, currentVersion(ledger.components, name));
    }
    case "arn":
      return component.arn;
  }
};

export const componentsOf = ({ components }: Image | Container, place: Place, ledger: Ledger): RecipeComponent[] =>
  components.map((component) => ({ arn: componentOf(component, place, ledger), parameters: component.parameters }));

/** A parameter for the topic is the factory's, unless it is another. */
const withTopic = ({ source, parameters }: Workflow, topic: string): Readonly<Record<string, string>> => {
  const declared = "document" in source && source.document.parameters.find(({ name }) => name === TOPIC_PARAMETER);
  return declared && declared.default === undefined ? { [TOPIC_PARAMETER]: topic, ...parameters } : parameters;
};

const workflowOf = (workflow: Workflow, image: string, place: Place, { ledger }: ImageContext): PipelineWorkflow => {
  const { type, source, parallelGroup, onFailure } = workflow;
  return {
    workflow:
      "document" in source
        ? {
            id: `${type}-${source.document.name}`,
            name: workflowName(image, source.document.name),
            version: currentVersion(ledger.workflows, workflowKey(type, source.document)),
            type,
            description: source.document.description,
            text: source.document.text,
          }
        : { arn: awsManagedWorkflowArn(place.region, type, source.awsManaged) },
    parameters: withTopic(workflow, topicArn(place)),
    parallelGroup,
    ...(onFailure && { onFailure: onFailure === "abort" ? "ABORT" : "CONTINUE" }),
  };
};

export const pipelineProps = (image: Image | Container, place: Place, context: ImageContext): ImageProps["pipeline"] => ({
  schedule: image.schedule,
  testsEnabled: image.testsEnabled,
  scan: image.scan,
  ...(needsExecutionRole(image) && { executionRoleArn: context.environment.executionRoleArn }),
  workflows: image.workflows.map((workflow) => workflowOf(workflow, image.name, place, context)),
});

export const infrastructureProps = (
  image: Image | Container,
  place: Place,
  { account, environment }: ImageContext,
): Omit<ImageProps["infrastructure"], "instanceProfileName"> => {
  const network = account.regions.find(({ name }) => name === place.region);
  return {
    instanceTypes: image.instanceTypes,
    subnetId: network?.subnetId,
    securityGroupIds: network?.securityGroupIds,
    keyPair: image.keyPair,
    logBucket: environment.logBucket,
    topicArn: environment.topicArn,
    resourceTags: imageTags(image.name),
  };
};

export const lifecycleProps = (
  { retainBuilds, recipe }: Image | Container,
  { ledger, environment }: ImageContext,
): Pick<ImageProps, "lifecycle"> =>
  retainBuilds === undefined
    ? {}
    : {
        lifecycle: {
          recipeVersions: issuedVersions(ledger.recipes, recipe),
          keepBuilds: retainBuilds,
          roleArn: environment.lifecycleRoleArn,
        },
      };
