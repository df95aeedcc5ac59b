import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { checkWorkflow } from "../../../../config/documents/workflow/check";
import { describeProblems, type Problem } from "../../../../config/problems";
import type { Raw } from "../../../../tools/fixtures/factory-file";
import { someCases } from "../../../../tools/fixtures/property-runs";
import { changedInEachPlace } from "../changed-in-each-place";

/** Builds, runs a command of the parameter's document, waits, and makes an image. */
const BUILD = `name: build
schemaVersion: 1.0
parameters:
  - { name: Document, type: string, default: Harden }
steps:
  - name: Launch
    action: LaunchInstance
    inputs: { waitFor: ssmAgent }
  - name: Apply
    action: ExecuteComponents
    inputs: { instanceId.$: $.stepOutputs.Launch.instanceId }
  - name: Harden
    action: RunCommand
    if: { and: [{ stringEquals: Linux, value: $.imagebuilder.platform }, { not: { stringEquals: "", value: $.parameters.Document } }] }
    inputs:
      instanceId.$: $.stepOutputs.Launch.instanceId
      documentName.$: $.parameters.Document
      parameters: { commands: ["echo {{ $.imagebuilder.imageName }}"] }
  - name: Create
    action: CreateImage
    timeoutSeconds: 86400
    inputs: { instanceId.$: $.stepOutputs.Launch.instanceId }
outputs:
  - { name: ImageId, value: $.stepOutputs.Create.imageId }
`;

const ALL_PLATFORMS = ["Linux", "Windows", "macOS"];

/** Problems as they are printed. */
function linesOf(problems: readonly Problem[]): string[] {
  const lines = describeProblems("factory.yaml", problems).split("\n");
  return lines.filter((line) => line.startsWith("  ")).map((line) => line.trim());
}

function problemsOf(text: string): string[] {
  return linesOf(checkWorkflow("w.yaml", text).problems);
}

/** The problems of {@link BUILD} after `change`, without their positions. */
function problemsAfter(change: (document: Raw) => unknown): string[] {
  const document = parse(BUILD);
  change(document);
  return problemsOf(stringify(document)).map((line) => line.replace(/^\S+ /, ""));
}

test("checkWorkflow returns the actions, outputs and required permissions of a valid document", () => {
  const checked = checkWorkflow("w.yaml", BUILD);
  expect(checked).toEqual({
    problems: [],
    value: {
      topics: [],
      accessInputs: [],
      description: undefined,
      parameters: [{ name: "Document", type: "string", default: "Harden" }],
      actions: [
        {
          action: "LaunchInstance",
          location: "w.yaml:6:5",
          continuesOnFailure: false,
          platforms: ALL_PLATFORMS,
        },
        {
          action: "ExecuteComponents",
          location: "w.yaml:9:5",
          continuesOnFailure: false,
          platforms: ALL_PLATFORMS,
        },
        {
          action: "RunCommand",
          location: "w.yaml:12:5",
          continuesOnFailure: false,
          platforms: ["Linux"],
        },
        {
          action: "CreateImage",
          location: "w.yaml:19:5",
          continuesOnFailure: false,
          platforms: ALL_PLATFORMS,
        },
      ],
      outputs: ["ImageId"],
      consumedOutputs: [],
      requiredPermissions: [{ kind: "document", value: { parameter: "Document" } }],
    },
  });
});

test.each(["wait-for-approval"])("checkWorkflow accepts workflows/%s.yaml", (name) => {
  expect(problemsOf(readFileSync(`workflows/${name}.yaml`, "utf8"))).toEqual([]);
});

// As published in https://github.com/hashicorp/terraform-provider-aws,
// internal/service/imagebuilder, and in public constructs.
test.each(["build-image", "build-container", "test-image"])(
  "checkWorkflow accepts the AWS-managed workflow %s",
  (name) => {
    expect(
      problemsOf(readFileSync(`__tests__/config/documents/workflow/aws/${name}.yaml`, "utf8")),
    ).toEqual([]);
  },
);

