import { testBadInput } from "../../../tools/fixtures/bad-input";
import { DOCUMENT } from "../../../tools/fixtures/factory-file";

testBadInput([
  {
    title: "an empty list of components",
    mutate: (f) => (f.images.web.components = []),
    problems: ["images.web.components: must be a list of 1 to 20 items, got: a list of 0"],
  },
  {
    title: "more than 20 components",
    mutate: (f) =>
      (f.images.web.components = Array.from({ length: 21 }, (_, index) => ({
        awsManaged: `c-${index}`,
      }))),
    problems: ["images.web.components: must be a list of 1 to 20 items, got: a list of 21"],
  },
  {
    title: "a component that is listed twice",
    mutate: (f) => f.images.base.components.push({ awsManaged: "update-linux", version: "1.x.x" }),
    problems: [
      'images.base.components[2]: must not name a component that the recipe already contains, got: "aws/update-linux" [component-once]',
    ],
  },
  {
    title: "a component ARN that is listed twice, in two versions",
    mutate: (f) => {
      const arn = "arn:aws:imagebuilder:eu-west-1:111111111111:component/c";
      f.images.web.components = [{ arn: `${arn}/1.0.0/1` }, { arn: `${arn}/x.x.x` }];
    },
    problems: [
      'images.web.components[1]: must not name a component that the recipe already contains, got: "111111111111/c" [component-once]',
    ],
  },
  {
    title: "a component document that doesn't exist",
    mutate: (f) => (f.images.web.components = [{ document: "none.yaml" }]),
    problems: [
      'images.web.components[0].document: must be an existing file, relative to the factory file, got: "none.yaml" [file-exists]',
    ],
  },
  {
    title: "a component document with another extension",
    mutate: (f) => (f.images.web.components = [{ document: "agent.txt" }]),
    problems: [
      'images.web.components[0].document: must be the path of a .yaml or .yml file, got: "agent.txt"',
    ],
  },
  {
    title: "a component document that doesn't exist and has an invalid name",
    mutate: (f) => (f.images.web.components = [{ document: "My Agent.yaml" }]),
    problems: [
      'images.web.components[0].document: must be an existing file, relative to the factory file, got: "My Agent.yaml" [file-exists]',
    ],
  },
  {
    title: "a parameter that the component document doesn't declare",
    mutate: (f) => (f.images.base.components[1].parameters.Level = "1"),
    problems: [
      "images.base.components[1].parameters.Level: must be a parameter that agent.yaml declares: LogLevel, Path [component-parameters]",
    ],
  },
  {
    title: "a missing parameter that has no default",
    mutate: (f) => delete f.images.base.components[1].parameters,
    problems: [
      "images.base.components[1].parameters.Path: is missing: agent.yaml declares it without a default [component-parameters]",
    ],
  },
  {
    title: "a parameter that isn't text",
    mutate: (f) => (f.images.base.components[1].parameters.Path = 7),
    problems: [
      "images.base.components[1].parameters.Path: must be a string (in quotes if it is a number, true or false), got: 7",
    ],
  },
  {
    title: "a component of two kinds",
    mutate: (f) => (f.images.web.components[0].document = "agent.yaml"),
    problems: [
      "images.web.components[0]: must contain exactly one of awsManaged, document, arn, got: {awsManaged, document}",
    ],
  },
  {
    title: "a component ARN of another Region",
    mutate: (f) =>
      (f.images.web.components = [{ arn: "arn:aws:imagebuilder:us-east-1:aws:component/c/x.x.x" }]),
    problems: [
      'images.web.components[0].arn: must be in eu-west-1 (partition aws), which builds the image, got: "arn:aws:imagebuilder:us-east-1:aws:component/c/x.x.x" [component-arn-in-region]',
    ],
  },
  {
    title: "an invalid component ARN",
    mutate: (f) => (f.images.web.components = [{ arn: "arn:aws:s3:::c" }]),
    problems: [
      'images.web.components[0].arn: must be the ARN of a component, with a version such as x.x.x, 1.x.x, 1.2.x or 1.2.3, got: "arn:aws:s3:::c"',
    ],
  },
  {
    title: "a version range on a component document",
    mutate: (f) => (f.images.base.components[1].version = "x.x.x"),
    problems: ['images.base.components[1].version: is only for awsManaged, got: "x.x.x"'],
  },
  {
    title: "a component ARN with a wildcard in the middle of its version",
    mutate: (f) =>
      (f.images.web.components = [{ arn: "arn:aws:imagebuilder:eu-west-1:aws:component/c/x.1.x" }]),
    problems: [
      'images.web.components[0].arn: must be the ARN of a component, with a version such as x.x.x, 1.x.x, 1.2.x or 1.2.3, got: "arn:aws:imagebuilder:eu-west-1:aws:component/c/x.1.x"',
    ],
  },
  {
    title: "a component ARN of another partition",
    mutate: (f) =>
      (f.images.web.components = [
        { arn: "arn:aws-cn:imagebuilder:eu-west-1:aws:component/c/x.x.x" },
      ]),
    problems: [
      'images.web.components[0].arn: must be in eu-west-1 (partition aws), which builds the image, got: "arn:aws-cn:imagebuilder:eu-west-1:aws:component/c/x.x.x" [component-arn-in-region]',
    ],
  },
  {
    title: "an AWS-managed component that is also listed by its ARN",
    mutate: (f) =>
      f.images.web.components.push({
        arn: "arn:aws:imagebuilder:eu-west-1:aws:component/reboot-linux/x.x.x",
      }),
    problems: [
      'images.web.components[1]: must not name a component that the recipe already contains, got: "aws/reboot-linux" [component-once]',
    ],
  },
  {
    title: "a component document that is also listed by its ARN",
    mutate: (f) =>
      f.images.base.components.push({
        arn: "arn:aws:imagebuilder:eu-west-1:111111111111:component/agent/1.0.0/1",
      }),
    problems: [
      'images.base.components[2]: must not name a component that the recipe already contains, got: "111111111111/agent" [component-once]',
    ],
  },
  {
    title: "an AWS-managed component for another platform",
    mutate: (f) => f.images.base.components.push({ awsManaged: "stig-build-windows-high" }),
    problems: [
      'images.base.components[2].awsManaged: is for Windows, but the image is for Linux, got: "stig-build-windows-high" [managed-component-platform]',
    ],
  },
  {
    title: "a name and OS versions of an AWS-managed component",
    mutate: (f) =>
      Object.assign(f.images.base.components[0], {
        name: "update",
        supportedOsVersions: ["Amazon Linux 2023"],
      }),
    problems: [
      'images.base.components[0].name: is only for document, got: "update"',
      "images.base.components[0].supportedOsVersions: is only for document, got: a list of 1",
    ],
  },
  {
    title: "a component name with an underscore, and an empty list of OS versions",
    mutate: (f) =>
      Object.assign(f.images.base.components[1], { name: "my_agent", supportedOsVersions: [] }),
    problems: [
      'images.base.components[1].name: must be a name of 3 to 126 characters: lower-case letters and digits with single hyphens between them, because Image Builder treats names that differ only in case, spaces, underscores or hyphens as one name, got: "my_agent"',
      "images.base.components[1].supportedOsVersions: must be a list of 1 to 25 items, got: a list of 0",
    ],
  },
  {
    title: "a component document with two names, one of them its file's",
    mutate: (f) => {
      f.images.base.components[1].name = "log-agent";
      f.images.web.components = [{ document: "agent.yaml", parameters: { Path: "/" } }];
    },
    problems: [
      "images.web.components[0].name: must be 'log-agent', as in images.base.components[1]: one document is one component. For another component, copy the file [component-one-name]",
    ],
  },
  {
    title: "a component document with two names, in one recipe",
    mutate: (f) => {
      f.images.base.components.push({
        document: "agent.yaml",
        name: "log-agent",
        parameters: { Path: "/" },
      });
    },
    problems: [
      "images.base.components[2].name: must be 'agent', as in images.base.components[1]: one document is one component. For another component, copy the file, got: \"log-agent\" [component-one-name]",
    ],
  },
  {
    title: "two component documents to which the factory file gives one name",
    mutate: (f) => {
      f.images.web.components = [
        { document: "other.yaml", name: "agent", parameters: { Path: "/" } },
      ];
    },
    documents: { "agent.yaml": DOCUMENT, "other.yaml": DOCUMENT },
    problems: [
      "images.web.components[0].document: must not have the same component name as agent.yaml, 'agent': set another name, got: \"other.yaml\" [component-name-unique]",
    ],
  },
  {
    title: "a component document with two lists of OS versions",
    mutate: (f) => {
      f.images.base.components[1].supportedOsVersions = ["Ubuntu 24", "Amazon Linux 2023"];
      f.images.web.components = [
        { document: "agent.yaml", parameters: { Path: "/" }, supportedOsVersions: ["Ubuntu 24"] },
      ];
      f.images.more = {
        ...f.images.web,
        components: [{ document: "agent.yaml", parameters: { Path: "/" } }],
      };
    },
    problems: [
      "images.web.components[0].supportedOsVersions: must be Amazon Linux 2023, Ubuntu 24, as in images.base.components[1]: one document is one component, got: a list of 1 [component-one-list-of-os-versions]",
      "images.more.components[0].supportedOsVersions: must be Amazon Linux 2023, Ubuntu 24, as in images.base.components[1]: one document is one component [component-one-list-of-os-versions]",
    ],
  },
  {
    title: "a component ARN with {region} of another partition",
    mutate: (f) =>
      (f.images.web.components = [
        { arn: "arn:aws-cn:imagebuilder:{region}:111111111111:component/c/x.x.x" },
      ]),
    problems: [
      'images.web.components[0].arn: must be in eu-west-1 (partition aws), which builds the image, got: "arn:aws-cn:imagebuilder:{region}:111111111111:component/c/x.x.x" [component-arn-in-region]',
    ],
  },
]);
