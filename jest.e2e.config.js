const { projects, ...config } = require("./jest.config");

const bundle = projects.find(({ displayName }) => displayName === "bundle");

module.exports = {
  ...config,
  projects: [{ ...bundle, displayName: "e2e", testMatch: ["<rootDir>/__tests__/**/*.e2e.ts"] }],
  // Longer than a step of the test may take, so that the test itself reports the step that hangs.
  testTimeout: 60 * 60_000,
};
