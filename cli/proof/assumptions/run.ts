/** Runs experiments one after the other. */
import { describeOrThrow } from "../../report";
import { Interrupted } from "../prove/interruption";
import type { Experiment, Need } from "./experiment";
import { Inconclusive } from "./inconclusive";
import type { Lab, Leftover } from "./lab";

/** Results of an experiment, the most important first. */
export const RESULTS = ["differs", "inconclusive", "not-possible", "as-assumed"] as const;

export type Result = (typeof RESULTS)[number];

export interface ExperimentResult {
  readonly id: string;
  readonly question: string;
  readonly assumed: string;
  readonly result: Result;
  /** @default - there is none */
  readonly answer?: string;
  readonly evidence: readonly string[];
  /** Why there is no answer. @default - there is one */
  readonly reason?: string;
  /** Consequence for a factory. @default - the answer is as assumed, or there is none */
  readonly ifWrong?: string;
  readonly seconds: number;
}

export interface Run {
  readonly experiments: readonly ExperimentResult[];
  /** Resources that couldn't be removed. */
  readonly left: readonly Leftover[];
  readonly isInterrupted: boolean;
}

/** Returns why an experiment isn't possible; `undefined` if it is. */
export type Obstacle = (need: Need) => string | undefined;

/**
 * Runs experiments. Each removes what it created. What they share is removed at the end, also after
 * an interruption.
 *
 * @param onStart called before each experiment, and before the clean-up at the end
 */
export async function runExperiments(
  lab: Lab,
  experiments: readonly Experiment[],
  obstacle: Obstacle,
  signal: AbortSignal,
  onStart: (what: string) => void,
): Promise<Run> {
  lab.stopAt(signal);
  const results: ExperimentResult[] = [];
  const left: Leftover[] = [];
  try {
    for (const experiment of experiments) {
      onStart(experiment.id);
      const obstacles = experiment.needs.flatMap((need) => obstacle(need) ?? []);
      if (obstacles.length > 0) {
        results.push(withoutAnswer(experiment, "not-possible", obstacles.join("; "), 0));
        continue;
      }
      const start = lab.now;
      const { result, left: remains } = await lab.within(() => {
        lab.assertContinues();
        return experiment.run(lab);
      });
      left.push(...remains);
      results.push(resultOf(experiment, result, (lab.now - start) / 1_000));
    }
  } finally {
    onStart("clean-up");
    left.push(...(await lab.removeShared()));
  }
  return { experiments: results, left, isInterrupted: signal.aborted };
}

function resultOf(
  experiment: Experiment,
  settled: PromiseSettledResult<Awaited<ReturnType<Experiment["run"]>>>,
  seconds: number,
): ExperimentResult {
  if (settled.status === "rejected")
    return withoutAnswer(experiment, "inconclusive", reasonOf(settled.reason), seconds);
  const { id, question, assumed, ifWrong } = experiment;
  const { answer, evidence } = settled.value;
  const isAssumed = answer === assumed;
  return {
    id,
    question,
    assumed,
    result: isAssumed ? "as-assumed" : "differs",
    answer,
    evidence,
    ...(!isAssumed && { ifWrong }),
    seconds,
  };
}

function withoutAnswer(
  { id, question, assumed }: Experiment,
  result: Result,
  reason: string,
  seconds: number,
): ExperimentResult {
  return { id, question, assumed, result, evidence: [], reason, seconds };
}

/** Throws an error that is a defect. */
function reasonOf(error: unknown): string {
  if (error instanceof Interrupted || error instanceof Inconclusive) return error.message;
  return describeOrThrow(error);
}
