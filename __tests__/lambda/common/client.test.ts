import { createServer } from "node:net";
import { SQSClient } from "@aws-sdk/client-sqs";
import { CLIENT_CONFIG } from "../../../lambda/common/client";
import { sender } from "../../../lambda/share-updater/adapters/sqs";

test("CLIENT_CONFIG ends a call and its retries within the 45 seconds that a run keeps for it (F9: calls had no timeout)", () => {
  const { maxAttempts, requestHandler } = CLIENT_CONFIG;
  const { connectionTimeout, requestTimeout } = requestHandler;
  expect(maxAttempts * Math.max(connectionTimeout, requestTimeout)).toBeLessThanOrEqual(40_000);
});

test("a call to a server that never answers ends with an error (F9: calls had no timeout)", async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const endpoint = `http://127.0.0.1:${typeof address === "object" ? address?.port : undefined}`;
  const client = new SQSClient({
    ...CLIENT_CONFIG,
    maxAttempts: 1,
    requestHandler: { ...CLIENT_CONFIG.requestHandler, requestTimeout: 50 },
    region: "eu-west-1",
    endpoint,
    credentials: { accessKeyId: "id", secretAccessKey: "key" },
  });
  try {
    await expect(sender(client, `${endpoint}/queue`)([{ image: "base" }])).rejects.toThrow(
      /^messages couldn't be sent to .*: 1 of 1: .*50 ms/,
    );
  } finally {
    client.destroy();
    server.close();
  }
});
