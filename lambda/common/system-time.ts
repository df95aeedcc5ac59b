/** The time of the system. */
export const SYSTEM_TIME = {
  /** In milliseconds since 1970. */
  now: Date.now,
  sleep: (milliseconds: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, milliseconds)),
};
