// Writes a CDKTF app that declares the resources of a synthesized factory one by one, as an author
// without the factory would: with references between resources, and with assets.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const require = createRequire(import.meta.url);

/** Attributes whose keys are chosen by the user, and so stay as they are. */
const MAPS = new Set(["tags", "resource_tags", "ami_tags", "variables", "dimensions"]);

const REFERENCE = /\$\{((?:data\.)?[a-z0-9_]+\.[\w-]+)\.(\w+)\}/g;

function camelCase(key) {
  return key.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}

/** The arguments of a block, as a CDKTF construct takes them. */
function constructProps(block) {
  if (Array.isArray(block)) return block.map(constructProps);
  if (typeof block !== "object" || block === null) return block;
  const entries = Object.entries(block).filter(([key]) => key !== "//" && key !== "depends_on");
  return Object.fromEntries(
    entries.map(([key, value]) => [camelCase(key), MAPS.has(key) ? value : constructProps(value)]),
  );
}

/** The class of a resource or data source, and the module that exports it. */
function binding(type, isData) {
  const [provider, ...rest] = type.split("_");
  const path = `@cdktf/provider-${provider}/lib/${isData ? `data-${provider}-` : ""}${rest.join("-")}`;
  const [name, { prototype }] = Object.entries(require(path)).find(
    ([, value]) => value?.tfResourceType === type,
  );
  return { path, name, prototype };
}

/** The property of a construct for an attribute of Terraform. */
function propertyName(address, attribute) {
  const isData = address.startsWith("data.");
  const { prototype } = binding(address.split(".").at(isData ? 1 : 0), isData);
  const normalize = (name) => name.replace(/_/g, "").toLowerCase();
  return Object.getOwnPropertyNames(prototype).find(
    (name) => normalize(name) === normalize(attribute),
  );
}

/**
 * A value as code. References become properties of constructs, and paths of assets become assets.
 */
function toCode(value, outdir) {
  return JSON.stringify(value)
    .replace(
      REFERENCE,
      (_, address, attribute) =>
        `" + constructs[${JSON.stringify(address)}].${propertyName(address, attribute)} + "`,
    )
    .replace(
      /"assets\/([^/"]+)\/([^"]+)"/g,
      (path, id) =>
        `asset(${JSON.stringify(id)}, ${JSON.stringify(resolve(outdir, JSON.parse(path)))})`,
    );
}

function declarationsIn(types, isData) {
  return Object.entries(types).flatMap(([type, named]) =>
    Object.entries(named).map(([id, block]) => {
      const address = `${isData ? "data." : ""}${type}.${id}`;
      return { address, type, id, block, isData };
    }),
  );
}

function dependenciesOf({ block }) {
  const references = [...JSON.stringify(block).matchAll(REFERENCE)].map(([, address]) => address);
  return [...(block.depends_on ?? []), ...references];
}

/** Sorts declarations so that each follows those that it refers to. */
function sortByDependency(all) {
  const done = new Set();
  const visit = (declaration) => {
    if (done.has(declaration)) return [];
    done.add(declaration);
    const dependencies = dependenciesOf(declaration).flatMap((address) =>
      visit(all.find((other) => other.address === address)),
    );
    return [...dependencies, declaration];
  };
  return all.flatMap(visit);
}

function declarationCode({ address, type, id, block, isData }, outdir) {
  const { path, name } = binding(type, isData);
  const dependsOn = (block.depends_on ?? []).map((other) => `constructs[${JSON.stringify(other)}]`);
  const properties = toCode(constructProps(block), outdir).slice(0, -1);
  return [
    `constructs[${JSON.stringify(address)}] = new (require(${JSON.stringify(path)}).${name})(stack, ${JSON.stringify(id)}, `,
    `${properties}${dependsOn.length > 0 ? `, dependsOn: [${dependsOn}]` : ""}});`,
  ].join("");
}

function stackCode(id, { terraform, provider, resource = {}, data = {}, output }, outdir) {
  const declarations = [...declarationsIn(data, true), ...declarationsIn(resource, false)];
  return [
    `{ const stack = new TerraformStack(app, ${JSON.stringify(id)}), constructs = {};`,
    "const asset = (name, path) => new TerraformAsset(stack, name, { path }).path;",
    `new S3Backend(stack, ${JSON.stringify(constructProps(terraform.backend.s3))});`,
    ...Object.entries(provider).map(([name, [settings]]) => {
      const path = JSON.stringify(`@cdktf/provider-${name}/lib/provider`);
      const props = JSON.stringify(constructProps(settings));
      return `new (Object.values(require(${path}))[0])(stack, ${JSON.stringify(name)}, ${props});`;
    }),
    ...sortByDependency(declarations).map((declaration) => declarationCode(declaration, outdir)),
    ...Object.entries(output).map(
      ([name, { value, description }]) =>
        `new TerraformOutput(stack, ${JSON.stringify(name)}, { value: ${toCode(value, outdir)}, description: ${JSON.stringify(description)}, staticId: true });`,
    ),
    "}",
  ];
}

/** Writes the flat app of the factory that is synthesized in `outdir` to `file`. */
export function writeFlatApp(outdir, file) {
  const stacks = readdirSync(join(outdir, "stacks")).flatMap((id) => {
    const folder = join(outdir, "stacks", id);
    return stackCode(id, JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8")), folder);
  });
  const head = `const { App, S3Backend, TerraformAsset, TerraformOutput, TerraformStack } = require("cdktf");\nconst app = new App();\n`;
  writeFileSync(file, `${head}${stacks.join("\n")}\napp.synth();\n`);
}
