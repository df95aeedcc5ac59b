import { createHash, createPublicKey, verify } from "node:crypto";
import { signingKeys } from "../../../../tools/local-aws/moto/signing-keys";
import type { Answer, Request } from "../../../../tools/local-aws/protocol/forward";

const MESSAGE = Buffer.from("a statement");
const DIGEST = createHash("sha256").update(MESSAGE).digest("base64");

/** Calls KMS through the handler. moto answers with the ID or the ARN of the key. */
async function call(
  handler: ReturnType<typeof signingKeys>,
  operation: string,
  input: object,
  answer: Partial<Answer> & { readonly output?: object } = {},
): Promise<Record<string, unknown>> {
  const request: Request = {
    method: "POST",
    url: new URL("http://localhost/"),
    headers: { "x-amz-target": `TrentService.${operation}` },
    body: Buffer.from(JSON.stringify(input)),
  };
  const { output = {}, status = 200 } = answer;
  const { body } = await handler(request, async () => ({
    status,
    headers: {},
    body: JSON.stringify(output),
  }));
  return JSON.parse(body.toString());
}

const ARN = "arn:aws:kms:eu-west-1:111111111111:key/1";

test("signingKeys signs a digest with the key whose public key it returns, by ID or ARN", async () => {
  const handler = signingKeys();
  const { PublicKey } = await call(handler, "GetPublicKey", {}, { output: { KeyId: "1" } });
  const { Signature } = await call(
    handler,
    "Sign",
    { Message: DIGEST, MessageType: "DIGEST" },
    { output: { KeyId: ARN, Signature: "of moto" } },
  );
  const key = Buffer.from(String(PublicKey), "base64");
  const publicKey = createPublicKey({ key, format: "der", type: "spki" });
  expect(verify("sha256", MESSAGE, publicKey, Buffer.from(String(Signature), "base64"))).toBe(true);
  const other = await call(handler, "GetPublicKey", {}, { output: { KeyId: "2" } });
  expect(other["PublicKey"]).not.toBe(PublicKey);
});

test("signingKeys leaves other operations and errors as they are", async () => {
  const handler = signingKeys();
  const output = { KeyId: ARN, Plaintext: "x" };
  expect(await call(handler, "Decrypt", {}, { output })).toEqual(output);
  const error = { __type: "NotFoundException" };
  expect(await call(handler, "Sign", {}, { status: 400, output: error })).toEqual(error);
});
