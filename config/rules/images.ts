import { dotted } from "../problems";
import { buildables, containers, images, listOf, type Rule, rule } from "./rule";

export const imageRules: readonly Rule[] = [
  rule({
    id: "image-and-container-names-differ",
    description:
      "An image and a container of an account have different names: Image Builder calls both image/NAME.",
    each: containers,
    check({ image: { name }, account }, report, context) {
      const other = context.images.find(
        (one) => one.account === account && one.image.name === name,
      );
      if (other)
        report(
          [],
          `is already the name of ${dotted(other.path)}: Image Builder calls both image/${name}`,
        );
    },
  }),
  rule({
    id: "scan-needs-tests",
    description: "A scan requires tests: Amazon Inspector scans the test instance.",
    each: buildables,
    check({ image: { scan, testsEnabled } }, report) {
      if (scan && !testsEnabled)
        report(
          "scan",
          "requires tests.enabled: true, because Amazon Inspector scans the test instance",
        );
    },
  }),
  rule({
    id: "test-timeout-needs-tests",
    description: "A time limit of the tests requires tests.",
    each: buildables,
    check({ image: { testTimeoutMinutes, testsEnabled } }, report) {
      if (testTimeoutMinutes !== undefined && !testsEnabled)
        report(["tests", "timeoutMinutes"], "requires tests.enabled: true", testTimeoutMinutes);
    },
  }),
  rule({
    id: "region-of-account",
    description: "An image is built in Regions of its account.",
    each: buildables,
    check({ entry: { regions = [] }, account }, report) {
      for (const [index, region] of regions.entries()) {
        if (!account.regions.includes(region))
          report(
            ["regions", index],
            `must be one of the account's Regions: ${listOf(account.regions)}`,
            region,
          );
      }
    },
  }),
  rule({
    id: "parent-ami-in-each-region",
    description: "parent.ami contains an AMI for each Region that builds the image.",
    each: images,
    check({ image: { parent, regions } }, report) {
      if (parent.kind !== "ami") return;
      for (const region of regions) {
        if (!Object.hasOwn(parent.amis, region))
          report(["parent", "ami"], `must contain an AMI for ${region}, which builds the image`);
      }
    },
  }),
];
