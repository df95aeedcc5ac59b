import {
  type FunctionEnvironment,
  parseFunctionEnvironment,
  renderFunctionEnvironment,
  requiredVariable,
} from "./function-environment";

export interface UpdaterEnvironment extends FunctionEnvironment {
  /** URL of the queue whose messages the function processes. */
  readonly queueUrl: string;
  /** URL of the recorder's queue. @default - the factory records no builds */
  readonly recorderQueueUrl?: string | undefined;
}

/** Renders the updater's environment variables. */
export function renderEnvironment(environment: UpdaterEnvironment): Record<string, string> {
  const { queueUrl, recorderQueueUrl } = environment;
  return {
    ...renderFunctionEnvironment(environment),
    QUEUE_URL: queueUrl,
    ...(recorderQueueUrl !== undefined && { RECORDER_QUEUE_URL: recorderQueueUrl }),
  };
}

/** Parses the updater's environment variables; throws an `Error` that names a missing one. */
export function parseEnvironment(variables: NodeJS.ProcessEnv): UpdaterEnvironment {
  return {
    ...parseFunctionEnvironment(variables),
    queueUrl: requiredVariable(variables, "QUEUE_URL"),
    recorderQueueUrl: variables["RECORDER_QUEUE_URL"],
  };
}
