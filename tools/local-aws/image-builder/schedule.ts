import type { Input } from "../protocol/rest-json";

/** A time that occurs once, in UTC: minute, hour, day, month and year. */
const ONCE = /^cron\((\d+) (\d+) (\d+) (\d+) \? (\d+)\)$/;

/** When a pipeline's schedule starts a build, and whether only after an update of what it uses. */
export interface ScheduledStart {
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly onlyOnUpdates: boolean;
}

/**
 * Returns the only start of a pipeline's schedule. Schedules that repeat aren't emulated: they
 * start nothing.
 */
export function scheduledStart({ schedule = {} }: Input): ScheduledStart | undefined {
  const { scheduleExpression = "", pipelineExecutionStartCondition } = schedule as {
    readonly scheduleExpression?: string;
    readonly pipelineExecutionStartCondition?: string;
  };
  const numbers = ONCE.exec(scheduleExpression)?.slice(1).map(Number);
  if (numbers === undefined) return undefined;
  const [minute = 0, hour = 0, day = 0, month = 0, year = 0] = numbers;
  return {
    at: Date.UTC(year, month - 1, day, hour, minute),
    onlyOnUpdates:
      pipelineExecutionStartCondition === "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE",
  };
}
