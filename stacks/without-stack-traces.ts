/**
 * Runs a function in which CDKTF doesn't format a stack trace for every token. That would take an
 * eighth of the time of synthesis. Errors have their stack traces.
 *
 * @param run not an asynchronous function, which would still run after this function returned
 */
export function withoutStackTraces<T>(run: () => T extends Promise<unknown> ? never : T): T {
  const { captureStackTrace } = Error;
  Error.captureStackTrace = () => undefined;
  try {
    return run();
  } finally {
    Error.captureStackTrace = captureStackTrace;
  }
}
