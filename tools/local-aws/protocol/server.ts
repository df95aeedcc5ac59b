/** HTTP servers on the loopback interface. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * Starts a server on a free port. It never ends a connection that is idle, or whose request takes
 * long: on a busy machine, a client can send a request at the same moment, and then repeats it.
 */
export async function startServer(respond?: RequestListener): Promise<Server> {
  const timeouts = { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 };
  const server = createServer(timeouts, respond);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

export function stopServer(server: Server): void {
  server.closeAllConnections();
  server.close();
}

export function serverUrl(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