function distribution(parameterName: Raw) {
  return `schemaVersion: 1.0
steps:
  - name: Copy
    action: DistributeImage
  - name: Publish
    action: ApplyImageConfigurations
    inputs:
      distributedImages.$: $.stepOutputs.Copy.distributedImages
      configurations:
        - region: eu-west-1
          ssmParameterConfigurations: [{ ${parameterName}, dataType: text }]
`;
}

test.each([
  ["parameterName: /golden/base", [{ kind: "parameter", value: { text: "/golden/base" } }]],
  ["parameterName: /imagebuilder/base", []],
])(
  "checkWorkflow returns the permissions of a distribution that writes %s",
  (parameter, permissions) => {
    expect(checkWorkflow("w.yaml", distribution(parameter))).toMatchObject({
      value: { requiredPermissions: permissions },
    });
  },
);

const cases: readonly (readonly [string, (document: Raw) => unknown, ...string[]])[] = [
  [
    "an unknown key",
    (d) => (d.phases = []),
    "unknown key 'phases': the keys here are name, description, schemaVersion, parameters, steps, outputs",
  ],
  [
    "a document without a schema version",
    (d) => delete d.schemaVersion,
    "schemaVersion: is missing, must be 1.0",
  ],
  [
    "a document without steps",
    (d) => Object.assign(d, { steps: [], outputs: [], parameters: [] }),
    "steps: must contain at least one step, got: a list of 0",
  ],
  [
    "more steps than Image Builder accepts",
    (d) =>
      d.steps.push(
        ...Array.from({ length: 12 }, (_, index) => ({
          name: `More${index}`,
          action: "WaitForAction",
        })),
      ),
    "steps: must be a list of at most 15 steps, got: a list of 16",
  ],
  [
    "a step name that starts with a digit",
    (d) => (d.steps[1].name = "1st"),
    '1st.name: must be a letter followed by 1 to 99 letters, digits, - and _, got: "1st"',
  ],
  [
    "two steps of the same name",
    (d) => (d.steps[1].name = "Harden"),
    'Harden.name: must be unique among the steps of the document, got: "Harden"',
  ],
  [
    "an unknown action",
    (d) => (d.steps[1].action = "ExecuteBash"),
    'Apply.action: must be one of ApplyImageConfigurations, BootstrapInstanceForContainer, CollectImageMetadata, CollectImageScanFindings, CreateImage, CreateImageFromIso, DistributeContainerImage, DistributeImage, ExecuteComponents, ExecuteStateMachine, LaunchInstance, ModifyImageAttributes, RegisterImage, RunCommand, RunSysPrep, SanitizeInstance, TerminateInstance, WaitForAction, WaitForSSMAgent, got: "ExecuteBash"',
  ],
  [
    "an unknown onFailure",
    (d) => (d.steps[0].onFailure = "abort"),
    'Launch.onFailure: must be Abort or Continue, got: "abort"',
  ],
  [
    "a timeout above the action's limit",
    (d) => (d.steps[1].timeoutSeconds = 90_000),
    "Apply.timeoutSeconds: must be at most 86400 seconds for ExecuteComponents, got: 90000",
  ],
  [
    "a timeout of 0",
    (d) => (d.steps[1].timeoutSeconds = 0),
    "Apply.timeoutSeconds: must be a whole number of seconds, at least 1, got: 0",
  ],
  [
    "an unknown input",
    (d) => (d.steps[0].inputs.ami = "x"),
    "Launch.inputs: unknown key 'ami': the keys here are waitFor, imageIdOverride, instanceTypesOverride, healthCheck",
  ],
  [
    "a missing input",
    (d) => delete d.steps[1].inputs["instanceId.$"],
    "Apply.inputs.instanceId: is missing, must be a string",
  ],
  [
    "a step without inputs",
    (d) => delete d.steps[1].inputs,
    "Apply.inputs: is missing, must contain instanceId",
  ],
  [
    "an unsupported value of an input",
    (d) => (d.steps[0].inputs.waitFor = "nothing"),
    'Launch.inputs.waitFor: must be ssmAgent, got: "nothing"',
  ],
  [
    "a reference that would be used as literal text",
    (d) => (d.steps[1].inputs = { instanceId: "$.stepOutputs.Launch.instanceId" }),
    "Apply.inputs.instanceId: is used as literal text: rename the key to 'instanceId.$' or write '{{ $.stepOutputs.Launch.instanceId }}', got: \"$.stepOutputs.Launch.instanceId\"",
  ],
  [
    "a reference to an unknown step",
    (d) => (d.steps[1].inputs["instanceId.$"] = "$.stepOutputs.Start.instanceId"),
    "Apply.inputs.instanceId.$: refers to step 'Start', which doesn't exist: $.stepOutputs.Start.instanceId",
  ],
  [
    "a reference to a later step",
    (d) => (d.steps[1].inputs["instanceId.$"] = "$.stepOutputs.Create.imageId"),
    "Apply.inputs.instanceId.$: refers to a step that hasn't run yet: $.stepOutputs.Create.imageId",
  ],
  [
    "a reference to an output that the action doesn't have",
    (d) => (d.steps[1].inputs["instanceId.$"] = "$.stepOutputs.Launch.imageId"),
    "Apply.inputs.instanceId.$: refers to an output that LaunchInstance doesn't have: $.stepOutputs.Launch.imageId; expected instanceId",
  ],
  [
    "a reference to an undeclared parameter",
    (d) => (d.steps[2].inputs.parameters.commands[0] = "echo {{ $.parameters.Other }}"),
    "Harden.inputs.parameters.commands[0]: refers to a parameter that isn't declared: $.parameters.Other",
  ],
  [
    "a reference to an unknown variable of Image Builder",
    (d) => (d.steps[2].if = { stringEquals: "x", value: "$.imagebuilder.os" }),
    "Harden.if.value: refers to an unknown variable: $.imagebuilder.os; expected one of cloudWatchLogGroup, cloudWatchLogStream, collectImageMetadata, collectImageScanFindings, dateTime, imageBuildNumber, imageId, imageName, imageType, imageVersionNumber, instanceProfileName, platform, s3Logs, securityGroups, sourceImageARN, subnetId, terminateInstanceOnFailure, workflowPhase, workingDirectory",
  ],
  [
    "a reference to an unknown source",
    (d) => (d.steps[1].inputs["instanceId.$"] = "$.steps.Launch"),
    "Apply.inputs.instanceId.$: refers to an unknown source: $.steps.Launch; expected $.parameters, $.stepOutputs, $.workflowOutputs or $.imagebuilder",
  ],
  [
    "a parameter whose default has another type",
    (d) => {
      const parameters = [
        { name: "Count", type: "integer", default: "7" },
        { name: "Wanted", type: "boolean", default: "yes" },
        { name: "Names", type: "stringList", default: "a" },
        { name: "Others", type: "stringList", default: [{}] },
      ];
      d.parameters.push(...parameters);
      d.steps[2].inputs.parameters.commands = parameters.map(
        ({ name }) => `{{ $.parameters.${name} }}`,
      );
    },
    'parameters.Count.default: must be of type integer, got: "7"',
    'parameters.Wanted.default: must be of type boolean, got: "yes"',
    'parameters.Names.default: must be of type stringList, got: "a"',
    "parameters.Others.default[0]: must be a string, got: {}",
  ],
  [
    "a parameter that is written as in component documents, once",
    (d) => (d.parameters = [{ Document: { type: "string", default: "Harden" } }]),
    "parameters[0]: must contain its name: write '- { name: Document, type: … }', got: {Document}",
  ],
  [
    "two parameters of the same name",
    (d) => d.parameters.push(d.parameters[0]),
    'parameters.Document.name: must be unique among the parameters of the document, got: "Document"',
  ],
  [
    "a condition without an operator",
    (d) => (d.steps[2].if = { value: "$.parameters.Document" }),
    "Harden.if: must contain exactly one of stringEquals, booleanEquals, numberEquals, numberGreaterThan, numberGreaterThanEquals, numberLessThan, numberLessThanEquals, and, or, not, got: {value}",
  ],
  [
    "a condition without a value",
    (d) => (d.steps[2].if = { stringEquals: "x" }),
    "Harden.if.value: is missing, must be a string, a number, true or false",
  ],
  [
    "a condition of more than 4 levels",
    (d) =>
      (d.steps[2].if = {
        not: { not: { not: { not: { stringEquals: "x", value: "$.parameters.Document" } } } },
      }),
    "Harden.if.not.not.not.not: must be at most 4 levels deep, got: {stringEquals, value}",
  ],
  [
    "a document name that isn't known before the step runs",
    (d) => (d.steps[2].inputs["documentName.$"] = "$.stepOutputs.Apply.output"),
    'Harden.inputs.documentName.$: must be a name or a parameter: the execution role needs permission before the step runs, got: "{{ $.stepOutputs.Apply.output }}"',
  ],
  [
    "invalid names and ARNs of resources",
    (d) => {
      d.steps[2].inputs.documentName = "arn:x";
      delete d.steps[2].inputs["documentName.$"];
      d.steps.push(
        {
          name: "Notify",
          action: "WaitForAction",
          inputs: { lambdaFunctionName: "notify *", snsTopicArn: "hello" },
        },
        {
          name: "Run",
          action: "ExecuteStateMachine",
          inputs: { stateMachineArn: "arn:aws:states:*:111111111111:stateMachine:*" },
        },
      );
    },
    'Harden.inputs.documentName: must be the name or ARN of a Systems Manager document, got: "arn:x"',
    'Notify.inputs.lambdaFunctionName: must be the name or ARN of a Lambda function, got: "notify *"',
    'Notify.inputs.snsTopicArn: must be the ARN of an SNS topic, got: "hello"',
    'Run.inputs.stateMachineArn: must be the ARN of a Step Functions state machine, got: "arn:aws:states:*:111111111111:stateMachine:*"',
  ],
  [
    "an old launch template ID in a distribution step",
    (d) => {
      d.steps.push({
        name: "Templates",
        action: "ApplyImageConfigurations",
        inputs: {
          distributedImages: "{{ $.parameters.Document }}",
          configurations: [
            { launchTemplateConfigurations: [{ launchTemplateId: "lt-01234567" }] },
            { launchTemplateConfigurations: [{ launchTemplateId: "{{ $.parameters.Document }}" }] },
          ],
        },
      });
    },
    'Templates.inputs.configurations[0].launchTemplateConfigurations[0].launchTemplateId: must be a launch template ID with 17 characters after lt-, such as lt-0123456789abcdef0 (Image Builder doesn\'t accept older IDs with 8), got: "lt-01234567"',
  ],
  [
    "two steps without names",
    (d) => {
      delete d.steps[0].name;
      delete d.steps[1].name;
      d.steps[1].inputs = d.steps[2].inputs = d.steps[3].inputs = { instanceId: "x" };
      d.steps[2].inputs = { instanceId: "x", documentName: "{{ $.parameters.Document }}" };
    },
    "steps[0].name: is missing, must be a string",
    "steps[1].name: is missing, must be a string",
  ],
  [
    "an action named constructor",
    (d) => (d.steps[0].action = "constructor"),
    'Launch.action: must be one of ApplyImageConfigurations, BootstrapInstanceForContainer, CollectImageMetadata, CollectImageScanFindings, CreateImage, CreateImageFromIso, DistributeContainerImage, DistributeImage, ExecuteComponents, ExecuteStateMachine, LaunchInstance, ModifyImageAttributes, RegisterImage, RunCommand, RunSysPrep, SanitizeInstance, TerminateInstance, WaitForAction, WaitForSSMAgent, got: "constructor"',
  ],
  [
    "two outputs of the same name",
    (d) => d.outputs.push(d.outputs[0]),
    'outputs.ImageId.name: must be unique among the outputs of the document, got: "ImageId"',
  ],
  [
    "a WaitForAction that continues on failure",
    (d) => d.steps.splice(3, 0, { name: "Wait", action: "WaitForAction", onFailure: "Continue" }),
    `Wait.onFailure: must be Abort, because later steps depend on the answer: with Continue, the answer STOP wouldn't stop the build, got: "Continue"`,
  ],
  [
    "a WaitForAction that continues on failure although an output refers to it",
    (d) => {
      d.steps.push({ name: "Wait", action: "WaitForAction", onFailure: "Continue" });
      d.outputs.push({ name: "Answer", value: "$.stepOutputs.Wait.action" });
    },
    `Wait.onFailure: must be Abort, because later steps depend on the answer: with Continue, the answer STOP wouldn't stop the build, got: "Continue"`,
  ],
  [
    "a list of references under a key without .$",
    (d) => (d.steps[2].inputs.parameters = { names: ["a", "$.parameters.Document"] }),
    "Harden.inputs.parameters.names[1]: is used as literal text: rename the key to 'names.$' or write '{{ $.parameters.Document }}', got: \"$.parameters.Document\"",
  ],
  [
    "a list of other texts under a key with .$",
    (d) =>
      (d.steps[2].inputs.parameters = {
        "names.$": ["$.parameters.Other"],
        "more.$": [],
        "others.$": [1],
      }),
    "Harden.inputs.parameters.names.$[0]: refers to a parameter that isn't declared: $.parameters.Other",
    "Harden.inputs.parameters.more: must contain at least one item, got: a list of 0",
    "Harden.inputs.parameters.more.$: must be a reference such as $.parameters.NAME, a string that contains {{ … }}, or a list of them, got: a list of 0",
    "Harden.inputs.parameters.others.$: must be a reference such as $.parameters.NAME, a string that contains {{ … }}, or a list of them, got: a list of 1",
  ],
  [
    "a dynamic key whose value isn't a reference",
    (d) => (d.steps[2].inputs["documentVersion.$"] = "1"),
    'Harden.inputs.documentVersion.$: must be a reference such as $.parameters.NAME, a string that contains {{ … }}, or a list of them, got: "1"',
    "Harden.inputs.documentVersion.$: refers to an unknown source: 1; expected $.parameters, $.stepOutputs, $.workflowOutputs or $.imagebuilder",
  ],
  [
    "an input that is given both literally and dynamically",
    (d) => (d.steps[1].inputs.instanceId = "i-1"),
    "Apply.inputs.instanceId.$: must not be set together with instanceId: remove one of them",
  ],
  [
    "a reference to an output of an action without outputs",
    (d) => {
      d.steps.push({
        name: "End",
        action: "TerminateInstance",
        inputs: { "instanceId.$": "$.stepOutputs.Launch.instanceId" },
      });
      d.outputs.push({ name: "Status", value: "$.stepOutputs.End.status" });
    },
    "outputs.Status.value: refers to an output that TerminateInstance doesn't have: $.stepOutputs.End.status; it has none",
  ],
  [
    "parameters of a command that aren't lists",
    (d) => {
      d.steps[2].inputs.parameters = "x";
      d.steps[3].inputs = { instanceId: "i-1" };
      d.steps.push({
        name: "Again",
        action: "RunCommand",
        inputs: {
          instanceId: "i-1",
          documentName: "Harden",
          parameters: { a: "x", b: [], c: [{}] },
        },
      });
    },
    'Harden.inputs.parameters: must be a map of lists of strings by name, got: "x"',
    'Again.inputs.parameters.a: must be a list of strings, got: "x"',
    "Again.inputs.parameters.b: must contain at least one item, got: a list of 0",
    "Again.inputs.parameters.c[0]: must be a string, got: {}",
  ],
  [
    "an empty list of distributions",
    (d) => d.steps.push({ name: "Copy", action: "DistributeImage", inputs: { distributions: [] } }),
    "Copy.inputs.distributions: must be a list of at least one item, got: a list of 0",
  ],
  [
    "a default that is a map",
    (d) => (d.parameters[0].default = {}),
    "parameters.Document.default: must be of type string, got: {}",
  ],
  [
    "a parameter's name, type and description",
    (d) => d.parameters.push({ name: "a b", type: "list", description: "x".repeat(1_025) }),
    'parameters.a b.name: must be a name of 1 to 128 letters, digits, - and _, got: "a b"',
    'parameters.a b.type: must be string, integer, boolean or stringList, got: "list"',
    `parameters.a b.description: must be at most 1,024 characters, got: "${"x".repeat(78)}…`,
    "parameters.a b: is declared but not used [unused-parameter]",
  ],
  [
    "more parameters and outputs than Image Builder accepts",
    (d) => {
      const names = Array.from({ length: 25 }, (_, index) => `More${index}`);
      d.parameters.push(...names.map((name) => ({ name, type: "string" })));
      d.outputs.push(...names.map((name) => ({ name, value: `{{ $.parameters.${name} }}` })));
    },
    "parameters: must be a list of at most 25 parameters, got: a list of 26",
    "outputs: must be a list of at most 25 outputs, got: a list of 26",
  ],
  [
    "more than 10 conditions in one list",
    (d) =>
      (d.steps[2].if = {
        or: Array.from({ length: 11 }, () => ({ stringEquals: "x", value: "x" })),
      }),
    "Harden.if.or: must be a list of 1 to 10 conditions, got: a list of 11",
  ],
  [
    "an unknown key in a condition",
    (d) => (d.steps[2].if = { stringEquals: "x", value: "x", else: "Skip" }),
    "Harden.if: unknown key 'else': the keys here are stringEquals, value",
  ],
  [
    "expressions without quotes, but not what results from them",
    (d) => {
      d.steps[1].inputs = { instanceId: { "{ $.stepOutputs.Launch.instanceId }": null } };
      d.steps[2].inputs.documentName = "Harden";
      delete d.steps[2].inputs["documentName.$"];
      delete d.steps[2].if;
      d.steps[3].onFailure = "Ignore";
    },
    "Apply.inputs.instanceId: is an expression without quotes, which YAML reads as a map: write '{{ … }}'",
    'Create.onFailure: must be Abort or Continue, got: "Ignore"',
  ],
  [
    "a list of SSM parameters that isn't known before the step runs",
    (d) => {
      d.parameters.push({ name: "List", type: "stringList" });
      const base = { distributedImages: "{{ $.parameters.List }}" };
      const add = (name: string, inputs: Raw) =>
        d.steps.push({ name, action: "ApplyImageConfigurations", inputs: { ...base, ...inputs } });
      add("All", { "configurations.$": "$.parameters.List" });
      add("Each", { configurations: [{ ssmParameterConfigurations: "{{ $.parameters.List }}" }] });
      add("One", { configurations: [{ ssmParameterConfigurations: { parameterName: "a b" } }] });
    },
    'All.inputs.configurations.$: must be a name or a parameter: the execution role needs permission before the step runs, got: "{{ $.parameters.List }}"',
    'Each.inputs.configurations[0].ssmParameterConfigurations: must be a name or a parameter: the execution role needs permission before the step runs, got: "{{ $.parameters.List }}"',
    'One.inputs.configurations[0].ssmParameterConfigurations.parameterName: must be the name of an SSM parameter, got: "a b"',
  ],
];

