import { Construct } from "constructs";
import { roleArn, topicArn } from "../config/aws/arns";
import type { Container, Image, VersionedFactory } from "../config/model";
import {
  buildLogBucket,
  buildRoleName,
  containerBuildRoleName,
  executionRoleName,
  lifecycleRoleName,
  TOPIC_NAME,
} from "../config/names";
import { AccountStack } from "./account-stack";
import { addBuildable } from "./add-buildable";

export interface ChildStackProps {
  readonly factory: VersionedFactory;
  readonly region: string;
  readonly image: Image | Container;
}

/**
 * A golden image or container on a golden parent. Image Builder looks a recipe's parent up when the recipe is made, so this can only be
 * deployed when a build of the parent is there; what it needs of the Region's stack it finds by name.
 */
export class ChildStack extends AccountStack {
  constructor(scope: Construct, id: string, { factory, region, image }: ChildStackProps) {
    super(scope, id, { factory, account: factory.shared, region });
    const { shared, lockFile: ledger } = factory;
    const environment = {
      instanceProfileName: buildRoleName(region),
      containerInstanceProfileName: containerBuildRoleName(region),
      logBucket: buildLogBucket(this.place),
      topicArn: topicArn(this.place, TOPIC_NAME),
      lifecycleRoleArn: roleArn(this.place, lifecycleRoleName(region)),
      executionRoleArn: roleArn(this.place, executionRoleName(region)),
    };
    const context = { account: shared, sharedAccountId: shared.id, ledger, environment };
    const pipelineArn = addBuildable(new Construct(this, "images"), image, this.place, context);
    this.output("pipeline_arns", "Image pipelines of this stack, by image", {
      [image.name]: pipelineArn,
    });
  }
}
