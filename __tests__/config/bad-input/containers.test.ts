import { PLACEHOLDERS_ONLY } from "../../../config/documents/dockerfile";
import { testBadInput } from "../../../tools/fixtures/bad-input";
import { DOCUMENT, minimalContainer, problemsOf } from "../../../tools/fixtures/factory-file";

testBadInput([
  {
    title: "a golden container with the name of a golden image",
    mutate: (f) => (f.containers = { base: minimalContainer() }),
    problems: [
      "containers.base: is already the name of images.base: Image Builder calls both image/base [image-and-container-names-differ]",
    ],
  },
  {
    title: "an app container with the name of an app image",
    mutate: (f) => (f.appAccounts.payments.containers = { "payments-web": minimalContainer() }),
    problems: [
      "appAccounts.payments.containers.payments-web: is already the name of appAccounts.payments.images.payments-web: Image Builder calls both image/payments-web [image-and-container-names-differ]",
    ],
  },
  {
    title: "container parents of no kind and of two kinds",
    mutate: (f) =>
      (f.containers = {
        one: minimalContainer({}),
        two: minimalContainer({ golden: "one", awsManaged: "amazon-linux-2023-x86-2023" }),
      }),
    problems: [
      "containers.one.parent: must contain exactly one of golden, awsManaged, registry, arn, got: {}",
      "containers.two.parent: must contain exactly one of golden, awsManaged, registry, arn, got: {golden, awsManaged}",
    ],
  },
  {
    title: "a registry parent without a tag, and one with a version",
    mutate: (f) =>
      (f.containers = {
        one: minimalContainer({ registry: "amazonlinux" }),
        two: minimalContainer({ registry: "amazonlinux:2023", version: "1.x.x" }),
      }),
    problems: [
      'containers.one.parent.registry: must be a container image with its tag or digest, such as public.ecr.aws/amazonlinux/amazonlinux:2023, got: "amazonlinux"',
      'containers.two.parent.version: is only for golden and awsManaged, got: "1.x.x"',
    ],
  },
  {
    title: "a container on a golden image, and an image on a golden container",
    mutate: (f) => {
      f.containers = { runtime: minimalContainer(), java: minimalContainer({ golden: "base" }) };
      f.images.web.parent.golden = "runtime";
    },
    problems: [
      "images.web.parent.golden: must be a golden image: 'runtime' is a golden container, got: \"runtime\" [parent-exists]",
      "containers.java.parent.golden: must be a golden container: 'base' is a golden image, got: \"base\" [parent-exists]",
    ],
  },
  {
    title: "a container on an unknown golden container",
    mutate: (f) => (f.containers = { java: minimalContainer({ golden: "none" }) }),
    problems: [
      'containers.java.parent.golden: must be one of the golden containers: none exist, got: "none" [parent-exists]',
    ],
  },
  {
    title: "an app container on a parent that isn't shared with its account",
    mutate: (f) => {
      f.containers = { runtime: minimalContainer() };
      f.appAccounts.payments.containers = { api: minimalContainer({ golden: "runtime" }) };
    },
    problems: [
      'appAccounts.payments.containers.api.parent.golden: must be shared with account 222222222222: add the account to a channel in containers.runtime.share, got: "runtime" [parent-shared-with-account]',
    ],
  },
  {
    title: "containers that are built on each other",
    mutate: (f) =>
      (f.containers = {
        one: minimalContainer({ golden: "two" }),
        two: minimalContainer({ golden: "one" }),
      }),
    problems: [
      "containers.one.parent.golden: must not be built on itself: one → two → one [parent-not-itself]",
      "containers.two.parent.golden: must not be built on itself: two → one → two [parent-not-itself]",
    ],
  },
  {
    title: "a Dockerfile that doesn't exist",
    mutate: (f) =>
      (f.containers = { runtime: { ...minimalContainer(), dockerfile: "Dockerfile" } }),
    problems: [
      'containers.runtime.dockerfile: must be an existing file, relative to the factory file, got: "Dockerfile" [file-exists]',
    ],
  },
  {
    title: "Dockerfiles that install components as the user of their golden parent, or as another",
    mutate: (f) => {
      f.containers = {
        runtime: { ...minimalContainer(), dockerfile: "ends-with-user" },
        app: { ...minimalContainer({ golden: "runtime" }), dockerfile: "only-placeholders" },
        root: { ...minimalContainer({ golden: "runtime" }), dockerfile: "starts-with-root" },
        default: minimalContainer({ golden: "runtime" }),
        next: { ...minimalContainer({ golden: "default" }), dockerfile: "only-placeholders" },
        tool: { ...minimalContainer({ golden: "root" }), dockerfile: "only-placeholders" },
        early: { ...minimalContainer(), dockerfile: "starts-with-user" },
      };
    },
    documents: {
      "agent.yaml": DOCUMENT,
      "only-placeholders": PLACEHOLDERS_ONLY,
      "ends-with-user": `${PLACEHOLDERS_ONLY}USER app\n`,
      "starts-with-user": PLACEHOLDERS_ONLY.replace("\n", "\nUSER setup\n"),
      "starts-with-root": PLACEHOLDERS_ONLY.replace("\n", "\nUSER 0:0\n").concat("USER web\n"),
    },
    problems: [
      'containers.app.dockerfile: must contain USER root before {{{ imagebuilder:components }}}: Image Builder installs components as the current user, and only root can, got: "USER app" [components-run-as-root]',
      'containers.tool.dockerfile: must contain USER root before {{{ imagebuilder:components }}}: Image Builder installs components as the current user, and only root can, got: "USER web" [components-run-as-root]',
      'containers.early.dockerfile: must contain USER root before {{{ imagebuilder:components }}}: Image Builder installs components as the current user, and only root can, got: "USER setup" [components-run-as-root]',
    ],
  },
  {
    title: "container instance types of two architectures, of the wrong one, and of a Mac",
    mutate: (f) =>
      (f.containers = {
        one: { ...minimalContainer(), instanceTypes: ["t3.medium", "t4g.medium"] },
        two: {
          ...minimalContainer({ awsManaged: "amazon-linux-2023-x86-2023" }),
          instanceTypes: ["t4g.medium"],
        },
        three: { ...minimalContainer(), instanceTypes: ["mac2.metal"] },
      }),
    problems: [
      'containers.one.instanceTypes[1]: must be an instance type for x86_64, the architecture of the first instance type, got: "t4g.medium" [container-architecture]',
      'containers.two.instanceTypes[0]: must be an instance type for x86_64, the architecture of amazon-linux-2023-x86-2023, got: "t4g.medium" [container-architecture]',
      'containers.three.instanceTypes[0]: must not be a Mac instance type, which can\'t run containers, got: "mac2.metal" [container-architecture]',
    ],
  },
  {
    title: "container instance types of another architecture than the golden parent's",
    mutate: (f) => {
      f.containers = {
        ring: { ...minimalContainer(), instanceTypes: ["t4g.medium"] },
        java: { ...minimalContainer({ golden: "ring" }), instanceTypes: ["t3.medium"] },
        tool: minimalContainer({ golden: "ring" }),
        aws: minimalContainer({ awsManaged: "amazon-linux-2023-x86-2023" }),
        shop: { ...minimalContainer({ golden: "aws" }), instanceTypes: ["t4g.medium"] },
      };
    },
    problems: [
      'containers.java.instanceTypes[0]: must be an instance type for arm64, the architecture of ring, got: "t3.medium" [container-architecture]',
      'containers.shop.instanceTypes[0]: must be an instance type for x86_64, the architecture of amazon-linux-2023-x86-2023, got: "t4g.medium" [container-architecture]',
    ],
  },
  {
    title: "default instance types of another architecture than a container's",
    mutate: (f) => {
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
    problems: [
      'containers.aws.instanceTypes: must be an instance type for x86_64, the architecture of amazon-linux-2023-x86-2023 (the value comes from defaults.instanceTypes: to override it, set instanceTypes here), got: "t4g.medium" [container-architecture]',
    ],
  },
  {
    title: "a Windows image of a registry",
    mutate: (f) =>
      (f.containers = {
        win: minimalContainer({ registry: "mcr.microsoft.com/windows/servercore:ltsc2022" }),
        net: minimalContainer({
          registry: "mcr.microsoft.com/dotnet/aspnet:8.0-nanoserver-ltsc2022",
        }),
      }),
    problems: [
      'containers.win.parent.registry: must be a Linux image: the AWS provider can\'t set the Windows version of a registry image. For Windows, use awsManaged, got: "mcr.microsoft.com/windows/servercore:ltsc2022" [registry-image-for-linux]',
      'containers.net.parent.registry: must be a Linux image: the AWS provider can\'t set the Windows version of a registry image. For Windows, use awsManaged, got: "mcr.microsoft.com/dotnet/aspnet:8.0-nanoserver-ltsc2022" [registry-image-for-linux]',
    ],
  },
  {
    title: "registries from which Image Builder can't pull",
    mutate: (f) =>
      (f.containers = Object.fromEntries(
        Object.entries({
          github: "ghcr.io/acme/base:1.0",
          quay: "quay.io/centos/centos:stream10",
          microsoft: "mcr.microsoft.com/dotnet/aspnet:8.0",
          kubernetes: "registry.k8s.io/pause:3.10",
          local: "localhost:5000/base:1.0",
          name: "localhost/base:1.0",
          port: "registry:5000/base:1.0",
          like: "111111111111.dkr.ecr.eu-west-1.amazonaws.com.example.org/base:1.0",
          other: "public.ecr.aws.example.org/base:1.0",
        }).map(([name, registry]) => [name, minimalContainer({ registry })]),
      )),
    problems: [
      ["github", "ghcr.io", "ghcr.io/acme/base:1.0"],
      ["quay", "quay.io", "quay.io/centos/centos:stream10"],
      ["microsoft", "mcr.microsoft.com", "mcr.microsoft.com/dotnet/aspnet:8.0"],
      ["kubernetes", "registry.k8s.io", "registry.k8s.io/pause:3.10"],
      ["local", "localhost:5000", "localhost:5000/base:1.0"],
      ["name", "localhost", "localhost/base:1.0"],
      ["port", "registry:5000", "registry:5000/base:1.0"],
      [
        "like",
        "111111111111.dkr.ecr.eu-west-1.amazonaws.com.example.org",
        "111111111111.dkr.ecr.eu-west-1.amazonaws.com.example.org/base:1.0",
      ],
      ["other", "public.ecr.aws.example.org", "public.ecr.aws.example.org/base:1.0"],
    ].map(
      ([name, registry, uri]) =>
        `containers.${name}.parent.registry: must be in Docker Hub, Amazon ECR or Amazon ECR Public, because Image Builder can't pull from ${registry}: use an Amazon ECR pull through cache of that registry, or copy the image to Amazon ECR, got: "${uri}" [registry-supported]`,
    ),
  },
  {
    title: "onlyOnUpdates on a registry's tag",
    mutate: (f) => {
      const schedule = { expression: "cron(0 2 ? * sun *)", onlyOnUpdates: true };
      const digest = `public.ecr.aws/amazonlinux/amazonlinux@sha256:${"0".repeat(64)}`;
      f.containers = {
        one: { ...minimalContainer(), schedule },
        two: { ...minimalContainer({ registry: digest }), schedule },
      };
    },
    problems: [
      "warning: containers.one.schedule.onlyOnUpdates: skips runs even if the registry's tag has moved, which Image Builder doesn't detect: set it to false, or pin the parent by digest [registry-updates-unknown]",
    ],
  },
  {
    title: "a host volume that is too small and has invalid settings",
    mutate: (f) =>
      (f.containers = {
        runtime: {
          ...minimalContainer(),
          hostVolume: { sizeGib: 8, type: "gp2", throughputMibps: 125 },
        },
      }),
    problems: [
      "containers.runtime.hostVolume.throughputMibps: is only for gp3: the volume's type is gp2, got: 125 [host-volume-settings]",
      "containers.runtime.hostVolume.sizeGib: must be at least 30 GiB, the size of the AMI of build instances, got: 8 [host-volume-size]",
    ],
  },
  {
    title: "an AWS-managed component for another platform than a container's",
    mutate: (f) =>
      (f.containers = {
        win: {
          ...minimalContainer({ awsManaged: "windows-server-2019-x86-core-ltsc2019-amd64" }),
          components: [{ awsManaged: "update-linux" }],
        },
      }),
    problems: [
      'containers.win.components[0].awsManaged: is for Linux, but the container is for Windows, got: "update-linux" [managed-component-platform]',
    ],
  },
  {
    title: "keys of images in a container",
    mutate: (f) =>
      (f.containers = { runtime: { ...minimalContainer(), outputs: {}, amiName: "x" } }),
    problems: [
      "containers.runtime: unknown key 'outputs': the keys here are platform, parent, dockerfile, description, version, components, workingDirectory, instanceTypes, keyPair, buildAccess, regions, schedule, followParent, enabled, tests, scan, keepFailedInstances, enhancedMetadata, retain, workflows, hostAmi, hostVolume, share",
      "containers.runtime: unknown key 'amiName': the keys here are platform, parent, dockerfile, description, version, components, workingDirectory, instanceTypes, keyPair, buildAccess, regions, schedule, followParent, enabled, tests, scan, keepFailedInstances, enhancedMetadata, retain, workflows, hostAmi, hostVolume, share",
    ],
  },
  {
    title: "only the parent of a Windows container on a registry image",
    mutate: (f) => {
      f.containers = {
        shell: {
          ...minimalContainer({ registry: "mcr.microsoft.com/windows/nanoserver:ltsc2025" }),
          components: [{ document: "shell.yaml" }],
        },
      };
    },
    documents: {
      "agent.yaml": DOCUMENT,
      "shell.yaml": DOCUMENT.replace("ExecuteBash", "ExecutePowerShell").replace(
        "  - Path:\n      type: string\n",
        "  - Path:\n      type: string\n      default: C:/\n",
      ),
    },
    problems: [
      'containers.shell.parent.registry: must be a Linux image: the AWS provider can\'t set the Windows version of a registry image. For Windows, use awsManaged, got: "mcr.microsoft.com/windows/nanoserver:ltsc2025" [registry-image-for-linux]',
    ],
  },
  {
    title: "a container on a parent ARN without a platform",
    mutate: (f) =>
      (f.containers = {
        runtime: minimalContainer({
          arn: "arn:aws:imagebuilder:{region}:333333333333:image/runtime/x.x.x",
        }),
      }),
    problems: [
      "containers.runtime.platform: is missing, must be Linux or Windows: it can't be inferred from parent.arn [platform-known]",
    ],
  },
  {
    title: "a container for another platform than its parent's",
    mutate: (f) => (f.containers = { runtime: { ...minimalContainer(), platform: "Windows" } }),
    problems: [
      'containers.runtime.platform: must be Linux, the platform of its parent, got: "Windows" [platform-of-parent]',
    ],
  },
  {
    title: "AMIs of build instances of no kind and of two kinds, and an empty SSM path",
    mutate: (f) =>
      (f.containers = {
        one: { ...minimalContainer(), hostAmi: {} },
        two: {
          ...minimalContainer(),
          hostAmi: { ssm: "/host/ami", ami: { "eu-west-1": "ami-0123456789abcdef0" } },
        },
        three: { ...minimalContainer(), hostAmi: { ssm: "" } },
      }),
    problems: [
      "containers.one.hostAmi: must contain exactly one of ssm, ami, got: {}",
      "containers.two.hostAmi: must contain exactly one of ssm, ami, got: {ssm, ami}",
      'containers.three.hostAmi.ssm: must be the path of an SSM parameter, got: ""',
    ],
  },
  {
    title: "an AMI of build instances whose root device isn't known",
    mutate: (f) =>
      (f.containers = { runtime: { ...minimalContainer(), hostAmi: { ssm: "/host/ami" } } }),
    problems: [
      "containers.runtime.hostVolume.device: is missing: the factory doesn't know the root device of hostAmi. Run `aws ec2 describe-images` and copy RootDeviceName exactly: with another name, Image Builder wouldn't encrypt the root volume with the image key [host-device-known]",
    ],
  },
  {
    title: "an AMI of build instances that is missing for a Region",
    mutate: (f) =>
      (f.containers = {
        runtime: {
          ...minimalContainer(),
          hostAmi: { ami: { "us-east-1": "ami-0123456789abcdef0" } },
          hostVolume: { device: "/dev/sda1" },
        },
      }),
    problems: [
      "containers.runtime.hostAmi.ami: must contain an AMI for eu-west-1, which builds the container [host-ami-in-each-region]",
    ],
  },
  {
    title: "a root device that isn't the default AMI's",
    mutate: (f) =>
      (f.containers = { runtime: { ...minimalContainer(), hostVolume: { device: "/dev/sda1" } } }),
    problems: [
      'containers.runtime.hostVolume.device: must be /dev/xvda, the root device of the build instances\' AMI, or left out, got: "/dev/sda1" [host-device-of-ami]',
    ],
  },
]);

test.each([
  "amazonlinux:2023",
  "acme/base:1.0",
  "docker.io/library/debian:13",
  "index.docker.io/library/debian:13",
  "debian@sha256:HASH",
  "acme/base:1.0@sha256:HASH",
  "public.ecr.aws/amazonlinux/amazonlinux:2023",
  "ecr-public.aws.com/amazonlinux/amazonlinux:2023",
  "111111111111.dkr.ecr.eu-west-1.amazonaws.com/base:1.0",
  "111111111111.dkr.ecr-fips.us-east-1.amazonaws.com/ghcr/acme/base@sha256:HASH",
  "111111111111.dkr-ecr.eu-west-1.on.aws/base:1.0",
  "111111111111.dkr.ecr.cn-north-1.amazonaws.com.cn/base:1.0",
  "111111111111.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn/base:1.0",
  "111111111111.dkr.ecr.us-gov-west-1.amazonaws.com/base:1.0",
  "111111111111.dkr.ecr.eusc-de-east-1.amazonaws.eu/base:1.0",
])("validateFactory accepts the registry image %s", (uri) => {
  const registry = uri.replace("HASH", "0123456789abcdef".repeat(4));
  expect(problemsOf((f) => (f.containers = { runtime: minimalContainer({ registry }) }))).toEqual(
    [],
  );
});
