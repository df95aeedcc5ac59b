import { buildables, isGolden, listOf, type Rule, rule } from "./rule";

export const parentRules: readonly Rule[] = [
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
