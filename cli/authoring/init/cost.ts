/** Estimates what the resources of synthesized stacks cost. */
import { baseImage } from "../../../config/aws/base-images";
import { EBS_PRICES } from "../../../config/aws/prices";
import { table } from "../../table";

/** List prices in us-east-1, in USD a month, as of 2026-11. Other Regions differ. */
export const PRICES = {
  keys: { price: 1, page: "https://aws.amazon.com/kms/pricing/" },
  alarms: { price: 0.1, page: "https://aws.amazon.com/cloudwatch/pricing/" },
  metrics: { price: 0.3, page: "https://aws.amazon.com/cloudwatch/pricing/" },
  dashboards: { price: 3, page: "https://aws.amazon.com/cloudwatch/pricing/" },
  /** For each GiB of the standard tier. */
  snapshots: { price: EBS_PRICES.snapshot, page: "https://aws.amazon.com/ebs/pricing/" },
} as const;

type Item = keyof typeof PRICES;

/** Size of a volume for which neither the recipe nor a known parent states one. */
const DEFAULT_GIB = 8;

/** A stack's Terraform configuration in JSON, as far as it is read here. */
export interface StackJson {
  readonly resource?: {
    readonly [type: string]: Readonly<Record<string, Resource>> | undefined;
  };
}
// biome-ignore lint/suspicious/noExplicitAny: each type of resource has other arguments
type Resource = Readonly<Record<string, any>>;

/** Estimated monthly cost of the resources. */
export interface Estimate {
  readonly items: readonly {
    readonly item: Item;
    /** Number of resources; for snapshots, GiB. */
    readonly quantity: number;
    readonly usd: number;
    readonly page: string;
  }[];
  readonly usd: number;
}

/**
 * Estimates a month of all stacks: keys, alarms, the custom metrics that alarms watch, dashboards,
 * and the snapshots of one build of each image in each of its Regions. Free tiers aren't taken into
 * account.
 */
export function estimateCost(stacks: readonly StackJson[]): Estimate {
  const all = (type: string): Resource[] =>
    stacks.flatMap(({ resource }) => Object.values(resource?.[type] ?? {}));
  const alarmMetrics = stacks.flatMap((stack) => alarmMetricsOf(stack));
  const quantities: Readonly<Record<Item, number>> = {
    keys: all("aws_kms_key").length,
    alarms: alarmMetrics.length,
    metrics: stacks.reduce((sum, stack) => sum + customMetricsOf(stack), 0),
    dashboards: all("aws_cloudwatch_dashboard").length,
    snapshots: snapshotGib(stacks, all("aws_imagebuilder_image_recipe")),
  };
  const items = (Object.keys(PRICES) as Item[]).map((item) => {
    const { price, page } = PRICES[item];
    return { item, quantity: quantities[item], usd: cents(quantities[item] * price), page };
  });
  return { items, usd: cents(items.reduce((sum, { usd }) => sum + usd, 0)) };
}

function cents(usd: number): number {
  return Math.round(usd * 100) / 100;
}

/** CloudWatch charges for each metric of an alarm. */
function alarmMetricsOf({ resource }: StackJson): Resource[] {
  return Object.values(resource?.["aws_cloudwatch_metric_alarm"] ?? {}).flatMap((alarm) => {
    const queries: readonly Resource[] = alarm["metric_query"] ?? [];
    const metrics = queries.flatMap(({ metric }) => (metric === undefined ? [] : [metric]));
    return metrics.length > 0 ? metrics : [alarm];
  });
}

/** Metrics with a namespace of AWS are free. */
function customMetricsOf(stack: StackJson): number {
  const custom = alarmMetricsOf(stack).filter(
    ({ namespace }) => typeof namespace === "string" && !namespace.startsWith("AWS/"),
  );
  return new Set(
    custom.map(({ namespace, metric_name, dimensions }) =>
      JSON.stringify([namespace, metric_name, dimensions]),
    ),
  ).size;
}

/** The GiB of one build of each image, in each Region that gets its AMI. */
function snapshotGib(stacks: readonly StackJson[], recipes: readonly Resource[]): number {
  const sizes = stacks.flatMap(({ resource }) => {
    const distributions = Object.values(
      resource?.["aws_imagebuilder_distribution_configuration"] ?? {},
    );
    return Object.values(resource?.["aws_imagebuilder_image_recipe"] ?? {}).map((recipe) => {
      const regions = distributions.find(({ name }) => name === recipe["name"])?.["distribution"];
      return gibOf(recipe, recipes) * (regions?.length ?? 1);
    });
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

function gibOf(recipe: Resource, recipes: readonly Resource[]): number {
  const volumes: readonly Resource[] = recipe["block_device_mapping"] ?? [];
  const sizes = volumes.map(
    ({ ebs }) => (ebs?.["volume_size"] as number | undefined) ?? parentGib(recipe, recipes),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function parentGib({ parent_image }: Resource, recipes: readonly Resource[]): number {
  const [, owner, name] = /:([^:]+):image\/([^/]+)\//.exec(String(parent_image)) ?? [];
  if (owner === "aws") return baseImage(name)?.minSizeGib ?? DEFAULT_GIB;
  const golden = recipes.find((recipe) => recipe["name"] === name);
  return golden ? gibOf(golden, recipes) : DEFAULT_GIB;
}

function describeItem(item: Item, quantity: number): string {
  const plural = quantity === 1 ? "" : "s";
  switch (item) {
    case "keys":
      return `${quantity} KMS key${plural}`;
    case "alarms":
      return `${quantity} metric${plural} with an alarm`;
    case "metrics":
      return `${quantity} custom metric${plural}`;
    case "dashboards":
      return `${quantity} dashboard${plural}`;
    case "snapshots":
      return `snapshots of one build of each image, up to ${quantity} GiB`;
  }
}

export function describeEstimate({ items, usd }: Estimate): string {
  const priced = items.filter(({ quantity }) => quantity > 0);
  const pages = [...new Set(priced.map(({ page }) => page))];
  return [
    "Estimated cost a month, with list prices of us-east-1 as of 2026-11:",
    table([
      ...priced.map((one) => [`  ${describeItem(one.item, one.quantity)}`, dollars(one.usd)]),
      ["  total", dollars(usd)],
    ]),
    "More builds, build instances, requests and logs cost extra. A KMS key costs $1",
    "more after each of its first two yearly rotations. Prices of your Regions:",
    ...pages.map((page) => `  ${page}`),
  ].join("\n");
}

function dollars(usd: number): string {
  return `$${usd.toFixed(2)}`.padStart(8);
}
