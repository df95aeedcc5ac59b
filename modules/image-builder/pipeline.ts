import { ImagebuilderImagePipeline } from "@cdktf/provider-aws/lib/imagebuilder-image-pipeline";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { escapeInterpolation } from "../common/escape-interpolation";
import { Workflow, type WorkflowProps } from "./workflow";

export interface PipelineProps {
  readonly name: string;
  readonly description?: string;
  readonly recipe: PipelineRecipe;
  readonly infrastructureArn: string;
  /** @default - none: a container recipe names the repository itself */
  readonly distributionArn?: string;
  /** Whether Image Builder starts builds on the schedule. */
  readonly enabled: boolean;
  /** @default - builds are started by hand */
  readonly schedule?: PipelineSchedule;
  readonly testsEnabled: boolean;
  /** Time limit of the tests, in minutes. @default - the provider's, 720 */
  readonly testTimeoutMinutes?: number;
  /** Whether Amazon Inspector scans the build. */
  readonly scan: boolean;
  /** Whether Image Builder collects the packages and other details of a build. */
  readonly enhancedMetadata: boolean;
  /**
   * ARN of the role that Image Builder assumes. Workflows require it.
   * @default - Image Builder uses its service-linked role
   */
  readonly executionRoleArn?: string;
  /** All workflows of the pipeline, in order. @default - Image Builder's default workflows */
  readonly workflows?: readonly PipelineWorkflow[];
  /** Resources that builds use and that the pipeline doesn't refer to. @default - none */
  readonly dependsOn?: readonly ITerraformDependable[];
}

export interface PipelineRecipe {
  readonly kind: "image" | "container";
  readonly arn: string;
}

export interface PipelineSchedule {
  /** `cron(…)` or `rate(…)` */
  readonly expression: string;
  /** Name of a time zone in the IANA database. */
  readonly timezone: string;
  /** Whether a run is skipped if neither the parent nor a component has a new version. */
  readonly onlyOnUpdates: boolean;
}

export interface PipelineWorkflow {
  readonly workflow: WorkflowSource;
  readonly parameters: Readonly<Record<string, string>>;
  /**
   * Name of the group of test workflows that run at the same time.
   * @default - the workflow runs alone
   */
  readonly parallelGroup?: string;
  /**
   * Effect of a failed test workflow on the build. Image Builder sets "ABORT" for tests without it,
   * and the provider plans to remove that again in every plan.
   * @default - for builds and distributions, which can't have it
   */
  readonly onFailure?: "ABORT" | "CONTINUE";
}

/**
 * A workflow that exists already, or one that the pipeline creates. A pipeline may run a created
 * one several times, under the same `id`.
 */
export type WorkflowSource =
  | { readonly kind: "existing"; readonly arn: string }
  | { readonly kind: "created"; readonly id: string; readonly props: WorkflowProps };

function recipeArgument({ kind, arn }: PipelineRecipe) {
  switch (kind) {
    case "image":
      return { imageRecipeArn: arn };
    case "container":
      return { containerRecipeArn: arn };
  }
}

function scheduleArgument({ expression, timezone, onlyOnUpdates }: PipelineSchedule) {
  return {
    scheduleExpression: expression,
    timezone,
    pipelineExecutionStartCondition: onlyOnUpdates
      ? "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE"
      : "EXPRESSION_MATCH_ONLY",
  };
}

/** Builds an image, on a schedule or when it is started by hand. */
export class Pipeline extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: PipelineProps) {
    super(scope, id);
    const { name, description, schedule, workflows = [], dependsOn = [] } = props;
    const pipeline = new ImagebuilderImagePipeline(this, "Resource", {
      name,
      description: description && escapeInterpolation(description),
      status: props.enabled ? "ENABLED" : "DISABLED",
      ...recipeArgument(props.recipe),
      infrastructureConfigurationArn: props.infrastructureArn,
      distributionConfigurationArn: props.distributionArn,
      executionRole: props.executionRoleArn,
      ...(workflows.length > 0 && {
        workflow: workflows.map((workflow) => this.workflowArgument(workflow)),
      }),
      schedule: schedule && scheduleArgument(schedule),
      imageTestsConfiguration: {
        imageTestsEnabled: props.testsEnabled,
        timeoutMinutes: props.testTimeoutMinutes,
      },
      // Without a repository name, Image Builder scans containers in a separate repository. From
      // the container's repository, the audience could pull a build before it is tested.
      imageScanningConfiguration: { imageScanningEnabled: props.scan },
      enhancedImageMetadataEnabled: props.enhancedMetadata,
      dependsOn: dependsOn.length > 0 ? [...dependsOn] : undefined,
    });
    this.arn = pipeline.arn;
  }

  private workflowArgument({ workflow, parameters, parallelGroup, onFailure }: PipelineWorkflow) {
    return {
      workflowArn: this.workflowArn(workflow),
      parameter: Object.entries(parameters).map(([name, value]) => ({
        name,
        value: escapeInterpolation(value),
      })),
      parallelGroup,
      onFailure,
    };
  }

  private workflowArn(source: WorkflowSource): string {
    if (source.kind === "existing") return source.arn;
    const created = this.node.tryFindChild(source.id) as Workflow | undefined;
    return (created ?? new Workflow(this, source.id, source.props)).arn;
  }
}
