import { readFileSync } from "node:fs";
import { parse, parseDocument, stringify } from "yaml";
import { checkWorkflow } from "../../../../config/documents/workflow/check";
import type { Raw } from "../../../../tools/fixtures/factory-file";

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

function problems(text: string): string[] {
  const checked = checkWorkflow("w.yaml", text);
  return "problems" in checked
    ? checked.problems.map(({ at, path, message, got }) =>
        [
          at,
          path.length > 0 ? `${path.map(String).join(".")}:` : "",
          message,
          got === undefined ? "" : `(${JSON.stringify(got)})`,
        ]
          .filter((part) => part !== "")
          .join(" "),
      )
    : [];
}

/** The problems of {@link BUILD} as `bend` leaves it, without their places. */
function bent(bend: (document: Raw) => unknown): string[] {
  const document = parse(BUILD);
  bend(document);
  return problems(stringify(document)).map((line) => line.replace(/^\S+ /, ""));
}

test("a document that is right is what its steps do, take, leave and need", () => {
  const checked = checkWorkflow("w.yaml", BUILD);
  expect(checked).toEqual({
    problems: [],
    value: {
      description: undefined,
      parameters: [{ name: "Document", type: "string", default: "Harden" }],
      actions: [
        { action: "LaunchInstance", location: "w.yaml:6:5", continuesOnFailure: false },
        { action: "ExecuteComponents", location: "w.yaml:9:5", continuesOnFailure: false },
        { action: "RunCommand", location: "w.yaml:12:5", continuesOnFailure: false },
        { action: "CreateImage", location: "w.yaml:19:5", continuesOnFailure: false },
      ],
      outputs: ["ImageId"],
      consumedOutputs: [],
      requiredPermissions: [{ kind: "document", value: { parameter: "Document" } }],
    },
  });
});

test.each(["wait-for-approval"])("the ready-made %s is right", (name) => {
  expect(problems(readFileSync(`workflows/${name}.yaml`, "utf8"))).toEqual([]);
});

// As they were handed out: https://github.com/hashicorp/terraform-provider-aws, internal/service/imagebuilder, and public constructs.
test.each(["build-image", "build-container", "test-image"])("AWS's own %s is right", (name) => {
  expect(
    problems(readFileSync(`__tests__/config/documents/workflow/aws/${name}.yaml`, "utf8")),
  ).toEqual([]);
});

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
])("a distribution that writes %s needs the right to", (parameter, needs) => {
  expect(checkWorkflow("w.yaml", distribution(parameter))).toMatchObject({
    value: { requiredPermissions: needs },
  });
});

