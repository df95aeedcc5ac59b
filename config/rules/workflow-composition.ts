/** What an image's workflows come to together. */

import { managedWorkflow } from "../aws/managed-workflows";
import type { WorkflowDocument } from "../documents/workflow/check";
import type { Problem } from "../problems";
import {
  allBaked,
  type Rule,
  type Subject,
  type SubjectBaked,
  type SubjectWorkflow,
} from "./subject";
import { documentIn, eachDocument, hasAction } from "./workflows";

/** https://docs.aws.amazon.com/imagebuilder/latest/userguide/manage-image-workflows.html */
const MOST_WORKFLOWS = 10;
/** The build and the distribution are the others. */
const MOST_TESTS = MOST_WORKFLOWS - 2;

const notTooMany: Rule = (subject) =>
  allBaked(subject)
    .filter(({ workflows }) => workflows.some(({ type }) => type === "distribution"))
    .filter(({ workflows }) => workflows.filter(({ type }) => type === "test").length > MOST_TESTS)
    .map(({ path }) => ({
      path: [...path, "workflows", "tests"],
      message: `must be ${MOST_TESTS} at most beside a distribution: Image Builder takes ${MOST_WORKFLOWS} workflows`,
    }));

interface Demand {
  readonly meets: (document: WorkflowDocument) => boolean;
  readonly message: string;
}

function step(action: string, why: string): Demand {
  return {
    meets: (document) => hasAction(document, action),
    message: `must have a step ${action}, or ${why}`,
  };
}

function output(name: string, why: string): Demand {
  return {
    meets: ({ outputs }) => outputs.includes(name),
    message: `must have an output ${name}, or ${why}`,
  };
}

const HARDENED: Demand = {
  meets: ({ actions }) =>
    !actions.some(
      ({ action, continuesOnFailure: mayFail }) => action === "ExecuteComponents" && mayFail,
    ),
  message: "must abort where ExecuteComponents fails, or an image that isn't hardened comes of it",
};

/** What Image Builder goes on with. Of containers it is inferred from its own workflows. */
const DEMANDS: Readonly<
  Record<SubjectBaked["kind"], Readonly<Record<SubjectWorkflow["type"], readonly Demand[]>>>
> = {
  image: {
    build: [
      step("ExecuteComponents", "the recipe's components never run"),
      HARDENED,
      output("ImageId", "Image Builder refuses to build with it"),
    ],
    test: [],
    distribution: [step("DistributeImage", "nothing is distributed")],
  },
  container: {
    build: [
      step("BootstrapInstanceForContainer", "the instance can't build a container"),
      step("ExecuteComponents", "the recipe's components never run"),
      HARDENED,
      output("InstanceId", "nothing is distributed from the instance"),
    ],
    test: [],
    distribution: [step("DistributeContainerImage", "nothing is pushed")],
  },
};

const comesToSomething: Rule = (subject) =>
  eachDocument(subject).flatMap(
    ({ image: { kind }, workflow: { type, document: got }, document, at }) =>
      DEMANDS[kind][type]
        .filter(({ meets }) => !meets(document))
        .map(({ message }) => ({ path: at, message, got })),
  );

const testsAreWanted: Rule = (subject) =>
  allBaked(subject)
    .filter(
      ({ testsEnabled, workflows }) =>
        !testsEnabled && workflows.some(({ type }) => type === "test"),
    )
    .map(({ path }) => ({
      path: [...path, "workflows", "tests"],
      message: "can't stand beside tests: { enabled: false }",
    }));

/** The tests of an image; none where a document isn't known. */
function knownTests(subject: Subject, { workflows }: SubjectBaked) {
  const tests = workflows.filter(({ type }) => type === "test");
  const documents = tests.flatMap((test) => documentIn(subject, test) ?? []);
  return documents.length < tests.length ? [] : documents;
}

const TESTING = [
  "ExecuteComponents",
  "RunCommand",
  "ExecuteStateMachine",
  "CollectImageScanFindings",
];

