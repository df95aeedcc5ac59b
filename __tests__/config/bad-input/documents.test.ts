import { testBadInput } from "../../../tools/fixtures/bad-input";
import {
  DOCUMENT,
  minimalContainer,
  problemsOf,
  WORKFLOW,
  workflowDocument,
} from "../../../tools/fixtures/factory-file";

const LAUNCH = "action: LaunchInstance, inputs: { waitFor: ssmAgent }";

const ALIAS_BOMB = Array.from({ length: 9 }, (_, level) => {
  const item = level === 0 ? "lol" : `*l${level - 1}`;
  return `l${level}: &l${level} [${Array(9).fill(item).join(",")}]`;
}).join("\n");

testBadInput([
  {
    title: "two component documents with one name",
    mutate: (f) => {
      f.images.web.components = [{ document: "other/agent.yaml", parameters: { Path: "/" } }];
    },
    documents: { "agent.yaml": DOCUMENT, "other/agent.yaml": DOCUMENT },
    problems: [
      "images.web.components[0].document: must not have the same component name as agent.yaml, 'agent': set another name, got: \"other/agent.yaml\" [component-name-unique]",
    ],
  },
  {
    title: "a component document whose file name isn't a valid component name",
    mutate: (f) => {
      f.images.web.components = [{ document: "My Agent.yaml", parameters: { Path: "/" } }];
    },
    documents: { "agent.yaml": DOCUMENT, "My Agent.yaml": DOCUMENT },
    problems: [
      "images.web.components[0].document: gives the component an invalid name: 'My Agent' must be a name of 3 to 126 characters: lower-case letters and digits with single hyphens between them, because Image Builder treats names that differ only in case, spaces, underscores or hyphens as one name. Rename the file, or set name, got: \"My Agent.yaml\" [component-file-name]",
    ],
  },
  {
    title: "a workflow document whose file name isn't a valid workflow name",
    mutate: (f) => {
      f.images.base.workflows = {
        tests: [{ awsManaged: "test-image" }, { document: "My Gate.yaml" }],
      };
    },
    documents: { "agent.yaml": DOCUMENT, "My Gate.yaml": WORKFLOW },
    problems: [
      "images.base.workflows.tests[1].document: gives the workflow the name 'My Gate', which must be a name of 3 to 126 characters: lower-case letters and digits with single hyphens between them, because Image Builder treats names that differ only in case, spaces, underscores or hyphens as one name, got: \"My Gate.yaml\" [workflow-file-name]",
    ],
  },
  {
    title: "an action module that the platform doesn't support",
    mutate: () => undefined,
    documents: { "agent.yaml": DOCUMENT.replace("ExecuteBash", "ExecutePowerShell") },
    problems: [
      'images.base.components[1].document: uses actions that Linux doesn\'t support: ExecutePowerShell (agent.yaml:13:9), got: "agent.yaml" [component-action-platform]',
    ],
  },
  {
    title: "a symbolic link on Windows, which AWSTOE can't create",
    mutate: (f) => {
      f.images = {
        base: {
          ...f.images.base,
          platform: "Windows",
          parent: { awsManaged: "windows-server-2025-english-full-base-x86" },
          components: [{ document: "link.yaml" }],
        },
      };
      delete f.appAccounts;
    },
    documents: {
      "link.yaml": `schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: Link
        action: CreateSymlink
        inputs: [{ path: "C:/current", target: "C:/app-1" }]
`,
    },
    problems: [
      'images.base.components[0].document: uses actions that Windows doesn\'t support: CreateSymlink (link.yaml:5:9), got: "link.yaml" [component-action-platform]',
    ],
  },
  {
    title: "a component document for two platforms",
    mutate: (f) => {
      f.images.win = {
        ...f.images.base,
        parent: { awsManaged: "windows-server-2025-english-full-base-x86" },
        platform: "Windows",
        components: f.images.base.components.slice(1),
      };
    },
    documents: {
      "agent.yaml": DOCUMENT.replace(
        /action: .*/s,
        "action: CreateFolder\n        inputs: [{ path: '{{ Path }}/{{ LogLevel }}' }]\n",
      ),
    },
    problems: [
      'images.win.components[0].document: must be a document for Windows: it is already used for Linux, and a document is for one platform. Copy it to a file with another name, got: "agent.yaml" [component-one-platform]',
    ],
  },
  {
    title: "a component document that is a folder",
    mutate: (f) => {
      f.images.web.components = [{ document: "folder.yaml" }];
    },
    documents: { "agent.yaml": DOCUMENT, "folder.yaml/x": "" },
    problems: [
      'images.web.components[0].document: must be an existing file, relative to the factory file, got: "folder.yaml" [file-exists]',
    ],
  },
  {
    title: "a component document whose aliases expand without end",
    mutate: () => undefined,
    documents: { "agent.yaml": ALIAS_BOMB },
    problems: [
      "agent.yaml:9:42 has YAML aliases (*name) that expand to too much content: replace them with the values that they stand for",
    ],
  },
  {
    title: "an unused parameter of a component document, as a warning",
    mutate: (f) => {
      f.images.web.components = [{ document: "quiet.yaml" }];
    },
    documents: {
      "agent.yaml": DOCUMENT,
      "quiet.yaml": DOCUMENT.replace("{{ LogLevel }} ", "").replace(
        "  - Path:\n      type: string\n",
        "  - Path:\n      type: string\n      default: /\n",
      ),
    },
    problems: [
      "warning: quiet.yaml:6:7 parameters.LogLevel: is declared but not used [unused-parameter]",
    ],
  },
  {
    title: "a phase whose name is nearly that of one that Image Builder runs, as a warning",
    mutate: (f) => {
      f.images.web.components = [{ document: "quiet.yaml" }];
    },
    documents: {
      "agent.yaml": DOCUMENT,
      "quiet.yaml": `schemaVersion: 1.0
phases:
  - name: build
    steps:
      - { name: Do, action: ExecuteBash, inputs: { commands: [echo 1] } }
  - name: tests
    steps:
      - { name: Do, action: ExecuteBash, inputs: { commands: [echo 2] } }
`,
    },
    problems: [
      "warning: quiet.yaml:6:11 tests.name: isn't a phase that Image Builder runs: did you mean 'test'?, got: \"tests\" [phase-name]",
    ],
  },
  {
    title: "an invalid Dockerfile once, with its line, however many containers name it",
    mutate: (f) => {
      f.containers = {
        one: { ...minimalContainer(), dockerfile: "Dockerfile" },
        two: { ...minimalContainer(), dockerfile: "Dockerfile" },
      };
    },
    documents: {
      "agent.yaml": DOCUMENT,
      Dockerfile: "FROM {{{ imagebuilder:parentImage }}}\n{{{ imagebuilder:components }}}\n",
    },
    problems: ["Dockerfile:1 must contain the placeholder {{{ imagebuilder:environments }}}"],
  },
  {
    title: "an empty user data file",
    mutate: (f) => (f.images.base.userData = "start.sh"),
    documents: { "agent.yaml": DOCUMENT, "start.sh": "" },
    problems: [
      'images.base.userData: must be a file with content, got: "start.sh" [user-data-size]',
    ],
  },
  {
    title: "a user data file that is too long",
    mutate: (f) => (f.images.base.userData = "start.sh"),
    documents: { "agent.yaml": DOCUMENT, "start.sh": "#".repeat(16_384) },
    problems: ["images.base.userData: must have at most 16383 bytes, got: 16384 [user-data-size]"],
  },
  {
    title: "a channel for the shared account",
    mutate: (f) => {
      f.images.base.share.channels.stable.principals = {
        accounts: ["111111111111", "222222222222"],
      };
    },
    problems: [
      "images.base.share.channels.stable.principals.accounts: must not contain the shared account (111111111111), which can use its images without a share [channel-for-other-accounts]",
    ],
  },
  {
    title: "a resource share whose name is too long",
    mutate: (f) => {
      f.images.base.share.channels["c".repeat(250)] = { principals: { organization: true } };
    },
    problems: [
      `images.base.share.channels.${"c".repeat(250)}: is too long: its resource share 'golden-image-base--${"c".repeat(250)}' has 269 characters, at most 255 are allowed [share-name-length]`,
    ],
  },
  {
    title: "a step action that test workflows don't support",
    mutate: (f) => (f.images.base.workflows = { tests: [{ document: "gate.yaml" }] }),
    documents: {
      "agent.yaml": DOCUMENT,
      "gate.yaml": `${WORKFLOW}  - { name: Copy, action: DistributeImage }\n`,
    },
    problems: [
      'images.base.workflows.tests[0].document: uses step actions that a test workflow of Linux images doesn\'t support: DistributeImage (gate.yaml:20:5), got: "gate.yaml" [workflow-steps-supported]',
    ],
  },
  {
    title: "a step action for another platform, unless its condition excludes the image's platform",
    mutate: (f) => (f.images.base.workflows = { tests: [{ document: "gate.yaml" }] }),
    documents: {
      "agent.yaml": DOCUMENT,
      "gate.yaml": `${WORKFLOW}  - { name: Always, action: RunSysPrep, inputs: { instanceId: i-1 } }
  - { name: Windows, action: RunSysPrep, inputs: { instanceId: i-1 }, if: { stringEquals: Windows, value: $.imagebuilder.platform } }
  - { name: Linux, action: RunSysPrep, inputs: { instanceId: i-1 }, if: { not: { stringEquals: Windows, value: $.imagebuilder.platform } } }
`,
    },
    problems: [
      'images.base.workflows.tests[0].document: uses step actions that a test workflow of Linux images doesn\'t support: RunSysPrep (gate.yaml:20:5), RunSysPrep (gate.yaml:22:5), got: "gate.yaml" [workflow-steps-supported]',
    ],
  },
  {
    title: "workflow parameters of another type, lists and missing ones",
    mutate: (f) => {
      const parameters = { Times: "two", Wanted: "yes", Names: "a" };
      f.images.base.workflows = {
        tests: [{ awsManaged: "test-image" }, { document: "gate.yaml", parameters }],
      };
    },
    documents: {
      "agent.yaml": DOCUMENT,
      "gate.yaml": `schemaVersion: 1.0
parameters:
  - { name: Times, type: integer }
  - { name: Wanted, type: boolean }
  - { name: Names, type: stringList }
  - { name: Text, type: string }
  - { name: topicArn, type: stringList }
steps:
  - name: Wait
    action: WaitForAction
    inputs: { payload: "{{ $.parameters.Times }}{{ $.parameters.Wanted }}{{ $.parameters.Names }}{{ $.parameters.Text }}" }
  - name: Notify
    action: WaitForAction
    inputs: { snsTopicArn.$: "$.parameters.topicArn[0]" }
`,
    },
    problems: [
      'images.base.workflows.tests[1].parameters.Times: must be of type integer, got: "two" [workflow-parameters]',
      'images.base.workflows.tests[1].parameters.Wanted: must be of type boolean, got: "yes" [workflow-parameters]',
      'images.base.workflows.tests[1].parameters.Names: is declared as a list, which the AWS provider can\'t pass: remove it here, and give it a default in the document, got: "a" [workflow-parameters]',
      "images.base.workflows.tests[1].parameters.Text: is missing: gate.yaml declares it without a default [workflow-parameters]",
      "images.base.workflows.tests[1].parameters.topicArn: needs a default in gate.yaml: it is declared as a list, which the AWS provider can't pass [workflow-parameters]",
    ],
  },
  {
    title: "a default that isn't the ARN of a state machine",
    mutate: (f) => (f.images.base.workflows = { tests: [{ document: "gate.yaml" }] }),
    documents: { "agent.yaml": DOCUMENT, "gate.yaml": WORKFLOW.replace(/"arn:.*?"/, "check") },
    problems: [
      "images.base.workflows.tests[0].document: gives the parameter Machine the default 'check', which must be the ARN of a Step Functions state machine, got: \"gate.yaml\" [workflow-permission-named]",
    ],
  },
  {
    title: "a build workflow that continues when its components fail",
    mutate: (f) => (f.images.base.workflows = { build: { document: "build.yaml" } }),
    documents: {
      "agent.yaml": DOCUMENT,
      "build.yaml": workflowDocument(
        [
          LAUNCH,
          'action: ExecuteComponents, onFailure: Continue, inputs: { instanceId.$: "$.stepOutputs.Step0.instanceId" }',
        ],
        ["name: ImageId, value: x"],
      ),
    },
    problems: [
      'images.base.workflows.build.document: must abort when ExecuteComponents fails: otherwise an unhardened image is produced, got: "build.yaml" [workflow-required-steps]',
    ],
  },
  {
    title: "two workflow documents with one name",
    mutate: (f) => {
      f.images.base.workflows = { tests: [{ document: "gate.yaml" }] };
      f.images.web.workflows = { tests: [{ document: "other/gate.yaml" }] };
    },
    documents: { "agent.yaml": DOCUMENT, "gate.yaml": WORKFLOW, "other/gate.yaml": WORKFLOW },
    problems: [
      'images.web.workflows.tests[0].document: must not have the same name as gate.yaml: rename one of the files, got: "other/gate.yaml" [workflow-name-unique]',
    ],
  },
]);

