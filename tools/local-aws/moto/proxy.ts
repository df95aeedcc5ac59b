/** An HTTP proxy in front of moto that can change requests and responses of a service. */
import type { Server } from "node:http";
import { type Answer, forward, type Next, type Request } from "../protocol/forward";
import { serverUrl, startServer, stopServer } from "../protocol/server";

export class ServiceProxy {
  private constructor(private readonly server: Server) {}

  /**
   * Starts the proxy on a free port of the loopback interface. The caller must stop it.
   *
   * @param target URL of the server behind the proxy
   * @param answer responds to a request, usually by calling `next`, which forwards it to the target
   */
  static async start(
    target: string,
    answer: (request: Request, next: Next) => Promise<Answer>,
  ): Promise<ServiceProxy> {
    const server = await startServer(async (incoming, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      const { method = "", headers } = incoming;
      const request = {
        method,
        url: new URL(`${target}${incoming.url}`),
        headers,
        body: Buffer.concat(chunks),
      };
      const {
        status,
        headers: answered,
        body,
      } = await answer(request, forward).catch((error: Error) => ({
        status: 500,
        headers: {},
        body: error.message,
      }));
      response.writeHead(status, answered).end(body);
    });
    return new ServiceProxy(server);
  }

  get endpoint(): string {
    return serverUrl(this.server);
  }

  stop(): void {
    stopServer(this.server);
  }
}
