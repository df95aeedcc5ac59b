import { buildVersionOf, parseBuildArn } from "../../../contract/build-arn";
import { MAX_MESSAGE } from "./message";
import { safeText } from "./safe-text";

/** The step of a workflow in which a build failed. */
export interface FailedStep {
  readonly name: string;
  /** Such as `ExecuteComponents`. */
  readonly action: string;
  /** Type of the workflow: BUILD, TEST or DISTRIBUTION. */
  readonly workflow: string;
  readonly message: string;
}

export interface FailedBuild {
  readonly arn: string;
  /** Image Builder's reason. Empty if it gives none. */
  readonly reason: string;
  /** @default - Image Builder names no step, for example because no workflow was started */
  readonly step?: FailedStep | undefined;
  readonly logGroup: string;
  /** Name of the log stream. */
  readonly logStream: string;
  /** The last lines of the log. @default - the log doesn't exist */
  readonly logLines?: readonly string[] | undefined;
}

/** Maximum lengths of other people's text, in characters. */
const MAX_NAME = 100;
const MAX_REASON = 300;
const MAX_LINE = 200;

/** Renders the message about a failed build as plain text of at most 2,000 characters. */
export function renderFailure(build: FailedBuild): string {
  const { arn, reason, step, logGroup, logStream, logLines } = build;
  const { image, region } = parseBuildArn(arn) ?? { image: "", region: "" };
  const lines = [
    `The build ${buildVersionOf(arn)} of ${image} in ${region} failed.`,
    ...(reason === "" ? [] : [`Reason: ${safeText(reason, MAX_REASON)}`]),
    ...stepLines(step),
    `Log group: ${logGroup}, log stream: ${logStream}`,
  ];
  if (logLines === undefined) return [...lines, "The log stream doesn't exist."].join("\n");
  const heading = ["", "The last lines of the log:"];
  return [...lines, ...heading, ...lastLines(logLines, [...lines, ...heading])].join("\n");
}

function stepLines(step: FailedStep | undefined): string[] {
  if (!step) return [];
  const { name, action, workflow, message } = step;
  const [safeName, safeAction, safeWorkflow] = [name, action, workflow].map((text) =>
    safeText(text, MAX_NAME),
  );
  return [
    `Failed step: ${safeName} (${safeAction}, workflow type ${safeWorkflow})`,
    ...(message === "" ? [] : [`Message of the step: ${safeText(message, MAX_REASON)}`]),
  ];
}

/** Returns as many lines from the end of a log as fit after the others. */
function lastLines(logLines: readonly string[], before: readonly string[]): string[] {
  let length = before.join("\n").length;
  const shown: string[] = [];
  for (const line of logLines.toReversed()) {
    const text = `  | ${safeText(line, MAX_LINE)}`;
    length += text.length + 1;
    if (length > MAX_MESSAGE) break;
    shown.unshift(text);
  }
  return shown;
}
