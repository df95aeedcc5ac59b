import * as z from "zod";
import { markdownCell } from "../../cli/markdown";
import { FactoryFile } from "../../config/schema/factory-file";

export const FACTORY_YAML_PAGE = "docs/reference/factory-yaml.md";

/** The parts of JSON Schema that Zod writes for the factory file. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

interface Row {
  readonly key: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

/** Top-level keys with a section for their entries, and the title of that section. */
const ENTRY_SECTIONS: Readonly<Record<string, string>> = {
  images: "images.NAME",
  containers: "containers.NAME",
  appAccounts: "appAccounts.NAME",
};

function entriesOf({ additionalProperties }: Schema): Schema | undefined {
  return typeof additionalProperties === "object" ? additionalProperties : undefined;
}

function typeOf(schema: Schema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(", ");
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.type === "array") return `list of ${schema.items ? typeOf(schema.items) : "values"}`;
  if (schema.type === "integer") return `${schema.minimum} to ${schema.maximum}`;
  if (schema.type === "object" && entriesOf(schema)) return "map";
  if (schema.type) return schema.type;
  // Most alternatives are values of a map that can be written in a shorter form.
  const types = new Set(schema.anyOf?.map(typeOf));
  return types.has("boolean") ? [...types].join(" or ") : "map";
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** A key that a rule rejects in containers, although it's in the schema of their channels. */
const NOT_FOR_CONTAINERS = "share.channels.NAME.findings";

/** A default that depends on other keys is the last sentence of a description. */
const DEFAULT_SENTENCE = /(?:^|\s)Default: (.+?)\.?$/;

function defaultOf({ schema, isRequired }: Row): string {
  if (isRequired) return "required";
  const [, described] = DEFAULT_SENTENCE.exec(schema.description ?? "") ?? [];
  if (described !== undefined) return described;
  if (schema.default === undefined || isEmpty(schema.default)) return "";
  return `\`${JSON.stringify(schema.default)}\``;
}

function descriptionOf({ description = "" }: Schema): string {
  return description.replace(DEFAULT_SENTENCE, "");
}

/**
 * The keys of a schema, depth first. The keys of an app account's images and containers are left
 * out, because they are those of golden images and containers.
 */
function rowsOf(schema: Schema, prefix: string): Row[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const key = prefix === "" ? name : `${prefix}.${name}`;
    const row = { key, schema: value, isRequired: schema.required?.includes(name) ?? false };
    const isDescribedElsewhere = prefix === "" && name in ENTRY_SECTIONS;
    return isDescribedElsewhere ? [row] : [row, ...rowsOf(value, key)];
  });
  const entry = entriesOf(schema);
  const variants = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  return [
    ...own,
    ...(entry ? rowsOf(entry, `${prefix}.NAME`) : []),
    ...(schema.items ? rowsOf(schema.items, `${prefix}[]`) : []),
    ...variants.flatMap((variant) => rowsOf(variant, prefix)),
  ];
}

function table(rows: readonly Row[]): string[] {
  return [
    "| key | type | default | description |",
    "| --- | --- | --- | --- |",
    ...rows.map((row) => {
      const { key, schema } = row;
      return `| \`${key}\` | ${markdownCell(typeOf(schema))} | ${markdownCell(defaultOf(row))} | ${markdownCell(descriptionOf(schema))} |`;
    }),
    "",
  ];
}

/** The name of one of several shapes that a section can have: the only value of its first key. */
function nameOfVariant({ properties = {} }: Schema): string {
  const [[key, first] = []] = Object.entries(properties);
  return `${key}: ${first?.const}`;
}

/** The tables of a section: one, or one for each shape that it can have. */
function tables(schema: Schema, isShown: (row: Row) => boolean): string[] {
  if (!schema.oneOf) {
    const rows = rowsOf(schema, "").filter(isShown);
    return rows.length > 0 ? table(rows) : [];
  }
  return schema.oneOf.flatMap((variant) => [
    `### \`${nameOfVariant(variant)}\``,
    "",
    ...table(rowsOf(variant, "").filter(isShown)),
  ]);
}

/** Renders docs/reference/factory-yaml.md from the schema of the factory file. */
export function factoryYamlPage(): string {
  const schema = z.toJSONSchema(FactoryFile, { io: "input" }) as Schema;
  const sections = Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const title = ENTRY_SECTIONS[name] ?? name;
    const entry = entriesOf(value);
    const own =
      name === "appAccounts"
        ? [
            "`images` and `containers` take the same keys as `images.NAME` and `containers.NAME` above, except `share`.",
            "",
          ]
        : [];
    const isRequired = schema.required?.includes(name) ? " Required." : "";
    const isShown = ({ key }: Row) => name !== "containers" || !key.startsWith(NOT_FOR_CONTAINERS);
    return [
      `## ${title}`,
      "",
      `${value.description}${isRequired}`,
      "",
      ...own,
      ...tables(name in ENTRY_SECTIONS && entry ? entry : value, isShown),
    ];
  });
  return [
    "# factory.yaml",
    "",
    "<!-- Generated by `npm run reference` from config/schema. Don't edit. -->",
    "",
    "Every key of a factory file. Paths are relative to the factory file. Unknown keys are errors.",
    "[rules.md](rules.md) lists what is checked in addition to types. Editors complete the keys with",
    "[factory.schema.json](../../factory.schema.json). [examples/complete](../../examples/complete/factory.yaml) shows every key.",
    "Where two keys exclude each other, the example shows one in a comment.",
    "",
    "`NAME` stands for a name that you choose, and `[]` for the items of a list.",
    "",
    ...sections,
  ].join("\n");
}
