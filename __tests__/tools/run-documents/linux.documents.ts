/**
 * Executes the shell of every Linux document in components/ and examples/ on throwaway Debian
 * systems without a network.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { readFactory } from "../../../config/load";
import { accountsOf, buildablesOf } from "../../../config/model";
import { createBaseSystem, requireTools } from "../../../tools/run-documents/base-system";
import { runSteps, StepFailed } from "../../../tools/run-documents/execute";
import { type Phases, readPhases } from "../../../tools/run-documents/steps";
import {
  type SystemKind,
  ThrowawaySystem,
  Workspace,
} from "../../../tools/run-documents/throwaway-system";

/** Files that can't run here, and why. components/README.md lists them, too. */
const NOT_RUN: Readonly<Record<string, string>> = {
  "components/linux/cloudwatch-agent-linux.yaml": "downloads the agent from Amazon S3",
  "components/linux/ssm-agent-linux.yaml": "downloads the agent from Amazon S3",
  "examples/complete/user-data.sh": "installs a snap, which needs the snap store",
};

/** Steps that are skipped, because their action module isn't emulated. */
const SKIPPED_STEPS: Readonly<Record<string, readonly string[]>> = {
  // Installs updates from package repositories.
  "components/linux/update-os-linux.yaml": ["build.Update"],
};

/** Their tests can't fail here, because Debian has in every system what the document installs. */
const PRESENT_ON_DEBIAN = ["examples/containers/components/base-packages.yaml"];

type Parameters = Readonly<Record<string, string>>;

/** Values of parameters for documents that no example uses, or without a default. */
const MORE_RUNS: readonly (readonly [string, Parameters])[] = [
  ["components/linux/cleanup-linux.yaml", {}],
  ["components/linux/hardening-linux.yaml", { MaxAuthTries: "3" }],
  ["components/linux/packages-test-linux.yaml", { Packages: "curl openssh-server" }],
  ["components/linux/ports-test-linux.yaml", { Ports: "22" }],
  ["components/linux/services-test-linux.yaml", { Services: "ssh dbus.socket" }],
  ["components/linux/update-os-linux.yaml", {}],
];

/** Values for which a document that only tests must fail. */
const FAILING: readonly (readonly [string, Parameters, string])[] = [
  ["components/linux/packages-test-linux.yaml", { Packages: "curl nginx" }, "test.AreInstalled"],
  ["components/linux/ports-test-linux.yaml", { Ports: "22 443" }, "test.Listen"],
  ["components/linux/services-test-linux.yaml", { Services: "ssh nginx" }, "test.Run"],
];

interface Run {
  readonly file: string;
  readonly kind: SystemKind;
  readonly parameters: Parameters;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) =>
    join(folder, file),
  );
}

/** Every file with shell for Linux instances. */
const ALL = [...filesIn("components/linux"), ...filesIn("examples")].filter(
  (file) => /(components|linux)\/[^/]+\.yaml$/.test(file) || file.endsWith(".sh"),
);

/** The documents of a factory for Linux, with the parameters that its images pass. */
function runsOf(factoryFile: string): Run[] {
  const images = accountsOf(readFactory(factoryFile)).flatMap(buildablesOf);
  return images.flatMap(({ kind, platform, components }) =>
    components.flatMap((component): Run[] => {
      if (component.kind !== "document" || platform !== "Linux") return [];
      return [
        {
          file: relative(".", component.document.file),
          kind: kind === "container" ? "container" : "machine",
          parameters: component.parameters,
        },
      ];
    }),
  );
}

function titleOf({ file, kind, parameters }: Run): string {
  const values = Object.entries(parameters).map(([name, value]) => `${name} ${value}`);
  return [`${basename(file, ".yaml")} on a ${kind}`, ...values].join(", ");
}

const FACTORIES = [
  "factory.yaml",
  ...filesIn("examples").filter((f) => f.endsWith("factory.yaml")),
];

const RUNS: readonly Run[] = [
  ...new Map(
    [
      ...FACTORIES.flatMap(runsOf),
      ...MORE_RUNS.map(([file, parameters]): Run => ({ file, kind: "machine", parameters })),
    ]
      .filter(({ file }) => !(file in NOT_RUN))
      .map((run) => [titleOf(run), run]),
  ).values(),
];

