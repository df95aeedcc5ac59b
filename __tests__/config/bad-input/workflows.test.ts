import { testBadInput } from "../../../tools/fixtures/bad-input";
import {
  DOCUMENT,
  minimalContainer,
  problemsOf,
  type Raw,
  WORKFLOW,
  workflowDocument,
} from "../../../tools/fixtures/factory-file";

const ON_WINDOWS = "if: { stringEquals: Windows, value: $.imagebuilder.platform }";

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
      "warning: images.base.workflows.tests[1].awsManaged: isn't a known AWS-managed test workflow, did you mean 'test-image'?, got: \"test-imgae\" [managed-workflow-known]",
      'warning: images.base.workflows.distribution.awsManaged: isn\'t a known AWS-managed distribution workflow. For images, the factory knows distribute-image, got: "constructor" [managed-workflow-known]',
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
  {
    title: "distributions of a shared image that give builds to others, each input of each step",
    mutate: (f) => (f.images.base.workflows = { distribution: { document: "give.yaml" } }),
    documents: {
      "agent.yaml": DOCUMENT,
      "give.yaml": `schemaVersion: 1.0
steps:
  - name: Copy
    action: DistributeImage
    inputs:
      distributions:
        - region: eu-west-1
          targetAccountIds: ["222222222222"]
          kmsKeyId: alias/another
        - region: eu-west-1
          targetAccountIds.$: "{{ $.parameters.accounts }}"
  - name: Attributes
    action: ModifyImageAttributes
    inputs:
      distributedImages.$: $.stepOutputs.Copy.distributedImages
      attributes:
        - { region: eu-west-1, launchPermission: { userIds: ["222222222222"] } }
        - { region: eu-west-1, launchPermission: { userGroups: [all] } }
        - { region: eu-west-1, launchPermission: { organizationArns: ["arn:aws:organizations::999999999999:organization/o-abcdefghij"] } }
        - { region: eu-west-1, launchPermission: { organizationalUnitArns: ["arn:aws:organizations::999999999999:ou/o-abcdefghij/ou-abcd-11111111"] } }
  - name: Configure
    action: ApplyImageConfigurations
    inputs:
      distributedImages.$: $.stepOutputs.Copy.distributedImages
      configurations:
        - region: eu-west-1
          launchTemplateConfigurations: { launchTemplateId: lt-0123456789abcdef0, accountId: "222222222222" }
          ssmParameterConfigurations: { parameterName: /imagebuilder/base, amiAccountId: "222222222222" }
parameters:
  - { name: accounts, type: stringList, default: ["222222222222"] }
`,
    },
    problems: [
      'images.base.workflows.distribution.document: must not give builds to other accounts or encrypt them with another key, because the image has channels, which decide who gets a build, and when: remove targetAccountIds (give.yaml:8:29), kmsKeyId (give.yaml:9:21), targetAccountIds (give.yaml:11:31), launchPermission (give.yaml:17:50), launchPermission (give.yaml:18:50), launchPermission (give.yaml:19:50), launchPermission (give.yaml:20:50), accountId (give.yaml:27:94), amiAccountId (give.yaml:28:90), got: "give.yaml" [distribution-within-channels]',
    ],
  },
  {
    title: "distributions of a shared image whose settings are known only when the step runs",
    mutate: (f) => (f.images.base.workflows = { distribution: { document: "give.yaml" } }),
    documents: {
      "agent.yaml": DOCUMENT,
      "give.yaml": workflowDocument([
        'action: DistributeImage, inputs: { distributions: "{{ $.parameters.all }}" }',
        'action: ModifyImageAttributes, inputs: { distributedImages.$: $.stepOutputs.Step0.distributedImages, attributes.$: "{{ $.parameters.all }}" }',
        'action: ApplyImageConfigurations, inputs: { distributedImages.$: $.stepOutputs.Step0.distributedImages, configurations: [{ region: eu-west-1, launchTemplateConfigurations.$: "{{ $.parameters.all }}" }] }',
      ]).replace("steps:", "parameters: [{ name: all, type: string, default: x }]\nsteps:"),
    },
    problems: [
      'images.base.workflows.distribution.document: must not use references as the values of distributions (give.yaml:4:70), attributes (give.yaml:5:135), launchTemplateConfigurations (give.yaml:6:194): these inputs can give builds to other accounts, and the image has channels, so the factory must be able to check the values. Write them out, got: "give.yaml" [distribution-within-channels]',
    ],
  },
  {
    title: "exports of an image, which is encrypted, whether it has channels or not",
    mutate: (f) => {
      delete f.images.base.share;
      delete f.appAccounts;
      f.images.base.workflows = { distribution: { document: "export.yaml" } };
    },
    documents: {
      "agent.yaml": DOCUMENT,
      "export.yaml": workflowDocument([
        "action: DistributeImage",
        "action: ApplyImageConfigurations, inputs: { distributedImages.$: $.stepOutputs.Step0.distributedImages, configurations: [{ region: eu-west-1, s3ExportConfiguration: { roleName: vmimport, diskImageFormat: RAW, s3Bucket: disks } }] }",
      ]),
    },
    problems: [
      'images.base.workflows.distribution.document: must not contain s3ExportConfiguration (export.yaml:4:185): AWS can\'t export encrypted AMIs, and the image key encrypts every AMI, got: "export.yaml" [no-export-of-encrypted-image]',
    ],
  },
  {
    title: "topics of another account, in a parameter's value, in its default and in a step",
    mutate: (f) => {
      f.images.base.workflows = {
        tests: [
          {
            document: "gate.yaml",
            parameters: { topicArn: "arn:aws:sns:eu-west-1:222222222222:approvals" },
          },
          { document: "gate.yaml", parameters: { topicArn: "approvals" } },
          { document: "default.yaml" },
          { document: "literal.yaml" },
        ],
      };
    },
    documents: {
      "agent.yaml": DOCUMENT,
      "gate.yaml": WORKFLOW,
      "default.yaml": WORKFLOW.replace(
        "{ name: topicArn, type: string }",
        '{ name: topicArn, type: string, default: "arn:aws:sns:eu-west-1:222222222222:a" }',
      ),
      "literal.yaml": WORKFLOW.replace(
        "snsTopicArn.$: $.parameters.topicArn",
        'snsTopicArn: "arn:aws:sns:eu-west-1:222222222222:b"',
      ).replace("  - { name: topicArn, type: string }\n", ""),
    },
    problems: [
      'images.base.workflows.tests[0].parameters.topicArn: must be an SNS topic of the account 111111111111, which builds the image: Image Builder can publish only to topics of that account, got: "arn:aws:sns:eu-west-1:222222222222:approvals" [topic-in-own-account]',
      'images.base.workflows.tests[1].parameters.topicArn: must be the ARN of an SNS topic, got: "approvals" [topic-in-own-account]',
      "images.base.workflows.tests[2].document: gives the parameter topicArn the default 'arn:aws:sns:eu-west-1:222222222222:a', which must be an SNS topic of the account 111111111111, which builds the image: Image Builder can publish only to topics of that account, got: \"default.yaml\" [topic-in-own-account]",
      'images.base.workflows.tests[3].document: publishes to arn:aws:sns:eu-west-1:222222222222:b, which must be an SNS topic of the account 111111111111, which builds the image: Image Builder can publish only to topics of that account, got: "literal.yaml" [topic-in-own-account]',
    ],
  },
  {
    title: "required steps whose condition excludes the platform of the image",
    mutate: (f) => {
      f.images.base.workflows = {
        build: { document: "windows.yaml" },
        tests: [{ document: "check.yaml" }],
        distribution: { document: "copy.yaml" },
      };
      f.images.base.scan = true;
      f.images.base.outputs = { parameter: "/imagebuilder/base" };
    },
    documents: {
      "agent.yaml": DOCUMENT,
      "windows.yaml": workflowDocument(
        [
          "action: LaunchInstance, inputs: { waitFor: ssmAgent }",
          `action: ExecuteComponents, ${ON_WINDOWS}, inputs: { instanceId.$: $.stepOutputs.Step0.instanceId }`,
          "action: CreateImage, inputs: { instanceId.$: $.stepOutputs.Step0.instanceId }",
        ],
        ["name: ImageId, value: $.stepOutputs.Step2.imageId"],
      ),
      "check.yaml": workflowDocument([
        "action: LaunchInstance, inputs: { waitFor: ssmAgent }",
        `action: CollectImageScanFindings, ${ON_WINDOWS}, inputs: { instanceId.$: $.stepOutputs.Step0.instanceId }`,
      ]),
      "copy.yaml": workflowDocument([
        `action: DistributeImage, ${ON_WINDOWS}`,
        `action: ApplyImageConfigurations, ${ON_WINDOWS}, inputs: { distributedImages.$: $.stepOutputs.Step0.distributedImages }`,
      ]),
    },
    problems: [
      'images.base.workflows.build.document: must contain a step with the action ExecuteComponents: otherwise the recipe\'s components never run, got: "windows.yaml" [workflow-required-steps]',
      'images.base.workflows.distribution.document: must contain a step with the action DistributeImage: otherwise nothing is distributed, got: "copy.yaml" [workflow-required-steps]',
      'images.base.workflows.distribution.document: must contain a step with the action ApplyImageConfigurations, because the image has outputs.parameter, got: "copy.yaml" [outputs-need-configurations-step]',
      "warning: images.base.workflows.tests: contain no workflow that runs the components' tests: add { awsManaged: test-image } [test-workflow-tests]",
      "warning: images.base.scan: has no effect, because no test workflow collects the findings: add { awsManaged: test-image } [scan-findings-collected]",
    ],
  },
  {
    title: "a step that asks for an answer which has no effect",
    mutate: (f) => (f.images.base.workflows = { tests: [{ document: "ask.yaml" }] }),
    documents: {
      "agent.yaml": DOCUMENT,
      "ask.yaml": workflowDocument([
        "action: LaunchInstance, inputs: { waitFor: ssmAgent }",
        "action: ExecuteComponents, inputs: { instanceId.$: $.stepOutputs.Step0.instanceId }",
        "action: WaitForAction, onFailure: Continue, inputs: { snsTopicArn.$: $.parameters.topicArn }",
      ]).replace("steps:", "parameters: [{ name: topicArn, type: string }]\nsteps:"),
    },
    problems: [
      'warning: ask.yaml:6:54 Step2.onFailure: lets the build continue whatever the answer is, although the step asks for one with snsTopicArn: set Abort so that the answer STOP stops the build, or remove the step, got: "Continue" [approval-has-effect]',
    ],
  },
]);

