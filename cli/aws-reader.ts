import type { Credentials } from "./account-credentials";
import { type Action, type Input, OPERATIONS, type Output } from "./aws-operations";

/** More than usual, because many checks call the same services at the same time. */
const MAX_ATTEMPTS = 6;

/** Times after which a call fails, in milliseconds. */
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true };

/** An SDK client. Each has its own type of `send`. */
interface AnyClient {
  send(command: object): Promise<object>;
}

/** Calls operations in a Region. */
export interface RegionReader<A extends Action> {
  /**
   * Calls an operation.
   *
   * @param region @default - the Region of the reader
   */
  read<Called extends A>(
    action: Called,
    input: Input<Called>,
    region?: string,
  ): Promise<Output<Called>>;
  /** Calls an operation until it has returned all pages. */
  pages<Called extends A>(action: Called, input: Input<Called>): Promise<Output<Called>[]>;
}

/** Calls operations with the credentials of an account. Equal calls are made once. */
export class Reader {
  private readonly clients = new Map<string, AnyClient>();
  private readonly outputs = new Map<string, Promise<object>>();

  constructor(private readonly credentials: Credentials) {}

  /** Calls an operation in a Region. */
  read<A extends Action>(action: A, input: Input<A>, region: string): Promise<Output<A>> {
    const key = JSON.stringify([action, input, region]);
    const known = this.outputs.get(key);
    if (known) return known as Promise<Output<A>>;
    const [, Command] = OPERATIONS[action];
    const command = new (Command as new (input: object) => object)(input);
    const output = this.clientOf(action, region).send(command);
    this.outputs.set(key, output);
    return output as Promise<Output<A>>;
  }

  /** Returns calls in a Region. */
  in(region: string): RegionReader<Action> {
    const read = <A extends Action>(action: A, input: Input<A>, other = region) =>
      this.read(action, input, other);
    return {
      read,
      pages: async (action, input) => {
        const pages = [];
        let token: object | undefined = {};
        while (token !== undefined) {
          const page = await read(action, { ...input, ...token });
          pages.push(page);
          token = nextToken(page as object);
        }
        return pages;
      },
    };
  }

  private clientOf(action: Action, region: string): AnyClient {
    const [Client] = OPERATIONS[action];
    const key = `${Client.name} ${region}`;
    const known = this.clients.get(key);
    if (known) return known;
    const created = new (Client as new (config: object) => AnyClient)({
      ...this.credentials,
      region,
      maxAttempts: MAX_ATTEMPTS,
      requestHandler: TIMEOUTS,
      // Of S3: finds a bucket that is in another Region.
      followRegionRedirects: true,
    });
    this.clients.set(key, created);
    return created;
  }
}

/** Returns the member that asks for the next page. Services write its name in two ways. */
function nextToken(page: object): object | undefined {
  const { nextToken: lower, NextToken: upper } = page as Record<string, string | undefined>;
  if (lower) return { nextToken: lower };
  return upper ? { NextToken: upper } : undefined;
}
