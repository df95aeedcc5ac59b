import { testBadInput } from "../../../tools/fixtures/bad-input";
import { DOCUMENT, minimalContainer, workflowDocument } from "../../../tools/fixtures/factory-file";

testBadInput([
  {
    title: "workflows of no kind and of two kinds",
    mutate: (f) =>
      (f.images.base.workflows = {
        build: {},
        tests: [{ awsManaged: "test-image", document: "gate.yaml" }, { document: "none.yaml" }],
      }),
    problems: [
      "images.base.workflows.build: must contain exactly one of awsManaged, document, got: {}",
      "images.base.workflows.tests[0]: must contain exactly one of awsManaged, document, got: {awsManaged, document}",
    ],
  },
  {
    title: "more than 9 test workflows",
    mutate: (f) =>
      (f.images.base.workflows = {
        tests: Array.from({ length: 10 }, () => ({ awsManaged: "test-image" })),
      }),
    problems: ["images.base.workflows.tests: must be a list of 1 to 9 items, got: a list of 10"],
  },
  {
    title: "more than 10 workflows",
    mutate: (f) =>
      (f.images.base.workflows = {
        tests: Array.from({ length: 9 }, (_, index) => ({
          awsManaged: "test-image",
          parallelGroup: `g${index}`,
        })),
        distribution: { awsManaged: "distribute-image" },
      }),
    problems: [
      "images.base.workflows.tests: must contain at most 8 test workflows if the image has a distribution workflow: Image Builder allows 10 workflows, including those for build and distribution [workflow-count]",
    ],
  },
  {
    title: "AWS-managed workflows of another type, and unknown ones",
    mutate: (f) =>
      (f.images.base.workflows = {
        build: { awsManaged: "express-test-image" },
        tests: [{ awsManaged: "build-image" }, { awsManaged: "test-imgae" }],
        distribution: { awsManaged: "constructor" },
      }),
    problems: [
      'images.base.workflows.build.awsManaged: must be an AWS-managed build workflow for images: build-image, build-image-with-update-ssm-agent, express-build-image, got: "express-test-image" [managed-workflow-type]',
      'images.base.workflows.tests[0].awsManaged: must be an AWS-managed test workflow for images: test-image, express-test-image, got: "build-image" [managed-workflow-type]',
      'images.base.workflows.tests[1].awsManaged: must be an AWS-managed test workflow for images: test-image, express-test-image, got: "test-imgae" [managed-workflow-type]',
      'images.base.workflows.distribution.awsManaged: must be an AWS-managed distribution workflow for images: distribute-image, got: "constructor" [managed-workflow-type]',
    ],
  },
  {
    title: "an approval step that continues on failure",
    mutate: (f) =>
      (f.images.base.workflows = { tests: [{ document: "gate.yaml", onFailure: "continue" }] }),
    problems: [
      'images.base.workflows.tests[0].onFailure: must be abort for a document with WaitForAction: otherwise the answer STOP doesn\'t stop the build, got: "continue" [approval-step-aborts]',
    ],
  },
  {
    title: "a state machine that isn't named by its ARN",
    mutate: (f) =>
      (f.images.base.workflows = {
        tests: [{ document: "gate.yaml", parameters: { Machine: "check" } }],
      }),
    problems: [
      'images.base.workflows.tests[0].parameters.Machine: must be the ARN of a Step Functions state machine, got: "check" [workflow-permission-named]',
    ],
  },
  {
    title: "a key of test workflows in a build workflow",
    mutate: (f) =>
      (f.images.base.workflows = { build: { awsManaged: "build-image", onFailure: "continue" } }),
    problems: [
      "images.base.workflows.build: unknown key 'onFailure': the keys here are awsManaged, document, parameters",
    ],
  },
  {
    title: "AWS-managed workflows for the other kind of image",
    mutate: (f) => {
      f.images.base.workflows = { build: { awsManaged: "build-container" } };
      f.containers = {
        runtime: { ...minimalContainer(), workflows: { tests: [{ awsManaged: "test-image" }] } },
      };
    },
    problems: [
      'images.base.workflows.build.awsManaged: must be an AWS-managed build workflow for images: build-image, build-image-with-update-ssm-agent, express-build-image, got: "build-container" [managed-workflow-type]',
      'containers.runtime.workflows.tests[0].awsManaged: must be an AWS-managed test workflow for containers: test-container, got: "test-image" [managed-workflow-type]',
    ],
  },
  {
    title: "test workflows of an image without tests",
    mutate: (f) =>
      Object.assign(f.images.base, {
        tests: { enabled: false },
        workflows: { tests: [{ awsManaged: "test-image" }] },
      }),
    problems: [
      "images.base.workflows.tests: requires tests.enabled: true [test-workflows-need-tests]",
    ],
  },
  {
    title: "test workflows of a parallel group that aren't listed together",
    mutate: (f) =>
      (f.images.base.workflows = {
        tests: [
          { awsManaged: "test-image", parallelGroup: "one" },
          { awsManaged: "express-test-image" },
          { document: "gate.yaml", parallelGroup: "one" },
        ],
      }),
    problems: [
      'warning: images.base.workflows.tests[2].parallelGroup: is out of order: Image Builder runs the workflow together with the first one of its group. List them next to each other, got: "one" [parallel-group-together]',
    ],
  },
  {
    title: "workflows without the steps and outputs that Image Builder needs",
    mutate: (f) => {
      f.images.base.workflows = {
        build: { document: "gate.yaml" },
        distribution: { document: "gate.yaml" },
      };
      f.containers = { runtime: { ...minimalContainer(), workflows: f.images.base.workflows } };
    },
    problems: [
      'images.base.workflows.build.document: must contain a step with the action ExecuteComponents: otherwise the recipe\'s components never run, got: "gate.yaml" [workflow-required-steps]',
      'images.base.workflows.build.document: must contain an output ImageId: otherwise Image Builder rejects the build, got: "gate.yaml" [workflow-required-steps]',
      'images.base.workflows.distribution.document: must contain a step with the action DistributeImage: otherwise nothing is distributed, got: "gate.yaml" [workflow-required-steps]',
      'containers.runtime.workflows.build.document: must contain a step with the action BootstrapInstanceForContainer: otherwise the instance can\'t build a container, got: "gate.yaml" [workflow-required-steps]',
      'containers.runtime.workflows.build.document: must contain a step with the action ExecuteComponents: otherwise the recipe\'s components never run, got: "gate.yaml" [workflow-required-steps]',
      'containers.runtime.workflows.build.document: must contain an output InstanceId: otherwise nothing is distributed from the instance, got: "gate.yaml" [workflow-required-steps]',
      'containers.runtime.workflows.distribution.document: must contain a step with the action DistributeContainerImage: otherwise nothing is pushed, got: "gate.yaml" [workflow-required-steps]',
    ],
  },
  {
    title: "an unknown workflow parameter, and an empty one",
    mutate: (f) =>
      (f.images.base.workflows = {
        tests: [{ document: "gate.yaml", parameters: { Other: "x", Machine: "" } }],
      }),
    problems: ['images.base.workflows.tests[0].parameters.Machine: must not be empty, got: ""'],
  },
  {
    title: "outputs that the distribution document doesn't write",
    mutate: (f) => {
      f.images.base.outputs = {
        parameter: "/imagebuilder/base",
        launchTemplates: { "eu-west-1": "lt-0123456789abcdef0" },
      };
      f.images.base.workflows = { distribution: { document: "copy.yaml" } };
    },
    documents: {
      "agent.yaml": DOCUMENT,
      "copy.yaml": workflowDocument(["action: DistributeImage"]),
    },
    problems: [
      'images.base.workflows.distribution.document: must contain a step with the action ApplyImageConfigurations, because the image has outputs.parameter and outputs.launchTemplates, got: "copy.yaml" [outputs-need-configurations-step]',
    ],
  },
]);