test.each(cases.map(([what, change, ...lines]) => ({ what, change, lines })))(
  "checkWorkflow rejects $what",
  ({ change, lines }) => {
    expect(problemsAfter(change).sort()).toEqual([...lines].sort());
  },
);

test("checkWorkflow warns of parameters that aren't used, even if a step that is referred to has the name", () => {
  const document = parse(BUILD);
  document.parameters.push({ name: "More", type: "string" }, { name: "Launch", type: "string" });
  const { value, problems } = checkWorkflow("w.yaml", stringify(document));
  expect(describeProblems("factory.yaml", problems)).toBe(
    `factory.yaml has 2 warnings:
  w.yaml:7:5 parameters.More: is declared but not used [unused-parameter]
  w.yaml:9:5 parameters.Launch: is declared but not used [unused-parameter]`,
  );
  expect(value?.parameters.map(({ name }) => name)).toEqual(["Document", "More", "Launch"]);
});

test("checkWorkflow returns a value or problems, and throws nothing, with an unexpected value in any place", () => {
  const text = `${BUILD}  - name: Copy\n    value: $.workflowOutputs.Other\n`;
  const unexpected: readonly unknown[] = [
    null,
    0,
    "",
    "constructor",
    "{{ x }}",
    "$.",
    [],
    [null],
    {},
    { toString: 1 },
    { "a.$": { valueOf: 1 } },
  ];
  for (const value of unexpected)
    for (const changed of someCases([...changedInEachPlace(parse(text), value)])) {
      // JSON is YAML.
      const checked = checkWorkflow("w.yaml", JSON.stringify(changed));
      expect(checked.value !== undefined || checked.problems.length > 0).toBe(true);
    }
});

