/** Reads what the instances of app accounts run. */
import type { Catalogue, CatalogueRunning } from "../../catalogue/schema";
import type { Context } from "../day-two/context";
import type { FleetRow } from "../day-two/fleet-join";
import { lookAtFleet } from "../day-two/fleet-look";
import { assertOpen, type OpenFleet, openFleet } from "../day-two/fleet-query";
import { readGolden } from "../day-two/golden-builds";

/**
 * Selects the accounts to look at; throws a `ConfigError` if there is none.
 *
 * @param profiles - the value of the option
 */
export function selectFleet(contexts: readonly Context[], profiles: string | undefined): OpenFleet {
  const query = openFleet(contexts, [], profiles);
  assertOpen(query);
  return query;
}

/** Adds the instances of accounts to a catalogue, as `factory fleet` finds them. */
export async function gatherFleet(
  catalogue: Catalogue,
  contexts: readonly Context[],
  query: OpenFleet,
): Promise<Catalogue> {
  const golden = await readGolden(contexts);
  const { rows, notes, problems } = await lookAtFleet({ ...query, golden });
  return {
    ...catalogue,
    fleet: { running: runningOf(rows), notLookedAt: query.notLookedAt, notes, problems },
    problems: [...catalogue.problems, ...golden.problems],
  };
}

/** Counts the instances on the same build: the catalogue contains no IDs of instances. */
function runningOf(rows: readonly FleetRow[]): CatalogueRunning[] {
  const found = new Map<string, CatalogueRunning>();
  for (const row of rows) {
    const { accountId: account, region, running, state, behindBuilds, behindDays, revoked } = row;
    const { image, build, builtIn, isDeleted } = running ?? {};
    const key = JSON.stringify([account, region, image, build, builtIn, state]);
    const instances = (found.get(key)?.instances ?? 0) + row.instances.length;
    found.set(key, {
      account,
      region,
      image,
      build,
      builtIn,
      isDeleted: isDeleted || undefined,
      state,
      behindBuilds,
      behindDays,
      revoked,
      instances,
    });
  }
  return [...found.values()];
}
