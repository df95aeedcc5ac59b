import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { checkComponent } from "../../../../config/documents/component/check";
import { describeProblems, type Problem } from "../../../../config/problems";
import { someCases } from "../../../../tools/fixtures/property-runs";
import { changedInEachPlace } from "../changed-in-each-place";

/** Problems as they are printed. */
function linesOf(problems: readonly Problem[]): string[] {
  const lines = describeProblems("factory.yaml", problems).split("\n");
  return lines.filter((line) => line.startsWith("  ")).map((line) => line.trim());
}

function problemsOf(text: string): string[] {
  return linesOf(checkComponent("c/x.yaml", text).problems);
}

function document(phases: string, head = "") {
  return `schemaVersion: 1.0
${head}phases:
${phases}`;
}

/** A document whose build phase has these steps, indented by six. */
function steps(text: string, head = "") {
  return document(`  - name: build\n    steps:\n${text}`, head);
}

/** A document with one step of this action, `inputs` indented by ten. */
function step(action: string, inputs: string) {
  return steps(`      - name: Do\n        action: ${action}\n        inputs:\n${inputs}`);
}

function bash(name: string, more = "") {
  return `      - name: ${name}
        action: ExecuteBash
${more}        inputs:
          commands:
            - "true"
`;
}

describe("checkComponent accepts", () => {
  test.each([
    ...readdirSync("components/linux").map((file) => `linux/${file}`),
    ...readdirSync("components/windows").map((file) => `windows/${file}`),
  ])("components/%s", (file) =>
    expect(problemsOf(readFileSync(join("components", file), "utf8"))).toEqual([]),
  );

  test.each<[string, string]>([
    ["the smallest document", steps(bash("Do"))],
    ["a version in quotes", steps(bash("Do")).replace("1.0", '"1.0"')],
    [
      "an octal mode without quotes",
      step("CreateFile", "          - path: /a\n            permissions: 0644"),
    ],
    ["one object where a list is asked for", step("CreateFolder", "          path: /a")],
    ["a reboot without inputs", steps("      - name: Do\n        action: Reboot\n")],
    [
      "an expression in place of a number",
      step("Reboot", "          delaySeconds: '{{ Delay }}'").replace(
        "phases:",
        "constants:\n  - Delay:\n      type: string\n      value: '5'\nphases:",
      ),
    ],
    [
      "an expression over several lines in place of a number",
      step("Reboot", '          delaySeconds: "{{\\n Delay }}"').replace(
        "phases:",
        "constants:\n  - Delay:\n      type: string\n      value: '5'\nphases:",
      ),
    ],
    [
      "two phases with steps of the same name",
      document(
        `  - name: build\n    steps:\n${bash("Do")}  - name: validate\n    steps:\n${bash("Do")}`,
      ),
    ],
    [
      "a reference from validate to an input of build",
      document(`  - name: build\n    steps:\n${bash("Do")}  - name: validate
    steps:
      - name: Look
        action: ExecuteBash
        inputs:
          commands:
            - "echo '{{ build.Do.inputs.commands[0] }}'"
`),
    ],
    [
      "a reference to a named loop over a list",
      steps(
        bash("Do", "        loop:\n          name: each\n          forEach: [a, b]\n").replace(
          '"true"',
          "echo {{ each.value }} {{ each.index }}",
        ),
      ),
    ],
    [
      "a reference to a loop over a delimited string",
      steps(
        bash(
          "Do",
          "        loop:\n          forEach:\n            list: a,b\n            delimiter: ','\n",
        ).replace('"true"', "echo {{ loop.value }}"),
      ),
    ],
    [
      "a condition with and, not, then and else",
      steps(
        bash(
          "Do",
          "        if:\n          and:\n            - binaryExists: dnf\n            - not:\n                fileExists: /etc/x\n          then: Execute\n          else: Abort\n",
        ),
      ),
    ],
    [
      "an assertion about the output of an earlier step",
      steps(`${bash("Do")}      - name: Check
        action: Assert
        inputs:
          stringEquals: ok
          value: '{{ build.Do.outputs.stdout }}'
`),
    ],
    [
      "a parameter that names a secret for Image Builder to resolve",
      steps(
        bash("Do", "        disableLogging: true\n").replace(
          '"true"',
          "echo {{ aws:ssm:resolve(Secret) }}",
        ),
        "parameters:\n  - Secret:\n      type: string\n",
      ),
    ],
    [
      "a reference from build to validate, if the document lists validate first",
      document(
        `  - name: validate\n    steps:\n${bash("Do")}  - name: build\n    steps:\n${bash("Look").replace('"true"', "echo {{ validate.Do.outputs.stdout }}")}`,
      ),
    ],
    [
      "further phases, which refer to phases before them",
      document(
        `  - name: build\n    steps:\n${bash("Do")}  - name: remove tools\n    steps:\n${bash("Look").replace('"true"', "echo {{ build.Do.outputs.stdout }}")}  - name: report\n    steps:\n${bash("Look").replace('"true"', "echo {{ remove tools.Look.outputs.stdout }}")}`,
      ),
    ],
    [
      "numbers and booleans without quotes wherever a string is meant",
      document(
        `  - name: build
    steps:
      - name: 1
        description: 2026
        action: S3Upload
        inputs:
          - { source: /opt/report, destination: "s3://reports/{{ Level }}", expectedBucketOwner: 222222222222 }
      - name: Run
        action: ExecuteBinary
        loop: { forEach: [1, 2.5, true] }
        if: { stringEquals: 8443, value: "{{ Port }}", then: Execute }
        inputs: { path: /opt/run, arguments: [--retries, 3, --ratio, 0.5, --quiet, false, "{{ loop.value }}"] }
      - name: Nested
        action: ExecuteDocument
        inputs:
          document: s3://documents/nested.yml
          document-s3-bucket-owner: 222222222222
          parameters: [{ name: Attempts, value: 5 }]
`,
        "description: 7\nparameters:\n  - Port: { type: string, default: 8443, description: 1, allowedValues: [443, 8443] }\nconstants:\n  - Level: { type: string, value: -1 }\n",
      ),
    ],
    [
      "a loop over a list without a delimiter",
      steps(
        bash("Do", "        loop: { forEach: { list: 'a,b' } }\n").replace(
          '"true"',
          "echo {{ loop.value }}",
        ),
      ),
    ],
    [
      "expressions for an account ID and for one of several names",
      document(
        `  - name: build
    steps:
      - { name: Get, action: S3Download, inputs: [{ source: s3://b/k, destination: /k, expectedBucketOwner: "{{ Value }}" }] }
      - { name: Set, action: SetRegistry, inputs: [{ path: "HKLM:\\\\a", name: b, value: 1, type: "{{ Value }}" }] }
      - { name: Add, action: InstallMSI, inputs: { path: a, reboot: "{{ Value }}" } }
`,
        "parameters:\n  - Value: { type: string }\n",
      ),
    ],
    [
      "the same item twice in a list of inputs",
      step("DeleteFile", "          - path: /a\n          - path: /a"),
    ],
    [
      "references to inputs and outputs of every form",
      steps(`      - { name: Read, action: ReadFile, inputs: [{ path: /a }, { path: /b }] }
      - { name: Set, action: CreateFile, inputs: { path: /c } }
      - { name: Install, action: InstallMSI, inputs: { path: /d, properties: { A: x } } }
      - name: Use
        action: ExecuteBash
        inputs:
          commands:
            - "{{ build.Read.inputs[1].path }} {{ build.Read.outputs.content }} {{ build.Read.outputs[1].content }}"
            - "{{ build.Set.inputs.path }} {{ build.Set.inputs[0].path }}"
            - "{{ build.Install.inputs.properties.A }} {{ build.Install.outputs.msiExitCode }} {{ build.Install.outputs[0].logFile }}"
            - "{{ build.Use.inputs.commands[0] }}"
`),
    ],
    [
      "an alias of an anchor",
      steps(
        `${bash("Do").replace('"true"', '&say "true"')}${bash("Again").replace('"true"', "*say")}`,
      ),
    ],
    ["Windows line endings", steps(bash("Do")).replaceAll("\n", "\r\n")],
    [
      "a condition that skips the step",
      steps(bash("Do", "        if:\n          fileExists: /a\n          then: Skip\n")),
    ],
    [
      "branches within a negation",
      steps(
        bash(
          "Do",
          "        if:\n          not:\n            fileExists: /a\n            then: Execute\n            else: Skip\n",
        ),
      ),
    ],
    [
      "an expression in place of a mode",
      steps(
        `${bash("First")}      - name: Do\n        action: SetFilePermissions\n        inputs:\n          - path: /a\n            permissions: '{{ build.First.outputs.stdout }}'\n`,
      ),
    ],
    [
      "an expression that Image Builder replaces",
      steps(bash("Do").replace('"true"', "echo {{ imagebuilder:buildDate }}")),
    ],
    [
      "Terraform's template markers in a command",
      steps(bash("Do").replace('"true"', "echo ${HOME} %{x}")),
    ],
  ])("%s", (_what, text) => expect(problemsOf(text)).toEqual([]));
});

