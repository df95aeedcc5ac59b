import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { sharePrincipals } from "../../config/audience";
import { buildablesOf, type Channel, type Factory } from "../../config/model";
import { sharedStackId, UPDATER_NAME } from "../../config/names";
import { ConfigError } from "../../config/problems";
import type { AccountRegion } from "../../contract/account-region";
import { type Manifest, parseManifest } from "../../contract/manifest";
import { ManifestError } from "../../contract/manifest-file";
import { parseEnvironment } from "../../contract/updater-environment";
import { manifestAdapter } from "../../lambda/common/manifest";
import { channelsOf, type Channel as DeployedChannel } from "../../lambda/share-updater/channel";

/**
 * Reads the manifest that the updater in a Region follows.
 *
 * Throws a {@link ConfigError} if the updater isn't deployed, or if the manifest is missing or was
 * changed.
 */
export async function readDeployedManifest({ region }: AccountRegion): Promise<Manifest> {
  const lambda = new LambdaClient({ region });
  const command = new GetFunctionConfigurationCommand({ FunctionName: UPDATER_NAME });
  const { Environment } = await lambda.send(command).catch((error: unknown) => {
    if ((error as Error).name !== "ResourceNotFoundException") throw error;
    throw new ConfigError(
      `the updater isn't deployed in ${region}: deploy the stack ${sharedStackId(region)}`,
    );
  });
  const { manifest } = parseEnvironment({ AWS_REGION: region, ...Environment?.Variables });
  return manifestAdapter(new S3Client({ region }), manifest, parseManifest)
    .read()
    .catch((error: unknown) => {
      throw error instanceof ManifestError ? new ConfigError(error.message) : error;
    });
}

/** Returns how the factory file differs from the deployed manifest of a Region, a line each. */
export function undeployedChanges(
  factory: Factory,
  { region }: AccountRegion,
  manifest: Manifest,
): string[] {
  const images = buildablesOf(factory.shared).filter(({ regions }) => regions.includes(region));
  const inFile = new Map(images.map(({ name, channels }) => [name, channels]));
  const names = [...new Set([...inFile.keys(), ...Object.keys(manifest.images)])];
  const channels = names.flatMap((name) => {
    const deployed = channelsOf(manifest, name);
    const wanted = inFile.get(name) ?? [];
    const added = wanted.filter((channel) => !deployed.some((one) => one.name === channel.name));
    const removed = deployed.filter((channel) => !wanted.some((one) => one.name === channel.name));
    const changed = wanted.flatMap((channel) => {
      const before = deployed.find((one) => one.name === channel.name);
      const keys = before ? changedKeys(channel, before, factory, region) : [];
      return keys.length > 0
        ? [`${name}/${channel.name}: not deployed yet: ${keys.join(", ")}`]
        : [];
    });
    return [
      ...added.map((channel) => `${name}/${channel.name}: the channel isn't deployed yet`),
      ...changed,
      ...removed.map(
        (channel) =>
          `${name}/${channel.name}: the channel is deployed, but isn't in the factory file any more`,
      ),
    ];
  });
  const isGraceDeployed =
    factory.updater.launchPermissionGraceDays === manifest.launchPermissionGraceDays;
  return isGraceDeployed
    ? channels
    : [...channels, "updater.launchPermissionGraceDays: not deployed yet"];
}

/** Returns the keys of a channel whose values differ. */
function changedKeys(
  channel: Channel,
  deployed: DeployedChannel,
  { organization }: Factory,
  region: string,
): string[] {
  const values = (
    one: Pick<DeployedChannel, "keep" | "bakeHours" | "approval" | "maxAgeDays" | "findings">,
  ) => ({
    keep: one.keep,
    bakeHours: one.bakeHours,
    approval: one.approval,
    maxAgeDays: one.maxAgeDays,
    findings: one.findings && JSON.stringify(one.findings),
  });
  const [wanted, actual] = [values(channel), values(deployed)];
  const keys = Object.keys(wanted) as (keyof typeof wanted)[];
  const principals = [...sharePrincipals(channel.audience, organization, region)].sort();
  return [
    ...keys.filter((key) => wanted[key] !== actual[key]),
    ...(principals.join() === [...deployed.audience].sort().join() ? [] : ["principals"]),
  ];
}
