/** Reads requests of the restJson1 protocol with the schemas that the AWS SDK uses at run time. */

export type Input = Readonly<Record<string, unknown>>;

/** An error that a service responds with. */
export class Fault extends Error {
  constructor(
    override readonly name: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

/** [kind, namespace, name, traits, names of members, their schemas, number of required members] */
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

/** The HTTP request of an operation. */
export interface Route {
  readonly operation: string;
  readonly method: string;
  /** Matches the path, with a group for each label. */
  readonly path: RegExp;
  readonly labels: readonly string[];
  readonly input: Structure;
}

/** The routes of an SDK client such as `@aws-sdk/client-ram`. */
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

/** Whether a member makes a call idempotent: clients generate it, so a request may lack it. */
function isIdempotencyToken(schema: unknown): boolean {
  return JSON.stringify(schema) === "[0,4]";
}

/** Unknown and missing members of a value, at any depth. */
function problems(schema: unknown, value: unknown, path: string): string[] {
  const known = typeof schema === "function" ? schema() : schema;
  if (!Array.isArray(known)) return [];
  if (known[0] === 1 && Array.isArray(value))
    return value.flatMap((item, index) =>
      problems(known[4], item, `${path.slice(0, -1)}[${index}].`),
    );
  if (known[0] === 3 && typeof value === "object" && value !== null)
    return structureProblems(known as never, value, path);
  // A schema with traits wraps another one.
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
    .filter((member, index) => given[member] === undefined && !isIdempotencyToken(schemas[index]));
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

/**
 * Finds the operation of a request. Throws a {@link Fault} if the input doesn't fit the service's
 * model.
 */
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

/**
 * A page of a list. The first page is empty, as RAM's documentation warns: a client must follow
 * `nextToken`.
 */
export function page<T>(
  items: readonly T[],
  { nextToken, maxResults }: Input,
  maxPageSize: number,
): { items: T[]; nextToken?: string } {
  const at =
    typeof nextToken === "string" ? Number(Buffer.from(nextToken, "base64").toString()) : -1;
  if (Number.isNaN(at))
    throw new Fault("InvalidPaginationTokenException", "The pagination token is invalid.");
  const token = (index: number) => ({ nextToken: Buffer.from(String(index)).toString("base64") });
  if (at < 0) return { items: [], ...token(0) };
  const end = at + Math.min(Number(maxResults ?? maxPageSize), maxPageSize);
  return { items: items.slice(at, end), ...(end < items.length && token(end)) };
}
