/** Reads what the instances of app accounts run. */
import type { CatalogueFleet, CatalogueRunning } from "../../catalogue/schema";
import type { Context } from "../deployed/context";
import type { FleetRow } from "../deployed/fleet-join";
import { assertOpen, type OpenFleet, openFleet } from "../deployed/fleet-query";
import {
  assertEveryRegion,
  type Golden,
  type GoldenImages,
  mergeGolden,
  readGolden,
} from "../deployed/golden-builds";
import { readFleet } from "../deployed/read-fleet";
import type { RegionMessage } from "../deployed/regions";
import { unlistedBuilds } from "../deployed/unlisted-builds";

/**
 * Selects the accounts to look at; throws a `ConfigError` if there is none, or if `--region` leaves
 * out Regions.
 *
 * @param profiles - the value of the option
 */
export function selectFleet(contexts: readonly Context[], profiles: string | undefined): OpenFleet {
  assertEveryRegion(contexts, "--fleet");
  const query = openFleet(contexts, [], profiles);
  assertOpen(query);
  return query;
}

const NO_GOLDEN: Golden = { builds: [], channels: [], lists: [], problems: [] };

/** The golden builds that the catalogue has read. */
interface KnownGolden extends GoldenImages {
  /** Regions that could be read. */
  readonly regions: readonly string[];
}

/**
 * Looks at the instances of accounts, as `factory fleet` does. In a Region that the catalogue
 * couldn't read, for example because it has no manifest, Image Builder may still list the builds.
 */
export async function gatherFleet(
  contexts: readonly Context[],
  known: KnownGolden,
  query: OpenFleet,
): Promise<{ readonly fleet: CatalogueFleet; readonly problems: readonly RegionMessage[] }> {
  const unread = contexts.filter(({ region }) => !known.regions.includes(region));
  const others = unread.length > 0 ? await readGolden(unread) : NO_GOLDEN;
  const golden = mergeGolden([known, others]);
  const unlisted = unlistedBuilds(contexts);
  const { rows, ...found } = await readFleet({ ...query, golden, unlisted });
  return {
    fleet: {
      running: runningOf(rows),
      notLookedAt: query.notLookedAt,
      notes: found.notes,
      problems: found.problems,
    },
    problems: [...others.problems, ...found.unread],
  };
}

/** Counts the instances on the same build: the catalogue contains no IDs of instances. */
function runningOf(rows: readonly FleetRow[]): CatalogueRunning[] {
  const found = new Map<string, CatalogueRunning>();
  for (const row of rows) {
    const { accountId: account, region, running, state, behindBuilds, behindDays } = row;
    const { image, build, builtIn, isDeleted } = running ?? {};
    const key = JSON.stringify([account, region, image, build, builtIn, state]);
    const instances = (found.get(key)?.instances ?? 0) + row.instances.length;
    found.set(key, {
      account,
      region,
      image,
      build,
      ...(builtIn !== region && { builtIn }),
      isDeleted: isDeleted || undefined,
      state,
      ...(state === "behind" && { behindBuilds, behindDays }),
      revoked: row.revoked,
      ...(running && { unknown: row.unknown }),
      instances,
    });
  }
  return [...found.values()];
}
