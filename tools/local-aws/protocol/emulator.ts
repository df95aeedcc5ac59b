/**
 * An HTTP server for emulated services. The signature of a request names its caller and service, as
 * in moto.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { forward, type Answer as ProxyAnswer } from "./forward";
import { Fault, type Input } from "./rest-json";
import { serverUrl, startServer, stopServer } from "./server";

export interface Caller {
  readonly account: string;
  readonly region: string;
}

export type Handler = (input: Input, caller: Caller) => object | Promise<object>;

/** The operations of a service, by name. */
export type Handlers = Readonly<Record<string, Handler>>;

/** An emulated service with its protocol and its operations. */
export interface Service {
  /** As in the scope of a signature, such as `ram`. */
  readonly name: string;
  /** End of the environment variable with its endpoint. @default - the name in capitals */
  readonly endpointName?: string;
  readonly read: (
    method: string,
    url: string,
    body: string,
    /** The header `X-Amz-Target`, which names the operation of JSON protocols. */
    target: string,
  ) => { readonly operation: string; readonly input: Input };
  readonly handlers: Handlers;
  readonly contentType: string;
  readonly write: (operation: string, output: object) => string;
  readonly writeFault: (fault: Fault) => string;
  /** @default - no additional headers */
  readonly headers?: (output: object) => Readonly<Record<string, string>>;
  /** URL of a server that answers the other operations. @default - they fail */
  readonly others?: string | undefined;
}

export interface Call {
  readonly account: string;
  readonly region: string;
  readonly accessKey: string;
  /** The caller's `User-Agent`. */
  readonly agent: string | undefined;
  readonly service: string;
  readonly operation: string;
  readonly input: Input;
  /** Name of the error in the response. @default - the call succeeded */
  readonly fault?: string;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer of another server. */
class ForwardedAnswer implements Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;

  constructor({ status, headers, body }: ProxyAnswer) {
    this.status = status;
    this.contentType = headers["content-type"] ?? "";
    this.body = body;
  }
}

/** An error that replaces the response of the next calls. */
interface InjectedFault {
  readonly operation: string;
  readonly fault: Fault;
  /** @default - every Region */
  readonly region?: string | undefined;
  times: number;
}

/**
 * Changes how an operation is answered.
 *
 * @param answer does what the operation does
 */
export type Change = (
  // biome-ignore lint/suspicious/noExplicitAny: each operation has another answer
  answer: () => Promise<any>,
  call: Call,
) => Promise<object>;

/** Thrown by a change: the caller gets no answer, because the connection ends. */
export class NoAnswer extends Error {}

export class Emulator {
  /** All calls, in the order of their responses. */
  readonly calls: Call[] = [];
  private readonly injectedFaults: InjectedFault[] = [];
  /** Changes of answers, by operation. */
  private readonly changes = new Map<string, Change>();
  /** Changes how every operation is answered. @default - no change */
  changeEach: Change = (answer) => answer();

  private constructor(
    private readonly services: readonly Service[],
    private readonly accountOf: (accessKey: string) => Promise<string>,
    private readonly server: Server,
    private readonly isServerShared: boolean,
  ) {
    if (server.listenerCount("request") > 0)
      throw new Error("another emulator, which wasn't stopped, answers the requests of the server");
    server.on("request", this.respond);
  }

  private readonly respond = async (
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const answer = await this.answer(request);
    if (answer === undefined) {
      request.socket.destroy();
      return;
    }
    const { status, contentType, body, headers = {} } = answer;
    response.writeHead(status, { "Content-Type": contentType, ...headers }).end(body);
  };

  /**
   * The caller must stop it.
   *
   * @param accountOf returns the account id of an access key
   * @param server is listening, and isn't stopped with the emulator. By default, the emulator
   *   starts one
   */
  static async start(
    services: readonly Service[],
    accountOf: (accessKey: string) => Promise<string>,
    server?: Server,
  ): Promise<Emulator> {
    return new Emulator(services, accountOf, server ?? (await startServer()), server !== undefined);
  }

