import { partitionOf } from "../aws/arns";
import { appStackId, isReservedAppName } from "../names";
import { allAccounts, type Rule } from "./subject";

const oneIdEach: Rule = (subject) => {
  const all = allAccounts(subject).filter(({ id }) => id !== undefined);
  return all.flatMap(({ path, id }, index) => {
    const first = all.findIndex((account) => account.id === id);
    const message = `is the account of ${all[first]?.path.map(String).join(".")} already`;
    return first < index ? [{ path: [...path, "id"], message, got: id }] : [];
  });
};

const noReservedName: Rule = ({ apps }) =>
  apps
    .filter(({ name }) => isReservedAppName(name))
    .map(({ path }) => ({
      path,
      message:
        "an app's name can't be shared or state, nor start with shared- or state-: the factory's own stacks are named so",
    }));

const onePartition: Rule = (subject) => {
  const { state } = subject;
  const regions = [
    ...(state?.backend === "s3" && state.region !== undefined
      ? [{ path: ["state", "region"], region: state.region }]
      : []),
    ...allAccounts(subject).flatMap(({ path, regions: own = [] }) =>
      own.map((region) => ({ path: [...path, "regions", region], region })),
    ),
  ];
  const first = regions[0]?.region ?? "";
  return regions
    .filter(({ region }) => partitionOf(region) !== partitionOf(first))
    .map(({ path, region }) => ({
      path,
      message: `all Regions must be of one partition, ${region} is of ${partitionOf(region)} and ${first} of ${partitionOf(first)}`,
    }));
};

const noDeployRoleBesideCi: Rule = (subject) =>
  allAccounts(subject)
    .filter(({ deployRole }) => subject.hasCi && deployRole !== undefined)
    .map(({ path, deployRole }) => ({
      path: [...path, "deployRole"],
      message:
        "can't stand beside ci, whose pipelines come with credentials of their own: leave one of them out",
      got: deployRole,
    }));

/** HCP Terraform has credentials of its own, and local state nobody shares. */
const ciHasStateBuckets: Rule = ({ hasCi, state }) =>
  hasCi && state?.backend !== undefined && state.backend !== "s3"
    ? [
        {
          path: ["ci"],
          message: "needs state.backend: s3, because its roles are made beside the state buckets",
          got: state.backend,
        },
      ]
    : [];

const everyAppHasAPurpose: Rule = ({ apps }) =>
  apps
    .filter(({ hasImages, autoScaling }) => !hasImages && !autoScaling)
    .map(({ path }) => ({
      path,
      message:
        "has neither images, containers nor autoScaling: true, so nothing would be built; a channel's principals decide who may use an image",
    }));

/** Auto Scaling is granted the shared account's key of the Region, by an account that the key's policy lets. */
const autoScalingHasAKey: Rule = ({ apps, shared, golden }) => {
  const images = [...golden.values()];
  const places = [
    ...new Set([...(shared.regions ?? []), ...images.flatMap((image) => image.copyToRegions)]),
  ];
  const isIn = (region: string) =>
    images.filter((image) => [...image.regions, ...image.copyToRegions].includes(region));
  return apps
    .filter(({ autoScaling }) => autoScaling)
    .flatMap(({ path, id, regions = [] }) => [
      ...regions
        .filter((region) => shared.regions !== undefined && !places.includes(region))
        .map((region) => ({
          path: [...path, "regions", region],
          message: `has no golden images to run with autoScaling: they are in ${places.join(", ")}`,
        })),
      ...regions
        .filter((region) => places.includes(region) && id !== undefined)
        .filter((region) =>
          isIn(region).every(({ channels }) =>
            channels.every(
              ({ accounts }) =>
                accounts !== undefined && id !== undefined && !accounts.includes(id),
            ),
          ),
        )
        .map((region) => ({
          path: [...path, "autoScaling"],
          message: `is for an account that golden images are shared with: no channel of what is in ${region} has ${id}`,
        })),
    ]);
};

/** HCP Terraform takes 90 characters for a workspace's name; a folder's name may have 255. */
const namesFit: Rule = ({ apps, state }) =>
  apps.flatMap(({ path, name, regions = [] }) =>
    regions
      .map((region) => appStackId(name, region))
      .filter((stack) => stack.length > (state?.backend === "cloud" ? 90 : 200))
      .map((stack) => ({
        path,
        message: `is too long: its stack '${stack}' has ${stack.length} characters`,
      })),
  );

export const accountRules: readonly Rule[] = [
  oneIdEach,
  noReservedName,
  onePartition,
  noDeployRoleBesideCi,
  ciHasStateBuckets,
  everyAppHasAPurpose,
  autoScalingHasAKey,
  namesFit,
];
