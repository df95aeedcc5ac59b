/** Corrects moto's KMS where it differs from AWS in a way that signatures need. */

import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { required } from "../../../contract/required";
import { signDigest } from "../../fixtures/sign-digest";
import type { Answer, Next, Request } from "../protocol/forward";

interface Input {
  readonly MessageType?: string;
  readonly Message?: string;
}

type Output = Readonly<Record<string, unknown>> & { readonly KeyId: string };

/**
 * Returns a handler between the clients of KMS and moto. It signs by itself: moto hashes a message
 * again that is a digest already, so that real verifiers reject its signatures. moto still checks
 * the key and the request.
 */
export function signingKeys(): (request: Request, next: Next) => Promise<Answer> {
  const pairs = new Map<string, { publicKey: KeyObject; privateKey: KeyObject }>();
  const pairOf = ({ KeyId }: Output) => {
    // moto returns the ID of a key with its public key, and its ARN with a signature.
    const id = KeyId.split("/").at(-1) ?? KeyId;
    const pair = pairs.get(id) ?? generateKeyPairSync("ec", { namedCurve: "P-256" });
    pairs.set(id, pair);
    return pair;
  };
  const replace = (output: Output, input: Input, operation: string): Output => {
    const { publicKey, privateKey } = pairOf(output);
    if (operation === "GetPublicKey") {
      const der = publicKey.export({ type: "spki", format: "der" });
      return { ...output, PublicKey: der.toString("base64") };
    }
    if (input.MessageType !== "DIGEST") throw new Error("only digests can be signed here");
    const signature = signDigest(
      privateKey,
      Buffer.from(required(input.Message, "the digest"), "base64"),
    );
    return { ...output, Signature: signature.toString("base64") };
  };
  return async (request, next) => {
    const [service, operation = ""] = String(request.headers["x-amz-target"]).split(".");
    const isSigned = service === "TrentService" && /^(Sign|GetPublicKey)$/.test(operation);
    const answer = await next(request);
    if (!isSigned || answer.status >= 300) return answer;
    const output: Output = JSON.parse(answer.body.toString());
    const replaced = replace(output, JSON.parse(request.body.toString()), operation);
    return { ...answer, body: JSON.stringify(replaced) };
  };
}
