import { checkComponent } from "../../../config/documents/component/check";
import { checkWorkflow } from "../../../config/documents/workflow/check";
import { describeProblem, isWarning, type Problem } from "../../../config/problems";

function linesOf(problems: readonly Problem[]): string[] {
  return problems.map((problem) => {
    const line = describeProblem(problem);
    return isWarning(problem) ? `warning: ${line}` : line;
  });
}

const COMPONENT = `schemaVersion: 1.0
parameters:
  - LogLevel: { type: string, default: INFO }
phases:
  - name: build
    steps:
      - name: Install
        action: ExecuteBash
        inputs:
          commands:
            - echo {{ LogLevel }}
      - name: Fetch
        action: WebDownload
        inputs:
          - source: https://example.com/x
            destination: /tmp/x
      - name: Show
        action: ExecuteBash
        if: { stringEquals: a, value: "{{ build.Install.outputs.stdout }}" }
        inputs:
          commands:
            - cat {{ build.Fetch.inputs[0].destination }}
      - name: Write
        action: CreateFile
        inputs:
          - { path: /tmp/y, encoding: utf-8 }
`;

test.each([
  [
    "action: ExecuteBash",
    "action: ExecuteBsh",
    "x.yaml:8:17 build.Install.action: must be an action, did you mean 'ExecuteBash'?, got: \"ExecuteBsh\"",
  ],
  [
    "{{ LogLevel }}",
    "{{ LogLevl }}",
    "x.yaml:11:15 build.Install.inputs.commands[0]: refers to an unknown name: LogLevl, did you mean 'LogLevel'?",
  ],
  [
    "build.Install.outputs",
    "biuld.Install.outputs",
    "x.yaml:19:39 build.Show.if.value: refers to phase 'biuld', which doesn't exist: biuld.Install.outputs.stdout, did you mean 'build'?",
  ],
  [
    "build.Install.outputs",
    "build.Instal.outputs",
    "x.yaml:19:39 build.Show.if.value: refers to step 'build.Instal', which doesn't exist: build.Instal.outputs.stdout, did you mean 'Install'?",
  ],
  [
    "outputs.stdout",
    "outputs.stdot",
    "x.yaml:19:39 build.Show.if.value: refers to an output that ExecuteBash doesn't have: build.Install.outputs.stdot, did you mean 'stdout'?",
  ],
  [
    "inputs[0].destination",
    "inputs[0].destinaton",
    "x.yaml:22:15 build.Show.inputs.commands[0]: refers to an input that the step doesn't have: build.Fetch.inputs[0].destinaton, did you mean 'destination'?",
  ],
  [
    "stringEquals: a",
    "stringEqual: a",
    "x.yaml:19:13 build.Show.if: unknown operator 'stringEqual', did you mean 'stringEquals'?, got: {stringEqual, value}",
  ],
  [
    "encoding: utf-8",
    "encoding: utf_8",
    "x.yaml:26:39 build.Write.inputs[0].encoding: must be an encoding, did you mean 'utf8'?, got: \"utf_8\"",
  ],
  [
    "source:",
    "sorce:",
    "x.yaml:15:13 build.Fetch.inputs[0]: unknown key 'sorce', did you mean 'source'?",
  ],
  [
    "name: build",
    "name: biuld",
    "x.yaml:5:11 biuld.name: isn't a phase that Image Builder runs: did you mean 'build'?, got: \"biuld\" [phase-name]",
  ],
  ["parameters:", "parameter:", "x.yaml:2:1 unknown key 'parameter', did you mean 'parameters'?"],
])("checkComponent reports only one problem for %s mistyped as %s", (right, mistyped, line) => {
  const text = COMPONENT.replace(right, mistyped);
  expect(linesOf(checkComponent("x.yaml", COMPONENT).problems)).toEqual([]);
  expect(linesOf(checkComponent("x.yaml", text).problems)).toEqual([line]);
});

test("checkComponent reports a command with a colon that isn't quoted", () => {
  const text = COMPONENT.replace("commands:", "commands:\n            - echo Level: high");
  expect(linesOf(checkComponent("x.yaml", text).problems)).toEqual([
    "x.yaml:11:15 build.Install.inputs.commands[0]: must be a string: quote it, because YAML reads the text before ': ' as a key, got: {echo Level}",
  ]);
});

const WORKFLOW = `schemaVersion: 1.0
parameters:
  - { name: Document, type: string, default: Harden }
steps:
  - name: Launch
    action: LaunchInstance
    inputs: { waitFor: ssmAgent }
  - name: Harden
    action: RunCommand
    if: { stringEquals: Linux, value: $.imagebuilder.platform }
    inputs:
      instanceId.$: $.stepOutputs.Launch.instanceId
      documentName.$: $.parameters.Document
`;

test.each([
  [
    "action: RunCommand",
    "action: RunComand",
    "x.yaml:9:13 Harden.action: must be an action, did you mean 'RunCommand'?, got: \"RunComand\"",
  ],
  [
    "$.imagebuilder.platform",
    "$.imagebuilder.platfrom",
    "x.yaml:10:39 Harden.if.value: refers to an unknown variable: $.imagebuilder.platfrom, did you mean 'platform'?",
  ],
  [
    "$.stepOutputs.Launch",
    "$.stepOutputs.Lanch",
    "x.yaml:12:21 Harden.inputs.instanceId.$: refers to step 'Lanch', which doesn't exist: $.stepOutputs.Lanch.instanceId, did you mean 'Launch'?",
  ],
  [
    "Launch.instanceId",
    "Launch.instanceID",
    "x.yaml:12:21 Harden.inputs.instanceId.$: refers to an output that LaunchInstance doesn't have: $.stepOutputs.Launch.instanceID, did you mean 'instanceId'?",
  ],
  [
    "$.stepOutputs",
    "$.stepOutput",
    "x.yaml:12:21 Harden.inputs.instanceId.$: refers to an unknown source: $.stepOutput.Launch.instanceId, did you mean 'stepOutputs'?",
  ],
  [
    "$.parameters.Document",
    "$.parameters.Documnet",
    "x.yaml:13:23 Harden.inputs.documentName.$: refers to a parameter that isn't declared: $.parameters.Documnet, did you mean 'Document'?",
  ],
  [
    "$.parameters.Document",
    "$.parameter.Document",
    "x.yaml:13:23 Harden.inputs.documentName.$: refers to an unknown source: $.parameter.Document, did you mean 'parameters'?",
  ],
  ["steps:", "step:", "x.yaml:4:1 unknown key 'step', did you mean 'steps'?"],
])("checkWorkflow reports only one problem for %s mistyped as %s", (right, mistyped, line) => {
  const text = WORKFLOW.replace(right, () => mistyped);
  expect(linesOf(checkWorkflow("x.yaml", WORKFLOW).problems)).toEqual([]);
  expect(linesOf(checkWorkflow("x.yaml", text).problems)).toEqual([line]);
});
