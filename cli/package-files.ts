import { fileURLToPath } from "node:url";

/**
 * Returns the path of a file or folder of the package. All modules of the command are bundled into
 * `dist/factory/`.
 */
export function packagePath(...path: readonly string[]): string {
  return fileURLToPath(new URL(`../../${path.join("/")}`, import.meta.url));
}
