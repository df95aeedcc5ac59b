import {
  DOCUMENT,
  minimalContainer,
  problemsOf,
  type Raw,
  WORKFLOW,
} from "../../tools/fixtures/factory-file";

type Case = readonly [rule: string, bend: (file: Raw) => unknown, ...lines: string[]];

const twentyOne = Array.from({ length: 21 }, (_, index) => ({ awsManaged: `c-${index}` }));

const cases: readonly Case[] = [
  [
    "an unknown key at the top",
    (f) => (f.image = {}),
    "unknown key 'image': known are organization, state, tags, defaults, sharedAccount, images, containers, appAccounts, ci",
  ],
  [
    "an unknown key within",
    (f) => (f.images.base.shares = {}),
    "images.base: unknown key 'shares': known are platform, parent, description, version, components, workingDirectory, instanceTypes, keyPair, regions, schedule, tests, scan, retain, workflows, dedicatedHosts, rootVolume, volumes, userData, removeSsmAgent, amiName, amiTags, outputs, share",
  ],
  [
    "a missing key",
    (f) => delete f.images.base.version,
    'images.base.version: is missing, must be "major.minor" in quotes, such as "1.0"',
  ],
  [
    "a missing section",
    (f) => delete f.organization,
    "organization: is missing, must hold id, managementAccountId",
  ],
  [
    "an account id as a number",
    (f) => (f.sharedAccount.id = 111111111111),
    'sharedAccount.id: must be an account id of 12 digits in quotes, such as "111111111111", got: 111111111111',
  ],
  [
    "an account id that lost its zero",
    (f) => (f.sharedAccount.id = "11111111111"),
    'sharedAccount.id: must be an account id of 12 digits in quotes, such as "111111111111", got: "11111111111"',
  ],
  [
    "an image name with capitals",
    (f) => (f.images.Base = f.images.web),
    'images.Base: must be a name of 3 to 126 characters: lower-case letters and digits with single hyphens between, because Image Builder folds case, spaces and underscores into one name, got: "Base"',
  ],
  [
    "an image name with a space",
    (f) => (f.images["my image"] = f.images.web),
    'images.my image: must be a name of 3 to 126 characters: lower-case letters and digits with single hyphens between, because Image Builder folds case, spaces and underscores into one name, got: "my image"',
  ],
  [
    "an image name with an underscore",
    (f) => (f.images.my_image = f.images.web),
    'images.my_image: must be a name of 3 to 126 characters: lower-case letters and digits with single hyphens between, because Image Builder folds case, spaces and underscores into one name, got: "my_image"',
  ],
  [
    "an image name of two letters",
    (f) => (f.images.ab = f.images.web),
    'images.ab: must be a name of 3 to 126 characters: lower-case letters and digits with single hyphens between, because Image Builder folds case, spaces and underscores into one name, got: "ab"',
  ],
  [
    "no component",
    (f) => (f.images.web.components = []),
    "images.web.components: must be a list of 1 to 20, got: a list of 0",
  ],
  [
    "more than 20 components",
    (f) => (f.images.web.components = twentyOne),
    "images.web.components: must be a list of 1 to 20, got: a list of 21",
  ],
  [
    "a component named twice",
    (f) => f.images.base.components.push({ awsManaged: "update-linux", version: "1.x.x" }),
    'images.base.components[2]: names a component that the image has already, got: "aws/update-linux"',
  ],
  [
    "a component named twice by ARN, in two versions",
    (f) => {
      const arn = "arn:aws:imagebuilder:eu-west-1:111111111111:component/c";
      f.images.web.components = [{ arn: `${arn}/1.0.0/1` }, { arn: `${arn}/x.x.x` }];
    },
    'images.web.components[1]: names a component that the image has already, got: "111111111111/c"',
  ],
  [
    "a missing document",
    (f) => (f.images.web.components = [{ document: "none.yaml" }]),
    'images.web.components[0].document: there is no such file, got: "none.yaml"',
  ],
  [
    "a document with another ending",
    (f) => (f.images.web.components = [{ document: "agent.txt" }]),
    'images.web.components[0].document: must be the path of a .yaml or .yml file, got: "agent.txt"',
  ],
  [
    "a document whose name isn't one for a component",
    (f) => (f.images.web.components = [{ document: "My Agent.yaml" }]),
    'images.web.components[0].document: there is no such file, got: "My Agent.yaml"',
    'images.web.components[0].document: a component is named after its file without ending, which must be a name of 3 to 126 characters: lower-case letters and digits with single hyphens between, because Image Builder folds case, spaces and underscores into one name, got: "My Agent.yaml"',
  ],
  [
    "parameters that a document doesn't declare",
    (f) => (f.images.base.components[1].parameters.Level = "1"),
    "images.base.components[1].parameters.Level: isn't a parameter of agent.yaml, which declares LogLevel, Path",
  ],
  [
    "a required parameter left out",
    (f) => delete f.images.base.components[1].parameters,
    "images.base.components[1].parameters.Path: is missing: agent.yaml declares it without a default",
  ],
  [
    "a parameter that isn't text",
    (f) => (f.images.base.components[1].parameters.Path = 7),
    "images.base.components[1].parameters.Path: must be a text (in quotes if it is a number), got: 7",
  ],
  [
    "a component of two kinds",
    (f) => (f.images.web.components[0].document = "agent.yaml"),
    "images.web.components[0]: must hold exactly one of awsManaged, document, arn, got: {awsManaged, document}",
    "images.web.components[0].parameters.Path: is missing: agent.yaml declares it without a default",
  ],
  [
    "a component's ARN of another Region",
    (f) =>
      (f.images.web.components = [{ arn: "arn:aws:imagebuilder:us-east-1:aws:component/c/x.x.x" }]),
    'images.web.components[0].arn: must be of eu-west-1 (partition aws), where the image is baked, got: "arn:aws:imagebuilder:us-east-1:aws:component/c/x.x.x"',
  ],
  [
    "a component's ARN that isn't one",
    (f) => (f.images.web.components = [{ arn: "arn:aws:s3:::c" }]),
    'images.web.components[0].arn: must be a component\'s ARN, with a version such as x.x.x, 1.x.x, 1.2.x or 1.2.3, got: "arn:aws:s3:::c"',
  ],
  [
    "a version range on a document",
    (f) => (f.images.base.components[1].version = "x.x.x"),
    'images.base.components[1].version: is for awsManaged only, got: "x.x.x"',
  ],
  [
    "a wildcard before a number",
    (f) => (f.images.web.parent.version = "x.2.0"),
    'images.web.parent.version: must be x.x.x, 1.x.x, 1.2.x or 1.2.3: a wildcard can only be followed by wildcards, got: "x.2.0"',
  ],
  [
    "a wildcard in the middle",
    (f) => (f.images.base.components[0].version = "1.x.2"),
    'images.base.components[0].version: must be x.x.x, 1.x.x, 1.2.x or 1.2.3: a wildcard can only be followed by wildcards, got: "1.x.2"',
  ],
  [
    "a version as a number",
    (f) => (f.images.base.version = 1.5),
    'images.base.version: must be "major.minor" in quotes, such as "1.0", got: 1.5',
  ],
  [
    "a version of three parts",
    (f) => (f.images.base.version = "1.0.0"),
    'images.base.version: must be "major.minor" in quotes, such as "1.0", got: "1.0.0"',
  ],
  [
    "a version with a leading zero",
    (f) => (f.images.base.version = "1.01"),
    'images.base.version: must be "major.minor" in quotes, such as "1.0", got: "1.01"',
  ],
  [
    "an unknown parent",
    (f) => (f.images.web.parent.golden = "bass"),
    'images.web.parent.golden: must be one of the golden images, base, web, got: "bass"',
  ],
  [
    "an image that is its own parent",
    (f) => (f.images.web.parent.golden = "web"),
    "images.web.parent.golden: can't be built on itself: web → web",
  ],
  [
    "a cycle of parents",
    (f) => (f.images.base.parent = { golden: "web" }),
    "images.base.parent.golden: can't be built on itself: base → web → base",
    "images.web.parent.golden: can't be built on itself: web → base → web",
  ],
  [
    "two kinds of parent",
    (f) => (f.images.base.parent.golden = "web"),
    "images.base.parent: must hold exactly one of golden, awsManaged, ssm, marketplace, ami, got: {golden, awsManaged}",
  ],
  [
    "no parent",
    (f) => (f.images.base.parent = {}),
    "images.base.parent: must hold exactly one of golden, awsManaged, ssm, marketplace, ami, got: {}",
  ],
  [
    "a version range on an AMI",
    (f) =>
      (f.images.base.parent = { ami: { "eu-west-1": "ami-0123456789abcdef0" }, version: "1.x.x" }),
    'images.base.parent.version: is for golden and awsManaged only, got: "1.x.x"',
    "images.base.rootVolume.device: is missing: the root device of this parent isn't known, and with another name its root would stay unencrypted; `aws ec2 describe-images` tells it as RootDeviceName",
  ],
  [
    "an AMI that is missing for a Region",
    (f) => (f.images.base.parent = { ami: { "us-east-1": "ami-0123456789abcdef0" } }),
    "images.base.parent.ami: names no AMI for eu-west-1, where the image is baked",
    "images.base.rootVolume.device: is missing: the root device of this parent isn't known, and with another name its root would stay unencrypted; `aws ec2 describe-images` tells it as RootDeviceName",
  ],
  [
    "a malformed AMI",
    (f) => (f.images.base.parent = { ami: { "eu-west-1": "ami-1" } }),
    'images.base.parent.ami.eu-west-1: must be an AMI\'s id such as ami-0123456789abcdef0, got: "ami-1"',
    "images.base.rootVolume.device: is missing: the root device of this parent isn't known, and with another name its root would stay unencrypted; `aws ec2 describe-images` tells it as RootDeviceName",
  ],
  [
    "a parent of another platform",
    (f) => (f.images.web.platform = "Windows"),
    'images.web.platform: must be that of its parent, Linux, got: "Windows"',
  ],
  [
    "a parent that isn't shared at all",
    (f) => (f.appAccounts.payments.images["payments-web"].parent.golden = "web"),
    'appAccounts.payments.images.payments-web.parent.golden: isn\'t shared with account 222222222222: add it to a channel of images.web.share, got: "web"',
  ],
  [
    "a parent that is shared with others",
    (f) => (f.images.base.share.channels.stable.principals = { accounts: ["333333333333"] }),
    'appAccounts.payments.images.payments-web.parent.golden: isn\'t shared with account 222222222222: add it to a channel of images.base.share, got: "base"',
  ],
  [
    "a Region that the shared account doesn't build in",
    (f) => (f.images.base.regions = ["us-east-1"]),
    'images.base.regions[0]: must be one of the account\'s Regions, eu-west-1, got: "us-east-1"',
    'images.web.parent.golden: isn\'t baked in eu-west-1, where this image is; an image can only be a parent in the Regions that bake it (us-east-1), got: "base"',
    'appAccounts.payments.images.payments-web.parent.golden: isn\'t baked in eu-west-1, where this image is; an image can only be a parent in the Regions that bake it (us-east-1), got: "base"',
  ],
  [
    "an app in a Region that doesn't bake its parent",
    (f) => (f.appAccounts.payments.regions = { "us-east-1": {} }),
    'appAccounts.payments.images.payments-web.parent.golden: isn\'t baked in us-east-1, where this image is; an image can only be a parent in the Regions that bake it (eu-west-1), got: "base"',
  ],
  [
    "a Region twice",
    (f) => (f.images.base.regions = ["eu-west-1", "eu-west-1"]),
    'images.base.regions[1]: is in the list already, got: "eu-west-1"',
  ],
  [
    "an empty list of Regions",
    (f) => (f.images.base.regions = []),
    "images.base.regions: must be a list of at least one, got: a list of 0",
  ],
  [
    "an account without Regions",
    (f) => (f.sharedAccount.regions = {}),
    "sharedAccount.regions: must hold at least one: Regions by name, got: {}",
  ],
  [
    "Regions of two partitions",
    (f) => (f.state.region = "cn-north-1"),
    "sharedAccount.regions.eu-west-1: all Regions must be of one partition, eu-west-1 is of aws and cn-north-1 of aws-cn",
    "appAccounts.payments.regions.eu-west-1: all Regions must be of one partition, eu-west-1 is of aws and cn-north-1 of aws-cn",
  ],
  [
    "two accounts with one id",
    (f) => (f.appAccounts.payments.id = "111111111111"),
    'appAccounts.payments.id: is the account of sharedAccount already, got: "111111111111"',
  ],
  [
    "an app named shared",
    (f) => (f.appAccounts.shared = { ...f.appAccounts.payments, id: "333333333333" }),
    "appAccounts.shared: an app's name can't be shared or state, nor start with shared- or state-: the factory's own stacks are named so",
  ],
  [
    "an app whose name starts like a stack",
    (f) => (f.appAccounts["state-x"] = { ...f.appAccounts.payments, id: "333333333333" }),
    "appAccounts.state-x: an app's name can't be shared or state, nor start with shared- or state-: the factory's own stacks are named so",
  ],
  [
    "an app with nothing to build",
    (f) => (f.appAccounts.payments.images = {}),
    "appAccounts.payments: has neither images, containers nor autoScaling: true, so nothing would be built; a channel's principals decide who may use an image",
  ],
  [
    "a malformed Region",
    (f) => (f.sharedAccount.regions = { "eu-west": {} }),
    'sharedAccount.regions.eu-west: must be a Region such as eu-west-1, got: "eu-west"',
    'appAccounts.payments.images.payments-web.parent.golden: isn\'t baked in eu-west-1, where this image is; an image can only be a parent in the Regions that bake it (eu-west), got: "base"',
  ],
  [
    "a malformed organizational unit",
    (f) => (f.images.base.share.channels.stable.principals = { organizationalUnits: ["ou-1"] }),
    'images.base.share.channels.stable.principals.organizationalUnits[0]: must be an organizational unit\'s id such as ou-abcd-11111111, got: "ou-1"',
  ],
  [
    "a malformed organization",
    (f) => (f.organization.id = "acme"),
    'organization.id: must be an organization\'s id such as o-abcdefghij, got: "acme"',
  ],
  [
    "a malformed subnet",
    (f) =>
      (f.sharedAccount.regions["eu-west-1"] = {
        subnetId: "subnet-1",
        securityGroupIds: ["sg-0123456789abcdef0"],
      }),
    'sharedAccount.regions.eu-west-1.subnetId: must be a subnet\'s id such as subnet-0123456789abcdef0, got: "subnet-1"',
  ],
  [
    "a malformed security group",
    (f) =>
      (f.sharedAccount.regions["eu-west-1"] = {
        subnetId: "subnet-0123456789abcdef0",
        securityGroupIds: ["sg-1"],
      }),
    'sharedAccount.regions.eu-west-1.securityGroupIds[0]: must be a security group\'s id such as sg-0123456789abcdef0, got: "sg-1"',
  ],
  [
    "a subnet without security groups",
    (f) => (f.sharedAccount.regions["eu-west-1"] = { subnetId: "subnet-0123456789abcdef0" }),
    "sharedAccount.regions.eu-west-1: must hold subnetId and securityGroupIds together, or neither, got: {subnetId}",
  ],
  [
    "a malformed e-mail address",
    (f) => (f.sharedAccount.notify = { emails: ["platform"] }),
    'sharedAccount.notify.emails[0]: must be an e-mail address, got: "platform"',
  ],
  [
    "a bucket without {account}",
    (f) => (f.state.bucket = "acme"),
    'state.bucket: must hold {account}, because every account has a bucket of its own, got: "acme"',
  ],
  [
    "a bucket with capitals",
    (f) => (f.state.bucket = "Acme-{account}"),
    'state.bucket: must be a bucket name (3 to 63 lower-case letters, digits, hyphens and dots) with an account\'s 12 digits for {account}, got: "Acme-{account}"',
  ],
  [
    "a bucket that is too long with the account in it",
    (f) => (f.state.bucket = `${"a".repeat(52)}{account}`),
    'state.bucket: must be a bucket name (3 to 63 lower-case letters, digits, hyphens and dots) with an account\'s 12 digits for {account}, got: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{account}"',
  ],
  [
    "an unknown backend",
    (f) => (f.state = { backend: "gcs" }),
    'state.backend: must be s3, cloud or local, got: "gcs"',
  ],
  [
    "a key of another backend",
    (f) => (f.state = { backend: "local", bucket: "b" }),
    "state: unknown key 'bucket': known are backend",
  ],
  [
    "two kinds of principals",
    (f) => (f.images.base.share.channels.stable.principals.accounts = ["222222222222"]),
    "images.base.share.channels.stable.principals: must hold exactly one of organization, organizationalUnits, accounts, got: {organization, accounts}",
  ],
  [
    "no principals",
    (f) => (f.images.base.share.channels.stable.principals = {}),
    "images.base.share.channels.stable.principals: must hold exactly one of organization, organizationalUnits, accounts, got: {}",
  ],
  [
    "organization: false",
    (f) => (f.images.base.share.channels.stable.principals = { organization: false }),
    "images.base.share.channels.stable.principals.organization: must be true, or left out, got: false",
  ],
  [
    "no channels",
    (f) => (f.images.base.share.channels = {}),
    "images.base.share.channels: must hold at least one: channels by name, got: {}",
    'appAccounts.payments.images.payments-web.parent.golden: isn\'t shared with account 222222222222: add it to a channel of images.base.share, got: "base"',
  ],
  [
    "keep 0",
    (f) => (f.images.base.share.channels.stable.keep = 0),
    "images.base.share.channels.stable.keep: must be a whole number of builds from 1 to 1000, got: 0",
  ],
  [
    "keep above retain",
    (f) => {
      f.images.base.retain = { builds: 2 };
    },
    "images.base.share.channels.stable.keep: must not be above retain.builds (2), or builds would be deleted while they are shared, got: 3",
  ],
  [
    "a negative bake time",
    (f) => (f.images.base.share.channels.stable.bakeHours = -1),
    "images.base.share.channels.stable.bakeHours: must be a whole number of hours from 0 to 8760, got: -1",
  ],
  [
    "an unknown approval",
    (f) => (f.images.base.share.channels.stable.approval = "maybe"),
    'images.base.share.channels.stable.approval: must be automatic or required, got: "maybe"',
  ],
  [
    "an AMI name without buildDate",
    (f) => (f.images.base.amiName = "base-{{ imagebuilder:buildVersion }}"),
    'images.base.amiName: must hold {{ imagebuilder:buildDate }}, or a second build can\'t be named, got: "base-{{ imagebuilder:buildVersion }}"',
  ],
  [
    "an AMI name with a slash",
    (f) => (f.images.base.amiName = "base/{{ imagebuilder:buildDate }}"),
    'images.base.amiName: must be an AMI name of letters, digits, spaces and -_.: that isn\'t too long for Image Builder (127), got: "base/{{ imagebuilder:buildDate }}"',
  ],
  [
    "an image name that makes too long an AMI name",
    (f) => (f.images["a".repeat(99)] = f.images.web),
    "images.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: is too long: its AMI name 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-{{ imagebuilder:buildDate }}' has 128 characters, at most 127 fit",
  ],
  [
    "names that make too long a workspace",
    (f) => {
      f.state = { backend: "cloud", organization: "acme" };
      f.images["a".repeat(80)] = f.images.web;
    },
    "images.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: is too long: its workspace 'shared-eu-west-1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' has 97 characters, at most 90 fit",
  ],
  [
    "throughput on a volume type that has none",
    (f) => (f.images.base.rootVolume = { type: "gp2", throughputMibps: 200 }),
    "images.base.rootVolume.throughputMibps: is for gp3 only, and the volume is gp2, got: 200",
  ],
  [
    "throughput of the defaults on a type that has none",
    (f) => {
      f.defaults = { rootVolume: { throughputMibps: 200 } };
      f.images.base.rootVolume = { type: "io1", iops: 100 };
    },
    "images.base.rootVolume.throughputMibps: is for gp3 only, and the volume is io1, got: 200",
  ],
  [
    "IOPS on a volume type that has none",
    (f) => (f.images.base.rootVolume = { type: "gp2", iops: 3_000 }),
    "images.base.rootVolume.iops: is for gp3, io1 and io2 only, and the volume is gp2, got: 3000",
  ],
  [
    "no IOPS on a volume type that needs them",
    (f) => (f.images.base.rootVolume = { type: "io2" }),
    "images.base.rootVolume.iops: is missing, and a volume of type io2 needs it",
  ],
  [
    "an unknown volume type",
    (f) => (f.images.base.rootVolume = { type: "st1" }),
    'images.base.rootVolume.type: must be gp2, gp3, io1, io2 or standard, got: "st1"',
  ],
  [
    "a root device that isn't known",
    (f) => (f.images.base.parent = { awsManaged: "centos-stream-10-x86" }),
    "images.base.rootVolume.device: is missing: the root device of this parent isn't known, and with another name its root would stay unencrypted; `aws ec2 describe-images` tells it as RootDeviceName",
  ],
  [
    "a deploy role beside ci",
    (f) => {
      f.ci = { github: { repository: "acme/images" } };
      f.sharedAccount.deployRole = "terraform";
    },
    'sharedAccount.deployRole: can\'t stand beside ci, whose pipelines come with credentials of their own: leave one of them out, got: "terraform"',
  ],
  [
    "ci without state buckets, beside which its roles are made",
    (f) => {
      f.ci = { github: { repository: "acme/images" } };
      f.state = { backend: "local" };
    },
    'ci: needs state.backend: s3, because its roles are made beside the state buckets, got: "local"',
  ],
  [
    "a repository with an id of one half only",
    (f) => (f.ci = { github: { repository: "acme@1234/images" } }),
    'ci.github.repository: must be a repository such as acme/golden-images, or with the ids of both such as acme@1234/golden-images@5678, got: "acme@1234/images"',
  ],
  [
    "a repository with a wildcard",
    (f) => (f.ci = { github: { repository: "acme/*" } }),
    'ci.github.repository: must be a repository such as acme/golden-images, or with the ids of both such as acme@1234/golden-images@5678, got: "acme/*"',
  ],
  [
    "an OIDC provider that is neither made nor there",
    (f) => (f.ci = { github: { repository: "acme/images", provider: "none" } }),
    'ci.github.provider: must be existing, or left out, got: "none"',
  ],
  [
    "a cron expression of five fields",
    (f) => (f.images.base.schedule = { expression: "cron(0 2 * * ?)" }),
    'images.base.schedule.expression: a cron expression has six fields (minute, hour, day of month, month, day of week, year), got: "cron(0 2 * * ?)"',
  ],
  [
    "a cron expression with ? in neither day field",
    (f) => (f.images.base.schedule = { expression: "cron(0 2 * * sun *)" }),
    'images.base.schedule.expression: a cron expression has ? in exactly one of its day fields, day of month and day of week, got: "cron(0 2 * * sun *)"',
  ],
  [
    "a cron expression with ? in both day fields",
    (f) => (f.images.base.schedule = { expression: "cron(0 2 ? * ? *)" }),
    'images.base.schedule.expression: a cron expression has ? in exactly one of its day fields, day of month and day of week, got: "cron(0 2 ? * ? *)"',
  ],
  [
    "a cron expression out of range",
    (f) => (f.images.base.schedule = { expression: "cron(60 24 ? * sun *)" }),
    "images.base.schedule.expression: a cron expression's minute and hour can't be that, got: \"cron(60 24 ? * sun *)\"",
  ],
  [
    "a rate of one in the plural",
    (f) => (f.images.base.schedule = { expression: "rate(1 days)" }),
    'images.base.schedule.expression: a rate is singular for 1 and plural for more, such as rate(1 day), got: "rate(1 days)"',
  ],
  [
    "an updater by cron that doesn't run every day",
    (f) => (f.sharedAccount.updater = { schedule: "cron(0 2 ? * sun *)" }),
    'sharedAccount.updater.schedule: must come round every day: shares are set right by it, got: "cron(0 2 ? * sun *)"',
  ],
  [
    "an updater by rate that doesn't run every day",
    (f) => (f.sharedAccount.updater = { schedule: "rate(25 hours)" }),
    'sharedAccount.updater.schedule: must come round every day: shares are set right by it, got: "rate(25 hours)"',
  ],
  [
    "a schedule that is neither",
    (f) => (f.sharedAccount.updater = { schedule: "hourly" }),
    'sharedAccount.updater.schedule: must be cron(…) or rate(…), such as cron(0 2 ? * sun *) or rate(1 day), got: "hourly"',
  ],
  [
    "an unknown time zone",
    (f) => (f.images.base.schedule = { expression: "rate(1 day)", timezone: "Mars/Olympus" }),
    'images.base.schedule.timezone: must be a time zone such as Europe/Berlin, spelled as in the IANA database, got: "Mars/Olympus"',
  ],
  [
    "a time zone in the wrong case",
    (f) => (f.images.base.schedule = { expression: "rate(1 day)", timezone: "europe/berlin" }),
    'images.base.schedule.timezone: must be a time zone such as Europe/Berlin, spelled as in the IANA database, got: "europe/berlin"',
  ],
  [
    "manual beside an expression",
    (f) => (f.images.base.schedule = { expression: "rate(1 day)", manual: true }),
    "images.base.schedule: must hold exactly one of expression, manual, got: {expression, manual}",
  ],
  [
    "manual with a time zone",
    (f) => (f.images.base.schedule = { manual: true, timezone: "Etc/UTC" }),
    "images.base.schedule: manual has neither timezone nor onlyOnUpdates, got: {timezone, onlyOnUpdates}",
  ],
  [
    "a tag of ours",
    (f) => (f.tags = { "golden-image:keep": "9" }),
    'tags.golden-image:keep: must be a tag key of letters, digits, spaces and _.:/=+-@ that doesn\'t start with aws: or golden-image:, got: "golden-image:keep"',
  ],
  [
    "a tag of AWS's",
    (f) => (f.tags = { "aws:x": "y" }),
    'tags.aws:x: must be a tag key of letters, digits, spaces and _.:/=+-@ that doesn\'t start with aws: or golden-image:, got: "aws:x"',
  ],
  [
    "a tag with a reference",
    (f) => (f.tags = { team: "${var.team}" }),
    'tags.team: must be a tag value: a text (in quotes if it is a number) of letters, digits, spaces and _.:/=+-@, got: "${var.team}"',
  ],
  [
    "a tag that is a number",
    (f) => (f.tags = { team: 7 }),
    "tags.team: must be a tag value: a text (in quotes if it is a number) of letters, digits, spaces and _.:/=+-@, got: 7",
  ],
  [
    "images that are a list",
    (f) => (f.images = []),
    "images: must be golden images by name, got: a list of 0",
  ],
  [
    "a parent named as what every object has",
    (f) => (f.images.web.parent.golden = "constructor"),
    'images.web.parent.golden: must be a name of 3 to 126 characters: lower-case letters and digits with single hyphens between, because Image Builder folds case, spaces and underscores into one name, got: "constructor"',
  ],
  [
    "an image named so",
    (f) => (f.images.constructor = f.images.web),
    'images.constructor: must be a name of 3 to 126 characters: lower-case letters and digits with single hyphens between, because Image Builder folds case, spaces and underscores into one name, got: "constructor"',
  ],
  [
    "a version with a wildcard in the middle of an ARN",
    (f) =>
      (f.images.web.components = [{ arn: "arn:aws:imagebuilder:eu-west-1:aws:component/c/x.1.x" }]),
    'images.web.components[0].arn: must be a component\'s ARN, with a version such as x.x.x, 1.x.x, 1.2.x or 1.2.3, got: "arn:aws:imagebuilder:eu-west-1:aws:component/c/x.1.x"',
  ],
  [
    "a component of another partition",
    (f) =>
      (f.images.web.components = [
        { arn: "arn:aws-cn:imagebuilder:eu-west-1:aws:component/c/x.x.x" },
      ]),
    'images.web.components[0].arn: must be of eu-west-1 (partition aws), where the image is baked, got: "arn:aws-cn:imagebuilder:eu-west-1:aws:component/c/x.x.x"',
  ],
  [
    "a component named in two ways",
    (f) =>
      f.images.web.components.push({
        arn: "arn:aws:imagebuilder:eu-west-1:aws:component/nginx-linux/x.x.x",
      }),
    'images.web.components[1]: names a component that the image has already, got: "aws/nginx-linux"',
  ],
  [
    "a document's component named by its ARN as well",
    (f) =>
      f.images.base.components.push({
        arn: "arn:aws:imagebuilder:eu-west-1:111111111111:component/agent/1.0.0/1",
      }),
    'images.base.components[2]: names a component that the image has already, got: "111111111111/agent"',
  ],
  [
    "an app name that makes too long a workspace",
    (f) => {
      f.state = { backend: "cloud", organization: "acme" };
      f.appAccounts["a".repeat(90)] = { ...f.appAccounts.payments, id: "333333333333" };
    },
    "appAccounts.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: is too long: its stack 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-eu-west-1' has 100 characters",
  ],
  [
    "an app name that makes too long a folder",
    (f) => (f.appAccounts["a".repeat(300)] = { ...f.appAccounts.payments, id: "333333333333" }),
    "appAccounts.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: is too long: its stack 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-eu-west-1' has 310 characters",
  ],
  [
    "an image name that is too long for a pipeline",
    (f) =>
      (f.images["a".repeat(127)] = { ...f.images.web, amiName: "x-{{ imagebuilder:buildDate }}" }),
    'images.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: must be a name of 3 to 126 characters: lower-case letters and digits with single hyphens between, because Image Builder folds case, spaces and underscores into one name, got: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…',
  ],
  [
    "a deploy role that is too long",
    (f) => (f.sharedAccount.deployRole = "r".repeat(65)),
    'sharedAccount.deployRole: must be a role\'s name of at most 64 characters, with its path if it has one, got: "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"',
  ],
  [
    "Auto Scaling in a Region without golden images",
    (f) => {
      f.appAccounts.payments = {
        id: "222222222222",
        autoScaling: true,
        regions: { "us-east-1": {} },
      };
    },
    "appAccounts.payments.regions.us-east-1: has no golden images to run with autoScaling: they are in eu-west-1",
  ],
  [
    "Auto Scaling of an account that no image is shared with",
    (f) => {
      f.images.base.share.channels.stable.principals = { accounts: ["333333333333"] };
      f.appAccounts.payments = {
        id: "222222222222",
        autoScaling: true,
        regions: { "eu-west-1": {} },
      };
    },
    "appAccounts.payments.autoScaling: is for an account that golden images are shared with: no channel of what is in eu-west-1 has 222222222222",
  ],
  [
    "too few IOPS for gp3",
    (f) => (f.images.base.rootVolume = { iops: 100 }),
    "images.base.rootVolume.iops: must be 3000 at least for gp3, got: 100",
  ],
  [
    "a volume smaller than the parent's",
    (f) => {
      f.images.base.rootVolume = { sizeGib: 60 };
      f.images.web.rootVolume = { sizeGib: 8 };
    },
    "images.web.rootVolume.sizeGib: must not be smaller than the volume of its parent, 60, got: 8",
  ],
  [
    "a platform that isn't known",
    (f) => {
      f.images.other = {
        ...f.images.web,
        platform: undefined,
        parent: { ssm: "/mac" },
        rootVolume: { device: "/dev/sda1" },
      };
      f.images.centos = { ...f.images.other, parent: { awsManaged: "centos-stream-10-x86" } };
      f.images.product = { ...f.images.other, parent: { marketplace: "prod-1234567890abc" } };
    },
    "images.other.platform: is missing, must be Linux, Windows or macOS: it is known of AWS-managed and golden parents only",
    "images.centos.platform: is missing, must be Linux, Windows or macOS: 'centos-stream-10-x86' isn't among the images that AWS maintains and this knows",
    "images.product.platform: is missing, must be Linux, Windows or macOS: it is known of AWS-managed and golden parents only",
  ],
  [
    "another platform than that of an AWS-managed parent",
    (f) => Object.assign(f.images.base, { platform: "Windows", share: f.images.base.share }),
    'images.base.platform: must be that of its parent, Linux, got: "Windows"',
  ],
  [
    "a volume that is smaller than the parent image's",
    (f) => {
      f.images.base.rootVolume = { sizeGib: 7 };
      f.images.web.rootVolume = { sizeGib: 7 };
    },
    "images.base.rootVolume.sizeGib: must not be smaller than the volume of amazon-linux-2023-x86, 8, got: 7",
    "images.web.rootVolume.sizeGib: must not be smaller than the volume of amazon-linux-2023-x86, 8, got: 7",
  ],
  [
    "instances of another processor",
    (f) => {
      f.images.base.parent.awsManaged = "amazon-linux-2023-arm64";
      f.images.base.instanceTypes = ["t4g.medium", "t3.medium"];
      f.defaults = { instanceTypes: ["m6i.large"] };
      f.appAccounts = {};
    },
    'images.base.instanceTypes[1]: must be of arm64, as amazon-linux-2023-arm64 is, got: "t3.medium"',
    'images.web.instanceTypes: must be of arm64, as amazon-linux-2023-arm64 is: the defaults\' are not, got: "m6i.large"',
  ],
  [
    "a Mac for others, and others for a Mac",
    (f) => {
      f.images.base.instanceTypes = ["mac1.metal"];
      f.images.base.dedicatedHosts = { "eu-west-1": "h-0123456789abcdef0" };
      f.images.mac = {
        parent: { awsManaged: "macos-sequoia-arm64" },
        version: "1.0",
        components: [{ arn: "arn:aws:imagebuilder:eu-west-1:111111111111:component/x/1.0.0" }],
      };
      f.images.mac.instanceTypes = ["t4g.medium"];
      f.images.mac.dedicatedHosts = { "us-east-1": "h-0123456789abcdef0" };
    },
    'images.base.instanceTypes[0]: must not be a Mac, such as mac2.metal, got: "mac1.metal"',
    "images.base.dedicatedHosts: is for macOS only, and the image is for Linux",
    'images.mac.instanceTypes[0]: must be a Mac, such as mac2.metal, got: "t4g.medium"',
    "images.mac.dedicatedHosts.us-east-1: isn't a Region that the image is baked in, eu-west-1",
  ],
  [
    "a Mac of which nobody knows which",
    (f) => {
      f.images.mac = {
        platform: "macOS",
        parent: { ssm: "/mac" },
        version: "1.0",
        components: [{ arn: "arn:aws:imagebuilder:eu-west-1:111111111111:component/x/1.0.0" }],
      };
    },
    "images.mac.instanceTypes: is missing: the processor of this parent isn't known, and a Mac has one or the other",
  ],
  [
    "a Dedicated Host that is none",
    (f) => (f.images.base.dedicatedHosts = { "eu-west-1": "host" }),
    'images.base.dedicatedHosts.eu-west-1: must be a Dedicated Host\'s id such as h-0123456789abcdef0, or the ARN of a host resource group, got: "host"',
    "images.base.dedicatedHosts: is for macOS only, and the image is for Linux",
  ],
  [
    "a working directory of another platform",
    (f) => (f.images.base.workingDirectory = "C:/temp"),
    'images.base.workingDirectory: must be a path of Linux, such as /tmp, got: "C:/temp"',
  ],
  [
    "volumes that can't be",
    (f) => {
      f.images.base.volumes = [
        { device: "/dev/xvda", sizeGib: 10 },
        { device: "/dev/sdf", sizeGib: 10, type: "gp2", iops: 3_000 },
        { device: "/dev/sdf", snapshots: { "us-east-1": "snap-0123456789abcdef0" } },
        { device: "/dev/sdg" },
      ];
    },
    "images.base.volumes[1].iops: is for gp3, io1 and io2 only, and the volume is gp2, got: 3000",
    'images.base.volumes[0].device: is the root volume\'s: set it as rootVolume, got: "/dev/xvda"',
    'images.base.volumes[2].device: is a volume of the image already, got: "/dev/sdf"',
    "images.base.volumes[2].snapshots: names no snapshot for eu-west-1, where the image is baked",
    "images.base.volumes[3].sizeGib: is missing: a volume without snapshots has no size of its own",
  ],
  [
    "a volume that is smaller than the golden parent's",
    (f) => {
      f.images.base.volumes = [{ device: "/dev/sdf", sizeGib: 100 }];
      f.images.web.volumes = [{ device: "/dev/sdf", sizeGib: 10 }];
    },
    "images.web.volumes[0].sizeGib: must not be smaller than its golden parent's, 100, got: 10",
  ],
  [
    "more of a volume than EBS gives",
    (f) => {
      f.images.base.volumes = [
        { device: "/dev/sdf", sizeGib: 100, throughputMibps: 1_000 },
        { device: "/dev/sdg", sizeGib: 10, type: "io1", iops: 600 },
      ];
    },
    "images.base.volumes[0].throughputMibps: must not be above a quarter of the IOPS, 3000, got: 1000",
    "images.base.volumes[1].iops: must not be above 50 for each of 10 GiB of io1, got: 600",
  ],
  [
    "a snapshot that is none",
    (f) =>
      (f.images.base.volumes = [
        { device: "/dev/sdf", snapshots: { "eu-west-1": "ami-0123456789abcdef0" } },
      ]),
    'images.base.volumes[0].snapshots.eu-west-1: must be a snapshot\'s id such as snap-0123456789abcdef0, got: "ami-0123456789abcdef0"',
  ],
  [
    "a Marketplace product that is none",
    (f) => (f.images.base.parent = { marketplace: "CentOS Stream" }),
    'images.base.parent.marketplace: must be a Marketplace product\'s id such as prod-1234567890abc, got: "CentOS Stream"',
  ],
  [
    "user data that isn't there",
    (f) => (f.images.base.userData = "start.sh"),
    'images.base.userData: there is no such file, got: "start.sh"',
  ],
  [
    "Windows without its agent",
    (f) => {
      f.images.win = {
        parent: { awsManaged: "windows-server-2025-english-full-base-x86" },
        version: "1.0",
        components: [{ awsManaged: "update-windows" }],
      };
      f.images.win.removeSsmAgent = true;
    },
    "images.win.removeSsmAgent: isn't for Windows, whose agent Image Builder leaves as it is",
  ],
  [
    "outputs that can't be",
    (f) => {
      f.images.base.outputs = {
        copyToRegions: ["eu-west-1", "us-gov-west-1"],
        parameter: "/imagebuilder/base",
      };
      f.images.base.outputs.launchTemplates = { "us-east-1": "lt-0123456789abcdef0" };
      f.images.web.outputs = { parameter: "/imagebuilder/base" };
    },
    'images.base.outputs.copyToRegions[0]: bakes the image, and so needs no copy, got: "eu-west-1"',
    'images.base.outputs.copyToRegions[1]: must be of the partition aws, as the image\'s Regions are, got: "us-gov-west-1"',
    "images.base.outputs.launchTemplates.us-east-1: gets no AMI of the image: it is in eu-west-1, eu-west-1, us-gov-west-1",
    'images.web.outputs.parameter: is base\'s in eu-west-1 already, got: "/imagebuilder/base"',
  ],
  [
    "one launch template for two images",
    (f) => {
      for (const one of [f.images.base, f.images.web])
        one.outputs = { launchTemplates: { "eu-west-1": "lt-0123456789abcdef0" } };
    },
    'images.web.outputs.launchTemplates.eu-west-1: is base\'s already, got: "lt-0123456789abcdef0"',
  ],
  [
    "copies of what several Regions bake",
    (f) => {
      f.sharedAccount.regions["us-east-1"] = {};
      f.images.base.outputs = { copyToRegions: ["eu-central-1"] };
    },
    "images.base.outputs.copyToRegions: is for images that one Region bakes, name it as regions: each of eu-west-1, us-east-1 would make copies, and nobody could tell which is the newest",
  ],
  [
    "a parameter and a launch template that are none",
    (f) =>
      (f.images.base.outputs = {
        parameter: "/aws/golden",
        launchTemplates: { "eu-west-1": "web" },
      }),
    'images.base.outputs.parameter: must be the path of an SSM parameter such as /imagebuilder/amazon-linux-2023, not of AWS\'s own, got: "/aws/golden"',
    'images.base.outputs.launchTemplates.eu-west-1: must be a launch template\'s id such as lt-0123456789abcdef0, got: "web"',
  ],
  [
    "a component for another platform",
    (f) => f.images.base.components.push({ awsManaged: "stig-build-windows-high" }),
    'images.base.components[2].awsManaged: is for Windows, and the image is for Linux, got: "stig-build-windows-high"',
  ],
  [
    "an AMI tag that Image Builder sets",
    (f) => (f.images.base.amiTags = { CreatedBy: "me" }),
    'images.base.amiTags.CreatedBy: must be of ASCII letters, and not CreatedBy or Ec2ImageBuilderArn, which Image Builder sets, got: "CreatedBy"',
  ],
  [
    "too many AMI tags",
    (f) =>
      (f.images.base.amiTags = Object.fromEntries(
        Array.from({ length: 30 }, (_, index) => [`t${index}`, ""]),
      )),
    "images.base.amiTags: must hold at most 29 tags, got: {t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, t16, t17, t18, t19, t20, t21, t22, t23, t24, t25, t26, t27, t28, t29}",
  ],
  [
    "several things in one image",
    (f) => {
      Object.assign(f.images.base, {
        version: 1,
        parent: { golden: "none" },
        rootVolume: { type: "gp2", throughputMibps: 200 },
      });
      f.images.base.components.push({ document: "none.yaml" });
    },
    'images.base.version: must be "major.minor" in quotes, such as "1.0", got: 1',
    "images.base.rootVolume.throughputMibps: is for gp3 only, and the volume is gp2, got: 200",
    'images.base.parent.golden: must be one of the golden images, base, web, got: "none"',
    'images.base.components[2].document: there is no such file, got: "none.yaml"',
  ],
  [
    "several things in one account",
    (f) => {
      f.ci = { github: { repository: "acme/images" } };
      Object.assign(f.sharedAccount, {
        id: "222222222222",
        deployRole: "terraform",
        notify: { emails: ["x"] },
      });
      f.images.base.regions = ["us-east-1"];
    },
    'sharedAccount.notify.emails[0]: must be an e-mail address, got: "x"',
    'appAccounts.payments.id: is the account of sharedAccount already, got: "222222222222"',
    'sharedAccount.deployRole: can\'t stand beside ci, whose pipelines come with credentials of their own: leave one of them out, got: "terraform"',
    'images.base.regions[0]: must be one of the account\'s Regions, eu-west-1, got: "us-east-1"',
    'images.web.parent.golden: isn\'t baked in eu-west-1, where this image is; an image can only be a parent in the Regions that bake it (us-east-1), got: "base"',
    'appAccounts.payments.images.payments-web.parent.golden: isn\'t baked in eu-west-1, where this image is; an image can only be a parent in the Regions that bake it (us-east-1), got: "base"',
  ],
  [
    "several at once, in one image and in another",
    (f) => {
      f.images.base.version = 1;
      f.images.base.platform = "BSD";
      f.images.web.parent.golden = "none";
      f.appAccounts.payments.id = "111111111111";
    },
    'images.base.platform: must be Linux, Windows or macOS, got: "BSD"',
    'images.base.version: must be "major.minor" in quotes, such as "1.0", got: 1',
    'appAccounts.payments.id: is the account of sharedAccount already, got: "111111111111"',
    'images.web.parent.golden: must be one of the golden images, base, web, got: "none"',
  ],
  [
    "neither images nor containers",
    (f) => delete f.images,
    "images: must hold at least one: golden images by name, or containers in their place, got: {}",
  ],
  [
    "a container of an image's name",
    (f) => (f.containers = { base: minimalContainer() }),
    "containers.base: is images.base already: Image Builder calls both image/base",
  ],
  [
    "an app's container of an image's name",
    (f) => (f.appAccounts.payments.containers = { "payments-web": minimalContainer() }),
    "appAccounts.payments.containers.payments-web: is appAccounts.payments.images.payments-web already: Image Builder calls both image/payments-web",
  ],
  [
    "a container on nothing, or on two",
    (f) =>
      (f.containers = {
        one: minimalContainer({}),
        two: minimalContainer({ golden: "one", awsManaged: "amazon-linux-2023-x86-2023" }),
      }),
    "containers.one.parent: must hold exactly one of golden, awsManaged, registry, got: {}",
    "containers.two.parent: must hold exactly one of golden, awsManaged, registry, got: {golden, awsManaged}",
  ],
  [
    "a parent in a registry without a tag, and with a version",
    (f) =>
      (f.containers = {
        one: minimalContainer({ registry: "amazonlinux" }),
        two: minimalContainer({ registry: "amazonlinux:2023", version: "1.x.x" }),
      }),
    'containers.one.parent.registry: must be a container image with its tag or digest, such as public.ecr.aws/amazonlinux/amazonlinux:2023, got: "amazonlinux"',
    'containers.two.parent.version: is for golden and awsManaged only, got: "1.x.x"',
  ],
  [
    "a container on a golden image, and an image on a golden container",
    (f) => {
      f.containers = { runtime: minimalContainer(), java: minimalContainer({ golden: "base" }) };
      f.images.web.parent.golden = "runtime";
    },
    "images.web.parent.golden: must be a golden image, and 'runtime' is a golden container, got: \"runtime\"",
    "containers.java.parent.golden: must be a golden container, and 'base' is a golden image, got: \"base\"",
  ],
  [
    "a container on one that there isn't",
    (f) => (f.containers = { java: minimalContainer({ golden: "none" }) }),
    'containers.java.parent.golden: must be one of the golden containers, java, got: "none"',
  ],
  [
    "an app's container on one that isn't shared with it",
    (f) => {
      f.containers = { runtime: minimalContainer() };
      f.appAccounts.payments.containers = { api: minimalContainer({ golden: "runtime" }) };
    },
    'appAccounts.payments.containers.api.parent.golden: isn\'t shared with account 222222222222: add it to a channel of containers.runtime.share, got: "runtime"',
  ],
  [
    "containers that are built on each other",
    (f) =>
      (f.containers = {
        one: minimalContainer({ golden: "two" }),
        two: minimalContainer({ golden: "one" }),
      }),
    "containers.one.parent.golden: can't be built on itself: one → two → one",
    "containers.two.parent.golden: can't be built on itself: two → one → two",
  ],
  [
    "a Dockerfile that isn't there",
    (f) => (f.containers = { runtime: { ...minimalContainer(), dockerfile: "Dockerfile" } }),
    'containers.runtime.dockerfile: there is no such file, got: "Dockerfile"',
  ],
  [
    "hosts of two processors, of the wrong one, and Macs",
    (f) =>
      (f.containers = {
        one: { ...minimalContainer(), instanceTypes: ["t3.medium", "t4g.medium"] },
        two: {
          ...minimalContainer({ awsManaged: "amazon-linux-2023-x86-2023" }),
          instanceTypes: ["t4g.medium"],
        },
        three: { ...minimalContainer(), instanceTypes: ["mac2.metal"] },
      }),
    'containers.one.instanceTypes[1]: must be of x86_64, as the first is: an image is for one, got: "t4g.medium"',
    'containers.two.instanceTypes[0]: must be of x86_64, as amazon-linux-2023-x86-2023 is, got: "t4g.medium"',
    'containers.three.instanceTypes[0]: must not be a Mac, which runs no containers, got: "mac2.metal"',
  ],
  [
    "hosts of another processor than that of the golden container below",
    (f) => {
      f.containers = {
        ring: { ...minimalContainer(), instanceTypes: ["t4g.medium"] },
        java: { ...minimalContainer({ golden: "ring" }), instanceTypes: ["t3.medium"] },
        tool: minimalContainer({ golden: "ring" }),
        aws: minimalContainer({ awsManaged: "amazon-linux-2023-x86-2023" }),
        shop: { ...minimalContainer({ golden: "aws" }), instanceTypes: ["t4g.medium"] },
      };
    },
    'containers.java.instanceTypes[0]: must be of arm64, as ring is, got: "t3.medium"',
    'containers.shop.instanceTypes[0]: must be of x86_64, as amazon-linux-2023-x86-2023 is, got: "t4g.medium"',
  ],
  [
    "the defaults' processor for a container of another",
    (f) => {
      f.defaults = { instanceTypes: ["t4g.medium"] };
      for (const image of [
        f.images.base,
        f.images.web,
        f.appAccounts.payments.images["payments-web"],
      ])
        image.instanceTypes = ["t3.medium"];
      f.containers = {
        aws: minimalContainer({ awsManaged: "amazon-linux-2023-x86-2023" }),
        other: minimalContainer(),
      };
    },
    'containers.aws.instanceTypes: must be of x86_64, as amazon-linux-2023-x86-2023 is: the defaults\' are not, got: "t4g.medium"',
  ],
  [
    "a registry's image for Windows",
    (f) =>
      (f.containers = {
        win: minimalContainer({ registry: "mcr.microsoft.com/windows/servercore:ltsc2022" }),
        net: minimalContainer({
          registry: "mcr.microsoft.com/dotnet/aspnet:8.0-nanoserver-ltsc2022",
        }),
        fit: minimalContainer({ registry: "mcr.microsoft.com/dotnet/aspnet:8.0" }),
      }),
    'containers.win.parent.registry: is for Windows, whose version Terraform can\'t say: of a registry it takes Linux images, of awsManaged both, got: "mcr.microsoft.com/windows/servercore:ltsc2022"',
    'containers.net.parent.registry: is for Windows, whose version Terraform can\'t say: of a registry it takes Linux images, of awsManaged both, got: "mcr.microsoft.com/dotnet/aspnet:8.0-nanoserver-ltsc2022"',
  ],
  [
    "a wait for updates that nobody tells of",
    (f) => {
      const schedule = { expression: "cron(0 2 ? * sun *)", onlyOnUpdates: true };
      const digest = `public.ecr.aws/amazonlinux/amazonlinux@sha256:${"0".repeat(64)}`;
      f.containers = {
        one: { ...minimalContainer(), schedule },
        two: { ...minimalContainer({ registry: digest }), schedule },
      };
    },
    "containers.one.schedule.onlyOnUpdates: must be false on a registry's tag, whose updates Image Builder doesn't know of; or name the parent by digest",
  ],
  [
    "a host's volume that is too small, or set wrong",
    (f) =>
      (f.containers = {
        runtime: {
          ...minimalContainer(),
          hostVolume: { sizeGib: 8, type: "gp2", throughputMibps: 125 },
        },
      }),
    "containers.runtime.hostVolume.throughputMibps: is for gp3 only, and the volume is gp2, got: 125",
    "containers.runtime.hostVolume.sizeGib: must be 30 at least, as the image of the host is, got: 8",
  ],
  [
    "a component for another platform in a container",
    (f) =>
      (f.containers = {
        win: {
          ...minimalContainer({ awsManaged: "windows-server-2019-x86-core-ltsc2019-amd64" }),
          components: [{ awsManaged: "update-linux" }],
        },
      }),
    'containers.win.components[0].awsManaged: is for Linux, and the container is for Windows, got: "update-linux"',
  ],
  [
    "what only machine images have",
    (f) => (f.containers = { runtime: { ...minimalContainer(), outputs: {}, platform: "Linux" } }),
    "containers.runtime: unknown key 'outputs', 'platform': known are parent, dockerfile, description, version, components, workingDirectory, instanceTypes, keyPair, regions, schedule, tests, scan, retain, workflows, hostVolume, share",
  ],
  [
    "a scan without tests",
    (f) => Object.assign(f.images.base, { scan: true, tests: { enabled: false } }),
    "images.base.scan: needs tests: what is scanned is what is tested",
  ],
  [
    "a workflow that is nothing, or two, and a document that isn't there",
    (f) =>
      (f.images.base.workflows = {
        build: {},
        tests: [{ awsManaged: "test-image", document: "gate.yaml" }, { document: "none.yaml" }],
      }),
    "images.base.workflows.build: must hold exactly one of awsManaged, document, got: {}",
    "images.base.workflows.tests[0]: must hold exactly one of awsManaged, document, got: {awsManaged, document}",
    'images.base.workflows.tests[1].document: there is no such file, got: "none.yaml"',
  ],
  [
    "more tests than Image Builder takes",
    (f) =>
      (f.images.base.workflows = {
        tests: Array.from({ length: 10 }, () => ({ awsManaged: "test-image" })),
      }),
    "images.base.workflows.tests: must be a list of 1 to 9, got: a list of 10",
  ],
  [
    "more workflows than Image Builder takes",
    (f) =>
      (f.images.base.workflows = {
        tests: Array.from({ length: 9 }, (_, index) => ({
          awsManaged: "test-image",
          parallelGroup: `g${index}`,
        })),
        distribution: { awsManaged: "distribute-image" },
      }),
    "images.base.workflows.tests: must be 8 at most beside a distribution: Image Builder takes 10 workflows",
  ],
  [
    "a workflow of AWS of another type, and one that there isn't",
    (f) =>
      (f.images.base.workflows = {
        build: { awsManaged: "express-test-image" },
        tests: [{ awsManaged: "build-image" }, { awsManaged: "test-imgae" }],
        distribution: { awsManaged: "constructor" },
      }),
    'images.base.workflows.build.awsManaged: must be a build workflow of AWS\'s for images, build-image, build-image-with-update-ssm-agent, express-build-image, got: "express-test-image"',
    'images.base.workflows.tests[0].awsManaged: must be a test workflow of AWS\'s for images, test-image, express-test-image, got: "build-image"',
    'images.base.workflows.tests[1].awsManaged: must be a test workflow of AWS\'s for images, test-image, express-test-image, got: "test-imgae"',
    'images.base.workflows.distribution.awsManaged: must be a distribution workflow of AWS\'s for images, distribute-image, got: "constructor"',
  ],
  [
    "an approval that may fail",
    (f) =>
      (f.images.base.workflows = { tests: [{ document: "gate.yaml", onFailure: "continue" }] }),
    'images.base.workflows.tests[0].onFailure: must be abort for a document with WaitForAction: the answer STOP would let the build go on, got: "continue"',
  ],
  [
    "a state machine without its ARN",
    (f) =>
      (f.images.base.workflows = {
        tests: [{ document: "gate.yaml", parameters: { Machine: "check" } }],
      }),
    'images.base.workflows.tests[0].parameters.Machine: must be the ARN of a state machine, got: "check"',
  ],
  [
    "what only tests have in a build",
    (f) =>
      (f.images.base.workflows = { build: { awsManaged: "build-image", onFailure: "continue" } }),
    "images.base.workflows.build: unknown key 'onFailure': known are awsManaged, document, parameters",
  ],
  [
    "a workflow of AWS for the other kind",
    (f) => {
      f.images.base.workflows = { build: { awsManaged: "build-container" } };
      f.containers = {
        runtime: { ...minimalContainer(), workflows: { tests: [{ awsManaged: "test-image" }] } },
      };
    },
    'images.base.workflows.build.awsManaged: must be a build workflow of AWS\'s for images, build-image, build-image-with-update-ssm-agent, express-build-image, got: "build-container"',
    'containers.runtime.workflows.tests[0].awsManaged: must be a test workflow of AWS\'s for containers, test-container, got: "test-image"',
  ],
  [
    "tests where there are none",
    (f) =>
      Object.assign(f.images.base, {
        tests: { enabled: false },
        workflows: { tests: [{ awsManaged: "test-image" }] },
      }),
    "images.base.workflows.tests: can't stand beside tests: { enabled: false }",
  ],
  [
    "members of a group that stand apart",
    (f) =>
      (f.images.base.workflows = {
        tests: [
          { awsManaged: "test-image", parallelGroup: "one" },
          { awsManaged: "express-test-image" },
          { document: "gate.yaml", parallelGroup: "one" },
        ],
      }),
    'images.base.workflows.tests[2].parallelGroup: must stand beside the others of its group: Image Builder runs it with the first of them, got: "one"',
  ],
  [
    "a build that comes to no image, or that can't build a container, and distributions of nothing",
    (f) => {
      f.images.base.workflows = {
        build: { document: "gate.yaml" },
        distribution: { document: "gate.yaml" },
      };
      f.containers = { runtime: { ...minimalContainer(), workflows: f.images.base.workflows } };
    },
    'images.base.workflows.build.document: must have a step ExecuteComponents, or the recipe\'s components never run, got: "gate.yaml"',
    'images.base.workflows.build.document: must have an output ImageId, or Image Builder refuses to build with it, got: "gate.yaml"',
    'images.base.workflows.distribution.document: must have a step DistributeImage, or nothing is distributed, got: "gate.yaml"',
    'containers.runtime.workflows.build.document: must have a step BootstrapInstanceForContainer, or the instance can\'t build a container, got: "gate.yaml"',
    'containers.runtime.workflows.build.document: must have a step ExecuteComponents, or the recipe\'s components never run, got: "gate.yaml"',
    'containers.runtime.workflows.build.document: must have an output InstanceId, or nothing is distributed from the instance, got: "gate.yaml"',
    'containers.runtime.workflows.distribution.document: must have a step DistributeContainerImage, or nothing is pushed, got: "gate.yaml"',
  ],
  [
    "a workflow's parameter that there isn't, and an empty one",
    (f) =>
      (f.images.base.workflows = {
        tests: [{ document: "gate.yaml", parameters: { Other: "x", Machine: "" } }],
      }),
    'images.base.workflows.tests[0].parameters.Machine: must not be empty, got: ""',
    "images.base.workflows.tests[0].parameters.Other: isn't a parameter of gate.yaml, which declares topicArn, Machine",
  ],
];

