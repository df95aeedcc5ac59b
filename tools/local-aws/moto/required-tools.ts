import { spawnSync } from "node:child_process";

/** Tools that must be installed, each with where to get it. */
const REQUIRED_TOOLS = {
  terraform: "https://developer.hashicorp.com/terraform/install",
  moto_server: "pip install 'moto[server]'",
  aws: "https://aws.amazon.com/cli",
};

/** Throws an `Error` that names the missing tools and where to get them. */
export function requireTools(): void {
  const missing = Object.entries(REQUIRED_TOOLS).filter(
    ([tool]) => spawnSync(tool, ["--version"]).error,
  );
  if (missing.length > 0)
    throw new Error(missing.map(([tool, source]) => `install ${tool}: ${source}`).join("\n"));
}
