import { childStackId, defaultAmiName, shareName } from "../names";
import { rootVolume } from "../root-volume";
import { allImages, type GoldenEntry, goldenImages, type Rule } from "./rule";

const regionsOfTheAccount: Rule = (subject) =>
  allImages(subject).flatMap(({ path, image, account }) =>
    (image.regions ?? []).flatMap((region, index) =>
      account && !(region in account.regions)
        ? [
            {
              path: [...path, "regions", index],
              message: `must be one of the account's Regions, ${Object.keys(account.regions).join(", ")}`,
              got: region,
            },
          ]
        : [],
    ),
  );

const amiInEveryRegion: Rule = (subject) =>
  allImages(subject).flatMap(({ path, image, regions }) =>
    regions
      .filter((region) => image.parent.ami !== undefined && !(region in image.parent.ami))
      .map((region) => ({ path: [...path, "parent", "ami"], message: `names no AMI for ${region}, where the image is baked` })),
  );

const keepWithinRetain: Rule = ({ images }) =>
  Object.entries(images).flatMap(([name, image]) =>
    Object.entries(image?.share?.channels ?? {}).flatMap(([channel, { keep }]) =>
      image?.retain && keep > image.retain.builds
        ? [
            {
              path: ["images", name, "share", "channels", channel, "keep"],
              message: `must not be above retain.builds (${image.retain.builds}), or builds would be deleted while they are shared`,
              got: keep,
            },
          ]
        : [],
    ),
  );

const volumeMakesSense: Rule = (subject) =>
  allImages(subject).flatMap(({ path, image }) => {
    const { device, type, iops, throughputMibps } = rootVolume(image, subject);
    const at = (key: string) => [...path, "rootVolume", key];
    const goldenIsKnown = image.parent.golden === undefined || subject.images[image.parent.golden] !== undefined;
    return [
      ...(device === undefined && goldenIsKnown && image.parent.golden === undefined
        ? [
            {
              path: at("device"),
              message:
                "is missing: the root device of this parent isn't known, and with another name its root would stay unencrypted; `aws ec2 describe-images` tells it as RootDeviceName",
            },
          ]
        : []),
      ...(throughputMibps !== undefined && type !== "gp3"
        ? [{ path: at("throughputMibps"), message: `is for gp3 only, and the volume is ${type}`, got: throughputMibps }]
        : []),
      ...(iops !== undefined && (type === "gp2" || type === "standard")
        ? [{ path: at("iops"), message: `is for gp3, io1 and io2 only, and the volume is ${type}`, got: iops }]
        : []),
      ...(iops === undefined && (type === "io1" || type === "io2")
        ? [{ path: at("iops"), message: `is missing, and a volume of type ${type} needs it` }]
        : []),
    ];
  });

/** AMIs: https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_AmiDistributionConfiguration.html; HCP Terraform: a workspace's name. */
const namesFit: Rule = (subject) => {
  const tooLong = (path: readonly string[], what: string, name: string, most: number) =>
    name.length > most
      ? [{ path, message: `is too long: its ${what} '${name}' has ${name.length} characters, at most ${most} fit` }]
      : [];
  return [
    ...allImages(subject).flatMap(({ path, name, image }) =>
      image.amiName === undefined ? tooLong(path, "AMI name", defaultAmiName(name), 127) : [],
    ),
    ...goldenImages(subject).flatMap(({ path, name, image, regions }) => [
      ...Object.keys((image as GoldenEntry).share?.channels ?? {}).flatMap((channel) =>
        tooLong([...path, "share", "channels", channel], "resource share", shareName(name, channel), 255),
      ),
      ...(subject.state?.backend === "cloud" && image.parent.golden !== undefined
        ? regions.flatMap((region) => tooLong(path, "workspace", childStackId(region, name), 90))
        : []),
    ]),
  ];
};

export const imageRules: readonly Rule[] = [
  regionsOfTheAccount,
  amiInEveryRegion,
  keepWithinRetain,
  volumeMakesSense,
  namesFit,
];