test.each(cases.map(([rule, bend, ...lines]) => ({ rule, bend, lines })))(
  "refuses $rule",
  ({ bend, lines }) => {
    expect(problemsOf(bend)).toEqual(lines);
  },
);

test("refuses user data that is longer than Image Builder takes, or nothing", () => {
  const refused = (text: string) =>
    problemsOf((f) => (f.images.base.userData = "start.sh"), {
      "agent.yaml": DOCUMENT,
      "start.sh": text,
    });
  expect(refused("")).toEqual(['images.base.userData: is empty, got: "start.sh"']);
  expect(refused("#".repeat(16_383))).toEqual([]);
  expect(
    problemsOf((f) => (f.images.base.userData = "start.sh"), {
      "agent.yaml": DOCUMENT,
      "start.sh": "#".repeat(16_384),
    }),
  ).toEqual([
    "images.base.userData: is too long for Image Builder, which takes 16383 bytes, got: 16384",
  ]);
});

test("refuses two documents of one name", () => {
  const documents = { "agent.yaml": DOCUMENT, "other/agent.yaml": DOCUMENT };
  expect(
    problemsOf(
      (f) =>
        (f.images.web.components = [{ document: "other/agent.yaml", parameters: { Path: "/" } }]),
      documents,
    ),
  ).toEqual([
    `images.web.components[0].document: would be a second component named 'agent', beside agent.yaml: rename one of the files, got: "other/agent.yaml"`,
  ]);
});

