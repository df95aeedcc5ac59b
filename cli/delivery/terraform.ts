import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { roleArn } from "../../config/aws/arns";
import { ConfigError } from "../../config/problems";
import type { Stack } from "./stack-manifest";

/** Name of the saved plan in a stack's folder. */
export const SAVED_PLAN = "tfplan";

/**
 * Terraform in the folder of a stack. In GitHub Actions it assumes a role of the stack's account.
 */
export class Terraform {
  constructor(
    private readonly stack: Stack,
    private readonly role: string,
  ) {}

  /** Runs Terraform and shows its output; throws an `Error` with what it wrote to stderr. */
  async show(command: string, ...args: string[]): Promise<void> {
    await this.run([command, ...args], (chunk) => process.stdout.write(chunk));
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
      const env = { ...process.env, TF_IN_AUTOMATION: "1", ...(await this.credentials(folder)) };
      await runTerraform(this.stack.folder, env, args, onOutput);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** Returns the variables with which the AWS provider and backend assume the role. */
  private async credentials(folder: string): Promise<NodeJS.ProcessEnv> {
    const token = await gitHubToken();
    if (token === undefined) return {};
    const file = join(folder, "token");
    writeFileSync(file, token, { mode: 0o600 });
    return {
      AWS_ROLE_ARN: roleArn(this.stack, this.role),
      AWS_WEB_IDENTITY_TOKEN_FILE: file,
      AWS_ROLE_SESSION_NAME: this.stack.id.slice(0, 64),
    };
  }
}

/**
 * Requests the token of this job, which is valid for five minutes. Outside GitHub Actions there is
 * none, and Terraform uses the caller's credentials. In GitHub Actions, credentials of the runner
 * must not be used.
 *
 * https://docs.github.com/en/actions/reference/security/oidc
 */
async function gitHubToken(): Promise<string | undefined> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = process.env;
  if (url === undefined) {
    if (process.env["GITHUB_ACTIONS"] === "true")
      throw new ConfigError(
        "this job gets no token from GitHub: add `id-token: write` to its permissions",
      );
    return undefined;
  }
  const response = await fetch(`${url}&audience=sts.amazonaws.com`, {
    headers: { Authorization: `bearer ${bearer}` },
  });
  if (!response.ok)
    throw new Error(`GitHub rejected the request for a token: HTTP ${response.status}`);
  return ((await response.json()) as { readonly value: string }).value;
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
    const terraform = spawn("terraform", args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let stderr = "";
    terraform.stdout.setEncoding("utf8").on("data", onOutput);
    terraform.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
    });
    // Terraform releases the lock of the state before it exits.
    const forward = (signal: NodeJS.Signals): void => void terraform.kill(signal);
    const signals = ["SIGINT", "SIGTERM"] as const;
    for (const signal of signals) process.on(signal, forward);
    terraform.on("error", (cause) =>
      reject(
        new ConfigError(
          `terraform can't be started (${cause.message}): install Terraform and add it to the PATH`,
          { cause },
        ),
      ),
    );
    terraform.on("close", (status) => {
      for (const signal of signals) process.off(signal, forward);
      if (status === 0) resolve();
      else reject(new Error(stderr.trim()));
    });
  });
}
