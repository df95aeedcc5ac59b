import { GetPublicKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { shown } from "../../config/factory-path";
import { SIGNING_KEY_ALIAS } from "../../config/names";
import { ConfigError } from "../../config/problems";
import { readTrustedKeys, renderTrustedKeys, type TrustedKey } from "../../config/trusted-keys";
import { isSigningKey, keyIdOf } from "../../contract/dsse";
import type { CommandResult } from "../command";
import type { Context } from "../deployed/context";
import { exitCodeOf, problemLines } from "../deployed/inspect";
import { readRegions } from "../deployed/regions";
import { factoryCommand } from "../factory-command";
import { replaceFile } from "../replace-file";
import { table } from "../table";

interface Options {
  /** Path of the file with the trusted keys. */
  readonly file: string;
  /** Whether to compare the file with AWS instead of changing it. */
  readonly check: boolean;
}

/**
 * Adds the keys that sign evidence to the file of trusted keys. Keys of earlier deployments stay:
 * they signed the evidence of older builds.
 */
export async function keys(
  contexts: readonly Context[],
  { file, check }: Options,
): Promise<CommandResult> {
  const trusted = readTrustedKeys(file);
  const { results, problems } = await readRegions(contexts, readKey);
  const found = results.map(({ value }) => value);
  const added = found.filter(({ keyid }) => trusted.every((one) => one.keyid !== keyid));
  if (added.length > 0 && !check) replaceFile(file, renderTrustedKeys([...trusted, ...added]));
  const all = [...trusted, ...added];
  const stateOf = ({ keyid }: TrustedKey): string => {
    if (found.every((one) => one.keyid !== keyid)) return "earlier";
    return added.some((one) => one.keyid === keyid) ? "new" : "current";
  };
  const lines = [
    table([
      ["Region", "key ID", "state"],
      ...all.map((key) => [key.region, key.keyid, stateOf(key)]),
    ]),
    ...(added.length > 0 ? ["", nextStep(shown(file), check)] : []),
    ...problemLines(problems),
  ];
  return {
    text: lines.join("\n"),
    data: {
      keys: all.map((key) => ({
        region: key.region,
        account: key.accountId,
        keyid: key.keyid,
        publicKey: key.publicKey.toString("base64"),
        state: stateOf(key),
      })),
      problems,
    },
    exitCode: exitCodeOf(problems, check && added.length > 0),
  };
}

function nextStep(file: string, check: boolean): string {
  return check
    ? `${file} lacks a key that signs evidence now. To add it: \`${factoryCommand("keys")}\``
    : `${file} trusts the new keys. If you expect them, commit the file: \`${factoryCommand("verify")}\` trusts only these keys`;
}

async function readKey({ home }: Context): Promise<TrustedKey> {
  const { accountId, region } = home;
  const kms = new KMSClient({ region });
  const command = new GetPublicKeyCommand({ KeyId: SIGNING_KEY_ALIAS });
  const { PublicKey } = await kms.send(command).catch((error: unknown) => {
    if ((error as Error).name !== "NotFoundException") throw error;
    throw new ConfigError(`no key signs evidence in ${region}: ${SIGNING_KEY_ALIAS} doesn't exist`);
  });
  const publicKey = Buffer.from(PublicKey ?? []);
  if (!isSigningKey(publicKey))
    throw new ConfigError(
      `${SIGNING_KEY_ALIAS} in ${region} isn't an ECDSA key on P-256: deploy the shared account's stack again`,
    );
  return { accountId, region, keyid: keyIdOf(publicKey), publicKey };
}
