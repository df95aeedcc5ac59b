import { ImagebuilderImagePipeline } from "@cdktf/provider-aws/lib/imagebuilder-image-pipeline";
import { Construct } from "constructs";
import { escapeInterpolation } from "../common/escape-interpolation";
import { Workflow, type WorkflowProps } from "./workflow";

export interface PipelineProps {
  readonly name: string;
  readonly description?: string;
  /** Of an image recipe, or `containerRecipeArn`. */
  readonly recipeArn?: string;
  readonly containerRecipeArn?: string;
  readonly infrastructureArn: string;
  /** @default - what is built stays where the recipe says */
  readonly distributionArn?: string;
  /** @default - somebody starts it */
  readonly schedule?: {
    /** cron(…) or rate(…) */
    readonly expression: string;
    /** As in the IANA database. */
    readonly timezone: string;
    /** Whether a run is skipped when neither parent nor components have a new version. */
    readonly onlyOnUpdates: boolean;
  };
  readonly testsEnabled: boolean;
  /** Whether Amazon Inspector scans what is tested. */
  readonly scan: boolean;
  /** ARN of the role that Image Builder builds in. @default - its service-linked role */
  readonly executionRoleArn?: string;
  /** All that is to run, by an execution role. @default - what Image Builder runs by itself */
  readonly workflows?: readonly PipelineWorkflow[];
}

export interface PipelineWorkflow {
  /** One that is there, or one of the pipeline's own, which may run more than once, under an id. */
  readonly workflow: { readonly arn: string } | (WorkflowProps & { readonly id: string });
  readonly parameters: Readonly<Record<string, string>>;
  /** Of tests. @default - it runs alone */
  readonly parallelGroup?: string;
  /** Of tests. @default "ABORT" */
  readonly onFailure?: "ABORT" | "CONTINUE";
}

/** Builds an image on a schedule, or when somebody starts it. */
export class Pipeline extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: PipelineProps) {
    super(scope, id);
    const { name, description, schedule, testsEnabled, scan, workflows = [] } = props;
    const pipeline = new ImagebuilderImagePipeline(this, "Resource", {
      name,
      description: description && escapeInterpolation(description),
      status: "ENABLED",
      imageRecipeArn: props.recipeArn,
      containerRecipeArn: props.containerRecipeArn,
      infrastructureConfigurationArn: props.infrastructureArn,
      distributionConfigurationArn: props.distributionArn,
      executionRole: props.executionRoleArn,
      ...(workflows.length > 0 && { workflow: workflows.map((one) => this.workflow(one)) }),
      schedule: schedule && {
        scheduleExpression: schedule.expression,
        timezone: schedule.timezone,
        pipelineExecutionStartCondition: schedule.onlyOnUpdates
          ? "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE"
          : "EXPRESSION_MATCH_ONLY",
      },
      imageTestsConfiguration: { imageTestsEnabled: testsEnabled },
      // Where a container is scanned is left to Image Builder: in its own repository, who pulls would get at it before it is tested.
      imageScanningConfiguration: { imageScanningEnabled: scan },
      enhancedImageMetadataEnabled: true,
    });
    this.arn = pipeline.arn;
  }

  private workflow({ workflow, parameters, parallelGroup, onFailure }: PipelineWorkflow) {
    return {
      workflowArn: "arn" in workflow ? workflow.arn : this.own(workflow).arn,
      parameter: Object.entries(parameters).map(([name, value]) => ({
        name,
        value: escapeInterpolation(value),
      })),
      parallelGroup,
      onFailure,
    };
  }

  private own({ id, ...props }: WorkflowProps & { readonly id: string }): Workflow {
    return (this.node.tryFindChild(id) as Workflow | undefined) ?? new Workflow(this, id, props);
  }
}
