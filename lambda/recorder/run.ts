import type { RecorderManifest, RecorderMessage } from "../../contract/recorder";
import type { Aws } from "./ports";
import { ignored } from "./read-build";
import { type Recorded, recordBuild } from "./record";

/** Result of a run for a message. */
export interface BuildResult extends Omit<Recorded, "errors"> {
  /** ARN. @default - the message names none */
  readonly build?: string | undefined;
}

/** Receives what happens during a run, for logs and metrics. */
export interface Report {
  readonly handled: (result: BuildResult) => void;
  readonly failed: (build: string, error: unknown) => void;
}

/**
 * Handles messages one after the other. A failure doesn't stop the others. It is thrown at the end,
 * so that the queue delivers the messages again, and an operator sees it.
 */
export async function run(
  aws: Aws,
  manifest: RecorderManifest,
  messages: readonly (RecorderMessage | string)[],
  report: Report,
): Promise<BuildResult[]> {
  const results: BuildResult[] = [];
  const errors: unknown[] = [];
  const add = (result: BuildResult): void => {
    report.handled(result);
    results.push(result);
  };
  for (const message of messages) {
    if (typeof message === "string") {
      add({ outcome: ignored(message) });
      continue;
    }
    const { build } = message;
    try {
      const { errors: failures, ...recorded } = await recordBuild(aws, manifest, message);
      for (const error of failures) report.failed(build, error);
      errors.push(...failures);
      add({ build, ...recorded });
    } catch (error) {
      report.failed(build, error);
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return results;
}
