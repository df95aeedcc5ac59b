import { addAuthoringCommands, addHelpCommands } from "./authoring/commands";
import { addCatalogueCommands } from "./catalogue/commands";
import { createProgram, runProgram } from "./command";
import { addDayTwoCommands } from "./day-two/commands";
import { addDeliveryCommands } from "./delivery/commands";
import { addProofCommands } from "./proof/commands";
import { addTrustCommands } from "./trust/commands";

// Otherwise SDK clients warn about Node.js 20, which the factory supports.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

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
void runProgram(program);
