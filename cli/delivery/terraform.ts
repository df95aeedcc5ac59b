import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "../../config/problems";
import { Interruption, whileRunning } from "../interruption";
import type { Profiles } from "../profiles";
import { withProgress } from "../progress";
import { credentialsFor } from "./credentials";
import type { Stack } from "./stack-manifest";

/** Options of every command that can ask or color. */
const AUTOMATION = ["-input=false", "-no-color"];

/** Waits for the lock of a state that another run has locked. */
export const WAIT_FOR_LOCK = "-lock-timeout=5m";

export interface TerraformSettings {
  readonly profiles: Profiles;
  /** Where Terraform's output is shown. */
  readonly output: NodeJS.WriteStream;
}

/** Terraform in the folder of a stack. */
export class Terraform {
  constructor(
    readonly stack: Stack,
    /** Name of the role that GitHub Actions assumes. */
    private readonly role: string,
    private readonly settings: TerraformSettings,
  ) {}

  /** Runs `terraform init`; throws an `Error` with what it wrote to stderr. */
  async init(...args: string[]): Promise<void> {
    await withProgress(`initializing ${this.stack.id}`, this.read("init", ...AUTOMATION, ...args));
  }

  /** Runs Terraform and shows its output; throws an `Error` with what it wrote to stderr. */
  async show(command: string, ...args: string[]): Promise<void> {
    const options = command === "show" ? ["-no-color"] : AUTOMATION;
    await this.run([command, ...options, ...args], (chunk) => this.settings.output.write(chunk));
  }

  /** Runs Terraform and returns its output; throws an `Error` with what it wrote to stderr. */
  async read(command: string, ...args: string[]): Promise<string> {
    let output = "";
    await this.run([command, ...args], (chunk) => {
      output += chunk;
    });
    return output;
  }

  private async run(args: readonly string[], onOutput: (chunk: string) => unknown): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "token-"));
    try {
      const { profiles } = this.settings;
      const credentials = await credentialsFor(this.stack, this.role, profiles, folder);
      const env = { ...process.env, TF_IN_AUTOMATION: "1", ...credentials };
      await runTerraform(this.stack.folder, env, args, onOutput);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

/**
 * Not synchronous: Node must notice that GitHub closes a connection before it requests the next
 * token.
 */
function runTerraform(
  cwd: string,
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  onOutput: (chunk: string) => unknown,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const terraform = spawn("terraform", args, {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      // Otherwise a terminal also sends Ctrl-C to Terraform, and Terraform doesn't finish what it
      // does if it receives the signal twice.
      detached: process.platform !== "win32",
    });
    let stderr = "";
    let interruption: Interruption | undefined;
    terraform.stdout.setEncoding("utf8").on("data", onOutput);
    terraform.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
    });
    // Terraform releases the lock of the state before it exits. It ends at once if it receives an
    // interrupt twice, as a user may want, or another signal.
    const hasEnded = whileRunning((reason, signal) => {
      const isAsked = signal === "SIGINT" || signal === "SIGTERM";
      if (interruption !== undefined && !isAsked) return;
      interruption = new Interruption(reason);
      terraform.kill(isAsked ? signal : "SIGINT");
    });
    terraform.on("error", (cause) =>
      reject(
        new ConfigError(
          `terraform can't be started (${cause.message}): install Terraform and add it to the PATH`,
          { cause },
        ),
      ),
    );
    terraform.on("close", (status) => {
      hasEnded();
      if (interruption !== undefined) reject(interruption);
      else if (status === 0) resolve();
      else reject(new Error(stderr.trim()));
    });
  });
}
