/**
 * List prices of us-east-1, in USD, which estimates use. Other Regions differ. They age: output
 * that contains them names their date or calls them approximate.
 */

/**
 * On-demand prices of Linux instances, an hour. From the AWS Price List API, as published in
 * `pkg/providers/pricing/zz_generated.pricing_aws.go` of
 * https://github.com/aws/karpenter-provider-aws, which was generated at {@link HOURLY_PRICES_DATE}.
 */
const HOURLY_PRICES: Readonly<Record<string, number>> = {
  "t3.micro": 0.0104,
  "t3.small": 0.0208,
  "t3.medium": 0.0416,
  "t3.large": 0.0832,
  "t3a.medium": 0.0376,
  "t3a.large": 0.0752,
  "t4g.micro": 0.0084,
  "t4g.small": 0.0168,
  "t4g.medium": 0.0336,
  "t4g.large": 0.0672,
  "m5.large": 0.096,
  "m6g.large": 0.077,
  "m6i.large": 0.096,
  "m7g.large": 0.0816,
  "m7i.large": 0.1008,
  "c5.large": 0.085,
  "c6i.large": 0.085,
};

export const HOURLY_PRICES_DATE = "2026-07-20";

export const EC2_PRICE_PAGE = "https://aws.amazon.com/ec2/pricing/on-demand/";

/** EC2 bills at least a minute. */
const MIN_SECONDS = 60;

/**
 * Returns the price of an instance type in USD an hour, of Linux in us-east-1; `undefined` if it is
 * unknown.
 */
export function hourlyPrice(type: string, platform: string): number | undefined {
  return platform === "Linux" ? HOURLY_PRICES[type] : undefined;
}

/** Returns what an instance costs, in USD. */
export function costOf(hourly: number, seconds: number): number {
  return (hourly * Math.max(seconds, MIN_SECONDS)) / 3_600;
}

/**
 * Storage of EBS, for each GiB and month. Approximate: the pages show prices only to browsers, and
 * these weren't compared with the AWS Price List. https://aws.amazon.com/ebs/pricing/
 */
export const EBS_PRICES = { gp3: 0.08, snapshot: 0.05 } as const;

/** For each GiB that is copied to another Region. Approximate, as {@link EBS_PRICES}. */
export const TRANSFER_PRICE = 0.02;
