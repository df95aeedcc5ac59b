import type { Construct } from "constructs";
import type { Container, Image, VersionedFactory } from "../config/model";
import { AccountStack } from "./account-stack";
import { addPipelines } from "./add-pipelines";
import { namedBuildSettings } from "./props/region";

export interface ChildStackProps {
  readonly factory: VersionedFactory;
  readonly region: string;
  readonly image: Image | Container;
}

/**
 * A golden image with a golden parent. Image Builder resolves the parent when the recipe is
 * created, so this stack can only be deployed when a build of the parent exists. It refers to the
 * resources of the Region's {@link SharedStack} by their names.
 */
export class ChildStack extends AccountStack {
  constructor(scope: Construct, id: string, { factory, region, image }: ChildStackProps) {
    const account = factory.shared;
    super(scope, id, { factory, account, region });
    const at = this.accountRegion;
    const environment = namedBuildSettings(at, image);
    this.addOutputs({
      pipeline_arns: addPipelines(this, [image], { factory, account, at, environment }),
    });
  }
}
