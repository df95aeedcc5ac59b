/** Estimates what experiments take and cost, with what several of them share. */
import { buildUsd, CANCELLED_BUILD_MINUTES, goldenBuildsUsd, USUAL_BUILD_MINUTES } from "./builds";
import type { Experiment, Need } from "./experiment";

export interface Estimate {
  readonly minutes: number;
  readonly usd: number;
}

/** Parts that are created once for all experiments that need them. */
export const SHARED_PARTS = ["builds", "child"] as const satisfies readonly Need[];

/**
 * Estimates something that experiments share.
 *
 * @param isCopied whether builds are copied to a second Region
 */
export function estimatePart(part: (typeof SHARED_PARTS)[number], isCopied: boolean): Estimate {
  switch (part) {
    case "builds":
      return { minutes: USUAL_BUILD_MINUTES, usd: goldenBuildsUsd(isCopied) };
    case "child":
      return { minutes: CANCELLED_BUILD_MINUTES, usd: buildUsd(CANCELLED_BUILD_MINUTES) };
    default:
      return part satisfies never;
  }
}

/** Returns what experiments share. */
export function sharedParts(experiments: readonly Experiment[]) {
  return SHARED_PARTS.filter((part) => experiments.some(({ needs }) => needs.includes(part)));
}

/** Estimates experiments, with what they share. */
export function estimate(experiments: readonly Experiment[], isCopied: boolean): Estimate {
  const parts = [
    ...experiments.map(({ minutes, usd = 0 }) => ({ minutes, usd })),
    ...sharedParts(experiments).map((part) => estimatePart(part, isCopied)),
  ];
  return {
    minutes: parts.reduce((total, { minutes }) => total + minutes, 0),
    usd: parts.reduce((total, { usd }) => total + usd, 0),
  };
}
