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
  /** Name of a row in the button that shows all, such as `build`. */
  readonly noun: string;
  /** Number of rows that it shows at first. @default - all */
  readonly first?: number;
  /** Classes besides that of all tables. @default "cards": phones show each row as a card */
  readonly class?: string;
}

/** A table, and below it a button that shows the rest. */
export function Table<Row>({
  columns: [name, ...others],
  rows,
  noun,
  first = rows.length,
  class: className = "cards",
}: TableProps<Row>) {
  const [isWhole, setWhole] = useState(false);
  if (!name) return null;
  const shown = isWhole ? rows : rows.slice(0, first);
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
      <More shown={shown.length} total={rows.length} noun={noun} showAll={() => setWhole(true)} />
    </>
  );
}

/** Below the first rows of a list: a button that shows all. Paper says how many are missing. */
export function More({
  shown,
  total,
  noun,
  showAll,
}: {
  readonly shown: number;
  readonly total: number;
  readonly noun: string;
  readonly showAll: () => void;
}) {
  if (shown >= total) return null;
  return (
    <>
      <button type="button" class="more" onClick={showAll}>
        Show all {count(total, noun)}
      </button>
      <p class="on-paper muted">{shownOf(shown, total, noun)}</p>
    </>
  );
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