const cases: readonly (readonly [string, (document: Raw) => unknown, ...string[]])[] = [
  [
    "an unknown key",
    (d) => (d.phases = []),
    "unknown key 'phases': known are name, description, schemaVersion, parameters, steps, outputs",
  ],
  ["no version", (d) => delete d.schemaVersion, "schemaVersion: is missing, must be 1.0"],
  [
    "no step",
    (d) => Object.assign(d, { steps: [], outputs: [], parameters: [] }),
    "steps: must hold a step ([])",
  ],
  [
    "more steps than Image Builder takes",
    (d) =>
      d.steps.push(
        ...Array.from({ length: 12 }, (_, index) => ({
          name: `More${index}`,
          action: "WaitForAction",
        })),
      ),
    expect.stringMatching(/^steps: must be a list of at most 15 steps /) as never,
  ],
  [
    "a step's name",
    (d) => (d.steps[1].name = "1st"),
    '1st.name: must be a letter, then 1 to 99 letters, digits, - and _ ("1st")',
  ],
  [
    "a step's name twice",
    (d) => (d.steps[1].name = "Harden"),
    'Harden.name: is a step of the document already ("Harden")',
  ],
  [
    "an unknown action",
    (d) => (d.steps[1].action = "ExecuteBash"),
    expect.stringMatching(
      /^Apply\.action: must be one of ApplyImageConfigurations, .* \("ExecuteBash"\)$/,
    ) as never,
  ],
  [
    "a wrong failure",
    (d) => (d.steps[0].onFailure = "abort"),
    'Launch.onFailure: must be Abort or Continue ("abort")',
  ],
  [
    "a step that takes too long",
    (d) => (d.steps[1].timeoutSeconds = 90_000),
    "Apply.timeoutSeconds: must be at most 86400 for ExecuteComponents (90000)",
  ],
  [
    "a time of nothing",
    (d) => (d.steps[1].timeoutSeconds = 0),
    "Apply.timeoutSeconds: must be a whole number of seconds from 1 (0)",
  ],
  [
    "an unknown input",
    (d) => (d.steps[0].inputs.ami = "x"),
    "Launch.inputs: unknown key 'ami': known are waitFor, imageIdOverride, instanceTypesOverride, healthCheck",
  ],
  [
    "a missing input",
    (d) => delete d.steps[1].inputs["instanceId.$"],
    "Apply.inputs.instanceId: is missing, must be a text",
  ],
  [
    "inputs that are missing altogether",
    (d) => delete d.steps[1].inputs,
    "Apply.inputs: is missing, must hold instanceId",
  ],
  [
    "a wrong input",
    (d) => (d.steps[0].inputs.waitFor = "nothing"),
    'Launch.inputs.waitFor: must be ssmAgent ("nothing")',
  ],
  [
    "a reference that would be taken as it stands",
    (d) => (d.steps[1].inputs = { instanceId: "$.stepOutputs.Launch.instanceId" }),
    "Apply.inputs.instanceId: is taken as it stands: call the key 'instanceId.$', or write '{{ $.stepOutputs.Launch.instanceId }}' (\"$.stepOutputs.Launch.instanceId\")",
  ],
  [
    "a step that there isn't",
    (d) => (d.steps[1].inputs["instanceId.$"] = "$.stepOutputs.Start.instanceId"),
    "Apply.inputs.instanceId.$: refers to step 'Start', which the document doesn't have: $.stepOutputs.Start.instanceId",
  ],
  [
    "a step that runs later",
    (d) => (d.steps[1].inputs["instanceId.$"] = "$.stepOutputs.Create.imageId"),
    "Apply.inputs.instanceId.$: refers to a step that runs later: $.stepOutputs.Create.imageId",
  ],
  [
    "an output that an action doesn't leave",
    (d) => (d.steps[1].inputs["instanceId.$"] = "$.stepOutputs.Launch.imageId"),
    "Apply.inputs.instanceId.$: refers to what LaunchInstance doesn't leave, which is instanceId: $.stepOutputs.Launch.imageId",
  ],
  [
    "a parameter that isn't declared",
    (d) => (d.steps[2].inputs.parameters.commands[0] = "echo {{ $.parameters.Other }}"),
    "Harden.inputs.parameters.commands.0: refers to a parameter that isn't declared: $.parameters.Other",
  ],
  [
    "a variable of Image Builder that there isn't",
    (d) => (d.steps[2].if = { stringEquals: "x", value: "$.imagebuilder.os" }),
    expect.stringMatching(
      /^Harden\.if\.value: refers to what isn't one of cloudWatchLogGroup, .*: \$\.imagebuilder\.os$/,
    ) as never,
  ],
  [
    "a reference to nothing",
    (d) => (d.steps[1].inputs["instanceId.$"] = "$.steps.Launch"),
    "Apply.inputs.instanceId.$: refers to what is neither $.parameters, $.stepOutputs, $.workflowOutputs nor $.imagebuilder: $.steps.Launch",
  ],
  [
    "a parameter that isn't used",
    (d) => d.parameters.push({ name: "More", type: "string" }),
    'parameters.More: is declared and not used ("More")',
  ],
  [
    "a parameter's default of another type",
    (d) => (d.parameters[0].default = 7),
    "parameters.Document.default: must be of type string (7)",
  ],
  [
    "a parameter declared twice",
    (d) => d.parameters.push(d.parameters[0]),
    'parameters.Document.name: is declared already ("Document")',
  ],
  [
    "a condition without an operator",
    (d) => (d.steps[2].if = { value: "$.parameters.Document" }),
    'Harden.if: must hold exactly one of stringEquals, booleanEquals, numberEquals, numberGreaterThan, numberGreaterThanEquals, numberLessThan, numberLessThanEquals, and, or, not ({"value":"$.parameters.Document"})',
  ],
  [
    "a condition without a value",
    (d) => (d.steps[2].if = { stringEquals: "x" }),
    "Harden.if.value: is missing, must be a text, a number, true or false",
  ],
  [
    "a condition that is too deep",
    (d) =>
      (d.steps[2].if = {
        not: { not: { not: { not: { stringEquals: "x", value: "$.parameters.Document" } } } },
      }),
    'Harden.if.not.not.not.not: is more than 4 levels deep ({"stringEquals":"x","value":"$.parameters.Document"})',
  ],
  [
    "a right that isn't known before it runs",
    (d) => (d.steps[2].inputs["documentName.$"] = "$.stepOutputs.Apply.output"),
    'Harden.inputs.documentName.$: must be a text or a parameter: the execution role is given a right to it ("{{ $.stepOutputs.Apply.output }}")',
  ],
  [
    "a parameter that shares its name with a step that is referred to",
    (d) => d.parameters.push({ name: "Launch", type: "string" }),
    'parameters.Launch: is declared and not used ("Launch")',
  ],
  [
    "a right to a pattern, and to what is none",
    (d) => {
      d.steps[2].inputs.documentName = "arn:x";
      delete d.steps[2].inputs["documentName.$"];
      d.steps.push(
        {
          name: "Tell",
          action: "WaitForAction",
          inputs: { lambdaFunctionName: "tell *", snsTopicArn: "hello" },
        },
        {
          name: "Run",
          action: "ExecuteStateMachine",
          inputs: { stateMachineArn: "arn:aws:states:*:111111111111:stateMachine:*" },
        },
      );
    },
    'Harden.inputs.documentName: must be the name or ARN of a document ("arn:x")',
    'Tell.inputs.lambdaFunctionName: must be the name or ARN of a function ("tell *")',
    'Tell.inputs.snsTopicArn: must be the ARN of a topic ("hello")',
    'Run.inputs.stateMachineArn: must be the ARN of a state machine ("arn:aws:states:*:111111111111:stateMachine:*")',
  ],
  [
    "two steps without names",
    (d) => {
      delete d.steps[0].name;
      delete d.steps[1].name;
      d.steps[1].inputs = d.steps[2].inputs = d.steps[3].inputs = { instanceId: "x" };
      d.steps[2].inputs = { instanceId: "x", documentName: "{{ $.parameters.Document }}" };
    },
    "steps.0.name: is missing, must be a text",
    "steps.1.name: is missing, must be a text",
  ],
  [
    "what every object has for an action",
    (d) => (d.steps[0].action = "constructor"),
    expect.stringMatching(
      /^Launch\.action: must be one of ApplyImageConfigurations, .* \("constructor"\)$/,
    ) as never,
  ],
  [
    "an output twice",
    (d) => d.outputs.push(d.outputs[0]),
    'outputs.ImageId.name: is an output of the document already ("ImageId")',
  ],
];

