/**
 * Runs Terraform in a copy of a synthesized stack. Only an override file changes how it reaches
 * AWS.
 */
import { spawn } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ResourceChange } from "../../../cli/delivery/plan";
import { zipArchives } from "./zip-archives";

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The backend for which each folder is initialized. Initializing it again takes a second. */
const initializedBackends = new Map<string, string>();

/**
 * Whether the archive provider can be installed here. The first stack decides: if a registry fails
 * once, all stacks still have the same zips.
 */
let hasArchiveProvider: Promise<boolean> | undefined;

export class Terraform {
  private constructor(
    private readonly folder: string,
    private readonly env: NodeJS.ProcessEnv,
    /** Whether `archive_file` was replaced by a zip of the same folder. */
    readonly archivesReplaced: boolean,
  ) {}

  /**
   * Copies the stack from `source` to `folder` and initializes it. A folder that was used before
   * keeps its state; if the backend has changed since then, the state moves to the new one.
   *
   * @param environment the credentials and the endpoints of the local AWS
   */
  static async in(
    folder: string,
    source: string,
    environment: Readonly<Record<string, string>>,
  ): Promise<Terraform> {
    if (source !== folder) cpSync(source, folder, { recursive: true });
    const { backend = {}, cloud } = settingsIn(folder);
    writeOverride(folder, cloud !== undefined);

    const env = { ...process.env, ...environment, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
    const archivesReplaced = await replaceArchives(folder, env);
    if (initializedBackends.get(folder) !== JSON.stringify(backend)) {
      await initialize(folder, env, "s3" in backend);
      initializedBackends.set(folder, JSON.stringify(backend));
    }
    return new Terraform(folder, env, archivesReplaced);
  }

  /** Returns what a command prints. Throws an `Error` with what it prints to standard error. */
  async run(...args: string[]): Promise<string> {
    return (await run(this.folder, this.env, args)).stdout;
  }

  /** Plans, and returns all changes. */
  async plan(): Promise<ResourceChange[]> {
    const options = ["-input=false", "-no-color", "-out=plan", "-detailed-exitcode"];
    const { status } = await run(this.folder, this.env, ["plan", ...options]);
    // 0 is no change, 2 is some. To read them takes another command.
    if (status === 0) return [];
    const { resource_changes: changes = [] } = JSON.parse(await this.run("show", "-json", "plan"));
    return changes.filter(
      ({ change }: ResourceChange) => !["no-op", "read"].includes(change.actions.join()),
    );
  }

  /** Applies the last {@link plan}. */
  async apply(): Promise<void> {
    await this.run("apply", "-input=false", "-no-color", "plan");
  }

  /** Plans and applies in one command. */
  async deploy(): Promise<void> {
    await this.run("apply", "-auto-approve", "-input=false", "-no-color");
  }

  /** Destroys all resources, as the state describes them: refreshing it takes most of the time. */
  async destroy(): Promise<void> {
    await this.run("destroy", "-auto-approve", "-input=false", "-no-color", "-refresh=false");
  }

  async outputs(): Promise<Record<string, unknown>> {
    const outputs: Record<string, { value: unknown }> = JSON.parse(
      await this.run("output", "-json"),
    );
    return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
  }

  /** Writes the state to a file in the folder, whatever the backend is. */
  async keepState(): Promise<void> {
    const { stdout } = await execute(this.folder, this.env, ["state", "pull"]);
    writeFileSync(join(this.folder, "kept.tfstate"), stdout);
  }
}

/**
 * Makes Terraform in the folder of a synthesized stack use addresses of S3 that the local AWS
 * understands, and replaces the archive provider if it can't be installed.
 */
export async function usePathStyle(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { s3 } = settingsIn(folder).backend;
  const override = {
    provider: { aws: [{ s3_use_path_style: true }] },
    terraform: { backend: { s3: { ...s3, use_path_style: true } } },
  };
  writeFileSync(join(folder, "override.tf.json"), JSON.stringify(override));
  await replaceArchives(folder, env);
}

/** The block `terraform` of a synthesized stack. */
function settingsIn(folder: string) {
  return JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8")).terraform;
}

/**
 * Zips the archives of a stack if their provider can't be installed, and returns whether it did.
 */
async function replaceArchives(folder: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const { archive } = settingsIn(folder).required_providers;
  if (archive === undefined) return false;
  hasArchiveProvider ??= canInstall({ archive }, env);
  if (await hasArchiveProvider) return false;
  zipArchives(folder);
  return true;
}

async function canInstall(providers: object, env: NodeJS.ProcessEnv): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "providers-"));
  const stack = { terraform: { required_providers: providers } };
  writeFileSync(join(folder, "providers.tf.json"), JSON.stringify(stack));
  const { status } = await execute(folder, env, ["init", "-input=false", "-no-color"]);
  rmSync(folder, { recursive: true });
  return status === 0;
}

/** HCP Terraform isn't emulated: a local backend in the override file replaces it. */
function writeOverride(folder: string, usesCloud: boolean): void {
  const override = {
    provider: { aws: [{ s3_use_path_style: true }] },
    ...(usesCloud && { terraform: { backend: { local: {} } } }),
  };
  writeFileSync(join(folder, "override.tf.json"), JSON.stringify(override));
}

async function initialize(folder: string, env: NodeJS.ProcessEnv, usesS3: boolean): Promise<void> {
  const args = ["init", "-input=false", "-no-color"];
  if (existsSync(join(folder, ".terraform"))) args.push("-migrate-state", "-force-copy");
  if (usesS3) args.push("-backend-config=use_path_style=true");
  await run(folder, env, args);
}

/** Throws an `Error` if the command fails, and appends its output to a log in the folder. */
async function run(
  folder: string,
  env: NodeJS.ProcessEnv,
  args: readonly string[],
): Promise<Result> {
  const result = await execute(folder, env, args);
  const { status, stdout, stderr } = result;
  const log = `$ terraform ${args.join(" ")}\n${stdout}${stderr}\n`;
  appendFileSync(join(folder, "terraform.log"), log);
  const hasChanges = status === 2 && args.includes("-detailed-exitcode");
  if (status !== 0 && !hasChanges) throw new Error(`terraform ${args[0]} failed\n${stderr}`);
  return result;
}

/** Asynchronous, because the emulators in this process must answer while Terraform runs. */
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
