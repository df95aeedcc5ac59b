import { maxHoursBetween } from "../../../config/aws/schedules";

test.each([
  ["rate(1 minute)", 1],
  ["rate(90 minutes)", 2],
  ["rate(1 hour)", 1],
  ["rate(24 hours)", 24],
  ["rate(1 day)", 24],
  ["cron(0 6 * * ? *)", 24],
])("maxHoursBetween returns the hours between two runs of %s: %i", (expression, hours) => {
  expect(maxHoursBetween(expression)).toBe(hours);
});
