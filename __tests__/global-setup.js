const { execFileSync } = require("node:child_process");

/** Builds the bundles that tests run, unless they are up to date. */
module.exports = () =>
  execFileSync(process.execPath, ["tools/build/build.mjs"], { stdio: "inherit" });
