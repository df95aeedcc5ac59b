const { projects, ...config } = require("./jest.config");

const bundle = projects.find(({ displayName }) => displayName === "bundle");

module.exports = {
  ...config,
  projects: [
    {
      ...bundle,
      displayName: "browser",
      testMatch: ["<rootDir>/__tests__/catalogue/*.browser.ts"],
    },
  ],
};
