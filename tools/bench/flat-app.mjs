// Writes a CDKTF app that declares the resources of a synthesized factory one by one, with references
// and assets, as a team would write them without this project.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const require = createRequire(import.meta.url);

/** Attributes that are maps, whose keys aren't names of attributes. */
const MAPS = new Set(["tags", "resource_tags", "ami_tags", "variables", "dimensions"]);

const REFERENCE = /\$\{((?:data\.)?[a-z0-9_]+\.[\w-]+)\.(\w+)\}/g;

const camel = (key) => key.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());

const config = (block) => {
  if (Array.isArray(block)) return block.map(config);
  if (typeof block !== "object" || block === null) return block;
  return Object.fromEntries(
    Object.entries(block).flatMap(([key, value]) =>
      key === "//" || key === "depends_on"
        ? []
        : [[camel(key), MAPS.has(key) ? value : config(value)]],
    ),
  );
};

/** The class of a resource or data source, and the path of its bindings. */
const binding = (type, isData) => {
  const [provider, ...rest] = type.split("_");
  const path = `@cdktf/provider-${provider}/lib/${isData ? `data-${provider}-` : ""}${rest.join("-")}`;
  const [name, { prototype }] = Object.entries(require(path)).find(
    ([, value]) => value?.tfResourceType === type,
  );
  return { path, name, prototype };
};

const letters = (name) => name.replace(/_/g, "").toLowerCase();

/** The name of an attribute's property in the class of its resource. */
const property = (address, attribute) => {
  const isData = address.startsWith("data.");
  const { prototype } = binding(address.split(".").at(isData ? 1 : 0), isData);
  return Object.getOwnPropertyNames(prototype).find((name) => letters(name) === letters(attribute));
};

/** Renders a value as code, with references and assets as expressions. */
const code = (value, outdir) =>
  JSON.stringify(value)
    .replace(
      REFERENCE,
      (_, address, attribute) =>
        `" + made[${JSON.stringify(address)}].${property(address, attribute)} + "`,
    )
    .replace(
      /"assets\/([^/"]+)\/([^"]+)"/g,
      (path, id) =>
        `asset(${JSON.stringify(id)}, ${JSON.stringify(resolve(outdir, JSON.parse(path)))})`,
    );

const declarations = ({ resource = {}, data = {} }) =>
  [
    [data, true],
    [resource, false],
  ].flatMap(([types, isData]) =>
    Object.entries(types).flatMap(([type, named]) =>
      Object.entries(named).map(([id, block]) => ({
        address: `${isData ? "data." : ""}${type}.${id}`,
        type,
        id,
        block,
        isData,
      })),
    ),
  );

const needs = ({ block }) => [
  ...(block.depends_on ?? []),
  ...[...JSON.stringify(block).matchAll(REFERENCE)].map(([, address]) => address),
];

/** Resources in dependency order. */
const sorted = (all) => {
  const done = new Set();
  const visit = (declaration) => {
    if (done.has(declaration)) return [];
    done.add(declaration);
    const first = needs(declaration).flatMap((address) =>
      visit(all.find((other) => other.address === address)),
    );
    return [...first, declaration];
  };
  return all.flatMap(visit);
};

const declaration = ({ address, type, id, block, isData }, outdir) => {
  const { path, name } = binding(type, isData);
  const dependsOn = (block.depends_on ?? []).map((other) => `made[${JSON.stringify(other)}]`);
  const properties = code(config(block), outdir).slice(0, -1);
  return [
    `made[${JSON.stringify(address)}] = new (require(${JSON.stringify(path)}).${name})(stack, ${JSON.stringify(id)}, `,
    `${properties}${dependsOn.length > 0 ? `, dependsOn: [${dependsOn}]` : ""}});`,
  ].join("");
};

const stackCode = (id, json, outdir) => [
  `{ const stack = new TerraformStack(app, ${JSON.stringify(id)}), made = {};`,
  "const asset = (name, path) => new TerraformAsset(stack, name, { path }).path;",
  `new S3Backend(stack, ${JSON.stringify(config(json.terraform.backend.s3))});`,
  ...Object.entries(json.provider).map(([name, [settings]]) => {
    const path = JSON.stringify(`@cdktf/provider-${name}/lib/provider`);
    return `new (Object.values(require(${path}))[0])(stack, ${JSON.stringify(name)}, ${JSON.stringify(config(settings))});`;
  }),
  ...sorted(declarations(json)).map((one) => declaration(one, outdir)),
  ...Object.entries(json.output).map(
    ([name, { value, description }]) =>
      `new TerraformOutput(stack, ${JSON.stringify(name)}, { value: ${code(value, outdir)}, description: ${JSON.stringify(description)}, staticId: true });`,
  ),
  "}",
];

/** Writes the flat app of the factory in `outdir` to `file`. */
export const writeFlatApp = (outdir, file) => {
  const stacks = readdirSync(join(outdir, "stacks")).flatMap((id) => {
    const folder = join(outdir, "stacks", id);
    return stackCode(id, JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8")), folder);
  });
  const head = `const { App, S3Backend, TerraformAsset, TerraformOutput, TerraformStack } = require("cdktf");\nconst app = new App();\n`;
  writeFileSync(file, `${head}${stacks.join("\n")}\napp.synth();\n`);
};