test.each([
  [
    "an image without channels",
    (f: Raw) => [delete f.images.base.share, delete f.appAccounts],
    "222222222222",
  ],
  ["its own account", () => undefined, "111111111111"],
])("a distribution may copy to accounts, share and use a key: %s", (_what, change, account) => {
  const documents = {
    "agent.yaml": DOCUMENT,
    "give.yaml": `schemaVersion: 1.0
steps:
  - name: Copy
    action: DistributeImage
    inputs:
      distributions:
        - region: eu-west-1
          targetAccountIds: ["${account}"]
          kmsKeyId: arn:aws:kms:eu-west-1:${account}:alias/golden-image-factory/images
          amiTags: { kmsKeyId: is a tag here }
        - { region: eu-west-1, kmsKeyId: alias/golden-image-factory/images }
  - name: Attributes
    action: ModifyImageAttributes
    inputs:
      distributedImages.$: $.stepOutputs.Copy.distributedImages
      attributes:
        - { region: eu-west-1, launchPermission: { userIds: ["${account}"] } }
        - { region: eu-west-1, launchPermission: {} }
`,
  };
  const problems = problemsOf((f) => {
    change(f);
    f.images.base.workflows = { distribution: { document: "give.yaml" } };
  }, documents);
  expect(problems).toEqual([]);
});