test("validateFactory accepts the longest user data that Image Builder allows", () => {
  const problems = problemsOf((f) => (f.images.base.userData = "start.sh"), {
    "agent.yaml": DOCUMENT,
    "start.sh": "#".repeat(16_383),
  });
  expect(problems).toEqual([]);
});

test("validateFactory reports an invalid document once, however many images name it", () => {
  const problems = problemsOf((f) => (f.images.web.components = f.images.base.components), {
    "agent.yaml": DOCUMENT.replace("ExecuteBash", "RunBash"),
  });
  expect(problems).toEqual([
    expect.stringMatching(
      /^agent\.yaml:14:17 build\.Install\.action: must be one of AppendFile, .*, got: "RunBash"$/,
    ),
  ]);
});

test("validateFactory reports an invalid workflow document with its lines", () => {
  const problems = problemsOf(
    (f) => (f.images.base.workflows = { tests: [{ document: "gate.yaml" }] }),
    {
      "agent.yaml": DOCUMENT,
      "gate.yaml": WORKFLOW.replace("documentName: Harden", "document: Harden"),
    },
  );
  expect(problems).toEqual([
    "gate.yaml:13:13 Harden.inputs.documentName: is missing, must be a string",
    "gate.yaml:13:62 Harden.inputs: unknown key 'document': the keys here are instanceId, documentName, documentVersion, parameters",
  ]);
});

