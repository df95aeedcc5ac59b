import { restJson, type Service } from "../protocol/emulator";

/** KMS with the operation DescribeKey only. Every key exists, is enabled and can be used. */
export const kms: Service = restJson(
  "kms",
  (_method, _url, body) => ({ operation: "DescribeKey", input: JSON.parse(body) }),
  {
    DescribeKey: ({ KeyId }) => ({ KeyMetadata: { KeyId, KeyState: "Enabled" } }),
  },
);
