/** Shows which instances of app accounts run which golden builds. */
import type { Factory } from "../../config/model";
import { ConfigError } from "../../config/problems";
import { descendantsOf, type Manifest } from "../../contract/manifest";
import type { CommandResult } from "../command";
import type { Context } from "../deployed/context";
import type { FleetRow, FleetState, RunningBuild } from "../deployed/fleet-join";
import { assertOpen, openFleet } from "../deployed/fleet-query";
import { readGolden } from "../deployed/golden-builds";
import { problemLines } from "../deployed/inspect";
import {
  type AccountMessage,
  accountProblemLine,
  type FleetQuery,
  readFleet,
} from "../deployed/read-fleet";
import type { RegionMessage } from "../deployed/regions";
import { unlistedBuilds } from "../deployed/unlisted-builds";
import { EXIT } from "../report";
import { table } from "../table";
import { csvOf } from "./fleet-csv";

export interface FleetOptions {
  /** @default - all images */
  readonly image?: string | undefined;
  /** Names of app accounts. Empty: all that can be looked at. */
  readonly account: readonly string[];
  readonly profiles?: string | undefined;
  readonly csv: boolean;
  readonly json: boolean;
}

/** Instances in the output of `fleet --json` that run the same AMI. */
type ReportedRow = Omit<FleetRow, "running"> & Partial<RunningBuild>;

/** The output of `fleet --json`. */
interface FleetReport {
  readonly instances: readonly ReportedRow[];
  readonly totals: Readonly<Record<FleetState, number>>;
  readonly notes: readonly AccountMessage[];
  /** Accounts, Regions of accounts and Regions of the shared account that couldn't be read. */
  readonly problems: readonly (AccountMessage | RegionMessage)[];
  /** Names of accounts without `fleet: true`. */
  readonly notLookedAt: readonly string[];
}

/** Number of instances on revoked builds that the text lists. */
const LISTED_INSTANCES = 20;

/** Lists what the instances of app accounts run, by account and Region. */
export async function fleet(
  contexts: readonly Context[],
  options: FleetOptions,
): Promise<CommandResult> {
  const { image, csv, json } = options;
  if (csv && json) throw new ConfigError("--csv: must not be used together with --json");
  if (contexts.some((context) => isContainer(context, image)))
    throw new ConfigError(
      `IMAGE: must be a machine image, because instances don't run container images, got: ${image}`,
    );
  const query = openFleet(contexts, options.account, options.profiles);
  assertOpen(query);
  // Of all images, because instances of other images are in the same accounts.
  const golden = await readGolden(contexts);
  const unlisted = unlistedBuilds(contexts);
  const found = await readFleet({ ...query, golden, unlisted });
  const family = image === undefined ? undefined : await familyOf(contexts, image);
  const rows = family
    ? found.rows.filter(({ running }) => running !== undefined && family.has(running.image))
    : found.rows;
  const unread = [...golden.problems, ...found.unread];
  const problems = [...unread, ...found.problems];
  const report: FleetReport = {
    instances: rows.map(({ running, ...row }) => ({ ...row, ...running })),
    totals: totalsOf(rows),
    notes: found.notes,
    problems,
    notLookedAt: query.notLookedAt,
  };
  const remarks = remarkLines(report, found.problems, unread);
  if (csv && remarks.length > 0) console.error(remarks.join("\n"));
  return {
    text: csv ? csvOf(rows) : [...render(report.totals, rows, query), ...remarks].join("\n"),
    data: report,
    exitCode: exitCodeOf(report),
  };
}

function isContainer({ buildables }: Context, image: string | undefined): boolean {
  return buildables.some(({ name, kind }) => name === image && kind === "container");
}

/**
 * Returns an image and those that are based on it, as deployed and as the factory file describes
 * them. A manifest that can't be read is already a problem of the channels.
 */
async function familyOf(contexts: readonly Context[], image: string): Promise<ReadonlySet<string>> {
  const manifests = await Promise.allSettled(contexts.map((context) => context.manifest()));
  const deployed = manifests.flatMap((read) =>
    read.status === "fulfilled" ? [read.value.images] : [],
  );
  const described = contexts.slice(0, 1).map(({ factory }) => parentsIn(factory));
  return new Set([
    image,
    ...[...deployed, ...described].flatMap((images) => descendantsOf(images, image)),
  ]);
}

