import { type Phases, readPhases } from "../../../tools/run-documents/steps";

function read(steps: string, parameters?: Record<string, string>): Phases {
  return readPhases(
    "agent.yaml",
    `schemaVersion: 1.0
parameters:
  - Port: { type: string }
  - Level: { type: string, default: INFO }
constants:
  - Folder: { type: string, value: /opt }
phases:
  - name: build
    steps:
${steps}`,
    parameters,
  );
}

function bash(command: string, more = ""): string {
  return `      - name: Do
        action: ExecuteBash
${more}        inputs:
          commands: ["${command}", "true"]
`;
}

test("readPhases joins the commands of a step to one script, with values in place of expressions", () => {
  expect(read(bash("echo {{ Port }} {{Level}} {{ Folder }}"), { Port: "443" })).toEqual({
    build: [
      {
        name: "build.Do",
        action: "ExecuteBash",
        onFailure: "Abort",
        maxAttempts: 1,
        script: "echo 443 INFO /opt\ntrue\n",
      },
    ],
  });
});

test("readPhases reads how a step fails, and steps of other action modules", () => {
  const steps = `${bash("echo {{ Port }}{{ Level }}{{ Folder }}", "        onFailure: Ignore\n        maxAttempts: 3\n")}      - name: Update
        action: UpdateOS
`;
  expect(read(steps, { Port: "443", Level: "DEBUG" })["build"]).toMatchObject([
    { onFailure: "Ignore", maxAttempts: 3, script: "echo 443DEBUG/opt\ntrue\n" },
    { name: "build.Update", action: "UpdateOS", script: undefined },
  ]);
});

test.each<[string, string, string]>([
  ["a parameter without a value", bash("echo {{ Port }}"), "build.Do: 'Port' has no value"],
  [
    "an output of a step",
    `${bash("true")}${bash("echo {{ build.Do.outputs.stdout }}").replace("name: Do", "name: Then")}`,
    "build.Then: 'build.Do.outputs.stdout' has no value",
  ],
  [
    "a loop",
    bash("true", "        loop: { name: each, forEach: [a] }\n"),
    "build.Do: 'loop' isn't emulated",
  ],
  [
    "an invalid document",
    bash("true").replace("ExecuteBash", "Zypper"),
    "agent.yaml:11:17 must be one of AppendFile, Assert,",
  ],
])("readPhases rejects %s", (_, steps, message) => {
  expect(() => read(steps)).toThrow(message);
});
