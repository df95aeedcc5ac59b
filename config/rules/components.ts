import { partitionOf } from "../aws/arns";
import { nameOf } from "../documents/text-file";
import { ImageName } from "../schema/primitives";
import {
  type ComponentSubject,
  components,
  listOf,
  type Rule,
  type RuleContext,
  rule,
} from "./rule";

/** Path of a component's document, as the factory file gives it. */
function documentPath({ entry, index }: ComponentSubject): string | undefined {
  const component = entry.components[index];
  return component?.kind === "document" ? component.path : undefined;
}

function otherDocuments(context: RuleContext): (ComponentSubject & { readonly file: string })[] {
  return components.of(context).flatMap((subject) => {
    const file = documentPath(subject);
    return file === undefined ? [] : [{ ...subject, file }];
  });
}

/** What Image Builder takes for the same component, in any version. */
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
    each: components,
    check(subject, report) {
      const file = documentPath(subject);
      const problem =
        file === undefined ? undefined : ImageName.safeParse(nameOf(file)).error?.issues[0];
      if (problem)
        report(
          "document",
          `must be called like its component, and a component's name ${problem.message}`,
          file,
        );
    },
  }),
  rule({
    id: "component-name-unique",
    description:
      "Two component documents have different names: a name means one document in the whole factory.",
    each: components,
    check(subject, report, context) {
      const file = documentPath(subject);
      if (file === undefined) return;
      const first = otherDocuments(context).find((other) => nameOf(other.file) === nameOf(file));
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
    each: components,
    check(subject, report, context) {
      const file = documentPath(subject);
      const { platform } = subject.image;
      const first = otherDocuments(context).find((other) => other.file === file)?.image.platform;
      if (file !== undefined && first !== undefined && first !== platform)
        report(
          "document",
          `is already a component for ${first}, but this image is for ${platform}`,
          file,
        );
    },
  }),
  rule({
    id: "component-parameters",
    description:
      "A recipe gives a component the parameters that its document declares, and all that have no default.",
    each: components,
    check(subject, report) {
      const { component } = subject;
      if (component.kind !== "document") return;
      const file = documentPath(subject);
      const declared = component.document.parameters.map(({ name }) => name);
      for (const name of Object.keys(component.parameters)) {
        if (!declared.includes(name))
          report(
            ["parameters", name],
            `must be a parameter that ${file} declares: ${listOf(declared)}`,
          );
      }
      for (const { name, required } of component.document.parameters) {
        if (required && !Object.hasOwn(component.parameters, name))
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
