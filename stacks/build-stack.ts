import { Construct } from "constructs";
import type { Account, Container, Image, VersionedFactory } from "../config/model";
import { IMAGE_KEY_ALIAS } from "../config/names";
import { componentDocumentsOf } from "../config/versions/digests";
import { currentVersion } from "../config/versions/lock-file";
import { BuildEnvironment } from "../modules/build-environment/build-environment";
import { Component } from "../modules/image-builder/component";
import { Repository } from "../modules/image-builder/repository";
import { ImageKey } from "../modules/keys/image-key";
import { AccountStack } from "./account-stack";
import { addBuildable } from "./add-buildable";
import {
  buildablesIn,
  buildEnvironmentProps,
  containersIn,
  imageKeyProps,
  repositoryProps,
} from "./props/region";

export interface BuildStackProps {
  readonly factory: VersionedFactory;
  readonly account: Account;
  readonly region: string;
  /** Whether this stack makes the image; its components, logs and repository are here in any case. */
  readonly makes: (image: Image | Container) => boolean;
}

/** What an account needs in a Region to bake, and what it bakes: image key, build environment, components, repositories, pipelines. */
export class BuildStack extends AccountStack {
  protected readonly environment: BuildEnvironment;

  constructor(scope: Construct, id: string, props: BuildStackProps) {
    super(scope, id, props);
    const { factory, account, region, makes } = props;
    const { shared, lockFile: ledger, protect } = factory;
    const images = buildablesIn(account, region);

    const key = new ImageKey(this, "image-key", imageKeyProps(this.place, factory, account));
    const environment = new BuildEnvironment(
      this,
      "environment",
      buildEnvironmentProps(this.place, account, protect),
    );
    this.environment = environment;
    const componentScope = new Construct(this, "components");
    const components = componentDocumentsOf(images).map(
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

    const repositoryScope = new Construct(this, "repositories");
    const repositories = containersIn(account, region).map(
      (container) =>
        new Repository(repositoryScope, container.name, {
          ...repositoryProps(container, factory),
          keyArn: key.arn,
        }).repository,
    );

    const recipeDependsOn = [key.alias, ...components, ...repositories];
    const context = { account, sharedAccountId: shared.id, ledger, environment, recipeDependsOn };
    const imageScope = new Construct(this, "images");
    const pipelines = images
      .filter(makes)
      .map((image) => [image.name, addBuildable(imageScope, image, this.place, context)]);

    this.output(
      "image_key_alias",
      "Alias of the key that encrypts the images baked here",
      IMAGE_KEY_ALIAS,
    );
    this.output(
      "pipeline_arns",
      "Image pipelines of this stack, by image",
      Object.fromEntries(pipelines),
    );
    this.output("topic_arn", "Builds and alarms are published here", environment.topicArn);
  }
}
