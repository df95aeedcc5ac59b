/** Renders what `factory prove` found out, for people and as JSON. */

import {
  costOf,
  EC2_PRICE_PAGE,
  HOURLY_PRICES_DATE,
  hourlyPrice,
} from "../../../config/aws/prices";
import { colorHeading } from "../../report";
import { widthOf } from "../../table";
import { hanging } from "../report";
import { OUTCOMES, type Outcome, type Step } from "./outcome";

interface Launched {
  readonly instanceType: string;
  /** Time for which EC2 bills it. */
  readonly seconds: number;
  /** With the price of us-east-1. @default - the price isn't known */
  readonly usd?: number;
}

/** The output of `--json`. */
export interface ProveReport {
  readonly image: string;
  /** Name and ID of the app account. */
  readonly account: { readonly name: string; readonly id: string };
  readonly region: string;
  readonly channel?: string;
  /** Where the credentials come from. */
  readonly credentials: string;
  /** ARN of the build that the account gets. @default - it gets none */
  readonly build?: string;
  /** The most important outcome of all steps. */
  readonly result: Outcome;
  readonly steps: readonly Step[];
  readonly seconds: number;
  /** @default - no instance was launched */
  readonly launched?: Launched;
}

const COLORS: Readonly<Partial<Record<Outcome, "red" | "yellow" | "green">>> = {
  failed: "red",
  inconclusive: "yellow",
  ok: "green",
};

/** Returns the most important outcome. */
export function resultOf(steps: readonly Step[]): Outcome {
  return OUTCOMES.find((outcome) => steps.some((step) => step.outcome === outcome)) ?? "ok";
}

/** Returns what an instance cost. */
export function launchedFor(instanceType: string, platform: string, seconds: number): Launched {
  const price = hourlyPrice(instanceType, platform);
  return {
    instanceType,
    seconds: Math.round(seconds),
    ...(price !== undefined && { usd: Number(costOf(price, seconds).toFixed(4)) }),
  };
}

/** Renders a report. Commands are never wrapped, so that they can be copied. */
export function renderProof(
  { image, account, region, channel, credentials, result, steps, seconds, launched }: ProveReport,
  width: number = widthOf(process.stdout),
): string {
  const source = channel === undefined ? "" : ` from ${channel}`;
  const title = `${image}${source} in ${account.name} (${account.id}) in ${region}, ${credentials}`;
  const summary = `${result}, after ${Math.round(seconds)} s`;
  return [
    ...hanging(title, 0, width),
    ...steps.flatMap((step) => stepLines(step, width)),
    "",
    colorHeading(COLORS[result], summary, process.stdout),
    ...(launched === undefined ? [] : hanging(costLine(launched), 0, width)),
  ].join("\n");
}

function stepLines(
  { id, outcome, message, fix, commands = [], seconds }: Step,
  width: number,
): string[] {
  const time = seconds >= 1 ? `, ${Math.round(seconds)} s` : "";
  return [
    `  ${colorHeading(COLORS[outcome], `${outcome}: ${id}${time}`, process.stdout)}`,
    ...hanging(message, 4, width),
    ...(fix === undefined ? [] : hanging(`fix: ${fix}`, 6, width)),
    ...commands.map((command) => `      ${command}`),
  ];
}

function costLine({ instanceType, seconds, usd }: Launched): string {
  const ran = `${instanceType} ran for ${seconds} s`;
  return usd === undefined
    ? `${ran}; its price is on ${EC2_PRICE_PAGE}`
    : `${ran}, for about USD ${usd.toFixed(4)} with the price of us-east-1 as of ${HOURLY_PRICES_DATE}, and its volumes`;
}
