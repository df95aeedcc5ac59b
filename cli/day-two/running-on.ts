/** Finds the instances that run builds which have just been revoked. */

import type { Build } from "../../lambda/share-updater/build";
import type { CommandResult } from "../command";
import type { Context } from "../deployed/context";
import type { FleetRow } from "../deployed/fleet-join";
import { type OpenFleet, openFleet } from "../deployed/fleet-query";
import { ALL_ACCOUNTS, accountProblemLine, type Fleet, readFleet } from "../deployed/read-fleet";
import { factoryCommand } from "../factory-command";
import { describeKnownError } from "../report";
import { table } from "../table";
import { gapLines } from "./fleet";

/** Number of AMIs, with their instances, that the text lists. */
const LISTED_ROWS = 20;

/**
 * Adds to the result of a revocation which instances run the builds, in accounts with
 * `fleet: true`. What can't be read doesn't change the exit code: the builds are revoked.
 */
export async function addRunning(
  result: CommandResult,
  contexts: readonly Context[],
  image: string,
  builds: readonly Build[],
  reason: string,
): Promise<CommandResult> {
  const query = openFleet(contexts);
  if (query.accounts.length === 0) return result;
  const golden = {
    builds: builds.map(({ arn, amis }) => ({
      arn,
      amis: amis.map(({ id }) => id),
      revoked: reason,
    })),
    channels: [],
    // Builds that aren't these don't matter.
    lists: [],
  };
  const found = await readFleet({ ...query, golden }).catch((error: unknown): Fleet => {
    const message = describeKnownError(error) ?? (error as Error).message;
    return { rows: [], unread: [], notes: [], problems: [{ account: ALL_ACCOUNTS, message }] };
  });
  const rows = found.rows.filter(({ state }) => state === "revoked");
  return {
    ...result,
    text: [result.text, "", ...render(rows, found, query, image)].join("\n"),
    data: {
      ...(result.data as object),
      running: {
        instances: rows.map(({ running, ...row }) => ({ ...row, ...running })),
        notes: found.notes,
        notLookedAt: query.notLookedAt,
        problems: found.problems,
      },
    },
  };
}

function render(
  rows: readonly FleetRow[],
  { problems, notes }: Fleet,
  { accounts, notLookedAt }: OpenFleet,
  image: string,
): string[] {
  const names = accounts.map(({ name }) => name).join(", ");
  const count = rows.reduce((sum, { instances }) => sum + instances.length, 0);
  const listed = rows.slice(0, LISTED_ROWS);
  const again = `to look again, also at builds that are based on it: \`${factoryCommand(`fleet ${image}`)}\``;
  return [
    count === 0
      ? `no instance that could be looked at runs the build (accounts with fleet: true: ${names})`
      : `${count === 1 ? "1 instance still runs" : `${count} instances still run`} the build: replace ${count === 1 ? "it" : "them"}`,
    ...(count === 0
      ? []
      : [
          table([
            ["account", "Region", "AMI", "instances"],
            ...listed.map(({ account, region, ami, instances }) => [
              account,
              region,
              ami,
              instances.join(" "),
            ]),
          ]),
        ]),
    ...(rows.length > listed.length ? [`and ${rows.length - listed.length} more AMIs`] : []),
    ...gapLines(notes, notLookedAt),
    ...problems.map(accountProblemLine),
    again,
  ];
}
