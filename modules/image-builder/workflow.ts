import { ImagebuilderWorkflow } from "@cdktf/provider-aws/lib/imagebuilder-workflow";
import { Construct } from "constructs";
import { escapeInterpolation } from "../common/escape-interpolation";

export interface WorkflowProps {
  readonly name: string;
  /** Never used before for another document: a workflow can't be changed. */
  readonly version: string;
  readonly type: "build" | "test" | "distribution";
  readonly description?: string;
  readonly text: string;
}

/**
 * A workflow from a document, which a plan shows. A new version is made before the old one goes, because the pipeline is changed in place.
 * It is encrypted with the service's own key: with another one, who deploys and who builds would need that key too.
 */
export class Workflow extends Construct {
  /** With version and build. */
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
