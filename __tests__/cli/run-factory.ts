import { execFile, spawnSync } from "node:child_process";

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the bundled command in an environment that adds `env` to this process's. */
export function runFactory(args: readonly string[], env: NodeJS.ProcessEnv = {}): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["dist/factory.js", ...args], {
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

/**
 * Runs the bundled command while this process answers its calls of AWS.
 *
 * @param env all environment variables of the command
 */
export function runBundle(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Result> {
  const command = ["--no-warnings", "dist/factory.js", ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { env }, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

const DEFECT_CODE = `
  import { syncBuiltinESMExports } from "node:module";
  import path from "node:path";
  const { dirname } = path;
  path.dirname = (file) => {
    if (file.endsWith("factory.yaml")) throw new Error("a defect");
    return dirname(file);
  };
  syncBuiltinESMExports();
`;

/**
 * Environment in which a program fails with an unexpected error as soon as it handles a
 * factory.yaml.
 */
export const DEFECT: NodeJS.ProcessEnv = {
  NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(DEFECT_CODE)}`,
};