test("refuses a document with what isn't for the platform: another shell, and what AWS has for others only", () => {
  const powershell = DOCUMENT.replace("ExecuteBash", "ExecutePowerShell");
  expect(problemsOf(() => undefined, { "agent.yaml": powershell })).toEqual([
    `images.base.components[1].document: has what isn't for Linux: ExecutePowerShell (agent.yaml:13:9), got: "agent.yaml"`,
  ]);
});

test("refuses a document for two platforms", () => {
  const documents = {
    "agent.yaml": DOCUMENT.replace(
      /action: .*/s,
      "action: CreateFolder\n        inputs: [{ path: '{{ Path }}/{{ LogLevel }}' }]\n",
    ),
  };
  expect(
    problemsOf((f) => {
      f.images.win = {
        ...f.images.base,
        parent: { awsManaged: "windows-server-2025-english-full-base-x86" },
        platform: "Windows",
      };
      f.images.win.components = f.images.base.components.slice(1);
    }, documents),
  ).toEqual([
    `images.win.components[0].document: is a component for Linux already, and this image is for Windows, got: "agent.yaml"`,
  ]);
});

test("refuses a document that isn't right once, with its own lines, however many images use it", () => {
  expect(
    problemsOf((f) => (f.images.web.components = f.images.base.components), {
      "agent.yaml": DOCUMENT.replace("ExecuteBash", "RunBash"),
    }),
  ).toEqual([
    expect.stringMatching(
      /^agent\.yaml:14:17 build\.Install\.action: must be one of AppendFile, .*, got: "RunBash"$/,
    ),
  ]);
});