const rejected: readonly (readonly [what: string, text: string, ...lines: string[]])[] = [
  [
    "two documents in one file",
    `${steps(bash("Do"))}---\n${steps(bash("Do"))}`,
    "c/x.yaml:10:1 starts a second YAML document: a file must contain one, so move it to another file",
  ],
  [
    "an unknown tag",
    steps(bash("Do").replace('"true"', "!Sub x")),
    "c/x.yaml:9:15 must not have the YAML tag !Sub: remove it, or quote the text",
  ],
  [
    "an action named constructor",
    step("constructor", "          a: b"),
    'c/x.yaml:6:17 build.Do.action: must be one of AppendFile, Assert, CopyFile, CopyFolder, CreateFile, CreateFolder, CreateSymlink, DeleteFile, DeleteFolder, ExecuteBash, ExecuteBinary, ExecuteDocument, ExecutePowerShell, InstallMSI, ListFiles, MoveFile, MoveFolder, ReadFile, Reboot, S3Download, S3Upload, SetFileEncoding, SetFileOwner, SetFilePermissions, SetFolderOwner, SetFolderPermissions, SetRegistry, UninstallMSI, UpdateOS, WebDownload, got: "constructor"',
  ],
  [
    "a time limit on a reboot",
    steps("      - name: Do\n        action: Reboot\n        timeoutSeconds: 5\n"),
    "c/x.yaml:7:25 build.Do.timeoutSeconds: isn't supported by Reboot, got: 5",
  ],
  [
    "several attempts at a document",
    steps(
      "      - name: Do\n        action: ExecuteDocument\n        maxAttempts: 2\n        inputs:\n          document: s3://b/d.yml\n",
    ),
    "c/x.yaml:7:22 build.Do.maxAttempts: isn't supported by ExecuteDocument, got: 2",
  ],
  [
    "a loop with an increment of 0",
    steps(bash("Do", "        loop:\n          for: { start: 0, end: 1, updateBy: 0 }\n")),
    "c/x.yaml:8:46 build.Do.loop.for.updateBy: must be a whole number other than 0, got: 0",
  ],
  [
    "an empty description",
    steps(bash("Do"), 'description: ""\n'),
    'c/x.yaml:2:14 description: must not be empty, got: ""',
  ],
  [
    "a reference to the step's own output",
    steps(bash("Do").replace('"true"', "echo {{ build.Do.outputs.stdout }}")),
    "c/x.yaml:9:15 build.Do.inputs.commands[0]: refers to a step that hasn't run yet: build.Do.outputs.stdout",
  ],
  [
    "a reference from container-host-test to test",
    document(
      `  - name: test\n    steps:\n${bash("Do")}  - name: container-host-test\n    steps:\n${bash("Look").replace('"true"', "echo {{ test.Do.outputs.stdout }}")}`,
    ),
    "c/x.yaml:16:15 container-host-test.Look.inputs.commands[0]: refers to phase 'test', which runs on another instance: test.Do.outputs.stdout",
  ],
  [
    "a reference from validate to build, if the document lists build second",
    document(
      `  - name: validate\n    steps:\n${bash("Look").replace('"true"', "echo {{ build.Do.outputs.stdout }}")}  - name: build\n    steps:\n${bash("Do")}`,
    ),
    "c/x.yaml:9:15 validate.Look.inputs.commands[0]: refers to a step that hasn't run yet: build.Do.outputs.stdout",
  ],
  [
    "a reference to a further phase, which Image Builder doesn't run",
    document(
      `  - name: report\n    steps:\n${bash("Do")}  - name: build\n    steps:\n${bash("Look").replace('"true"', "echo {{ report.Do.outputs.stdout }}")}`,
    ),
    "c/x.yaml:16:15 build.Look.inputs.commands[0]: refers to phase 'report', which Image Builder doesn't run: report.Do.outputs.stdout",
  ],
  [
    "a reference from a further phase to a phase after it",
    document(
      `  - name: report\n    steps:\n${bash("Look").replace('"true"', "echo {{ build.Do.outputs.stdout }}")}  - name: build\n    steps:\n${bash("Do")}`,
    ),
    "c/x.yaml:9:15 report.Look.inputs.commands[0]: refers to a step that hasn't run yet: build.Do.outputs.stdout",
  ],
  [
    "references that lead to nothing, each of them once",
    steps(`      - { name: Get, action: S3Download, inputs: [{ source: s3://b/k, destination: /k }] }
      - { name: Set, action: CreateFile, inputs: { path: /c } }
      - { name: Run, action: ExecuteBash, inputs: { commands: [a] } }
      - { name: Read, action: ReadFile, inputs: [{ path: /a }] }
      - name: Use
        action: ExecuteBash
        inputs:
          commands:
            - "{{ build.Get.inputs.destination }} {{ build.Get.inputs.destination }}"
            - "{{ build.Get.inputs[1].destination }}"
            - "{{ build.Get.inputs[0].target }}"
            - "{{ build.Get.inputs[0] }}"
            - "{{ build.Get.outputs.destination }}"
            - "{{ build.Set.inputs[1].path }}"
            - "{{ build.Run.inputs.commands[1] }}"
            - "{{ build.Run.inputs.commands.first }}"
            - "{{ build.Run.inputs.commands[0].x }}"
            - "{{ build.Run.inputs[0].commands }}"
            - "{{ build.Run.inputs }}"
            - "{{ build.Run.outputs.stderr }}"
            - "{{ build.Run.outputs }}"
            - "{{ build.Run.outputs.stdout.x }}"
            - "{{ build.Run.outputs[1].stdout }}"
            - "{{ build.Read.outputs[1].content }}"
`),
    "c/x.yaml:13:15 build.Use.inputs.commands[0]: refers to the inputs of S3Download, which are a list, without an index: build.Get.inputs.destination; write inputs[0]",
    "c/x.yaml:14:15 build.Use.inputs.commands[1]: refers to [1] of a list of 1: build.Get.inputs[1].destination; the first is [0]",
    "c/x.yaml:15:15 build.Use.inputs.commands[2]: refers to an input that the step doesn't have: build.Get.inputs[0].target; expected source, destination",
    "c/x.yaml:16:15 build.Use.inputs.commands[3]: refers to an input that the step doesn't have: build.Get.inputs[0]; expected source, destination",
    "c/x.yaml:17:15 build.Use.inputs.commands[4]: refers to an output that S3Download doesn't have: build.Get.outputs.destination; it has none",
    "c/x.yaml:18:15 build.Use.inputs.commands[5]: refers to [1] of a list of 1: build.Set.inputs[1].path; the first is [0]",
    "c/x.yaml:19:15 build.Use.inputs.commands[6]: refers to [1] of a list of 1: build.Run.inputs.commands[1]; the first is [0]",
    "c/x.yaml:20:15 build.Use.inputs.commands[7]: has no index where there is a list: build.Run.inputs.commands.first",
    "c/x.yaml:21:15 build.Use.inputs.commands[8]: refers to a part of an input that has no parts: build.Run.inputs.commands[0].x",
    "c/x.yaml:22:15 build.Use.inputs.commands[9]: has an index where there is no list: build.Run.inputs[0].commands",
    "c/x.yaml:23:15 build.Use.inputs.commands[10]: refers to an input that the step doesn't have: build.Run.inputs; expected commands",
    "c/x.yaml:24:15 build.Use.inputs.commands[11]: refers to an output that ExecuteBash doesn't have: build.Run.outputs.stderr; expected stdout",
    "c/x.yaml:25:15 build.Use.inputs.commands[12]: refers to an output that ExecuteBash doesn't have: build.Run.outputs; expected stdout",
    "c/x.yaml:26:15 build.Use.inputs.commands[13]: refers to an output that ExecuteBash doesn't have: build.Run.outputs.stdout.x; expected stdout",
    "c/x.yaml:27:15 build.Use.inputs.commands[14]: refers to [1] of a list of 1: build.Run.outputs[1].stdout; the first is [0]",
    "c/x.yaml:28:15 build.Use.inputs.commands[15]: refers to [1] of a list of 1: build.Read.outputs[1].content; the first is [0]",
  ],
  [
    "scalars that YAML changes, where a string is meant",
    steps(
      `      - name: Run
        action: ExecuteBinary
        if: { stringEquals: 1.10, value: "{{ Mode }}" }
        inputs: { path: /opt/run, arguments: [0x1F, 9007199254740993, 1e3, 2026-11-28, TRUE, -0o17] }
      - name: Get
        action: S3Download
        inputs: [{ source: s3://b/k, destination: /k, expectedBucketOwner: 012345678901 }]
`,
      "parameters:\n  - Mode: { type: string, default: 0123 }\n",
    ),
    "c/x.yaml:3:36 parameters.Mode.default: must be quoted, because YAML changes it to 123: write '0123'",
    "c/x.yaml:9:29 build.Run.if.stringEquals: must be quoted, because YAML changes it to 1.1: write '1.10'",
    "c/x.yaml:10:76 build.Run.inputs.arguments[3]: must be quoted, because YAML reads it as a date: write '2026-11-28'",
    "c/x.yaml:10:47 build.Run.inputs.arguments[0]: must be quoted, because YAML changes it to 31: write '0x1F'",
    "c/x.yaml:10:53 build.Run.inputs.arguments[1]: must be quoted, because YAML changes it to 9007199254740992: write '9007199254740993'",
    "c/x.yaml:10:71 build.Run.inputs.arguments[2]: must be quoted, because YAML changes it to 1000: write '1e3'",
    "c/x.yaml:10:88 build.Run.inputs.arguments[4]: must be quoted, because YAML changes it to true: write 'TRUE'",
    "c/x.yaml:13:76 build.Get.inputs[0].expectedBucketOwner: must be quoted, because YAML changes it to 12345678901: write '012345678901'",
  ],
  [
    "a date with a time",
    steps(bash("Do").replace('"true"', "2026-11-28 10:00:00 +01:00")),
    "c/x.yaml:9:15 build.Do.inputs.commands[0]: must be quoted, because YAML reads it as a date: write '2026-11-28 10:00:00 +01:00'",
  ],
  [
    "parameters and constants in the form of other tools, each of them once",
    steps(
      bash("Do").replace('"true"', "echo {{ Port }} {{ Level }} {{ Host }}"),
      "parameters:\n  - name: Port\n    type: string\n    default: 1\n  - Level:\n    type: string\n  - type: string\n    default: a\nconstants:\n  Host: { type: string, value: a }\n",
    ),
    "c/x.yaml:3:5 parameters.Port: must be a name with its definition: write '- Port: { type: …, default: … }', got: {name, type, default}",
    "c/x.yaml:6:5 parameters[1]: must be a name with its definition: write '- Level: { type: … }', got: {Level, type}",
    "c/x.yaml:8:5 parameters[2]: must be a name with its definition: write '- NAME: { type: …, default: … }', got: {type, default}",
    "c/x.yaml:11:3 constants: must be a list of names, each with its definition, got: {Host}",
  ],
  [
    "a text that starts with a star",
    step("ListFiles", "          - path: /var\n            fileNamePattern: *.gz # all"),
    "c/x.yaml:9:30 must be quoted, because YAML reads it as an alias of &.gz, which doesn't exist: write '*.gz'",
  ],
  [
    "a text of several words that starts with a star",
    steps(bash("Do").replace('"true"', "*/5 * * * * # often")),
    "c/x.yaml:9:15 must be quoted, because YAML reads it as an alias of &/5, which doesn't exist: write '*/5 * * * *'",
  ],
  [
    "a star",
    step("ListFiles", "          - path: /var\n            fileNamePattern: *"),
    "c/x.yaml:9:30 must be quoted, because YAML reads * as an alias: write '*'",
  ],
  [
    "a text that starts with a reserved character",
    steps(bash("Do").replace('"true"', "@echo off")),
    "c/x.yaml:9:15 must be quoted, because YAML reserves @ at the start of a text",
  ],
  [
    "a text with a colon",
    steps(bash("Do"), "description: first: second\n"),
    "c/x.yaml:2:14 is read by YAML as a key and a value: quote it, or correct its indentation",
  ],
  [
    "a text after a bracket",
    steps(bash("Do").replace('"true"', "[ -f /a ] && true")),
    "c/x.yaml:9:25 follows a closing quote or bracket: quote the text as a whole",
  ],
  [
    "a text that isn't indented like its block",
    steps(`${bash("Do").replace('"true"', "|\n              cat <<EOF")}EOF\n`),
    "c/x.yaml:11:1 is read by YAML as a key without a value: indent it like the text that it belongs to, or add a colon",
  ],
  [
    "tabs",
    steps("      - name: Do\n\taction: Reboot\n"),
    "c/x.yaml:6:1 must be indented with spaces, not with tabs",
  ],
  [
    "keys that are set twice, each of them once",
    steps(
      bash("Do", "        onFailure: Abort\n        onFailure: Ignore\n"),
      "name: a\nname: b\n",
    ),
    "c/x.yaml:3:1 is a key that is set twice: remove one of them",
    "c/x.yaml:10:9 is a key that is set twice: remove one of them",
  ],
  [
    "conflict markers of Git",
    `<<<<<<< HEAD\n${steps(bash("Do"))}=======\n${steps(bash("Do"))}>>>>>>> other\n`,
    "c/x.yaml:1:1 is a Git conflict marker: resolve the conflict",
  ],
  ["an empty file", "", "c/x.yaml:1:1 must not be empty: start with schemaVersion: 1.0"],
  [
    "a file with only a comment",
    "# nothing\n",
    "c/x.yaml:1:1 must not be empty: start with schemaVersion: 1.0",
  ],
  [
    "an unknown name in a condition",
    steps(bash("Do", "        if:\n          stringEquals: a\n          value: '{{ Nothing }}'\n")),
    "c/x.yaml:9:18 build.Do.if.value: refers to an unknown name: Nothing; expected a parameter, a constant or PHASE.STEP.outputs",
  ],

  [
    "text that isn't YAML",
    "a: [",
    "c/x.yaml:1:5 ends a list without its closing ]: add it, or indent what belongs to the list",
  ],
  [
    "an unsupported schema version",
    steps(bash("Do")).replace("1.0", "2.0"),
    "c/x.yaml:1:16 schemaVersion: must be 1.0, got: 2",
  ],
  [
    "an unknown key",
    steps(bash("Do"), "author: me\n"),
    "c/x.yaml:2:1 unknown key 'author': the keys here are name, description, schemaVersion, parameters, constants, phases",
  ],
  [
    "a document without phases",
    "schemaVersion: 1.0\n",
    "c/x.yaml:1:1 phases: is missing, must be a list of phases",
  ],
  [
    "an empty list of phases",
    "schemaVersion: 1.0\nphases: []\n",
    "c/x.yaml:2:9 phases: must contain at least one phase, got: a list of 0",
  ],
  [
    "only phases that Image Builder doesn't need",
    document(
      `  - name: deploy\n    steps:\n${bash("Do")}  - name: container-host-test\n    steps:\n${bash("Do")}`,
    ),
    "c/x.yaml:3:3 phases: must contain at least one of the phases build, validate, test, not only deploy, container-host-test, got: a list of 2",
  ],
  [
    "two phases of the same name",
    document(
      `  - name: build\n    steps:\n${bash("Do")}  - name: build\n    steps:\n${bash("Do")}`,
    ),
    'c/x.yaml:10:11 build.name: must be unique among the phases of the document, got: "build"',
  ],
  [
    "a phase without steps",
    document("  - name: build\n    steps: []\n"),
    "c/x.yaml:4:12 build.steps: must contain at least one step, got: a list of 0",
  ],
  [
    "a step whose name contains a space",
    steps(bash("Install PowerShell")),
    'c/x.yaml:5:15 build.Install PowerShell.name: must contain only letters a-z, digits, - and _, got: "Install PowerShell"',
  ],
  [
    "two steps of the same name in a phase",
    steps(bash("Do") + bash("Do")),
    'c/x.yaml:10:15 build.Do.name: must be unique among the steps of the phase, got: "Do"',
  ],
  [
    "an unknown action",
    step("RunBash", "          commands: [a]"),
    'c/x.yaml:6:17 build.Do.action: must be one of AppendFile, Assert, CopyFile, CopyFolder, CreateFile, CreateFolder, CreateSymlink, DeleteFile, DeleteFolder, ExecuteBash, ExecuteBinary, ExecuteDocument, ExecutePowerShell, InstallMSI, ListFiles, MoveFile, MoveFolder, ReadFile, Reboot, S3Download, S3Upload, SetFileEncoding, SetFileOwner, SetFilePermissions, SetFolderOwner, SetFolderPermissions, SetRegistry, UninstallMSI, UpdateOS, WebDownload, got: "RunBash"',
  ],
  [
    "a step without inputs",
    steps("      - name: Do\n        action: ExecuteBash\n"),
    "c/x.yaml:5:9 build.Do.inputs: is missing, must contain commands",
  ],
  [
    "an unknown input",
    step("ExecuteBash", "          commands: [a]\n          shell: bash"),
    "c/x.yaml:9:11 build.Do.inputs: unknown key 'shell': the only key here is commands",
  ],
  [
    "a missing input",
    step("S3Download", "          - source: s3://b/k"),
    "c/x.yaml:8:13 build.Do.inputs[0].destination: is missing, must be a string",
  ],
  [
    "an input of another type",
    step("ExecuteBash", "          commands: ls"),
    'c/x.yaml:8:21 build.Do.inputs.commands: must be a list of strings, got: "ls"',
  ],
  [
    "an empty list of commands",
    step("ExecuteBash", "          commands: []"),
    "c/x.yaml:8:21 build.Do.inputs.commands: must contain at least one item, got: a list of 0",
  ],
  [
    "a bucket owner of 11 digits",
    step(
      "S3Upload",
      "          - source: /a\n            destination: s3://b\n            expectedBucketOwner: 11111111111",
    ),
    'c/x.yaml:10:34 build.Do.inputs[0].expectedBucketOwner: must be an account ID of 12 digits, got: "11111111111"',
  ],
  [
    "both commands and a file",
    step("ExecutePowerShell", "          commands: [a]\n          file: b"),
    "c/x.yaml:8:11 build.Do.inputs: must contain exactly one of commands, file, got: {commands, file}",
  ],
  [
    "an unknown hash",
    step(
      "WebDownload",
      "          - source: https://a\n            destination: /b\n            algorithm: CRC",
    ),
    'c/x.yaml:10:24 build.Do.inputs[0].algorithm: must be MD5, SHA1, SHA256 or SHA512, got: "CRC"',
  ],
  [
    "an unknown kind of registry value",
    step(
      "SetRegistry",
      "          - path: HKLM:\\a\n            name: b\n            value: 1\n            type: WORD",
    ),
    'c/x.yaml:11:19 build.Do.inputs[0].type: must be BINARY, DWORD, QWORD, SZ, EXPAND_SZ or MULTI_SZ, got: "WORD"',
  ],
  [
    "a mode that isn't octal",
    step("SetFilePermissions", "          - path: /a\n            permissions: rw"),
    'c/x.yaml:9:26 build.Do.inputs[0].permissions: must be an octal mode of three or four digits, such as 0644, got: "rw"',
  ],
  [
    "an unknown encoding",
    step("ReadFile", "          - path: /a\n            encoding: latin1"),
    'c/x.yaml:9:23 build.Do.inputs[0].encoding: must be one of utf8, utf-8, utf16, utf16-le, utf16-be, utf-16, utf-16-le, utf-16-be, utf32, utf32-le, utf32-be, utf-32, utf-32-le, utf-32-be, got: "latin1"',
  ],
  [
    "an unknown onFailure",
    steps(bash("Do", "        onFailure: Retry\n")),
    'c/x.yaml:7:20 build.Do.onFailure: must be Abort, Continue or Ignore, got: "Retry"',
  ],
  [
    "a time limit of 0",
    steps(bash("Do", "        timeoutSeconds: 0\n")),
    "c/x.yaml:7:25 build.Do.timeoutSeconds: must be a whole number of seconds, at least 1, or -1 for no limit, got: 0",
  ],
  [
    "0 attempts",
    steps(bash("Do", "        maxAttempts: 0\n")),
    "c/x.yaml:7:22 build.Do.maxAttempts: must be a whole number, at least 1, got: 0",
  ],
  [
    "two kinds of loop",
    steps(
      bash(
        "Do",
        "        loop:\n          for: { start: 0, end: 1, updateBy: 1 }\n          forEach: [a]\n",
      ),
    ),
    "c/x.yaml:8:11 build.Do.loop: must contain exactly one of for, forEach, got: {for, forEach}",
  ],
  [
    "a delimiter of two characters",
    steps(bash("Do", "        loop:\n          forEach: { list: a, delimiter: ', ' }\n")),
    'c/x.yaml:8:42 build.Do.loop.forEach.delimiter: must be one of . , ; : - _, a space, a tab or a newline, got: ", "',
  ],
  [
    "a condition without an operator",
    steps(bash("Do", "        if:\n          exists: /a\n")),
    "c/x.yaml:8:11 build.Do.if: must contain exactly one of stringIsEmpty, stringIsWhitespace, binaryExists, fileExists, folderExists, stringEquals, stringLessThan, stringLessThanEquals, stringGreaterThan, stringGreaterThanEquals, patternMatches, numberEquals, numberLessThan, numberLessThanEquals, numberGreaterThan, numberGreaterThanEquals, fileMD5Equals, fileSHA1Equals, fileSHA256Equals, fileSHA512Equals, and, or, not, got: {exists}",
  ],
  [
    "a condition with two operators",
    steps(bash("Do", "        if:\n          fileExists: /a\n          folderExists: /b\n")),
    "c/x.yaml:8:11 build.Do.if: must contain exactly one of stringIsEmpty, stringIsWhitespace, binaryExists, fileExists, folderExists, stringEquals, stringLessThan, stringLessThanEquals, stringGreaterThan, stringGreaterThanEquals, patternMatches, numberEquals, numberLessThan, numberLessThanEquals, numberGreaterThan, numberGreaterThanEquals, fileMD5Equals, fileSHA1Equals, fileSHA256Equals, fileSHA512Equals, and, or, not, got: {fileExists, folderExists}",
  ],
  [
    "a comparison without a value",
    steps(bash("Do", "        if:\n          numberEquals: 1\n")),
    "c/x.yaml:8:11 build.Do.if.value: is missing, must be a string, a number, true or false",
  ],
  [
    "an unknown branch",
    steps(bash("Do", "        if:\n          fileExists: /a\n          then: Stop\n")),
    'c/x.yaml:9:17 build.Do.if.then: must be Abort, Execute or Skip, got: "Stop"',
  ],
  [
    "an assertion without conditions",
    step("Assert", "          and: []"),
    "c/x.yaml:8:16 build.Do.inputs.and: must be a list of at least one condition, got: a list of 0",
  ],
  [
    "a parameter of type number",
    steps(
      bash("Do").replace('"true"', "echo {{ Count }}"),
      "parameters:\n  - Count:\n      type: number\n",
    ),
    'c/x.yaml:4:13 parameters.Count.type: must be string, the only supported type, got: "number"',
  ],
  [
    "a default that is a list",
    steps(
      bash("Do").replace('"true"', "echo {{ Count }}"),
      "parameters:\n  - Count:\n      type: string\n      default: [1]\n",
    ),
    "c/x.yaml:5:16 parameters.Count.default: must be a string, got: a list of 1",
  ],
  [
    "a parameter's name of two letters",
    steps(
      bash("Do").replace('"true"', "echo {{ Nr }}"),
      "parameters:\n  - Nr:\n      type: string\n",
    ),
    'c/x.yaml:4:7 parameters.Nr: must be a name of 3 to 128 letters, digits, - and _, got: "Nr"',
  ],
  [
    "a constant without a value",
    steps(
      bash("Do").replace('"true"', "echo {{ Count }}"),
      "constants:\n  - Count:\n      type: string\n",
    ),
    "c/x.yaml:4:7 constants.Count.value: is missing, must be a string",
  ],
  [
    "a name declared twice",
    steps(
      bash("Do").replace('"true"', "echo {{ Count }}"),
      "parameters:\n  - Count:\n      type: string\nconstants:\n  - Count:\n      type: string\n      value: a\n",
    ),
    'c/x.yaml:7:7 constants.Count: must be unique among the parameters and constants of the document, got: "Count"',
  ],
  [
    "an expression without quotes",
    step("ReadFile", "          - path: {{ build.Do.outputs.stdout }}"),
    "c/x.yaml:8:19 build.Do.inputs[0].path: is an expression without quotes, which YAML reads as a map: write '{{ … }}'",
  ],
  [
    "an expression with an unknown name",
    steps(bash("Do").replace('"true"', "echo {{ Nothing }}")),
    "c/x.yaml:9:15 build.Do.inputs.commands[0]: refers to an unknown name: Nothing; expected a parameter, a constant or PHASE.STEP.outputs",
  ],
  [
    "expressions of other tools",
    steps(
      bash("Do").replace(
        '"true"',
        "|\n              docker ps --format '{{.ID}}'\n              echo '{{ users\n              | join }}' '{{ item | default(\"a long text that is of no use to read\") }}'",
      ),
    ),
    "c/x.yaml:9:15 build.Do.inputs.commands[0]: contains an expression of another tool: {{ .ID }}; AWSTOE has no way to escape it, so split the braces, as '{''{' does in a shell",
    "c/x.yaml:9:15 build.Do.inputs.commands[0]: contains an expression of another tool: {{ users… }}; AWSTOE has no way to escape it, so split the braces, as '{''{' does in a shell",
    "c/x.yaml:9:15 build.Do.inputs.commands[0]: contains an expression of another tool: {{ item | default(\"a long text that is of n… }}; AWSTOE has no way to escape it, so split the braces, as '{''{' does in a shell",
  ],
  ...["json .Config", "json .value", "json .", "if .Running", "end", "else", "- end", "end -"].map(
    (expression): [string, string, string] => [
      `the expression ${expression} of a Go template`,
      steps(bash("Do").replace('"true"', `"docker inspect -f '{{ ${expression} }}'"`)),
      `c/x.yaml:9:15 build.Do.inputs.commands[0]: contains an expression of another tool: {{ ${expression} }}; AWSTOE has no way to escape it, so split the braces, as '{''{' does in a shell`,
    ],
  ),
  [
    "a reference to an unknown phase",
    steps(bash("Do").replace('"true"', "echo {{ test.Do.outputs.stdout }}")),
    "c/x.yaml:9:15 build.Do.inputs.commands[0]: refers to phase 'test', which doesn't exist: test.Do.outputs.stdout",
  ],
  [
    "a reference to an unknown step",
    steps(bash("Do").replace('"true"', "echo {{ build.Did.outputs.stdout }}")),
    "c/x.yaml:9:15 build.Do.inputs.commands[0]: refers to step 'build.Did', which doesn't exist: build.Did.outputs.stdout",
  ],
  [
    "a reference to a later step",
    steps(bash("Do").replace('"true"', "echo {{ build.Later.outputs.stdout }}") + bash("Later")),
    "c/x.yaml:9:15 build.Do.inputs.commands[0]: refers to a step that hasn't run yet: build.Later.outputs.stdout",
  ],
  [
    "a reference from test to build",
    document(
      `  - name: build\n    steps:\n${bash("Do")}  - name: test\n    steps:\n${bash("Look").replace('"true"', "echo {{ build.Do.outputs.stdout }}")}`,
    ),
    "c/x.yaml:16:15 test.Look.inputs.commands[0]: refers to phase 'build', which runs on another instance: build.Do.outputs.stdout",
  ],
  [
    "a reference to a loop in a step without one",
    steps(bash("Do").replace('"true"', "echo {{ loop.value }}")),
    "c/x.yaml:9:15 build.Do.inputs.commands[0]: refers to a loop that the step doesn't have: loop.value",
  ],
  [
    "a description that is too long",
    steps(bash("Do"), `description: ${"a".repeat(1_025)}\n`),
    'c/x.yaml:2:14 description: must be at most 1,024 characters, got: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…',
  ],
  [
    "a document of more than 64 KiB",
    `${steps(bash("Do"))}#${"a".repeat(65_536)}\n`,
    "c/x.yaml must be at most 65536 bytes, got: 65694",
  ],
  [
    "several problems, all at once",
    document(
      `  - name: build\n    steps:\n${bash("Do")}${bash("Do", "        onFailure: Retry\n")}  - name: test\n    steps:\n      - name: Look\n        action: Reed\n`,
    ),
    'c/x.yaml:12:20 build.Do.onFailure: must be Abort, Continue or Ignore, got: "Retry"',
    'c/x.yaml:19:17 test.Look.action: must be one of AppendFile, Assert, CopyFile, CopyFolder, CreateFile, CreateFolder, CreateSymlink, DeleteFile, DeleteFolder, ExecuteBash, ExecuteBinary, ExecuteDocument, ExecutePowerShell, InstallMSI, ListFiles, MoveFile, MoveFolder, ReadFile, Reboot, S3Download, S3Upload, SetFileEncoding, SetFileOwner, SetFilePermissions, SetFolderOwner, SetFolderPermissions, SetRegistry, UninstallMSI, UpdateOS, WebDownload, got: "Reed"',
    'c/x.yaml:10:15 build.Do.name: must be unique among the steps of the phase, got: "Do"',
  ],
  [
    "a loop over numbers that aren't whole",
    steps(bash("Do", "        loop:\n          for: { start: 0.5, end: a, updateBy: 1 }\n")),
    "c/x.yaml:8:25 build.Do.loop.for.start: must be a whole number, got: 0.5",
    'c/x.yaml:8:35 build.Do.loop.for.end: must be a whole number, got: "a"',
  ],
  [
    "a loop over an empty list",
    steps(bash("Do", "        loop: { forEach: [] }\n")),
    "c/x.yaml:7:26 build.Do.loop.forEach: must contain at least one item, got: a list of 0",
  ],
  [
    "a loop over a list of lists",
    steps(bash("Do", "        loop: { forEach: [[a]] }\n")),
    "c/x.yaml:7:27 build.Do.loop.forEach[0]: must be a string, a number, true or false, got: a list of 1",
  ],
  [
    "a delimiter that is a number",
    steps(bash("Do", "        loop: { forEach: { list: a, delimiter: 1 } }\n")),
    'c/x.yaml:7:48 build.Do.loop.forEach.delimiter: must be one of . , ; : - _, a space, a tab or a newline, got: "1"',
  ],
  [
    "an unknown key in a comparison",
    steps(bash("Do", "        if: { fileExists: /a, value: b, then: Skip }\n")),
    "c/x.yaml:7:31 build.Do.if: unknown key 'value': the keys here are fileExists, then, else",
  ],
  [
    "a branch within a nested condition",
    steps(bash("Do", "        if: { and: [{ fileExists: /a, then: Skip }] }\n")),
    "c/x.yaml:7:39 build.Do.if.and[0]: unknown key 'then': the only key here is fileExists",
  ],
  [
    "a branch within two negations",
    steps(bash("Do", "        if: { not: { not: { fileExists: /a, then: Skip } } }\n")),
    "c/x.yaml:7:45 build.Do.if.not.not: unknown key 'then': the only key here is fileExists",
  ],
  [
    "a condition that is a string",
    step("Assert", "          not: fileExists"),
    'c/x.yaml:8:16 build.Do.inputs.not: must contain exactly one of stringIsEmpty, stringIsWhitespace, binaryExists, fileExists, folderExists, stringEquals, stringLessThan, stringLessThanEquals, stringGreaterThan, stringGreaterThanEquals, patternMatches, numberEquals, numberLessThan, numberLessThanEquals, numberGreaterThan, numberGreaterThanEquals, fileMD5Equals, fileSHA1Equals, fileSHA256Equals, fileSHA512Equals, and, or, not, got: "fileExists"',
  ],
  [
    "a list as an operand",
    steps(bash("Do", "        if: { stringEquals: a, value: [b] }\n")),
    "c/x.yaml:7:39 build.Do.if.value: must be a string, a number, true or false, got: a list of 1",
  ],
  [
    "a negative delay",
    step("Reboot", "          delaySeconds: -1"),
    "c/x.yaml:8:25 build.Do.inputs.delaySeconds: must be a whole number of seconds, at least 0, got: -1",
  ],
  [
    "a delay that isn't a number",
    step("Reboot", "          delaySeconds: soon"),
    'c/x.yaml:8:25 build.Do.inputs.delaySeconds: must be a whole number of seconds, got: "soon"',
  ],
  [
    "unknown values of an installer",
    step(
      "InstallMSI",
      "          path: a\n          reboot: Never\n          properties: [a]\n          allowUnsignedInstaller: sure",
    ),
    'c/x.yaml:9:19 build.Do.inputs.reboot: must be Allow, Force or Skip, got: "Never"',
    "c/x.yaml:10:23 build.Do.inputs.properties: must be a map of strings by name, got: a list of 1",
    'c/x.yaml:11:35 build.Do.inputs.allowUnsignedInstaller: must be true or false, got: "sure"',
  ],
  [
    "a registry value that is a map",
    step("SetRegistry", "          - { path: HKLM:\\a, name: b, value: {}, type: SZ }"),
    "c/x.yaml:8:46 build.Do.inputs[0].value: must be a string, a number or a list of them, got: {}",
  ],
  [
    "parameters of a document that aren't a list",
    step("ExecuteDocument", "          document: a\n          parameters: { a: b }"),
    "c/x.yaml:9:23 build.Do.inputs.parameters: must be a list of objects with name and value, got: {a}",
  ],
  [
    "an empty path",
    step("DeleteFile", '          - path: ""'),
    'c/x.yaml:8:19 build.Do.inputs[0].path: must not be empty, got: ""',
  ],
  [
    "parameters that aren't maps of one name",
    steps(bash("Do"), "parameters:\n  - Level\n  - {}\nconstants: {}\n"),
    'c/x.yaml:3:5 parameters[0]: must be a name with its definition, got: "Level"',
    "c/x.yaml:4:5 parameters[1]: must contain exactly one name, got: {}",
    "c/x.yaml:5:12 constants: must be a list of names, each with its definition, got: {}",
  ],
  [
    "allowed values that aren't a list",
    steps(
      bash("Do").replace('"true"', "echo {{ Level }}"),
      "parameters:\n  - Level: { type: string, allowedValues: a }\n",
    ),
    'c/x.yaml:3:43 parameters.Level.allowedValues: must be a list of strings, got: "a"',
  ],
];

