/** What images and containers have alike, as the modules take it. */

import {
  awsManagedComponentArn,
  awsManagedWorkflowArn,
  componentArn,
  topicArn,
} from "../../config/aws/arns";
import { TOPIC_PARAMETER } from "../../config/documents/workflow/check";
import type { Account, Component, Container, Image, Workflow } from "../../config/model";
import { imageTags, TOPIC_NAME, workflowName } from "../../config/names";
import { workflowKey } from "../../config/versions/digests";
import { currentVersion, issuedVersions, type LockFile } from "../../config/versions/lock-file";
import type { AccountRegion } from "../../contract/account-region";
import type { BuildSettings } from "../../modules/build-environment/build-environment";
import type { ImageProps } from "../../modules/image-builder/image";
import type { PipelineWorkflow } from "../../modules/image-builder/pipeline";
import type { RecipeComponent, RecipeProps } from "../../modules/image-builder/recipe";
import { needsExecutionRole } from "./execution-role";

export interface BuildableContext {
  readonly account: Account;
  readonly sharedAccountId: string;
  readonly ledger: LockFile;
  readonly environment: BuildSettings;
  /** Resources of the same stack that the recipe names by their ARNs. @default - they are in another stack */
  readonly recipeDependsOn?: RecipeProps["dependsOn"];
}

function componentOf(component: Component, place: AccountRegion, ledger: LockFile): string {
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
}

export function componentsOf(
  { components }: Image | Container,
  place: AccountRegion,
  ledger: LockFile,
): RecipeComponent[] {
  return components.map((component) => ({
    arn: componentOf(component, place, ledger),
    parameters: component.parameters,
  }));
}

/** A parameter for the topic is the factory's, unless it is another. */
function withTopic(
  { source, parameters }: Workflow,
  topic: string,
): Readonly<Record<string, string>> {
  const declared =
    "document" in source && source.document.parameters.find(({ name }) => name === TOPIC_PARAMETER);
  return declared && declared.default === undefined
    ? { [TOPIC_PARAMETER]: topic, ...parameters }
    : parameters;
}

function workflowOf(
  workflow: Workflow,
  image: string,
  place: AccountRegion,
  { ledger }: BuildableContext,
): PipelineWorkflow {
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
    parameters: withTopic(workflow, topicArn(place, TOPIC_NAME)),
    parallelGroup,
    ...(onFailure && { onFailure: onFailure === "abort" ? "ABORT" : "CONTINUE" }),
  };
}

export function pipelineProps(
  image: Image | Container,
  place: AccountRegion,
  context: BuildableContext,
): ImageProps["pipeline"] {
  return {
    schedule: image.schedule,
    testsEnabled: image.testsEnabled,
    scan: image.scan,
    ...(needsExecutionRole(image) && { executionRoleArn: context.environment.executionRoleArn }),
    workflows: image.workflows.map((workflow) => workflowOf(workflow, image.name, place, context)),
  };
}

export function infrastructureProps(
  image: Image | Container,
  place: AccountRegion,
  { account, environment }: BuildableContext,
): Omit<ImageProps["infrastructure"], "instanceProfileName"> {
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
}

export function lifecycleProps(
  { retainBuilds, recipe }: Image | Container,
  { ledger, environment }: BuildableContext,
): Pick<ImageProps, "lifecycle"> {
  return retainBuilds === undefined
    ? {}
    : {
        lifecycle: {
          recipeVersions: issuedVersions(ledger.recipes, recipe),
          keepBuilds: retainBuilds,
          roleArn: environment.lifecycleRoleArn,
        },
      };
}
