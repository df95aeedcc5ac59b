/** Maximum length of a message, in characters. Amazon SNS sends much longer ones by e-mail. */
export const MAX_MESSAGE = 2_000;

/** A list in a message. Each item is one line. */
export interface Section {
  readonly title: string;
  readonly items: readonly string[];
}

/** Renders the first items of a section, and how many follow. An empty section has no lines. */
function linesOf({ title, items }: Section, shown: number): string[] {
  if (items.length === 0) return [];
  if (shown === 0) return ["", `${title}: ${items.length}`];
  const hidden = items.length - shown;
  return [
    "",
    `${title}:`,
    ...items.slice(0, shown).map((item) => `  ${item}`),
    ...(hidden > 0 ? [`  and ${hidden} more`] : []),
  ];
}

/**
 * Renders a message of at most 2,000 characters: lines, and then sections.
 *
 * A message that is too long loses the last items of its last section, then those of the section
 * before, and so on. Of each section, at least the title and the number of items stays.
 *
 * @param lines - together with the titles of all sections, they must be short enough
 */
export function renderMessage(lines: readonly string[], sections: readonly Section[]): string {
  // More lines than half of the characters can't fit.
  const shown = sections.map(({ items }) => Math.min(items.length, MAX_MESSAGE / 2));
  const render = (): string =>
    [...lines, ...sections.flatMap((section, index) => linesOf(section, shown[index] ?? 0))].join(
      "\n",
    );
  const fits = (index: number, count: number): boolean => {
    shown[index] = count;
    return render().length <= MAX_MESSAGE;
  };
  for (let index = sections.length - 1; index >= 0 && render().length > MAX_MESSAGE; index -= 1)
    shown[index] = highest(shown[index] ?? 0, (count) => fits(index, count));
  return render();
}

/** Returns the highest number below `limit` for which a condition is true, if any: otherwise 0. */
function highest(limit: number, isTrue: (count: number) => boolean): number {
  let [low, high] = [0, Math.max(limit - 1, 0)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (isTrue(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
