import { longestInterval } from "../../../config/rules/schedule-interval";

test.each([
  ["rate(30 minutes)", 1 / 48],
  ["rate(12 hours)", 0.5],
  ["rate(10 days)", 10],
  ["cron(0 2 * * ? *)", 1],
  ["cron(0 2 ? * sun *)", 7],
  ["cron(0 2 ? * 2,5 *)", 4],
  ["cron(0 2 ? * MON-FRI *)", 3],
  ["cron(0 4 1 * ? *)", 31],
  ["cron(0 4 15W * ? *)", 31],
  ["cron(0 4 L * ? *)", 31],
  ["cron(0 4 1/10 * ? *)", 10],
  ["cron(0 4 */10 * ? *)", 10],
  ["cron(0 4 1 1,apr,7,10 ? *)", 92],
  ["cron(0 4 ? * L *)", 7],
  ["cron(0 4 ? * sunL *)", 35],
  ["cron(0 4 ? * 2#1 *)", 35],
])("longestInterval returns the days between two runs of %s: %d", (expression, days) => {
  expect(longestInterval(expression)).toBeCloseTo(days);
});
