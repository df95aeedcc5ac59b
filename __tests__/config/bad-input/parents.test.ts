import { testBadInput } from "../../../tools/fixtures/bad-input";

testBadInput([
  {
    title: "a version range with a wildcard before a number",
    mutate: (f) => (f.images.web.parent.version = "x.2.0"),
    problems: [
      'images.web.parent.version: must be x.x.x, 1.x.x, 1.2.x or 1.2.3: only wildcards can follow a wildcard, got: "x.2.0"',
    ],
  },
  {
    title: "a version range with a wildcard in the middle",
    mutate: (f) => (f.images.base.components[0].version = "1.x.2"),
    problems: [
      'images.base.components[0].version: must be x.x.x, 1.x.x, 1.2.x or 1.2.3: only wildcards can follow a wildcard, got: "1.x.2"',
    ],
  },
  {
    title: "an unknown golden parent",
    mutate: (f) => (f.images.web.parent.golden = "bass"),
    problems: [
      "images.web.parent.golden: must be a golden image, did you mean 'base'?, got: \"bass\" [parent-exists]",
    ],
  },
  {
    title: "an image that is its own parent",
    mutate: (f) => (f.images.web.parent.golden = "web"),
    problems: [
      "images.web.parent.golden: must not be built on itself: web → web [parent-not-itself]",
    ],
  },
  {
    title: "images that are built on each other",
    mutate: (f) => (f.images.base.parent = { golden: "web" }),
    problems: [
      "images.base.parent.golden: must not be built on itself: base → web → base [parent-not-itself]",
      "images.web.parent.golden: must not be built on itself: web → base → web [parent-not-itself]",
    ],
  },
  {
    title: "a parent of two kinds",
    mutate: (f) => (f.images.base.parent.golden = "web"),
    problems: [
      "images.base.parent: must contain exactly one of golden, awsManaged, ssm, marketplace, ami, arn, got: {golden, awsManaged}",
    ],
  },
  {
    title: "an empty parent",
    mutate: (f) => (f.images.base.parent = {}),
    problems: [
      "images.base.parent: must contain exactly one of golden, awsManaged, ssm, marketplace, ami, arn, got: {}",
    ],
  },
  {
    title: "a version range on an AMI",
    mutate: (f) =>
      (f.images.base.parent = { ami: { "eu-west-1": "ami-0123456789abcdef0" }, version: "1.x.x" }),
    problems: ['images.base.parent.version: is only for golden and awsManaged, got: "1.x.x"'],
  },
  {
    title: "a parent AMI that is missing for a Region",
    mutate: (f) => (f.images.base.parent = { ami: { "us-east-1": "ami-0123456789abcdef0" } }),
    problems: [
      "images.base.rootVolume.device: is missing: the factory doesn't know the root device of this parent. Run `aws ec2 describe-images` and copy RootDeviceName exactly: with another name, Image Builder wouldn't encrypt the root volume with the image key [root-device-known]",
    ],
  },
  {
    title: "a parent AMI that is missing for a Region, on a parent whose root device is given",
    mutate: (f) => {
      f.images.base.parent = { ami: { "us-east-1": "ami-0123456789abcdef0" } };
      f.images.base.rootVolume = { device: "/dev/xvda" };
      f.images.base.volumes = [];
    },
    problems: [
      "images.base.parent.ami: must contain an AMI for eu-west-1, which builds the image [parent-ami-in-each-region]",
    ],
  },
  {
    title: "an invalid AMI ID",
    mutate: (f) => (f.images.base.parent = { ami: { "eu-west-1": "ami-1" } }),
    problems: [
      'images.base.parent.ami.eu-west-1: must be an AMI ID such as ami-0123456789abcdef0, got: "ami-1"',
    ],
  },
  {
    title: "a golden parent without channels",
    mutate: (f) => (f.appAccounts.payments.images["payments-web"].parent.golden = "web"),
    problems: [
      'appAccounts.payments.images.payments-web.parent.golden: must be shared with account 222222222222: add the account to a channel in images.web.share, got: "web" [parent-shared-with-account]',
    ],
  },
  {
    title: "a golden parent that is shared only with other accounts",
    mutate: (f) =>
      (f.images.base.share.channels.stable.principals = { accounts: ["333333333333"] }),
    problems: [
      'appAccounts.payments.images.payments-web.parent.golden: must be shared with account 222222222222: add the account to a channel in images.base.share, got: "base" [parent-shared-with-account]',
    ],
  },
  {
    title:
      "a Region that isn't one of the account's, and nothing of the images that are built on the image",
    mutate: (f) => (f.images.base.regions = ["us-east-1"]),
    problems: [
      'images.base.regions[0]: must be one of the account\'s Regions: eu-west-1, got: "us-east-1" [region-of-account]',
    ],
  },
  {
    title: "an app image in a Region that doesn't build its parent",
    mutate: (f) => (f.appAccounts.payments.regions = { "us-east-1": {} }),
    problems: [
      'appAccounts.payments.images.payments-web.parent.golden: must be built in us-east-1, where this image is built: the parent is built only in eu-west-1, got: "base" [parent-in-each-region]',
    ],
  },
  {
    title: "a parent called constructor",
    mutate: (f) => (f.images.web.parent.golden = "constructor"),
    problems: ['images.web.parent.golden: is reserved: choose another name, got: "constructor"'],
  },
  {
    title: "an invalid Marketplace product ID",
    mutate: (f) => (f.images.base.parent = { marketplace: "CentOS Stream" }),
    problems: [
      'images.base.parent.marketplace: must be a Marketplace product ID such as prod-1234567890abc, got: "CentOS Stream"',
    ],
  },
  {
    title: "an invalid parent ARN, of a recipe, of AWS, and with a build of a range",
    mutate: (f) => {
      const parent = (owner: string, resource: string) => ({
        ...f.images.web,
        parent: { arn: `arn:aws:imagebuilder:eu-west-1:${owner}:${resource}` },
      });
      f.images.one = parent("333333333333", "image-recipe/base/1.0.0");
      f.images.two = parent("aws", "image/amazon-linux-2023-x86/x.x.x");
      f.images.three = parent("333333333333", "image/base/1.x.x/2");
    },
    problems: [
      'images.one.parent.arn: must be the ARN of an image of an account, not of AWS (use awsManaged), with a version such as x.x.x, 1.x.x, 1.2.x, 1.2.3 or 1.2.3/4, got: "arn:aws:imagebuilder:eu-west-1:333333333333:image-recipe/base/1.0.0"',
      'images.two.parent.arn: must be the ARN of an image of an account, not of AWS (use awsManaged), with a version such as x.x.x, 1.x.x, 1.2.x, 1.2.3 or 1.2.3/4, got: "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-x86/x.x.x"',
      'images.three.parent.arn: must be the ARN of an image of an account, not of AWS (use awsManaged), with a version such as x.x.x, 1.x.x, 1.2.x, 1.2.3 or 1.2.3/4, got: "arn:aws:imagebuilder:eu-west-1:333333333333:image/base/1.x.x/2"',
    ],
  },
  {
    title: "a parent ARN of another Region, for an image that two Regions build",
    mutate: (f) => {
      f.sharedAccount.regions = { "eu-west-1": {}, "us-east-1": {} };
      Object.assign(f.images.base, {
        parent: { arn: "arn:aws:imagebuilder:eu-west-1:333333333333:image/base/x.x.x" },
        rootVolume: { device: "/dev/xvda" },
        volumes: [],
      });
    },
    problems: [
      'images.base.parent.arn: must be in us-east-1 (partition aws), which builds the image. Write {region} instead of the Region, got: "arn:aws:imagebuilder:eu-west-1:333333333333:image/base/x.x.x" [parent-arn-in-region]',
    ],
  },
  {
    title: "a parent ARN without a platform",
    mutate: (f) => {
      f.images.base.parent = { arn: "arn:aws:imagebuilder:{region}:333333333333:image/base/x.x.x" };
      delete f.images.base.platform;
    },
    problems: [
      "images.base.platform: is missing, must be Linux, Windows or macOS: it can be inferred only from AWS-managed and golden parents [platform-known]",
    ],
  },
  {
    title: "a parent ARN whose root device isn't known",
    mutate: (f) =>
      (f.images.base.parent = {
        arn: "arn:aws:imagebuilder:{region}:333333333333:image/b/1.0.0/2",
      }),
    problems: [
      "images.base.rootVolume.device: is missing: the factory doesn't know the root device of this parent. Run `aws ec2 describe-images` and copy RootDeviceName exactly: with another name, Image Builder wouldn't encrypt the root volume with the image key [root-device-known]",
    ],
  },
  {
    title: "a golden parent that is named by its ARN",
    mutate: (f) =>
      Object.assign(f.images.web, {
        parent: { arn: "arn:aws:imagebuilder:{region}:111111111111:image/base/x.x.x" },
        rootVolume: { device: "/dev/xvda" },
        volumes: [],
      }),
    problems: [
      'images.web.parent.arn: must be written as golden: base, got: "arn:aws:imagebuilder:{region}:111111111111:image/base/x.x.x" [parent-arn-not-golden]',
    ],
  },
  {
    title: "an image that follows a parent without newer builds",
    mutate: (f) => (f.images.base.followParent = true),
    problems: [
      "images.base.followParent: requires a parent with golden or arn, and with a range of versions such as x.x.x, got: true [followed-parent-has-range]",
    ],
  },
  {
    title: "an image that follows a pinned parent",
    mutate: (f) => {
      f.images.web.parent.version = "1.0.0";
      f.images.web.followParent = { alarmAfterDays: 3 };
    },
    problems: [
      "images.web.followParent: requires a parent with golden or arn, and with a range of versions such as x.x.x, got: {alarmAfterDays} [followed-parent-has-range]",
    ],
  },
  {
    title: "an image that follows its parent, and that people build",
    mutate: (f) => {
      f.images.web.followParent = true;
      f.images.web.schedule = { manual: true };
    },
    problems: [
      "warning: images.web.followParent: has no effect with schedule: { manual: true }: you start the pipeline yourself, got: true [follower-starts-by-itself]",
    ],
  },
  {
    title: "an image with a disabled pipeline that follows its parent",
    mutate: (f) => {
      f.images.web.followParent = true;
      f.images.web.enabled = false;
    },
    problems: [
      "warning: images.web.followParent: has no effect, because the pipeline is disabled (enabled: false), got: true [follower-starts-by-itself]",
    ],
  },
  {
    title: "an alarm of a disabled pipeline that follows its parent",
    mutate: (f) => {
      f.images.web.followParent = { alarmAfterDays: 3 };
      f.images.web.enabled = false;
    },
    problems: [
      "warning: images.web.followParent: raises an alarm, because the pipeline is disabled (enabled: false): remove alarmAfterDays while the pipeline is disabled, got: {alarmAfterDays} [follower-starts-by-itself]",
    ],
  },
  {
    title: "a followParent of another type",
    mutate: (f) => (f.images.web.followParent = "yes"),
    problems: [
      'images.web.followParent: must be true, false or { alarmAfterDays: DAYS }, got: "yes"',
    ],
  },
  {
    title: "an alarm of an image that follows its parent, without days",
    mutate: (f) => (f.images.web.followParent = { alarmAfterDays: 0 }),
    problems: [
      "images.web.followParent.alarmAfterDays: must be a whole number of days from 1 to 365, got: 0",
    ],
  },
]);
