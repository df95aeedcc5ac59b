const GAP = "  ";

/** Indentation of the cells that don't fit next to the others. */
const INDENT = "  ";

/** Cells without a value. Not printed where each cell has a line. */
const EMPTY = ["", "-"];

/** Columns of a terminal that doesn't report them. */
const DEFAULT_COLUMNS = 80;

/**
 * Returns the number of columns of a terminal. Without a terminal, a line can be as long as it is,
 * so that each row is one line with whole values, such as for `grep`.
 */
export function widthOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY ? stream.columns || DEFAULT_COLUMNS : Number.POSITIVE_INFINITY;
}

/**
 * Renders rows, of which the first is the heading, in columns as wide as their widest cell.
 *
 * If that is wider than `width`, cells are wrapped at spaces. If that isn't enough, the last cells
 * of a row are printed below it, each on a line that starts with the heading. No value is cut.
 */
export function table(
  rows: readonly (readonly string[])[],
  width: number = widthOf(process.stdout),
): string {
  const natural = columnsOf(rows, (cell) => cell.length);
  if (total(natural) <= width) return rows.map((row) => lineOf(row, natural)).join("\n");
  const wrapped = shrink(natural, columnsOf(rows, longestWord), width);
  if (total(wrapped) <= width) return rows.map((row) => wrapRow(row, wrapped)).join("\n");
  return stack(rows, natural, width);
}

/** Returns a number for each column: the largest of its cells. */
function columnsOf(
  rows: readonly (readonly string[])[],
  measure: (cell: string) => number,
): number[] {
  const columns = Math.max(...rows.map(({ length }) => length));
  return Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => measure(row[column] ?? ""))),
  );
}

function longestWord(cell: string): number {
  return Math.max(...cell.split(" ").map(({ length }) => length));
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
}

/** Takes from the widest columns until the row fits, but no column gets narrower than `min`. */
function shrink(natural: readonly number[], min: readonly number[], width: number): number[] {
  const widths = [...natural];
  while (total(widths) > width) {
    const slack = widths.map((one, column) => (one > (min[column] ?? 0) ? one : 0));
    const widest = slack.indexOf(Math.max(...slack));
    if (slack[widest] === 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function lineOf(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join(GAP)
    .trimEnd();
}

function wrapRow(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, column) => wrap(cell, widths[column] ?? 0));
  const height = Math.max(...cells.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    lineOf(
      cells.map((lines) => lines[line] ?? ""),
      widths,
    ),
  ).join("\n");
}

/** Breaks a text at spaces. A word that is too long gets a line. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

/** Prints the first cells of each row next to each other, and the others below. */
function stack(
  rows: readonly (readonly string[])[],
  widths: readonly number[],
  width: number,
): string {
  const [headings = [], ...body] = rows;
  const count = Math.max(
    1,
    widths.filter((_, at) => total(widths.slice(0, at + 1)) <= width).length,
  );
  const below = (row: readonly string[]): string[] =>
    row
      .slice(count)
      .flatMap((cell, at) =>
        EMPTY.includes(cell) ? [] : hangingLines(`${headings[count + at]}: ${cell}`, width),
      );
  return [
    lineOf(headings.slice(0, count), widths),
    ...body.flatMap((row) => [lineOf(row.slice(0, count), widths), ...below(row)]),
  ].join("\n");
}

/** Wraps a text, with more indentation from the second line on. */
function hangingLines(text: string, width: number): string[] {
  const [first = "", ...rest] = wrap(text, width - 2 * INDENT.length);
  return [`${INDENT}${first}`, ...rest.map((line) => `${INDENT}${INDENT}${line}`)];
}
