/** Small parts that several views use. */
import type { ComponentChildren } from "preact";
import type { CatalogueBuild, CatalogueParent } from "../schema";
import { usePage } from "./context";
import { formatAge, formatTime } from "./format";
import { buildLink, imageLink } from "./routes";
import { type BuildEntry, FLAGS, type Flag, STATE_HINTS, STATE_LABELS, type State } from "./states";

interface Children {
  readonly children: ComponentChildren;
}

/** Text of other people, such as names and reasons: its direction has no effect on the rest. */
export function Text({ children }: { readonly children: string }) {
  return <bdi>{children}</bdi>;
}

/** A part of a view with a heading. */
export function Section({
  id,
  title,
  note,
  children,
}: Children & { readonly id: string; readonly title: string; readonly note?: string }) {
  return (
    <section aria-labelledby={id}>
      <div class="section-head">
        <h2 id={id}>{title}</h2>
        {note !== undefined && <span class="muted">{note}</span>}
      </div>
      {children}
    </section>
  );
}

/** A part that scrolls by itself. The keyboard can scroll only what has the focus. */
export function Scroll({
  label,
  isTall = false,
  children,
}: Children & { readonly label: string; readonly isTall?: boolean }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it, the keyboard can't scroll it
    <section class={isTall ? "scroll tall" : "scroll"} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}

/** Filters above a table. */
export function Filters({ children }: Children) {
  return (
    <fieldset class="filters">
      <legend class="hidden">Filters</legend>
      {children}
    </fieldset>
  );
}

