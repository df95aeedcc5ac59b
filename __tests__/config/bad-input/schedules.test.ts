import { testBadInput } from "../../../tools/fixtures/bad-input";

testBadInput([
  {
    title: "a cron expression with five fields",
    mutate: (f) => (f.images.base.schedule = { expression: "cron(0 2 * * ?)" }),
    problems: [
      'images.base.schedule.expression: must have six fields in cron(…): minute, hour, day of month, month, day of week, year, got: "cron(0 2 * * ?)"',
    ],
  },
  {
    title: "a cron expression with ? in neither day field",
    mutate: (f) => (f.images.base.schedule = { expression: "cron(0 2 * * sun *)" }),
    problems: [
      'images.base.schedule.expression: must have ? in exactly one of the day fields of cron(…), day of month and day of week, got: "cron(0 2 * * sun *)"',
    ],
  },
  {
    title: "a cron expression with ? in both day fields",
    mutate: (f) => (f.images.base.schedule = { expression: "cron(0 2 ? * ? *)" }),
    problems: [
      'images.base.schedule.expression: must have ? in exactly one of the day fields of cron(…), day of month and day of week, got: "cron(0 2 ? * ? *)"',
    ],
  },
  {
    title: "a cron expression with numbers out of range",
    mutate: (f) => (f.images.base.schedule = { expression: "cron(60 24 ? * sun *)" }),
    problems: [
      'images.base.schedule.expression: must have a valid minute (0 to 59) and hour (0 to 23) in cron(…), got: "cron(60 24 ? * sun *)"',
    ],
  },
  {
    title: "a rate of one in the plural",
    mutate: (f) => (f.images.base.schedule = { expression: "rate(1 days)" }),
    problems: [
      'images.base.schedule.expression: must use the singular for 1 and the plural for more in rate(…), such as rate(1 day) or rate(2 days), got: "rate(1 days)"',
    ],
  },
  {
    title: "an updater schedule in cron that doesn't run every day",
    mutate: (f) => (f.sharedAccount.updater = { schedule: "cron(0 2 ? * sun *)" }),
    problems: [
      'sharedAccount.updater.schedule: must run at least daily, because this schedule reconciles the shares, got: "cron(0 2 ? * sun *)"',
    ],
  },
  {
    title: "an updater rate of more than a day",
    mutate: (f) => (f.sharedAccount.updater = { schedule: "rate(25 hours)" }),
    problems: [
      'sharedAccount.updater.schedule: must run at least daily, because this schedule reconciles the shares, got: "rate(25 hours)"',
    ],
  },
  {
    title: "a schedule that is neither cron nor rate",
    mutate: (f) => (f.sharedAccount.updater = { schedule: "hourly" }),
    problems: [
      'sharedAccount.updater.schedule: must be cron(…) or rate(…), such as cron(0 2 * * ? *) or rate(1 day), got: "hourly"',
    ],
  },
  {
    title: "an unknown time zone",
    mutate: (f) =>
      (f.images.base.schedule = { expression: "rate(1 day)", timezone: "Mars/Olympus" }),
    problems: [
      'images.base.schedule.timezone: must be a time zone such as Europe/Berlin, spelled as in the IANA database, got: "Mars/Olympus"',
    ],
  },
  {
    title: "a time zone in the wrong case",
    mutate: (f) =>
      (f.images.base.schedule = { expression: "rate(1 day)", timezone: "europe/berlin" }),
    problems: [
      "images.base.schedule.timezone: must be a time zone of the IANA database, did you mean 'Europe/Berlin'?, got: \"europe/berlin\"",
    ],
  },
  {
    title: "manual in addition to an expression",
    mutate: (f) => (f.images.base.schedule = { expression: "rate(1 day)", manual: true }),
    problems: [
      "images.base.schedule: must contain exactly one of expression, manual, got: {expression, manual}",
    ],
  },
  {
    title: "manual in addition to a time zone",
    mutate: (f) => (f.images.base.schedule = { manual: true, timezone: "Etc/UTC" }),
    problems: [
      "images.base.schedule: manual can't be combined with timezone and onlyOnUpdates, got: {timezone, onlyOnUpdates}",
    ],
  },
]);
