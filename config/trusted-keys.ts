/** The public keys that a factory trusts, in a file next to the factory file. */

import { existsSync, readFileSync } from "node:fs";
import * as z from "zod";
import type { AccountRegion } from "../contract/account-region";
import { isSigningKey, keyIdOf } from "../contract/dsse";
import { quoted } from "../contract/program";
import { shown } from "./factory-path";
import { ConfigError, describeProblems, schemaProblems } from "./problems";
import { strict } from "./schema-blocks";

/** A key that signs, or that has signed, the evidence of an account and Region. */
export interface TrustedKey extends AccountRegion {
  readonly keyid: string;
  /** In DER (SubjectPublicKeyInfo). */
  readonly publicKey: Buffer;
}

const File = strict({
  /** By the ID of the key. */
  keys: z.record(
    z.string(),
    strict({
      account: z.string().regex(/^\d{12}$/, "must be an account ID of 12 digits"),
      region: z.string(),
      publicKey: z.base64("must be Base64"),
    }),
  ),
});

/** Returns the path of the keys of a factory file: factory.yaml → factory.keys.json. */
export function keysFilePath(factoryFile: string): string {
  return factoryFile.replace(/(\.ya?ml)?$/, ".keys.json");
}

function parse(file: string, text: string): TrustedKey[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(`${file} isn't JSON: ${(cause as Error).message}`, { cause });
  }
  const { data, error } = File.safeParse(json, { reportInput: true });
  if (!data) throw new ConfigError(describeProblems(file, schemaProblems(error)));
  return Object.entries(data.keys).map(([keyid, { account, region, publicKey }]) => ({
    keyid,
    accountId: account,
    region,
    publicKey: Buffer.from(publicKey, "base64"),
  }));
}

/**
 * Reads the trusted keys; none if the file doesn't exist. Throws a {@link ConfigError} if the file
 * is damaged.
 */
export function readTrustedKeys(path: string): TrustedKey[] {
  if (!existsSync(path)) return [];
  const file = shown(path);
  const keys = parse(file, readFileSync(path, "utf8"));
  const wrong = keys.find(({ keyid, publicKey }) => keyIdOf(publicKey) !== keyid);
  if (wrong)
    throw new ConfigError(
      `${file}: keys.${wrong.keyid}: must be the SHA-256 of its publicKey, ${keyIdOf(wrong.publicKey)}: restore the file with \`git checkout -- ${quoted(file)}\``,
    );
  const unusable = keys.find(({ publicKey }) => !isSigningKey(publicKey));
  if (unusable)
    throw new ConfigError(
      `${file}: keys.${unusable.keyid}: must be an ECDSA key on P-256: restore the file with \`git checkout -- ${quoted(file)}\``,
    );
  return keys;
}

/** Renders the file, with the keys in the order of their Regions and IDs. */
export function renderTrustedKeys(keys: readonly TrustedKey[]): string {
  const orderOf = ({ region, keyid }: TrustedKey): string => `${region} ${keyid}`;
  const sorted = keys.toSorted((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1));
  const entries = sorted.map(({ keyid, accountId, region, publicKey }) => [
    keyid,
    { account: accountId, region, publicKey: publicKey.toString("base64") },
  ]);
  return `${JSON.stringify({ keys: Object.fromEntries(entries) }, null, 2)}\n`;
}
