import { MAX_USER_DATA_BYTES } from "../documents/user-data";
import type { Problem } from "../problems";
import { baseImageOf, lineageOf } from "../resolve/lineage";
import { rootVolume } from "../resolve/volumes";
import { platformIn } from "./operating-systems";
import { allImages, type Rule, type Subject, type SubjectImage } from "./subject";

type Path = readonly PropertyKey[];

function rootOf(image: SubjectImage, { golden, defaultVolume }: Subject) {
  return rootVolume(image, golden, defaultVolume);
}

const deviceIsKnown: Rule = (subject) =>
  allImages(subject)
    .filter((image) => image.hasParent && image.parent.golden === undefined)
    .filter(
      (image) =>
        platformIn(subject, image) !== undefined && rootOf(image, subject).device === undefined,
    )
    .map(({ path }) => ({
      path: [...path, "rootVolume", "device"],
      message:
        "is missing: the root device of this parent isn't known, and with another name its root would stay unencrypted; `aws ec2 describe-images` tells it as RootDeviceName",
    }));

/** IOPS for each GiB, at the most. */
const IOPS_PER_GIB: Readonly<Record<string, number>> = { gp3: 500, io1: 50, io2: 1_000 };

export interface Settings {
  readonly sizeGib?: number | undefined;
  readonly type?: string | undefined;
  readonly iops?: number | undefined;
  readonly throughputMibps?: number | undefined;
}

/** https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html */
export function settingProblems(
  path: Path,
  { type = "gp3", sizeGib, iops, throughputMibps }: Settings,
) {
  const problem = (key: string, message: string, got?: number) => ({
    path: [...path, key],
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
    ...(iops !== undefined && type === "gp3" && iops < 3_000
      ? [problem("iops", "must be 3000 at least for gp3", iops)]
      : []),
    ...(iops !== undefined && sizeGib !== undefined && iops > sizeGib * (IOPS_PER_GIB[type] ?? iops)
      ? [
          problem(
            "iops",
            `must not be above ${IOPS_PER_GIB[type]} for each of ${sizeGib} GiB of ${type}`,
            iops,
          ),
        ]
      : []),
    ...(throughputMibps !== undefined && type === "gp3" && throughputMibps > (iops ?? 3_000) / 4
      ? [
          problem(
            "throughputMibps",
            `must not be above a quarter of the IOPS, ${iops ?? 3_000}`,
            throughputMibps,
          ),
        ]
      : []),
    ...(iops === undefined && (type === "io1" || type === "io2")
      ? [problem("iops", `is missing, and a volume of type ${type} needs it`)]
      : []),
  ];
}

const settingsMakeSense: Rule = (subject) =>
  allImages(subject).flatMap((image) => [
    ...settingProblems([...image.path, "rootVolume"], rootOf(image, subject)),
    ...image.volumes.flatMap((volume, index) =>
      volume ? settingProblems([...image.path, "volumes", index], volume) : [],
    ),
  ]);

/** No volume can be smaller than what it is made from: the golden parent's, or that of the image that AWS maintains. */
const largeEnough: Rule = (subject) =>
  allImages(subject).flatMap((image) => {
    const parent = subject.golden.get(image.parent.golden ?? "");
    const own = rootOf(image, subject).sizeGib;
    const ofParent = parent && rootOf(parent, subject).sizeGib;
    const base = baseImageOf(image, subject.golden);
    const [least, whose] =
      ofParent !== undefined && ofParent >= (base?.minSizeGib ?? 0)
        ? [ofParent, "its parent"]
        : [base?.minSizeGib, base?.name];
    return own !== undefined && least !== undefined && own < least
      ? [
          {
            path: [...image.path, "rootVolume", "sizeGib"],
            message: `must not be smaller than the volume of ${whose}, ${least}`,
            got: own,
          },
        ]
      : [];
  });

function eachVolume(subject: Subject) {
  return allImages(subject).flatMap((image) =>
    image.volumes.flatMap((volume, index) =>
      volume ? [{ image, volume, path: [...image.path, "volumes", index], index }] : [],
    ),
  );
}

const deviceOnce: Rule = (subject) =>
  eachVolume(subject).flatMap(({ image, volume: { device }, path, index }) => {
    const isRoot = device !== undefined && device === rootOf(image, subject).device;
    const isRepeated = image.volumes.findIndex((other) => other?.device === device) < index;
    return device !== undefined && (isRoot || isRepeated)
      ? [
          {
            path: [...path, "device"],
            message: isRoot
              ? "is the root volume's: set it as rootVolume"
              : "is a volume of the image already",
            got: device,
          },
        ]
      : [];
  });

/** A volume that a golden parent has may be set anew, and not be made smaller. */
const notSmallerThanInherited: Rule = (subject) =>
  eachVolume(subject).flatMap(({ image, volume: { device, sizeGib }, path }) => {
    const [, ...parents] = lineageOf<SubjectImage>(image, subject.golden);
    const sizes = parents.flatMap(({ volumes = [] }) =>
      volumes.flatMap((one) => (one?.device === device ? (one?.sizeGib ?? []) : [])),
    );
    const least = Math.max(0, ...sizes);
    return sizeGib !== undefined && sizeGib < least
      ? [
          {
            path: [...path, "sizeGib"],
            message: `must not be smaller than its golden parent's, ${least}`,
            got: sizeGib,
          },
        ]
      : [];
  });

const madeFromSomething: Rule = (subject) =>
  eachVolume(subject).flatMap(({ image: { regions }, volume: { sizeGib, snapshots }, path }) => [
    ...(sizeGib === undefined && snapshots === undefined
      ? [
          {
            path: [...path, "sizeGib"],
            message: "is missing: a volume without snapshots has no size of its own",
          },
        ]
      : []),
    ...regions
      .filter((region) => snapshots !== undefined && !Object.hasOwn(snapshots, region))
      .map((region) => ({
        path: [...path, "snapshots"],
        message: `names no snapshot for ${region}, where the image is baked`,
      })),
  ]);

const userDataIsThere: Rule = (subject) =>
  allImages(subject).flatMap(({ path, userData }): Problem[] => {
    const read = subject.files.userData.get(userData ?? "");
    if (userData === undefined) return [];
    if (!read)
      return [{ path: [...path, "userData"], message: "there is no such file", got: userData }];
    if (read.bytes === 0)
      return [{ path: [...path, "userData"], message: "is empty", got: userData }];
    return read.bytes > MAX_USER_DATA_BYTES
      ? [
          {
            path: [...path, "userData"],
            message: `is too long for Image Builder, which takes ${MAX_USER_DATA_BYTES} bytes`,
            got: read.bytes,
          },
        ]
      : [];
  });

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_SystemsManagerAgent.html */
const agentStaysOnWindows: Rule = (subject) =>
  allImages(subject)
    .filter((image) => image.removeSsmAgent && platformIn(subject, image) === "Windows")
    .map(({ path }) => ({
      path: [...path, "removeSsmAgent"],
      message: "isn't for Windows, whose agent Image Builder leaves as it is",
    }));

export const volumeRules: readonly Rule[] = [
  deviceIsKnown,
  settingsMakeSense,
  largeEnough,
  deviceOnce,
  notSmallerThanInherited,
  madeFromSomething,
  userDataIsThere,
  agentStaysOnWindows,
];
