import { useEffect, useRef, useState } from "preact/hooks";
import { usePage } from "./context";
import { shownOf } from "./format";
import { accessLink, fleetLink, imagesLink, LINEAGE_LINK, type Route } from "./routes";
import { type Found, NOTHING_FOUND, type Result, type ResultKind } from "./search";
import { applyTheme, storedTheme, storeTheme, THEMES } from "./theme";
import { Text } from "./widgets";

const HEADINGS: Readonly<Record<ResultKind, string>> = {
  image: "Images and containers",
  build: "Builds",
  account: "Accounts",
  package: "Packages in shared builds",
};

const VIEWS = [
  { label: "Images", link: imagesLink(), views: ["images", "image", "build"] },
  { label: "Lineage", link: LINEAGE_LINK, views: ["lineage"] },
  { label: "Fleet", link: fleetLink(), views: ["fleet"] },
  { label: "Access", link: accessLink(), views: ["access", "account"] },
] as const;

function headingOf(kind: ResultKind, results: readonly Result[], total: number): string {
  const shown = results.filter((result) => result.kind === kind).length;
  return shown < total
    ? `${HEADINGS[kind]}: ${shown} of ${total.toLocaleString("en")}`
    : HEADINGS[kind];
}

function sumOf(totals: Found["totals"]): number {
  return Object.values(totals).reduce((sum, total) => sum + total, 0);
}

export function Header({ route }: { readonly route: Route }) {
  return (
    <header class="top">
      <a class="brand" href="#/">
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          <path d="M10 1l8 4.5v9L10 19l-8-4.5v-9z" class="brand-shape" />
          <path d="M10 6l4 2.2v4.4L10 15l-4-2.4V8.2z" class="brand-core" />
        </svg>
        <span>Golden images</span>
      </a>
      <nav aria-label="Views">
        {VIEWS.map(({ label, link, views }) => {
          const isCurrent = (views as readonly string[]).includes(route.view);
          return (
            <a key={label} href={link} aria-current={isCurrent ? "page" : undefined}>
              {label}
            </a>
          );
        })}
      </nav>
      <Search />
      <ThemeSwitch />
    </header>
  );
}

/** Whether a key press belongs to a field that the reader writes in. */
function isWriting({ target }: KeyboardEvent): boolean {
  return target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
}

/** A combobox: `/` goes to it, the arrow keys select a result, Enter opens it. */
function Search() {
  const { search } = usePage();
  const [text, setText] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [selected, setSelected] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const { results, totals } = isOpen ? search.find(text) : NOTHING_FOUND;
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      if (event.key !== "/" || isWriting(event) || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    addEventListener("keydown", focus);
    return () => removeEventListener("keydown", focus);
  }, []);
  const open = ({ link }: Result): void => {
    setOpen(false);
    location.hash = link;
  };
  const select = (position: number): void => {
    if (results.length === 0) return;
    const next = (position + results.length) % results.length;
    setSelected(next);
    document.getElementById(`result-${next}`)?.scrollIntoView({ block: "nearest" });
  };
  const press = (event: KeyboardEvent): void => {
    const result = results[selected];
    if (event.key === "ArrowDown") select(selected + 1);
    else if (event.key === "ArrowUp") select(selected - 1);
    else if (event.key === "Enter" && result) open(result);
    else if (event.key === "Escape") {
      if (isOpen && text !== "") setOpen(false);
      else input.current?.blur();
    } else return;
    event.preventDefault();
  };
  const isShown = isOpen && text.trim() !== "";
  return (
    <search class="search">
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label="Search images, builds, AMIs, accounts and packages"
        aria-expanded={isShown}
        aria-controls="results"
        aria-autocomplete="list"
        aria-activedescendant={isShown && results.length > 0 ? `result-${selected}` : undefined}
        placeholder="Search images, AMIs, accounts, packages"
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value);
          setSelected(0);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={press}
      />
      <span class="key" aria-hidden="true">
        /
      </span>
      <div class="results" hidden={!isShown}>
        <div id="results" role="listbox" aria-label="Results">
          {results.map((result, index) => (
            <ResultRow
              key={result.link + result.title}
              result={result}
              index={index}
              heading={headingOf(result.kind, results, totals[result.kind] ?? 0)}
              isFirst={results[index - 1]?.kind !== result.kind}
              isSelected={index === selected}
              open={open}
            />
          ))}
        </div>
        {isShown && results.length === 0 && <p class="nothing">Nothing matches all words.</p>}
      </div>
      <span class="hidden" role="status">
        {isShown ? shownOf(results.length, sumOf(totals), "result") : ""}
      </span>
    </search>
  );
}

interface ResultProps {
  readonly result: Result;
  readonly index: number;
  /** Of its kind. */
  readonly heading: string;
  /** Whether it is the first of its kind. */
  readonly isFirst: boolean;
  readonly isSelected: boolean;
  readonly open: (result: Result) => void;
}

function ResultRow({ result, index, heading, isFirst, isSelected, open }: ResultProps) {
  return (
    <>
      {isFirst && (
        <div class="result-kind" role="presentation">
          {heading}
        </div>
      )}
      {/* The keyboard selects results from the field. */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field */}
      <div
        id={`result-${index}`}
        class="result"
        role="option"
        aria-selected={isSelected}
        // Before the field loses the focus, which would close the list.
        onMouseDown={(event) => {
          event.preventDefault();
          open(result);
        }}
      >
        <Text>{result.title}</Text>
        <span class="muted">
          <Text>{result.detail}</Text>
        </span>
      </div>
    </>
  );
}

function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme());
  return (
    <fieldset class="themes">
      <legend class="hidden">Color scheme</legend>
      {THEMES.map((one) => (
        <label key={one} title={`${one} color scheme`}>
          <input
            type="radio"
            name="theme"
            value={one}
            checked={theme === one}
            onChange={() => {
              setTheme(one);
              storeTheme(one);
              applyTheme(one);
            }}
          />
          <span>{one}</span>
        </label>
      ))}
    </fieldset>
  );
}
