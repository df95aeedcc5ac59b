/** HTTP servers on the loopback interface. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * Starts a server on a free port. It never ends a connection that is idle: on a busy machine, a
 * client can send a request at the same moment, and then repeats it.
 */
export async function startServer(respond?: RequestListener): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 0 }, respond);
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