test.each([
  [
    "an alias of a part that contains it",
    "steps: &a [{ name: Loop, inputs: *a }]",
    "w.yaml:1:34 must not refer to a part that contains it: *a",
  ],
  [
    "an undefined alias",
    "steps: *nothing",
    "w.yaml:1:8 must be quoted, because YAML reads it as an alias of &nothing, which doesn't exist: write '*nothing'",
  ],
  [
    "an alias before its anchor",
    "name: *later\ndescription: &later text",
    "w.yaml:1:7 must be quoted, because YAML reads it as an alias of &later, which doesn't exist: write '*later'",
  ],
])("checkWorkflow rejects %s", (_what, text, line) => {
  expect(problemsOf(text)).toEqual([line]);
});

test("checkWorkflow accepts numbers and booleans without quotes wherever a string is meant", () => {
  const document = parse(BUILD);
  Object.assign(document.parameters[0], { default: 7, description: 1 });
  document.parameters.push({ name: "Names", type: "stringList", default: [1, true] });
  Object.assign(document.steps[2].inputs, { documentVersion: 3 });
  document.steps[2].inputs.parameters = { commands: [1, false], "more.$": "$.parameters.Names" };
  const { value, problems } = checkWorkflow("w.yaml", stringify(document));
  expect(linesOf(problems)).toEqual([]);
  expect(value?.parameters.map((parameter) => parameter.default)).toEqual(["7", ["1", "true"]]);
});

