import { Construct } from "constructs";
import type { Image, VersionedFactory } from "../config/factory";
import { buildLogBucket, buildRoleName, lifecycleRoleName, roleArn, topicArn } from "../config/names";
import { Image as ImageModule } from "../modules/image";
import { AccountStack } from "./account-stack";
import { imageProps } from "./build";

export interface ChildStackProps {
  readonly factory: VersionedFactory;
  readonly region: string;
  readonly image: Image;
}

/**
 * A golden image on a golden parent. Image Builder looks a recipe's parent up when the recipe is made, so this can only be
 * deployed when a build of the parent is there; what it needs of the Region's stack it finds by name.
 */
export class ChildStack extends AccountStack {
  constructor(scope: Construct, id: string, { factory, region, image }: ChildStackProps) {
    super(scope, id, { factory, account: factory.shared, region });
    const { shared, ledger } = factory;
    const environment = {
      instanceProfileName: buildRoleName(region),
      logBucket: buildLogBucket(this.place),
      topicArn: topicArn(this.place),
      lifecycleRoleArn: roleArn(this.place, lifecycleRoleName(region)),
    };
    const props = imageProps(image, this.place, { account: shared, sharedAccountId: shared.id, ledger, environment });
    const { pipelineArn } = new ImageModule(new Construct(this, "images"), image.name, props);
    this.output("pipeline_arns", "Image pipelines of this stack, by image", { [image.name]: pipelineArn });
  }
}
