import { managedWorkflow, managedWorkflowsFor } from "../aws/managed-workflows";
import { stepActionOf } from "../aws/workflow-steps";
import { nameOf } from "../documents/text-file";
import { TOPIC_PARAMETER, type WorkflowDocument } from "../documents/workflow/check";
import { permissionFor, permissionProblem } from "../documents/workflow/permissions";
import { workflowName } from "../names";
import { ImageName } from "../schema/primitives";
import { missingFile, wrongFiles } from "./files";
import { platformIn } from "./operating-systems";
import {
  allBaked,
  type Rule,
  type Subject,
  type SubjectBaked,
  type SubjectWorkflow,
} from "./subject";

function eachWorkflow(
  subject: Subject,
): { readonly image: SubjectBaked; readonly workflow: SubjectWorkflow }[] {
  return allBaked(subject).flatMap((image) =>
    image.workflows.map((workflow) => ({ image, workflow })),
  );
}

/** What a workflow is, if that is a document that was found right. */
export function documentIn(
  subject: Subject,
  { document }: SubjectWorkflow,
): WorkflowDocument | undefined {
  const read = subject.files.workflows.get(document ?? "");
  return read?.value;
}

/** Those whose documents are right. */
export function eachDocument(subject: Subject) {
  return eachWorkflow(subject).flatMap(({ image, workflow }) => {
    const document = documentIn(subject, workflow);
    return document ? [{ image, workflow, document, at: [...workflow.path, "document"] }] : [];
  });
}

const documentIsThere: Rule = (subject) =>
  eachWorkflow(subject).flatMap(({ workflow: { path, document } }) =>
    missingFile(subject.files.workflows, [...path, "document"], document),
  );

const documentIsRight: Rule = ({ files: { workflows } }) => wrongFiles(workflows);

const documentNamed: Rule = (subject) =>
  eachWorkflow(subject).flatMap(({ image, workflow: { path, document } }) => {
    if (document === undefined) return [];
    const name = nameOf(document);
    const problem = ImageName.safeParse(name).error?.issues[0];
    const whole = workflowName(image.name, name);
    const tooLong =
      whole.length > 128
        ? `is too long: its workflow '${whole}' has ${whole.length} characters, at most 128 fit`
        : undefined;
    const message = problem
      ? `a workflow is named after its file without ending, which ${problem.message}`
      : tooLong;
    return message === undefined ? [] : [{ path: [...path, "document"], message, got: document }];
  });

const oneDocumentAName: Rule = (subject) => {
  const all = eachWorkflow(subject).flatMap(({ workflow: { document, path, type } }) =>
    document === undefined
      ? []
      : [{ document, at: [...path, "document"], key: `${type}:${nameOf(document)}` }],
  );
  return all.flatMap(({ document, at, key }) => {
    const first = all.find((other) => other.key === key)?.document;
    const message = `would be a second workflow named '${nameOf(document)}', beside ${first}: rename one of the files`;
    return first === document ? [] : [{ path: at, message, got: document }];
  });
};

export function hasAction({ actions }: WorkflowDocument, ...wanted: readonly string[]): boolean {
  return actions.some(({ action }) => wanted.includes(action));
}

/** https://docs.aws.amazon.com/imagebuilder/latest/userguide/wfdoc-step-actions.html: what runs where. */
const stepsFit: Rule = (subject) =>
  eachDocument(subject).flatMap(({ image, workflow: { type, document: got }, document, at }) => {
    const platform = platformIn(subject, image);
    const strange = document.actions.filter(({ action }) => {
      const known = stepActionOf(action);
      const ofPlatform =
        known?.platform === undefined || platform === undefined || known.platform === platform;
      return (
        !(known?.types ?? [type]).includes(type) ||
        (known?.kind ?? image.kind) !== image.kind ||
        !ofPlatform
      );
    });
    const which = strange.map(({ action, location: place }) => `${action} (${place})`).join(", ");
    const what = `the ${type} of ${image.kind === "image" && platform !== undefined ? `${platform} images` : `${image.kind}s`}`;
    return strange.length > 0
      ? [{ path: at, message: `has what isn't for ${what}: ${which}`, got }]
      : [];
  });

const managedFits: Rule = (subject) =>
  eachWorkflow(subject).flatMap(({ image: { kind }, workflow: { awsManaged, path, type } }) => {
    const known = managedWorkflow(awsManaged);
    const message = `must be a ${type} workflow of AWS's for ${kind}s, ${managedWorkflowsFor({ type, kind }).join(", ")}`;
    return awsManaged === undefined || (known?.type === type && known.kind === kind)
      ? []
      : [{ path: [...path, "awsManaged"], message, got: awsManaged }];
  });

/** Whoever answers STOP means that the build ends. */
const gateHolds: Rule = (subject) =>
  eachDocument(subject)
    .filter(
      ({ workflow, document }) =>
        workflow.onFailure === "continue" && hasAction(document, "WaitForAction"),
    )
    .map(({ workflow: { path } }) => ({
      path: [...path, "onFailure"],
      message:
        "must be abort for a document with WaitForAction: the answer STOP would let the build go on",
      got: "continue",
    }));

/** What a parameter names, as what a document names. */
const rightsAreNamed: Rule = (subject) =>
  eachDocument(subject).flatMap(({ workflow: { path, parameters, document: got }, document, at }) =>
    document.requiredPermissions.flatMap((need) => {
      const right = permissionFor(need, parameters, document.parameters);
      const message = right && permissionProblem(right);
      if (message === undefined || !("parameter" in need.value)) return [];
      const { parameter } = need.value;
      return Object.hasOwn(parameters, parameter)
        ? [{ path: [...path, "parameters", parameter], message, got: right?.target }]
        : [
            {
              path: at,
              message: `has a default of ${parameter}, '${right?.target}', which ${message}`,
              got,
            },
          ];
    }),
  );

type Parameter = WorkflowDocument["parameters"][number];

const TYPES: Readonly<Record<Parameter["type"], RegExp>> = {
  string: /^/,
  integer: /^-?\d+$/,
  boolean: /^(true|false)$/,
  // Of several texts the provider hands on the first: internal/service/imagebuilder/flex.go.
  stringList: /^$/,
};

const parametersFit: Rule = (subject) =>
  eachDocument(subject).flatMap(({ workflow: { path, parameters, document: got }, document }) => {
    const problem = (name: string, message: string, value?: unknown) => ({
      path: [...path, "parameters", name],
      message,
      got: value,
    });
    const declared = document.parameters.map(({ name }) => name);
    return [
      ...Object.keys(parameters)
        .filter((name) => !declared.includes(name))
        .map((name) =>
          problem(
            name,
            `isn't a parameter of ${got}, which declares ${declared.join(", ") || "none"}`,
          ),
        ),
      ...document.parameters.flatMap(({ name, type, default: fallback }) => {
        const value = parameters[name];
        if (!Object.hasOwn(parameters, name))
          return fallback === undefined && (name !== TOPIC_PARAMETER || type !== "string")
            ? [problem(name, `is missing: ${got} declares it without a default`)]
            : [];
        const message =
          type === "stringList"
            ? "is a list, which can't be passed: give it a default in the document"
            : `must be of type ${type}`;
        return value === undefined || TYPES[type].test(value)
          ? []
          : [problem(name, message, value)];
      }),
    ];
  });

export const workflowRules: readonly Rule[] = [
  documentIsThere,
  documentIsRight,
  documentNamed,
  oneDocumentAName,
  stepsFit,
  managedFits,
  gateHolds,
  rightsAreNamed,
  parametersFit,
];
