/** The protocol ec2Query, with the schemas that the AWS SDK uses at run time. */
import * as ec2 from "@aws-sdk/client-ec2";
import { Fault, type Input } from "./rest-json";

interface Traits {
  readonly xmlName?: string;
}

/** [kind, namespace, name, traits, names of members, their schemas] */
type Structure = readonly [3, string, string, unknown, readonly string[], readonly unknown[]];
/** [kind, namespace, name, traits, schema of the items] */
type List = readonly [1, string, string, unknown, unknown];
type Operation = readonly [9, string, string, unknown, () => Structure, () => Structure];

function operation(name: string): Operation {
  const schema = (ec2 as Readonly<Record<string, unknown>>)[`${name}$`];
  if (!Array.isArray(schema)) throw new Error(`client-ec2 doesn't know ${name}`);
  return schema as never;
}

/** Returns the schema of a member, and the traits that the member adds to it. */
function memberSchema(schema: unknown): { readonly schema: unknown; readonly traits: Traits } {
  if (typeof schema === "function") return memberSchema(schema());
  const isWithTraits =
    Array.isArray(schema) && schema.length === 2 && typeof schema[1] === "object";
  if (!isWithTraits) return { schema, traits: {} };
  return { schema: memberSchema(schema[0]).schema, traits: schema[1] };
}

function isStructure(schema: unknown): schema is Structure {
  return Array.isArray(schema) && schema[0] === 3;
}

function isList(schema: unknown): schema is List {
  return Array.isArray(schema) && schema[0] === 1;
}

/** Throws a {@link Fault} if a request has a parameter that the operation doesn't know. */
export function assertKnownParameters(name: string, input: Input): void {
  const [, , , , members, schemas] = operation(name)[4]();
  const known = members.map(
    (member, index) => memberSchema(schemas[index]).traits.xmlName ?? member,
  );
  for (const parameter of Object.keys(input))
    if (!known.includes(parameter.replace(/\..*/, "")))
      throw new Fault("UnknownParameter", `The parameter ${parameter} is not recognized`);
}

function rename(schema: unknown, value: unknown): unknown {
  if (isList(schema) && Array.isArray(value)) {
    const items = memberSchema(schema[4]).schema;
    return value.map((item) => rename(items, item));
  }
  if (value instanceof Date) return value.toISOString();
  if (!isStructure(schema) || typeof value !== "object" || value === null) return value;
  const [, , structure, , members, schemas] = schema;
  return Object.fromEntries(
    Object.entries(value).flatMap(([member, item]) => {
      const index = members.indexOf(member);
      if (index < 0) throw new Error(`${structure} has no member ${member}`);
      const found = memberSchema(schemas[index]);
      return item === undefined
        ? []
        : [[found.traits.xmlName ?? member, rename(found.schema, item)]];
    }),
  );
}

/** Returns the output of an operation with the names of the elements of the XML. */
export function elementsOf(name: string, output: object): object {
  return rename(operation(name)[5](), output) as object;
}

/** The values of indexed parameters such as `ResourceId.1`. */
export function listIn(input: Input, prefix: string): string[] {
  const pattern = new RegExp(`^${prefix}\\.\\d+$`);
  return Object.entries(input)
    .filter(([key]) => pattern.test(key))
    .map(([, value]) => String(value));
}

/**
 * Whether something matches all filters of a request.
 *
 * @param properties its values by the names of filters. A filter with another name is only possible
 * for tags
 */
export function matchesFilters(
  input: Input,
  properties: Readonly<Record<string, readonly string[]>>,
): boolean {
  for (let index = 1; input[`Filter.${index}.Name`] !== undefined; index += 1) {
    const name = String(input[`Filter.${index}.Name`]);
    const own = properties[name] ?? (name.startsWith("tag:") ? [] : undefined);
    if (own === undefined)
      throw new Fault("InvalidParameterValue", `The filter '${name}' is not emulated`);
    const values = listIn(input, `Filter.${index}.Value`);
    if (!own.some((value) => values.includes(value))) return false;
  }
  return true;
}

/** The tags that a request gives to what it creates of a type, such as `instance`. */
export function tagsIn(input: Input, type: string): Readonly<Record<string, string>> {
  const prefixes = Object.entries(input).flatMap(([key, value]) =>
    value === type ? (/^(TagSpecification\.\d+)\.ResourceType$/.exec(key)?.[1] ?? []) : [],
  );
  const keys = prefixes.flatMap((prefix) =>
    Object.keys(input).filter((key) => key.startsWith(`${prefix}.Tag.`) && key.endsWith(".Key")),
  );
  return Object.fromEntries(
    keys.map((key) => [String(input[key]), String(input[key.replace(/Key$/, "Value")])]),
  );
}
