/** Which operation a request is, by the schemas that the AWS SDK itself goes by at run time, and what it asks for. */

export type Input = Readonly<Record<string, unknown>>;

/** An error as a service answers it. */
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
type Structure = readonly [
  3,
  string,
  string,
  unknown,
  readonly string[],
  readonly unknown[],
  number?,
];
type Operation = readonly [
  9,
  string,
  string,
  { readonly http: readonly [string, string, number] },
  () => Structure,
  unknown,
];

function isOperation(value: unknown): value is Operation {
  return Array.isArray(value) && value[0] === 9;
}

/** An operation as it is asked for over HTTP. */
export interface Route {
  readonly operation: string;
  readonly method: string;
  /** Matches the path, with a group for each label. */
  readonly path: RegExp;
  readonly labels: readonly string[];
  readonly input: Structure;
}

/** The routes of an SDK client's package, such as `@aws-sdk/client-ram`. */
export function routesOf(sdk: object): Route[] {
  return Object.values(sdk)
    .filter(isOperation)
    .map(([, , operation, { http }, input]) => {
      const [method, uri] = http;
      return {
        operation,
        method,
        path: new RegExp(`^${uri.replace(/\{\w+\}/g, "(.+)")}$`),
        labels: [...uri.matchAll(/\{(\w+)\}/g)].map(([, label = ""]) => label),
        input: input(),
      };
    });
}

/** A token that makes a call safe to repeat: the SDK fills it in, Terraform's provider too. */
function isToken(schema: unknown): boolean {
  return JSON.stringify(schema) === "[0,4]";
}

/** What of a value the service's model doesn't know, or lacks: members of structures, at any depth. */
function problems(schema: unknown, value: unknown, path: string): string[] {
  const known = typeof schema === "function" ? schema() : schema;
  if (!Array.isArray(known)) return [];
  if (known[0] === 1 && Array.isArray(value))
    return value.flatMap((item, index) =>
      problems(known[4], item, `${path.slice(0, -1)}[${index}].`),
    );
  if (known[0] === 3 && typeof value === "object" && value !== null)
    return structureProblems(known as never, value, path);
  // With traits of its own.
  return typeof known[0] === "function" ? problems(known[0], value, path) : [];
}

function structureProblems(
  [, , , , members, schemas, required = 0]: Structure,
  value: object,
  path: string,
): string[] {
  const given = value as Readonly<Record<string, unknown>>;
  const missing = members
    .slice(0, required)
    .filter((member, index) => given[member] === undefined && !isToken(schemas[index]));
  return [
    ...Object.keys(given).flatMap((member) =>
      members.includes(member) ? [] : [`unknown ${path}${member}`],
    ),
    ...missing.map((member) => `missing ${path}${member}`),
    ...members.flatMap((member, index) =>
      problems(schemas[index], given[member], `${path}${member}.`),
    ),
  ];
}

/** The operation and its input; throws a {@link Fault} for what the service would refuse by its model. */
export function matchRoute(
  routes: readonly Route[],
  method: string,
  url: string,
  body: string,
): { readonly operation: string; readonly input: Input } {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  for (const route of routes) {
    const match = route.method === method ? route.path.exec(decodeURIComponent(pathname)) : null;
    if (!match) continue;
    const labels = Object.fromEntries(
      route.labels.map((label, index) => [label, match[index + 1]]),
    );
    const query = [...new Set(searchParams.keys())].map((key) => {
      const values = searchParams.getAll(key);
      return [key, values.length > 1 || key === "tagKeys" ? values : values[0]];
    });
    const input = {
      ...Object.fromEntries(query),
      ...labels,
      ...(body === "" ? {} : JSON.parse(body)),
    };
    const wrong = structureProblems(route.input, input, "");
    if (wrong.length > 0)
      throw new Fault("InvalidRequestException", `${route.operation}: ${wrong.join(", ")}`);
    return { operation: route.operation, input };
  }
  throw new Fault("NotImplementedException", `${method} ${url} is not emulated`, 501);
}

/** A page of a list, led by an empty one, as RAM's documentation warns of: what stops at it sees nothing. */
export function page<T>(
  items: readonly T[],
  { nextToken, maxResults }: Input,
  most: number,
): { items: T[]; nextToken?: string } {
  const at =
    typeof nextToken === "string" ? Number(Buffer.from(nextToken, "base64").toString()) : -1;
  if (Number.isNaN(at))
    throw new Fault("InvalidPaginationTokenException", "The pagination token is invalid.");
  const token = (index: number) => ({ nextToken: Buffer.from(String(index)).toString("base64") });
  if (at < 0) return { items: [], ...token(0) };
  const end = at + Math.min(Number(maxResults ?? most), most);
  return { items: items.slice(at, end), ...(end < items.length && token(end)) };
}
