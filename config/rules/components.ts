import { partitionOf } from "../aws/arns";
import { nameOf } from "../documents/text-file";
import { ImageName } from "../schema/primitives";
import { missingFile, wrongFiles } from "./files";
import { platformIn } from "./operating-systems";
import {
  allBaked,
  type Rule,
  type Subject,
  type SubjectBaked,
  type SubjectComponent,
} from "./subject";

function eachComponent(
  subject: Subject,
): { component: SubjectComponent; image: SubjectBaked; index: number }[] {
  return allBaked(subject).flatMap((image) =>
    image.components.map((component, index) => ({ image, component, index })),
  );
}

function eachDocument(
  subject: Subject,
): { document: string; component: SubjectComponent; image: SubjectBaked }[] {
  return eachComponent(subject).flatMap(({ component, image }) =>
    component.document === undefined ? [] : [{ document: component.document, component, image }],
  );
}

/** What Image Builder takes for the same component: it refuses two versions of one as well. */
function identity(
  { awsManaged, document, arn }: SubjectComponent,
  { account }: SubjectBaked,
): string | undefined {
  if (awsManaged !== undefined) return `aws/${awsManaged}`;
  if (document !== undefined) return `${account.id}/${nameOf(document)}`;
  const [, owner, name] = /:([^:]+):component\/([^/]+)\//.exec(arn ?? "") ?? [];
  return name === undefined ? undefined : `${owner}/${name}`;
}

const namedOnce: Rule = (subject) =>
  eachComponent(subject).flatMap(({ image, component, index }) => {
    const own = identity(component, image);
    const isRepeated =
      own !== undefined &&
      image.components.findIndex((other) => identity(other, image) === own) < index;
    return isRepeated
      ? [
          {
            path: component.path,
            message: "names a component that the image has already",
            got: own,
          },
        ]
      : [];
  });

const documentIsThere: Rule = (subject) =>
  eachDocument(subject).flatMap(({ document, component }) =>
    missingFile(subject.files.documents, [...component.path, "document"], document),
  );

const documentIsRight: Rule = ({ files: { documents } }) => wrongFiles(documents);

const documentNamed: Rule = (subject) =>
  eachDocument(subject).flatMap(({ document, component }) => {
    const problem = ImageName.safeParse(nameOf(document)).error?.issues[0];
    const message = `a component is named after its file without ending, which ${problem?.message}`;
    return problem ? [{ path: [...component.path, "document"], message, got: document }] : [];
  });

const oneDocumentAName: Rule = (subject) => {
  const all = eachDocument(subject);
  return all.flatMap(({ document, component }) => {
    const name = nameOf(document);
    const first = all.find((other) => nameOf(other.document) === name)?.document;
    const message = `would be a second component named '${name}', beside ${first}: rename one of the files`;
    return first === document
      ? []
      : [{ path: [...component.path, "document"], message, got: document }];
  });
};

const onePlatformADocument: Rule = (subject) => {
  const all = eachDocument(subject).flatMap((one) => {
    const platform = platformIn(subject, one.image);
    return platform === undefined ? [] : [{ ...one, platform }];
  });
  return all.flatMap(({ document, component, platform }) => {
    const first = all.find((other) => other.document === document)?.platform;
    const message = `is a component for ${first} already, and this image is for ${platform}`;
    return first === platform
      ? []
      : [{ path: [...component.path, "document"], message, got: document }];
  });
};

const parametersFit: Rule = (subject) =>
  eachDocument(subject).flatMap(({ document, component: { path, parameters } }) => {
    const read = subject.files.documents.get(document);
    if (!read?.value) return [];
    const declared = read.value.parameters.map(({ name }) => name);
    const problem = (name: string, message: string) => ({
      path: [...path, "parameters", name],
      message,
    });
    return [
      ...Object.keys(parameters)
        .filter((name) => !declared.includes(name))
        .map((name) =>
          problem(
            name,
            `isn't a parameter of ${document}, which declares ${declared.join(", ") || "none"}`,
          ),
        ),
      ...read.value.parameters
        .filter(({ name, required }) => required && !Object.hasOwn(parameters, name))
        .map(({ name }) => problem(name, `is missing: ${document} declares it without a default`)),
    ];
  });

const arnOfTheRegion: Rule = (subject) =>
  eachComponent(subject).flatMap(({ component: { arn, path }, image: { regions } }) => {
    const [, partition, , region] = arn?.split(":") ?? [];
    return regions
      .filter(
        (baked) => arn !== undefined && (region !== baked || partition !== partitionOf(baked)),
      )
      .map((baked) => ({
        path: [...path, "arn"],
        message: `must be of ${baked} (partition ${partitionOf(baked)}), where the image is baked`,
        got: arn,
      }));
  });

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
