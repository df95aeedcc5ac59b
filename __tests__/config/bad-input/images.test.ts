import { testBadInput } from "../../../tools/fixtures/bad-input";

testBadInput([
  {
    title: "an image name with capital letters",
    mutate: (f) => (f.images.Base = f.images.web),
    problems: [
      'images.Base: must be a name of 3 to 126 characters: lower-case letters and digits with single hyphens between them, because Image Builder treats names that differ only in case, spaces, underscores or hyphens as one name, got: "Base"',
    ],
  },
  {
    title: "an image name with a space",
    mutate: (f) => (f.images["my image"] = f.images.web),
    problems: [
      'images.my image: must be a name of 3 to 126 characters: lower-case letters and digits with single hyphens between them, because Image Builder treats names that differ only in case, spaces, underscores or hyphens as one name, got: "my image"',
    ],
  },
  {
    title: "an image name with an underscore",
    mutate: (f) => (f.images.my_image = f.images.web),
    problems: [
      'images.my_image: must be a name of 3 to 126 characters: lower-case letters and digits with single hyphens between them, because Image Builder treats names that differ only in case, spaces, underscores or hyphens as one name, got: "my_image"',
    ],
  },
  {
    title: "an image name of two letters",
    mutate: (f) => (f.images.ab = f.images.web),
    problems: [
      'images.ab: must be a name of 3 to 126 characters: lower-case letters and digits with single hyphens between them, because Image Builder treats names that differ only in case, spaces, underscores or hyphens as one name, got: "ab"',
    ],
  },
  {
    title: "a version that is a number",
    mutate: (f) => (f.images.base.version = 1.5),
    problems: [
      'images.base.version: must be "major.minor" in quotes, without leading zeros, such as "1.0", got: 1.5',
    ],
  },
  {
    title: "a version with three parts",
    mutate: (f) => (f.images.base.version = "1.0.0"),
    problems: [
      'images.base.version: must be "major.minor" in quotes, without leading zeros, such as "1.0", got: "1.0.0"',
    ],
  },
  {
    title: "a version with a leading zero",
    mutate: (f) => (f.images.base.version = "1.01"),
    problems: [
      'images.base.version: must be "major.minor" in quotes, without leading zeros, such as "1.0", got: "1.01"',
    ],
  },
  {
    title: "a Region that is listed twice",
    mutate: (f) => (f.images.base.regions = ["eu-west-1", "eu-west-1"]),
    problems: ['images.base.regions[1]: is already in the list, got: "eu-west-1"'],
  },
  {
    title: "an empty list of Regions",
    mutate: (f) => (f.images.base.regions = []),
    problems: ["images.base.regions: must be a list of at least one item, got: a list of 0"],
  },
  {
    title: "an AMI name without buildDate",
    mutate: (f) => (f.images.base.amiName = "base-{{ imagebuilder:buildVersion }}"),
    problems: [
      'images.base.amiName: must contain {{ imagebuilder:buildDate }}, because each build needs a different AMI name, got: "base-{{ imagebuilder:buildVersion }}"',
    ],
  },
  {
    title: "an AMI name with a slash",
    mutate: (f) => (f.images.base.amiName = "base/{{ imagebuilder:buildDate }}"),
    problems: [
      'images.base.amiName: must be an AMI name of at most 127 letters, digits, spaces and the characters - _ . and :, got: "base/{{ imagebuilder:buildDate }}"',
    ],
  },
  {
    title: "an image name that makes the default AMI name too long",
    mutate: (f) => (f.images["a".repeat(99)] = f.images.web),
    problems: [
      "images.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: is too long: its default AMI name 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-{{ imagebuilder:buildDate }}' has 128 characters, at most 127 are allowed. Set amiName [ami-name-length]",
    ],
  },
  {
    title: "an image name that makes the workspace name too long",
    mutate: (f) => {
      f.state = { backend: "cloud", organization: "acme" };
      f.images["a".repeat(80)] = f.images.web;
    },
    problems: [
      "images.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: is too long: its workspace 'shared-eu-west-1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' has 97 characters, at most 90 are allowed [child-workspace-name-length]",
    ],
  },
  {
    title: "a tag with the factory's prefix",
    mutate: (f) => (f.tags = { "golden-image:keep": "9" }),
    problems: [
      'tags.golden-image:keep: must be a tag key of letters, digits, spaces and _.:/=+-@ that doesn\'t start with aws: or golden-image:, got: "golden-image:keep"',
    ],
  },
  {
    title: "a tag with AWS's prefix",
    mutate: (f) => (f.tags = { "aws:x": "y" }),
    problems: [
      'tags.aws:x: must be a tag key of letters, digits, spaces and _.:/=+-@ that doesn\'t start with aws: or golden-image:, got: "aws:x"',
    ],
  },
  {
    title: "a tag with a Terraform reference",
    mutate: (f) => (f.tags = { team: "${var.team}" }),
    problems: [
      'tags.team: must be a tag value: a string (in quotes if it is a number) of letters, digits, spaces and _.:/=+-@, got: "${var.team}"',
    ],
  },
  {
    title: "a tag whose value is a number",
    mutate: (f) => (f.tags = { team: 7 }),
    problems: [
      "tags.team: must be a tag value: a string (in quotes if it is a number) of letters, digits, spaces and _.:/=+-@, got: 7",
    ],
  },
  {
    title: "a missing document together with other mistakes of the image",
    mutate: (f) =>
      Object.assign(f.images.base, {
        components: [{ document: "gone.yaml" }],
        scan: true,
        tests: { enabled: false },
        rootVolume: { type: "gp2", iops: 3_000 },
      }),
    problems: [
      'images.base.components[0].document: must be an existing file, relative to the factory file, got: "gone.yaml" [file-exists]',
      "images.base.scan: requires tests.enabled: true, because Amazon Inspector scans the test instance [scan-needs-tests]",
      "images.base.rootVolume.iops: is only for gp3, io1, io2: the volume's type is gp2, got: 3000 [root-volume-settings]",
    ],
  },
  {
    title: "an image called constructor",
    mutate: (f) => (f.images.constructor = f.images.web),
    problems: ['images.constructor: is reserved: choose another name, got: "constructor"'],
  },
  {
    title: "an image name that is too long for a pipeline",
    mutate: (f) =>
      (f.images["a".repeat(127)] = { ...f.images.web, amiName: "x-{{ imagebuilder:buildDate }}" }),
    problems: [
      'images.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: must be a name of 3 to 126 characters: lower-case letters and digits with single hyphens between them, because Image Builder treats names that differ only in case, spaces, underscores or hyphens as one name, got: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…',
    ],
  },
  {
    title: "an AMI tag that Image Builder sets",
    mutate: (f) => (f.images.base.amiTags = { CreatedBy: "me" }),
    problems: [
      'images.base.amiTags.CreatedBy: must consist of ASCII characters, and must not be CreatedBy or Ec2ImageBuilderArn, which Image Builder sets, got: "CreatedBy"',
    ],
  },
  {
    title: "more than 29 AMI tags",
    mutate: (f) =>
      (f.images.base.amiTags = Object.fromEntries(
        Array.from({ length: 30 }, (_, index) => [`t${index}`, ""]),
      )),
    problems: [
      "images.base.amiTags: must contain at most 29 tags, got: {t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, t16, t17, t18, t19, t20, t21, t22, t23, t24, t25, t26, t27, t28, t29}",
    ],
  },
  {
    title: "a scan without tests",
    mutate: (f) => Object.assign(f.images.base, { scan: true, tests: { enabled: false } }),
    problems: [
      "images.base.scan: requires tests.enabled: true, because Amazon Inspector scans the test instance [scan-needs-tests]",
    ],
  },
  {
    title: "an AMI tag with an unknown placeholder, next to the known ones",
    mutate: (f) => {
      f.images.base.amiTags = {
        built: "on {{ imagebuilder:buildDate }}",
        number: "{{imagebuilder:buildVersion}}",
        other: "{{ imagebuilder:parentImage }}",
      };
    },
    problems: [
      'images.base.amiTags.other: must be a tag value: a string (in quotes if it is a number) of letters, digits, spaces and _.:/=+-@, in which the only placeholders are {{imagebuilder:buildDate}} and {{imagebuilder:buildVersion}}, got: "{{ imagebuilder:parentImage }}"',
    ],
  },
  {
    title: "a time limit of tests that is too short",
    mutate: (f) => (f.images.base.tests = { timeoutMinutes: 30 }),
    problems: [
      "images.base.tests.timeoutMinutes: must be a whole number of minutes from 60 to 1440, got: 30",
    ],
  },
  {
    title: "a time limit of tests without tests",
    mutate: (f) => (f.images.web.tests = { enabled: false, timeoutMinutes: 90 }),
    problems: [
      "images.web.tests.timeoutMinutes: requires tests.enabled: true, got: 90 [test-timeout-needs-tests]",
    ],
  },
  {
    title: "switches of a pipeline that aren't true or false",
    mutate: (f) =>
      Object.assign(f.images.base, {
        enabled: "no",
        keepFailedInstances: 1,
        enhancedMetadata: "off",
      }),
    problems: [
      'images.base.enabled: must be true or false, got: "no"',
      "images.base.keepFailedInstances: must be true or false, got: 1",
      'images.base.enhancedMetadata: must be true or false, got: "off"',
    ],
  },
  {
    title: "an empty AMI description",
    mutate: (f) => (f.images.base.amiDescription = ""),
    problems: [
      'images.base.amiDescription: must be a single line of 1 to 1,024 characters, got: ""',
    ],
  },
  {
    title: "an AMI description with a placeholder",
    mutate: (f) => (f.images.base.amiDescription = "Built {{ imagebuilder:buildDate }}"),
    problems: [
      'warning: images.base.amiDescription: contains a placeholder, which Image Builder documents only for AMI names and tags: use amiName or amiTags, got: "Built {{ imagebuilder:buildDate }}" [ami-description-without-placeholders]',
    ],
  },
  {
    title: "descriptions of AMIs that EC2 rejects",
    mutate: (f) => {
      f.images.base.description = "Grundlage f\u00fcr alle";
      f.images.web.description = "Only the description of the recipe \u2026";
      f.images.web.amiDescription = "x".repeat(256);
    },
    problems: [
      'warning: images.base.description: becomes the description of the AMI, for which Amazon EC2 accepts only ASCII characters, and at most 255, got: "Grundlage f\u00fcr alle" [ami-description-for-ec2]',
      `warning: images.web.amiDescription: becomes the description of the AMI, for which Amazon EC2 accepts only ASCII characters, and at most 255, got: "${"x".repeat(78)}\u2026 [ami-description-for-ec2]`,
    ],
  },
]);
