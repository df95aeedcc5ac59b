import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkComponent } from "../../../../config/documents/component/check";
import { ConfigError } from "../../../../config/problems";

/** The lines that a document is refused with. */
function refusal(text: string): string[] {
  const checked = checkComponent("c/x.yaml", text);
  return ConfigError.of("factory.yaml", checked.problems)
    .message.split("\n")
    .slice(1)
    .map((line) => line.trim());
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

describe("takes", () => {
  test.each([
    ...readdirSync("components/linux").map((file) => `linux/${file}`),
    ...readdirSync("components/windows").map((file) => `windows/${file}`),
  ])("components/%s", (file) =>
    expect(refusal(readFileSync(join("components", file), "utf8"))).toEqual([]),
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
      "an expression for a number",
      step("Reboot", "          delaySeconds: '{{ Delay }}'").replace(
        "phases:",
        "constants:\n  - Delay:\n      type: string\n      value: '5'\nphases:",
      ),
    ],
    [
      "a step of one name in two phases",
      document(
        `  - name: build\n    steps:\n${bash("Do")}  - name: validate\n    steps:\n${bash("Do")}`,
      ),
    ],
    [
      "a name with a space in a chain",
      steps(`${bash("First step")}      - name: Second
        action: ExecuteBash
        inputs:
          commands:
            - "echo '{{ build.First step.outputs.stdout }}'"
`),
    ],
    [
      "a chain from validate to build, and to an input",
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
      "a loop over a list, by its name",
      steps(
        bash("Do", "        loop:\n          name: each\n          forEach: [a, b]\n").replace(
          '"true"',
          "echo {{ each.value }} {{ each.index }}",
        ),
      ),
    ],
    [
      "a loop over a delimited text",
      steps(
        bash(
          "Do",
          "        loop:\n          forEach:\n            list: a,b\n            delimiter: ','\n",
        ).replace('"true"', "echo {{ loop.value }}"),
      ),
    ],
    [
      "a condition with logic",
      steps(
        bash(
          "Do",
          "        if:\n          and:\n            - binaryExists: dnf\n            - not:\n                fileExists: /etc/x\n          then: Execute\n          else: Abort\n",
        ),
      ),
    ],
    [
      "an assertion on an earlier output",
      steps(`${bash("Do")}      - name: Check
        action: Assert
        inputs:
          stringEquals: ok
          value: '{{ build.Do.outputs.stdout }}'
`),
    ],
    [
      "a secret that the service resolves, by a parameter",
      steps(
        bash("Do", "        disableLogging: true\n").replace(
          '"true"',
          "echo {{ aws:ssm:resolve(Secret) }}",
        ),
        "parameters:\n  - Secret:\n      type: string\n",
      ),
    ],
    [
      "a chain from validate to build, listed after",
      document(
        `  - name: validate\n    steps:\n${bash("Look").replace('"true"', "echo {{ build.Do.outputs.stdout }}")}  - name: build\n    steps:\n${bash("Do")}`,
      ),
    ],
    [
      "a branch that skips",
      steps(bash("Do", "        if:\n          fileExists: /a\n          then: Skip\n")),
    ],
    [
      "an expression for a mode",
      steps(
        `${bash("First")}      - name: Do\n        action: SetFilePermissions\n        inputs:\n          - path: /a\n            permissions: '{{ build.First.outputs.stdout }}'\n`,
      ),
    ],
    [
      "what is the service's",
      steps(bash("Do").replace('"true"', "echo {{ imagebuilder:buildDate }}")),
    ],
    ["what is Terraform's elsewhere", steps(bash("Do").replace('"true"', "echo ${HOME} %{x}"))],
  ])("%s", (_what, text) => expect(refusal(text)).toEqual([]));
});