test("refuses a channel for the shared account itself", () => {
  const principals = { accounts: ["111111111111", "222222222222"] };
  expect(problemsOf((f) => (f.images.base.share.channels.stable.principals = principals))).toEqual([
    "images.base.share.channels.stable.principals.accounts: must not hold the shared account, which has its own images without a share (111111111111)",
  ]);
});

test("refuses a workflow that isn't right, with its own lines, and one whose steps aren't for what it is used for", () => {
  const refused = (workflows: Raw, text: string) =>
    problemsOf((f) => (f.images.base.workflows = workflows), {
      "agent.yaml": DOCUMENT,
      "gate.yaml": text,
    });
  const tests = [{ document: "gate.yaml" }];
  expect(refused({ tests }, WORKFLOW.replace("documentName: Harden", "document: Harden"))).toEqual([
    "gate.yaml:13:13 Harden.inputs.documentName: is missing, must be a text",
    "gate.yaml:13:13 Harden.inputs: unknown key 'document': known are instanceId, documentName, documentVersion, parameters",
  ]);
  const distributing = `${WORKFLOW}  - { name: Copy, action: DistributeImage }\n`;
  expect(refused({ tests }, distributing)).toEqual([
    `images.base.workflows.tests[0].document: has what isn't for the test of Linux images: DistributeImage (gate.yaml:20:5), got: "gate.yaml"`,
  ]);
  expect(refused({ distribution: tests[0] }, distributing)).toEqual([]);
});

