import { partitionOf } from "../names";
import { allAccounts, allImages, type Rule } from "./subject";

const copiesAreElsewhere: Rule = (subject) =>
  allImages(subject).flatMap(({ path, copyToRegions, regions }) =>
    copyToRegions.flatMap((region, index) => {
      const at = [...path, "outputs", "copyToRegions", index];
      if (region === undefined || regions.length === 0) return [];
      if (regions.includes(region)) return [{ path: at, message: "bakes the image, and so needs no copy", got: region }];
      const [first = ""] = regions;
      return partitionOf(region) === partitionOf(first)
        ? []
        : [{ path: at, message: `must be of the partition ${partitionOf(first)}, as the image's Regions are`, got: region }];
    }),
  );

/** Two Regions that bake an image would each make the same copies, in a Region that has one parameter and one launch template of a name. */
const copiedFromOneRegion: Rule = (subject) =>
  allImages(subject)
    .filter(({ copyToRegions, regions }) => copyToRegions.length > 0 && regions.length > 1)
    .map(({ path, regions }) => ({
      path: [...path, "outputs", "copyToRegions"],
      message: `is for images that one Region bakes: each of ${regions.join(", ")} would make copies, and nobody could tell which is the newest`,
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

const parameterOnce: Rule = (subject) =>
  allAccounts(subject).flatMap((account) => {
    const images = allImages(subject).filter((image) => image.account === account && image.parameter !== undefined);
    return images.flatMap(({ path, parameter }, index) => {
      const first = images.findIndex((image) => image.parameter === parameter);
      const whose = images[first]?.name;
      return first < index
        ? [{ path: [...path, "outputs", "parameter"], message: `is ${whose}'s already`, got: parameter }]
        : [];
    });
  });

export const outputRules: readonly Rule[] = [copiesAreElsewhere, copiedFromOneRegion, templatesWhereImagesAre, parameterOnce];
