import { serverUrl, startServer, stopServer } from "../../../tools/local-aws/server";

test("a server keeps idle connections, so that a client never has to repeat a call", async () => {
  const server = await startServer((_request, response) => response.end("answer"));
  try {
    const response = await fetch(serverUrl(server));
    expect(await response.text()).toBe("answer");
    // The header has the time after which a server ends an idle connection.
    expect(response.headers.get("keep-alive")).toBeNull();
    expect(server.keepAliveTimeout).toBe(0);
  } finally {
    stopServer(server);
  }
});