test("refuses what a workflow's parameters can't be: another type, a list, nothing", () => {
  const typed = `schemaVersion: 1.0
parameters:
  - { name: Times, type: integer }
  - { name: Wanted, type: boolean }
  - { name: Names, type: stringList }
  - { name: Text, type: string }
  - { name: topicArn, type: stringList }
steps:
  - name: Wait
    action: WaitForAction
    inputs: { payload: "{{ $.parameters.Times }}{{ $.parameters.Wanted }}{{ $.parameters.Names }}{{ $.parameters.Text }}" }
  - name: Tell
    action: WaitForAction
    inputs: { snsTopicArn.$: "$.parameters.topicArn[0]" }
`;
  const parameters = { Times: "two", Wanted: "yes", Names: "a" };
  const refused = problemsOf(
    (f) =>
      (f.images.base.workflows = {
        tests: [{ awsManaged: "test-image" }, { document: "gate.yaml", parameters }],
      }),
    {
      "agent.yaml": DOCUMENT,
      "gate.yaml": typed,
    },
  );
  expect(refused).toEqual([
    'images.base.workflows.tests[1].parameters.Times: must be of type integer, got: "two"',
    'images.base.workflows.tests[1].parameters.Wanted: must be of type boolean, got: "yes"',
    'images.base.workflows.tests[1].parameters.Names: is a list, which can\'t be passed: give it a default in the document, got: "a"',
    "images.base.workflows.tests[1].parameters.Text: is missing: gate.yaml declares it without a default",
    "images.base.workflows.tests[1].parameters.topicArn: is missing: gate.yaml declares it without a default",
  ]);
});

