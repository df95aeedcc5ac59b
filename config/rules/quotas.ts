import { principalCount } from "../audience";
import type { Channel } from "../model";
import { isGolden, type Rule, type RuleContext, rule, wholeFile } from "./rule";

/**
 * Default quotas of AWS RAM for an account and Region: shared resources, and shared principals.
 * Assumed: a principal counts once for each share, and a build too. AWS documents neither.
 */
const RAM_QUOTA = 5_000;

const SOURCE = "https://docs.aws.amazon.com/general/latest/gr/ram.html";

/** Returns the sum of a figure of all channels that a Region of the shared account shares. */
function sumIn(context: RuleContext, region: string, figure: (channel: Channel) => number): number {
  return context.buildables
    .filter((resolved) => isGolden(resolved, context) && resolved.image.regions.includes(region))
    .flatMap(({ image }) => image.channels.map(figure))
    .reduce((sum, one) => sum + one, 0);
}

/** `toLocaleString` would load the data of all languages: 20 ms for every command. */
function format(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

export const quotaRules: readonly Rule[] = [
  rule({
    id: "ram-shared-resources",
    severity: "warning",
    description: `In a Region, AWS RAM shares at most ${format(RAM_QUOTA)} resources by default. Each build in a channel is one.`,
    source: SOURCE,
    each: wholeFile,
    check(_, report, context) {
      for (const region of context.shared.regions) {
        const builds = sumIn(context, region, ({ keep }) => keep);
        if (builds > RAM_QUOTA)
          report(
            ["sharedAccount", "regions", region],
            `shares up to ${format(builds)} builds, but AWS RAM's default quota is ${format(RAM_QUOTA)} shared resources: request a higher quota, or reduce keep of the channels`,
          );
      }
    },
  }),
  rule({
    id: "ram-shared-principals",
    severity: "warning",
    description: `In a Region, AWS RAM shares with at most ${format(RAM_QUOTA)} principals by default.`,
    source: SOURCE,
    each: wholeFile,
    check(_, report, context) {
      for (const region of context.shared.regions) {
        const principals = sumIn(context, region, ({ audience }) => principalCount(audience));
        if (principals > RAM_QUOTA)
          report(
            ["sharedAccount", "regions", region],
            `shares with ${format(principals)} principals, but AWS RAM's default quota is ${format(RAM_QUOTA)}: request a higher quota, or give the channels organizational units in place of accounts`,
          );
      }
    },
  }),
];
