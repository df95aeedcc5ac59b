import type { CommandResult } from "../command";
import type { Context } from "../deployed/context";
import type { Confirm } from "../prompt";
import { type AnswerOptions, answerWaitingSteps } from "./waiting-steps";

/** Fails a waiting build. */
export function stop(
  contexts: readonly Context[],
  options: AnswerOptions,
  confirm: Confirm,
): Promise<CommandResult> {
  return answerWaitingSteps(
    contexts,
    {
      action: "STOP",
      question: (build, steps) => `Fail ${build}? It is waiting in ${steps}.`,
      done: (build) => `${build} is stopped: Image Builder marks the build FAILED`,
    },
    options,
    confirm,
  );
}
