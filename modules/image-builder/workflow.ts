import { ImagebuilderWorkflow } from "@cdktf/provider-aws/lib/imagebuilder-workflow";
import { Construct } from "constructs";
import { escapeInterpolation } from "../common/escape-interpolation";

export interface WorkflowProps {
  readonly name: string;
  /** Workflows are immutable: a version is never used again for another document. */
  readonly version: string;
  readonly type: "build" | "test" | "distribution";
  readonly description?: string;
  /** Text of the document. */
  readonly text: string;
}

/**
 * A workflow. Plans show its document. A new version is created before the old one is destroyed,
 * because Terraform updates the pipeline in place. Image Builder's own key encrypts the workflow:
 * another key would have to be granted to every role that deploys or builds.
 */
export class Workflow extends Construct {
  /** Includes version and build number. */
  readonly arn: string;

  constructor(
    scope: Construct,
    id: string,
    { name, version, type, description, text }: WorkflowProps,
  ) {
    super(scope, id);
    const workflow = new ImagebuilderWorkflow(this, "Resource", {
      name,
      version,
      type: type.toUpperCase(),
      description: description && escapeInterpolation(description),
      data: escapeInterpolation(text),
      lifecycle: { createBeforeDestroy: true },
    });
    this.arn = workflow.arn;
  }
}