test("checkWorkflow rejects scalars that YAML changes, where a string is meant", () => {
  const text = BUILD.replace("default: Harden", "default: 007").replace(
    "documentName.$:",
    "documentVersion: 1e1\n      documentName.$:",
  );
  expect(problemsOf(text)).toEqual([
    "w.yaml:4:46 parameters.Document.default: must be quoted, because YAML changes it to 7: write '007'",
    "w.yaml:17:24 Harden.inputs.documentVersion: must be quoted, because YAML changes it to 10: write '1e1'",
  ]);
});

test("checkWorkflow accepts a distribution whose inputs are those of the distribution configuration", () => {
  const steps = ["ModifyImageAttributes", "ApplyImageConfigurations"].map((action) => ({
    name: action,
    action,
    inputs: { "distributedImages.$": "$.stepOutputs.Copy.distributedImages" },
  }));
  const document = {
    schemaVersion: "1.0",
    steps: [{ name: "Copy", action: "DistributeImage" }, ...steps],
  };
  expect(problemsOf(stringify(document))).toEqual([]);
});

function distributing(distributions: string, attributes: string, configurations: string) {
  return `schemaVersion: 1.0
steps:
  - { name: Copy, action: DistributeImage, inputs: { distributions: ${distributions} } }
  - { name: Share, action: ModifyImageAttributes, inputs: { distributedImages: "{{ $.stepOutputs.Copy.distributedImages }}", attributes: ${attributes} } }
  - { name: Publish, action: ApplyImageConfigurations, inputs: { distributedImages: "{{ $.stepOutputs.Copy.distributedImages }}", configurations: ${configurations} } }
`;
}

