import { render } from "preact";
import { App } from "./app";
import { readEmbedded } from "./embedded";
import { applyTheme, storedTheme } from "./theme";

async function start(): Promise<void> {
  const data = document.getElementById("catalogue")?.textContent;
  const root = document.getElementById("page");
  if (!data || !root) return;
  applyTheme(storedTheme());
  const catalogue = await readEmbedded(data);
  root.replaceChildren();
  render(<App catalogue={catalogue} />, root);
}

void start();
