const { execFileSync } = require("node:child_process");

/** Tests run the bundles that are deployed, so these are made first. */
module.exports = () =>
  execFileSync(process.execPath, ["tools/build/build.mjs"], { stdio: "inherit" });
