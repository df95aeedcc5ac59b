import { partitionOf } from "../aws/arns";
import { nameOf } from "../documents/text-file";
import { expectedOneOf } from "../near-match";
import { ImageName } from "../schema/primitives";
import {
  type ComponentSubject,
  componentDocuments,
  components,
  isMistyped,
  type Rule,
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
      "The file name of a component document, without its extension, is a valid component name.",
    each: componentDocuments,
    check({ file }, report) {
      const problem = ImageName.safeParse(nameOf(file)).error?.issues[0];
      if (problem)
        report(
          "document",
          `must be renamed, because the component gets the file's name: '${nameOf(file)}' ${problem.message}`,
          file,
        );
    },
  }),
  rule({
    id: "component-name-unique",
    description:
      "No two component documents have the same name: a name identifies one document in the whole factory.",
    each: componentDocuments,
    check({ file }, report, context) {
      const first = componentDocuments
        .of(context)
        .find((other) => nameOf(other.file) === nameOf(file));
      if (first && first.file !== file)
        report(
          "document",
          `must not have the same name as ${first.file}: rename one of the files`,
          file,
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
    description: "The ARN of a component names the Region that builds the image.",
    each: components,
    check({ component, image: { regions } }, report) {
      if (component.kind !== "arn") return;
      const [, partition, , region] = component.arn.split(":");
      for (const built of regions) {
        if (region !== built || partition !== partitionOf(built))
          report(
            "arn",
            `must be in ${built} (partition ${partitionOf(built)}), which builds the image`,
            component.arn,
          );
      }
    },
  }),
];
