import {
  type ImagebuilderClient,
  paginateListWorkflowExecutions,
  paginateListWorkflowStepExecutions,
} from "@aws-sdk/client-imagebuilder";
import { collect } from "../../common/client";
import type { FailedStep } from "../notes/failure-note";

/**
 * Returns the last step of a build that failed; `undefined` if Image Builder names none. An earlier
 * one may have been allowed to fail.
 *
 * A workflow that failed can be in several states, because it is rolled back afterwards.
 */
export async function readFailedStep(
  client: ImagebuilderClient,
  imageBuildVersionArn: string,
): Promise<FailedStep | undefined> {
  const executions = await collect(
    paginateListWorkflowExecutions({ client }, { imageBuildVersionArn }),
    (page) => page.workflowExecutions,
  );
  let last: { readonly startedAt: string; readonly step: FailedStep } | undefined;
  for (const { workflowExecutionId, status = "", type: workflow = "" } of executions) {
    if (workflowExecutionId === undefined || /^(COMPLETED|SKIPPED)$/.test(status)) continue;
    const pages = paginateListWorkflowStepExecutions({ client }, { workflowExecutionId });
    for (const step of await collect(pages, (page) => page.steps)) {
      const { name = "", action = "", message = "", startTime: startedAt = "" } = step;
      if (step.status === "FAILED" && (last === undefined || startedAt >= last.startedAt))
        last = { startedAt, step: { name, action, workflow, message } };
    }
  }
  return last?.step;
}