test.each(rejected.map(([what, text, ...lines]) => ({ what, text, lines })))(
  "checkComponent rejects $what",
  ({ text, lines }) => {
    const { value, problems } = checkComponent("c/x.yaml", text);
    expect(linesOf(problems)).toEqual(lines);
    expect(value).toBeUndefined();
  },
);

/** A document with most keys that there are. */
const EXTENSIVE = document(
  `  - name: build
    steps:
      - name: Write
        action: CreateFile
        timeoutSeconds: 5
        onFailure: Ignore
        maxAttempts: 2
        inputs:
          - { path: /a, content: "{{ Level }}", encoding: utf8, owner: a, permissions: 0644, overwrite: true }
      - name: Run
        action: ExecuteBash
        loop: { name: each, forEach: [a, 1] }
        if: { and: [{ binaryExists: a }, { stringEquals: a, value: b }, { not: { fileMD5Equals: x, path: y } }], then: Skip }
        inputs: { commands: ["{{ each.value }}", "{{ build.Write.inputs[0].path }}"] }
      - name: Check
        action: Assert
        loop: { for: { start: 1, end: 2, updateBy: 1 } }
        inputs: { stringIsEmpty: "{{ loop.index }}" }
      - name: Register
        action: SetRegistry
        loop: { forEach: { list: "a,b", delimiter: "," } }
        inputs: [{ path: "a", name: b, value: 1, type: SZ }]
      - { name: Install, action: InstallMSI, inputs: { path: a, reboot: Allow, properties: { A: b } } }
`,
  "parameters:\n  - Level: { type: string, default: a, allowedValues: [a] }\n",
);

