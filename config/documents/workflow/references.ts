import { stepActionOf } from "../../aws/workflow-steps";
import type { Problem } from "../../problems";
import { isMap, textsIn } from "../raw";
import type { Path, RawWorkflow } from "./steps";

/** https://docs.aws.amazon.com/imagebuilder/latest/userguide/wfdoc-dynamic-vars.html, and `dateTime` by an example there. */
const VARIABLES = [
  ...[
    "cloudWatchLogGroup",
    "cloudWatchLogStream",
    "collectImageMetadata",
    "collectImageScanFindings",
    "dateTime",
  ],
  ...[
    "imageBuildNumber",
    "imageId",
    "imageName",
    "imageType",
    "imageVersionNumber",
    "instanceProfileName",
    "platform",
  ],
  ...[
    "s3Logs",
    "securityGroups",
    "sourceImageARN",
    "subnetId",
    "terminateInstanceOnFailure",
    "workflowPhase",
  ],
  "workingDirectory",
];

/** Somewhere in a document where something is referred to. */
interface Reference {
  readonly path: Path;
  /** `$.…` */
  readonly to: string;
}

/** What a text refers to: as a whole where its key ends in `.$` or it is compared, else between braces. */
function referencesIn(raw: unknown, at: Path): Reference[] {
  return textsIn(raw, at).flatMap(({ path, text }) => {
    if (text.includes("{{"))
      return [...text.matchAll(/\{\{\s*(\$\..*?)\s*\}\}/gs)].map(([, to = ""]) => ({ path, to }));
    const key = String(path.at(-1));
    return key.endsWith(".$") || (key === "value" && text.startsWith("$."))
      ? [{ path, to: text.trim() }]
      : [];
  });
}

const MEANT = "must be a reference such as $.parameters.NAME, or a text with {{ … }} in it";

/** Keys that end in `.$` and are no reference, or stand beside the key without it; and texts that look like one and are taken as they stand. */
function spellingProblems(raw: unknown, at: Path): Problem[] {
  if (Array.isArray(raw))
    return raw.flatMap((item, index) => spellingProblems(item, [...at, index]));
  if (!isMap(raw)) return [];
  return Object.entries(raw).flatMap(([key, value]) => {
    const path = [...at, key];
    if (key.endsWith(".$")) {
      const isReference =
        typeof value === "string" && (value.startsWith("$.") || value.includes("{{"));
      const isTwice = Object.hasOwn(raw, key.slice(0, -2));
      return [
        ...(isReference ? [] : [{ path, message: MEANT, got: value }]),
        ...(isTwice
          ? [{ path, message: `stands beside ${key.slice(0, -2)}: leave one of them out` }]
          : []),
      ];
    }
    return typeof value === "string" && value.startsWith("$.")
      ? [
          {
            path,
            message: `is taken as it stands: call the key '${key}.$', or write '{{ ${value} }}'`,
            got: value,
          },
        ]
      : spellingProblems(value, path);
  });
}

const PARTS = /^\$\.(\w+)\.([\w-]+)(.*)$/;

function problemOf(
  { parameters, steps }: RawWorkflow,
  to: string,
  before: number,
): string | undefined {
  const [, kind = "", name = "", rest = ""] = PARTS.exec(to) ?? [];
  switch (kind) {
    case "parameters":
      return parameters.some((parameter) => parameter.name === name)
        ? undefined
        : `refers to a parameter that isn't declared: ${to}`;
    case "imagebuilder":
      return VARIABLES.includes(name)
        ? undefined
        : `refers to what isn't one of ${VARIABLES.join(", ")}: ${to}`;
    case "workflowOutputs":
      return undefined;
    case "stepOutputs": {
      const index = steps.findIndex((step) => step.name === name);
      const step = steps[index];
      if (!step) return `refers to step '${name}', which the document doesn't have: ${to}`;
      if (index >= before) return `refers to a step that runs later: ${to}`;
      const [, output = ""] = /^\.(\w+)/.exec(rest) ?? [];
      const { outputs } = stepActionOf(step.action) ?? { outputs: [output] };
      return outputs.includes(output)
        ? undefined
        : `refers to what ${step.action} doesn't leave, which is ${outputs.join(", ") || "nothing"}: ${to}`;
    }
    default:
      return `refers to what is neither $.parameters, $.stepOutputs, $.workflowOutputs nor $.imagebuilder: ${to}`;
  }
}

/** Every reference of a document, with how many of its steps have run by then. */
function allReferences({
  steps,
  outputs,
}: RawWorkflow): (Reference & { readonly before: number })[] {
  return [
    ...steps.flatMap(({ path, inputs, condition, rollback }, before) =>
      [
        ...referencesIn(inputs, [...path, "inputs"]),
        ...referencesIn(condition, [...path, "if"]),
        ...referencesIn(rollback, path),
      ].map((reference) => ({ ...reference, before })),
    ),
    ...outputs.flatMap(({ path, value }) =>
      referencesIn({ value }, path).map((reference) => ({ ...reference, before: steps.length })),
    ),
  ];
}

/** Problems of everything that a document refers to: it must be declared, or have been left by a step before. */
export function referenceProblems(workflow: RawWorkflow): Problem[] {
  return [
    ...workflow.steps.flatMap(({ path, inputs }) => spellingProblems(inputs, [...path, "inputs"])),
    ...allReferences(workflow).flatMap(({ path, to, before }) => {
      const message = problemOf(workflow, to, before);
      return message === undefined ? [] : [{ path, message }];
    }),
  ];
}

/** Outputs of workflows that ran before, which only who knows these can judge. */
export function consumedOutputs(workflow: RawWorkflow): string[] {
  return allReferences(workflow).flatMap(({ to }) => {
    const [, kind, name = ""] = PARTS.exec(to) ?? [];
    return kind === "workflowOutputs" ? [name] : [];
  });
}

/** Parameters that nothing refers to. */
export function unusedProblems(workflow: RawWorkflow): Problem[] {
  const used = allReferences(workflow).flatMap(({ to }) => {
    const [, kind, name] = PARTS.exec(to) ?? [];
    return kind === "parameters" ? name : [];
  });
  return workflow.parameters.flatMap(({ name, path }) =>
    used.includes(name) ? [] : [{ path, message: "is declared and not used", got: name }],
  );
}
