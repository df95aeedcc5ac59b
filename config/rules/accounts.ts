import { isReservedAppName, partitionOf } from "../names";
import { accounts, type Rule } from "./rule";

const oneIdEach: Rule = (subject) => {
  const all = accounts(subject);
  return all.flatMap(({ path, account: { id } }, index) => {
    const first = all.findIndex(({ account }) => account.id === id);
    return first < index
      ? [{ path: [...path, "id"], message: `is the account of ${all[first]?.path.join(".")} already`, got: id }]
      : [];
  });
};

const noReservedName: Rule = ({ appAccounts }) =>
  Object.keys(appAccounts)
    .filter(isReservedAppName)
    .map((name) => ({
      path: ["appAccounts", name],
      message:
        "an app's name can't be shared or state, nor start with shared- or state-: the factory's own stacks are named so",
    }));

const onePartition: Rule = (subject) => {
  const { state } = subject;
  const regions = [
    ...(state?.backend === "s3" ? [{ path: ["state", "region"], region: state.region }] : []),
    ...accounts(subject).flatMap(({ path, account }) =>
      Object.keys(account.regions).map((region) => ({ path: [...path, "regions", region], region })),
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
  subject.ci
    ? accounts(subject)
        .filter(({ account }) => account.deployRole !== undefined)
        .map(({ path, account }) => ({
          path: [...path, "deployRole"],
          message: "can't stand beside ci, whose pipelines come with credentials of their own: leave one of them out",
          got: account.deployRole,
        }))
    : [];

const everyAppHasAPurpose: Rule = ({ appAccounts }) =>
  Object.entries(appAccounts).flatMap(([name, app]) =>
    app && Object.keys(app.images).length === 0 && !app.autoScaling
      ? [
          {
            path: ["appAccounts", name],
            message:
              "has neither images nor autoScaling: true, so nothing would be built; a channel's principals decide who may use an image",
          },
        ]
      : [],
  );

export const accountRules: readonly Rule[] = [
  oneIdEach,
  noReservedName,
  onePartition,
  noDeployRoleBesideCi,
  everyAppHasAPurpose,
];
