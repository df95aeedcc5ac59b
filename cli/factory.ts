import { addAuthoringCommands } from "./authoring/commands";
import { createProgram, runProgram } from "./command";
import { addDayTwoCommands } from "./day-two/commands";
import { addDeliveryCommands } from "./delivery/commands";

const program = createProgram(
  "Build golden images with EC2 Image Builder and share them with AWS RAM.",
);
addAuthoringCommands(program);
addDeliveryCommands(program);
addDayTwoCommands(program);
void runProgram(program);
