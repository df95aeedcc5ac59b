import {
  allBaked,
  allGolden,
  goldenOf,
  type Rule,
  type Subject,
  type SubjectBaked,
} from "./subject";

const parentExists: Rule = (subject) =>
  allBaked(subject).flatMap(({ path, parent: { golden }, kind }) => {
    const [known, others] = [
      goldenOf(subject, { kind }),
      goldenOf(subject, { kind: kind === "image" ? "container" : "image" }),
    ];
    if (golden === undefined || known.has(golden) || known.size + others.size === 0) return [];
    const message = others.has(golden)
      ? `must be a golden ${kind}, and '${golden}' is a golden ${kind === "image" ? "container" : "image"}`
      : `must be one of the golden ${kind}s, ${[...known.keys()].join(", ") || "of which there are none"}`;
    return [{ path: [...path, "parent", "golden"], message, got: golden }];
  });

/** `name` and its parents, up to the last or to the first that was there before. */
function ancestors(
  golden: ReadonlyMap<string, SubjectBaked>,
  name: string,
  seen: readonly string[] = [],
): readonly string[] {
  const parent = golden.get(name)?.parent.golden;
  if (seen.includes(name) || parent === undefined) return [...seen, name];
  return ancestors(golden, parent, [...seen, name]);
}

const noCycle: Rule = (subject: Subject) =>
  allGolden(subject).flatMap((image) => {
    const { path, name, parent } = image;
    const line = ancestors(goldenOf(subject, image), parent.golden ?? "", [name]);
    return parent.golden !== undefined && line.at(-1) === name
      ? [
          {
            path: [...path, "parent", "golden"],
            message: `can't be built on itself: ${line.join(" → ")}`,
          },
        ]
      : [];
  });

const parentInEveryRegion: Rule = (subject) =>
  allBaked(subject).flatMap((image) => {
    const { path, regions } = image;
    const name = image.parent.golden;
    const parent = goldenOf(subject, image).get(name ?? "");
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

const parentIsShared: Rule = (subject) =>
  [...subject.appImages, ...subject.appContainers].flatMap((image) => {
    const { path, parent, kind } = image;
    const { id } = image.account;
    const channels = goldenOf(subject, image).get(parent.golden ?? "")?.channels;
    if (
      !channels ||
      id === undefined ||
      channels.some(({ accounts }) => accounts === undefined || accounts.includes(id))
    )
      return [];
    return [
      {
        path: [...path, "parent", "golden"],
        message: `isn't shared with account ${id}: add it to a channel of ${kind}s.${parent.golden}.share`,
        got: parent.golden,
      },
    ];
  });

export const parentRules: readonly Rule[] = [
  parentExists,
  noCycle,
  parentInEveryRegion,
  parentIsShared,
];
