/** Renders the page of a catalogue: one HTML file that loads nothing. */
import { createHash } from "node:crypto";
import type { Catalogue } from "./schema";

/** The bundled script and styles of the page. */
export interface Assets {
  readonly script: string;
  readonly styles: string;
}

/** Characters that reorder text, so that a name or reason would read as another one. */
const BIDI_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Renders a catalogue as JSON for a `script` element.
 *
 * `<` is escaped, so that no text ends the element or begins a comment. U+2028 and U+2029 end lines
 * in older JavaScript. U+FFFD takes the place of characters that reorder text.
 * https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements
 */
export function embeddedJson(catalogue: Catalogue): string {
  return JSON.stringify(catalogue)
    .replace(BIDI_CONTROLS, "\ufffd")
    .replace(/[<\u2028\u2029]/g, (character) => {
      const code = character.charCodeAt(0).toString(16).padStart(4, "0");
      return `\\u${code}`;
    });
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** Returns the policy of the page: it runs its own script and loads nothing. */
function contentSecurityPolicy({ script, styles }: Assets): string {
  return [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(styles)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** Renders the page. */
export function renderPage(catalogue: Catalogue, assets: Assets): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(assets)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Golden images</title>
<style>${assets.styles}</style>
</head>
<body>
<div id="page"><p class="loading">This page needs JavaScript. The same content is in catalogue.json.</p></div>
<script type="application/json" id="catalogue">${embeddedJson(catalogue)}</script>
<script>${assets.script}</script>
</body>
</html>
`;
}
