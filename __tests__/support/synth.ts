import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack, Testing } from "cdktf";
import type { VersionedFactory } from "../../config/factory";
import { loadFactory } from "../../config/load";
import { type AllStacksProps, addStacks } from "../../stacks/all-stacks";
import { aFactory, type Raw, withFolder } from "./factory-file";

// biome-ignore lint/suspicious/noExplicitAny: Terraform's JSON as it comes
export type Block = any;

export interface TerraformJson {
  readonly terraform: Block;
  readonly provider: Record<string, Block[]>;
  readonly resource?: Record<string, Record<string, Block>>;
  readonly data?: Record<string, Record<string, Block>>;
  readonly output?: Record<string, Block>;
}

/** What `build` adds to an otherwise empty stack, with every validation run. */
export const synthModule = (build: (stack: TerraformStack) => void): TerraformJson => {
  const stack = new TerraformStack(Testing.app(), "test");
  new AwsProvider(stack, "aws", { region: "eu-west-1" });
  build(stack);
  return JSON.parse(Testing.synth(stack, true));
};

/** Every stack of a factory, by id, as `cdktf synth` writes it, validations included. */
export const synthFactory = (
  factory: VersionedFactory,
  options: Partial<AllStacksProps> = {},
): Record<string, TerraformJson> => {
  const outdir = mkdtempSync(join(tmpdir(), "cdktf-out-"));
  try {
    const app = new App({ outdir });
    addStacks(app, factory, { updaterDirectory: resolve("dist/share-updater"), bootstrap: false, ...options });
    app.synth();
    const ids = app.node.children.filter(TerraformStack.isStack).map(({ node: { id } }) => id);
    return Object.fromEntries(
      ids.map((id) => [id, JSON.parse(readFileSync(join(outdir, "stacks", id, "cdk.tf.json"), "utf8"))]),
    );
  } finally {
    rmSync(outdir, { recursive: true });
  }
};

/** The stacks of the tests' small factory as `bend` leaves it. */
export const synth = (
  bend: (file: Raw) => unknown = () => undefined,
  documents?: Record<string, string>,
): Record<string, TerraformJson> => {
  const file = aFactory();
  bend(file);
  return withFolder({ file, documents }, (path) => synthFactory(loadFactory(path)));
};

/** Every resource of a type. */
export const resources = (json: TerraformJson | undefined, type: string): Block[] =>
  Object.values(json?.resource?.[type] ?? {});

/** The only resource of a type. */
export const only = (json: TerraformJson | undefined, type: string): Block => {
  const all = resources(json, type);
  if (all.length !== 1) throw new Error(`expected one ${type}, got ${all.length}`);
  return all[0];
};

/** The statements of a policy, by Sid. */
export const statements = (policy: string): Record<string, Block> =>
  Object.fromEntries(JSON.parse(policy).Statement.map((statement: Block) => [statement.Sid, statement]));
