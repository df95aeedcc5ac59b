module.exports = {
  ...require("./jest.config"),
  testMatch: ["<rootDir>/__tests__/local-aws/*.e2e.ts"],
  testTimeout: 600_000,
};
