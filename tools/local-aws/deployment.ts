/** A factory's files as a user has them, and what Terraform makes of them on the local AWS. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { PLAN_ROLE_NAME } from "../../config/names";
import type { Raw } from "../fixtures/factory-file";
import type { TerraformJson } from "../fixtures/synth";
import type { LocalAws } from "./local-aws";
import type { Moto } from "./moto";
import { Terraform } from "./terraform";
import { Workflow } from "./workflow";

const run = promisify(execFile);

export class Deployment {
  /** Whether `archive_file` was replaced, because its provider can't be installed. */
  archivesReplaced = false;
  private readonly used = new Map<string, Terraform>();

  constructor(
    /** Where the files, and Terraform's folders, are. */
    readonly folder: string,
    private readonly moto: Moto,
    private readonly local: LocalAws,
  ) {}

  /** Where stacks are synthesized into. */
  get out(): string {
    return join(this.folder, "cdktf.out");
  }

  /** Writes the files, issues versions and synthesizes. */
  async synth(
    file: Raw,
    documents: Readonly<Record<string, string>>,
    bootstrap = false,
  ): Promise<void> {
    mkdirSync(this.out, { recursive: true });
    const config = join(this.folder, "factory.yaml");
    writeFileSync(config, stringify(file));
    for (const [name, text] of Object.entries(documents))
      writeFileSync(join(this.folder, name), text);
    const { FACTORY_BOOTSTRAP: _, ...inherited } = process.env;
    const env = {
      ...inherited,
      FACTORY_CONFIG: config,
      CDKTF_OUTDIR: this.out,
      ...(bootstrap && { FACTORY_BOOTSTRAP: "1" }),
    };
    await run(process.execPath, ["dist/factory.js", "versions"], { env });
    await run(process.execPath, ["dist/main.js"], { env });
  }

  /** How somebody with credentials of an account, in a role of it or not, calls the local AWS. */
  async environmentOf(accountId: string, role?: string): Promise<Record<string, string>> {
    const region = { AWS_REGION: "eu-west-1" };
    return {
      ...region,
      ...(await this.moto.credentialsOf(accountId, role)),
      ...this.moto.environment,
      ...this.local.emulator.environment,
    };
  }

  /** Terraform for a stack as it is synthesized now, with credentials of `accountId`, in a role of it or not. */
  async stack(id: string, accountId: string, role?: string): Promise<Terraform> {
    const target = join(this.folder, "stacks", id, "stack");
    mkdirSync(dirname(target), { recursive: true });
    const terraform = await Terraform.in(
      target,
      join(this.out, "stacks", id),
      await this.environmentOf(accountId, role),
    );
    this.archivesReplaced ||= terraform.archivesReplaced;
    this.used.set(id, terraform);
    return terraform;
  }

  /** What of a stack is synthesized now. */
  synthesized(id: string): TerraformJson {
    return JSON.parse(readFileSync(join(this.out, "stacks", id, "cdk.tf.json"), "utf8"));
  }

  /** The commands of the workflows, in a copy of the synthesized stacks of which those given can be planned here. */
  async workflow(stacks: readonly string[]): Promise<Workflow> {
    const folder = join(this.folder, "workflow");
    cpSync(this.out, folder, { recursive: true });
    const local = { ...this.moto.environment, ...this.local.emulator.environment };
    for (const id of stacks) {
      const [account = ""] = this.synthesized(id).provider["aws"]?.[0].allowed_account_ids ?? [];
      const own = join(folder, "stacks", id);
      await Terraform.in(own, own, await this.environmentOf(account, PLAN_ROLE_NAME));
    }
    return Workflow.start(folder, local);
  }

  /** What of the stack that was deployed is the updater: its code, and the zip of it. */
  updater(stack: string): { readonly file: string; readonly zip: Buffer } {
    const folder = join(this.folder, "stacks", stack, "stack");
    const { data } = JSON.parse(
      readFileSync(join(this.out, "stacks", stack, "cdk.tf.json"), "utf8"),
    );
    const [archive] = Object.values<{ source_dir: string; output_path: string }>(data.archive_file);
    if (!archive) throw new Error(`${stack} has no updater`);
    return {
      file: resolve(folder, archive.source_dir, "index.mjs"),
      zip: readFileSync(join(folder, archive.output_path)),
    };
  }

  /** Writes down what was called, by whom, and the state of every stack, which goes with the local AWS. */
  async keep(): Promise<void> {
    writeFileSync(
      join(this.folder, "calls.json"),
      JSON.stringify(this.local.emulator.calls, null, 1),
    );
    for (const terraform of this.used.values()) await terraform.keepState();
  }
}
