/** Starts the browser of this machine. No browser is downloaded. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

/** Names of the program in packages of Google and of Debian. */
const NAMES = ["google-chrome", "chromium"];

/**
 * Returns the path of the browser: CHROME_PATH, or the first in PATH. Throws an `Error` if there is
 * none.
 */
export function chromiumPath(env: NodeJS.ProcessEnv = process.env): string {
  const { CHROME_PATH, PATH = "" } = env;
  const folders = PATH.split(delimiter);
  const candidates = CHROME_PATH
    ? [CHROME_PATH]
    : NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = candidates.find(isExecutable);
  if (found !== undefined) return found;
  throw new Error(
    CHROME_PATH
      ? `CHROME_PATH: must be the path of Chrome or Chromium, got: ${CHROME_PATH}`
      : "no browser found: install google-chrome or Debian's package chromium, or set CHROME_PATH",
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Starts a browser without a window. */
export function startBrowser(): Promise<Browser> {
  // Its sandbox needs privileges that containers don't have. It only opens pages of this project.
  return chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
}
