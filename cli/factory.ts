import { runProgram } from "./command";
import { factoryProgram } from "./program";

// Otherwise SDK clients warn about Node.js 20, which the factory supports.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

void runProgram(factoryProgram());
