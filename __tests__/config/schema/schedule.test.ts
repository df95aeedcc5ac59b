import { ScheduleExpression, TimeZone } from "../../../config/schema/schedule";

test.each([
  "rate(1 minute)",
  "rate(5 minutes)",
  "rate(1 day)",
  "cron(0 2 ? * sun *)",
  "cron(0 2 ? * SUN-MON *)",
  "cron(0/15 8-18 ? * 2-6 2026-2030)",
  "cron(0 6 1,15 * ? *)",
  "cron(0 6 L * ? *)",
  "cron(0 6 15W jan,jul ? *)",
  "cron(0 6 ? * 6#3 *)",
  "cron(0 6 ? * friL *)",
])("ScheduleExpression accepts %s", (expression) => {
  expect(ScheduleExpression.safeParse(expression).success).toBe(true);
});

test.each([
  "rate(0 days)",
  "rate(1 week)",
  "rate(2 day)",
  "cron()",
  "cron(* * * * *)",
  "cron(0 2 ? * sun)",
  "cron(0 2 0 * ? *)",
  "cron(0 2 32 * ? *)",
  "cron(0 2 ? 13 sun *)",
  "cron(0 2 ? * 0 *)",
  "cron(0 2 ? * 8 *)",
  "cron(0 2 ? * mon-sun-tue *)",
  "cron(5-1 2 ? * sun *)",
  "cron(0/0 2 ? * sun *)",
  "cron(? 2 ? * sun *)",
  "cron(0 2 ? * sun 1969)",
  "0 2 ? * sun *",
])("ScheduleExpression rejects %s", (expression) => {
  expect(ScheduleExpression.safeParse(expression).success).toBe(false);
});

test.each([
  "Etc/UTC",
  "UTC",
  "Europe/Berlin",
  "America/Argentina/Buenos_Aires",
  "Asia/Calcutta",
  "Asia/Kolkata",
  "US/Pacific",
  "America/Port-au-Prince",
  "Etc/GMT+5",
])("TimeZone accepts %s", (zone) => {
  expect(TimeZone.safeParse(zone).success).toBe(true);
});

test.each([
  "europe/berlin",
  "EUROPE/BERLIN",
  "Europe/berlin",
  "Mars/Olympus",
  "",
  "+01:00",
  "CEST",
  "US/PACIFIC",
  "Etc/Utc",
])("TimeZone rejects '%s'", (zone) => {
  expect(TimeZone.safeParse(zone).success).toBe(false);
});
