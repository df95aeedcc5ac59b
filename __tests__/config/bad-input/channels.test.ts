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
]);
