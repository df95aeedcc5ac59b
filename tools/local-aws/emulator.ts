/** HTTP in front of emulated services. Whose a request is, and for which service, is read from its signature, as moto does. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Fault, type Input } from "./rest-json";

/** Who calls, and where. */
export interface Caller {
  readonly account: string;
  readonly region: string;
}

export type Handler = (input: Input, caller: Caller) => object | Promise<object>;

/** A service: how its requests are read and answered, and what it does. */
export interface Service {
  /** As in a signature's scope, such as `ram`. */
  readonly name: string;
  readonly read: (
    method: string,
    url: string,
    body: string,
  ) => { readonly operation: string; readonly input: Input };
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly contentType: string;
  readonly write: (operation: string, output: object) => string;
  readonly writeFault: (fault: Fault) => string;
  /** @default - none beside those that every answer has */
  readonly headers?: (output: object) => Readonly<Record<string, string>>;
}

/** A call that came in. */
export interface Call {
  readonly account: string;
  readonly accessKey: string;
  /** The caller's `User-Agent`. */
  readonly agent: string | undefined;
  readonly service: string;
  readonly operation: string;
  readonly input: Input;
  /** Name of the error that it was answered with. */
  readonly fault?: string;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Planned {
  readonly operation: string;
  readonly fault: Fault;
  times: number;
}

export class Emulator {
  /** Every call, in the order in which they were answered. */
  readonly calls: Call[] = [];
  private readonly planned: Planned[] = [];
  private readonly server: Server;

  private constructor(
    private readonly services: readonly Service[],
    private readonly accountOf: (accessKey: string) => Promise<string>,
  ) {
    this.server = createServer(async (request, response) => {
      const { status, contentType, body, headers = {} } = await this.answer(request);
      response.writeHead(status, { "Content-Type": contentType, ...headers }).end(body);
    });
  }

  /** Starts it on a free port of the loopback. `accountOf` tells whose an access key is. It has to be stopped. */
  static async start(
    services: readonly Service[],
    accountOf: (accessKey: string) => Promise<string>,
  ): Promise<Emulator> {
    const emulator = new Emulator(services, accountOf);
    await new Promise<void>((resolve) => emulator.server.listen(0, "127.0.0.1", resolve));
    return emulator;
  }

  /** How a caller's environment says where everything is. */
  get environment(): Record<string, string> {
    const url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return Object.fromEntries(
      this.services.map(({ name }) => [`AWS_ENDPOINT_URL_${name.toUpperCase()}`, url]),
    );
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Answers the next calls of an operation with an error, and does nothing for them. */
  fail(operation: string, fault: Fault, times = 1): void {
    this.planned.push({ operation, fault, times });
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
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
    const from = { accessKey, agent: request.headers["user-agent"] };
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
        ...service.read(request.method ?? "", request.url ?? "", body),
      };
      const output = await this.handle(service, call, { account, region });
      this.calls.push(call);
      return {
        status: 200,
        contentType,
        body: service.write(call.operation, output),
        headers: service.headers?.(output) ?? {},
      };
    } catch (error) {
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
    const planned = this.planned.find((one) => one.operation === operation && one.times > 0);
    if (planned) {
      planned.times -= 1;
      throw planned.fault;
    }
    const handler = handlers[operation];
    if (!handler) throw new Fault("NotImplementedException", `${operation} is not emulated`, 501);
    return handler(input, caller);
  }
}

/** A service that speaks restJson1. */
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