function phasesOf({ file, parameters }: Omit<Run, "kind">): Phases {
  return readPhases(file, readFileSync(file, "utf8"), parameters);
}

const TESTED = RUNS.filter((run) => {
  const { build, validate, test } = phasesOf(run);
  const isTested = build !== undefined && (validate ?? test) !== undefined;
  return isTested && !PRESENT_ON_DEBIAN.includes(run.file);
});

/** Systems that run at the same time. They wait more than they compute. */
const MAX_PARALLEL = 5;

let workspace: Workspace;
let base: string;

async function onSystem<T>(
  kind: SystemKind,
  use: (system: ThrowawaySystem) => Promise<T>,
): Promise<T> {
  const system = await ThrowawaySystem.start(workspace, base, kind);
  try {
    return await use(system);
  } finally {
    await system.remove();
  }
}

/** Runs all phases, as Image Builder does. Returns the names of the steps that were skipped. */
async function runAllPhases(run: Run): Promise<readonly string[]> {
  const { build = [], validate = [], test = [] } = phasesOf(run);
  return onSystem(run.kind, async (system) => {
    const skipped = await runSteps(system, [...build, ...validate]);
    // The phase test runs on a new instance of the image.
    await system.restart();
    return [...skipped, ...(await runSteps(system, test))];
  });
}

/** Returns the step that fails if only the phases validate and test run. */
async function failedStep(run: Run): Promise<string> {
  const { validate = [], test = [] } = phasesOf(run);
  try {
    await onSystem(run.kind, (system) => runSteps(system, [...validate, ...test]));
    return "none";
  } catch (error) {
    if (error instanceof StepFailed) return error.step;
    throw error;
  }
}

/** Starts tasks, at most `MAX_PARALLEL` at a time. */
class Queue {
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  async add<T>(task: () => Promise<T>): Promise<T> {
    if (this.running === MAX_PARALLEL)
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running++;
    try {
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}

const failingRuns = FAILING.map(
  ([file, parameters]): Run => ({ file, kind: "machine", parameters }),
);
const successes = new Map<Run, Promise<readonly string[]>>();
const failures = new Map<Run, Promise<string>>();

beforeAll(async () => {
  requireTools();
  workspace = await Workspace.create();
  base = await createBaseSystem(workspace);
  const queue = new Queue();
  for (const run of RUNS)
    successes.set(
      run,
      queue.add(() => runAllPhases(run)),
    );
  for (const run of [...TESTED, ...failingRuns])
    failures.set(
      run,
      queue.add(() => failedStep(run)),
    );
  // Each test reports its result.
  for (const result of [...successes.values(), ...failures.values()]) result.catch(() => undefined);
});

afterAll(() => workspace?.close());

test("every Linux document runs, or is listed with the reason", () => {
  const listed = Object.keys(NOT_RUN);
  const run = RUNS.map(({ file }) => file);
  expect(run.filter((file) => listed.includes(file))).toEqual([]);
  expect([...new Set([...run, ...listed])].sort()).toEqual([...ALL].sort());
});

test("components/README.md lists what doesn't run", () => {
  const readme = readFileSync("components/README.md", "utf8");
  const listed = [...readme.matchAll(/^\| `([^`|]+)` +\| (downloads|installs) (.*?) +\|$/gm)];
  expect(listed.map(([, name, verb, rest]) => `${name} ${verb} ${rest}`)).toEqual(
    Object.entries(NOT_RUN).map(([file, reason]) => `${file} ${reason}`),
  );
});

test.each(RUNS.map((run) => [titleOf(run), run] as const))(
  "the phases build, validate and test succeed: %s",
  async (_, run) => expect(await successes.get(run)).toEqual(SKIPPED_STEPS[run.file] ?? []),
);

test.each(TESTED.map((run) => [titleOf(run), run] as const))(
  "the phases validate and test fail without the phase build: %s",
  async (_, run) => expect(await failures.get(run)).toMatch(/^(validate|test)\./),
);

test.each(failingRuns.map((run, index) => [titleOf(run), run, FAILING[index]?.[2]] as const))(
  "the phase test fails: %s",
  async (_, run, step) => expect(await failures.get(run)).toBe(step),
);
