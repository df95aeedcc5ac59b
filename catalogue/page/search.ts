/** Search over the whole catalogue. */
import type { Catalogue } from "../schema";
import { accountLink, buildLink, imageLink } from "./routes";

export type ResultKind = "image" | "build" | "account" | "package";

export interface Result {
  readonly kind: ResultKind;
  readonly title: string;
  readonly detail: string;
  readonly link: string;
}

export interface Found {
  /** The first of each kind. */
  readonly results: readonly Result[];
  /** Number of all entries of each kind that match. */
  readonly totals: Readonly<Partial<Record<ResultKind, number>>>;
}

export const NOTHING_FOUND: Found = { results: [], totals: {} };

interface Entry extends Result {
  /** In lower case. */
  readonly text: string;
}

/** Number of results of a kind that a search returns. */
const MAX_RESULTS = 8;

const KINDS: readonly ResultKind[] = ["image", "build", "account", "package"];

export class SearchIndex {
  private entries: readonly Entry[] | undefined;

  constructor(private readonly catalogue: Catalogue) {}

  /**
   * Returns the entries that contain all words, those that begin with the first word first. Empty
   * for an empty text.
   */
  find(query: string): Found {
    const words = query
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "");
    const [first] = words;
    if (first === undefined) return NOTHING_FOUND;
    this.entries ??= entriesOf(this.catalogue);
    const found = this.entries.filter(({ text }) => words.every((word) => text.includes(word)));
    const totals: Partial<Record<ResultKind, number>> = {};
    const results = KINDS.flatMap((kind) => {
      const ofKind = found.filter((entry) => entry.kind === kind);
      const [leading, others] = [
        ofKind.filter(({ text }) => text.startsWith(first)),
        ofKind.filter(({ text }) => !text.startsWith(first)),
      ];
      totals[kind] = ofKind.length;
      return [...leading, ...others].slice(0, MAX_RESULTS);
    });
    return { results, totals };
  }
}

/** A shared build, for the packages in it. */
interface SharedBuild {
  readonly label: string;
  readonly link: string;
}

function entriesOf({ images, accounts, packages }: Catalogue): Entry[] {
  const entries: Entry[] = [];
  const add = (result: Result, ...more: readonly string[]): void => {
    const text = [result.title, result.detail, ...more].join(" ").toLowerCase();
    entries.push({ ...result, text });
  };
  // By the positions of packages. Builds contain hundreds of thousands of them: a map takes longer.
  const firstOf: (SharedBuild | undefined)[] = packages.map(() => undefined);
  const numberOf = packages.map(() => 0);
  for (const image of images) {
    const { name, description, platform, parent, components } = image;
    const detail = description ?? `${platform} on ${parent.name}`;
    const words = [platform, parent.name, ...components.map((component) => component.name)];
    add({ kind: "image", title: name, detail, link: imageLink(name) }, ...words);
    for (const build of image.builds) {
      const title = `${name} ${build.build}`;
      const link = buildLink(name, build.build, { region: build.region });
      const ids = [...build.amis.map(({ id }) => id), ...build.containers];
      add({ kind: "build", title, detail: `${build.region} ${ids.join(" ")}`, link });
      if (build.sharedIn.length === 0) continue;
      const shared = { label: title, link };
      for (const row of build.packages ?? []) {
        const [first, last] = typeof row === "number" ? [row, row] : row;
        for (let position = first; position <= last; position += 1) {
          firstOf[position] ??= shared;
          numberOf[position] = (numberOf[position] ?? 0) + 1;
        }
      }
    }
  }
  for (const { id, name } of accounts)
    add({
      kind: "account",
      title: name ?? id,
      detail: name === undefined ? "in an audience" : id,
      link: accountLink(id),
    });
  for (const [position, [name, version]] of packages.entries()) {
    const first = firstOf[position];
    if (!first) continue;
    const { label, link } = first;
    const number = numberOf[position];
    const detail = number === 1 ? `in ${label}` : `in ${number} shared builds, such as ${label}`;
    add({ kind: "package", title: `${name} ${version}`, detail, link });
  }
  return entries;
}
