/** The files of a factory as a user has them, deployed with Terraform to the local AWS. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { PLAN_ROLE_NAME } from "../../../config/names";
import type { Raw } from "../../fixtures/factory-file";
import type { TerraformJson } from "../../fixtures/synth";
import type { LocalAws } from "../local-aws";
import type { Moto } from "../moto/moto";
import { Terraform } from "../terraform/terraform";
import { GithubJob } from "./github-job";

const run = promisify(execFile);

export class Deployment {
  /** Whether `archive_file` was replaced in a stack, because its provider can't be installed. */
  archivesReplaced = false;
  private readonly used = new Map<string, Terraform>();

  constructor(
    /** Contains the factory file, its documents, the synthesized stacks and Terraform's folders. */
    readonly folder: string,
    private readonly moto: Moto,
    private readonly local: LocalAws,
  ) {}

  /** The folder of the synthesized stacks. */
  get out(): string {
    return join(this.folder, "cdktf.out");
  }

  /**
   * Writes the files, issues versions and synthesizes.
   *
   * @param bootstrap whether state stacks have local state, because their buckets don't exist yet
   */
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

  /**
   * Environment variables with credentials of an account and the endpoints of the local AWS.
   *
   * @param role a role of the account. @default - an administrator
   */
  async environmentOf(accountId: string, role?: string): Promise<Record<string, string>> {
    const region = { AWS_REGION: "eu-west-1" };
    return {
      ...region,
      ...(await this.moto.credentialsOf(accountId, role)),
      ...this.moto.environment,
      ...this.local.emulator.environment,
    };
  }

  /**
   * Terraform for a stack as it is currently synthesized, with credentials as in {@link
   * environmentOf}.
   */
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

  /** A stack as it is currently synthesized. */
  synthesized(id: string): TerraformJson {
    return JSON.parse(readFileSync(join(this.out, "stacks", id, "cdk.tf.json"), "utf8"));
  }

  private get workflowFolder(): string {
    return join(this.folder, "workflow");
  }

  private workflowStack(id: string): string {
    return join(this.workflowFolder, "stacks", id);
  }

  /**
   * The commands of the workflows, in a copy of the synthesized stacks.
   *
   * @param stacks the stacks that are planned
   */
  async githubJob(stacks: readonly string[]): Promise<GithubJob> {
    const folder = this.workflowFolder;
    cpSync(this.out, folder, { recursive: true });
    const local = { ...this.moto.environment, ...this.local.emulator.environment };
    for (const id of stacks) {
      const [account = ""] = this.synthesized(id).provider["aws"]?.[0].allowed_account_ids ?? [];
      const stack = this.workflowStack(id);
      await Terraform.in(stack, stack, await this.environmentOf(account, PLAN_ROLE_NAME));
    }
    return GithubJob.start(folder, local);
  }

  /** The code of a function in a stack, and the SHA-256 of each zip that Terraform made of it. */
  code(
    stack: string,
    functionName: string,
  ): { readonly file: string; readonly hashes: readonly string[] } {
    const source = join(this.out, "stacks", stack);
    const archives: { source_dir: string; output_path: string }[] = Object.values(
      this.synthesized(stack).data?.["archive_file"] ?? {},
    );
    const archive = archives.find((one) => one.output_path === `${functionName}.zip`);
    if (!archive) throw new Error(`${stack} must contain ${functionName}`);
    const folders = [join(this.folder, "stacks", stack, "stack"), this.workflowStack(stack)];
    const zips = folders.map((folder) => join(folder, archive.output_path)).filter(existsSync);
    return {
      file: resolve(source, archive.source_dir, "index.mjs"),
      hashes: zips.map((zip) => createHash("sha256").update(readFileSync(zip)).digest("base64")),
    };
  }

  /**
   * Writes all calls and the state of every stack to files, because they end with the local AWS.
   */
  async keep(): Promise<void> {
    writeFileSync(
      join(this.folder, "calls.json"),
      JSON.stringify(this.local.emulator.calls, null, 1),
    );
    for (const terraform of this.used.values()) await terraform.keepState();
  }
}
