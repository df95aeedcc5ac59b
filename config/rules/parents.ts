import { allImages, type Rule, type Subject } from "./subject";

const parentExists: Rule = (subject) =>
  allImages(subject)
    .filter(({ parent: { golden } }) => golden !== undefined && subject.golden.size > 0 && !subject.golden.has(golden))
    .map(({ path, parent }) => ({
      path: [...path, "parent", "golden"],
      message: `must be one of the golden images, ${[...subject.golden.keys()].join(", ")}`,
      got: parent.golden,
    }));

/** `name` and its parents, up to the last or to the first that was there before. */
const ancestors = (subject: Subject, name: string, seen: readonly string[] = []): readonly string[] => {
  const parent = subject.golden.get(name)?.parent.golden;
  if (seen.includes(name) || parent === undefined) return [...seen, name];
  return ancestors(subject, parent, [...seen, name]);
};

const noCycle: Rule = (subject) =>
  [...subject.golden.values()].flatMap(({ path, name, parent }) => {
    const line = ancestors(subject, parent.golden ?? "", [name]);
    return parent.golden !== undefined && line.at(-1) === name
      ? [{ path: [...path, "parent", "golden"], message: `an image can't be built on itself: ${line.join(" → ")}` }]
      : [];
  });

const parentInEveryRegion: Rule = (subject) =>
  allImages(subject).flatMap(({ path, parent: { golden: name }, regions }) => {
    const parent = subject.golden.get(name ?? "");
    return parent && parent.regions.length > 0
      ? regions
          .filter((region) => !parent.regions.includes(region))
          .map((region) => ({
            path: [...path, "parent", "golden"],
            message: `isn't baked in ${region}, where this image is; an image can only be a parent in the Regions that bake it (${parent.regions.join(", ")})`,
            got: name,
          }))
      : [];
  });

const parentIsShared: Rule = ({ golden, appImages }) =>
  appImages.flatMap(({ path, parent, account: { id } }) => {
    const channels = golden.get(parent.golden ?? "")?.channels;
    if (!channels || id === undefined || channels.some(({ accounts }) => accounts === undefined || accounts.includes(id)))
      return [];
    return [
      {
        path: [...path, "parent", "golden"],
        message: `isn't shared with account ${id}: add it to a channel of images.${parent.golden}.share`,
        got: parent.golden,
      },
    ];
  });

export const parentRules: readonly Rule[] = [parentExists, noCycle, parentInEveryRegion, parentIsShared];
