// Terraform in a copy of a stack's folder, with nothing changed in it but how to reach the local AWS.
import { spawn } from "node:child_process";
import { appendFileSync, cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ResourceChange } from "../../cli/delivery/plan";
import { zipArchives } from "./zip-archives";

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The backend that each folder was initialized for: to do so again takes a second, and finds the same. */
const initialized = new Map<string, string>();

/** Whether it is known that the provider of `archive_file` can't be installed here. */
let isArchiveMissing = false;

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
   * Copies the stack from `source` to `folder` and initializes it. `environment` says whose credentials are used, and where the local
   * AWS is. A `folder` that was used before keeps its state, which moves when its backend is another one now.
   */
  static async in(
    folder: string,
    source: string,
    environment: Readonly<Record<string, string>>,
  ): Promise<Terraform> {
    if (source !== folder) cpSync(source, folder, { recursive: true });
    const { terraform: settings, data } = JSON.parse(
      readFileSync(join(folder, "cdk.tf.json"), "utf8"),
    );
    const { backend = {}, cloud } = settings;
    // There is no HCP Terraform here; a backend in an override file takes its place.
    const elsewhere = cloud && { terraform: { backend: { local: {} } } };
    const override = { provider: { aws: [{ s3_use_path_style: true }] }, ...elsewhere };
    writeFileSync(join(folder, "override.tf.json"), JSON.stringify(override));

    const env = { ...process.env, ...environment, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
    const hasArchives = data?.archive_file !== undefined;
    if (isArchiveMissing && hasArchives) zipArchives(folder);
    if (initialized.get(folder) === JSON.stringify(backend))
      return new Terraform(folder, env, isArchiveMissing && hasArchives);
    const move = existsSync(join(folder, ".terraform")) ? ["-migrate-state", "-force-copy"] : [];
    const s3 = "s3" in backend ? ["-backend-config=use_path_style=true"] : [];
    const init = ["init", "-input=false", "-no-color", ...move, ...s3];
    const first = await execute(folder, env, init);
    if (first.status !== 0) {
      if (!first.stderr.includes("hashicorp/archive"))
        throw new Error(`terraform init failed\n${first.stderr}`);
      isArchiveMissing = true;
      zipArchives(folder);
      await new Terraform(folder, env, true).run(...init);
    }
    initialized.set(folder, JSON.stringify(backend));
    return new Terraform(folder, env, isArchiveMissing && hasArchives);
  }

  /** What it prints. Throws an `Error` with what it complains of. */
  async run(...args: string[]): Promise<string> {
    return (await this.execute(...args)).stdout;
  }

  private async execute(...args: string[]): Promise<Result> {
    const result = await execute(this.folder, this.env, args);
    const { status, stdout, stderr } = result;
    appendFileSync(
      join(this.folder, "terraform.log"),
      `$ terraform ${args.join(" ")}\n${stdout}${stderr}\n`,
    );
    if (status !== 0 && !(status === 2 && args.includes("-detailed-exitcode")))
      throw new Error(`terraform ${args[0]} failed\n${stderr}`);
    return result;
  }

  /** All that a plan would change. */
  async plan(): Promise<ResourceChange[]> {
    // 0 is nothing, 2 is something: what there is takes another command to read.
    const { status } = await this.execute(
      "plan",
      "-input=false",
      "-no-color",
      "-out=plan",
      "-detailed-exitcode",
    );
    if (status === 0) return [];
    const { resource_changes: changes = [] } = JSON.parse(await this.run("show", "-json", "plan"));
    return changes.filter(
      ({ change }: ResourceChange) =>
        change.actions.join() !== "no-op" && change.actions.join() !== "read",
    );
  }

  /** Takes everything away, as it was deployed last: to look at it once more is most of what that takes. */
  async destroy(): Promise<void> {
    await this.run("destroy", "-auto-approve", "-input=false", "-no-color", "-refresh=false");
  }

  /** Writes its state beside it, wherever its backend keeps it. */
  async keepState(): Promise<void> {
    writeFileSync(
      join(this.folder, "kept.tfstate"),
      (await execute(this.folder, this.env, ["state", "pull"])).stdout,
    );
  }

  /** What it says of itself when it was applied. */
  async outputs(): Promise<Record<string, unknown>> {
    const outputs: Record<string, { value: unknown }> = JSON.parse(
      await this.run("output", "-json"),
    );
    return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
  }

  /** Makes everything as it should be, without looking at a plan first. */
  async deploy(): Promise<void> {
    await this.run("apply", "-auto-approve", "-input=false", "-no-color");
  }

  /** Does what the last {@link plan} says. */
  async apply(): Promise<void> {
    await this.run("apply", "-input=false", "-no-color", "plan");
  }
}

/** Not synchronous: an emulator in this process has to answer meanwhile. */
function execute(cwd: string, env: NodeJS.ProcessEnv, args: readonly string[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    const terraform = spawn("terraform", args, { cwd, env });
    let [stdout, stderr] = ["", ""];
    terraform.stdout.on("data", (chunk) => (stdout += chunk));
    terraform.stderr.on("data", (chunk) => (stderr += chunk));
    terraform.on("error", reject);
    terraform.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}
