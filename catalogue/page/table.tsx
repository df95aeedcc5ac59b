/** Tables and lists of facts, as all views have them. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { count, shownOf } from "./format";

/** A column of a table. The cells of the first one name their rows. */
export interface Column<Row> {
  /** The heading. Phones show it in front of each cell. */
  readonly title: string;
  /** Class of its cells. @default - none */
  readonly class?: string;
  readonly cell: (row: Row) => ComponentChildren;
}

interface TableProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** Name of a row in the button that shows more, such as `build`. */
  readonly noun: string;
  /** Number of rows that it shows at first. @default - all */
  readonly first?: number;
  /** Classes besides that of all tables. @default "cards": phones show each row as a card */
  readonly class?: string;
}

/** A table, and below it a button that shows more. */
export function Table<Row>({
  columns: [name, ...others],
  rows,
  noun,
  first = rows.length,
  class: className = "cards",
}: TableProps<Row>) {
  const { shown, more } = useFirst(rows, first, noun);
  if (!name) return null;
  return (
    <>
      <table class={`list ${className}`}>
        <thead>
          <tr>
            {[name, ...others].map(({ title }) => (
              <th scope="col" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, index) => (
            <tr key={index}>
              <th scope="row" class={name.class}>
                {name.cell(row)}
              </th>
              {others.map(({ title, class: cellClass, cell }) => (
                <td key={title} data-label={title} class={cellClass}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {more}
    </>
  );
}

/** Items that a click adds. Browsers need seconds to draw many more. */
const STEP = 1_000;

/**
 * Returns the first items of a list, and what follows them: a button that shows more. Paper says
 * how many are missing.
 *
 * @param noun - name of an item, such as `build`
 */
export function useFirst<Item>(
  items: readonly Item[],
  first: number,
  noun: string,
): { readonly shown: readonly Item[]; readonly more: ComponentChildren } {
  const [added, setAdded] = useState(0);
  const shown = items.slice(0, first + added);
  const total = items.length;
  if (shown.length >= total) return { shown, more: null };
  const isRest = total - shown.length <= STEP;
  const more = (
    <>
      <button type="button" class="more" onClick={() => setAdded(added + STEP)}>
        Show {isRest ? "all" : `${STEP.toLocaleString("en")} more of`} {count(total, noun)}
      </button>
      <p class="on-paper muted">{shownOf(shown.length, total, noun)}</p>
    </>
  );
  return { shown, more };
}

/** Names and values. */
export function Facts({ children }: { readonly children: ComponentChildren }) {
  return <dl class="facts">{children}</dl>;
}

/** A name and its value. */
export function Fact({
  name,
  class: className,
  children,
}: {
  readonly name: ComponentChildren;
  /** Class of the value. @default - none */
  readonly class?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={className}>{children}</dd>
    </div>
  );
}
