/** Renders the page of a catalogue: one HTML file that loads nothing. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Catalogue } from "./schema";

/** The bundled script and styles of the page. */
export interface Assets {
  readonly script: string;
  readonly styles: string;
}

/** Characters that reorder text, so that a name or reason would read as another one. */
const BIDI_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Renders a catalogue for a `script` element: its JSON, compressed with gzip, in Base64. Much of
 * the content of many builds is the same. Base64 contains no character that ends the element.
 *
 * U+FFFD takes the place of characters that reorder text.
 */
export function embeddedContent(catalogue: Catalogue): string {
  const json = JSON.stringify(catalogue).replace(BIDI_CONTROLS, "\ufffd");
  return gzipSync(json, { level: 9 }).toString("base64");
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
<div id="page"><p class="loading">This page needs JavaScript, and a browser of 2023 or later. The same content is in catalogue.json.</p></div>
<script type="application/gzip" id="catalogue">${embeddedContent(catalogue)}</script>
<script>${assets.script}</script>
</body>
</html>
`;
}
