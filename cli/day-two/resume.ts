import type { CommandResult } from "../command";
import type { Context } from "../deployed/context";
import type { Confirm } from "../prompt";
import { type AnswerOptions, answerWaitingSteps } from "./waiting-steps";

export function resume(
  contexts: readonly Context[],
  options: AnswerOptions,
  confirm: Confirm,
): Promise<CommandResult> {
  return answerWaitingSteps(
    contexts,
    {
      action: "RESUME",
      question: (build, steps) => `Resume ${build}? It is waiting in ${steps}.`,
      done: (build) => `${build} is resumed`,
    },
    options,
    confirm,
  );
}
