/** Who may import whom: data goes one way, from factory.yaml to Terraform. */
const room = (name, mayImport) => ({
  name: `${name}-imports-only-its-own`,
  severity: "error",
  from: { path: `^${name}` },
  to: { path: "^(main\\.ts|cli|config|stacks|modules|lambda|scripts|__tests__)", pathNot: mayImport.map((path) => `^${path}`) },
});

const packages = (from, allowed) => ({
  name: `${from}-uses-only-its-packages`,
  severity: "error",
  from: { path: `^${from}/` },
  to: {
    dependencyTypes: ["npm", "npm-dev", "npm-no-pkg", "npm-unknown"],
    pathNot: allowed.map((name) => `node_modules/${name}/`),
  },
});

module.exports = {
  forbidden: [
    { name: "no-cycle", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-provider-index",
      comment: "the index loads every resource there is: 13 times the load time",
      severity: "error",
      from: {},
      to: { path: "node_modules/@cdktf/provider-[^/]+/lib/index\\.(js|d\\.ts)$" },
    },
    { name: "all-resolves", severity: "error", from: {}, to: { couldNotResolve: true } },
    room("config", ["config/"]),
    room("stacks", ["stacks/", "config/", "modules/"]),
    room("modules", ["modules/", "lambda/[^/]+/environment\\.ts"]),
    room("lambda", ["lambda/"]),
    room("cli", ["cli/", "config/", "lambda/share-updater/"]),
    room("main.ts", ["config/", "stacks/"]),
    packages("config", ["zod", "yaml"]),
    packages("stacks", ["cdktf", "constructs", "@cdktf"]),
    packages("modules", ["cdktf", "constructs", "@cdktf"]),
    packages("cli", ["@aws-sdk", "@viz-js/viz"]),
    packages("lambda", ["@aws-sdk", "@aws-lambda-powertools"]),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "require", "node", "default"] },
  },
};
