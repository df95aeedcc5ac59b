import type { Command } from "commander";
import { addAuthoringCommands, addHelpCommands } from "./authoring/commands";
import { addCatalogueCommands } from "./catalogue/commands";
import { createProgram } from "./command";
import { addDayTwoCommands } from "./day-two/commands";
import { addDeliveryCommands } from "./delivery/commands";
import { addProofCommands } from "./proof/commands";
import { addTrustCommands } from "./trust/commands";

/** Creates the `factory` command with all of its commands. */
export function factoryProgram(): Command {
  const program = createProgram(
    "Build golden images with EC2 Image Builder and share them with AWS RAM.",
  );
  addAuthoringCommands(program);
  addDeliveryCommands(program);
  addProofCommands(program);
  addDayTwoCommands(program);
  addTrustCommands(program);
  addCatalogueCommands(program);
  addHelpCommands(program);
  return program;
}