/** A filter with a few values. */
export function Select({
  label,
  value,
  values,
  labelOf = (one) => one,
  set,
}: {
  readonly label: string;
  readonly value: string | undefined;
  readonly values: readonly string[];
  readonly labelOf?: (value: string) => string;
  readonly set: (value: string) => void;
}) {
  return (
    <label>
      <span>{label}</span>
      <select value={value ?? ""} onChange={({ currentTarget }) => set(currentTarget.value)}>
        <option value="">all</option>
        {values.map((one) => (
          <option key={one} value={one}>
            {labelOf(one)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Takes the place of content that doesn't exist. */
export function Empty({ title, children }: Children & { readonly title: string }) {
  return (
    <div class="empty">
      <h1 tabIndex={-1}>{title}</h1>
      <p>{children}</p>
      <p>
        <a href="#/">All images</a>
      </p>
    </div>
  );
}

/** Takes the place of a part of a view that has no content. */
export function Nothing({ children }: Children) {
  return <p class="nothing">{children}</p>;
}

/** Takes the place of content that couldn't be read, so that it doesn't look like none. */
export function Unread({ what, message }: { readonly what: string; readonly message: string }) {
  return (
    <p class="nothing unread">
      The {what} couldn't be read: <Text>{message}</Text>
    </p>
  );
}

/** Names images of which channels or builds may be missing, if there are any. */
export function UnreadImages() {
  const { catalogue } = usePage();
  const names = catalogue.images.flatMap(({ name, unread }) => (unread ? [name] : []));
  if (names.length === 0) return null;
  return (
    <p class="nothing unread">
      Channels and builds may be missing, because these images couldn't be read fully:{" "}
      <Text>{names.join(", ")}</Text>
    </p>
  );
}

/** Stands in a table for a value that doesn't exist. */
export function None() {
  return <span class="muted">–</span>;
}

/** Messages about Regions or accounts. */
export function Messages({
  title,
  messages,
  isOpen = false,
}: {
  readonly title: string;
  readonly messages: readonly {
    readonly account?: string;
    readonly region?: string | undefined;
    readonly message: string;
  }[];
  readonly isOpen?: boolean;
}) {
  if (messages.length === 0) return null;
  return (
    <details class="notice" open={isOpen}>
      <summary>{title}</summary>
      <ul>
        {messages.map(({ account, region, message }, index) => (
          <li key={index}>
            {account !== undefined && <Text>{account}</Text>} <span class="muted">{region}</span>{" "}
            <Text>{message}</Text>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** A link to an image's parent, or its name if the factory doesn't build it. */
export function ParentLink({ parent }: { readonly parent: CatalogueParent }) {
  if (parent.kind !== "golden")
    return (
      <span class="break">
        <Text>{parent.name}</Text>
      </span>
    );
  return (
    <a href={imageLink(parent.name)}>
      <Text>{parent.name}</Text>
    </a>
  );
}

/** The parent of a build, and whether a revocation of an ancestor may be missing. */
export function BuildParent({ build }: { readonly build: CatalogueBuild }) {
  const { parent, unknownParentOf, unread } = build;
  if (unread?.parent !== undefined)
    return (
      <span class="muted">
        couldn't be read: <Text>{unread.parent}</Text>
      </span>
    );
  if (parent === undefined) return <span class="muted">not read</span>;
  return (
    <>
      <span class="break">
        <Text>{parent}</Text>
      </span>
      {unknownParentOf !== undefined && (
        <span class="sub">
          the parent of <Text>{unknownParentOf}</Text> isn't known: no revocation of it is inherited
        </span>
      )}
    </>
  );
}

/** Shapes, because color alone isn't enough. */
const SHAPES: Readonly<Record<State, preact.JSX.Element>> = {
  shared: <circle cx="6" cy="6" r="5" />,
  waiting: (
    <>
      <circle cx="6" cy="6" r="4.2" class="hollow" />
      <path d="M6 1.8a4.2 4.2 0 0 1 0 8.4z" />
    </>
  ),
  superseded: <circle cx="6" cy="6" r="4.2" class="hollow" />,
  unshared: <circle cx="6" cy="6" r="4.2" class="hollow dashed" />,
  revoked: <path d="M2 2l8 8M10 2l-8 8" class="hollow thick" />,
  failed: <path d="M6 1.5L11 10.5H1z" class="hollow" />,
  retired: <path d="M2 2h8v8H2z" class="hollow dashed" />,
  building: <path d="M1.5 6h9" class="hollow thick" />,
};

export function StateIcon({ state }: { readonly state: State }) {
  return (
    <svg
      class={`icon state-${state}`}
      viewBox="0 0 12 12"
      width="12"
      height="12"
      aria-hidden="true"
    >
      {SHAPES[state]}
    </svg>
  );
}

export function StateBadge({ state }: { readonly state: State }) {
  return (
    <span class={`badge state-${state}`} title={STATE_HINTS[state]}>
      <StateIcon state={state} />
      {STATE_LABELS[state]}
    </span>
  );
}

const BAD_FLAGS: readonly Flag[] = ["runsRevoked", "revoked", "findings", "evidence", "differs"];

export function FlagBadge({ flag }: { readonly flag: Flag }) {
  const isBad = BAD_FLAGS.includes(flag);
  return (
    <span class={`badge ${isBad ? "bad" : "warn"}`}>
      <svg class="icon" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        <path d={isBad ? "M6 1L11 6 6 11 1 6z" : "M6 1.5L11 10.5H1z"} />
      </svg>
      {FLAGS[flag]}
    </span>
  );
}

export function BuildLink({
  image,
  region,
  build,
}: {
  readonly image: string;
  readonly region: string;
  readonly build: string;
}) {
  const { catalogue } = usePage();
  // The address of the only Region needs no name of it.
  const query = { region: catalogue.regions.length > 1 ? region : "" };
  return (
    <a class="mono" href={buildLink(image, build, query)}>
      {build}
    </a>
  );
}

export function Age({ time }: { readonly time: string | undefined }) {
  const { catalogue } = usePage();
  return (
    <time dateTime={time} title={`${formatTime(time)} UTC`}>
      {formatAge(time, catalogue.generatedAt)}
    </time>
  );
}

/** The states of the newest builds, newest last. */
export function Strip({ builds }: { readonly builds: readonly BuildEntry[] }) {
  const newest = builds.slice(0, 12).reverse();
  const label = newest
    .map(({ build, state }) => `${build.build} ${STATE_LABELS[state]}`)
    .join(", ");
  return (
    <span class="strip" role="img" aria-label={`newest builds: ${label || "none"}`}>
      {newest.map(({ build, state }) => (
        <StateIcon key={build.build} state={state} />
      ))}
    </span>
  );
}

/** Names an audience's principal: an account by its name, others by their ID. */
export function Principal({ id }: { readonly id: string }) {
  const { catalogue, accounts } = usePage();
  const account = accounts.get(id);
  if (account)
    return (
      <a href={`#/account/${encodeURIComponent(id)}`} title={id}>
        <Text>{account.name ?? id}</Text>
      </a>
    );
  if (id === catalogue.organization) return <span title={id}>the organization</span>;
  return <span class="mono">{id}</span>;
}

export function Footer() {
  const { catalogue } = usePage();
  return (
    <footer>
      <span>
        As of {formatTime(catalogue.generatedAt)} UTC · {catalogue.regions.join(", ")} · Golden
        Image Factory {catalogue.version}
      </span>
      {catalogue.isDemo && <span>The accounts, images and findings are made up.</span>}
    </footer>
  );
}
