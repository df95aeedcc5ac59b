/** Checks the relative links of Markdown pages as GitHub renders them. */
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** Replaces code by spaces, so that offsets and lines stay. */
function withoutCode(markdown: string): string {
  const blank = (code: string): string => code.replace(/[^\n]/g, " ");
  return markdown
    .replace(/^( *)(```+|~~~+).*\n[\s\S]*?^\1\2.*$/gm, blank)
    .replace(/<!--[\s\S]*?-->/g, blank)
    .replace(/(`+)(?!`)[^\n]*?[^`]\1(?!`)/g, blank);
}

function renderedText(heading: string): string {
  return heading
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/(?<![\p{L}\p{N}])_([^_]+)_(?![\p{L}\p{N}])/gu, "$1")
    .replace(/<[^>]+>/g, "")
    .trim();
}

/** Returns the anchors of a page: GitHub's slugs of its headings, and explicit ids. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  const counts = new Map<string, number>();
  const withoutBlocks = markdown.replace(/^( *)(```+|~~~+).*\n[\s\S]*?^\1\2.*$/gm, "");
  for (const [, heading = ""] of withoutBlocks.matchAll(/^#{1,6} +(.*?)(?: +#+)? *$/gm)) {
    const slug = renderedText(heading)
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
      .replaceAll(" ", "-");
    const count = counts.get(slug) ?? 0;
    counts.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  for (const [, id = ""] of withoutBlocks.matchAll(/<a +(?:id|name)="([^"]+)"/g)) anchors.add(id);
  return anchors;
}

interface Link {
  /** Counted from 1. */
  readonly line: number;
  readonly target: string;
}

const LINKS = [
  // [text](target "title"), and the same for images.
  /\]\(\s*<?([^)\s>]*)>?(?:\s+"[^"]*")?\s*\)/g,
  // [label]: target
  /^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)>?/gm,
  /<(?:a|img)\s[^>]*?(?:href|src)="([^"]*)"/g,
];

/** Returns the links of a page that don't lead to another site. */
export function relativeLinks(markdown: string): Link[] {
  const text = withoutCode(markdown);
  return LINKS.flatMap((pattern) => [...text.matchAll(pattern)])
    .map(({ 1: target = "", index }) => ({
      line: text.slice(0, index).split("\n").length,
      target,
    }))
    .filter(({ target }) => !/^[a-z][a-z+.-]*:/i.test(target));
}

/**
 * Returns why a link of `page` is dead; `undefined` if it works. `files` are the files of the
 * repository.
 */
function problemOf(page: string, target: string, files: ReadonlySet<string>): string | undefined {
  const [path = "", anchor] = target.split("#");
  if (path.startsWith("/")) return "must be relative to the page";
  const file = path === "" ? page : normalize(join(dirname(page), decodeURI(path)));
  const folder = `${file.replace(/\/$/, "")}/`;
  const isFolder = file === "." || [...files].some((one) => one.startsWith(folder));
  if (!files.has(file) && !isFolder) return `${file} doesn't exist`;
  if (anchor === undefined || isFolder) return undefined;
  const text = readFileSync(file, "utf8");
  if (!file.endsWith(".md")) {
    const lines = text.split("\n").length;
    const wanted = [...anchor.matchAll(/L(\d+)/g)].map(([, line]) => Number(line));
    return wanted.length > 0 && wanted.every((line) => line <= lines)
      ? undefined
      : `${file} has no line ${anchor}`;
  }
  return anchorsOf(text).has(anchor) ? undefined : `${file} has no heading for #${anchor}`;
}

/** Returns each dead link of the Markdown pages among `files` as `file:line target: reason`. */
export function deadLinks(files: readonly string[]): string[] {
  const known = new Set(files);
  return files
    .filter((file) => file.endsWith(".md"))
    .flatMap((page) =>
      relativeLinks(readFileSync(page, "utf8")).flatMap(({ line, target }) => {
        const problem = problemOf(page, target, known);
        return problem === undefined ? [] : [`${page}:${line} ${target}: ${problem}`];
      }),
    );
}
