import { testBadInput } from "../../../tools/fixtures/bad-input";

testBadInput([
  {
    title: "an invalid organizational unit",
    mutate: (f) =>
      (f.images.base.share.channels.stable.principals = { organizationalUnits: ["ou-1"] }),
    problems: [
      'images.base.share.channels.stable.principals.organizationalUnits[0]: must be an organizational unit ID such as ou-abcd-11111111, got: "ou-1"',
    ],
  },
  {
    title: "principals of two kinds",
    mutate: (f) => (f.images.base.share.channels.stable.principals.accounts = ["222222222222"]),
    problems: [
      "images.base.share.channels.stable.principals: must contain exactly one of organization, organizationalUnits, accounts, got: {organization, accounts}",
    ],
  },
  {
    title: "empty principals",
    mutate: (f) => (f.images.base.share.channels.stable.principals = {}),
    problems: [
      "images.base.share.channels.stable.principals: must contain exactly one of organization, organizationalUnits, accounts, got: {}",
    ],
  },
  {
    title: "organization: false",
    mutate: (f) => (f.images.base.share.channels.stable.principals = { organization: false }),
    problems: [
      "images.base.share.channels.stable.principals.organization: must be true, or left out, got: false",
    ],
  },
  {
    title: "an empty map of channels",
    mutate: (f) => (f.images.base.share.channels = {}),
    problems: [
      "images.base.share.channels: must be a map of channels by name, with at least one entry, got: {}",
    ],
  },
  {
    title: "a channel that keeps no builds",
    mutate: (f) => (f.images.base.share.channels.stable.keep = 0),
    problems: [
      "images.base.share.channels.stable.keep: must be a whole number of builds from 1 to 1000, got: 0",
    ],
  },
  {
    title: "a channel that keeps more builds than retain does",
    mutate: (f) => {
      f.images.base.retain = { builds: 2 };
    },
    problems: [
      "images.base.share.channels.stable.keep: must be at most 2 (retain.builds): otherwise the lifecycle policy tries to delete builds that are still shared, got: 3 [keep-within-retain]",
    ],
  },
  {
    title: "a negative bake time",
    mutate: (f) => (f.images.base.share.channels.stable.bakeHours = -1),
    problems: [
      "images.base.share.channels.stable.bakeHours: must be a whole number of hours from 0 to 8760, got: -1",
    ],
  },
  {
    title: "an unknown approval",
    mutate: (f) => (f.images.base.share.channels.stable.approval = "maybe"),
    problems: [
      'images.base.share.channels.stable.approval: must be automatic or required, got: "maybe"',
    ],
  },
  {
    title: "a lifecycle policy without a limit, and an age of no days",
    mutate: (f) => {
      f.images.base.retain = {};
      f.images.web.retain = { days: 0 };
    },
    problems: [
      "images.base.retain: must contain builds, days or both, got: {}",
      "images.web.retain.days: must be a whole number of days from 1 to 1000, got: 0",
    ],
  },
  {
    title: "a channel that keeps more builds than retain keeps whatever their age",
    mutate: (f) => (f.images.base.retain = { builds: 2, days: 90 }),
    problems: [
      "images.base.share.channels.stable.keep: must be at most 2 (retain.builds): otherwise the lifecycle policy tries to delete builds that are still shared, got: 3 [keep-within-retain]",
    ],
  },
  {
    title: "a channel that keeps more builds than Image Builder can keep whatever their age",
    mutate: (f) => {
      f.images.base.retain = { days: 90 };
      f.images.base.share.channels.stable.keep = 11;
    },
    problems: [
      "images.base.share.channels.stable.keep: must be at most 10 with retain.days: otherwise the lifecycle policy tries to delete builds that are still shared, because an age rule can keep at most 10 old builds, got: 11 [keep-within-retain]",
    ],
  },
  {
    title: "more builds whatever their age than Image Builder can keep",
    mutate: (f) => (f.images.base.retain = { builds: 11, days: 90 }),
    problems: [
      "images.base.retain.builds: must be at most 10 with retain.days: an age rule can keep at most 10 old builds, got: 11 [retain-builds-with-days]",
    ],
  },
  {
    title: "a bake time that is as long as builds are kept",
    mutate: (f) => {
      f.images.base.retain = { days: 3 };
      f.images.base.share.channels.stable.bakeHours = 72;
    },
    problems: [
      "images.base.share.channels.stable.bakeHours: must be less than 72 hours (retain.days: 3), because builds would be deleted before they are shared, got: 72 [bake-within-retain]",
    ],
  },
  {
    title: "a channel with approvals of an image whose builds are deleted by age",
    mutate: (f) => {
      f.images.base.retain = { days: 90 };
      f.images.base.share.channels.stable.approval = "required";
    },
    problems: [
      "warning: images.base.share.channels.stable.approval: can make the lifecycle policy try to delete a shared build: when it is older than 90 days (retain.days) and 3 newer builds exist, even if those still wait for approval. Approve builds in time, or increase retain.days [approval-within-retain]",
    ],
  },
  {
    title: "an age alarm of a disabled pipeline",
    mutate: (f) => {
      f.images.base.enabled = false;
      f.images.base.share.channels.stable.maxAgeDays = 30;
    },
    problems: [
      "warning: images.base.share.channels.stable.maxAgeDays: raises an alarm, because the pipeline is disabled (enabled: false) and starts no builds on its schedule: remove it while the pipeline is disabled, got: 30 [age-alarm-of-disabled-pipeline]",
    ],
  },
]);
