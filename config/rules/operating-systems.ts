import { actionPlatforms } from "../aws/action-modules";
import { architectureOf, workingDirectory } from "../aws/base-images";
import { containerPlatform } from "../resolve/container-base";
import { architectureFor, baseImageOf, platformOf } from "../resolve/lineage";
import { allBaked, allImages, type Rule, type Subject, type SubjectBaked } from "./subject";

/** What an image runs on, where that is known. */
export function platformIn({ golden, goldenContainers }: Subject, image: SubjectBaked) {
  if (image.kind === "image") return platformOf(image, golden);
  return image.hasParent ? containerPlatform(image, goldenContainers) : undefined;
}

const platformIsKnown: Rule = (subject) =>
  allImages(subject)
    .filter((image) => image.hasParent && !image.hasPlatform && image.parent.golden === undefined)
    .filter((image) => platformIn(subject, image) === undefined)
    .map(({ path, parent }) => ({
      path: [...path, "platform"],
      message: `is missing, must be Linux, Windows or macOS: ${
        parent.awsManaged === undefined
          ? "it is known of AWS-managed and golden parents only"
          : `'${parent.awsManaged}' isn't among the images that AWS maintains and this knows`
      }`,
    }));

const platformOfItsParent: Rule = (subject) =>
  allImages(subject).flatMap((image) => {
    const expected = platformIn(subject, image);
    return image.platform !== undefined && expected !== image.platform
      ? [
          {
            path: [...image.path, "platform"],
            message: `must be that of its parent, ${expected}`,
            got: image.platform,
          },
        ]
      : [];
  });

/** Of the image, or else of the file's defaults. */
export function instanceTypesOf(
  { defaultInstanceTypes }: Subject,
  { path, instanceTypes }: SubjectBaked,
) {
  return (instanceTypes ?? defaultInstanceTypes ?? []).flatMap((type, index) => {
    const at = instanceTypes ? [...path, "instanceTypes", index] : [...path, "instanceTypes"];
    return type === undefined ? [] : [{ path: at, type, isDefault: instanceTypes === undefined }];
  });
}

const processorsFit: Rule = (subject) =>
  allImages(subject).flatMap((image) => {
    const architecture = architectureFor(image, subject.golden);
    return (
      instanceTypesOf(subject, image)
        // Whether it is a Mac is another rule's.
        .filter(({ type }) => type.startsWith("mac") === (platformIn(subject, image) === "macOS"))
        .filter(({ type }) => architecture !== undefined && architectureOf(type) !== architecture)
        .map(({ path, type, isDefault }) => ({
          path,
          message: `must be of ${architecture}, as ${baseImageOf(image, subject.golden)?.name} is${isDefault ? ": the defaults' are not" : ""}`,
          got: type,
        }))
    );
  });

const macIsKnown: Rule = (subject) =>
  allImages(subject)
    .filter(
      (image) =>
        platformIn(subject, image) === "macOS" &&
        architectureFor(image, subject.golden) === undefined,
    )
    .filter((image) => instanceTypesOf(subject, image).length === 0)
    .map(({ path }) => ({
      path: [...path, "instanceTypes"],
      message:
        "is missing: the processor of this parent isn't known, and a Mac has one or the other",
    }));

const macsOnMacs: Rule = (subject) =>
  allImages(subject).flatMap((image) => {
    const platform = platformIn(subject, image);
    const types = platform === undefined ? [] : instanceTypesOf(subject, image);
    return [
      ...types
        .filter(({ type }) => type.startsWith("mac") !== (platform === "macOS"))
        .map(({ path, type, isDefault }) => ({
          path,
          message: `must ${platform === "macOS" ? "" : "not "}be a Mac, such as mac2.metal${isDefault ? ": the defaults are for others" : ""}`,
          got: type,
        })),
      ...(image.hasHosts && platform !== undefined && platform !== "macOS"
        ? [
            {
              path: [...image.path, "dedicatedHosts"],
              message: `is for macOS only, and the image is for ${platform}`,
            },
          ]
        : []),
      ...Object.keys(image.hosts)
        .filter((region) => !image.regions.includes(region))
        .map((region) => ({
          path: [...image.path, "dedicatedHosts", region],
          message: `isn't a Region that the image is baked in, ${image.regions.join(", ")}`,
        })),
    ];
  });

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateImageRecipe.html: a path of the platform. */
const workingDirectoryFits: Rule = (subject) =>
  allBaked(subject).flatMap((image) => {
    const { workingDirectory: got, path } = image;
    const platform = platformIn(subject, image);
    const isOfWindows = /^[A-Za-z]:/.test(got ?? "");
    return got !== undefined && platform !== undefined && isOfWindows !== (platform === "Windows")
      ? [
          {
            path: [...path, "workingDirectory"],
            message: `must be a path of ${platform}, such as ${workingDirectory(platform)}`,
            got,
          },
        ]
      : [];
  });

/** What AWS's components are for stands in their names: https://docs.aws.amazon.com/imagebuilder/latest/userguide/use-managed-components.html */
const WORDS = {
  linux: "Linux",
  ubuntu: "Linux",
  centos: "Linux",
  windows: "Windows",
  macos: "macOS",
} as const;

const componentsFit: Rule = (subject) =>
  allBaked(subject).flatMap((image) => {
    const platform = platformIn(subject, image);
    return image.components.flatMap(({ path, awsManaged }) => {
      const word = awsManaged
        ?.split("-")
        .find((part): part is keyof typeof WORDS => Object.hasOwn(WORDS, part));
      const meant = word && WORDS[word];
      return meant !== undefined && platform !== undefined && meant !== platform
        ? [
            {
              path: [...path, "awsManaged"],
              message: `is for ${meant}, and the ${image.kind} is for ${platform}`,
              got: awsManaged,
            },
          ]
        : [];
    });
  });

const documentsFit: Rule = (subject) =>
  allBaked(subject).flatMap((image) => {
    const platform = platformIn(subject, image);
    return image.components.flatMap(({ path, document }) => {
      const read = subject.files.documents.get(document ?? "");
      if (platform === undefined || !read?.value) return [];
      const strange = read.value.actions.filter(
        ({ action }) => !actionPlatforms(action).includes(platform),
      );
      const which = strange.map(({ action, location: at }) => `${action} (${at})`).join(", ");
      return strange.length > 0
        ? [
            {
              path: [...path, "document"],
              message: `has what isn't for ${platform}: ${which}`,
              got: document,
            },
          ]
        : [];
    });
  });

export const operatingSystemRules: readonly Rule[] = [
  platformIsKnown,
  platformOfItsParent,
  processorsFit,
  macIsKnown,
  macsOnMacs,
  workingDirectoryFits,
  componentsFit,
  documentsFit,
];