/** A workflow document with these steps and outputs. */
function workflow(steps: readonly string[], outputs: readonly string[] = []): string {
  return [
    "schemaVersion: 1.0",
    "steps:",
    ...steps.map((step, index) => `  - { name: Step${index}, ${step} }`),
    ...(outputs.length > 0 ? ["outputs:", ...outputs.map((output) => `  - { ${output} }`)] : []),
    "",
  ].join("\n");
}

const LAUNCH = "action: LaunchInstance, inputs: { waitFor: ssmAgent }";

test("refuses tests that test nothing, and a scan whose findings nobody collects", () => {
  const documents = {
    "agent.yaml": DOCUMENT,
    "wait.yaml": workflow(["action: WaitForAction"]),
    "check.yaml": workflow([
      LAUNCH,
      'action: ExecuteComponents, inputs: { instanceId.$: "$.stepOutputs.Step0.instanceId" }',
    ]),
  };
  const refused = (tests: Raw[]) =>
    problemsOf(
      (f) => Object.assign(f.images.base, { scan: true, workflows: { tests } }),
      documents,
    );
  const scan =
    "images.base.scan: comes to nothing, no test collects the findings: add { awsManaged: test-image }";
  expect(refused([{ document: "wait.yaml" }])).toEqual([
    "images.base.workflows.tests: test nothing: add { awsManaged: test-image }",
    scan,
  ]);
  expect(refused([{ document: "wait.yaml" }, { document: "check.yaml" }])).toEqual([scan]);
  expect(refused([{ awsManaged: "test-image" }, { document: "wait.yaml" }])).toEqual([]);
  // A function may do anything.
  documents["wait.yaml"] = workflow([
    "action: WaitForAction, inputs: { lambdaFunctionName: check }",
  ]);
  expect(refused([{ document: "wait.yaml" }])).toEqual([scan]);
});

