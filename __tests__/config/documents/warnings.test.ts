import { validateFactory } from "../../../config/load";
import { describeProblems } from "../../../config/problems";
import {
  DOCUMENT,
  inFolder,
  minimalFactory,
  WORKFLOW,
  withFolder,
} from "../../../tools/fixtures/factory-file";

test("validateFactory returns a factory whose documents have only warnings, each warning once", () => {
  const file = minimalFactory();
  file.images.web.components.push(file.images.base.components[1]);
  file.images.base.workflows = { tests: [{ document: "gate.yaml" }] };
  const documents = {
    "agent.yaml": DOCUMENT.replace("phases:", "  - Unused: { type: string, default: a }\nphases:"),
    "gate.yaml": WORKFLOW.replace(
      "steps:",
      "  - { name: Unused, type: string, default: a }\nsteps:",
    ),
  };
  withFolder({ file, documents }, (path) => {
    const { value, problems } = validateFactory(path);
    expect(value?.shared.images.map(({ name }) => name)).toEqual(["base", "web"]);
    expect(inFolder(path, describeProblems("factory.yaml", problems))).toBe(
      `factory.yaml has 2 warnings:
  agent.yaml:10:13 parameters.Unused: is declared but not used [unused-parameter]
  gate.yaml:7:5 parameters.Unused: is declared but not used [unused-parameter]`,
    );
  });
});
