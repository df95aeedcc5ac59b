import { ConfigError } from "../../config/problems";
import type { CommandResult } from "../command";
import type { Context } from "../deployed/context";
import { changeRegions, prepareRegions } from "../deployed/regions";
import { changeResult } from "./change-result";
import { runUpdater } from "./run-updater";

export async function update(contexts: readonly Context[], image: string): Promise<CommandResult> {
  const prepared = await prepareRegions(contexts, async (context) => {
    if ((await context.channels(image)).length === 0)
      throw new ConfigError(
        `IMAGE: must have channels that are deployed in ${context.region}, got: ${image}`,
      );
  });
  const changes = await changeRegions(prepared, async (context) => ({
    image,
    done: [],
    run: await runUpdater(context, image),
  }));
  return changeResult(changes);
}
