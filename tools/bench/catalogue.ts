/**
 * Prints how fast the page of a large catalogue opens and searches in a browser, as a ratio to
 * pages without script that contain builds as a table: one of the same size, and one of the size of
 * the content, which the catalogue contains compressed.
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

/** Resolves in the page after it was drawn. The catalogue has no heading until then. */
const DRAWN = `(async () => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  while (!document.querySelector("h1")) await frame();
  await frame();
  await frame();
  return performance.now();
})()`;

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

/** A page without script. */
interface StaticPage {
  readonly text: string;
  /** ID of the last AMI on the page. */
  readonly last: string;
}

/** The same builds as a table, with their packages, cut or filled to a size in bytes. */
function staticPage({ images, packages }: Catalogue, size: number): StaticPage {
  const rows = images.flatMap(({ name, builds }) =>
    builds.map((one) => {
      const { region, build, status, createdAt, parent, amis } = one;
      const names = packagesOf(packages, one)
        .map((found) => `${found.name} ${found.version}`)
        .join(", ");
      const id = amis[0]?.id;
      const cells = [name, region, build, status, createdAt, parent, id, names];
      return { id, text: `<tr>${cells.map((cell) => `<td>${cell ?? ""}</td>`).join("")}</tr>\n` };
    }),
  );
  const head = "<!doctype html><meta charset=utf-8><title>Builds</title><h1>Builds</h1><table>\n";
  const end = "</table>\n";
  let text = head;
  let last = "";
  // The rows of builds that are listed once may be smaller than the page of the catalogue.
  for (let index = 0; text.length + end.length < size; index += 1) {
    const row = rows[index % rows.length];
    text += row?.text;
    last = row?.id ?? last;
  }
  return { text: text + end, last };
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

/** Milliseconds of a page. */
interface Times {
  readonly opened: number;
  readonly found: number;
}

/** Prints the times of the catalogue and of a page without script, in milliseconds. */
function report(page: string, own: readonly Times[], plain: readonly Times[]): void {
  for (const [action, key] of [
    ["opens", "opened"],
    ["searches", "found"],
  ] as const) {
    const times = own.map((one) => one[key]);
    const others = plain.map((one) => one[key]);
    const ratio = median(times.map((time, index) => time / (others[index] ?? Number.NaN)));
    console.log(
      `  ${action} in ${median(times).toFixed(0)} ms, ${page} in ${median(others).toFixed(0)} ms: ratio ${ratio.toFixed(2)} (at most 3)`,
    );
  }
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "factory-bench-"));
  const browser = await startBrowser();
  try {
    const asset = (name: string): string => readFileSync(`dist/catalogue/${name}`, "utf8");
    const catalogue = exampleCatalogue({ images: 100, builds: 50, accounts: 200, rows: 60 }, false);
    const text = renderPage(catalogue, { script: asset("page.js"), styles: asset("page.css") });
    const size = Buffer.byteLength(text);
    const contentSize = Buffer.byteLength(JSON.stringify(catalogue));
    const write = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content);
      return pathToFileURL(join(folder, name)).href;
    };
    const id = JSON.stringify(catalogue.images[30]?.builds[40]?.amis[0]?.id ?? "");
    const own = write("catalogue.html", text);
    const plain = [size, contentSize].map((bytes) => {
      const page = staticPage(catalogue, bytes);
      const find = `if (!window.find("${page.last}")) throw new Error("not found");`;
      return { url: write(`plain-${bytes}.html`, page.text), find };
    });
    const fill = `
      const field = document.querySelector("[role=combobox]");
      field.focus();
      field.value = ${id};
      field.dispatchEvent(new Event("input", { bubbles: true }));`;
    const times: Times[][] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const page = await browser.newPage();
      const measured = [{ opened: await open(page, own), found: await search(page, fill) }];
      if ((await page.locator("[role=option]").count()) !== 1) throw new Error("not found");
      for (const { url, find } of plain)
        measured.push({ opened: await open(page, url), found: await search(page, find) });
      await page.close();
      // The first round only warms up.
      if (round > 0) times.push(measured);
    }
    const { images, accounts, fleet } = catalogue;
    const builds = images.reduce((sum, one) => sum + one.builds.length, 0);
    const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(2);
    console.log(
      `catalogue of ${images.length} images, ${builds} builds, ${accounts.length} accounts and ${fleet?.running.length} rows of the fleet: ${megabytes(size)} MB (at most 5), of ${megabytes(contentSize)} MB of content`,
    );
    const timesOf = (index: number): Times[] => times.flatMap((measured) => measured[index] ?? []);
    report("a page of the same size without script", timesOf(0), timesOf(1));
    report("a page of the size of the content without script", timesOf(0), timesOf(2));
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true });
  }
}

void main();
