/** Which operation of Image Builder a request is, by the schemas that the AWS SDK itself goes by at run time. */
import * as sdk from "@aws-sdk/client-imagebuilder";

export type Input = Readonly<Record<string, unknown>>;

/** An error as the service answers it. */
export class Fault extends Error {
  constructor(
    override readonly name: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

/** [kind, namespace, name, traits, names of members, their schemas, how many of them are required] */
type Structure = readonly [3, string, string, unknown, readonly string[], readonly unknown[], number?];
type Operation = readonly [9, string, string, { readonly http: readonly [string, string, number] }, () => Structure, unknown];

const isOperation = (value: unknown): value is Operation => Array.isArray(value) && value[0] === 9;

interface Route {
  readonly operation: string;
  readonly method: string;
  /** Matches the path, with a group for each label. */
  readonly path: RegExp;
  readonly labels: readonly string[];
  readonly members: readonly string[];
  readonly required: readonly string[];
}

const routes: readonly Route[] = Object.values(sdk as Record<string, unknown>)
  .filter(isOperation)
  .map(([, , operation, { http }, input]) => {
    const [method, uri] = http;
    const [, , , , members, schemas, required = 0] = input();
    const isToken = (index: number) => JSON.stringify(schemas[index]) === "[0,4]";
    return {
      operation,
      method,
      path: new RegExp(`^${uri.replace(/\{\w+\}/g, "(.+)")}$`),
      labels: [...uri.matchAll(/\{(\w+)\}/g)].map(([, label = ""]) => label),
      members,
      required: members.slice(0, required).filter((_, index) => !isToken(index)),
    };
  });

/** The operation and its input; throws a {@link Fault} for what the service would refuse by its model. */
export const matchRoute = (method: string, url: string, body: string): { operation: string; input: Input } => {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  for (const route of routes) {
    const match = route.method === method ? route.path.exec(decodeURIComponent(pathname)) : null;
    if (!match) continue;
    const labels = Object.fromEntries(route.labels.map((label, index) => [label, match[index + 1]]));
    const input = { ...Object.fromEntries(searchParams), ...labels, ...(body === "" ? {} : JSON.parse(body)) };
    const unknown = Object.keys(input).filter((member) => !route.members.includes(member));
    const missing = route.required.filter((member) => input[member] === undefined);
    if (unknown.length + missing.length > 0)
      throw new Fault(
        "InvalidRequestException",
        `${route.operation}: unknown ${unknown.join(", ")}; missing ${missing.join(", ")}`,
      );
    return { operation: route.operation, input };
  }
  throw new Fault("NotImplementedException", `${method} ${url} is not emulated`, 501);
};
