import { testBadInput } from "../../../tools/fixtures/bad-input";

testBadInput([
  {
    title: "a mistyped Region of the shared account, and nothing about app accounts",
    mutate: (f) => (f.sharedAccount.regions = { "eu-wset-1": {} }),
    problems: [
      "sharedAccount.regions.eu-wset-1: isn't a known Region, did you mean 'eu-west-1'? [region-known]",
    ],
  },
  {
    title: "a mistyped Region that no partition could have, and nothing about app accounts",
    mutate: (f) => (f.sharedAccount.regions = { "us-east-1": {}, "eu_west-1": {} }),
    problems: [
      "sharedAccount.regions.eu_west-1: must be a Region such as eu-west-1, did you mean 'eu-west-1'?, got: \"eu_west-1\"",
    ],
  },
  {
    title: "a name that isn't a Region's, and nothing about app accounts",
    mutate: (f) => (f.sharedAccount.regions = { "us-east-1": {}, ireland: {} }),
    problems: ['sharedAccount.regions.ireland: must be a Region such as eu-west-1, got: "ireland"'],
  },
  {
    title: "a mistyped Region of an app account",
    mutate: (f) => (f.appAccounts.payments.regions = { "eu-wets-1": {} }),
    problems: [
      "appAccounts.payments.regions.eu-wets-1: isn't a known Region, did you mean 'eu-west-1'? [region-known]",
    ],
  },
  {
    title: "a mistyped Region in each place, if errors result from it",
    mutate: (f) => {
      f.images.base.regions = ["eu-wset-1"];
      f.images.web.regions = ["eu-wset-1"];
    },
    problems: [
      "images.base.regions[0]: isn't a known Region, did you mean 'eu-west-1'?, got: \"eu-wset-1\" [region-known]",
      "images.web.regions[0]: isn't a known Region, did you mean 'eu-west-1'?, got: \"eu-wset-1\" [region-known]",
    ],
  },
  {
    title: "a mistyped Region and the mistakes that don't result from it",
    mutate: (f) => {
      f.sharedAccount.regions = { "eu-wset-1": {} };
      f.images.web.version = "1";
      f.images.base.scan = true;
      f.images.base.tests = { enabled: false };
    },
    problems: [
      "sharedAccount.regions.eu-wset-1: isn't a known Region, did you mean 'eu-west-1'? [region-known]",
      'images.web.version: must be "major.minor" in quotes, without leading zeros, such as "1.0", got: "1"',
      "images.base.scan: requires tests.enabled: true, because Amazon Inspector scans the test instance [scan-needs-tests]",
    ],
  },
  {
    title: "a mistyped key of parent.ami",
    mutate: (f) => {
      f.images.web.parent = { ami: { "eu-wset-1": "ami-0123456789abcdef0" } };
      f.images.web.rootVolume = { device: "/dev/xvda" };
      f.images.web.volumes = [];
    },
    problems: [
      "images.web.parent.ami.eu-wset-1: isn't a known Region, did you mean 'eu-west-1'? [region-known]",
    ],
  },
  {
    title: "a mistyped Region once, if nothing results from it",
    mutate: (f) => {
      f.state.region = "eu-wset-1";
      f.sharedAccount.regions = { "eu-wset-1": {} };
      f.appAccounts.payments.regions = { "eu-wset-1": {} };
    },
    problems: [
      "warning: state.region: isn't a known Region, did you mean 'eu-west-1'?, got: \"eu-wset-1\" [region-known]",
    ],
  },
  {
    title: "an unknown Region that resembles none, and other mistakes",
    mutate: (f) => {
      f.images.base.outputs = { copyToRegions: ["eu-atlantis-1"] };
      f.images.web.version = "1";
    },
    problems: [
      'images.web.version: must be "major.minor" in quotes, without leading zeros, such as "1.0", got: "1"',
      'warning: images.base.outputs.copyToRegions[0]: isn\'t a known Region: check its name, unless AWS added it after this release, got: "eu-atlantis-1" [region-known]',
    ],
  },
  {
    title: "a Region that is new to the factory next to the one it resembles",
    mutate: (f) => (f.sharedAccount.regions["eu-west-4"] = {}),
    problems: [
      "warning: sharedAccount.regions.eu-west-4: isn't a known Region, did you mean 'eu-west-2'? [region-known]",
    ],
  },
  {
    title: "mistyped instance types, without the rules about their architecture",
    mutate: (f) => {
      f.defaults = { instanceTypes: ["t3.meduim"] };
      f.images.base.instanceTypes = ["tg4.medium", "t3.collosal"];
      f.images.web.instanceTypes = ["t3-medium"];
    },
    problems: [
      "images.web.instanceTypes[0]: must be an instance type such as t3.medium, did you mean 't3.medium'?, got: \"t3-medium\"",
      "warning: defaults.instanceTypes[0]: isn't a known instance type, did you mean 't3.medium'?, got: \"t3.meduim\" [default-instance-type-known]",
      "warning: images.base.instanceTypes[0]: isn't a known instance type, did you mean 't4g.medium'?, got: \"tg4.medium\" [instance-type-known]",
      'warning: images.base.instanceTypes[1]: isn\'t a known instance type: check its name, unless AWS added it after this release, got: "t3.collosal" [instance-type-known]',
    ],
  },
  {
    title: "mistyped AWS-managed images",
    mutate: (f) => {
      f.images.base.parent.awsManaged = "amazon-linux-2023-x68";
      f.images.base.rootVolume = { device: "/dev/xvda" };
      f.images.web.parent = { awsManaged: "ubuntu-server-24-lst-x86" };
      f.images.third = { ...f.images.web, parent: f.images.base.parent };
      delete f.images.third.platform;
      f.containers = {
        runtime: {
          parent: { awsManaged: "amazon-linux-2032-x86-2023" },
          version: "1.0",
          components: [{ awsManaged: "update-linux" }],
        },
        tools: {
          parent: { awsManaged: "amazon-linux-x86" },
          version: "1.0",
          components: [{ awsManaged: "update-linux" }],
        },
      };
    },
    problems: [
      "images.web.parent.awsManaged: isn't in the list of known AWS-managed images, did you mean 'ubuntu-server-24-lts-x86'?, got: \"ubuntu-server-24-lst-x86\" [root-device-known]",
      "images.third.parent.awsManaged: isn't in the list of known AWS-managed images, did you mean 'amazon-linux-2023-x86'?, got: \"amazon-linux-2023-x68\" [platform-known]",
      "warning: images.base.parent.awsManaged: isn't a known AWS-managed image, did you mean 'amazon-linux-2023-x86'?, got: \"amazon-linux-2023-x68\" [managed-image-known]",
      "warning: containers.tools.parent.awsManaged: isn't a known AWS-managed image, did you mean 'amazon-linux-x86-2'?, got: \"amazon-linux-x86\" [managed-image-known]",
    ],
  },
  {
    title: "mistyped and unknown AWS-managed components",
    mutate: (f) => {
      f.images.web.components = [
        { awsManaged: "udpate-linux" },
        { awsManaged: "cloudwatch-agent-linux" },
        { awsManaged: "amazon-corretto-25-jdk" },
        { awsManaged: "nginx" },
      ];
    },
    problems: [
      "warning: images.web.components[0].awsManaged: isn't a known AWS-managed component, did you mean 'update-linux'?, got: \"udpate-linux\" [managed-component-known]",
      "warning: images.web.components[1].awsManaged: isn't a known AWS-managed component, did you mean 'amazon-cloudwatch-agent-linux'?, got: \"cloudwatch-agent-linux\" [managed-component-known]",
      'warning: images.web.components[2].awsManaged: isn\'t a known AWS-managed component: check its name with `aws imagebuilder list-components --owner Amazon`, got: "amazon-corretto-25-jdk" [managed-component-known]',
      'warning: images.web.components[3].awsManaged: isn\'t a known AWS-managed component: check its name with `aws imagebuilder list-components --owner Amazon`, got: "nginx" [managed-component-known]',
    ],
  },
]);
