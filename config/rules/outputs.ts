import { partitionOf } from "../aws/arns";
import { allAccounts, allImages, type Rule, type SubjectImage } from "./subject";

const copiesAreElsewhere: Rule = (subject) =>
  allImages(subject).flatMap(({ path, copyToRegions, regions }) =>
    copyToRegions.flatMap((region, index) => {
      const at = [...path, "outputs", "copyToRegions", index];
      if (region === undefined || regions.length === 0) return [];
      if (regions.includes(region))
        return [{ path: at, message: "bakes the image, and so needs no copy", got: region }];
      const [first = ""] = regions;
      return partitionOf(region) === partitionOf(first)
        ? []
        : [
            {
              path: at,
              message: `must be of the partition ${partitionOf(first)}, as the image's Regions are`,
              got: region,
            },
          ];
    }),
  );

/** Two Regions that bake an image would each make the same copies, in a Region that has one parameter and one launch template of a name. */
const copiedFromOneRegion: Rule = (subject) =>
  allImages(subject)
    .filter(({ copyToRegions, regions }) => copyToRegions.length > 0 && regions.length > 1)
    .map(({ path, regions }) => ({
      path: [...path, "outputs", "copyToRegions"],
      message: `is for images that one Region bakes, name it as regions: each of ${regions.join(", ")} would make copies, and nobody could tell which is the newest`,
    }));

const templatesWhereImagesAre: Rule = (subject) =>
  allImages(subject).flatMap(({ path, launchTemplates, regions, copyToRegions }) =>
    Object.keys(launchTemplates)
      .filter((region) => regions.length > 0 && ![...regions, ...copyToRegions].includes(region))
      .map((region) => ({
        path: [...path, "outputs", "launchTemplates", region],
        message: `gets no AMI of the image: it is in ${[...regions, ...copyToRegions].join(", ")}`,
      })),
  );

/** Both are of an account and Region, and two images would write over each other. */
const targetOnce: Rule = (subject) =>
  allAccounts(subject).flatMap((account) => {
    const images = allImages(subject).filter((image) => image.account === account);
    const landsIn = (image: SubjectImage) => [...image.regions, ...image.copyToRegions];
    return images.flatMap((image, index) => {
      const before = images.slice(0, index);
      const { path, parameter, launchTemplates } = image;
      const same = before.find(
        (other) =>
          parameter !== undefined &&
          other.parameter === parameter &&
          shared(landsIn(other), landsIn(image)),
      );
      const region = same && shared(landsIn(same), landsIn(image));
      return [
        ...(same
          ? [
              {
                path: [...path, "outputs", "parameter"],
                message: `is ${same.name}'s in ${region} already`,
                got: parameter,
              },
            ]
          : []),
        ...Object.entries(launchTemplates).flatMap(([at, template]) => {
          const other = before.find(
            (one) => template !== undefined && one.launchTemplates[at] === template,
          );
          return other
            ? [
                {
                  path: [...path, "outputs", "launchTemplates", at],
                  message: `is ${other.name}'s already`,
                  got: template,
                },
              ]
            : [];
        }),
      ];
    });
  });

/** What two lists have in common. */
function shared<T>(one: readonly T[], other: readonly T[]): T | undefined {
  return one.find((item) => other.includes(item));
}

export const outputRules: readonly Rule[] = [
  copiesAreElsewhere,
  copiedFromOneRegion,
  templatesWhereImagesAre,
  targetOnce,
];
