import type { CatalogueRunning } from "../../schema";
import { usePage } from "../context";
import { count } from "../format";
import { imageLink } from "../routes";
import { BuildLink, Nothing, Principal, StateIcon, Text } from "../widgets";

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

/** The instances of app accounts. */
export function FleetView() {
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
      {fleet && (
        <>
          <Totals running={fleet.running} />
          {fleet.notLookedAt.length > 0 && (
            <p class="muted">
              Not looked at: <Text>{fleet.notLookedAt.join(", ")}</Text>
            </p>
          )}
          {[...fleet.problems, ...fleet.notes].length > 0 && (
            <details class="notice">
              <summary>
                Remarks about accounts: {[...fleet.problems, ...fleet.notes].length}
              </summary>
              <ul>
                {[...fleet.problems, ...fleet.notes].map(({ account, region, message }) => (
                  <li key={account + region + message}>
                    <Text>{account}</Text> {region} <Text>{message}</Text>
                  </li>
                ))}
              </ul>
            </details>
          )}
          <RunningTable running={fleet.running} />
        </>
      )}
    </>
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
  if (running.length === 0) return <Nothing>No instances were found.</Nothing>;
  const sorted = running.toSorted(
    (one, other) =>
      STATES.indexOf(one.state) - STATES.indexOf(other.state) || other.instances - one.instances,
  );
  return (
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
        {sorted.map((row) => {
          const { account, region, image, build, builtIn, state, instances } = row;
          return (
            <tr key={[account, region, image, build, builtIn, state].join(" ")}>
              <th scope="row">
                <Principal id={account} />
              </th>
              <td data-label="Region">{region}</td>
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
  );
}
