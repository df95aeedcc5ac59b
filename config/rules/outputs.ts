import { partitionOf } from "../aws/arns";
import type { Image } from "../model";
import type { Resolved } from "../resolve/context";
import { images, listOf, type Rule, type RuleContext, rule } from "./rule";

function regionsWithAmi({ regions, copyToRegions }: Image): readonly string[] {
  return [...new Set([...regions, ...copyToRegions])];
}

/** The images of the same account that are listed before `resolved`. */
function imagesBefore(resolved: Resolved<Image>, { images: all }: RuleContext): Image[] {
  const before = all.slice(
    0,
    all.indexOf(all.find(({ path }) => path === resolved.path) ?? resolved),
  );
  return before.filter(({ account }) => account === resolved.account).map(({ image }) => image);
}

export const outputRules: readonly Rule[] = [
  rule({
    id: "copy-to-other-region",
    description: "copyToRegions contains only Regions that don't build the image.",
    each: images,
    check({ image: { copyToRegions, regions } }, report) {
      for (const [index, region] of copyToRegions.entries()) {
        const key = ["outputs", "copyToRegions", index];
        const [first = ""] = regions;
        if (regions.includes(region))
          report(
            key,
            "must be a Region that doesn't build the image: one that builds it has its own AMI",
            region,
          );
        else if (partitionOf(region) !== partitionOf(first))
          report(
            key,
            `must be in the partition ${partitionOf(first)}, like the image's Regions`,
            region,
          );
      }
    },
  }),
  rule({
    id: "copy-from-one-region",
    description:
      "An image with copyToRegions is built in exactly one Region. Otherwise each Region would make its own copies, and the newest one would be unknown.",
    each: images,
    check({ image: { copyToRegions, regions: built }, entry }, report) {
      const regions = entry.regions ?? built;
      if (copyToRegions.length > 0 && regions.length > 1)
        report(
          ["outputs", "copyToRegions"],
          `is only for images that one Region builds: each of ${listOf(regions)} would make its own copies. Set regions to one of them`,
        );
    },
  }),
  rule({
    id: "launch-template-in-region-with-ami",
    description: "A launch template is in a Region that gets an AMI of the image.",
    each: images,
    check({ image }, report) {
      for (const region of Object.keys(image.launchTemplates)) {
        if (!regionsWithAmi(image).includes(region))
          report(
            ["outputs", "launchTemplates", region],
            `must be a Region that gets an AMI of the image: ${listOf(regionsWithAmi(image))}`,
          );
      }
    },
  }),
  rule({
    id: "parameter-unique",
    description: "Two images of an account don't write the same SSM parameter.",
    each: images,
    check(resolved, report, context) {
      const { image } = resolved;
      for (const other of imagesBefore(resolved, context)) {
        const region = regionsWithAmi(other).find((one) => regionsWithAmi(image).includes(one));
        if (
          image.parameter !== undefined &&
          other.parameter === image.parameter &&
          region !== undefined
        ) {
          report(
            ["outputs", "parameter"],
            `must not be the parameter of ${other.name} in ${region}: the images would overwrite each other`,
            image.parameter,
          );
          return;
        }
      }
    },
  }),
  rule({
    id: "launch-template-unique",
    description: "Two images of an account don't write the same launch template.",
    each: images,
    check(resolved, report, context) {
      const before = imagesBefore(resolved, context);
      for (const [region, template] of Object.entries(resolved.image.launchTemplates)) {
        const other = before.find(({ launchTemplates }) => launchTemplates[region] === template);
        if (other)
          report(
            ["outputs", "launchTemplates", region],
            `must not be the launch template of ${other.name}: the images would overwrite each other`,
            template,
          );
      }
    },
  }),
];
