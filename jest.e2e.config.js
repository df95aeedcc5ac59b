const { projects, ...config } = require("./jest.config");
const [, bundle] = projects;

module.exports = {
  ...config,
  projects: [
    { ...bundle, displayName: "e2e", testMatch: ["<rootDir>/__tests__/local-aws/*.e2e.ts"] },
  ],
  testTimeout: 600_000,
};
