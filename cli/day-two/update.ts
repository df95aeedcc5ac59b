import { ConfigError } from "../../config/problems";
import type { CommandResult } from "../command";
import type { Context } from "./context";
import { changeResult, runUpdater } from "./run-updater";

/** Runs the updater for an image. */
export async function update(context: Context, image: string): Promise<CommandResult> {
  if (context.image(image).channels.length === 0)
    throw new ConfigError(`IMAGE: must have channels, got: ${image}, which isn't shared`);
  return changeResult(image, [], await runUpdater(context, image));
}
