import { fileURLToPath } from "node:url";

/** The folder of the package. All modules of the command are bundled into `dist/factory/`. */
const PACKAGE = new URL(
  import.meta.url.includes("/dist/factory/") ? "../../" : "../",
  import.meta.url,
);

export function packagePath(...path: readonly string[]): string {
  return fileURLToPath(new URL(path.join("/"), PACKAGE));
}
