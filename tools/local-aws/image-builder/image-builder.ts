/**
 * Emulates the resources of EC2 Image Builder that Terraform manages: components, recipes,
 * workflows, configurations, pipelines and lifecycle policies. "Assumed" marks behaviour that no
 * AWS document describes.
 */
import type { Caller, Handlers } from "../protocol/emulator";
import type { Input } from "../protocol/rest-json";
import { tagHandlers } from "./common-operations";
import { Components, type ReadObject } from "./components";
import { configurationHandlers } from "./configurations";
import { pipelineHandlers } from "./pipelines";
import { type RecipePeers, Recipes } from "./recipes";
import { Resources } from "./resources";
import { type TestStep, testSteps, workflowHandlers } from "./workflows";

export interface ImageBuilderPeers extends RecipePeers {
  /** @default - the documents of components in S3 aren't validated */
  readonly readObject?: ReadObject | undefined;
  /**
   * The current time, in milliseconds. @default - the date of changes never changes: the rebuilder
   * starts nothing right after a change of a pipeline
   */
  readonly changedAt?: (() => number) | undefined;
}

export class ImageBuilder {
  readonly handlers: Handlers;
  private readonly resources: Resources;

  constructor(peers: ImageBuilderPeers) {
    const resources = new Resources(peers.changedAt);
    const components = new Components(resources, peers.readObject);
    this.resources = resources;
    this.handlers = {
      ...components.handlers,
      ...new Recipes(resources, components, peers).handlers,
      ...workflowHandlers(resources),
      ...configurationHandlers(resources),
      ...pipelineHandlers(resources),
      ...tagHandlers(resources),
    };
  }

  /** The ARNs of all resources of a kind such as `component`. */
  arns(kind: string): string[] {
    return this.resources.arns(kind);
  }

  /** A resource of the caller's account. Throws a {@link Fault} if it doesn't exist. */
  get(arn: unknown, caller: Caller): Input {
    return this.resources.get(arn, caller);
  }

  /** Whether a resource of another account names a build as its parent. */
  isParentOfOthers(arn: string): boolean {
    return this.resources.isParentOfOthers(arn);
  }

  /** The steps of a pipeline's test workflows in their order. */
  testSteps(pipelineArn: unknown, caller: Caller): TestStep[] {
    return testSteps(this.resources, pipelineArn, caller);
  }
}
