import { testBadInput } from "../../../tools/fixtures/bad-input";

testBadInput([
  {
    title: "an account ID that is a number",
    mutate: (f) => (f.sharedAccount.id = 111111111111),
    problems: [
      'sharedAccount.id: must be an account ID of 12 digits in quotes, such as "111111111111", got: 111111111111',
    ],
  },
  {
    title: "an account ID that lost its leading zero",
    mutate: (f) => (f.sharedAccount.id = "11111111111"),
    problems: [
      'sharedAccount.id: must be an account ID of 12 digits in quotes, such as "111111111111", got: "11111111111"',
    ],
  },
  {
    title: "an account without Regions",
    mutate: (f) => (f.sharedAccount.regions = {}),
    problems: [
      "sharedAccount.regions: must be a map of Regions by name, with at least one entry, got: {}",
    ],
  },
  {
    title: "Regions of two partitions",
    mutate: (f) => (f.state.region = "cn-north-1"),
    problems: [
      "sharedAccount.regions.eu-west-1: must be in the same partition as the other Regions: eu-west-1 is in aws, cn-north-1 is in aws-cn [one-partition]",
      "appAccounts.payments.regions.eu-west-1: must be in the same partition as the other Regions: eu-west-1 is in aws, cn-north-1 is in aws-cn [one-partition]",
    ],
  },
  {
    title: "two accounts with the same id",
    mutate: (f) => (f.appAccounts.payments.id = "111111111111"),
    problems: [
      'appAccounts.payments.id: is already the ID of sharedAccount, got: "111111111111" [account-id-unique]',
    ],
  },
  {
    title: "an app account called shared",
    mutate: (f) => (f.appAccounts.shared = { ...f.appAccounts.payments, id: "333333333333" }),
    problems: [
      "appAccounts.shared: must not be called shared or state, or start with shared- or state-, because stacks have these names [app-name-not-reserved]",
    ],
  },
  {
    title: "an app account whose name starts like a stack's",
    mutate: (f) => (f.appAccounts["state-x"] = { ...f.appAccounts.payments, id: "333333333333" }),
    problems: [
      "appAccounts.state-x: must not be called shared or state, or start with shared- or state-, because stacks have these names [app-name-not-reserved]",
    ],
  },
  {
    title: "an app account that builds nothing",
    mutate: (f) => (f.appAccounts.payments.images = {}),
    problems: [
      "warning: appAccounts.payments: has no images and no containers, and neither autoScaling nor fleet is true, so its stacks have no use, but their keys cost money. Remove the account. To let it use a golden image, add it to a channel's principals [app-account-used]",
    ],
  },
  {
    title: "an invalid Region",
    mutate: (f) => (f.sharedAccount.regions = { "eu-west": {} }),
    problems: [
      "sharedAccount.regions.eu-west: must be a Region such as eu-west-1, did you mean 'eu-west-1'?, got: \"eu-west\"",
    ],
  },
  {
    title: "an invalid organization ID",
    mutate: (f) => (f.organization.id = "acme"),
    problems: ['organization.id: must be an organization ID such as o-abcdefghij, got: "acme"'],
  },
  {
    title: "an invalid subnet",
    mutate: (f) =>
      (f.sharedAccount.regions["eu-west-1"] = {
        subnetId: "subnet-1",
        securityGroupIds: ["sg-0123456789abcdef0"],
      }),
    problems: [
      'sharedAccount.regions.eu-west-1.subnetId: must be a subnet ID such as subnet-0123456789abcdef0, got: "subnet-1"',
    ],
  },
  {
    title: "an invalid security group",
    mutate: (f) =>
      (f.sharedAccount.regions["eu-west-1"] = {
        subnetId: "subnet-0123456789abcdef0",
        securityGroupIds: ["sg-1"],
      }),
    problems: [
      'sharedAccount.regions.eu-west-1.securityGroupIds[0]: must be a security group ID such as sg-0123456789abcdef0, got: "sg-1"',
    ],
  },
  {
    title: "a subnet without security groups",
    mutate: (f) =>
      (f.sharedAccount.regions["eu-west-1"] = { subnetId: "subnet-0123456789abcdef0" }),
    problems: [
      "sharedAccount.regions.eu-west-1: must contain subnetId and securityGroupIds together, or neither, got: {subnetId}",
    ],
  },
  {
    title: "an invalid email address",
    mutate: (f) => (f.sharedAccount.notify = { emails: ["platform"] }),
    problems: ['sharedAccount.notify.emails[0]: must be an email address, got: "platform"'],
  },
  {
    title: "a deploy role in addition to ci",
    mutate: (f) => {
      f.ci = { github: { repository: "acme/images" } };
      f.sharedAccount.deployRole = "terraform";
    },
    problems: [
      'sharedAccount.deployRole: can\'t be combined with ci, which creates its own roles: remove one of them, got: "terraform" [deploy-role-without-ci]',
    ],
  },
  {
    title: "ci without S3 state",
    mutate: (f) => {
      f.ci = { github: { repository: "acme/images" } };
      f.state = { backend: "local" };
    },
    problems: [
      'ci: requires state.backend: s3, because its roles are created together with the state buckets, got: "local" [ci-needs-s3-state]',
    ],
  },
  {
    title: "a repository with the ID of its owner only",
    mutate: (f) => (f.ci = { github: { repository: "acme@1234/images" } }),
    problems: [
      'ci.github.repository: must be OWNER/NAME such as acme/golden-images, or OWNER@ID/NAME@ID with the numeric IDs of GitHub such as acme@1234/golden-images@5678, got: "acme@1234/images"',
    ],
  },
  {
    title: "a repository with a wildcard",
    mutate: (f) => (f.ci = { github: { repository: "acme/*" } }),
    problems: [
      'ci.github.repository: must be OWNER/NAME such as acme/golden-images, or OWNER@ID/NAME@ID with the numeric IDs of GitHub such as acme@1234/golden-images@5678, got: "acme/*"',
    ],
  },
  {
    title: "an unknown OIDC provider setting",
    mutate: (f) => (f.ci = { github: { repository: "acme/images", provider: "none" } }),
    problems: [
      'ci.github.provider: must be `existing` if the account already has an OIDC provider for GitHub, or left out, got: "none"',
    ],
  },
  {
    title: "an app account name that makes the workspace name too long",
    mutate: (f) => {
      f.state = { backend: "cloud", organization: "acme" };
      f.appAccounts["a".repeat(90)] = { ...f.appAccounts.payments, id: "333333333333" };
    },
    problems: [
      "appAccounts.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: is too long: its workspace 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-eu-west-1' has 100 characters, at most 90 are allowed [app-stack-name-length]",
    ],
  },
  {
    title: "an app account name that makes the folder name too long",
    mutate: (f) =>
      (f.appAccounts["a".repeat(300)] = { ...f.appAccounts.payments, id: "333333333333" }),
    problems: [
      "appAccounts.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: is too long: its stack 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-eu-west-1' has 310 characters, at most 200 are allowed [app-stack-name-length]",
    ],
  },
  {
    title: "a deploy role name that is too long",
    mutate: (f) => (f.sharedAccount.deployRole = "r".repeat(65)),
    problems: [
      'sharedAccount.deployRole: must be a role name of at most 64 characters, with its path if it has one, got: "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"',
    ],
  },
  {
    title: "autoScaling in a Region without golden images",
    mutate: (f) => {
      f.appAccounts.payments = {
        id: "222222222222",
        autoScaling: true,
        regions: { "us-east-1": {} },
      };
    },
    problems: [
      "appAccounts.payments.regions.us-east-1: must be a Region in which golden images are built or to which they are copied (eu-west-1), because autoScaling is true [auto-scaling-has-images]",
    ],
  },
  {
    title: "an operator that is the name of a role",
    mutate: (f) => (f.sharedAccount.operators = ["operators"]),
    problems: [
      'sharedAccount.operators[0]: must be the ARN of an IAM role or user, without wildcards, such as arn:aws:iam::111111111111:role/operators, got: "operators"',
    ],
  },
  {
    title: "operators that are a whole account, a session or a pattern",
    mutate: (f) =>
      (f.sharedAccount.operators = [
        "arn:aws:iam::111111111111:root",
        "arn:aws:sts::111111111111:assumed-role/operators/alice",
        "arn:aws:iam::111111111111:role/operator*",
      ]),
    problems: [
      'sharedAccount.operators[0]: must be the ARN of an IAM role or user, without wildcards, such as arn:aws:iam::111111111111:role/operators, got: "arn:aws:iam::111111111111:root"',
      'sharedAccount.operators[1]: must be the ARN of an IAM role or user, without wildcards, such as arn:aws:iam::111111111111:role/operators, got: "arn:aws:sts::111111111111:assumed-role/operators/alice"',
      'sharedAccount.operators[2]: must be the ARN of an IAM role or user, without wildcards, such as arn:aws:iam::111111111111:role/operators, got: "arn:aws:iam::111111111111:role/operator*"',
    ],
  },
  {
    title: "operators without an operator, and fleet that is a word",
    mutate: (f) => {
      f.sharedAccount.operators = [];
      f.appAccounts.payments.fleet = "yes";
    },
    problems: [
      "sharedAccount.operators: must be a list of at least one item, got: a list of 0",
      'appAccounts.payments.fleet: must be true or false, got: "yes"',
    ],
  },
  {
    title: "an operator that is listed twice",
    mutate: (f) =>
      (f.sharedAccount.operators = Array(2).fill("arn:aws:iam::111111111111:role/operators")),
    problems: [
      'sharedAccount.operators[1]: is already in the list, got: "arn:aws:iam::111111111111:role/operators"',
    ],
  },
  {
    title: "operators of another partition",
    mutate: (f) => (f.sharedAccount.operators = ["arn:aws-cn:iam::111111111111:role/operators"]),
    problems: [
      'sharedAccount.operators[0]: must be in the partition of the Regions, aws, got: "arn:aws-cn:iam::111111111111:role/operators" [operators-partition]',
    ],
  },
  {
    title: "fleet without operators",
    mutate: (f) => (f.appAccounts.payments.fleet = true),
    problems: [
      "appAccounts.payments.fleet: requires sharedAccount.operators: list the ARNs of the roles that run `factory fleet` [fleet-needs-operators]",
    ],
  },
  {
    title: "evidence that is neither true nor false",
    mutate: (f) => (f.sharedAccount.evidence = "signed"),
    problems: ['sharedAccount.evidence: must be true or false, got: "signed"'],
  },
  {
    title: "release notes without a recipient",
    mutate: (f) => (f.sharedAccount.notes = { emails: [] }),
    problems: ["sharedAccount.notes.emails: must be a list of at least one item, got: a list of 0"],
  },
  {
    title: "release notes for a bad address, and twice for another",
    mutate: (f) => (f.sharedAccount.notes = { emails: ["team", "a@example.com", "a@example.com"] }),
    problems: [
      'sharedAccount.notes.emails[0]: must be an email address, got: "team"',
      'sharedAccount.notes.emails[2]: is already in the list, got: "a@example.com"',
    ],
  },
  {
    title: "release notes with a key that doesn't exist",
    mutate: (f) => (f.sharedAccount.notes = { emails: ["a@example.com"], slack: "x" }),
    problems: ["sharedAccount.notes: unknown key 'slack': the only key here is emails"],
  },
  {
    title: "watermarks that are neither true nor false",
    mutate: (f) => (f.sharedAccount.watermarks = "golden"),
    problems: ['sharedAccount.watermarks: must be true or false, got: "golden"'],
  },
  {
    title: "autoScaling in an account that no channel is for",
    mutate: (f) => {
      f.images.base.share.channels.stable.principals = { accounts: ["333333333333"] };
      f.appAccounts.payments = {
        id: "222222222222",
        autoScaling: true,
        regions: { "eu-west-1": {} },
      };
    },
    problems: [
      "appAccounts.payments.autoScaling: requires a channel for this account: add 222222222222 to a channel of an image in eu-west-1 [auto-scaling-in-audience]",
    ],
  },
]);
