/** Rules about the workflows of an image together. */

import type { Platform } from "../aws/base-images";
import { managedWorkflow } from "../aws/managed-workflows";
import type { ImageKind, WorkflowType } from "../aws/workflow-steps";
import type { WorkflowDocument } from "../documents/workflow/check";
import type { Buildable, Workflow } from "../model";
import { IMAGE_KEY_ALIAS } from "../names";
import { didYouMean } from "../near-match";
import {
  buildables,
  completeBuildables,
  listOf,
  type Rule,
  rule,
  workflowDocuments,
  workflows,
} from "./rule";
import { hasAction } from "./workflows";

/** https://docs.aws.amazon.com/imagebuilder/latest/userguide/manage-image-workflows.html */
const MAX_WORKFLOWS = 10;
/** The build and the distribution are the other two. */
const MAX_TESTS = MAX_WORKFLOWS - 2;

/** Something that a workflow document must contain. */
interface Requirement {
  readonly isMet: (document: WorkflowDocument, platform: Platform) => boolean;
  readonly message: string;
}

function step(action: string, otherwise: string): Requirement {
  return {
    isMet: (document, platform) => hasAction(document, platform, action),
    message: `must contain a step with the action ${action}: otherwise ${otherwise}`,
  };
}

function output(name: string, otherwise: string): Requirement {
  return {
    isMet: ({ outputs }) => outputs.includes(name),
    message: `must contain an output ${name}: otherwise ${otherwise}`,
  };
}

const ABORTS: Requirement = {
  isMet: ({ actions }, platform) =>
    !hasAction(
      { actions: actions.filter(({ continuesOnFailure }) => continuesOnFailure) },
      platform,
      "ExecuteComponents",
    ),
  message: "must abort when ExecuteComponents fails: otherwise an unhardened image is produced",
};

const RUNS_COMPONENTS = step("ExecuteComponents", "the recipe's components never run");

/**
 * Steps and outputs that Image Builder needs to continue. Assumed for containers, from AWS's own
 * workflows.
 */
const REQUIREMENTS: Readonly<
  Record<ImageKind, Readonly<Record<WorkflowType, readonly Requirement[]>>>
> = {
  image: {
    build: [RUNS_COMPONENTS, ABORTS, output("ImageId", "Image Builder rejects the build")],
    test: [],
    distribution: [step("DistributeImage", "nothing is distributed")],
  },
  container: {
    build: [
      step("BootstrapInstanceForContainer", "the instance can't build a container"),
      RUNS_COMPONENTS,
      ABORTS,
      output("InstanceId", "nothing is distributed from the instance"),
    ],
    test: [],
    distribution: [step("DistributeContainerImage", "nothing is pushed")],
  },
};

const TEST_ACTIONS = [
  "ExecuteComponents",
  "RunCommand",
  "ExecuteStateMachine",
  "CollectImageScanFindings",
];

/** Whether a workflow tests something. A function that it waits for may test, too. */
function isTesting(document: WorkflowDocument, platform: Platform): boolean {
  return (
    hasAction(document, platform, ...TEST_ACTIONS) ||
    document.requiredPermissions.some(({ kind }) => kind === "function")
  );
}

function testsOf({ workflows: all }: Buildable): Workflow[] {
  return all.filter(({ type }) => type === "test");
}

/** The documents of an image's tests; none if a test is AWS-managed. */
function testDocuments(image: Buildable): WorkflowDocument[] {
  const tests = testsOf(image);
  const documents = tests.flatMap(({ source }) => ("document" in source ? source.document : []));
  return documents.length < tests.length ? [] : documents;
}

/** Returns whether an input of a distribution step stays in the account and with the image key. */
function isWithinAccount(
  { kind, values }: WorkflowDocument["accessInputs"][number],
  accountId: string,
): boolean {
  switch (kind) {
    case "account":
      return values.every((value) => value === accountId);
    case "key":
      return values.every(
        (value) => value === IMAGE_KEY_ALIAS || value.endsWith(`:${accountId}:${IMAGE_KEY_ALIAS}`),
      );
    default:
      return false;
  }
}

