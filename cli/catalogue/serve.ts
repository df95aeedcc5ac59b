/** Serves a catalogue to browsers of this machine. */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ConfigError } from "../../config/problems";
import type { CatalogueFiles } from "./write";

/** Other machines can't reach this address. */
const HOST = "127.0.0.1";

const HEADERS = {
  "cache-control": "no-store",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

export interface CatalogueServer {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/**
 * Starts to serve a catalogue; throws a {@link ConfigError} if the port is used.
 *
 * @param port - 0 for any free port
 */
export async function serveCatalogue(
  { page, data }: CatalogueFiles,
  port: number,
): Promise<CatalogueServer> {
  const answers: ReadonlyMap<string, readonly [string, string]> = new Map([
    ["/", ["text/html; charset=utf-8", page]],
    ["/index.html", ["text/html; charset=utf-8", page]],
    ["/catalogue.json", ["application/json", data]],
  ]);
  const server = createServer(({ method, url = "", headers }, response) => {
    // A name of another site that resolves to this machine would let that site read the catalogue.
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? ""))
      return answer(response, 403, "text/plain", "the host must be 127.0.0.1 or localhost\n");
    if (method !== "GET" && method !== "HEAD")
      return answer(response, 405, "text/plain", "only GET and HEAD are allowed\n");
    const found = answers.get(url.replace(/\?.*/s, ""));
    if (!found) return answer(response, 404, "text/plain", "not found\n");
    return answer(response, 200, ...found);
  });
  await listen(server, port);
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${actual}/`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Throws a {@link ConfigError} if a port can't be used. */
export async function assertPort(port: number): Promise<void> {
  const server = createServer();
  await listen(server, port);
  await new Promise((resolve) => server.close(resolve));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(describe(error, port)));
    server.listen(port, HOST, resolve);
  });
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { ...HEADERS, "content-type": type }).end(body);
}

function describe(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === "EADDRINUSE")
    return new ConfigError(`--port: must be free, got: ${port}, which another program uses`);
  if (error.code === "EACCES")
    return new ConfigError(`--port: must be 1024 or higher for your user, got: ${port}`);
  return error;
}

/** Waits until the user or the system ends the command. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}
