import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumPath } from "../../../tools/browser/chromium";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "browser-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function program(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, "");
  chmodSync(path, 0o755);
  return path;
}

test("chromiumPath prefers CHROME_PATH, then google-chrome, then chromium", () => {
  const [other, chromium] = [program("other"), program("chromium")];
  expect(chromiumPath({ PATH: folder })).toBe(chromium);
  const chrome = program("google-chrome");
  expect(chromiumPath({ PATH: `/nowhere:${folder}` })).toBe(chrome);
  expect(chromiumPath({ PATH: folder, CHROME_PATH: other })).toBe(other);
});

test("chromiumPath reports a missing browser", () => {
  expect(() => chromiumPath({ PATH: folder })).toThrow(
    "no browser found: install google-chrome or Debian's package chromium, or set CHROME_PATH",
  );
  expect(() => chromiumPath({ CHROME_PATH: "/nowhere/chrome" })).toThrow(
    "CHROME_PATH: must be the path of Chrome or Chromium, got: /nowhere/chrome",
  );
});
