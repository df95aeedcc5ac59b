/**
 * On-demand prices in us-east-1 of Linux instances, in USD an hour, as of 2026-11. Other Regions
 * differ. https://aws.amazon.com/ec2/pricing/on-demand/
 */
const HOURLY: Readonly<Record<string, number>> = {
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

export const PRICE_PAGE = "https://aws.amazon.com/ec2/pricing/on-demand/";

/** EC2 bills at least a minute. */
const MIN_SECONDS = 60;

/**
 * Returns the price of an instance type in USD an hour, of Linux in us-east-1; `undefined` if it is
 * unknown.
 */
export function hourlyPrice(type: string, platform: string): number | undefined {
  return platform === "Linux" ? HOURLY[type] : undefined;
}

/** Returns what an instance cost, in USD. */
export function costOf(price: number, seconds: number): number {
  return (price * Math.max(seconds, MIN_SECONDS)) / 3_600;
}
