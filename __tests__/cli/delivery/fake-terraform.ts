import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { serverUrl, startServer, stopServer } from "../../../tools/local-aws/protocol/server";
import type { Result } from "../run-factory";
import { runInProcess } from "../run-in-process";

/** Error of Terraform for a bucket that doesn't exist. */
export const NO_BUCKET = `Error: Failed to get existing workspaces: S3 bucket "acme" does not exist.`;

interface Behaviour {
  /** Messages that Terraform prints on stderr, by `COMMAND STACK`. It then exits with 1. */
  readonly errors?: Readonly<Record<string, string>>;
  /** Stacks whose plans change nothing. */
  readonly unchanged?: readonly string[];
  /** Whether the buckets of state stacks exist only after the state stack was applied. */
  readonly createsBuckets?: boolean;
}

/** A terraform that logs its calls. */
export class FakeTerraform {
  private constructor(readonly bin: string) {}

  static in(folder: string, behaviour: Behaviour = {}): FakeTerraform {
    const terraform = new FakeTerraform(mkdtempSync(join(folder, "bin-")));
    terraform.behave(behaviour);
    return terraform;
  }

  behave({ errors = {}, unchanged = [], createsBuckets = false }: Behaviour): void {
    const cases = Object.entries(errors).map(
      ([call, error]) => `"${call}") printf '%s\\n' '${error}' >&2; exit 1;;`,
    );
    const hasOverride = "[ -f state_override.tf.json ]";
    const bucket = `"${this.bin}/bucket-\${PWD##*/}"`;
    const state = `"${this.bin}/pushed-\${PWD##*/}"`;
    const script = `#!/bin/sh
stack=\${PWD##*/}
echo "$stack $*\${AWS_ROLE_ARN:+ $AWS_ROLE_ARN}\${AWS_PROFILE:+ profile=$AWS_PROFILE}\${AWS_ACCESS_KEY_ID:+ key=$AWS_ACCESS_KEY_ID}\${AWS_SECRET_ACCESS_KEY:+ secret}\${AWS_SESSION_TOKEN:+ session}" >>"${this.bin}/calls"
case "$1 $stack" in ${cases.join("\n")} esac
case "$1 $stack" in
  "init state-"*) ${createsBuckets ? `${hasOverride} || [ -f ${bucket} ] || { echo '${NO_BUCKET}' >&2; exit 1; }` : ":"};;
  plan*) : >tfplan; echo "plan of $stack";;
  "apply state-"*) : >${bucket}; echo '{"lineage":"local","resources":[{},{}]}' >../../../terraform.$stack.tfstate;;
  "state state-"*) case "$2" in
    push) cp "$4" ${state};;
    pull) ${createsBuckets ? `if [ -f ${state} ]; then cat ${state}; else echo '{"lineage":"","resources":[]}'; fi` : `echo '{"lineage":"bucket","resources":[{},{}]}'`};;
  esac;;
esac
[ "$1 $2" != "show -json" ] || case "$stack" in
  ${unchanged.join("|") || "none"}) echo '{"format_version":"1.2","applyable":false}';;
  *) echo '{"format_version":"1.2","applyable":true,"resource_changes":[{"address":"a.b","type":"a","change":{"actions":["create"]}}]}';;
esac
`;
    writeFileSync(join(this.bin, "terraform"), script, { mode: 0o755 });
  }

  /** The calls until now, one per line, and forgets them. */
  calls(): string[] {
    const lines = readFileSync(join(this.bin, "calls"), "utf8").trim().split("\n");
    writeFileSync(join(this.bin, "calls"), "");
    return lines;
  }

  private environment(out: string): NodeJS.ProcessEnv {
    return { PATH: `${this.bin}:${process.env["PATH"]}`, CDKTF_OUTDIR: out };
  }

  /** Runs the `factory` command outside GitHub Actions. */
  run(out: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
    const none = { GITHUB_ACTIONS: undefined, FACTORY_CONFIG: undefined, AWS_PROFILE: undefined };
    return runInProcess(args, { ...process.env, ...none, ...this.environment(out), ...env });
  }

  /** Runs the `factory` command in a job of GitHub Actions. */
  async runInJob(
    out: string,
    args: readonly string[],
    { tokenStatus = 200, runner = {} }: { tokenStatus?: number; runner?: NodeJS.ProcessEnv } = {},
  ): Promise<Result> {
    const tokens = await startServer((_request, response) =>
      response.writeHead(tokenStatus).end(JSON.stringify({ value: "a.job.token" })),
    );
    const env = {
      ...runner,
      ...this.environment(out),
      GITHUB_ACTIONS: "true",
      ACTIONS_ID_TOKEN_REQUEST_URL: `${serverUrl(tokens)}/?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "job",
    };
    try {
      return await runInProcess(args, env);
    } finally {
      stopServer(tokens);
    }
  }
}

/** Synthesizes the complete example. */
export function synthesizeExample(outdir: string): Promise<Result> {
  const args = ["synth", "--config", "examples/complete/factory.yaml"];
  return runInProcess(args, { CDKTF_OUTDIR: outdir });
}

/**
 * Copies synthesized stacks into a new folder of `folder`, without assets, which only Terraform
 * reads.
 */
export function copyOutput(outdir: string, folder: string): string {
  const out = join(mkdtempSync(join(folder, "out-")), "cdktf.out");
  cpSync(outdir, out, { recursive: true, filter: (path) => basename(path) !== "assets" });
  return out;
}
