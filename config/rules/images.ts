import { childStackId, defaultAmiName, shareName } from "../names";
import { rootVolume } from "../root-volume";
import { allImages, type Rule, type Subject, type SubjectImage } from "./subject";

const regionsOfTheAccount: Rule = (subject) =>
  allImages(subject).flatMap(({ path, ownRegions = [], account }) =>
    ownRegions.flatMap((region, index) =>
      region !== undefined && account.regions && !account.regions.includes(region)
        ? [
            {
              path: [...path, "regions", index],
              message: `must be one of the account's Regions, ${account.regions.join(", ")}`,
              got: region,
            },
          ]
        : [],
    ),
  );

const amiInEveryRegion: Rule = (subject) =>
  allImages(subject).flatMap(({ path, parent: { ami }, regions }) =>
    regions
      .filter((region) => ami !== undefined && !Object.hasOwn(ami, region))
      .map((region) => ({ path: [...path, "parent", "ami"], message: `names no AMI for ${region}, where the image is baked` })),
  );

const keepWithinRetain: Rule = ({ golden }) =>
  [...golden.values()].flatMap(({ channels, retainBuilds }) =>
    channels
      .filter(({ keep = 0 }) => retainBuilds !== undefined && keep > retainBuilds)
      .map(({ path, keep }) => ({
        path: [...path, "keep"],
        message: `must not be above retain.builds (${retainBuilds}), or builds would be deleted while they are shared`,
        got: keep,
      })),
  );

/** Image Builder's role is in the key's policy by itself, and an account doesn't share with itself. */
const notWithItself: Rule = ({ golden, shared }) =>
  [...golden.values()]
    .flatMap(({ channels }) => channels)
    .filter(({ accounts }) => shared.id !== undefined && accounts?.includes(shared.id))
    .map(({ path }) => ({
      path: [...path, "principals", "accounts"],
      message: `must not hold the shared account, which has its own images without a share (${shared.id})`,
    }));

const volumeOf = (image: SubjectImage, { golden, defaultVolume }: Subject) => rootVolume(image, golden, defaultVolume);

const deviceIsKnown: Rule = (subject) =>
  allImages(subject)
    .filter(({ parent }) => parent.awsManaged !== undefined || parent.ssm !== undefined || parent.ami !== undefined)
    .filter((image) => image.platform !== undefined && volumeOf(image, subject).device === undefined)
    .map(({ path }) => ({
      path: [...path, "rootVolume", "device"],
      message:
        "is missing: the root device of this parent isn't known, and with another name its root would stay unencrypted; `aws ec2 describe-images` tells it as RootDeviceName",
    }));

/** https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html */
const volumeMakesSense: Rule = (subject) =>
  allImages(subject).flatMap((image) => {
    const { type, iops, throughputMibps } = volumeOf(image, subject);
    const problem = (key: string, message: string, got?: number) => ({
      path: [...image.path, "rootVolume", key],
      message,
      got,
    });
    return [
      ...(throughputMibps !== undefined && type !== "gp3"
        ? [problem("throughputMibps", `is for gp3 only, and the volume is ${type}`, throughputMibps)]
        : []),
      ...(iops !== undefined && (type === "gp2" || type === "standard")
        ? [problem("iops", `is for gp3, io1 and io2 only, and the volume is ${type}`, iops)]
        : []),
      ...(iops !== undefined && type === "gp3" && iops < 3_000 ? [problem("iops", "must be 3000 at least for gp3", iops)] : []),
      ...(iops === undefined && (type === "io1" || type === "io2")
        ? [problem("iops", `is missing, and a volume of type ${type} needs it`)]
        : []),
    ];
  });

const notSmallerThanParent: Rule = (subject) =>
  allImages(subject).flatMap((image) => {
    const parent = subject.golden.get(image.parent.golden ?? "");
    const [own, least] = [image, parent].map((one) => one && volumeOf(one, subject).sizeGib);
    return own !== undefined && least !== undefined && own < least
      ? [
          {
            path: [...image.path, "rootVolume", "sizeGib"],
            message: `must not be smaller than the volume of its parent, ${least}`,
            got: own,
          },
        ]
      : [];
  });

const macHasHosts: Rule = (subject) =>
  allImages(subject)
    .filter(({ platform }) => platform === "macOS")
    .map(({ path }) => ({
      path: [...path, "platform"],
      message: "macOS can't be built yet: its instances need Dedicated Hosts, which there is no key for",
    }));

/** AMIs: https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_AmiDistributionConfiguration.html; HCP Terraform: a workspace's name. */
const namesFit: Rule = (subject) => {
  const tooLong = (path: readonly PropertyKey[], what: string, name: string, most: number) =>
    name.length > most
      ? [{ path, message: `is too long: its ${what} '${name}' has ${name.length} characters, at most ${most} fit` }]
      : [];
  return [
    ...allImages(subject).flatMap(({ path, name, hasAmiName }) =>
      hasAmiName ? [] : tooLong(path, "AMI name", defaultAmiName(name), 127),
    ),
    ...[...subject.golden.values()].flatMap(({ path, name, parent, regions, channels }) => [
      ...channels.flatMap((channel) => tooLong(channel.path, "resource share", shareName(name, channel.name), 255)),
      ...(subject.state?.backend === "cloud" && parent.golden !== undefined
        ? regions.flatMap((region) => tooLong(path, "workspace", childStackId(region, name), 90))
        : []),
    ]),
  ];
};

export const imageRules: readonly Rule[] = [
  regionsOfTheAccount,
  amiInEveryRegion,
  keepWithinRetain,
  notWithItself,
  deviceIsKnown,
  volumeMakesSense,
  notSmallerThanParent,
  macHasHosts,
  namesFit,
];
