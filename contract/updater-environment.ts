import {
  type FunctionEnvironment,
  parseFunctionEnvironment,
  renderFunctionEnvironment,
  requiredVariable,
} from "./function-environment";

/** The updater's settings. */
export interface UpdaterEnvironment extends FunctionEnvironment {
  /** URL of the queue whose messages the function processes. */
  readonly queueUrl: string;
}

/** Renders the updater's environment variables. */
export function renderEnvironment(environment: UpdaterEnvironment): Record<string, string> {
  return { ...renderFunctionEnvironment(environment), QUEUE_URL: environment.queueUrl };
}

/** Parses the updater's environment variables; throws an `Error` that names a missing one. */
export function parseEnvironment(variables: NodeJS.ProcessEnv): UpdaterEnvironment {
  return {
    ...parseFunctionEnvironment(variables),
    queueUrl: requiredVariable(variables, "QUEUE_URL"),
  };
}
