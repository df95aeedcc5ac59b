/** Signed envelopes: https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md */

import { createHash, createPublicKey, verify } from "node:crypto";

/** An envelope, as JSON. Texts in Base64 are standard Base64 with padding. */
export interface Envelope {
  readonly payloadType: string;
  /** In Base64. */
  readonly payload: string;
  readonly signatures: readonly EnvelopeSignature[];
}

export interface EnvelopeSignature {
  /** See {@link keyIdOf}. Only a hint which key to try: the signature doesn't cover it. */
  readonly keyid: string;
  /** In Base64: an ECDSA signature in DER of the pre-authentication encoding. */
  readonly sig: string;
}

/** An envelope that isn't signed by a trusted key, or isn't an envelope. */
export class EnvelopeError extends Error {
  override readonly name = "EnvelopeError";
}

/** Returns the bytes that are signed: they bind the payload to its type. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType);
  const head = `DSSEv1 ${type.length} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** Returns the SHA-256 that KMS signs. KMS takes at most 4,096 bytes of a message itself. */
export function signedDigest(payloadType: string, payload: Uint8Array): Buffer {
  return createHash("sha256").update(preAuthEncoding(payloadType, payload)).digest();
}

/** Returns the ID of a key: the SHA-256 of its DER encoding (SubjectPublicKeyInfo), in hex. */
export function keyIdOf(publicKey: Uint8Array): string {
  return createHash("sha256").update(publicKey).digest("hex");
}

/** Returns whether a key in DER (SubjectPublicKeyInfo) is an ECDSA key on P-256. */
export function isSigningKey(publicKey: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" });
    return key.asymmetricKeyDetails?.namedCurve === "prime256v1";
  } catch {
    return false;
  }
}

export function renderEnvelope(
  payloadType: string,
  payload: Uint8Array,
  signature: { readonly keyid: string; readonly signature: Uint8Array },
): Envelope {
  return {
    payloadType,
    payload: Buffer.from(payload).toString("base64"),
    signatures: [
      { keyid: signature.keyid, sig: Buffer.from(signature.signature).toString("base64") },
    ],
  };
}

/** A regular expression would overflow the stack for megabytes. */
function isBase64(value: unknown): value is string {
  return typeof value === "string" && Buffer.from(value, "base64").toString("base64") === value;
}

function isSignature(value: unknown): value is EnvelopeSignature {
  const { keyid, sig } = (value ?? {}) as Partial<EnvelopeSignature>;
  return typeof keyid === "string" && isBase64(sig);
}

/** Maximum length of an envelope, in characters. Those of the recorder have some ten thousand. */
const MAX_ENVELOPE_LENGTH = 10_000_000;

/** Parses an envelope. Throws an {@link EnvelopeError} if the text isn't one. */
export function parseEnvelope(text: string): Envelope {
  if (text.length > MAX_ENVELOPE_LENGTH)
    throw new EnvelopeError(
      `must have at most ${MAX_ENVELOPE_LENGTH} characters, got: ${text.length}`,
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new EnvelopeError(`isn't JSON: ${(cause as Error).message}`, { cause });
  }
  const { payloadType, payload, signatures } = (value ?? {}) as Partial<Envelope>;
  if (typeof payloadType !== "string" || !isBase64(payload) || !Array.isArray(signatures))
    throw new EnvelopeError("isn't an envelope with a payload, its type and signatures in Base64");
  if (signatures.length === 0) throw new EnvelopeError("has no signature");
  if (!signatures.every(isSignature))
    throw new EnvelopeError("has a signature without a key ID, or that isn't Base64");
  return { payloadType, payload, signatures };
}

/** Public keys in DER, by their IDs. */
export type TrustedKeys = ReadonlyMap<string, Uint8Array>;

function isValid(signature: EnvelopeSignature, key: Uint8Array, signed: Buffer): boolean {
  const publicKey = createPublicKey({ key: Buffer.from(key), format: "der", type: "spki" });
  return verify("sha256", signed, publicKey, Buffer.from(signature.sig, "base64"));
}

/**
 * Returns the payload of an envelope, and the ID of the trusted key that signed it.
 *
 * Throws an {@link EnvelopeError} if the payload has another type, or if no trusted key signed it.
 */
export function verifyEnvelope(
  envelope: Envelope,
  payloadType: string,
  trusted: TrustedKeys,
): { readonly payload: Buffer; readonly keyid: string } {
  if (envelope.payloadType !== payloadType)
    throw new EnvelopeError(
      `payloadType: must be ${payloadType}, got: ${JSON.stringify(envelope.payloadType)}`,
    );
  const payload = Buffer.from(envelope.payload, "base64");
  const signed = preAuthEncoding(payloadType, payload);
  const known = envelope.signatures.filter(({ keyid }) => trusted.has(keyid));
  if (known.length === 0) {
    const ids = envelope.signatures.map(({ keyid }) => keyid).join(", ");
    throw new EnvelopeError(`is signed by a key that isn't trusted: ${ids}`);
  }
  for (const signature of known) {
    const key = trusted.get(signature.keyid);
    if (key && keyIdOf(key) === signature.keyid && isValid(signature, key, signed))
      return { payload, keyid: signature.keyid };
  }
  throw new EnvelopeError("has no valid signature: the statement or its signature was changed");
}