function locationsOf(inputs: WorkflowDocument["accessInputs"]): string {
  return listOf(inputs.map(({ name, location }) => `${name} (${location})`));
}

/** Outputs that a workflow leaves to later ones; `undefined` if they aren't documented. */
function outputsOf(workflow: Workflow): readonly string[] | undefined {
  return "document" in workflow.source
    ? workflow.source.document.outputs
    : managedWorkflow(workflow.source.awsManaged)?.outputs;
}

function unavailableMessage(name: string, available: readonly string[]): string {
  const hint =
    didYouMean(name, available) ||
    `: earlier workflows have ${listOf([...new Set(available)], "no outputs")}`;
  return `must not read $.workflowOutputs.${name}${hint}`;
}

export const workflowCompositionRules: readonly Rule[] = [
  rule({
    id: "workflow-count",
    description: `An image has at most ${MAX_WORKFLOWS} workflows.`,
    source: "https://docs.aws.amazon.com/imagebuilder/latest/userguide/manage-image-workflows.html",
    each: completeBuildables,
    check({ image }, report) {
      const hasDistribution = image.workflows.some(({ type }) => type === "distribution");
      if (hasDistribution && testsOf(image).length > MAX_TESTS)
        report(
          ["workflows", "tests"],
          `must contain at most ${MAX_TESTS} test workflows if the image has a distribution workflow: Image Builder allows ${MAX_WORKFLOWS} workflows, including those for build and distribution`,
        );
    },
  }),
  rule({
    id: "workflow-required-steps",
    description:
      "A build workflow runs the components, aborts when they fail, and returns the image; a distribution workflow distributes it. Steps whose `if` excludes the image's platform don't count.",
    each: workflowDocuments,
    check({ image, workflow, document, file }, report) {
      for (const { isMet, message } of REQUIREMENTS[image.kind][workflow.type]) {
        if (!isMet(document, image.platform)) report("document", message, file);
      }
    },
  }),
  rule({
    id: "outputs-need-configurations-step",
    description:
      "With a distribution document, outputs.parameter and outputs.launchTemplates require a step with the action ApplyImageConfigurations: DistributeImage doesn't write them.",
    source: "https://docs.aws.amazon.com/imagebuilder/latest/userguide/wfdoc-step-actions.html",
    each: workflowDocuments,
    check({ image, workflow: { type }, document, file }, report) {
      if (image.kind !== "image" || type !== "distribution") return;
      const outputs = [
        ...(image.parameter === undefined ? [] : ["outputs.parameter"]),
        ...(Object.keys(image.launchTemplates).length > 0 ? ["outputs.launchTemplates"] : []),
      ];
      if (outputs.length > 0 && !hasAction(document, image.platform, "ApplyImageConfigurations"))
        report(
          "document",
          `must contain a step with the action ApplyImageConfigurations, because the image has ${outputs.join(" and ")}`,
          file,
        );
    },
  }),
  rule({
    id: "distribution-within-channels",
    description:
      "The distribution document of an image with channels gives its builds to no other account: no copies in other accounts, no launch permissions, no other key, no launch template or SSM parameter of another account. The channels decide which accounts get a build, and when.",
    source: "https://docs.aws.amazon.com/imagebuilder/latest/userguide/wfdoc-step-actions.html",
    each: workflowDocuments,
    check({ image, account, document, file }, report) {
      if (image.channels.length === 0) return;
      const others = document.accessInputs.filter(
        (input) => input.kind !== "export" && !isWithinAccount(input, account.id),
      );
      const known = others.filter(({ kind }) => kind !== "unknown");
      if (known.length > 0)
        report(
          "document",
          `must not give builds to other accounts or encrypt them with another key, because the image has channels, which decide who gets a build, and when: remove ${locationsOf(known)}`,
          file,
        );
      const unknown = others.filter(({ kind }) => kind === "unknown");
      if (unknown.length > 0)
        report(
          "document",
          `must not use references as the values of ${locationsOf(unknown)}: these inputs can give builds to other accounts, and the image has channels, so the factory must be able to check the values. Write them out`,
          file,
        );
    },
  }),
  rule({
    id: "no-export-of-encrypted-image",
    description:
      "A distribution document exports no disk image to Amazon S3: VM Import/Export can't export encrypted AMIs, and the factory encrypts every AMI.",
    source: "https://docs.aws.amazon.com/vm-import/latest/userguide/limits-image-export.html",
    each: workflowDocuments,
    check({ document, file }, report) {
      const exports = document.accessInputs.filter(({ kind }) => kind === "export");
      if (exports.length > 0)
        report(
          "document",
          `must not contain s3ExportConfiguration (${listOf(exports.map(({ location }) => location))}): AWS can't export encrypted AMIs, and the image key encrypts every AMI`,
          file,
        );
    },
  }),
  rule({
    id: "test-workflows-need-tests",
    description: "Test workflows require tests.enabled.",
    each: buildables,
    check({ image: { testsEnabled }, entry }, report) {
      if (!testsEnabled && entry.workflows?.tests)
        report(["workflows", "tests"], "requires tests.enabled: true");
    },
  }),
  rule({
    id: "test-workflow-tests",
    severity: "warning",
    description:
      "If an image lists test workflows, at least one of them runs tests: AWS's own test workflow doesn't run then.",
    each: completeBuildables,
    check({ image, entry }, report) {
      const tests = testDocuments(image);
      if (
        entry.workflows?.tests &&
        tests.length > 0 &&
        !tests.some((test) => isTesting(test, image.platform))
      )
        report(
          ["workflows", "tests"],
          `contain no workflow that runs the components' tests: add { awsManaged: test-${image.kind} }`,
        );
    },
  }),
  rule({
    id: "scan-findings-collected",
    severity: "warning",
    description:
      "With `scan: true` and a list of test workflows, one of them collects the findings of the scan.",
    each: completeBuildables,
    check({ image }, report) {
      const tests = testDocuments(image);
      if (
        image.scan &&
        tests.length > 0 &&
        !tests.some((test) => hasAction(test, image.platform, "CollectImageScanFindings"))
      )
        report(
          "scan",
          `has no effect, because no test workflow collects the findings: add { awsManaged: test-${image.kind} }`,
        );
    },
  }),
  rule({
    id: "parallel-group-together",
    severity: "warning",
    description:
      "Test workflows of a parallel group are listed next to each other: Image Builder starts the whole group with its first workflow, wherever the others are listed.",
    each: workflows,
    check({ image, workflow }, report) {
      const { parallelGroup: group } = workflow;
      const tests = testsOf(image);
      const index = tests.indexOf(workflow);
      const previous = tests.findLastIndex(
        (other, at) => at < index && other.parallelGroup === group,
      );
      if (group !== undefined && previous >= 0 && previous < index - 1)
        report(
          "parallelGroup",
          "is out of order: Image Builder runs the workflow together with the first one of its group. List them next to each other",
          group,
        );
    },
  }),
  rule({
    id: "workflow-outputs",
    description:
      "Output names are unique across the workflows of an image, and a workflow reads only outputs of earlier ones.",
    source: "https://docs.aws.amazon.com/imagebuilder/latest/userguide/wfdoc-dynamic-vars.html",
    each: workflowDocuments,
    check({ image, workflow, document, file }, report) {
      const earlier = image.workflows.slice(0, image.workflows.indexOf(workflow));
      const taken = earlier.flatMap((other) => outputsOf(other) ?? []);
      for (const name of document.outputs) {
        if (taken.includes(name))
          report(
            "document",
            `must not contain an output ${name}, which an earlier workflow has`,
            file,
          );
      }
      const { parallelGroup: group } = workflow;
      const finished = earlier
        .filter((other) => group === undefined || other.parallelGroup !== group)
        .map(outputsOf);
      if (finished.some((outputs) => outputs === undefined)) return;
      const available = finished.flatMap((outputs) => outputs ?? []);
      for (const name of new Set(document.consumedOutputs)) {
        if (!available.includes(name))
          report("document", unavailableMessage(name, available), file);
      }
    },
  }),
];
