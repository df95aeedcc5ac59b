import { useMemo, useState } from "preact/hooks";
import type { CatalogueFleet, CatalogueRunning } from "../../schema";
import { usePage } from "../context";
import { count, shownOf } from "../format";
import { replaceAddress } from "../history";
import { fleetLink, imageLink, type Query } from "../routes";
import { BuildLink, Filters, More, Nothing, Principal, Select, StateIcon, Text } from "../widgets";

type RunningState = CatalogueRunning["state"];

const STATES: readonly RunningState[] = ["revoked", "behind", "current", "unknown"];

const LABELS: Readonly<Record<RunningState, string>> = {
  revoked: "on a revoked build",
  behind: "behind",
  current: "current",
  unknown: "not from this factory",
};

/** The states of builds with the same icons. */
const ICONS = {
  revoked: "revoked",
  behind: "waiting",
  current: "shared",
  unknown: "unshared",
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
    ({ account, image, state }) =>
      `${account} ${accounts.get(account)?.name ?? ""}`.toLowerCase().includes(text) &&
      (query["image"] ?? image) === image &&
      (query["state"] ?? state) === state,
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
          values={STATES.filter((state) => running.some((one) => one.state === state))}
          labelOf={(state) => LABELS[state as RunningState]}
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

function Messages({
  title,
  messages,
  isOpen = false,
}: {
  readonly title: string;
  readonly messages: CatalogueFleet["problems"];
  readonly isOpen?: boolean;
}) {
  if (messages.length === 0) return null;
  return (
    <details class="notice" open={isOpen}>
      <summary>{title}</summary>
      <ul>
        {messages.map(({ account, region, message }) => (
          <li key={account + region + message}>
            <Text>{account}</Text> {region} <Text>{message}</Text>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Totals({ running }: { readonly running: readonly CatalogueRunning[] }) {
  return (
    <ul class="figures">
      {STATES.map((state) => {
        const instances = running.filter((one) => one.state === state);
        return (
          <li key={state}>
            <strong>
              {instances.reduce((sum, one) => sum + one.instances, 0).toLocaleString("en")}
            </strong>
            <span>{LABELS[state]}</span>
          </li>
        );
      })}
    </ul>
  );
}

function describe({ state, behindBuilds, behindDays, revoked }: CatalogueRunning): string {
  switch (state) {
    case "behind":
      return `behind by ${count(behindBuilds, "build")}, ${count(behindDays, "day")}`;
    case "revoked":
      return `revoked: ${revoked}`;
    default:
      return LABELS[state];
  }
}

/** Instances by account and build, the most urgent first. */
export function RunningTable({ running }: { readonly running: readonly CatalogueRunning[] }) {
  const [isWhole, setWhole] = useState(false);
  const sorted = useMemo(
    () =>
      running.toSorted(
        (one, other) =>
          STATES.indexOf(one.state) - STATES.indexOf(other.state) ||
          other.instances - one.instances,
      ),
    [running],
  );
  if (running.length === 0) return <Nothing>No instances were found.</Nothing>;
  const shown = isWhole ? sorted : sorted.slice(0, FIRST_ROWS);
  return (
    <>
      <table class="list cards">
        <thead>
          <tr>
            <th scope="col">Account</th>
            <th scope="col">Region</th>
            <th scope="col">Image</th>
            <th scope="col">Build</th>
            <th scope="col">Instances</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => {
            const { account, region, image, build, builtIn, isDeleted, state, instances } = row;
            return (
              <tr key={[account, region, image, build, builtIn, state].join(" ")}>
                <th scope="row">
                  <Principal id={account} />
                </th>
                <td data-label="Region" class="nowrap">
                  {region}
                </td>
                <td data-label="Image">
                  {image === undefined ? (
                    <span class="muted">–</span>
                  ) : (
                    <a href={imageLink(image)}>
                      <Text>{image}</Text>
                    </a>
                  )}
                </td>
                <td data-label="Build">
                  {image === undefined || build === undefined ? (
                    <span class="muted">–</span>
                  ) : isDeleted ? (
                    <>
                      <span class="mono">{build}</span>
                      <span class="sub">the build was deleted</span>
                    </>
                  ) : (
                    <BuildLink image={image} region={builtIn ?? ""} build={build} />
                  )}
                </td>
                <td data-label="Instances">{instances.toLocaleString("en")}</td>
                <td data-label="State">
                  <span class={`badge long state-${ICONS[state]}`}>
                    <StateIcon state={ICONS[state]} />
                    <Text>{describe(row)}</Text>
                  </span>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <More shown={shown.length} total={sorted.length} noun="row" showAll={() => setWhole(true)} />
    </>
  );
}
