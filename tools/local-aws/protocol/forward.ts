/** Requests that are forwarded to another server. */
import type { IncomingHttpHeaders } from "node:http";

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

/** Headers of a single connection, and those that `fetch` sets itself. */
const CONNECTION_HEADERS = ["connection", "content-length", "transfer-encoding", "expect", "host"];

/** Sends a request to its URL, as a client would. */
export async function forward({ method, url, headers, body }: Request): Promise<Answer> {
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
