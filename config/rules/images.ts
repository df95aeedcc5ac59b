import { childStackId, defaultAmiName, shareName } from "../names";
import { allBaked, allGolden, allImages, type Rule } from "./subject";

/** What comes of both is `image/NAME`. */
const namesApart: Rule = (subject) =>
  allBaked(subject)
    .filter(({ kind }) => kind === "container")
    .flatMap(({ path, name, account }) => {
      const image = allImages(subject).find((one) => one.account === account && one.name === name);
      const message = `is ${image?.path.map(String).join(".")} already: Image Builder calls both image/${name}`;
      return image ? [{ path, message }] : [];
    });

const scannedWhileTested: Rule = (subject) =>
  allBaked(subject)
    .filter(({ scan, testsEnabled }) => scan && !testsEnabled)
    .map(({ path }) => ({
      path: [...path, "scan"],
      message: "needs tests: what is scanned is what is tested",
    }));

const regionsOfTheAccount: Rule = (subject) =>
  allBaked(subject).flatMap(({ path, ownRegions = [], account }) =>
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
      .map((region) => ({
        path: [...path, "parent", "ami"],
        message: `names no AMI for ${region}, where the image is baked`,
      })),
  );

const keepWithinRetain: Rule = (subject) =>
  allGolden(subject).flatMap(({ channels, retainBuilds }) =>
    channels
      .filter(({ keep = 0 }) => retainBuilds !== undefined && keep > retainBuilds)
      .map(({ path, keep }) => ({
        path: [...path, "keep"],
        message: `must not be above retain.builds (${retainBuilds}), or builds would be deleted while they are shared`,
        got: keep,
      })),
  );

/** Image Builder's role is in the key's policy by itself, and an account doesn't share with itself. */
const notWithItself: Rule = (subject) =>
  allGolden(subject)
    .flatMap(({ channels }) => channels)
    .filter(
      ({ accounts }) => subject.shared.id !== undefined && accounts?.includes(subject.shared.id),
    )
    .map(({ path }) => ({
      path: [...path, "principals", "accounts"],
      message: `must not hold the shared account, which has its own images without a share (${subject.shared.id})`,
    }));

/** AMIs: https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_AmiDistributionConfiguration.html; HCP Terraform: a workspace's name. */
const namesFit: Rule = (subject) => {
  const tooLong = (path: readonly PropertyKey[], what: string, name: string, most: number) =>
    name.length > most
      ? [
          {
            path,
            message: `is too long: its ${what} '${name}' has ${name.length} characters, at most ${most} fit`,
          },
        ]
      : [];
  return [
    ...allImages(subject).flatMap(({ path, name, hasAmiName }) =>
      hasAmiName ? [] : tooLong(path, "AMI name", defaultAmiName(name), 127),
    ),
    ...allGolden(subject).flatMap(({ path, name, parent, regions, channels }) => [
      ...channels.flatMap((channel) =>
        tooLong(channel.path, "resource share", shareName(name, channel.name), 255),
      ),
      ...(subject.state?.backend === "cloud" && parent.golden !== undefined
        ? regions.flatMap((region) => tooLong(path, "workspace", childStackId(region, name), 90))
        : []),
    ]),
  ];
};

export const imageRules: readonly Rule[] = [
  namesApart,
  scannedWhileTested,
  regionsOfTheAccount,
  amiInEveryRegion,
  keepWithinRetain,
  notWithItself,
  namesFit,
];
