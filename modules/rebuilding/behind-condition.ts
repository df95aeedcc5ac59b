/** Hours of the longest range that CloudWatch evaluates, with hours as periods. */
const MAX_HOURS = 7 * 24;

/** When the alarm of an image that is behind its parent is raised. */
export interface BehindCondition {
  /** Number of hours that the alarm looks at. */
  readonly hours: number;
  /** Number of these hours in which the metric must be above the threshold. */
  readonly hoursToAlarm: number;
  /** Hours for which the image hasn't been on its parent's newest build. */
  readonly threshold: number;
}

/**
 * Returns when the alarm of an image is raised. The image must have been behind its parent in each
 * hour of the days, up to a week: CloudWatch remembers this, while the function's figure is only a
 * maximum. So the alarm neither depends on when a build of the parent was created, nor begins again
 * when the parent changes. Above a week, the figure counts for the days before.
 *
 * One hour of each day may be missing or not behind: in that hour, the image couldn't be read.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
export function behindCondition(alarmAfterDays: number): BehindCondition {
  const hours = Math.min(alarmAfterDays * 24, MAX_HOURS);
  return {
    hours,
    hoursToAlarm: (hours / 24) * 23,
    threshold: alarmAfterDays * 24 - hours,
  };
}