  /** The environment variables that lead AWS clients to the emulated services. */
  get environment(): Record<string, string> {
    const url = serverUrl(this.server);
    return Object.fromEntries(
      this.services.map(({ name, endpointName = name.toUpperCase() }) => [
        `AWS_ENDPOINT_URL_${endpointName}`,
        url,
      ]),
    );
  }

  stop(): void {
    if (this.isServerShared) this.server.off("request", this.respond);
    else stopServer(this.server);
  }

  /** Makes the next calls of an operation fail, without an effect; in one Region, or in all. */
  fail(operation: string, fault: Fault, times = 1, region?: string): void {
    this.injectedFaults.push({ operation, fault, times, region });
  }

  /** Ends the failures of {@link fail}. */
  recover(): void {
    this.injectedFaults.length = 0;
  }

  /** Changes how an operation is answered. Without a change, it is answered as before. */
  change(operation: string, change?: Change): void {
    if (change) this.changes.set(operation, change);
    else this.changes.delete(operation);
  }

  /** Returns `undefined` if the caller gets no answer. */
  private async answer(request: IncomingMessage): Promise<Answer | undefined> {
    const [, accessKey = "", region = "", name = ""] =
      /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(request.headers.authorization ?? "") ?? [];
    let body = "";
    for await (const chunk of request) body += chunk;
    const service = this.services.find((one) => one.name === name);
    if (!service)
      return {
        status: 501,
        contentType: "text/plain",
        body: `the service '${name}' is not emulated`,
      };
    const { contentType } = service;
    const from = { accessKey, region, agent: request.headers["user-agent"] };
    let call: Call = {
      ...from,
      account: "",
      service: name,
      operation: `${request.method} ${request.url}`,
      input: {},
    };
    try {
      const account = await this.accountOf(accessKey);
      call = {
        ...from,
        account,
        service: name,
        ...service.read(
          request.method ?? "",
          request.url ?? "",
          body,
          String(request.headers["x-amz-target"] ?? ""),
        ),
      };
      const answer = async () =>
        service.others === undefined || call.operation in service.handlers
          ? this.handle(service, call, { account, region })
          : forwardTo(service.others, request, body);
      const change = this.changes.get(call.operation);
      const output = await this.changeEach(() => (change ? change(answer, call) : answer()), call);
      this.calls.push(call);
      if (output instanceof ForwardedAnswer) return output;
      return {
        status: 200,
        contentType,
        body: service.write(call.operation, output),
        headers: service.headers?.(output) ?? {},
      };
    } catch (error) {
      if (error instanceof NoAnswer) return undefined;
      const fault =
        error instanceof Fault
          ? error
          : new Fault("ServiceException", (error as Error).message, 500);
      this.calls.push({ ...call, fault: fault.name });
      return {
        status: fault.status,
        contentType,
        body: service.writeFault(fault),
        headers: { "x-amzn-ErrorType": fault.name },
      };
    }
  }

  private handle(
    { handlers }: Service,
    { operation, input }: Call,
    caller: Caller,
  ): object | Promise<object> {
    const injected = this.injectedFaults.find(
      (fault) =>
        fault.operation === operation &&
        (fault.region ?? caller.region) === caller.region &&
        fault.times > 0,
    );
    if (injected) {
      injected.times -= 1;
      throw injected.fault;
    }
    const handler = handlers[operation];
    if (!handler) throw new Fault("NotImplementedException", `${operation} is not emulated`, 501);
    return handler(input, caller);
  }
}

async function forwardTo(
  server: string,
  { method = "", url = "", headers }: IncomingMessage,
  body: string,
): Promise<ForwardedAnswer> {
  const target = new URL(url, server);
  return new ForwardedAnswer(
    await forward({ method, url: target, headers, body: Buffer.from(body) }),
  );
}

/** A service with the protocol restJson1. */
export function restJson(
  name: string,
  read: Service["read"],
  handlers: Service["handlers"],
): Service {
  return {
    name,
    read,
    handlers,
    contentType: "application/json",
    write: (_operation, output) => JSON.stringify(output),
    writeFault: ({ message }) => JSON.stringify({ message }),
  };
}
