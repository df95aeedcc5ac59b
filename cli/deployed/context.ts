import { ImagebuilderClient } from "@aws-sdk/client-imagebuilder";
import { RAMClient } from "@aws-sdk/client-ram";
import { imageArn, partitionOf } from "../../config/aws/arns";
import { buildablesOf, type Container, type Factory, type Image } from "../../config/model";
import { ConfigError } from "../../config/problems";
import { type ArnLocation, parseBuildArn } from "../../contract/build-arn";
import type { Manifest } from "../../contract/manifest";
import { ec2Clients } from "../../lambda/common/ec2-clients";
import { SYSTEM_TIME } from "../../lambda/common/system-time";
import { amisAdapter } from "../../lambda/share-updater/adapters/ec2";
import { imagesAdapter } from "../../lambda/share-updater/adapters/image-builder";
import { ramAdapter } from "../../lambda/share-updater/adapters/ram";
import type { Build } from "../../lambda/share-updater/build";
import { type Channel, channelsOf } from "../../lambda/share-updater/channel";
import type { Aws } from "../../lambda/share-updater/ports";
import { factoryCommand } from "../factory-command";
import { readDeployedManifest } from "./deployed-manifest";

/**
 * Commands read thousands of builds, and Image Builder publishes no rate. The SDK slows down when
 * calls are throttled.
 */
const PATIENT = { maxAttempts: 10, retryMode: "adaptive" } as const;

/** A factory, and the shared account in one of its Regions. */
export class Context {
  readonly home: ArnLocation;
  /** AWS as the updater uses it. */
  readonly aws: Aws;
  readonly imageBuilder: ImagebuilderClient;
  private deployed: Promise<Manifest> | undefined;

  constructor(
    readonly factory: Factory,
    readonly region: string,
  ) {
    this.home = { accountId: factory.shared.id, region, partition: partitionOf(region) };
    this.imageBuilder = new ImagebuilderClient({ region, ...PATIENT });
    this.aws = {
      home: this.home,
      ram: ramAdapter(new RAMClient({ region })),
      images: imagesAdapter(this.imageBuilder),
      amis: amisAdapter(ec2Clients(), region),
      send: () => Promise.reject(new Error("only the function sends messages to its queue")),
      deadline: Number.POSITIVE_INFINITY,
      ...SYSTEM_TIME,
    };
  }

  /** Whether the factory has other Regions, so that messages must name this one. */
  get isOneOfSeveral(): boolean {
    return this.factory.shared.regions.length > 1;
  }

  /** The option that selects the Region in a suggested command, if the command needs it. */
  get option(): string {
    return this.isOneOfSeveral ? ` --region ${this.region}` : "";
  }

  /** The manifest that the deployed updater follows. Reads it once. */
  manifest(): Promise<Manifest> {
    this.deployed ??= readDeployedManifest(this.home);
    return this.deployed;
  }

  /** Returns the channels of an image that the updater knows. */
  async channels(image: string): Promise<Channel[]> {
    return channelsOf(await this.manifest(), image);
  }

  /** The golden images and golden containers of the Region. */
  get buildables(): (Image | Container)[] {
    return buildablesOf(this.factory.shared).filter(({ regions }) => regions.includes(this.region));
  }

  /** Returns the golden image or container with a name that the Region is known to build. */
  image(name: string): Image | Container {
    const found = this.buildables.find((image) => image.name === name);
    if (!found) throw new Error(`${this.region} doesn't build ${name}`);
    return found;
  }

  /**
   * Returns the build that is written `1.0.3/2`; throws a {@link ConfigError} if it doesn't exist.
   */
  async build(name: string, version: string): Promise<Build> {
    const arn = imageArn(this.home, name, version);
    if (!parseBuildArn(arn))
      throw new ConfigError(
        `BUILD: must be a version and a build number such as 1.0.3/2, got: ${version}`,
      );
    const build = await this.aws.images.build(arn);
    if (build) return build;
    throw new ConfigError(
      `BUILD: ${name} has no build ${version} in ${this.region}: list its builds with \`${factoryCommand(`builds ${name}`)}\``,
    );
  }
}
