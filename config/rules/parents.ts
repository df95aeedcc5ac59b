import { arnProblem, buildables, isGolden, listOf, type Rule, rule } from "./rule";

export const parentRules: readonly Rule[] = [
  rule({
    id: "parent-arn-in-region",
    description: "The ARN of a parent names the Region that builds the image, or {region}.",
    each: buildables,
    check({ image }, report) {
      const { parent } = image;
      if (parent.kind !== "arn") return;
      for (const region of image.regions) {
        const problem = arnProblem(parent.arn, region, image);
        if (problem !== undefined) report(["parent", "arn"], problem, parent.arn);
      }
    },
  }),
  rule({
    id: "parent-arn-not-golden",
    description:
      "A golden parent is named with `golden`, not by its ARN: only then can the factory deploy the parent first.",
    each: buildables,
    check({ image: { parent } }, report, context) {
      if (parent.kind !== "arn") return;
      const [, owner, name] = /:(\d{12}):image\/([^/]+)\//.exec(parent.arn) ?? [];
      const isGoldenImage = context.buildables.some(
        (other) => isGolden(other, context) && other.image.name === name,
      );
      if (owner === context.shared.id && isGoldenImage)
        report(["parent", "arn"], `must be written as golden: ${name}`, parent.arn);
    },
  }),
  rule({
    id: "parent-in-each-region",
    description:
      "A golden parent is built in each Region of the image: an image is visible only in the Regions that build it.",
    each: buildables,
    check({ image: { parent, regions, kind } }, report) {
      if (parent.kind !== "golden") return;
      for (const region of regions) {
        if (!parent.image.regions.includes(region))
          report(
            ["parent", "golden"],
            `must be built in ${region}, where this ${kind} is built: the parent is built only in ${listOf(parent.image.regions)}`,
            parent.name,
          );
      }
    },
  }),
  rule({
    id: "parent-shared-with-account",
    description: "A channel shares a golden parent with the app account that builds on it.",
    each: buildables,
    check(resolved, report, context) {
      const {
        image: { parent, kind },
        account: { id },
      } = resolved;
      if (isGolden(resolved, context) || parent.kind !== "golden") return;
      const isShared = parent.image.channels.some(
        ({ audience }) => audience.kind !== "accounts" || audience.accounts.includes(id),
      );
      if (!isShared)
        report(
          ["parent", "golden"],
          `must be shared with account ${id}: add the account to a channel in ${kind}s.${parent.name}.share`,
          parent.name,
        );
    },
  }),
];