test("checkWorkflow accepts every documented form of the inputs of a distribution", () => {
  const text = distributing(
    `[{ region: eu-west-1, targetAccountIds: [222222222222], amiTags: { Build: 7 } }, { region.$: $.imagebuilder.platform, amiTags: "{{ $.imagebuilder.platform }}" }]`,
    `[{ region: eu-west-1, launchPermission: { userIds: ["222222222222"], userGroups: [all] } }]`,
    `[{ launchTemplateConfigurations: [{ accountId: 222222222222 }] }, { ssmParameterConfigurations: { parameterName: /a, amiAccountId: "222222222222" } }]`,
  );
  expect(problemsOf(text)).toEqual([]);
});

test("checkWorkflow rejects account ids and lists of a distribution that can't be right", () => {
  const text = distributing(
    "[{ targetAccountIds: [012345678901], amiTags: [a] }]",
    "[{ launchPermission: { userIds: 222222222222 } }]",
    "{ ssmParameterConfigurations: [{ parameterName: /a }] }",
  );
  expect(problemsOf(text)).toEqual([
    "w.yaml:3:115 Copy.inputs.distributions[0].amiTags: must be strings by name, got: a list of 1",
    "w.yaml:3:91 Copy.inputs.distributions[0].targetAccountIds[0]: must be quoted, because YAML changes it to 12345678901: write '012345678901'",
    "w.yaml:4:170 Share.inputs.attributes[0].launchPermission.userIds: must be a list of account ids, got: 222222222222",
    "w.yaml:5:147 Publish.inputs.configurations: must be a list of at least one item, got: {ssmParameterConfigurations}",
  ]);
});