function parentsIn({ shared }: Factory): Manifest["images"] {
  return Object.fromEntries(
    shared.images.map(({ name, parent }) => [
      name,
      { channels: {}, ...(parent.kind === "golden" && { parent: parent.name }) },
    ]),
  );
}

/** A revoked build that runs outweighs an account that couldn't be looked at. */
function exitCodeOf({ totals, problems }: FleetReport): number {
  if (totals.revoked > 0) return EXIT.differs;
  return problems.length > 0 ? EXIT.error : EXIT.ok;
}

function totalsOf(rows: readonly FleetRow[]): Record<FleetState, number> {
  const totals = { current: 0, behind: 0, revoked: 0, unknown: 0 };
  for (const { state, instances } of rows) totals[state] += instances.length;
  return totals;
}

const HEADINGS = ["account", "Region", "image", "build", "built in", "instances", "state"];

function render(
  totals: FleetReport["totals"],
  rows: readonly FleetRow[],
  { accounts }: Pick<FleetQuery, "accounts">,
): string[] {
  const revoked = rows.filter(({ state }) => state === "revoked");
  const accountCount = accounts.length === 1 ? "1 account" : `${accounts.length} accounts`;
  return [
    ...(rows.length > 0 ? [table([HEADINGS, ...mergedRows(rows)]), ""] : []),
    ...(revoked.length > 0 ? [...revokedInstances(revoked), ""] : []),
    `${accountCount}: ${totals.current} ${totals.current === 1 ? "instance" : "instances"} current, ${totals.behind} behind, ${totals.revoked} revoked, ${totals.unknown} unknown`,
  ];
}

/** Renders what may be missing from the rows. */
function remarkLines(
  { notes, notLookedAt }: FleetReport,
  problems: readonly AccountMessage[],
  unread: readonly RegionMessage[],
): string[] {
  return [
    ...gapLines(notes, notLookedAt),
    ...problemLines(unread),
    ...problems.map(accountProblemLine),
  ];
}

/** Renders what isn't known about the instances although nothing failed. */
export function gapLines(
  notes: readonly AccountMessage[],
  notLookedAt: readonly string[],
): string[] {
  return [
    ...notes.map(({ account, message }) => `note: ${account}: ${message}`),
    ...(notLookedAt.length > 0
      ? [`not looked at, without fleet: true: ${notLookedAt.join(", ")}`]
      : []),
  ];
}

/** Returns one row for all AMIs with the same build and state, such as the AMIs of app images. */
function mergedRows(rows: readonly FleetRow[]): string[][] {
  const counts = new Map<string, { readonly cells: readonly string[]; count: number }>();
  for (const row of rows) {
    const { account, region, running } = row;
    const build = running ? [running.image, running.build, running.builtIn] : ["-", "-", "-"];
    const cells = [account, region, ...build, describeState(row)];
    const key = cells.join("\n");
    const merged = counts.get(key) ?? { cells, count: 0 };
    merged.count += row.instances.length;
    counts.set(key, merged);
  }
  return [...counts.values()].map(({ cells, count }) => [
    ...cells.slice(0, -1),
    String(count),
    ...cells.slice(-1),
  ]);
}

/** Describes how instances compare with what their account could run. */
export function describeState({
  state,
  running,
  behindBuilds,
  behindDays,
  revoked,
  unknown,
}: FleetRow): string {
  switch (state) {
    case "current":
      return "current";
    case "revoked":
      return `revoked: ${revoked}`;
    case "unknown":
      return `unknown: ${unknown}`;
    case "behind": {
      const deleted = running?.isDeleted ? "; the build was deleted" : "";
      const builds = behindBuilds === 1 ? "1 build" : `${behindBuilds} builds`;
      const days = behindDays === 1 ? "1 day" : `${behindDays} days`;
      return `behind by ${builds}, ${days}${deleted}`;
    }
  }
}

function revokedInstances(rows: readonly FleetRow[]): string[] {
  const all = rows.flatMap((row) => row.instances.map((id) => ({ ...row, id })));
  const listed = all.slice(0, LISTED_INSTANCES);
  const more = all.length - listed.length;
  return [
    table([
      ["instance", "account", "Region", "AMI", "runs the revoked build"],
      ...listed.map(({ id, account, region, ami, running }) => [
        id,
        account,
        region,
        ami,
        `${running?.image} ${running?.build}`,
      ]),
    ]),
    ...(more > 0 ? [`and ${more} more: --csv lists all`] : []),
  ];
}
