/** Finds the image and account of a run of `factory prove`. */
import { EC2Client } from "@aws-sdk/client-ec2";
import { ImagebuilderClient } from "@aws-sdk/client-imagebuilder";
import { KMSClient } from "@aws-sdk/client-kms";
import { RAMClient } from "@aws-sdk/client-ram";
import { partitionOf } from "../../../config/aws/arns";
import type { AppAccount, Factory, Image } from "../../../config/model";
import { expectedOneOf } from "../../../config/near-match";
import { ConfigError } from "../../../config/problems";
import type { ArnLocation } from "../../../contract/build-arn";
import type { Credentials } from "../../account-credentials";
import type { Clock } from "./interruption";

/** A golden image and the app account that uses it. */
export interface ProofTarget {
  readonly factory: Factory;
  readonly image: Image;
  readonly app: AppAccount;
  /** Where the golden image is. */
  readonly home: ArnLocation;
  /** @default - every channel that the account is in the audience of */
  readonly channel: string | undefined;
}

/** SDK clients of the app account in the Region. */
export interface Clients {
  readonly ec2: EC2Client;
  readonly imageBuilder: ImagebuilderClient;
  readonly kms: KMSClient;
  readonly ram: RAMClient;
}

/** A run of `factory prove`: its target, and the clients to reach it. */
export interface ProofRun extends ProofTarget {
  readonly clients: Clients;
  readonly clock: Clock;
  /** Identifies this run in names and client tokens. */
  readonly id: string;
}

/** Which image, account, channel and Region the user named. */
export interface Selection {
  readonly image: string;
  readonly account: string;
  readonly channel?: string | undefined;
  readonly region?: string | undefined;
}

/** Finds what the user named. Throws a `ConfigError` if the factory file has no such thing. */
export function findTarget(factory: Factory, selection: Selection): ProofTarget {
  const image = findImage(factory, selection.image);
  const app = oneOf("--account", "an app account", factory.apps, selection.account);
  const channels = image.channels.map(({ name }) => name);
  if (selection.channel !== undefined && !channels.includes(selection.channel))
    throw new ConfigError(
      `--channel: must be a channel of ${image.name}${expectedOneOf(selection.channel, channels)}, got: ${selection.channel}`,
    );
  const region = findRegion(image, app, selection.region);
  const home = { partition: partitionOf(region), accountId: factory.shared.id, region };
  return { factory, image, app, home, channel: selection.channel };
}

function findImage({ shared }: Factory, name: string): Image {
  if (shared.containers.some((container) => container.name === name))
    throw new ConfigError(
      `IMAGE: must be a golden image, got: ${name}, a golden container. The command launches AMIs, and a container has none: see docs/guides/prove.md#containers`,
    );
  const image = oneOf("IMAGE", "a golden image", shared.images, name);
  if (image.channels.length === 0)
    throw new ConfigError(
      `IMAGE: must be an image with channels, got: ${name}, which isn't shared`,
    );
  return image;
}

function oneOf<T extends { readonly name: string }>(
  input: string,
  expected: string,
  known: readonly T[],
  name: string,
): T {
  const found = known.find((one) => one.name === name);
  if (found) return found;
  const names = known.map((one) => one.name);
  throw new ConfigError(`${input}: must be ${expected}${expectedOneOf(name, names)}, got: ${name}`);
}

function findRegion(image: Image, app: AppAccount, given: string | undefined): string {
  const regions = app.regions
    .map(({ name }) => name)
    .filter((name) => image.regions.includes(name));
  const list = regions.join(", ");
  if (regions.length === 0)
    throw new ConfigError(
      `no Region of ${app.name} has ${image.name}, which is built in ${image.regions.join(", ")}`,
    );
  if (given !== undefined && !regions.includes(given))
    throw new ConfigError(
      `--region: must be a Region of ${app.name} that has ${image.name}${expectedOneOf(given, regions)}, got: ${given}`,
    );
  const [region = "", ...others] = given === undefined ? regions : [given];
  if (others.length > 0)
    throw new ConfigError(`--region: required, because there are several: ${list}`);
  return region;
}

/** More than usual, because the clean-up must not fail. */
const MAX_ATTEMPTS = 6;

const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true };

export function createClients(credentials: Credentials, region: string): Clients {
  const config = { ...credentials, region, maxAttempts: MAX_ATTEMPTS, requestHandler: TIMEOUTS };
  return {
    ec2: new EC2Client(config),
    imageBuilder: new ImagebuilderClient(config),
    kms: new KMSClient(config),
    ram: new RAMClient(config),
  };
}