test("refuses a build that goes on where its components fail", () => {
  const build = workflow(
    [
      LAUNCH,
      'action: ExecuteComponents, onFailure: Continue, inputs: { instanceId.$: "$.stepOutputs.Step0.instanceId" }',
    ],
    ["name: ImageId, value: x"],
  );
  expect(
    problemsOf((f) => (f.images.base.workflows = { build: { document: "build.yaml" } }), {
      "agent.yaml": DOCUMENT,
      "build.yaml": build,
    }),
  ).toEqual([
    'images.base.workflows.build.document: must abort where ExecuteComponents fails, or an image that isn\'t hardened comes of it, got: "build.yaml"',
  ]);
});

test("refuses outputs that two workflows have, or that none before has", () => {
  const tell = (what: string) =>
    `action: WaitForAction, inputs: { payload: "{{ $.workflowOutputs.${what} }}" }`;
  const left = (name: string) => `name: ${name}, value: "$.stepOutputs.Step0.action"`;
  const documents = {
    "agent.yaml": DOCUMENT,
    "one.yaml": workflow([tell("ImageId")], [left("Answer"), left("ImageId")]),
    "two.yaml": workflow([tell("Answer"), tell("Other")], [left("Answer")]),
  };
  const refused = (workflows: Raw) =>
    problemsOf((f) => (f.images.base.workflows = workflows), documents);
  const managed = { awsManaged: "test-image" };
  expect(refused({ tests: [managed, { document: "one.yaml" }, { document: "two.yaml" }] })).toEqual(
    [
      'images.base.workflows.tests[1].document: has an output ImageId, which a workflow before it has already, got: "one.yaml"',
      'images.base.workflows.tests[2].document: has an output Answer, which a workflow before it has already, got: "two.yaml"',
      'images.base.workflows.tests[2].document: takes $.workflowOutputs.Other, and those before it leave ImageId, Answer, ImageId, got: "two.yaml"',
    ],
  );
  // Beside each other, neither has run before the other.
  const together = ["two.yaml", "one.yaml"].map((document) => ({
    document,
    parallelGroup: "both",
  }));
  expect(refused({ tests: [managed, ...together] })).toContain(
    'images.base.workflows.tests[1].document: takes $.workflowOutputs.Answer, and those before it leave ImageId, got: "two.yaml"',
  );
  // What AWS's others leave isn't documented.
  expect(
    refused({
      build: { awsManaged: "express-build-image" },
      tests: [managed, { document: "two.yaml" }],
    }),
  ).toEqual([]);
});

