/**
 * Import rules: data goes one way, from factory.yaml to Terraform, and no folder imports from one
 * above it.
 */
const ROOMS = "^(main\\.ts|catalogue|cli|config|contract|stacks|modules|lambda|tools|__tests__)";

/**
 * `from` may import from itself and from `mayImport`, and from no other folder of this repository.
 */
function room(from, mayImport) {
  return {
    name: `${from.replace(/\W+$/, "")}-imports`,
    severity: "error",
    from: { path: `^${from}` },
    to: { path: ROOMS, pathNot: [from, ...mayImport].map((path) => `^${path}`) },
  };
}

/** The rooms of `cli/`, and the other rooms that each may import from. */
const CLI_ROOMS = {
  deployed: [],
  authoring: [],
  delivery: [],
  proof: [],
  "day-two": ["deployed"],
  trust: ["deployed"],
  // The page of the catalogue shows the results of other commands.
  catalogue: ["deployed", "day-two", "trust"],
};

/** A room of `cli/` may import files directly in `cli/`, and from the rooms in `mayImport`. */
function cliRoom([from, mayImport]) {
  return {
    name: `cli/${from}-imports`,
    severity: "error",
    from: { path: `^cli/${from}/` },
    to: { path: "^cli/[^/]+/", pathNot: [from, ...mayImport].map((name) => `^cli/${name}/`) },
  };
}

function packages(from, allowed) {
  return {
    name: `${from}-packages`,
    severity: "error",
    from: { path: `^${from}/` },
    to: {
      dependencyTypes: ["npm", "npm-dev", "npm-no-pkg", "npm-unknown"],
      pathNot: allowed.map((name) => `node_modules/${name}/`),
    },
  };
}

const PROBLEMS = "config/problems\\.ts";
const BLOCKS = "config/(schema-blocks|near-match|raw-map)\\.ts";
const MODEL = ["config/model\\.ts", "config/names\\.ts", "config/audience\\.ts"];

module.exports = {
  forbidden: [
    { name: "no-cycle", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-provider-index",
      comment: "the index loads every resource there is, which takes 13 times as long",
      severity: "error",
      from: {},
      to: { path: "node_modules/@cdktf/provider-[^/]+/lib/index\\.(js|d\\.ts)$" },
    },
    {
      name: "all-resolves",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^(\\.\\./)*dist/" },
    },
    {
      name: "commands-load-lazily",
      comment:
        "the help and each command load only what they use, and no SDK client that they don't",
      severity: "error",
      from: {
        path: [
          "^cli/(command|environment|factory|factory-command|interruption)\\.ts$",
          "^cli/(node-version|program|prompt|report|start|deployed/options|[^/]+/commands)\\.ts$",
        ],
      },
      to: {
        dynamic: false,
        dependencyTypesNot: ["type-only"],
        path: "^(catalogue/|cli/[^/]+/|config/|lambda/)|node_modules/@",
        pathNot: [
          "^cli/[^/]+/commands\\.ts$",
          "^cli/deployed/options\\.ts$",
          "^config/(factory-path|problems)\\.ts$",
        ],
      },
    },
    room("contract/", []),
    room("config/aws/", ["contract/", BLOCKS]),
    room("config/schema/", ["contract/", "config/aws/", BLOCKS, "config/audience\\.ts"]),
    room("config/documents/", ["contract/", "config/(aws|yaml)/", BLOCKS, PROBLEMS]),
    room("config/yaml/", [PROBLEMS]),
    room("config/resolve/", [
      "contract/",
      "config/(aws|schema|documents)/",
      BLOCKS,
      PROBLEMS,
      ...MODEL,
    ]),
    room("config/versions/", [
      "contract/",
      "config/(aws|documents|yaml)/",
      "config/factory-(path|yaml)\\.ts",
      BLOCKS,
      PROBLEMS,
      ...MODEL,
    ]),
    room("config/rules/", [
      "contract/",
      "config/(aws|schema|documents|resolve)/",
      BLOCKS,
      PROBLEMS,
      ...MODEL,
    ]),
    room("config/", ["contract/"]),
    room("stacks/", [
      "contract/",
      "config/(aws|documents|versions)/",
      PROBLEMS,
      ...MODEL,
      "modules/",
    ]),
    room("modules/", ["contract/"]),
    // Each function is bundled by itself. What two of them use is in lambda/common/.
    room("lambda/common/", ["contract/"]),
    room("lambda/rebuilder/", ["contract/", "lambda/common/"]),
    room("lambda/recorder/", ["contract/", "lambda/common/"]),
    room("lambda/share-updater/", ["contract/", "lambda/common/"]),
    room("catalogue/page/", [
      "catalogue/(schema|package-table)\\.ts",
      "contract/(packages|time)\\.ts",
    ]),
    room("catalogue/", ["contract/(packages|time)\\.ts"]),
    room("cli/", [
      "catalogue/[^/]+$",
      "contract/",
      "config/",
      "lambda/(common|share-updater|recorder|rebuilder)/",
      "main\\.ts",
    ]),
    // What several rooms use is in cli/ or in cli/deployed/.
    {
      name: "cli-files-imports",
      severity: "error",
      from: { path: "^cli/[^/]+$", pathNot: "^cli/program\\.ts$" },
      to: { path: "^cli/[^/]+/" },
    },
    ...Object.entries(CLI_ROOMS).map(cliRoom),
    {
      name: "cli-rooms",
      comment: "a folder that isn't in CLI_ROOMS has no rule",
      severity: "error",
      from: { path: "^cli/[^/]+/", pathNot: Object.keys(CLI_ROOMS).map((name) => `^cli/${name}/`) },
      to: {},
    },
    {
      name: "app-is-separate",
      comment: "the command loads the bundle of the app, which it doesn't contain",
      severity: "error",
      from: { path: "^cli/" },
      to: { path: "^main\\.ts$", dependencyTypesNot: ["type-only"] },
    },
    room("main\\.ts", [
      "cli/(environment|node-version|report|synthesis-inputs)\\.ts",
      "config/",
      "stacks/",
    ]),
    room("tools/", [
      "main\\.ts",
      "catalogue/",
      "cli/",
      "config/",
      "contract/",
      "stacks/",
      "modules/",
      "lambda/",
    ]),
    packages("catalogue", ["zod", "preact", "@observablehq/plot", "@dagrejs/dagre"]),
    packages("contract", []),
    packages("config", ["zod", "yaml", "fastest-levenshtein"]),
    packages("stacks", ["cdktf", "constructs", "@cdktf"]),
    packages("modules", ["cdktf", "constructs", "@cdktf"]),
    packages("cli", ["@aws-sdk", "@clack/prompts", "@viz-js/viz", "commander", "diff"]),
    packages("lambda", ["@smithy/signature-v4", "@aws-sdk", "@aws-lambda-powertools"]),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // Its packages are installed by `npm run bench` only.
    exclude: { path: "^tools/bench/peer/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default"],
    },
  },
};
