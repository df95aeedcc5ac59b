import { workflowName } from "../names";
import { ImageName } from "../primitives";
import { nameOf } from "../text-file";
import { ACTIONS } from "../workflow/actions";
import { TOPIC_PARAMETER, type WorkflowDocument } from "../workflow/check";
import { platformIn } from "./operating-systems";
import { allBaked, type Rule, type Subject, type SubjectBaked, type SubjectWorkflow } from "./subject";

const eachWorkflow = (subject: Subject): { readonly image: SubjectBaked; readonly workflow: SubjectWorkflow }[] =>
  allBaked(subject).flatMap((image) => image.workflows.map((workflow) => ({ image, workflow })));

/** Those whose documents are right. */
const eachDocument = (subject: Subject) =>
  eachWorkflow(subject).flatMap(({ image, workflow }) => {
    const read = subject.files.workflows.get(workflow.document ?? "");
    const at = [...workflow.path, "document"];
    return read && "document" in read ? [{ image, workflow, document: read.document, at }] : [];
  });

const documentIsThere: Rule = (subject) =>
  eachWorkflow(subject).flatMap(({ workflow: { path, document } }) => {
    const read = subject.files.workflows.get(document ?? "");
    return read && "problems" in read && read.problems.length === 0
      ? [{ path: [...path, "document"], message: "there is no such file", got: document }]
      : [];
  });

/** Each once, however many images use the document. */
const documentIsRight: Rule = ({ files: { workflows } }) =>
  [...workflows.values()].flatMap((read) => ("problems" in read ? read.problems : []));

const documentNamed: Rule = (subject) =>
  eachWorkflow(subject).flatMap(({ image, workflow: { path, document } }) => {
    if (document === undefined) return [];
    const name = nameOf(document);
    const problem = ImageName.safeParse(name).error?.issues[0];
    const whole = workflowName(image.name, name);
    const tooLong =
      whole.length > 128 ? `is too long: its workflow '${whole}' has ${whole.length} characters, at most 128 fit` : undefined;
    const message = problem ? `a workflow is named after its file without ending, which ${problem.message}` : tooLong;
    return message === undefined ? [] : [{ path: [...path, "document"], message, got: document }];
  });

const oneDocumentAName: Rule = (subject) => {
  const all = eachWorkflow(subject).flatMap(({ workflow: { document, path, type } }) =>
    document === undefined ? [] : [{ document, at: [...path, "document"], key: `${type}:${nameOf(document)}` }],
  );
  return all.flatMap(({ document, at, key }) => {
    const first = all.find((other) => other.key === key)?.document;
    const message = `would be a second workflow named '${nameOf(document)}', beside ${first}: rename one of the files`;
    return first === document ? [] : [{ path: at, message, got: document }];
  });
};

/** https://docs.aws.amazon.com/imagebuilder/latest/userguide/wfdoc-step-actions.html: what runs where. */
const stepsFit: Rule = (subject) =>
  eachDocument(subject).flatMap(({ image, workflow: { type, document: got }, document, at }) => {
    const platform = platformIn(subject, image);
    const strange = document.actions.filter(({ action }) => {
      const known = ACTIONS[action];
      const ofPlatform = known?.platform === undefined || platform === undefined || known.platform === platform;
      return !(known?.types ?? [type]).includes(type) || (known?.kind ?? image.kind) !== image.kind || !ofPlatform;
    });
    const which = strange.map(({ action, at: place }) => `${action} (${place})`).join(", ");
    const what = `the ${type} of ${image.kind === "image" ? `${platform} images` : "containers"}`;
    return strange.length > 0 ? [{ path: at, message: `has what isn't for ${what}: ${which}`, got }] : [];
  });

/** What Image Builder goes on with. That it asks for a container's host to be prepared is inferred from its own workflow. */
const buildComesToSomething: Rule = (subject) =>
  eachDocument(subject).flatMap(({ image, workflow: { type, document: got }, document, at }) => {
    if (type !== "build") return [];
    if (image.kind === "image")
      return document.outputs.includes("ImageId")
        ? []
        : [{ path: at, message: "must have an output ImageId, or Image Builder refuses to build with it", got }];
    return document.actions.some(({ action }) => action === "BootstrapInstanceForContainer")
      ? []
      : [{ path: at, message: "must have a step BootstrapInstanceForContainer, or the instance can't build a container", got }];
  });

const managedFits: Rule = (subject) =>
  eachWorkflow(subject).flatMap(({ image: { kind }, workflow: { awsManaged, path } }) =>
    awsManaged !== undefined && /container/.test(awsManaged) !== (kind === "container")
      ? [{ path: [...path, "awsManaged"], message: `isn't for ${kind}s`, got: awsManaged }]
      : [],
  );

const testsAreWanted: Rule = (subject) =>
  allBaked(subject)
    .filter(({ testsEnabled, workflows }) => !testsEnabled && workflows.some(({ type }) => type === "test"))
    .map(({ path }) => ({ path: [...path, "workflows", "tests"], message: "can't stand beside tests: { enabled: false }" }));

/** Members of a group run together, so that they stand together. */
const groupsTogether: Rule = (subject) =>
  allBaked(subject).flatMap(({ workflows }) => {
    const tests = workflows.filter(({ type }) => type === "test");
    return tests.flatMap(({ parallelGroup: group, path }, index) => {
      const before = tests.findLastIndex((other, at) => at < index && other.parallelGroup === group);
      const message = "must stand beside the others of its group: Image Builder runs it with the first of them";
      return group !== undefined && before >= 0 && before < index - 1
        ? [{ path: [...path, "parallelGroup"], message, got: group }]
        : [];
    });
  });

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
        .map((name) => problem(name, `isn't a parameter of ${got}, which declares ${declared.join(", ") || "none"}`)),
      ...document.parameters.flatMap(({ name, type, default: fallback }) => {
        const value = parameters[name];
        if (!Object.hasOwn(parameters, name))
          return fallback === undefined && name !== TOPIC_PARAMETER
            ? [problem(name, `is missing: ${got} declares it without a default`)]
            : [];
        const message =
          type === "stringList"
            ? "is a list, which can't be passed: give it a default in the document"
            : `must be of type ${type}`;
        return value === undefined || TYPES[type].test(value) ? [] : [problem(name, message, value)];
      }),
    ];
  });

export const workflowRules: readonly Rule[] = [
  documentIsThere,
  documentIsRight,
  documentNamed,
  oneDocumentAName,
  stepsFit,
  buildComesToSomething,
  managedFits,
  testsAreWanted,
  groupsTogether,
  parametersFit,
];
