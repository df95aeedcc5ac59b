/** The steps of `factory prove` that change nothing. */
import { type Image as Ami, DescribeImagesCommand } from "@aws-sdk/client-ec2";
import { type Image as BuiltImage, GetImageCommand } from "@aws-sdk/client-imagebuilder";
import { DescribeKeyCommand } from "@aws-sdk/client-kms";
import {
  type GetResourceSharesCommandInput,
  type ListResourcesCommandInput,
  paginateGetResourceShares,
  paginateListResources,
  type ResourceShare,
} from "@aws-sdk/client-ram";
import { aliasArn, imageArn } from "../../../config/aws/arns";
import { IMAGE_KEY_ALIAS, shareName } from "../../../config/names";
import { buildVersionOf, isBuildOf, newestFirst } from "../../../contract/build-arn";
import { factoryCommand } from "../../factory-command";
import { keyUnusable, noLaunchPermission, ok, type StepResult } from "./outcome";
import type { ProofRun } from "./proof-run";

/** The build that the account gets. */
export interface SharedBuild {
  readonly arn: string;
  /** Such as `1.0.3/2`. */
  readonly version: string;
  /** ID of its AMI in the Region. */
  readonly ami: string;
}

/** A result, and the value that the next steps need. It is missing if the result isn't ok. */
export type Found<T> = StepResult & { readonly value?: T };

/** Resolves the image as a recipe of the account would. */
export async function resolveImage(run: ProofRun): Promise<Found<SharedBuild>> {
  const { home, image, channel } = run;
  const arn =
    channel === undefined ? imageArn(home, image.name, "x.x.x") : await newestBuildOf(run, channel);
  if (typeof arn !== "string") return arn;
  const built = await getImage(run, arn);
  if (built?.arn === undefined)
    return notShared(run, `no build of ${image.name} is shared with the account`);
  const version = buildVersionOf(built.arn);
  const status = built.state?.status ?? "unknown";
  if (status !== "AVAILABLE")
    return {
      outcome: "failed",
      reason: "image",
      message: `${version} is ${status}`,
      fix: "wait for the updater, or run it with credentials of the shared account",
      commands: [factoryCommand(`update ${image.name} --region ${home.region}`)],
    };
  const ami = built.outputResources?.amis?.find(({ region }) => region === home.region)?.image;
  if (ami === undefined)
    return {
      outcome: "failed",
      reason: "image",
      message: `${version} has no AMI in ${home.region}`,
      fix: "build the image again",
      commands: [factoryCommand(`build ${image.name} --region ${home.region}`)],
    };
  const source = channel === undefined ? "x.x.x" : `the newest build of ${channel}`;
  return { ...ok(`${source} is ${version}, with ${ami}`), value: { arn: built.arn, version, ami } };
}

async function getImage(
  { clients }: ProofRun,
  imageBuildVersionArn: string,
): Promise<BuiltImage | undefined> {
  try {
    return (await clients.imageBuilder.send(new GetImageCommand({ imageBuildVersionArn }))).image;
  } catch (error) {
    // Assumed: also if builds exist, but none is shared with the account.
    if ((error as Error).name === "ResourceNotFoundException") return undefined;
    throw error;
  }
}

/** Returns the ARN of the newest build in the share of a channel. */
async function newestBuildOf(run: ProofRun, channel: string): Promise<string | StepResult> {
  const { clients, home, image } = run;
  const name = shareName(image.name, channel);
  const share = await findShare(run, name);
  if (share?.resourceShareArn === undefined)
    return notShared(run, `the account doesn't see the share ${name}`);
  const builds: string[] = [];
  const input: ListResourcesCommandInput = {
    resourceOwner: "OTHER-ACCOUNTS",
    resourceShareArns: [share.resourceShareArn],
  };
  for await (const { resources = [] } of paginateListResources({ client: clients.ram }, input))
    builds.push(
      ...resources.flatMap(({ arn = "" }) => (isBuildOf(image.name, home, arn) ? [arn] : [])),
    );
  return builds.sort(newestFirst)[0] ?? notShared(run, `the share ${name} contains no build`);
}

async function findShare(
  { clients, home }: ProofRun,
  name: string,
): Promise<ResourceShare | undefined> {
  const input: GetResourceSharesCommandInput = { resourceOwner: "OTHER-ACCOUNTS", name };
  for await (const { resourceShares = [] } of paginateGetResourceShares(
    { client: clients.ram },
    input,
  )) {
    const share = resourceShares.find(
      ({ status, owningAccountId }) => status === "ACTIVE" && owningAccountId === home.accountId,
    );
    if (share !== undefined) return share;
  }
  return undefined;
}

function notShared({ image, app, home }: ProofRun, message: string): StepResult {
  return {
    outcome: "failed",
    reason: "not-shared",
    message,
    fix: "the command explains what the account gets. Run it with credentials of the shared account",
    commands: [factoryCommand(`explain ${image.name} --account ${app.id} --region ${home.region}`)],
  };
}

/** Checks that EC2 shows the AMI to the account, which it does with a launch permission only. */
export async function findAmi(
  { clients, image, home }: ProofRun,
  { ami }: SharedBuild,
): Promise<Found<Ami>> {
  const { Images: [found] = [] } = await clients.ec2
    .send(new DescribeImagesCommand({ ImageIds: [ami], IncludeDeprecated: true }))
    .catch((error: Error) => {
      if (/^InvalidAMIID\./.test(error.name)) return { Images: [] };
      throw error;
    });
  if (found === undefined)
    return {
      ...noLaunchPermission(`EC2 doesn't show ${ami} to it`),
      commands: [factoryCommand(`update ${image.name} --region ${home.region}`)],
    };
  if (found.State !== undefined && found.State !== "available")
    return {
      outcome: "failed",
      reason: "image",
      message: `${ami} is ${found.State}`,
      fix: "wait until the AMI is available, or build the image again",
    };
  return { ...ok(`the account can launch ${ami}`), value: found };
}

/** Checks that the account can see the key that encrypts the AMI's snapshots. */
export async function findKey({ clients, home }: ProofRun): Promise<StepResult> {
  const KeyId = aliasArn(home, IMAGE_KEY_ALIAS);
  try {
    const { KeyMetadata } = await clients.kms.send(new DescribeKeyCommand({ KeyId }));
    const state = KeyMetadata?.KeyState ?? "Unknown";
    return state === "Enabled"
      ? ok("the account can see the image key, which is enabled")
      : keyUnusable(`the key ${KeyMetadata?.KeyId} is ${state}`);
  } catch (error) {
    const { name } = error as Error;
    if (name === "NotFoundException") return keyUnusable(`the shared account has no ${KeyId}`);
    throw error;
  }
}