const refused: readonly (readonly [what: string, text: string, ...lines: string[]])[] = [
  [
    "two documents in one file",
    `${steps(bash("Do"))}---\n${steps(bash("Do"))}`,
    "c/x.yaml:10:1 Source contains multiple documents; please use YAML.parseAllDocuments()",
  ],
  [
    "an unknown tag",
    steps(bash("Do").replace('"true"', "!Sub x")),
    "c/x.yaml:9:15 Unresolved tag: !Sub",
  ],
  [
    "an action named as what every object has",
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
    "a loop that goes nowhere",
    steps(bash("Do", "        loop:\n          for: { start: 0, end: 1, updateBy: 0 }\n")),
    "c/x.yaml:8:46 build.Do.loop.for.updateBy: must be a whole number, not 0, got: 0",
  ],
  [
    "an empty description",
    steps(bash("Do"), 'description: ""\n'),
    'c/x.yaml:2:14 description: must not be empty, got: ""',
  ],
  [
    "a step's own output",
    steps(bash("Do").replace('"true"', "echo {{ build.Do.outputs.stdout }}")),
    "c/x.yaml:9:15 build.Do.inputs.commands[0]: refers to a step that runs later: build.Do.outputs.stdout",
  ],
  [
    "a chain from test to container-host-test",
    document(
      `  - name: test\n    steps:\n${bash("Do")}  - name: container-host-test\n    steps:\n${bash("Look").replace('"true"', "echo {{ test.Do.outputs.stdout }}")}`,
    ),
    "c/x.yaml:16:15 container-host-test.Look.inputs.commands[0]: refers from container-host-test to test, which runs on another instance: test.Do.outputs.stdout",
  ],
  [
    "a chain from build to validate, listed before",
    document(
      `  - name: validate\n    steps:\n${bash("Do")}  - name: build\n    steps:\n${bash("Look").replace('"true"', "echo {{ validate.Do.outputs.stdout }}")}`,
    ),
    "c/x.yaml:16:15 build.Look.inputs.commands[0]: refers to a step that runs later: validate.Do.outputs.stdout",
  ],
  [
    "an unknown name in a condition",
    steps(bash("Do", "        if:\n          stringEquals: a\n          value: '{{ Nothing }}'\n")),
    "c/x.yaml:9:18 build.Do.if.value: refers to what is neither a parameter, a constant nor phase.step.outputs: Nothing",
  ],

  [
    "what isn't YAML",
    "a: [",
    "c/x.yaml:1:5 Flow sequence in block collection must be sufficiently indented and end with a ]",
  ],
  [
    "another version of the schema",
    steps(bash("Do")).replace("1.0", "2.0"),
    "c/x.yaml:1:16 schemaVersion: must be 1.0, got: 2",
  ],
  [
    "an unknown key",
    steps(bash("Do"), "author: me\n"),
    "c/x.yaml:1:1 unknown key 'author': known are name, description, schemaVersion, parameters, constants, phases",
  ],
  [
    "no phases",
    "schemaVersion: 1.0\n",
    "c/x.yaml:1:1 phases: is missing, must be a list of phases",
  ],
  [
    "an empty list of phases",
    "schemaVersion: 1.0\nphases: []\n",
    "c/x.yaml:2:9 phases: must hold a phase, got: a list of 0",
  ],
  [
    "an unknown phase",
    document(`  - name: deploy\n    steps:\n${bash("Do")}`),
    'c/x.yaml:3:11 deploy.name: must be build, validate, test, container-host-test, got: "deploy"',
  ],
  [
    "a phase twice",
    document(
      `  - name: build\n    steps:\n${bash("Do")}  - name: build\n    steps:\n${bash("Do")}`,
    ),
    'c/x.yaml:10:11 build.name: is a phase of the document already, got: "build"',
  ],
  [
    "a phase without steps",
    document("  - name: build\n    steps: []\n"),
    "c/x.yaml:4:12 build.steps: must hold a step, got: a list of 0",
  ],
  [
    "a step twice",
    steps(bash("Do") + bash("Do")),
    'c/x.yaml:10:15 build.Do.name: is a step of the phase already, got: "Do"',
  ],
  [
    "an unknown action",
    step("RunBash", "          commands: [a]"),
    'c/x.yaml:6:17 build.Do.action: must be one of AppendFile, Assert, CopyFile, CopyFolder, CreateFile, CreateFolder, CreateSymlink, DeleteFile, DeleteFolder, ExecuteBash, ExecuteBinary, ExecuteDocument, ExecutePowerShell, InstallMSI, ListFiles, MoveFile, MoveFolder, ReadFile, Reboot, S3Download, S3Upload, SetFileEncoding, SetFileOwner, SetFilePermissions, SetFolderOwner, SetFolderPermissions, SetRegistry, UninstallMSI, UpdateOS, WebDownload, got: "RunBash"',
  ],
  [
    "a step without inputs",
    steps("      - name: Do\n        action: ExecuteBash\n"),
    "c/x.yaml:5:9 build.Do.inputs: is missing, must hold commands",
  ],
  [
    "an input that isn't known",
    step("ExecuteBash", "          commands: [a]\n          shell: bash"),
    "c/x.yaml:8:11 build.Do.inputs: unknown key 'shell': known are commands",
  ],
  [
    "an input that is missing",
    step("S3Download", "          - source: s3://b/k"),
    "c/x.yaml:8:13 build.Do.inputs[0].destination: is missing, must be a text",
  ],
  [
    "an input of another type",
    step("ExecuteBash", "          commands: ls"),
    'c/x.yaml:8:21 build.Do.inputs.commands: must be a list of texts, got: "ls"',
  ],
  [
    "an empty list of commands",
    step("ExecuteBash", "          commands: []"),
    "c/x.yaml:8:21 build.Do.inputs.commands: must hold at least one, got: a list of 0",
  ],
  [
    "a bucket owner that lost its quotes",
    step(
      "S3Upload",
      "          - source: /a\n            destination: s3://b\n            expectedBucketOwner: 111111111111",
    ),
    'c/x.yaml:10:34 build.Do.inputs[0].expectedBucketOwner: must be an account id of 12 digits in quotes, such as "111111111111", got: 111111111111',
  ],
  [
    "both commands and a file",
    step("ExecutePowerShell", "          commands: [a]\n          file: b"),
    "c/x.yaml:8:11 build.Do.inputs: must hold exactly one of commands, file, got: {commands, file}",
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
    'c/x.yaml:9:26 build.Do.inputs[0].permissions: must be an octal mode such as 0644, got: "rw"',
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
    "c/x.yaml:7:25 build.Do.timeoutSeconds: must be a whole number of seconds from 1, or -1 for no limit, got: 0",
  ],
  [
    "no attempts",
    steps(bash("Do", "        maxAttempts: 0\n")),
    "c/x.yaml:7:22 build.Do.maxAttempts: must be a whole number from 1, got: 0",
  ],
  [
    "two kinds of loop",
    steps(
      bash(
        "Do",
        "        loop:\n          for: { start: 0, end: 1, updateBy: 1 }\n          forEach: [a]\n",
      ),
    ),
    "c/x.yaml:8:11 build.Do.loop: must hold exactly one of for, forEach, got: {for, forEach}",
  ],
  [
    "a delimiter of two characters",
    steps(bash("Do", "        loop:\n          forEach: { list: a, delimiter: ', ' }\n")),
    'c/x.yaml:8:42 build.Do.loop.forEach.delimiter: must be one of . , ; : - _, a space, a tab or a new line, got: ", "',
  ],
  [
    "a condition without an operator",
    steps(bash("Do", "        if:\n          exists: /a\n")),
    "c/x.yaml:8:11 build.Do.if: must hold exactly one of stringIsEmpty, stringIsWhitespace, binaryExists, fileExists, folderExists, stringEquals, stringLessThan, stringLessThanEquals, stringGreaterThan, stringGreaterThanEquals, patternMatches, numberEquals, numberLessThan, numberLessThanEquals, numberGreaterThan, numberGreaterThanEquals, fileMD5Equals, fileSHA1Equals, fileSHA256Equals, fileSHA512Equals, and, or, not, got: {exists}",
  ],
  [
    "a condition with two operators",
    steps(bash("Do", "        if:\n          fileExists: /a\n          folderExists: /b\n")),
    "c/x.yaml:8:11 build.Do.if: must hold exactly one of stringIsEmpty, stringIsWhitespace, binaryExists, fileExists, folderExists, stringEquals, stringLessThan, stringLessThanEquals, stringGreaterThan, stringGreaterThanEquals, patternMatches, numberEquals, numberLessThan, numberLessThanEquals, numberGreaterThan, numberGreaterThanEquals, fileMD5Equals, fileSHA1Equals, fileSHA256Equals, fileSHA512Equals, and, or, not, got: {fileExists, folderExists}",
  ],
  [
    "a comparison without its value",
    steps(bash("Do", "        if:\n          numberEquals: 1\n")),
    "c/x.yaml:8:11 build.Do.if.value: is missing, must be what numberEquals compares with",
  ],
  [
    "an unknown branch",
    steps(bash("Do", "        if:\n          fileExists: /a\n          then: Stop\n")),
    'c/x.yaml:9:17 build.Do.if.then: must be Abort, Execute or Skip, got: "Stop"',
  ],
  [
    "an assertion of nothing",
    step("Assert", "          and: []"),
    "c/x.yaml:8:16 build.Do.inputs.and: must be a list of comparisons, got: a list of 0",
  ],
  [
    "a parameter that isn't text",
    steps(
      bash("Do").replace('"true"', "echo {{ Count }}"),
      "parameters:\n  - Count:\n      type: number\n",
    ),
    'c/x.yaml:4:13 parameters.Count.type: must be string, the only type there is, got: "number"',
  ],
  [
    "a default that isn't text",
    steps(
      bash("Do").replace('"true"', "echo {{ Count }}"),
      "parameters:\n  - Count:\n      type: string\n      default: 1\n",
    ),
    "c/x.yaml:5:16 parameters.Count.default: must be a text, got: 1",
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
    "a parameter that isn't used",
    steps(bash("Do"), "parameters:\n  - Count:\n      type: string\n"),
    "c/x.yaml:4:7 parameters.Count: is declared and not used",
  ],
  [
    "a constant without a value",
    steps(
      bash("Do").replace('"true"', "echo {{ Count }}"),
      "constants:\n  - Count:\n      type: string\n",
    ),
    "c/x.yaml:4:7 constants.Count.value: is missing, must be a text",
  ],
  [
    "a name declared twice",
    steps(
      bash("Do").replace('"true"', "echo {{ Count }}"),
      "parameters:\n  - Count:\n      type: string\nconstants:\n  - Count:\n      type: string\n      value: a\n",
    ),
    'c/x.yaml:7:7 constants.Count: is declared already, got: "Count"',
  ],
  [
    "an expression without quotes",
    step("ReadFile", "          - path: {{ build.Do.outputs.stdout }}"),
    "c/x.yaml:8:19 build.Do.inputs[0].path: is an expression without quotes: write '{{ … }}'",
  ],
  [
    "an expression of nothing",
    steps(bash("Do").replace('"true"', "echo {{ Nothing }}")),
    "c/x.yaml:9:15 build.Do.inputs.commands[0]: refers to what is neither a parameter, a constant nor phase.step.outputs: Nothing",
  ],
  [
    "a chain to an unknown phase",
    steps(bash("Do").replace('"true"', "echo {{ test.Do.outputs.stdout }}")),
    "c/x.yaml:9:15 build.Do.inputs.commands[0]: refers to phase 'test', which the document doesn't have: test.Do.outputs.stdout",
  ],
  [
    "a chain to an unknown step",
    steps(bash("Do").replace('"true"', "echo {{ build.Did.outputs.stdout }}")),
    "c/x.yaml:9:15 build.Do.inputs.commands[0]: refers to step 'build.Did', which the document doesn't have: build.Did.outputs.stdout",
  ],
  [
    "a chain to a later step",
    steps(bash("Do").replace('"true"', "echo {{ build.Later.outputs.stdout }}") + bash("Later")),
    "c/x.yaml:9:15 build.Do.inputs.commands[0]: refers to a step that runs later: build.Later.outputs.stdout",
  ],
  [
    "a chain from build to test",
    document(
      `  - name: build\n    steps:\n${bash("Do")}  - name: test\n    steps:\n${bash("Look").replace('"true"', "echo {{ build.Do.outputs.stdout }}")}`,
    ),
    "c/x.yaml:16:15 test.Look.inputs.commands[0]: refers from test to build, which runs on another instance: build.Do.outputs.stdout",
  ],
  [
    "a loop's value outside of a loop",
    steps(bash("Do").replace('"true"', "echo {{ loop.value }}")),
    "c/x.yaml:9:15 build.Do.inputs.commands[0]: refers to a loop that the step doesn't have: loop.value",
  ],
  [
    "a description that is too long",
    steps(bash("Do"), `description: ${"a".repeat(1_025)}\n`),
    'c/x.yaml:2:14 description: must have at most 1,024 characters, got: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…',
  ],
  [
    "more than 64 KiB",
    `${steps(bash("Do"))}#${"a".repeat(65_536)}\n`,
    "c/x.yaml is too long for Image Builder, which takes 65536 bytes, got: 65694",
  ],
  [
    "several things at once",
    document(
      `  - name: build\n    steps:\n${bash("Do")}${bash("Do", "        onFailure: Retry\n")}  - name: test\n    steps:\n      - name: Look\n        action: Reed\n`,
    ),
    'c/x.yaml:12:20 build.Do.onFailure: must be Abort, Continue or Ignore, got: "Retry"',
    'c/x.yaml:19:17 test.Look.action: must be one of AppendFile, Assert, CopyFile, CopyFolder, CreateFile, CreateFolder, CreateSymlink, DeleteFile, DeleteFolder, ExecuteBash, ExecuteBinary, ExecuteDocument, ExecutePowerShell, InstallMSI, ListFiles, MoveFile, MoveFolder, ReadFile, Reboot, S3Download, S3Upload, SetFileEncoding, SetFileOwner, SetFilePermissions, SetFolderOwner, SetFolderPermissions, SetRegistry, UninstallMSI, UpdateOS, WebDownload, got: "Reed"',
    'c/x.yaml:10:15 build.Do.name: is a step of the phase already, got: "Do"',
  ],
];

test.each(refused.map(([what, text, ...lines]) => ({ what, text, lines })))(
  "refuses $what",
  ({ text, lines }) => {
    expect(refusal(text)).toEqual(lines);
  },
);
