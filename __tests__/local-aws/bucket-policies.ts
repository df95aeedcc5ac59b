/**
 * S3 in front of moto, which evaluates no conditions: a bucket policy that refuses plain HTTP would refuse everything there. So
 * bucket policies are kept here, and all the rest is handed on.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const read = async (message: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const NO_POLICY = "<Error><Code>NoSuchBucketPolicy</Code><Message>The bucket policy does not exist</Message></Error>";

export class BucketPolicies {
  private readonly policies = new Map<string, Buffer>();
  private readonly server: Server;

  private constructor(private readonly moto: string) {
    this.server = createServer((incoming, response) => {
      this.answer(incoming, response).catch((error: Error) => response.writeHead(500).end(error.message));
    });
  }

  /** Starts it on a free port of the loopback, in front of the S3 at `moto`. It has to be stopped. */
  static async start(moto: string): Promise<BucketPolicies> {
    const policies = new BucketPolicies(moto);
    await new Promise<void>((resolve) => policies.server.listen(0, "127.0.0.1", resolve));
    return policies;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", this.moto);
    if (url.searchParams.has("policy")) await this.policy(url.pathname, incoming, response);
    else await this.handOn(incoming, response);
  }

  private async policy(bucket: string, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const policy = this.policies.get(bucket);
    if (incoming.method === "PUT") {
      this.policies.set(bucket, await read(incoming));
      response.writeHead(204).end();
    } else if (incoming.method === "DELETE") {
      this.policies.delete(bucket);
      response.writeHead(204).end();
    } else if (policy) {
      response.writeHead(200, { "Content-Type": "application/json" }).end(policy);
    } else {
      response.writeHead(404, { "Content-Type": "application/xml" }).end(NO_POLICY);
    }
  }

  private handOn(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    return new Promise((resolve, reject) => {
      const { method, headers, url = "/" } = incoming;
      const outgoing = request(`${this.moto}${url}`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response).on("finish", resolve);
      });
      outgoing.on("error", reject);
      incoming.pipe(outgoing);
    });
  }
}