test.each(cases.map(([what, bend, ...lines]) => ({ what, bend, lines })))(
  "refuses $what",
  ({ bend, lines }) => {
    expect(bent(bend).sort()).toEqual([...lines].sort());
  },
);

/** Each place in a parsed document. */
function places(value: unknown, path: readonly PropertyKey[] = []): (readonly PropertyKey[])[] {
  return [
    path,
    ...(typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, item]) => places(item, [...path, key]))
      : []),
  ];
}

test("whatever stands anywhere, it is right or has problems: nothing is thrown", () => {
  const text = `${BUILD}  - name: Copy\n    value: $.workflowOutputs.Other\n`;
  const strange: readonly unknown[] = [
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
  for (const [first, ...rest] of places(parse(text)).map((path) => path.map(String)))
    for (const value of strange) {
      const document = parseDocument(text);
      if (first === undefined) document.contents = document.createNode(value) as never;
      else document.setIn([first, ...rest], value);
      const checked = checkWorkflow("w.yaml", String(document));
      expect(checked.value !== undefined || checked.problems.length > 0).toBe(true);
    }
});

test.each(["steps: &a [{ name: Loop, inputs: *a }]", "steps: *nothing"])(
  "refuses aliases that come to no end, or to nothing: %s",
  (text) => {
    expect(problems(text)).toEqual([
      "w.yaml has aliases (*name) for too much, for themselves or for nothing: write out what they stand for",
    ]);
  },
);

test("says where, with line and column", () => {
  expect(problems(BUILD.replace("CreateImage", "MakeImage"))[0]).toMatch(
    /^w\.yaml:20:13 Create\.action: must be one of /,
  );
});

test("refuses what is longer than Image Builder takes without S3, and what is no YAML", () => {
  expect(problems(`${BUILD}# ${"x".repeat(16_000)}`)).toEqual([
    expect.stringMatching(
      /^w\.yaml is too long for Image Builder, which takes 16000 bytes \(\d+\)$/,
    ),
  ]);
  expect(problems("steps: [")).toEqual([expect.stringMatching(/^w\.yaml:1:/)]);
});