test("checkComponent throws nothing, whatever value is in any place of a document", () => {
  expect(problemsOf(EXTENSIVE)).toEqual([]);
  const unexpected: readonly unknown[] = [
    null,
    0,
    "",
    "constructor",
    "{{ x }}",
    [],
    [null],
    {},
    { toString: 1 },
  ];
  for (const value of unexpected)
    for (const changed of someCases([...changedInEachPlace(parse(EXTENSIVE), value)])) {
      // JSON is YAML.
      const checked = checkComponent("c/x.yaml", JSON.stringify(changed));
      expect(checked.value !== undefined || checked.problems.length > 0).toBe(true);
    }
});

test("checkComponent warns of parameters and constants that aren't used", () => {
  const { value, problems } = checkComponent(
    "c/x.yaml",
    steps(
      bash("Do"),
      "parameters:\n  - Count:\n      type: string\nconstants:\n  - Limit: { type: string, value: a }\n",
    ),
  );
  expect(describeProblems("factory.yaml", problems)).toBe(
    `factory.yaml has 2 warnings:
  c/x.yaml:4:7 parameters.Count: is declared but not used [unused-parameter]
  c/x.yaml:6:12 constants.Limit: is declared but not used [unused-parameter]`,
  );
  expect(value?.parameters).toEqual([{ name: "Count", required: true }]);
});

test("checkComponent doesn't warn of parameters while the document has expressions without quotes", () => {
  const text = step("ReadFile", "          path: {{ Count }}").replace(
    "phases:",
    "parameters:\n  - Count: { type: string }\nphases:",
  );
  expect(problemsOf(text)).toEqual([
    "c/x.yaml:10:17 build.Do.inputs.path: is an expression without quotes, which YAML reads as a map: write '{{ … }}'",
  ]);
});

test("checkComponent warns of a phase whose name is nearly that of one that Image Builder runs", () => {
  const { value, problems } = checkComponent(
    "c/x.yaml",
    document(
      `  - name: build\n    steps:\n${bash("Do")}  - name: validte\n    steps:\n${bash("Do")}  - name: report\n    steps:\n${bash("Do")}`,
    ),
  );
  expect(linesOf(problems)).toEqual([
    "c/x.yaml:10:11 validte.name: isn't a phase that Image Builder runs: did you mean 'validate'?, got: \"validte\" [phase-name]",
  ]);
  expect(value).toBeDefined();
});
