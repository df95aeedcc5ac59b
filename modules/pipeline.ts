import { ImagebuilderImagePipeline } from "@cdktf/provider-aws/lib/imagebuilder-image-pipeline";
import { Construct } from "constructs";
import { literal } from "./literal";

export interface PipelineProps {
  readonly name: string;
  readonly description?: string;
  readonly recipeArn: string;
  readonly infrastructureArn: string;
  readonly distributionArn: string;
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
  /** Whether Amazon Inspector scans the test instance. */
  readonly scan: boolean;
}

/** Builds an image on a schedule, or when somebody starts it. */
export class Pipeline extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: PipelineProps) {
    super(scope, id);
    const { name, description, recipeArn, infrastructureArn, distributionArn, schedule, testsEnabled, scan } = props;
    const pipeline = new ImagebuilderImagePipeline(this, "Resource", {
      name,
      description: description && literal(description),
      status: "ENABLED",
      imageRecipeArn: recipeArn,
      infrastructureConfigurationArn: infrastructureArn,
      distributionConfigurationArn: distributionArn,
      schedule: schedule && {
        scheduleExpression: schedule.expression,
        timezone: schedule.timezone,
        pipelineExecutionStartCondition: schedule.onlyOnUpdates
          ? "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE"
          : "EXPRESSION_MATCH_ONLY",
      },
      imageTestsConfiguration: { imageTestsEnabled: testsEnabled },
      imageScanningConfiguration: { imageScanningEnabled: scan },
      enhancedImageMetadataEnabled: true,
    });
    this.arn = pipeline.arn;
  }
}
