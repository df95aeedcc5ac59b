import { ImagebuilderClient } from "@aws-sdk/client-imagebuilder";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { RAMClient } from "@aws-sdk/client-ram";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { imageArn } from "../../config/aws/arns";
import { buildablesOf, type Container, type Factory, type Image } from "../../config/model";
import { UPDATER_NAME } from "../../config/names";
import { ConfigError } from "../../config/problems";
import type { AccountRegion } from "../../contract/account-region";
import { parseBuildArn } from "../../contract/build-arn";
import {
  ec2Clients,
  imagesAdapter,
  launchPermissionsAdapter,
  ramAdapter,
} from "../../lambda/share-updater/adapters";
import type { Build } from "../../lambda/share-updater/build";
import type { Aws } from "../../lambda/share-updater/ports";
import type { ShareSummary } from "../../lambda/share-updater/reconcile-share";

/** What a command prints, and how the process ends. */
export interface CommandResult {
  readonly text: string;
  /** The same for programs. */
  readonly data: unknown;
  /** @default 0 */
  readonly status?: number;
}

/** How long RAM may be busy with a share that is only looked at, in milliseconds. */
const INSPECT_TIMEOUT_MS = 20_000;

/** What every command works with: the factory, AWS as the updater sees it, and clients for what only people do. */
export class Context {
  readonly aws: Aws;

  private constructor(
    readonly factory: Factory,
    readonly place: AccountRegion,
    readonly imageBuilder: ImagebuilderClient,
    private readonly lambda: LambdaClient,
    /** Asks before something is changed. */
    readonly confirm: (question: string) => Promise<boolean>,
  ) {
    this.aws = {
      home: place,
      ram: ramAdapter(new RAMClient({ region: place.region })),
      images: imagesAdapter(imageBuilder),
      launchPermissions: launchPermissionsAdapter(ec2Clients()),
      now: Date.now,
      deadline: Date.now() + INSPECT_TIMEOUT_MS,
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    };
  }

  /** Throws a {@link ConfigError} unless the credentials are the shared account's, and the Region one of its. */
  static async of(
    factory: Factory,
    region: string | undefined,
    confirm: Context["confirm"],
  ): Promise<Context> {
    const { id, regions } = factory.shared;
    const names = regions.map(({ name }) => name);
    const chosen = region ?? names[0] ?? "";
    if (!names.includes(chosen))
      throw new ConfigError(
        `--region: golden images are baked in ${names.join(", ")}, got: ${chosen}`,
      );
    const { Account } = await new STSClient({ region: chosen }).send(
      new GetCallerIdentityCommand({}),
    );
    if (Account !== id)
      throw new ConfigError(
        `these credentials are of account ${Account}, and the golden images are in ${id}: use --profile`,
      );
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
  get buildables(): (Image | Container)[] {
    return buildablesOf(this.factory.shared).filter(({ regions }) =>
      regions.includes(this.place.region),
    );
  }

  /** The image of a name; throws a {@link ConfigError} for another. */
  image(name: string): Image | Container {
    const found = this.buildables.find((image) => image.name === name);
    if (found) return found;
    const known = this.buildables.map((image) => image.name).join(", ") || "none";
    throw new ConfigError(
      `there is no golden image '${name}' in ${this.place.region}: there are ${known}`,
    );
  }

  /** The build that is called `1.0.3/1` of an image; throws a {@link ConfigError} when there is none. */
  async build(name: string, version: string): Promise<Build> {
    const arn = imageArn(this.place, this.image(name).name, version);
    if (!parseBuildArn(arn))
      throw new ConfigError(`a build is called VERSION/BUILD, such as 1.0.3/1, got: ${version}`);
    const build = await this.aws.images.build(arn);
    if (!build)
      throw new ConfigError(
        `there is no build ${version} of ${name}: see \`npx factory builds ${name}\``,
      );
    return build;
  }

  /** Runs the updater for an image, and for a build of it that lists may not show yet; throws an `Error` with what it failed of. */
  async update(image: string, build?: string): Promise<readonly ShareSummary[]> {
    const { FunctionError, Payload } = await this.lambda.send(
      new InvokeCommand({
        FunctionName: UPDATER_NAME,
        Payload: Buffer.from(JSON.stringify({ image, build })),
      }),
    );
    const answer = JSON.parse(Buffer.from(Payload ?? []).toString() || "null");
    if (FunctionError !== undefined) throw new Error(answer?.errorMessage ?? FunctionError);
    return answer;
  }
}

/** `1.0.3/1` of a build's ARN. */
export function versionOf(arn: string): string {
  return arn.split("/").slice(-2).join("/");
}

/** In the unit that says most. */
export function ageOf(hours: number): string {
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} days`;
}
