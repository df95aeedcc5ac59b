const { projects, ...config } = require("./jest.config");

const unit = projects.find(({ displayName }) => displayName === "unit");

module.exports = {
  ...config,
  projects: [
    {
      ...unit,
      displayName: "documents",
      testMatch: ["<rootDir>/__tests__/tools/run-documents/*.documents.ts"],
    },
  ],
  // Longer than a command may take, so that the test itself reports the command that hangs.
  testTimeout: 30 * 60_000,
};
