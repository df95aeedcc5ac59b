import { testBadInput } from "../../../tools/fixtures/bad-input";

testBadInput([
  {
    title: "a platform that differs from the golden parent's",
    mutate: (f) => (f.images.web.platform = "Windows"),
    problems: [
      'images.web.platform: must be Linux, the platform of its parent, got: "Windows" [platform-of-parent]',
    ],
  },
  {
    title: "a parent whose platform isn't known",
    mutate: (f) => {
      f.images.other = {
        ...f.images.web,
        platform: undefined,
        parent: { ssm: "/mac" },
        rootVolume: { device: "/dev/sda1" },
      };
      f.images.centos = { ...f.images.other, parent: { awsManaged: "centos-stream-10-x86" } };
      f.images.product = { ...f.images.other, parent: { marketplace: "prod-1234567890abc" } };
    },
    problems: [
      "images.other.platform: is missing, must be Linux, Windows or macOS: it can be inferred only from AWS-managed and golden parents [platform-known]",
      "images.centos.platform: is missing, must be Linux, Windows or macOS: 'centos-stream-10-x86' isn't in the list of known AWS-managed images [platform-known]",
      "images.product.platform: is missing, must be Linux, Windows or macOS: it can be inferred only from AWS-managed and golden parents [platform-known]",
    ],
  },
  {
    title: "a platform that differs from the AWS-managed parent's",
    mutate: (f) =>
      Object.assign(f.images.base, { platform: "Windows", share: f.images.base.share }),
    problems: [
      'images.base.platform: must be Linux, the platform of its parent, got: "Windows" [platform-of-parent]',
    ],
  },
  {
    title: "instance types of another architecture",
    mutate: (f) => {
      f.images.base.parent.awsManaged = "amazon-linux-2023-arm64";
      f.images.base.instanceTypes = ["t4g.medium", "t3.medium"];
      f.defaults = { instanceTypes: ["m6i.large"] };
      f.appAccounts = {};
    },
    problems: [
      'images.base.instanceTypes[1]: must be an instance type for arm64, the architecture of amazon-linux-2023-arm64, got: "t3.medium" [instance-type-architecture]',
      'images.web.instanceTypes: must be an instance type for arm64, the architecture of amazon-linux-2023-arm64 (the value comes from defaults.instanceTypes: to override it, set instanceTypes here), got: "m6i.large" [instance-type-architecture]',
    ],
  },
  {
    title: "Mac instances for Linux, and other instances for macOS",
    mutate: (f) => {
      f.images.base.instanceTypes = ["mac1.metal"];
      f.images.base.dedicatedHosts = { "eu-west-1": "h-0123456789abcdef0" };
      f.images.mac = {
        parent: { awsManaged: "macos-sequoia-arm64" },
        version: "1.0",
        // AWS-managed components for macOS aren't in the list of known names.
        components: [{ awsManaged: "update-tools" }],
      };
      f.images.mac.instanceTypes = ["t4g.medium"];
      f.images.mac.dedicatedHosts = { "us-east-1": "h-0123456789abcdef0" };
    },
    problems: [
      'images.base.instanceTypes[0]: must not be a Mac instance type, got: "mac1.metal" [mac-images-on-mac-instances]',
      'images.mac.instanceTypes[0]: must be a Mac instance type such as mac2.metal, got: "t4g.medium" [mac-images-on-mac-instances]',
      "images.base.dedicatedHosts: is only for macOS: the image's platform is Linux [dedicated-hosts-for-mac]",
      "images.mac.dedicatedHosts.us-east-1: must be a Region that builds the image: eu-west-1 [dedicated-hosts-for-mac]",
    ],
  },
  {
    title: "a macOS parent of unknown architecture without instance types",
    mutate: (f) => {
      f.images.mac = {
        platform: "macOS",
        parent: { ssm: "/mac" },
        version: "1.0",
        components: [{ arn: "arn:aws:imagebuilder:eu-west-1:111111111111:component/x/1.0.0" }],
      };
    },
    problems: [
      "images.mac.instanceTypes: is missing: the architecture of this parent isn't known [mac-instance-type-known]",
      "warning: images.mac.volumes: isn't set: volumes of the parent other than its root volume wouldn't be encrypted with the image key. List them here, or set volumes to [] if there are none [parent-volumes-listed]",
    ],
  },
  {
    title: "an invalid Dedicated Host",
    mutate: (f) => (f.images.base.dedicatedHosts = { "eu-west-1": "host" }),
    problems: [
      'images.base.dedicatedHosts.eu-west-1: must be a Dedicated Host ID such as h-0123456789abcdef0, or the ARN of a host resource group, got: "host"',
    ],
  },
  {
    title: "a working directory of another platform",
    mutate: (f) => (f.images.base.workingDirectory = "C:/temp"),
    problems: [
      'images.base.workingDirectory: must be a path for Linux, such as /tmp, got: "C:/temp" [working-directory-of-platform]',
    ],
  },
]);
