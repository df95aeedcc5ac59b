// Terraform in a copy of a stack's folder, with nothing changed in it but how to reach the local AWS.
import { spawn } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Moto } from "./moto";
import { zipArchives } from "./zip-archives";

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A change that a plan would make, as `terraform show -json` writes it. */
export interface ResourceChange {
  readonly type: string;
  readonly change: { readonly actions: readonly string[]; readonly before: unknown; readonly after: unknown };
}

export class Terraform {
  /** Whether `archive_file` was replaced by a zip of the same folder, because its provider can't be installed. */
  readonly archivesReplaced: boolean;

  private constructor(
    private readonly folder: string,
    private readonly env: NodeJS.ProcessEnv,
    archivesReplaced: boolean,
  ) {
    this.archivesReplaced = archivesReplaced;
  }

  /**
   * Copies the stack from `source` to `folder`, makes what it needs of the local AWS and initializes it. `endpoints` are those of
   * services that moto lacks, as environment variables. A `folder` that was used before keeps its state.
   */
  static async in(folder: string, source: string, moto: Moto, endpoints: Record<string, string> = {}): Promise<Terraform> {
    cpSync(source, folder, { recursive: true });
    const { data, provider, terraform: settings } = JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8"));
    const credentials = await moto.credentialsOf(provider.aws[0].allowed_account_ids[0]);
    const s3 = settings.backend?.s3;
    if (s3) await moto.createBucket(credentials, s3.bucket, s3.region);
    for (const { key_id: alias } of Object.values<{ key_id: string }>(data?.aws_kms_key ?? {})) {
      await moto.createKey(credentials, alias);
    }
    writeFileSync(join(folder, "override.tf.json"), JSON.stringify({ provider: { aws: [{ s3_use_path_style: true }] } }));

    const quiet = { CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
    const env = { ...process.env, ...credentials, ...moto.environment, ...endpoints, ...quiet };
    const init = ["init", "-input=false", "-no-color", ...(s3 ? ["-backend-config=use_path_style=true"] : [])];
    const first = await execute(folder, env, init);
    if (first.status === 0) return new Terraform(folder, env, false);
    if (!first.stderr.includes("hashicorp/archive")) throw new Error(`terraform init failed\n${first.stderr}`);
    zipArchives(folder);
    const terraform = new Terraform(folder, env, true);
    await terraform.run(...init);
    return terraform;
  }

  /** What it prints. Throws an `Error` with what it complains of. */
  async run(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await execute(this.folder, this.env, args);
    if (status !== 0) throw new Error(`terraform ${args[0]} failed\n${stderr}`);
    return stdout;
  }

  /** All that a plan would change. */
  async plan(): Promise<ResourceChange[]> {
    await this.run("plan", "-input=false", "-no-color", "-out=plan");
    const { resource_changes: changes = [] } = JSON.parse(await this.run("show", "-json", "plan"));
    return changes.filter(
      ({ change }: ResourceChange) => change.actions.join() !== "no-op" && change.actions.join() !== "read",
    );
  }

  /** Does what the last {@link plan} says. */
  async apply(): Promise<void> {
    await this.run("apply", "-input=false", "-no-color", "plan");
  }
}

/** Not synchronous: an emulator in this process has to answer meanwhile. */
const execute = (cwd: string, env: NodeJS.ProcessEnv, args: readonly string[]): Promise<Result> =>
  new Promise((resolve, reject) => {
    const terraform = spawn("terraform", args, { cwd, env });
    let [stdout, stderr] = ["", ""];
    terraform.stdout.on("data", (chunk) => (stdout += chunk));
    terraform.stderr.on("data", (chunk) => (stderr += chunk));
    terraform.on("error", reject);
    terraform.on("close", (status) => resolve({ status, stdout, stderr }));
  });
