/**
 * Runs the commands of the workflows as a job of GitHub Actions does: with the job's token instead
 * of keys.
 */
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import type { Server } from "node:http";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { serverUrl, startServer, stopServer } from "../protocol/server";

const execute = promisify(execFile);

export class GithubJob {
  private constructor(
    private readonly outdir: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly issuer: Server,
  ) {}

  /**
   * Starts a server that issues tokens. The caller must stop it.
   *
   * @param local environment variables with the endpoints of the local AWS
   */
  static async start(outdir: string, local: Readonly<Record<string, string>>): Promise<GithubJob> {
    // The local AWS accepts any token.
    const issuer = await startServer((request, response) => {
      const audience = new URL(request.url ?? "", "http://localhost").searchParams.get("audience");
      const isAllowed =
        request.headers.authorization === "bearer job" && audience === "sts.amazonaws.com";
      response.writeHead(isAllowed ? 200 : 403).end(JSON.stringify({ value: "a.job.token" }));
    });
    const { PATH, HOME, TF_CLI_CONFIG_FILE } = process.env;
    const env = {
      PATH,
      HOME,
      ...(TF_CLI_CONFIG_FILE && { TF_CLI_CONFIG_FILE }),
      ...local,
      CHECKPOINT_DISABLE: "1",
      CDKTF_OUTDIR: outdir,
      TF_CLI_ARGS_init: "-backend-config=use_path_style=true",
      ACTIONS_ID_TOKEN_REQUEST_URL: `${serverUrl(issuer)}/?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "job",
    };
    return new GithubJob(outdir, env, issuer);
  }

  stop(): void {
    stopServer(this.issuer);
  }

  /** Runs the `factory` command and returns what it prints. */
  async run(...args: string[]): Promise<string> {
    const command = [resolve("dist/factory.js"), ...args];
    const options = { env: this.env, maxBuffer: 2 ** 26 };
    return (await execute(process.execPath, command, options)).stdout;
  }

  /** Runs `factory plan-summary` for all plans. */
  async summary(): Promise<string> {
    const plans = join(this.outdir, "plans");
    return this.run("plan-summary", ...readdirSync(plans).map((file) => join(plans, file)));
  }
}
