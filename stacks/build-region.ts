import { Construct } from "constructs";
import type { Account, Container, Image, VersionedFactory } from "../config/model";
import { IMAGE_KEY_ALIAS } from "../config/names";
import { componentDocumentsOf } from "../config/versions/digests";
import { BuildEnvironment } from "../modules/build-environment/build-environment";
import { Component } from "../modules/image-builder/component";
import { Repository } from "../modules/image-builder/repository";
import { ImageKey } from "../modules/keys/image-key";
import type { StackOutput } from "./account-stack";
import { addPipelines } from "./add-pipelines";
import { imageKeyProps } from "./props/image-key";
import {
  buildablesIn,
  buildEnvironmentProps,
  componentProps,
  containersIn,
  repositoryProps,
} from "./props/region";

export interface BuildRegionProps {
  readonly factory: VersionedFactory;
  readonly account: Account;
  readonly region: string;
  /**
   * Selects the images whose pipelines are in this stack. Their components, logs and repositories
   * always are.
   * @default - all images of the account and Region
   */
  readonly hasPipeline?: (image: Image | Container) => boolean;
}

/**
 * The resources with which an account builds images in a Region: image key, build environment,
 * components, repositories and pipelines.
 *
 * The id `Default` doesn't appear in Terraform addresses. So the image key keeps its address when a
 * Region of copies starts to build.
 */
export class BuildRegion extends Construct {
  readonly environment: BuildEnvironment;
  /** Outputs for the stack that contains this construct. */
  readonly outputs: Readonly<Record<string, StackOutput>>;

  constructor(scope: Construct, props: BuildRegionProps) {
    super(scope, "Default");
    const { factory, account, region, hasPipeline = () => true } = props;
    const at = { accountId: account.id, region };
    const images = buildablesIn(account, region);

    const key = new ImageKey(this, "image-key", imageKeyProps(at, factory, account));
    this.environment = new BuildEnvironment(
      this,
      "environment",
      buildEnvironmentProps(at, factory, account),
    );
    const components = this.addComponents(images, factory);
    const repositories = this.addRepositories(containersIn(account, region), factory, key.arn);
    const pipelines = addPipelines(this, images.filter(hasPipeline), {
      factory,
      account,
      at,
      environment: this.environment,
      recipeDependsOn: [key.alias, ...components, ...repositories],
    });

    this.outputs = {
      image_key_alias: {
        description: "Alias of the KMS key that encrypts the images",
        value: IMAGE_KEY_ALIAS,
      },
      pipeline_arns: pipelines,
      topic_arn: {
        description: "ARN of the SNS topic for builds and alarms",
        value: this.environment.topicArn,
      },
    };
  }

  private addComponents(images: readonly (Image | Container)[], { lockFile }: VersionedFactory) {
    const scope = new Construct(this, "components");
    return componentDocumentsOf(images).map(
      (document) =>
        new Component(scope, document.name, componentProps(document, lockFile, this.environment))
          .component,
    );
  }

  private addRepositories(
    containers: readonly Container[],
    factory: VersionedFactory,
    keyArn: string,
  ) {
    const scope = new Construct(this, "repositories");
    return containers.map(
      (container) =>
        new Repository(scope, container.name, repositoryProps(container, factory, keyArn))
          .repository,
    );
  }
}
