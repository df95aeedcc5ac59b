import type { Catalogue } from "../schema";

/** Reads the content of the page. The browser decompresses it by itself: nothing is requested. */
export async function readEmbedded(base64: string): Promise<Catalogue> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const json = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const catalogue: Catalogue = JSON.parse(await new Response(json).text());
  return catalogue;
}
