import { serverUrl, startServer, stopServer } from "../../../../tools/local-aws/protocol/server";

test("a server keeps idle and slow connections, so that a client never has to repeat a call", async () => {
  const server = await startServer((_request, response) => response.end("answer"));
  try {
    const response = await fetch(serverUrl(server));
    expect(await response.text()).toBe("answer");
    // The header has the time after which a server ends an idle connection.
    expect(response.headers.get("keep-alive")).toBeNull();
    const { keepAliveTimeout, headersTimeout, requestTimeout } = server;
    // Node.js also measures the time before the first byte of a connection.
    expect([keepAliveTimeout, headersTimeout, requestTimeout]).toEqual([0, 0, 0]);
  } finally {
    stopServer(server);
  }
});
