import { defaultFactoryFile } from "../config/factory-path";

/**
 * Path of the factory file: the option `--config`, else the environment variable FACTORY_CONFIG,
 * else `factory.yaml`.
 */
export function factoryFile(option?: string): string {
  return option ?? defaultFactoryFile();
}

/** Folder that CDKTF synthesizes into: the environment variable CDKTF_OUTDIR, else `cdktf.out`. */
export function outputFolder(): string {
  return process.env["CDKTF_OUTDIR"] ?? "cdktf.out";
}

/** Whether state stacks keep their state in local files: FACTORY_BOOTSTRAP is `1`. */
export function isBootstrap(): boolean {
  return process.env["FACTORY_BOOTSTRAP"] === "1";
}
