import { ImagebuilderClient } from "@aws-sdk/client-imagebuilder";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { RAMClient } from "@aws-sdk/client-ram";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { bakedBy, type Container, type Factory, type Image } from "../config/factory";
import { imageArn, type Place, UPDATER_NAME } from "../config/names";
import { ConfigError } from "../config/problems";
import { ec2Clients, imagesOf, launchPermissionsOf, ramOf } from "../lambda/share-updater/adapters";
import { type Build, parseBuildArn } from "../lambda/share-updater/build";
import type { Aws } from "../lambda/share-updater/ports";
import type { ShareSummary } from "../lambda/share-updater/update-share";

/** What a command prints, and how the process ends. */
export interface Outcome {
  readonly text: string;
  /** The same for programs. */
  readonly data: unknown;
  /** @default 0 */
  readonly status?: number;
}

/** How long RAM may be busy with a share that is only looked at, in milliseconds. */
const PATIENCE = 20_000;

/** What every command works with: the factory, AWS as the updater sees it, and clients for what only people do. */
export class Context {
  readonly aws: Aws;

  private constructor(
    readonly factory: Factory,
    readonly place: Place,
    readonly imageBuilder: ImagebuilderClient,
    private readonly lambda: LambdaClient,
    /** Asks before something is changed. */
    readonly confirm: (question: string) => Promise<boolean>,
  ) {
    this.aws = {
      home: place,
      ram: ramOf(new RAMClient({ region: place.region })),
      images: imagesOf(imageBuilder),
      launchPermissions: launchPermissionsOf(ec2Clients()),
      now: Date.now,
      deadline: Date.now() + PATIENCE,
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    };
  }

  /** Throws a {@link ConfigError} unless the credentials are the shared account's, and the Region one of its. */
  static async of(factory: Factory, region: string | undefined, confirm: Context["confirm"]): Promise<Context> {
    const { id, regions } = factory.shared;
    const names = regions.map(({ name }) => name);
    const chosen = region ?? names[0] ?? "";
    if (!names.includes(chosen))
      throw new ConfigError(`--region: golden images are baked in ${names.join(", ")}, got: ${chosen}`);
    const { Account } = await new STSClient({ region: chosen }).send(new GetCallerIdentityCommand({}));
    if (Account !== id)
      throw new ConfigError(`these credentials are of account ${Account}, and the golden images are in ${id}: use --profile`);
    const place = { accountId: id, region: chosen };
    return new Context(
      factory,
      place,
      new ImagebuilderClient({ region: chosen }),
      new LambdaClient({ region: chosen }),
      confirm,
    );
  }

  /** The golden images and containers of the Region. */
  get baked(): (Image | Container)[] {
    return bakedBy(this.factory.shared).filter(({ regions }) => regions.includes(this.place.region));
  }

  /** The image of a name; throws a {@link ConfigError} for another. */
  image(name: string): Image | Container {
    const found = this.baked.find((image) => image.name === name);
    if (found) return found;
    const known = this.baked.map((image) => image.name).join(", ") || "none";
    throw new ConfigError(`there is no golden image '${name}' in ${this.place.region}: there are ${known}`);
  }

  /** The build that is called `1.0.3/1` of an image; throws a {@link ConfigError} when there is none. */
  async build(name: string, version: string): Promise<Build> {
    const arn = imageArn(this.place, this.image(name).name, version);
    if (!parseBuildArn(arn)) throw new ConfigError(`a build is called VERSION/BUILD, such as 1.0.3/1, got: ${version}`);
    const build = await this.aws.images.build(arn);
    if (!build) throw new ConfigError(`there is no build ${version} of ${name}: see \`npx factory builds ${name}\``);
    return build;
  }

  /** Runs the updater for an image, and for a build of it that lists may not show yet; throws an `Error` with what it failed of. */
  async update(image: string, build?: string): Promise<readonly ShareSummary[]> {
    const { FunctionError, Payload } = await this.lambda.send(
      new InvokeCommand({ FunctionName: UPDATER_NAME, Payload: Buffer.from(JSON.stringify({ image, build })) }),
    );
    const answer = JSON.parse(Buffer.from(Payload ?? []).toString() || "null");
    if (FunctionError !== undefined) throw new Error(answer?.errorMessage ?? FunctionError);
    return answer;
  }
}

/** `1.0.3/1` of a build's ARN. */
export const versionOf = (arn: string): string => arn.split("/").slice(-2).join("/");

/** In the unit that says most. */
export const ageOf = (hours: number): string => (hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} days`);
