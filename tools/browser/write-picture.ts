/** Writes the picture of the catalogue that the documentation shows. */
import { readFileSync } from "node:fs";
import { renderPage } from "../../catalogue/document";
import { exampleCatalogue } from "../../catalogue/example";
import { startBrowser } from "./chromium";

async function main(): Promise<void> {
  const asset = (name: string): string => readFileSync(`dist/catalogue/${name}`, "utf8");
  const assets = { script: asset("page.js"), styles: asset("page.css") };
  const browser = await startBrowser();
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.setContent(renderPage(exampleCatalogue(), assets), { waitUntil: "load" });
  await page.waitForSelector("h1");
  await page.screenshot({ path: "docs/guides/catalogue.png" });
  await browser.close();
}

void main();
