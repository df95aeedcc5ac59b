import { GetPublicKeyCommand, type KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { remembered } from "../../common/remembered";
import type { Signer } from "../ports";

/** Calls KMS for the recorder. The key is an ECDSA key on P-256. */
export function signerAdapter(client: KMSClient, KeyId: string): Signer {
  return {
    // The key of an ARN never changes.
    publicKey: remembered(async () => {
      const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId }));
      return PublicKey ?? new Uint8Array();
    }),
    sign: async (digest) => {
      const command = new SignCommand({
        KeyId,
        Message: digest,
        MessageType: "DIGEST",
        SigningAlgorithm: "ECDSA_SHA_256",
      });
      return (await client.send(command)).Signature ?? new Uint8Array();
    },
  };
}
