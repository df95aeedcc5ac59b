import { testBadInput } from "../../../tools/fixtures/bad-input";

testBadInput([
  {
    title: "a Region with nothing after its name",
    mutate: (f) => (f.sharedAccount.regions["eu-west-1"] = null),
    problems: [
      "sharedAccount.regions.eu-west-1: must be a map, which can contain subnetId, securityGroupIds. Write {} to set none of them, got: null",
    ],
  },
  {
    title: "an unknown key at the top level",
    mutate: (f) => (f.image = {}),
    problems: ["unknown key 'image', did you mean 'images'?"],
  },
  {
    title: "an unknown key in an image",
    mutate: (f) => (f.images.base.shares = {}),
    problems: ["images.base: unknown key 'shares', did you mean 'share'?"],
  },
  {
    title: "a missing key",
    mutate: (f) => delete f.images.base.version,
    problems: [
      'images.base.version: is missing, must be "major.minor" in quotes, without leading zeros, such as "1.0"',
    ],
  },
  {
    title: "a missing section",
    mutate: (f) => delete f.organization,
    problems: ["organization: is missing, must contain id, managementAccountId"],
  },
  {
    title: "images that are a list",
    mutate: (f) => (f.images = []),
    problems: ["images: must be a map of golden images by name, got: a list of 0"],
  },
  {
    title: "only the schema error of an image that also breaks rules",
    mutate: (f) => {
      Object.assign(f.images.base, {
        version: 1,
        parent: { golden: "none" },
        rootVolume: { type: "gp2", throughputMibps: 200 },
      });
      f.images.base.components.push({ document: "none.yaml" });
    },
    problems: [
      'images.base.version: must be "major.minor" in quotes, without leading zeros, such as "1.0", got: 1',
    ],
  },
  {
    title: "an invalid email address and what rules find in other entries",
    mutate: (f) => {
      f.ci = { github: { repository: "acme/images" } };
      Object.assign(f.sharedAccount, {
        id: "222222222222",
        deployRole: "terraform",
        notify: { emails: ["x"] },
      });
      f.images.base.regions = ["us-east-1"];
    },
    problems: [
      'sharedAccount.notify.emails[0]: must be an email address, got: "x"',
      'appAccounts.payments.id: is already the ID of sharedAccount, got: "222222222222" [account-id-unique]',
      'sharedAccount.deployRole: can\'t be combined with ci, which creates its own roles: remove one of them, got: "terraform" [deploy-role-without-ci]',
      'images.base.regions[0]: must be one of the account\'s Regions: eu-west-1, got: "us-east-1" [region-of-account]',
    ],
  },
  {
    title: "schema errors in one image and broken rules in others",
    mutate: (f) => {
      f.images.base.version = 1;
      f.images.base.platform = "BSD";
      f.images.web.parent.golden = "none";
      f.appAccounts.payments.id = "111111111111";
    },
    problems: [
      'images.base.platform: must be Linux, Windows or macOS, got: "BSD"',
      'images.base.version: must be "major.minor" in quotes, without leading zeros, such as "1.0", got: 1',
      'images.web.parent.golden: must be one of the golden images: base, got: "none" [parent-exists]',
      'appAccounts.payments.id: is already the ID of sharedAccount, got: "111111111111" [account-id-unique]',
    ],
  },
  {
    title: "a factory without images and containers",
    mutate: (f) => delete f.images,
    problems: [
      "images: must contain at least one golden image, unless containers contains a golden container, got: {}",
    ],
  },
]);
