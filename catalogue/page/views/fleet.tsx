import { useMemo } from "preact/hooks";
import type { CatalogueFleet, CatalogueRunning } from "../../schema";
import { usePage } from "../context";
import { count, shownOf } from "../format";
import { replaceAddress } from "../history";
import { fleetLink, imageLink, type Query } from "../routes";
import { CONDITIONS, type Condition, conditionOf } from "../states";
import { type Column, Table } from "../table";
import {
  BuildLink,
  Filters,
  Messages,
  None,
  Nothing,
  Principal,
  Select,
  StateIcon,
  Text,
} from "../widgets";

const LABELS: Readonly<Record<Condition, string>> = {
  revoked: "on a revoked build",
  unread: "not known",
  behind: "behind",
  current: "current",
  foreign: "not from this factory",
};

/** The states of builds with the same icons. */
const ICONS = {
  revoked: "revoked",
  unread: "failed",
  behind: "waiting",
  current: "shared",
  foreign: "unshared",
} as const;

/** Number of rows that the table shows at first. */
const FIRST_ROWS = 60;

function setQuery(query: Query): void {
  replaceAddress(fleetLink(query));
}

/** The instances of app accounts. */
export function FleetView({ query }: { readonly query: Query }) {
  const { fleet } = usePage().catalogue;
  return (
    <>
      <h1 tabIndex={-1}>Fleet</h1>
      <p class="lead">Which golden builds the instances of app accounts run.</p>
      {!fleet && (
        <Nothing>
          The catalogue was written without the option --fleet, so it knows no instances.
        </Nothing>
      )}
      {fleet && <Fleet fleet={fleet} query={query} />}
    </>
  );
}

function Fleet({ fleet, query }: { readonly fleet: CatalogueFleet; readonly query: Query }) {
  const { accounts } = usePage();
  const { running, notLookedAt, problems, notes } = fleet;
  const unseen = new Set(problems.map(({ account }) => account)).size;
  const text = (query["account"] ?? "").toLowerCase();
  const shown = running.filter(
    (row) =>
      `${row.account} ${accounts.get(row.account)?.name ?? ""}`.toLowerCase().includes(text) &&
      (query["image"] ?? row.image) === row.image &&
      (query["state"] ?? conditionOf(row)) === conditionOf(row),
  );
  return (
    <>
      <Totals running={running} />
      <Messages
        title={`Couldn't be looked at: ${count(unseen, "account")}`}
        messages={problems}
        isOpen
      />
      {notLookedAt.length > 0 && (
        <p class="muted">
          Not looked at: <Text>{notLookedAt.join(", ")}</Text>
        </p>
      )}
      <Messages title={`Notes about accounts: ${notes.length}`} messages={notes} />
      <Filters>
        <input
          type="search"
          class="wide"
          aria-label="Filter accounts"
          placeholder="Filter accounts"
          value={query["account"] ?? ""}
          onInput={({ currentTarget }) => setQuery({ ...query, account: currentTarget.value })}
        />
        <Select
          label="Image"
          value={query["image"]}
          values={[...new Set(running.flatMap(({ image }) => image ?? []))].sort()}
          set={(image) => setQuery({ ...query, image })}
        />
        <Select
          label="State"
          value={query["state"]}
          values={CONDITIONS.filter((one) => running.some((row) => conditionOf(row) === one))}
          labelOf={(one) => LABELS[one as Condition]}
          set={(state) => setQuery({ ...query, state })}
        />
        <span class="muted" role="status">
          {shownOf(shown.length, running.length, "row")}
        </span>
      </Filters>
      {shown.length === 0 && running.length > 0 ? (
        <Nothing>No row matches the filters.</Nothing>
      ) : (
        <RunningTable running={shown} />
      )}
    </>
  );
}

function Totals({ running }: { readonly running: readonly CatalogueRunning[] }) {
  return (
    <ul class="figures">
      {CONDITIONS.map((condition) => {
        const rows = running.filter((row) => conditionOf(row) === condition);
        if (condition === "unread" && rows.length === 0) return null;
        return (
          <li key={condition}>
            <strong>
              {rows.reduce((sum, one) => sum + one.instances, 0).toLocaleString("en")}
            </strong>
            <span>{LABELS[condition]}</span>
          </li>
        );
      })}
    </ul>
  );
}

function describe(row: CatalogueRunning): string {
  const { state, behindBuilds = 0, behindDays = 0, revoked } = row;
  switch (state) {
    case "behind":
      return `behind by ${count(behindBuilds, "build")}, ${count(behindDays, "day")}`;
    case "revoked":
      return `revoked: ${revoked}`;
    default:
      return row.unknown ?? LABELS[conditionOf(row)];
  }
}

const COLUMNS: readonly Column<CatalogueRunning>[] = [
  { title: "Account", cell: ({ account }) => <Principal id={account} /> },
  { title: "Region", class: "nowrap", cell: ({ region }) => region },
  {
    title: "Image",
    cell: ({ image }) =>
      image === undefined ? (
        <None />
      ) : (
        <a href={imageLink(image)}>
          <Text>{image}</Text>
        </a>
      ),
  },
  {
    title: "Build",
    cell: ({ region, image, build, builtIn = region, isDeleted }) => {
      if (image === undefined || build === undefined) return <None />;
      if (!isDeleted) return <BuildLink image={image} region={builtIn} build={build} />;
      return (
        <>
          <span class="mono">{build}</span>
          <span class="sub">the build was deleted</span>
        </>
      );
    },
  },
  { title: "Instances", cell: ({ instances }) => instances.toLocaleString("en") },
  {
    title: "State",
    cell: (row) => {
      const icon = ICONS[conditionOf(row)];
      return (
        <span class={`badge long state-${icon}`}>
          <StateIcon state={icon} />
          <Text>{describe(row)}</Text>
        </span>
      );
    },
  },
];

/** Instances by account and build, the most urgent first. */
export function RunningTable({ running }: { readonly running: readonly CatalogueRunning[] }) {
  const sorted = useMemo(
    () =>
      running.toSorted(
        (one, other) =>
          CONDITIONS.indexOf(conditionOf(one)) - CONDITIONS.indexOf(conditionOf(other)) ||
          other.instances - one.instances,
      ),
    [running],
  );
  if (running.length === 0) return <Nothing>No instances were found.</Nothing>;
  return <Table columns={COLUMNS} rows={sorted} noun="row" first={FIRST_ROWS} />;
}