test("checkWorkflow accepts lists of references, such as the parameters of a command", () => {
  expect(
    problemsAfter((d) => {
      const parameters = {
        "commands.$": ["$.parameters.Document", "{{ $.imagebuilder.imageName }}"],
      };
      d.steps[2].inputs = { instanceId: "i-1", documentName: "Harden", parameters };
      delete d.steps[2].if;
    }),
  ).toEqual([]);
});

test.each<[string, (document: Raw) => unknown]>([
  ["is the last step", () => undefined],
  [
    "is followed by the removal of an instance",
    (d) =>
      d.steps.push({
        name: "Remove",
        action: "TerminateInstance",
        inputs: { "instanceId.$": "$.stepOutputs.Launch.instanceId" },
      }),
  ],
  [
    "is followed by another one that continues",
    (d) => d.steps.push({ name: "More", action: "WaitForAction", onFailure: "Continue" }),
  ],
])("checkWorkflow accepts a WaitForAction that continues on failure if it %s", (_what, change) => {
  expect(
    problemsAfter((d) => {
      d.steps.push({
        name: "Wait",
        action: "WaitForAction",
        onFailure: "Continue",
        inputs: { lambdaFunctionName: "remove-leftovers" },
      });
      change(d);
    }),
  ).toEqual([]);
});

