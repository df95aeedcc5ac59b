/** An HTTP proxy in front of moto that can change requests and responses of a service. */
import type { IncomingHttpHeaders, Server } from "node:http";
import { serverUrl, startServer, stopServer } from "../protocol/server";

export interface Request {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

export type Next = (request: Request) => Promise<Answer>;

/** Headers of a single connection, and those that the proxy sets itself. */
const CONNECTION_HEADERS = ["connection", "content-length", "transfer-encoding", "expect", "host"];

async function forward({ method, url, headers, body }: Request): Promise<Answer> {
  const sent = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    CONNECTION_HEADERS.includes(name) ? [] : [[name, String(value)]],
  );
  const answer = await fetch(url, {
    method,
    headers: sent,
    ...(method !== "GET" && method !== "HEAD" && { body: new Uint8Array(body) }),
  });
  const received = [...answer.headers].filter(
    ([name]) => !CONNECTION_HEADERS.includes(name) && name !== "content-encoding",
  );
  // The response to HEAD has no body: the length must come from the header.
  const length = answer.headers.get("content-length");
  if (method === "HEAD" && length !== null) received.push(["content-length", length]);
  return {
    status: answer.status,
    headers: Object.fromEntries(received),
    body: Buffer.from(await answer.arrayBuffer()),
  };
}

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