test("validateFactory accepts a distribution workflow that distributes", () => {
  const problems = problemsOf(
    (f) => (f.images.base.workflows = { distribution: { document: "gate.yaml" } }),
    {
      "agent.yaml": DOCUMENT,
      "gate.yaml": `${WORKFLOW}  - { name: Copy, action: DistributeImage }\n`,
    },
  );
  expect(problems).toEqual([]);
});

test("validateFactory reports a workflow whose name is too long", () => {
  const long = `${"x".repeat(123)}.yaml`;
  const problems = problemsOf((f) => (f.images.base.workflows = { tests: [{ document: long }] }), {
    "agent.yaml": DOCUMENT,
    [long]: WORKFLOW,
  });
  expect(problems).toEqual([
    expect.stringMatching(
      /^images\.base\.workflows\.tests\[0\]\.document: is too long: its workflow 'base--x+' has 129 characters, at most 128 are allowed, got: .*\[workflow-file-name\]$/,
    ),
  ]);
});

describe("test workflows", () => {
  const scanWarning =
    "warning: images.base.scan: has no effect, because no test workflow collects the findings: add { awsManaged: test-image } [scan-findings-collected]";
  const check = workflowDocument([
    LAUNCH,
    'action: ExecuteComponents, inputs: { instanceId.$: "$.stepOutputs.Step0.instanceId" }',
  ]);
  const problemsWith = (wait: string, ...tests: object[]) =>
    problemsOf((f) => Object.assign(f.images.base, { scan: true, workflows: { tests } }), {
      "agent.yaml": DOCUMENT,
      "wait.yaml": wait,
      "check.yaml": check,
    });
  const waiting = workflowDocument(["action: WaitForAction"]);

  test("validateFactory warns of tests that test nothing and of findings that no test collects", () => {
    expect(problemsWith(waiting, { document: "wait.yaml" })).toEqual([
      "warning: images.base.workflows.tests: contain no workflow that runs the components' tests: add { awsManaged: test-image } [test-workflow-tests]",
      scanWarning,
    ]);
  });

  test("validateFactory warns only of the findings if a test runs the components", () => {
    expect(problemsWith(waiting, { document: "wait.yaml" }, { document: "check.yaml" })).toEqual([
      scanWarning,
    ]);
  });

  test("validateFactory takes AWS's own test workflow for a test that collects findings", () => {
    const tests = [{ awsManaged: "test-image" }, { document: "wait.yaml" }];
    expect(problemsWith(waiting, ...tests)).toEqual([]);
  });

  test("validateFactory takes a function that a test waits for for a test", () => {
    const calling = workflowDocument([
      "action: WaitForAction, inputs: { lambdaFunctionName: check }",
    ]);
    expect(problemsWith(calling, { document: "wait.yaml" })).toEqual([scanWarning]);
  });
});

