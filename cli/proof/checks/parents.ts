import { arnIn, imageArn } from "../../../config/aws/arns";
import { architectureOf } from "../../../config/aws/base-images";
import type { Buildable, Image } from "../../../config/model";
import { dotted } from "../../../config/problems";
import { factoryCommand } from "../../factory-command";
import { MANAGED_LIST_CALLS, managedProblems, readManagedList } from "../../managed-list";
import {
  check,
  failed,
  ifExists,
  notApplicable,
  type Observation,
  type Target,
  warning,
} from "../check";
import { findEach } from "../find-each";

export const managedNames = check({
  id: "managed-names",
  title:
    "AWS-managed parents and components exist in the Region, and the components support the parent's operating system",
  scope: "region",
  calls: MANAGED_LIST_CALLS,
  async run(target) {
    const names = target.buildables.filter(
      ({ parent, components }) =>
        parent.kind === "awsManaged" || components.some(({ kind }) => kind !== "arn"),
    );
    if (names.length === 0)
      return [notApplicable("no image uses an AWS-managed parent or component")];
    const list = await readManagedList(target);
    return names.flatMap((image) =>
      managedProblems(image, list, target.at.region).map(({ path, message, name, isCertain }) =>
        (isCertain ? failed : warning)(
          `${image.name}: ${dotted(path)}: '${name}' ${message}`,
          "correct factory.yaml",
        ),
      ),
    );
  },
});

export const arnNames = check({
  id: "arns",
  title: "Parents and components that factory.yaml gives by ARN can be read",
  scope: "region",
  calls: ["imagebuilder:GetComponent", "imagebuilder:GetImage"],
  async run({ buildables, at: { region }, read }) {
    const arns = [...new Set(buildables.flatMap((image) => arnsOf(image)))].map((arn) =>
      arnIn(arn, region),
    );
    if (arns.length === 0)
      return [notApplicable("factory.yaml gives no parent or component by ARN")];
    return findEach(arns, async (arn) => {
      const found = arn.includes(":component/")
        ? read("imagebuilder:GetComponent", { componentBuildVersionArn: arn })
        : read("imagebuilder:GetImage", { imageBuildVersionArn: arn });
      if (await ifExists<unknown>(found, "ResourceNotFoundException")) return [];
      return [
        failed(
          `${arn} doesn't exist, or isn't shared with the account`,
          "correct factory.yaml, or share it with the account in this Region",
        ),
      ];
    });
  },
});

function arnsOf({ parent, components }: Buildable): string[] {
  return [
    ...(parent.kind === "arn" ? [parent.arn] : []),
    ...components.flatMap((component) => (component.kind === "arn" ? [component.arn] : [])),
  ];
}

export const goldenParents = check({
  id: "golden-parents",
  title: "The account can read the golden images that its images are based on",
  scope: "region",
  accounts: "app",
  calls: ["imagebuilder:GetImage"],
  async run({ factory, account, buildables, at: { region }, read }) {
    const parents = new Map(
      buildables.flatMap(({ parent }) =>
        parent.kind === "golden" ? [[`${parent.name}/${parent.version}`, parent] as const] : [],
      ),
    );
    if (parents.size === 0) return [notApplicable("no image is based on a golden image")];
    return findEach([...parents.values()], async ({ name, version }) => {
      const arn = imageArn({ accountId: factory.shared.id, region }, name, version);
      const found = read("imagebuilder:GetImage", { imageBuildVersionArn: arn });
      if (await ifExists(found, "ResourceNotFoundException")) return [];
      return [
        warning(
          `no build of ${name} is shared with the account yet, so Image Builder rejects recipes that are based on it`,
          {
            why: `build ${name}; the command explains what the account gets`,
            run: factoryCommand(`explain ${name} --account ${account.id}`),
          },
        ),
      ];
    });
  },
});

type AmiCalls = "ec2:DescribeImages" | "ssm:GetParameters";

export const amis = check({
  id: "amis",
  title:
    "AMIs that factory.yaml names, by ID or SSM parameter, exist and fit the image's root device and instance types",
  scope: "region",
  calls: ["ec2:DescribeImages", "ssm:GetParameters"],
  async run(target) {
    const uses = target.buildables.flatMap((image) => amiUsesOf(image, target.at.region));
    if (uses.length === 0) return [notApplicable("factory.yaml names no AMI and no SSM parameter")];
    return findEach(uses, (use) => checkAmi(target, use));
  },
});

/** An AMI that an image, or the instance that builds a container, starts from. */
interface AmiUse {
  readonly image: Buildable;
  readonly key: string;
  readonly source: { readonly ami: string } | { readonly parameter: string };
}

function amiUsesOf(image: Buildable, region: string): AmiUse[] {
  const [key, named] =
    image.kind === "image" ? ["parent", image.parent] : ["hostAmi", image.hostAmi];
  switch (named?.kind) {
    case "ami": {
      const ami = named.amis[region];
      return ami === undefined ? [] : [{ image, key, source: { ami } }];
    }
    case "ssm":
      return [{ image, key, source: { parameter: named.path } }];
    default:
      return [];
  }
}

async function checkAmi(
  target: Target<AmiCalls>,
  { image, key, source }: AmiUse,
): Promise<Observation[]> {
  const ami = "ami" in source ? source.ami : await amiInParameter(target, source.parameter);
  const at = `${image.name}: ${key}`;
  if (ami === undefined)
    return [
      failed(
        `${at}: the SSM parameter ${"parameter" in source ? source.parameter : ""} doesn't exist`,
        "create the parameter in this account and Region, or correct factory.yaml",
      ),
    ];
  const answer = await ifExists(
    target.read("ec2:DescribeImages", { ImageIds: [ami], IncludeDeprecated: true }),
    "InvalidAMIID.NotFound",
    "InvalidAMIID.Unavailable",
    "InvalidAMIID.Malformed",
  );
  const found = answer?.Images?.[0];
  if (found === undefined || found.State !== "available")
    return [
      failed(
        `${at}: the account can't use the AMI ${ami}: ${found?.State ?? "not found"}`,
        "name an AMI that the account can launch in this Region",
      ),
    ];
  return [
    ...deviceObservations(at, ami, image, found.RootDeviceName),
    ...(image.kind === "image" ? architectureObservations(at, ami, image, found.Architecture) : []),
  ];
}

async function amiInParameter(
  { read }: Target<AmiCalls>,
  path: string,
): Promise<string | undefined> {
  const { Parameters = [] } = await read("ssm:GetParameters", { Names: [path] });
  return Parameters[0]?.Value;
}

function deviceObservations(
  at: string,
  ami: string,
  image: Buildable,
  device: string | undefined,
): Observation[] {
  const [key, volume] =
    image.kind === "image" ? ["rootVolume", image.rootVolume] : ["hostVolume", image.hostVolume];
  if (device === undefined || device === volume.device) return [];
  return [
    failed(
      `${at}: the root device of ${ami} is ${device}, not ${volume.device}, so the root volume wouldn't be encrypted with the image key`,
      `set ${key}.device to ${device} in factory.yaml`,
    ),
  ];
}

function architectureObservations(
  at: string,
  ami: string,
  { instanceTypes }: Image,
  architecture: string | undefined,
): Observation[] {
  const others = instanceTypes.filter((type) => !architecture?.startsWith(architectureOf(type)));
  if (architecture === undefined || others.length === 0) return [];
  return [
    failed(
      `${at}: ${ami} is for ${architecture}, and these instance types aren't: ${others.join(", ")}`,
      "correct instanceTypes in factory.yaml",
    ),
  ];
}
