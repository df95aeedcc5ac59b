import { ImagebuilderClient } from "@aws-sdk/client-imagebuilder";
import { RAMClient } from "@aws-sdk/client-ram";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { imageArn, partitionOf } from "../../config/aws/arns";
import { buildablesOf, type Container, type Factory, type Image } from "../../config/model";
import { expectedOneOf } from "../../config/near-match";
import { ConfigError } from "../../config/problems";
import type { AccountRegion } from "../../contract/account-region";
import { type Home, parseBuildArn } from "../../contract/build-arn";
import type { Manifest } from "../../contract/manifest";
import { amisAdapter, ec2Clients } from "../../lambda/share-updater/adapters/ec2";
import { imagesAdapter } from "../../lambda/share-updater/adapters/image-builder";
import { ramAdapter } from "../../lambda/share-updater/adapters/ram";
import type { Build } from "../../lambda/share-updater/build";
import type { Aws } from "../../lambda/share-updater/ports";
import { PROGRAM } from "../command";
import { readDeployedManifest } from "./deployed-manifest";

/** A factory, and the shared account in one of its Regions. */
export class Context {
  /** AWS as the updater uses it. */
  readonly aws: Aws;
  readonly imageBuilder: ImagebuilderClient;
  private deployed: Promise<Manifest> | undefined;

  private constructor(
    readonly factory: Factory,
    readonly home: Home,
  ) {
    const { region } = home;
    this.imageBuilder = new ImagebuilderClient({ region });
    this.aws = {
      home,
      ram: ramAdapter(new RAMClient({ region })),
      images: imagesAdapter(this.imageBuilder),
      amis: amisAdapter(ec2Clients(), region),
      send: () => Promise.reject(new Error("only the function sends messages to its queue")),
      now: Date.now,
      deadline: Number.POSITIVE_INFINITY,
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    };
  }

  /**
   * Opens the shared account in a Region.
   *
   * Throws a {@link ConfigError} if the factory doesn't build golden images in the Region, or if
   * the credentials are those of another account.
   */
  static async open(factory: Factory, region: string | undefined): Promise<Context> {
    const at = { accountId: factory.shared.id, region: chooseRegion(factory, region) };
    await assertCredentials(at);
    return new Context(factory, { ...at, partition: partitionOf(at.region) });
  }

  /** The manifest that the deployed updater follows. Reads it once. */
  manifest(): Promise<Manifest> {
    this.deployed ??= readDeployedManifest(this.home);
    return this.deployed;
  }

  /** The golden images and golden containers of the Region. */
  get buildables(): (Image | Container)[] {
    return buildablesOf(this.factory.shared).filter(({ regions }) =>
      regions.includes(this.home.region),
    );
  }

  /**
   * Returns the golden image or container with a name; throws a {@link ConfigError} if there is
   * none.
   */
  image(name: string): Image | Container {
    const found = this.buildables.find((image) => image.name === name);
    if (found) return found;
    const known = this.buildables.map((image) => image.name);
    throw new ConfigError(
      `IMAGE: must be a golden image in ${this.home.region}${expectedOneOf(name, known)}, got: ${name}`,
    );
  }

  /**
   * Returns the build that is written `1.0.3/2`; throws a {@link ConfigError} if it doesn't exist.
   */
  async build(name: string, version: string): Promise<Build> {
    const arn = imageArn(this.home, this.image(name).name, version);
    if (!parseBuildArn(arn))
      throw new ConfigError(
        `BUILD: must be a version and a build number such as 1.0.3/2, got: ${version}`,
      );
    const build = await this.aws.images.build(arn);
    if (build) return build;
    throw new ConfigError(
      `BUILD: ${name} has no build ${version} in ${this.home.region}: list its builds with \`${PROGRAM} builds ${name}\``,
    );
  }
}

function chooseRegion({ shared: { regions } }: Factory, option: string | undefined): string {
  const names = regions.map(({ name }) => name);
  const [first] = names;
  const region = option ?? first;
  if (region !== undefined && names.includes(region)) return region;
  throw new ConfigError(
    `--region: must be a Region of the shared account${expectedOneOf(String(region), names)}, got: ${region}`,
  );
}

async function assertCredentials({ accountId, region }: AccountRegion): Promise<void> {
  const { Account } = await new STSClient({ region }).send(new GetCallerIdentityCommand({}));
  if (Account !== accountId)
    throw new ConfigError(
      `credentials: must be those of the shared account ${accountId}, got: ${Account}; choose a profile with --profile`,
    );
}
