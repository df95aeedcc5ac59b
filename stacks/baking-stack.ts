import { Construct } from "constructs";
import { documentsOf } from "../config/content";
import type { Account, Image, VersionedFactory } from "../config/factory";
import { currentVersion } from "../config/ledger";
import { IMAGE_KEY_ALIAS } from "../config/names";
import { BuildEnvironment } from "../modules/build-environment";
import { Component } from "../modules/component";
import { Image as ImageModule } from "../modules/image";
import { ImageKey } from "../modules/image-key";
import { AccountStack } from "./account-stack";
import { buildEnvironmentProps, imageKeyProps, imageProps, imagesIn } from "./build";

export interface BakingStackProps {
  readonly factory: VersionedFactory;
  readonly account: Account;
  readonly region: string;
  /** Whether this stack makes the image; its components and logs are here in any case. */
  readonly makes: (image: Image) => boolean;
}

/** What an account needs in a Region to bake images, and its images: image key, build environment, components, pipelines. */
export class BakingStack extends AccountStack {
  protected readonly environment: BuildEnvironment;

  constructor(scope: Construct, id: string, props: BakingStackProps) {
    super(scope, id, props);
    const { factory, account, region, makes } = props;
    const { shared, ledger, protect } = factory;
    const images = imagesIn(account, region);

    const key = new ImageKey(this, "image-key", imageKeyProps(this.place, factory, account));
    const environment = new BuildEnvironment(this, "environment", buildEnvironmentProps(this.place, account, protect));
    this.environment = environment;
    const componentScope = new Construct(this, "components");
    const components = documentsOf([{ images }]).map(
      ({ name, file, sha256, description, platform }) =>
        new Component(componentScope, name, {
          name,
          version: currentVersion(ledger.components, name),
          description,
          platform,
          documentFile: file,
          documentSha256: sha256,
          bucket: environment.componentBucket,
          keyArn: environment.dataKeyArn,
        }).component,
    );

    const context = { account, sharedAccountId: shared.id, ledger, environment, recipeDependsOn: [key.alias, ...components] };
    const imageScope = new Construct(this, "images");
    const pipelines = images.filter(makes).map((image) => {
      const { pipelineArn } = new ImageModule(imageScope, image.name, imageProps(image, this.place, context));
      return [image.name, pipelineArn];
    });

    this.output("image_key_alias", "Alias of the key that encrypts the images baked here", IMAGE_KEY_ALIAS);
    this.output("pipeline_arns", "Image pipelines of this stack, by image", Object.fromEntries(pipelines));
    this.output("topic_arn", "Builds and alarms are published here", environment.topicArn);
  }
}
