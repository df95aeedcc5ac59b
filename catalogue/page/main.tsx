import { render } from "preact";
import type { Catalogue } from "../schema";
import { App } from "./app";
import { applyTheme, storedTheme } from "./theme";

const data = document.getElementById("catalogue")?.textContent;
const root = document.getElementById("page");
if (data && root) {
  const catalogue: Catalogue = JSON.parse(data);
  applyTheme(storedTheme());
  root.replaceChildren();
  render(<App catalogue={catalogue} />, root);
}