describe("workflow outputs", () => {
  const reading = (output: string) =>
    `action: WaitForAction, inputs: { payload: "{{ $.workflowOutputs.${output} }}" }`;
  const leaving = (output: string) => `name: ${output}, value: "$.stepOutputs.Step0.action"`;
  const documents = {
    "agent.yaml": DOCUMENT,
    "one.yaml": workflowDocument([reading("ImageId")], [leaving("Answer"), leaving("ImageId")]),
    "two.yaml": workflowDocument([reading("Answer"), reading("Other")], [leaving("Answer")]),
  };
  const problemsWith = (workflows: object) =>
    problemsOf((f) => (f.images.base.workflows = workflows), documents);
  const managed = { awsManaged: "test-image" };

  testBadInput([
    {
      title: "outputs that two workflows have, and outputs that none has",
      mutate: (f) =>
        (f.images.base.workflows = {
          tests: [managed, { document: "one.yaml" }, { document: "two.yaml" }],
        }),
      documents,
      problems: [
        'images.base.workflows.tests[1].document: must not contain an output ImageId, which an earlier workflow has, got: "one.yaml" [workflow-outputs]',
        'images.base.workflows.tests[2].document: must not contain an output Answer, which an earlier workflow has, got: "two.yaml" [workflow-outputs]',
        'images.base.workflows.tests[2].document: must not read $.workflowOutputs.Other: earlier workflows have ImageId, Answer, got: "two.yaml" [workflow-outputs]',
      ],
    },
  ]);

  test("validateFactory reports outputs of a workflow that runs at the same time", () => {
    const together = ["two.yaml", "one.yaml"].map((document) => ({
      document,
      parallelGroup: "both",
    }));
    expect(problemsWith({ tests: [managed, ...together] })).toContain(
      'images.base.workflows.tests[1].document: must not read $.workflowOutputs.Answer: earlier workflows have ImageId, got: "two.yaml" [workflow-outputs]',
    );
  });

  test("validateFactory accepts any output after an AWS-managed workflow whose outputs aren't documented", () => {
    const build = { awsManaged: "express-build-image" };
    expect(problemsWith({ build, tests: [managed, { document: "two.yaml" }] })).toEqual([]);
  });
});
