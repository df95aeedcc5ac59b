/** Tests that run or read bundles: the app, the `factory` command and the functions. */
const BUNDLED = [
  "__tests__/main\\.test\\.ts$",
  "__tests__/cli/",
  "__tests__/tools/build/",
  "__tests__/tools/local-aws/",
];

// As in the bundle of the app.
const moduleNameMapper = { "^archiver$": "<rootDir>/tools/build/no-archives.cjs" };

const common = {
  rootDir: __dirname,
  transform: {
    "\\.ts$": [
      "@swc/jest",
      { jsc: { target: "es2022", parser: { syntax: "typescript" } }, sourceMaps: "inline" },
    ],
  },
  moduleNameMapper,
  setupFiles: ["<rootDir>/__tests__/no-colors.js", "<rootDir>/__tests__/less-work-for-v8.js"],
  modulePathIgnorePatterns: ["<rootDir>/cdktf.out", "<rootDir>/dist"],
};

module.exports = {
  projects: [
    {
      ...common,
      displayName: "unit",
      testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
      testPathIgnorePatterns: BUNDLED,
    },
    {
      ...common,
      displayName: "bundle",
      testMatch: BUNDLED.map(
        (pattern) =>
          `<rootDir>/${pattern.replace("\\.test\\.ts$", ".test.ts").replace(/\/$/, "/**/*.test.ts")}`,
      ),
      globalSetup: "<rootDir>/__tests__/global-setup.js",
      // The sources of the command are in another folder than its bundles, next to which the app
      // is.
      moduleNameMapper: { ...moduleNameMapper, "^\\.\\./main\\.js$": "<rootDir>/dist/main.js" },
    },
  ],
  // Generous, because a busy machine must not fail a test. No test is about time. The longest takes
  // three minutes in CI.
  testTimeout: 15 * 60_000,
  // By default Jest leaves one core idle.
  maxWorkers: "100%",
};
