import { Construct } from "constructs";
import type { Container, Image, VersionedFactory } from "../config/model";
import { ResourceShare } from "../modules/sharing/resource-share";
import { ShareUpdater } from "../modules/sharing/share-updater";
import { AccountStack } from "./account-stack";
import { addRebuilder } from "./add-rebuilder";
import { addRecorder } from "./add-recorder";
import { BuildRegion } from "./build-region";
import { buildablesIn, hasGoldenParent } from "./props/region";
import { resourceShareProps, shareKey, shareUpdaterProps } from "./props/sharing";

export interface SharedStackProps {
  readonly factory: VersionedFactory;
  readonly region: string;
  /** Absolute path of the folder with the bundled updater. */
  readonly updaterDirectory: string;
  /** Absolute path of the folder with the bundled rebuilder. */
  readonly rebuilderDirectory: string;
  /** Absolute path of the folder with the bundled recorder. */
  readonly recorderDirectory: string;
}

/**
 * A Region of the shared account: the images without a golden parent, the resource shares of all
 * images, the updater, and the rebuilder and the recorder of all images. Images with a golden
 * parent have a {@link ChildStack}.
 */
export class SharedStack extends AccountStack {
  constructor(
    scope: Construct,
    id: string,
    { factory, region, updaterDirectory, rebuilderDirectory, recorderDirectory }: SharedStackProps,
  ) {
    const account = factory.shared;
    super(scope, id, { factory, account, region });
    const build = new BuildRegion(this, {
      factory,
      account,
      region,
      hasPipeline: (image) => !hasGoldenParent(image),
    });
    const images = buildablesIn(account, region);
    const shares = images.flatMap((image) => this.addShares(image, factory));
    const shareArns = new Map(shares.map(([key, { arn }]) => [key, arn]));
    const { environment } = build;
    const { topicArn, dataKeyArn, componentBucket, componentBucketArn } = environment;
    const recorder = addRecorder(this, {
      factory,
      images,
      shares: shareArns,
      environment,
      recorderDirectory,
    });
    this.addArchiveProvider();
    const { functionName } = new ShareUpdater(this, "share-updater", {
      ...shareUpdaterProps(this.accountRegion, images, factory, shareArns),
      codeDirectory: updaterDirectory,
      bucket: { name: componentBucket, arn: componentBucketArn },
      topicArn,
      dataKeyArn,
      recorderQueue: recorder.queue,
      runDependsOn: shares.flatMap(([, { principals }]) => principals),
    });

    const rebuilder = addRebuilder(this, { factory, account, environment, rebuilderDirectory });

    this.addOutputs({
      ...build.outputs,
      ...rebuilder,
      ...recorder.outputs,
      share_arns: {
        description: "ARNs of the RAM resource shares, by image and channel",
        value: Object.fromEntries(shareArns),
      },
      updater_function: {
        description: "Name of the function that keeps the resource shares up to date",
        value: functionName,
      },
    });
  }

  /** Returns the image's shares with their keys. */
  private addShares(
    image: Image | Container,
    factory: VersionedFactory,
  ): [string, ResourceShare][] {
    const scope = new Construct(this, `shares-of-${image.name}`);
    return image.channels.map((channel) => {
      const props = resourceShareProps(image, channel, this.accountRegion, factory);
      const share = new ResourceShare(scope, channel.name, props);
      return [shareKey(image.name, channel.name), share];
    });
  }
}
