/** The tarball of this package, on which a new repository depends. */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../../../config/problems";
import { name, version } from "../../../package.json";
import { packagePath } from "../../package-files";
import { npmCommand } from "./npm";

/** Folder of the installed package in a team's repository. */
export const PACKAGE_FOLDER = `node_modules/${name}`;

export type PackageSource =
  | { readonly kind: "url"; readonly url: string }
  /** Absolute path of a tarball. */
  | { readonly kind: "tarball"; readonly path: string }
  /** The folder of the package itself, from which a tarball is packed. */
  | { readonly kind: "folder"; readonly path: string };

/**
 * Finds out where the running package comes from. npm records it next to the package, in
 * `node_modules/.package-lock.json`, also for `npx --package=FILE`. A clone of the project's
 * repository has no such record, and neither does a tarball that was deleted since: then the
 * package is packed again from its folder, which contains all of its files.
 *
 * @param option the path of a tarball, or a URL
 * @param folder the folder of the running package
 */
export function findPackageSource(
  option: string | undefined,
  folder = packagePath(),
): PackageSource {
  if (option !== undefined) return sourceOfOption(option);
  const resolved = recordedSource(folder);
  if (resolved === undefined) return { kind: "folder", path: folder };
  if (/^https?:/.test(resolved)) return { kind: "url", url: resolved };
  const path = resolved.startsWith("file:///")
    ? fileURLToPath(resolved)
    : resolve(folder, "../..", resolved.replace(/^file:/, ""));
  return path.endsWith(".tgz") && existsSync(path)
    ? { kind: "tarball", path }
    : { kind: "folder", path: folder };
}

function sourceOfOption(option: string): PackageSource {
  if (/^https:\/\//.test(option)) return { kind: "url", url: option };
  const path = resolve(option.replace(/^file:/, ""));
  if (existsSync(path) && path.endsWith(".tgz")) return { kind: "tarball", path };
  throw new ConfigError(
    `--package: must be an existing .tgz file, or a URL that starts with https://, got: ${JSON.stringify(option)}`,
  );
}

/** Returns the source that npm recorded for the installed package. */
function recordedSource(folder: string): string | undefined {
  const record = resolve(folder, "../.package-lock.json");
  if (!existsSync(record)) return undefined;
  const { packages } = JSON.parse(readFileSync(record, "utf8"));
  return packages?.[PACKAGE_FOLDER]?.resolved;
}

/**
 * Puts the package's tarball into a folder.
 *
 * @returns the dependency for package.json
 */
export function addPackage(source: PackageSource, folder: string): string {
  switch (source.kind) {
    case "url":
      return source.url;
    case "tarball": {
      const file = basename(source.path);
      copyFileSync(source.path, join(folder, file));
      return `file:${file}`;
    }
    case "folder":
      return `file:${pack(source.path, folder)}`;
  }
}

function pack(from: string, folder: string): string {
  const options = ["--ignore-scripts", "--silent", "--pack-destination", folder];
  const { command, args } = npmCommand(["pack", ...options, from]);
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  const file = `${name}-${version}.tgz`;
  if (status === 0 && existsSync(join(folder, file))) return file;
  throw new ConfigError(
    `the package can't be packed with \`npm pack\`: ${error?.message ?? stderr.trim()}. Pass its tarball with --package`,
    { cause: error },
  );
}