/** A function that is waited for may test as well. */
function isTest(document: WorkflowDocument): boolean {
  return (
    hasAction(document, ...TESTING) ||
    document.requiredPermissions.some(({ kind }) => kind === "function")
  );
}

/** Whoever names a test leaves AWS's own out, which runs the components' tests and collects what a scan finds. */
const testsTest: Rule = (subject) =>
  allBaked(subject).flatMap((image) => {
    const tests = knownTests(subject, image);
    if (tests.length === 0) return [];
    const instead = `add { awsManaged: test-${image.kind} }`;
    const isTesting = tests.some(isTest);
    const isScanning =
      !image.scan || tests.some((document) => hasAction(document, "CollectImageScanFindings"));
    return [
      ...(isTesting
        ? []
        : [{ path: [...image.path, "workflows", "tests"], message: `test nothing: ${instead}` }]),
      ...(isScanning
        ? []
        : [
            {
              path: [...image.path, "scan"],
              message: `comes to nothing, no test collects the findings: ${instead}`,
            },
          ]),
    ];
  });

/** Members of a group run together, so that they stand together. */
const groupsTogether: Rule = (subject) =>
  allBaked(subject).flatMap(({ workflows }) => {
    const tests = workflows.filter(({ type }) => type === "test");
    return tests.flatMap(({ parallelGroup: group, path }, index) => {
      const before = tests.findLastIndex(
        (other, at) => at < index && other.parallelGroup === group,
      );
      const message =
        "must stand beside the others of its group: Image Builder runs it with the first of them";
      return group !== undefined && before >= 0 && before < index - 1
        ? [{ path: [...path, "parallelGroup"], message, got: group }]
        : [];
    });
  });

function outputsOf(subject: Subject, workflow: SubjectWorkflow): readonly string[] | undefined {
  return workflow.document === undefined
    ? managedWorkflow(workflow.awsManaged)?.outputs
    : documentIn(subject, workflow)?.outputs;
}

/** https://docs.aws.amazon.com/imagebuilder/latest/userguide/wfdoc-dynamic-vars.html: one name in all workflows, left by one that ran before. */
function outputProblems(subject: Subject, { workflows, kind }: SubjectBaked): Problem[] {
  const standard: SubjectWorkflow = {
    path: [],
    type: "build",
    awsManaged: `build-${kind}`,
    parameters: {},
  };
  const all = workflows.some(({ type }) => type === "build") ? workflows : [standard, ...workflows];
  return all.flatMap((workflow, index) => {
    const document = documentIn(subject, workflow);
    if (!document) return [];
    const { parallelGroup: group } = workflow;
    const left = (others: readonly SubjectWorkflow[]) =>
      others.map((other) => outputsOf(subject, other));
    const before = left(
      all.slice(0, index).filter((other) => group === undefined || other.parallelGroup !== group),
    );
    const isKnown = before.every((outputs) => outputs !== undefined);
    const names = before.flatMap((outputs) => outputs ?? []);
    const taken = left(all.slice(0, index)).flatMap((outputs) => outputs ?? []);
    const problem = (message: string): Problem => ({
      path: [...workflow.path, "document"],
      message,
      got: workflow.document,
    });
    return [
      ...document.outputs
        .filter((name) => taken.includes(name))
        .map((name) => problem(`has an output ${name}, which a workflow before it has already`)),
      ...[...new Set(document.consumedOutputs)]
        .filter((name) => isKnown && !names.includes(name))
        .map((name) =>
          problem(
            `takes $.workflowOutputs.${name}, and those before it leave ${names.join(", ") || "nothing"}`,
          ),
        ),
    ];
  });
}

const outputsAreKnown: Rule = (subject) =>
  allBaked(subject).flatMap((image) => outputProblems(subject, image));

export const outcomeRules: readonly Rule[] = [
  notTooMany,
  comesToSomething,
  testsAreWanted,
  testsTest,
  groupsTogether,
  outputsAreKnown,
];
