import { createHash, generateKeyPairSync, verify } from "node:crypto";
import { bundleFromJSON } from "@sigstore/bundle";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import {
  type Envelope,
  EnvelopeError,
  keyIdOf,
  parseEnvelope,
  preAuthEncoding,
  renderEnvelope,
  signedDigest,
  verifyEnvelope,
} from "../../contract/dsse";
import { signDigest } from "../../tools/fixtures/sign-digest";

const TYPE = "application/vnd.in-toto+json";
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const der = publicKey.export({ format: "der", type: "spki" });
const keyid = keyIdOf(der);
const trusted = new Map([[keyid, der]]);

function envelopeOf(payload: Uint8Array, type = TYPE): Envelope {
  const signature = signDigest(privateKey, signedDigest(type, payload));
  return renderEnvelope(type, payload, { keyid, signature });
}

const payload = Buffer.from('{"statement":"é"}');
const envelope = envelopeOf(payload);

test("preAuthEncoding contains the lengths in bytes, as in the DSSE specification", () => {
  expect(preAuthEncoding("http://example.com/HelloWorld", Buffer.from("hello world"))).toEqual(
    Buffer.from("DSSEv1 29 http://example.com/HelloWorld 11 hello world"),
  );
  expect(preAuthEncoding("é", Buffer.from("é"))).toEqual(Buffer.from("DSSEv1 2 é 2 é"));
});

test("keyIdOf is the SHA-256 of the public key in DER, in hex", () => {
  expect(keyid).toBe(createHash("sha256").update(der).digest("hex"));
});

test("signDigest signs as KMS does for a digest: a verifier that hashes the message accepts it", () => {
  for (let count = 0; count < 30; count += 1) {
    const message = Buffer.from(`message ${count}`);
    const signature = signDigest(privateKey, createHash("sha256").update(message).digest());
    expect(verify("sha256", message, publicKey, signature)).toBe(true);
  }
});

describe("verifyEnvelope", () => {
  test("returns the payload that a trusted key signed", () => {
    expect(verifyEnvelope(parseEnvelope(JSON.stringify(envelope)), TYPE, trusted)).toEqual({
      payload,
      keyid,
    });
  });

  test("rejects another type of payload, before it looks at signatures", () => {
    expect(() => verifyEnvelope(envelopeOf(payload, "text/plain"), TYPE, trusted)).toThrow(
      new EnvelopeError(`payloadType: must be ${TYPE}, got: "text/plain"`),
    );
  });

  test("rejects a payload whose type was changed", () => {
    const changed = { ...envelopeOf(payload, "text/plain"), payloadType: TYPE };
    expect(() => verifyEnvelope(changed, TYPE, trusted)).toThrow(EnvelopeError);
  });

  test("rejects a key that isn't trusted, and another key that has the ID of a trusted one", () => {
    expect(() => verifyEnvelope(envelope, TYPE, new Map())).toThrow(
      new EnvelopeError(`is signed by a key that isn't trusted: ${keyid}`),
    );
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const otherDer = other.publicKey.export({ format: "der", type: "spki" });
    const invalid = new EnvelopeError(
      "has no valid signature: the statement or its signature was changed",
    );
    const forged = renderEnvelope(TYPE, payload, {
      keyid,
      signature: signDigest(other.privateKey, signedDigest(TYPE, payload)),
    });
    expect(() => verifyEnvelope(forged, TYPE, trusted)).toThrow(invalid);
    expect(() => verifyEnvelope(forged, TYPE, new Map([[keyid, otherDer]]))).toThrow(invalid);
  });

  test("accepts one valid signature among others", () => {
    const [own] = envelope.signatures;
    const several = {
      ...envelope,
      signatures: [{ keyid: "other", sig: "AAAA" }, { keyid, sig: "AAAA" }, own!],
    };
    expect(verifyEnvelope(several, TYPE, trusted).payload).toEqual(payload);
  });

  test("rejects the envelope with any bit of the payload or of the signature changed", () => {
    /** All texts in Base64 that differ in one bit of their content. */
    const flipped = (text: string): string[] =>
      [...Buffer.from(text, "base64").keys()].flatMap((index) =>
        [...Array(8).keys()].map((bit) => {
          const bytes = Buffer.from(text, "base64");
          bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
          return bytes.toString("base64");
        }),
      );
    const [own] = envelope.signatures;
    const changed = [
      ...flipped(envelope.payload).map((one) => ({ ...envelope, payload: one })),
      ...flipped(own!.sig).map((sig) => ({ ...envelope, signatures: [{ keyid, sig }] })),
    ];
    const isRejected = (one: Envelope): boolean => {
      try {
        verifyEnvelope(one, TYPE, trusted);
        return false;
      } catch (error) {
        return error instanceof EnvelopeError;
      }
    };
    expect(changed.filter((one) => !isRejected(one))).toEqual([]);
  });
});

const NOT_AN_ENVELOPE = "isn't an envelope with a payload, its type and signatures in Base64";

test.each([
  ["text", "text", /^isn't JSON: /],
  ["null", null, NOT_AN_ENVELOPE],
  ["an empty object", {}, NOT_AN_ENVELOPE],
  ["a payload that isn't Base64", { ...envelope, payload: "not Base64!" }, NOT_AN_ENVELOPE],
  ["no signatures", { ...envelope, signatures: [] }, "has no signature"],
  [
    "a signature that isn't text",
    { ...envelope, signatures: [{ keyid, sig: 7 }] },
    "has a signature without a key ID, or that isn't Base64",
  ],
  [
    "a missing signature",
    { ...envelope, signatures: [null] },
    "has a signature without a key ID, or that isn't Base64",
  ],
])("parseEnvelope rejects %s", (_title, value, message) => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  expect(() => parseEnvelope(text)).toThrow(message);
  expect(() => parseEnvelope(text)).toThrow(EnvelopeError);
});

describe("a verifier that isn't the factory's", () => {
  const keys = (id: string) => ({
    [id]: {
      rawBytes: publicKey.export({ format: "pem", type: "spki" }) as never,
      keyDetails: "PKIX_ECDSA_P256_SHA_256" as never,
    },
  });
  const root = {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [],
    certificateAuthorities: [],
    ctlogs: [],
    timestampAuthorities: [],
  };
  const verifier = new Verifier(toTrustMaterial(root as never, keys(keyid)), {
    tlogThreshold: 0,
    ctlogThreshold: 0,
    timestampThreshold: 0,
  });
  const entityOf = (dsseEnvelope: Envelope) =>
    toSignedEntity(
      bundleFromJSON({
        mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
        verificationMaterial: { publicKey: { hint: keyid }, tlogEntries: [] },
        dsseEnvelope,
      }),
    );

  test("accepts an envelope", () => {
    const { key } = verifier.verify(entityOf(envelope));
    expect(key.export({ format: "der", type: "spki" })).toEqual(der);
  });

  test("rejects an envelope that was changed", () => {
    const changed = { ...envelope, payload: Buffer.from("{}").toString("base64") };
    expect(() => verifier.verify(entityOf(changed))).toThrow("signature verification failed");
  });
});
