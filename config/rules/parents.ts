import { audienceOf } from "../resolve";
import { allImages, goldenImages, type Rule } from "./rule";

const parentExists: Rule = (subject) =>
  allImages(subject).flatMap(({ path, image: { parent } }) =>
    parent.golden !== undefined && Object.keys(subject.images).length > 0 && !(parent.golden in subject.images)
      ? [
          {
            path: [...path, "parent", "golden"],
            message: `must be one of the golden images, ${Object.keys(subject.images).join(", ")}`,
            got: parent.golden,
          },
        ]
      : [],
  );

const noCycle: Rule = (subject) => {
  const ancestors = (name: string, seen: readonly string[]): readonly string[] => {
    const parent = subject.images[name]?.parent.golden;
    return parent === undefined || seen.includes(parent) ? [...seen, parent ?? ""] : ancestors(parent, [...seen, parent]);
  };
  return goldenImages(subject).flatMap(({ path, name }) => {
    const line = ancestors(name, [name]);
    return line.at(-1) === name
      ? [{ path: [...path, "parent", "golden"], message: `an image can't be built on itself: ${line.join(" → ")}` }]
      : [];
  });
};

const parentInEveryRegion: Rule = (subject) => {
  const golden = new Map(goldenImages(subject).map((entry) => [entry.name, entry.regions]));
  return allImages(subject).flatMap(({ path, image: { parent }, regions }) => {
    const baked = golden.get(parent.golden ?? "");
    return baked === undefined || !subject.sharedAccount
      ? []
      : regions
          .filter((region) => !baked.includes(region))
          .map((region) => ({
            path: [...path, "parent", "golden"],
            message: `isn't baked in ${region}, where this image is; an image can only be a parent in the Regions that bake it (${baked.join(", ")})`,
            got: parent.golden,
          }));
  });
};

const parentOfSamePlatform: Rule = (subject) =>
  allImages(subject).flatMap(({ path, image }) => {
    const parent = subject.images[image.parent.golden ?? ""];
    return parent && parent.platform !== image.platform
      ? [{ path: [...path, "platform"], message: `must be that of its parent, ${parent.platform}`, got: image.platform }]
      : [];
  });

const parentIsShared: Rule = ({ images, appAccounts }) =>
  Object.entries(appAccounts).flatMap(([app, account]) =>
    Object.entries(account?.images ?? {}).flatMap(([name, { parent }]) => {
      const golden = images[parent.golden ?? ""];
      if (!golden || !account) return [];
      const reached = Object.values(golden.share?.channels ?? {}).some(({ principals }) => {
        const audience = audienceOf(principals);
        return audience.kind !== "accounts" || audience.accounts.includes(account.id);
      });
      return reached
        ? []
        : [
            {
              path: ["appAccounts", app, "images", name, "parent", "golden"],
              message: `isn't shared with account ${account.id}: add it to a channel of images.${parent.golden}.share`,
              got: parent.golden,
            },
          ];
    }),
  );

export const parentRules: readonly Rule[] = [parentExists, noCycle, parentInEveryRegion, parentOfSamePlatform, parentIsShared];
