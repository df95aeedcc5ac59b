import { textsIn } from "../document/steps";
import type { Problem } from "../problems";
import { ACTIONS } from "./actions";
import type { Document } from "./schema";

/** https://docs.aws.amazon.com/imagebuilder/latest/userguide/wfdoc-dynamic-vars.html */
const VARIABLES = [
  ...["cloudWatchLogGroup", "cloudWatchLogStream", "collectImageMetadata", "collectImageScanFindings", "imageBuildNumber"],
  ...["imageId", "imageName", "imageType", "imageVersionNumber", "instanceProfileName", "platform", "s3Logs"],
  ...["securityGroups", "sourceImageARN", "subnetId", "terminateInstanceOnFailure", "workflowPhase", "workingDirectory"],
];

/** Somewhere in a document where something is referred to. */
interface Reference {
  readonly path: readonly PropertyKey[];
  /** `$.…` */
  readonly to: string;
}

/** What a text refers to: as a whole where its key ends in `.$` or it is compared, else between braces. */
const referencesIn = (raw: unknown, at: readonly PropertyKey[]): Reference[] =>
  textsIn(raw, at).flatMap(({ path, text }) => {
    if (text.includes("{{")) return [...text.matchAll(/\{\{\s*(\$\..*?)\s*\}\}/gs)].map(([, to = ""]) => ({ path, to }));
    const key = String(path.at(-1));
    return key.endsWith(".$") || (key === "value" && text.startsWith("$.")) ? [{ path, to: text.trim() }] : [];
  });

/** Texts that look like a reference and are taken as they stand. */
const literalReferences = (raw: unknown, at: readonly PropertyKey[]): Problem[] =>
  textsIn(raw, at).flatMap(({ path, text }) => {
    const key = String(path.at(-1));
    return text.startsWith("$.") && !key.endsWith(".$")
      ? [{ path, message: `is taken as it stands: call the key '${key}.$', or write '{{ ${text} }}'`, got: text }]
      : [];
  });

const problemOf = ({ parameters = [], steps }: Document, to: string, before: number): string | undefined => {
  const [, kind = "", name = "", rest = ""] = /^\$\.(\w+)\.([\w-]+)(.*)$/.exec(to) ?? [];
  switch (kind) {
    case "parameters":
      return parameters.some((parameter) => parameter.name === name)
        ? undefined
        : `refers to a parameter that isn't declared: ${to}`;
    case "imagebuilder":
      return VARIABLES.includes(name) ? undefined : `refers to what isn't one of ${VARIABLES.join(", ")}: ${to}`;
    case "workflowOutputs":
      return undefined;
    case "stepOutputs": {
      const index = steps.findIndex((step) => step.name === name);
      const step = steps[index];
      if (!step) return `refers to step '${name}', which the document doesn't have: ${to}`;
      if (index >= before) return `refers to a step that runs later: ${to}`;
      const [, output = ""] = /^\.(\w+)/.exec(rest) ?? [];
      const { outputs = [] } = ACTIONS[step.action] ?? {};
      return outputs.includes(output)
        ? undefined
        : `refers to what ${step.action} doesn't leave, which is ${outputs.join(", ") || "nothing"}: ${to}`;
    }
    default:
      return `refers to what is neither $.parameters, $.stepOutputs, $.workflowOutputs nor $.imagebuilder: ${to}`;
  }
};

/** Problems of everything that a document refers to: it must be declared, or have been left by a step before. */
export const referenceProblems = (document: Document): Problem[] => {
  const { steps, outputs = [] } = document;
  const check = (references: readonly Reference[], before: number): Problem[] =>
    references.flatMap(({ path, to }) => {
      const message = problemOf(document, to, before);
      return message === undefined ? [] : [{ path, message }];
    });
  return [
    ...steps.flatMap(({ inputs, if: condition }, index) => [
      ...literalReferences(inputs, ["steps", index, "inputs"]),
      ...check(
        [...referencesIn(inputs, ["steps", index, "inputs"]), ...referencesIn(condition, ["steps", index, "if"])],
        index,
      ),
    ]),
    ...outputs.flatMap(({ value }, index) => check(referencesIn({ value }, ["outputs", index]), steps.length)),
  ];
};

/** Parameters that nothing refers to. */
export const unusedProblems = ({ parameters = [], steps, outputs = [] }: Document): Problem[] => {
  const text = JSON.stringify([steps, outputs]);
  return parameters.flatMap(({ name }, index) =>
    new RegExp(`\\$\\.parameters\\.${name}(?![\\w-])`).test(text)
      ? []
      : [{ path: ["parameters", index], message: "is declared and not used", got: name }],
  );
};