const ON_WINDOWS = { stringEquals: "Windows", value: "$.imagebuilder.platform" };
const ON_LINUX = { stringEquals: "Linux", value: "{{ $.imagebuilder.platform }}" };
const UNKNOWN = { stringEquals: "x", value: "$.parameters.Document" };

test.each<[object, readonly string[]]>([
  [ON_WINDOWS, ["Windows"]],
  [{ not: ON_WINDOWS }, ["Linux", "macOS"]],
  [{ or: [ON_WINDOWS, ON_LINUX] }, ["Linux", "Windows"]],
  [{ or: [ON_WINDOWS, UNKNOWN] }, ALL_PLATFORMS],
  [{ and: [ON_WINDOWS, UNKNOWN] }, ["Windows"]],
  [{ and: [ON_WINDOWS, ON_LINUX] }, []],
  [{ not: { and: [ON_WINDOWS, UNKNOWN] } }, ALL_PLATFORMS],
  [{ not: { or: [ON_WINDOWS, UNKNOWN] } }, ["Linux", "macOS"]],
  [UNKNOWN, ALL_PLATFORMS],
  [
    { stringEquals: "{{ $.parameters.Document }}", value: "$.imagebuilder.platform" },
    ALL_PLATFORMS,
  ],
])("checkWorkflow returns the platforms on which a step can run: %j", (condition, platforms) => {
  const document = parse(BUILD);
  document.steps[2].if = condition;
  const { value } = checkWorkflow("w.yaml", stringify(document));
  expect(value?.actions[2]?.platforms).toEqual(platforms);
});

test("checkWorkflow reports the line and column of a problem", () => {
  expect(problemsOf(BUILD.replace("CreateImage", "MakeImage"))[0]).toMatch(
    /^w\.yaml:20:13 Create\.action: must be one of /,
  );
});

test("checkWorkflow rejects documents above 16000 bytes and text that isn't YAML", () => {
  expect(problemsOf(`${BUILD}# ${"x".repeat(16_000)}`)).toEqual([
    expect.stringMatching(/^w\.yaml must be at most 16000 bytes, got: \d+$/),
  ]);
  expect(problemsOf("steps: [")).toEqual([expect.stringMatching(/^w\.yaml:1:/)]);
});
