import { expectedOneOf } from "../near-match";
import { dotted } from "../problems";
import { ImageName } from "../schema/primitives";
import {
  arnProblem,
  type ComponentDocumentSubject,
  type ComponentSubject,
  componentDocuments,
  components,
  isMistyped,
  listOf,
  type Rule,
  type RuleContext,
  rule,
} from "./rule";

/** Identifies a component regardless of its version, as Image Builder does. */
function identityOf({ component, account }: ComponentSubject): string {
  switch (component.kind) {
    case "awsManaged":
      return `aws/${component.name}`;
    case "document":
      return `${account.id}/${component.document.name}`;
    case "arn": {
      const [, owner, name] = /:([^:]+):component\/([^/]+)\//.exec(component.arn) ?? [];
      return `${owner}/${name}`;
    }
  }
}

/** The first component of the factory file that is made of the same document. */
function firstUse(
  { file }: ComponentDocumentSubject,
  context: RuleContext,
): ComponentDocumentSubject {
  return componentDocuments
    .of(context)
    .find((other) => other.file === file) as ComponentDocumentSubject;
}

/** A list of operating system versions, regardless of its order. */
function osVersions({ document: { supportedOsVersions } }: ComponentDocumentSubject): string {
  return supportedOsVersions ? listOf([...supportedOsVersions].sort()) : "left out";
}

export const componentRules: readonly Rule[] = [
  rule({
    id: "component-once",
    description:
      "A recipe lists each component once: Image Builder rejects a second version of it, too.",
    each: components,
    check(subject, report, context) {
      const own = components.of(context).filter(({ image }) => image === subject.image);
      const first = own.find((other) => identityOf(other) === identityOf(subject));
      if (first && first.index < subject.index)
        report(
          [],
          "must not name a component that the recipe already contains",
          identityOf(subject),
        );
    },
  }),
  rule({
    id: "component-file-name",
    description:
      "Without `name`, the file name of a component document, without its extension, is a valid component name.",
    each: componentDocuments,
    check({ document: { name }, file }, report) {
      const problem = ImageName.safeParse(name).error?.issues[0];
      if (problem)
        report(
          "document",
          `gives the component an invalid name: '${name}' ${problem.message}. Rename the file, or set name`,
          file,
        );
    },
  }),
  rule({
    id: "component-name-unique",
    description:
      "No two component documents have the same name: a name identifies one document in the whole factory.",
    each: componentDocuments,
    check({ document: { name }, file }, report, context) {
      const first = componentDocuments.of(context).find(({ document }) => document.name === name);
      if (first && first.file !== file)
        report(
          "document",
          `must not have the same component name as ${first.file}, '${name}': set another name`,
          file,
        );
    },
  }),
  rule({
    id: "component-one-name",
    description: "A component document has the same name wherever it is used: it is one component.",
    each: componentDocuments,
    check(subject, report, context) {
      const first = firstUse(subject, context);
      if (first.document.name !== subject.document.name)
        report(
          "name",
          `must be '${first.document.name}', as in ${dotted(first.path)}: one document is one component. For another component, copy the file`,
          subject.given.name,
        );
    },
  }),
  rule({
    id: "component-one-list-of-os-versions",
    description:
      "A component document has the same supportedOsVersions wherever it is used: it is one component.",
    each: componentDocuments,
    check(subject, report, context) {
      const first = firstUse(subject, context);
      if (osVersions(first) !== osVersions(subject))
        report(
          "supportedOsVersions",
          `must be ${osVersions(first)}, as in ${dotted(first.path)}: one document is one component`,
          subject.document.supportedOsVersions,
        );
    },
  }),
  rule({
    id: "component-one-platform",
    description: "A component document is used for one platform: the component is created for it.",
    each: componentDocuments,
    check({ file, image: { platform } }, report, context) {
      const first = componentDocuments.of(context).find((other) => other.file === file);
      if (first && first.image.platform !== platform)
        report(
          "document",
          `must be a document for ${platform}: it is already used for ${first.image.platform}, and a document is for one platform. Copy it to a file with another name`,
          file,
        );
    },
  }),
  rule({
    id: "component-parameters",
    description:
      "A recipe sets only parameters that the component's document declares, and sets every parameter that has no default.",
    each: componentDocuments,
    check({ component: { parameters }, document, file }, report) {
      const declared = document.parameters.map(({ name }) => name);
      for (const name of Object.keys(parameters)) {
        if (!declared.includes(name))
          report(
            ["parameters", name],
            `must be a parameter that ${file} declares${expectedOneOf(name, declared)}`,
          );
      }
      for (const { name, required } of document.parameters) {
        if (required && !Object.hasOwn(parameters, name) && !isMistyped(name, parameters, declared))
          report(["parameters", name], `is missing: ${file} declares it without a default`);
      }
    },
  }),
  rule({
    id: "component-arn-in-region",
    description: "The ARN of a component names the Region that builds the image, or {region}.",
    each: components,
    check({ component, image }, report) {
      if (component.kind !== "arn") return;
      for (const region of image.regions) {
        const problem = arnProblem(component.arn, region, image);
        if (problem !== undefined) report("arn", problem, component.arn);
      }
    },
  }),
];
