/**
 * Prints how fast the page of a large catalogue opens and searches in a browser, as a ratio to a page
 * of the same size without script that contains the builds as a table.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { renderPage } from "../../catalogue/document";
import { exampleCatalogue } from "../../catalogue/example";
import { packagesOf } from "../../catalogue/package-table";
import type { Catalogue } from "../../catalogue/schema";
import { startBrowser } from "../browser/chromium";

const ROUNDS = 11;

/** Resolves in the page after it was drawn. */
const DRAWN =
  "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now()))))";

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

/** The same builds as a table, with their packages, cut or filled to a size in bytes. */
function staticPage({ images, packages }: Catalogue, size: number): string {
  const rows = images.flatMap(({ name, builds }) =>
    builds.map((one) => {
      const { region, build, status, createdAt, parent, amis } = one;
      const names = packagesOf(packages, one)
        .map((found) => `${found.name} ${found.version}`)
        .join(", ");
      const cells = [name, region, build, status, createdAt, parent, amis[0]?.id, names];
      return `<tr>${cells.map((cell) => `<td>${cell ?? ""}</td>`).join("")}</tr>\n`;
    }),
  );
  const head = "<!doctype html><meta charset=utf-8><title>Builds</title><h1>Builds</h1><table>\n";
  const end = "</table>\n";
  let text = head;
  // The rows of builds that are listed once may be smaller than the page of the catalogue.
  for (let index = 0; text.length + end.length < size; index += 1)
    text += rows[index % rows.length];
  return text + end;
}

/** Opens a page and returns the milliseconds from the navigation until it was drawn. */
async function open(page: Page, url: string): Promise<number> {
  await page.goto(url);
  return page.evaluate<number>(DRAWN);
}

/** Returns the milliseconds until the page has shown where a text is. */
function search(page: Page, action: string): Promise<number> {
  return page.evaluate<number>(`(async () => {
    const start = performance.now();
    ${action}
    return (await ${DRAWN}) - start;
  })()`);
}

/** Prints the times of the catalogue and of the page without script, in milliseconds. */
function report(action: string, times: readonly (readonly [number, number])[]): void {
  const [own, plain] = [times.map(([one]) => one), times.map(([, other]) => other)];
  const ratio = median(times.map(([one, other]) => one / other));
  console.log(
    `  ${action} in ${median(own).toFixed(0)} ms, a page of the same size without script in ${median(plain).toFixed(0)} ms: ratio ${ratio.toFixed(2)} (at most 3)`,
  );
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "factory-bench-"));
  const browser = await startBrowser();
  try {
    const asset = (name: string): string => readFileSync(`dist/catalogue/${name}`, "utf8");
    const catalogue = exampleCatalogue({ images: 100, builds: 50, accounts: 200, rows: 60 }, false);
    const assets = { script: asset("page.js"), styles: asset("page.css") };
    const text = renderPage(catalogue, assets);
    const size = Buffer.byteLength(text);
    const write = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content);
      return pathToFileURL(join(folder, name)).href;
    };
    const url = write("catalogue.html", text);
    const plainUrl = write("plain.html", staticPage(catalogue, size));
    const id = JSON.stringify(catalogue.images[30]?.builds[40]?.amis[0]?.id ?? "");
    const find = `if (!window.find(${id})) throw new Error("not found");`;
    const fill = `
      const field = document.querySelector("[role=combobox]");
      field.focus();
      field.value = ${id};
      field.dispatchEvent(new Event("input", { bubbles: true }));`;
    const times: [number, number, number, number][] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const page = await browser.newPage();
      const opened = await open(page, url);
      const found = await search(page, fill);
      if ((await page.locator("[role=option]").count()) !== 1) throw new Error("not found");
      const plainOpened = await open(page, plainUrl);
      const plainFound = await search(page, find);
      await page.close();
      // The first round only warms up.
      if (round > 0) times.push([opened, found, plainOpened, plainFound]);
    }
    const { images, accounts, fleet } = catalogue;
    const builds = images.reduce((sum, one) => sum + one.builds.length, 0);
    console.log(
      `catalogue of ${images.length} images, ${builds} builds, ${accounts.length} accounts and ${fleet?.running.length} rows of the fleet: ${(size / 1_000_000).toFixed(2)} MB (at most 5)`,
    );
    report(
      "opens",
      times.map(([own, , plain]) => [own, plain]),
    );
    report(
      "searches",
      times.map(([, own, , plain]) => [own, plain]),
    );
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true });
  }
}

void main();