test("refuses a default that isn't a state machine's ARN, and leaves the platform out where it isn't known", () => {
  const documents = { "agent.yaml": DOCUMENT, "gate.yaml": WORKFLOW.replace(/"arn:.*?"/, "check") };
  const tests = [{ document: "gate.yaml" }];
  expect(problemsOf((f) => (f.images.base.workflows = { tests }), documents)).toEqual([
    `images.base.workflows.tests[0].document: has a default of Machine, 'check', which must be the ARN of a state machine, got: "gate.yaml"`,
  ]);
  const distributing = {
    "agent.yaml": DOCUMENT,
    "gate.yaml": `${WORKFLOW}  - { name: Copy, action: DistributeImage }\n`,
  };
  expect(
    problemsOf((f) => {
      f.images.other = {
        ...f.images.base,
        parent: { awsManaged: "nobody-knows" },
        workflows: { tests },
      };
      delete f.images.other.platform;
    }, distributing),
  ).toContain(
    `images.other.workflows.tests[0].document: has what isn't for the test of images: DistributeImage (gate.yaml:20:5), got: "gate.yaml"`,
  );
});

test("refuses two workflows of one name, and names that are too long", () => {
  const documents = { "agent.yaml": DOCUMENT, "gate.yaml": WORKFLOW, "other/gate.yaml": WORKFLOW };
  expect(
    problemsOf((f) => {
      f.images.base.workflows = { tests: [{ document: "gate.yaml" }] };
      f.images.web.workflows = { tests: [{ document: "other/gate.yaml" }] };
    }, documents),
  ).toEqual([
    `images.web.workflows.tests[0].document: would be a second workflow named 'gate', beside gate.yaml: rename one of the files, got: "other/gate.yaml"`,
  ]);
  const long = `${"x".repeat(123)}.yaml`;
  expect(
    problemsOf((f) => (f.images.base.workflows = { tests: [{ document: long }] }), {
      "agent.yaml": DOCUMENT,
      [long]: WORKFLOW,
    }),
  ).toEqual([
    expect.stringMatching(
      /^images\.base\.workflows\.tests\[0\]\.document: is too long: its workflow 'base--x+' has 129 characters, at most 128 fit, got: /,
    ),
  ]);
});

test("refuses a Dockerfile that isn't right once, with its line", () => {
  const refused = problemsOf(
    (f) =>
      (f.containers = {
        one: { ...minimalContainer(), dockerfile: "Dockerfile" },
        two: { ...minimalContainer(), dockerfile: "Dockerfile" },
      }),
    {
      "agent.yaml": DOCUMENT,
      Dockerfile: "FROM {{{ imagebuilder:parentImage }}}\n{{{ imagebuilder:components }}}\n",
    },
  );
  expect(refused).toEqual([
    "Dockerfile:1 lacks {{{ imagebuilder:environments }}}, which Image Builder puts in",
  ]);
});

test("refuses a document that is a folder", () => {
  const documents = { "agent.yaml": DOCUMENT, "folder.yaml/x": "" };
  expect(
    problemsOf((f) => (f.images.web.components = [{ document: "folder.yaml" }]), documents),
  ).toEqual([`images.web.components[0].document: there is no such file, got: "folder.yaml"`]);
});

test("refuses a document that is a bomb of aliases", () => {
  const list = (level: number) =>
    Array(9)
      .fill(level === 0 ? "lol" : `*l${level - 1}`)
      .join(",");
  const bomb = Array.from(
    { length: 9 },
    (_, level) => `l${level}: &l${level} [${list(level)}]`,
  ).join("\n");
  expect(problemsOf(() => undefined, { "agent.yaml": bomb })).toEqual([
    "agent.yaml has aliases (*name) for too much, for themselves or for nothing: write out what they stand for",
  ]);
});
