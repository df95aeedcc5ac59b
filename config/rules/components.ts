import { documentName } from "../component-document";
import { ImageName } from "../primitives";
import { allImages, type ImageEntry, type PlacedImage, type Rule, type Subject } from "./rule";

type Entry = ImageEntry["components"][number];

const eachComponent = (subject: Subject): (PlacedImage & { component: Entry; at: PropertyKey[]; index: number })[] =>
  allImages(subject).flatMap((placed) =>
    placed.image.components.map((component, index) => ({
      ...placed,
      component,
      index,
      at: [...placed.path, "components", index],
    })),
  );

/** What Image Builder takes for the same component: it refuses two versions of one as well. */
const identity = ({ awsManaged, document, arn }: Entry): string => {
  if (awsManaged !== undefined) return `awsManaged ${awsManaged}`;
  return document === undefined
    ? `arn ${arn?.replace(/\/[^/]*\.[^/]*\.[^/]*(\/\d+)?$/, "")}`
    : `document ${documentName(document)}`;
};

const namedOnce: Rule = (subject) =>
  eachComponent(subject).flatMap(({ image, component, index, at }) =>
    image.components.findIndex((other) => identity(other) === identity(component)) < index
      ? [{ path: at, message: "names a component that the image has already", got: identity(component) }]
      : [],
  );

const documentIsThere: Rule = (subject) =>
  eachComponent(subject).flatMap(({ component: { document }, at }) => {
    const read = subject.documents.get(document ?? "");
    return read && "problems" in read && read.problems.length === 0
      ? [{ path: [...at, "document"], message: "there is no such file", got: document }]
      : [];
  });

/** Each once, however many images use the document. */
const documentIsRight: Rule = ({ documents }) =>
  [...documents.values()].flatMap((read) => ("problems" in read ? read.problems : []));

const documentNamed: Rule = (subject) =>
  eachComponent(subject).flatMap(({ component: { document }, at }) => {
    const problem = document === undefined ? undefined : ImageName.safeParse(documentName(document)).error?.issues[0];
    return problem
      ? [
          {
            path: [...at, "document"],
            message: `a component is named after its file without ending, which ${problem.message}`,
            got: document,
          },
        ]
      : [];
  });

const oneDocumentAName: Rule = (subject) => {
  const all = eachComponent(subject).filter(({ component }) => component.document !== undefined);
  return all.flatMap(({ component: { document = "" }, at }) => {
    const other = all.find(({ component }) => documentName(component.document ?? "") === documentName(document))?.component
      .document;
    return other !== document
      ? [
          {
            path: [...at, "document"],
            message: `would be a second component named '${documentName(document)}', beside ${other}: rename one of the files`,
            got: document,
          },
        ]
      : [];
  });
};

const onePlatformADocument: Rule = (subject) => {
  const all = eachComponent(subject).filter(({ component }) => component.document !== undefined);
  return all.flatMap(({ component: { document }, image, at }) => {
    const first = all.find(({ component }) => component.document === document)?.image.platform;
    return first !== image.platform
      ? [
          {
            path: [...at, "document"],
            message: `is a component for ${first} already, and this image is for ${image.platform}`,
            got: document,
          },
        ]
      : [];
  });
};

const parametersFit: Rule = (subject) =>
  eachComponent(subject).flatMap(({ component: { document, parameters = {} }, at }) => {
    const read = subject.documents.get(document ?? "");
    if (!read || "problems" in read) return [];
    const declared = read.document.parameters.map(({ name }) => name);
    return [
      ...Object.keys(parameters)
        .filter((name) => !declared.includes(name))
        .map((name) => ({
          path: [...at, "parameters", name],
          message: `isn't a parameter of ${document}, which declares ${declared.join(", ") || "none"}`,
        })),
      ...read.document.parameters
        .filter(({ name, required }) => required && !(name in parameters))
        .map(({ name }) => ({
          path: [...at, "parameters", name],
          message: `is missing: ${document} declares it without a default`,
        })),
    ];
  });

const arnOfTheRegion: Rule = (subject) =>
  eachComponent(subject).flatMap(({ component: { arn }, regions, at }) =>
    regions
      .filter((region) => arn !== undefined && arn.split(":")[3] !== region)
      .map((region) => ({ path: [...at, "arn"], message: `must be of ${region}, where the image is baked`, got: arn })),
  );

export const componentRules: readonly Rule[] = [
  namedOnce,
  documentIsThere,
  documentIsRight,
  documentNamed,
  oneDocumentAName,
  onePlatformADocument,
  parametersFit,
  arnOfTheRegion,
];
