/**
 * Runs a function in which CDKTF doesn't format a stack trace for every token. That would take an
 * eighth of the time of synthesis. Errors have their stack traces.
 */
export function withoutStackTraces<T>(run: () => T): T {
  const { captureStackTrace } = Error;
  Error.captureStackTrace = () => undefined;
  try {
    return run();
  } finally {
    Error.captureStackTrace = captureStackTrace;
  }
}
