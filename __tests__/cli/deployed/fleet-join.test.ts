import * as fc from "fast-check";
import {
  type AmiGroup,
  addToGroups,
  type BuildList,
  type Classification,
  type GoldenBuild,
  GoldenBuilds,
  type Instance,
  joinFleet,
} from "../../../cli/deployed/fleet-join";
import type { GrantedBuilds } from "../../../cli/deployed/granted-builds";
import { newestFirst } from "../../../contract/build-arn";
import { watermarkKey } from "../../../contract/watermark";
import { propertyRuns, propertySeed } from "../../../tools/fixtures/property-runs";

const SHARED = "111111111111";
const DAY_MS = 86_400_000;
const NOW = 1_000 * DAY_MS;

function arnOf(image: string, build: string, region = "eu-west-1"): string {
  return `arn:aws:imagebuilder:${region}:${SHARED}:image/${image}/${build}`;
}

function golden(build: string, changes: Partial<GoldenBuild> = {}): GoldenBuild {
  return { arn: arnOf("base", build), amis: [`ami-${build}`], ...changes };
}

/** Grants builds of `base`, by the days since when. */
function granting(days: Readonly<Record<string, number>>): GrantedBuilds {
  const granted = new Map(
    Object.entries(days).map(([build, ago]) => [arnOf("base", build), NOW - ago * DAY_MS]),
  );
  return (image) => (image === "base" ? granted : new Map());
}

function instance(ami: string, changes: Partial<Instance> = {}): Instance {
  return { id: "i-1", ami, amiOwner: SHARED, watermarks: [], ...changes };
}

function mark(arn: string, changes: object = {}): Instance["watermarks"][number] {
  return {
    key: watermarkKey(arn),
    sourceId: "ami-gone",
    sourceRegion: "eu-west-1",
    attachedAt: 1,
    ...changes,
  };
}

const BUILDS = [
  golden("1.0.0/1"),
  golden("1.0.0/2"),
  golden("1.0.1/1", { revoked: "INC-7" }),
  golden("1.0.2/1"),
  golden("1.0.10/1"),
];
/** Neither the revoked build nor the newest one. */
const GRANTED = granting({ "1.0.0/1": 30, "1.0.0/2": 20, "1.0.2/1": 5 });
const NOTHING = granting({});
function list(
  region: string,
  isComplete: boolean,
  image = "base",
  changes: Partial<BuildList> = {},
): BuildList {
  return { image, region, isComplete, areSharesKnown: true, isInFile: true, ...changes };
}

/** The lists of all images were read, unless other lists are given. */
function goldenBuilds(
  builds: readonly GoldenBuild[],
  lists: readonly BuildList[] = ["base", "web"].flatMap((image) =>
    ["eu-west-1", "us-east-1"].map((region) => list(region, true, image)),
  ),
): GoldenBuilds {
  return new GoldenBuilds(SHARED, { builds, lists }, NOW);
}

const NO_PARENTS = new Map<string, string>();

function classify(
  one: Instance,
  granted = GRANTED,
  builds = BUILDS,
  parents: ReadonlyMap<string, string> = NO_PARENTS,
): Classification {
  return goldenBuilds(builds).classify(one, granted, parents);
}

describe("classify", () => {
  const running = (build: string, isDeleted = false) => ({
    image: "base",
    build,
    builtIn: "eu-west-1",
    isDeleted,
  });

  test.each([
    ["1.0.2/1", { state: "current", behindBuilds: 0, behindDays: 0 }],
    // Newer than what the account gets.
    ["1.0.10/1", { state: "current", behindBuilds: 0, behindDays: 0 }],
    // The revoked build doesn't count.
    ["1.0.0/2", { state: "behind", behindBuilds: 1, behindDays: 5 }],
    ["1.0.0/1", { state: "behind", behindBuilds: 2, behindDays: 20 }],
    ["1.0.1/1", { state: "revoked", behindBuilds: 0, behindDays: 0, revoked: "INC-7" }],
  ])("compares %s with the builds that the account gets", (build, expected) => {
    expect(classify(instance(`ami-${build}`))).toEqual({ ...expected, running: running(build) });
  });

  test("an instance is current if the account gets no newer build, whatever newer builds there are", () => {
    for (const granted of [NOTHING, granting({ "1.0.0/1": 1 })])
      expect(classify(instance("ami-1.0.0/1"), granted)).toMatchObject({ state: "current" });
  });

  test("an instance is behind only by the builds that the account gets", () => {
    const granted = granting({ "1.0.10/1": 0 });
    expect(classify(instance("ami-1.0.0/1"), granted)).toMatchObject({
      state: "behind",
      behindBuilds: 1,
      behindDays: 0,
    });
  });

  test("the state isn't known if the channels couldn't be read, unless the build is revoked", () => {
    const lists = [list("eu-west-1", true, "base", { areSharesKnown: false })];
    const of = (build: string) =>
      goldenBuilds(BUILDS, lists).classify(instance(`ami-${build}`), NOTHING, NO_PARENTS);
    expect(of("1.0.2/1")).toEqual({
      state: "unknown",
      running: running("1.0.2/1"),
      behindBuilds: 0,
      behindDays: 0,
      unknown: "the channels of the image couldn't be read",
    });
    expect(of("1.0.1/1")).toMatchObject({ state: "revoked" });
  });

  test("doesn't know an AMI without a golden watermark", () => {
    const other = mark(arnOf("base", "1.0.0/1").replace(SHARED, "222222222222"));
    for (const watermarks of [[], [other], [{ ...other, key: `${SHARED}:approved` }]])
      expect(classify(instance("ami-x", { watermarks }))).toEqual({
        state: "unknown",
        behindBuilds: 0,
        behindDays: 0,
        unknown: "not from this factory",
      });
  });

  test("an AMI counts as on the build of its nearest watermark", () => {
    const watermarks = [
      mark(arnOf("base", "1.0.0/1"), { attachedAt: 1 }),
      mark(arnOf("base", "1.0.1/1"), { attachedAt: 3 }),
      mark(arnOf("base", "1.0.2/1"), { attachedAt: 2 }),
    ];
    expect(classify(instance("ami-x", { watermarks }))).toMatchObject({ state: "revoked" });
  });

  test("builds of other Regions with the same number are distinguished by the Region of the watermark", () => {
    const there = arnOf("base", "1.0.0/1", "us-east-1");
    const builds = [
      golden("1.0.0/1"),
      { ...golden("1.0.0/1"), arn: there, amis: ["ami-us"], revoked: "INC-8" },
    ];
    const at = (sourceRegion: string): Classification =>
      classify(instance("ami-x", { watermarks: [mark(there, { sourceRegion })] }), NOTHING, builds);
    expect(at("us-east-1")).toMatchObject({ state: "revoked", running: { builtIn: "us-east-1" } });
    expect(at("eu-west-1")).toMatchObject({ state: "current", running: { builtIn: "eu-west-1" } });
    // The mark of a copy, whose source AMI is gone: either build is possible.
    expect(at("ap-south-1")).toMatchObject({ state: "revoked" });
    const bySource = mark(there, { sourceRegion: "ap-south-1", sourceId: "ami-us" });
    expect(classify(instance("ami-x", { watermarks: [bySource] }), NOTHING, builds)).toMatchObject({
      state: "revoked",
    });
  });

  test("an app image counts as on its golden parent", () => {
    const own = instance("ami-own", { amiOwner: "222222222222" });
    const parents = new Map([["ami-own", arnOf("base", "1.0.1/1")]]);
    expect(classify(own, GRANTED, BUILDS, parents)).toMatchObject({ state: "revoked" });
    const foreign = new Map([["ami-own", "arn:aws:imagebuilder:eu-west-1:aws:image/x/1.0.0/1"]]);
    expect(classify(own, GRANTED, BUILDS, foreign)).toMatchObject({ state: "unknown" });
  });

  test("a build that was deleted is behind the newer ones", () => {
    const watermarks = [mark(arnOf("base", "1.0.0/9"))];
    expect(classify(instance("ami-x", { watermarks }))).toEqual({
      state: "behind",
      running: running("1.0.0/9", true),
      behindBuilds: 1,
      behindDays: 5,
    });
    const parents = new Map([["ami-x", arnOf("base", "1.0.0/9")]]);
    expect(classify(instance("ami-x"), GRANTED, BUILDS, parents)).toMatchObject({
      state: "behind",
      running: running("1.0.0/9", true),
    });
  });
});

describe("classify, if lists of builds couldn't be read", () => {
  const marked = instance("ami-x", { watermarks: [mark(arnOf("base", "1.0.0/9"))] });
  const byParent = new Map([["ami-x", arnOf("base", "1.0.0/9")]]);
  test.each<[string, BuildList[], string, string]>([
    ["all", [list("eu-west-1", true), list("us-east-1", true)], "behind", "behind"],
    [
      "of its Region not",
      [list("eu-west-1", false), list("us-east-1", true)],
      "unknown",
      "unknown",
    ],
    // The watermark may be that of a copy of a build of the other Region.
    [
      "of another Region not",
      [list("eu-west-1", true), list("us-east-1", false)],
      "unknown",
      "behind",
    ],
    ["of another image", [list("eu-west-1", true, "web")], "unknown", "unknown"],
    ["none", [], "unknown", "unknown"],
  ])("a build isn't taken for deleted: %s", (_, lists, withMark, withParent) => {
    const join = goldenBuilds(BUILDS, lists);
    const byMark = join.classify(marked, NOTHING, NO_PARENTS);
    const byArn = join.classify(instance("ami-x"), NOTHING, byParent);
    for (const [found, state] of [
      [byMark, withMark],
      [byArn, withParent],
    ] as const)
      expect(found).toMatchObject({
        state,
        running: { image: "base", build: "1.0.0/9", isDeleted: state === "behind" },
      });
    expect(join.locate(marked)).toMatchObject({ image: "base", build: "1.0.0/9" });
  });

  test("a build that isn't listed was built in the only Region of its image, whatever the Region of the copy", () => {
    const copy = instance("ami-x", {
      watermarks: [mark(arnOf("base", "1.0.0/9"), { sourceRegion: "ap-south-1" })],
    });
    const builtIn = (...lists: BuildList[]): string | undefined =>
      goldenBuilds(BUILDS, lists).locate(copy)?.builtIn;
    expect(builtIn(list("eu-west-1", true))).toBe("eu-west-1");
    expect(builtIn(list("eu-west-1", true), list("us-east-1", true))).toBe("ap-south-1");
  });

  test("a build of another Region with the same number is only taken if all were read, or if it is revoked", () => {
    const usable = golden("1.0.0/1");
    const copy = instance("ami-x", {
      watermarks: [mark(usable.arn, { sourceRegion: "us-east-1" })],
    });
    const stateOf = (build: GoldenBuild, isComplete: boolean): string =>
      goldenBuilds([build], [list("eu-west-1", true), list("us-east-1", isComplete)]).classify(
        copy,
        NOTHING,
        NO_PARENTS,
      ).state;
    const revoked = { ...usable, revoked: "INC-7" };
    expect([stateOf(usable, true), stateOf(usable, false)]).toEqual(["current", "unknown"]);
    expect([stateOf(revoked, true), stateOf(revoked, false)]).toEqual(["revoked", "revoked"]);
  });

  test("an image whose name is cut in its watermarks is known by its full name", () => {
    const image = "a".repeat(100);
    const watermarks = [mark(arnOf(image, "1.0.0/9"))];
    const join = goldenBuilds([], [list("eu-west-1", true, image)]);
    expect(
      join.classify(instance("ami-x", { watermarks }), NOTHING, NO_PARENTS).running,
    ).toMatchObject({ image, isDeleted: true });
  });
});

test("a known parent counts more than an inherited watermark, which must not hide a revocation", () => {
  const web = golden("1.0.0/1", { arn: arnOf("web", "1.0.0/1"), amis: ["ami-web"] });
  const revoked = { ...web, revoked: "INC-9" };
  const onBase = (build: string) =>
    instance("ami-own", { watermarks: [mark(arnOf("base", build))] });
  const parents = new Map([["ami-own", web.arn]]);
  const stateOf = (builds: GoldenBuild[], build: string): Classification =>
    classify(onBase(build), GRANTED, [...BUILDS, ...builds], parents);
  expect(stateOf([revoked], "1.0.2/1")).toMatchObject({
    state: "revoked",
    running: { image: "web" },
  });
  expect(stateOf([web], "1.0.0/1")).toMatchObject({ state: "current", running: { image: "web" } });
  // Whether the deleted parent was revoked isn't known, but its ancestor is.
  expect(stateOf([], "1.0.1/1")).toMatchObject({ state: "revoked", running: { image: "base" } });
  expect(stateOf([], "1.0.2/1")).toMatchObject({ running: { image: "web", isDeleted: true } });
});

describe("unlisted", () => {
  const OTHER = "222222222222";
  const join = goldenBuilds([golden("1.0.0/1")], [list("eu-west-1", true)]);
  const marked = (image: string, changes: object = {}) =>
    instance("ami-x", { watermarks: [mark(arnOf(image, "1.0.0/9"), changes)] });
  const own = instance("ami-own", { amiOwner: OTHER });
  const on = (arn: string) => new Map([["ami-own", arn]]);
  const us = { image: "base", region: "us-east-1" };
  test.each<[string, Instance, ReadonlyMap<string, string>, object[]]>([
    ["an AMI of a listed build", instance("ami-1.0.0/1"), NO_PARENTS, []],
    ["a watermark of a listed image", marked("base"), NO_PARENTS, []],
    ["another image", marked("old"), NO_PARENTS, [{ image: "old", region: "eu-west-1" }]],
    ["another Region", marked("base", { sourceRegion: "us-east-1" }), NO_PARENTS, [us]],
    [
      "a copy of a listed build",
      marked("base", { sourceRegion: "us-east-1", sourceId: "ami-1.0.0/1" }),
      NO_PARENTS,
      [],
    ],
    ["a parent of another Region", own, on(arnOf("base", "1.0.0/9", "us-east-1")), [us]],
    ["a listed parent", own, on(arnOf("base", "1.0.0/1")), []],
    ["a parent of another account", own, on(arnOf("x", "1.0.0/1").replace(SHARED, OTHER)), []],
    ["no golden AMI", own, NO_PARENTS, []],
  ])("returns the lists that weren't read: %s", (_, one, parents, expected) => {
    expect(join.unlisted(one, parents)).toMatchObject(expected);
    expect(join.unlisted(one, parents)).toHaveLength(expected.length);
  });
});

describe("an image that the factory file doesn't contain", () => {
  const listed = (isComplete: boolean) => [
    list("eu-west-1", isComplete, "old", { isInFile: false }),
  ];
  const byMark = instance("ami-x", { watermarks: [mark(arnOf("old", "1.0.0/9"))] });

  test("its build isn't taken for deleted, because another Region may have built it", () => {
    const found = goldenBuilds([], listed(true)).classify(byMark, NOTHING, NO_PARENTS);
    expect(found).toMatchObject({
      state: "unknown",
      running: { image: "old", isDeleted: false },
      unknown: "factory.yaml doesn't contain the image",
    });
  });

  test("its build is deleted if the complete list of its Region lacks it", () => {
    const parents = new Map([["ami-x", arnOf("old", "1.0.0/9")]]);
    const stateOf = (isComplete: boolean) =>
      goldenBuilds([], listed(isComplete)).classify(instance("ami-x"), NOTHING, parents);
    expect(stateOf(true)).toMatchObject({ state: "behind", running: { isDeleted: true } });
    expect(stateOf(false)).toMatchObject({ state: "unknown", running: { isDeleted: false } });
  });

  test("its revoked build is revoked", () => {
    const arn = arnOf("old", "1.0.0/9");
    const revoked = golden("1.0.0/9", { arn, revoked: "INC-9" });
    const found = goldenBuilds([revoked], listed(true)).classify(byMark, NOTHING, NO_PARENTS);
    expect(found).toMatchObject({ state: "revoked", revoked: "INC-9" });
  });
});

// Properties

const version = fc
  .tuple(
    fc.constant(1),
    fc.integer({ min: 0, max: 2 }),
    fc.integer({ min: 0, max: 12 }),
    fc.integer({ min: 1, max: 12 }),
  )
  .map(([major, minor, patch, build]) => `${major}.${minor}.${patch}/${build}`);

interface HistoryBuild extends GoldenBuild {
  /** Whether the account gets it. */
  readonly isGranted: boolean;
  /** Since when, in milliseconds since 1970. */
  readonly since: number;
}

/** Builds of two images in two Regions. The newer the version, the newer the build. */
const history = fc
  .uniqueArray(
    fc.tuple(
      fc.constantFrom("base", "web"),
      fc.constantFrom("eu-west-1", "us-east-1"),
      version,
      fc.constantFrom("granted", "granted", "revoked", "withheld"),
    ),
    {
      minLength: 1,
      maxLength: 20,
      selector: ([image, region, build]) => `${image} ${region} ${build}`,
    },
  )
  .map((builds) => {
    const arns = builds
      .map(([image, region, build]) => arnOf(image, build, region))
      .sort(newestFirst);
    return builds.map(([image, region, build, state], index): HistoryBuild => {
      const arn = arnOf(image, build, region);
      return {
        arn,
        since: NOW - arns.indexOf(arn) * DAY_MS,
        amis: [`ami-${index}-home`, `ami-${index}-copy`],
        isGranted: state === "granted",
        revoked: state === "revoked" ? "x" : undefined,
      };
    });
  });

/** A build of a history, and how an instance is known to run it. */
const run = fc.tuple(fc.nat(), fc.constantFrom("home", "copy", "watermark", "source", "parent"));

function runInstance(builds: readonly HistoryBuild[], [at, how]: [number, string], id: string) {
  const index = at % builds.length;
  const build = builds[index] as HistoryBuild;
  const region = build.arn.split(":")[3] ?? "";
  const own = instance(`ami-own-${id}`, { id, amiOwner: "222222222222" });
  const sourceId = how === "source" ? `ami-${index}-home` : "ami-gone";
  const isMarked = how === "watermark" || how === "source";
  const runs: Instance = isMarked
    ? { ...own, watermarks: [mark(build.arn, { sourceRegion: region, sourceId })] }
    : how === "parent"
      ? own
      : instance(`ami-${index}-${how}`, { id });
  return { build, runs, parents: how === "parent" ? [[own.ami, build.arn] as const] : [] };
}

function grantsOf(builds: readonly HistoryBuild[]): GrantedBuilds {
  return (image, region) =>
    new Map(
      builds
        .filter(
          ({ arn, isGranted }) =>
            isGranted && arn.includes(`:${region}:`) && arn.includes(`/${image}/`),
        )
        .map(({ arn, since }) => [arn, since]),
    );
}

test("an instance gets the state of its build, however the build is found", () => {
  fc.assert(
    fc.property(history, run, (builds, choice) => {
      const { build, runs, parents } = runInstance(builds, choice, "i-1");
      const found = goldenBuilds(builds).classify(runs, grantsOf(builds), new Map(parents));
      const same = builds.filter(
        ({ arn }) =>
          arn.replace(/\/[^/]+\/[^/]+$/, "") === build.arn.replace(/\/[^/]+\/[^/]+$/, ""),
      );
      const newer = same.filter(
        ({ arn, isGranted }) => isGranted && newestFirst(arn, build.arn) < 0,
      );
      const expected =
        build.revoked !== undefined ? "revoked" : newer.length > 0 ? "behind" : "current";
      expect(found.state).toBe(expected);
      expect(found.running?.build).toBe(build.arn.split("/").slice(-2).join("/"));
      expect(found.running?.builtIn).toBe(build.arn.split(":")[3]);
      expect(found.behindBuilds).toBe(expected === "behind" ? newer.length : 0);
      if (expected !== "behind") expect(found.behindDays).toBe(0);
      else
        expect(found.behindDays).toBe(
          Math.floor((NOW - Math.min(...newer.map(({ since }) => since))) / DAY_MS),
        );
    }),
    { numRuns: propertyRuns(1_000), seed: propertySeed() },
  );
});

test("a revoked build is revoked, whatever the account gets", () => {
  fc.assert(
    fc.property(history, run, fc.boolean(), (builds, choice, isGranted) => {
      const { build, runs, parents } = runInstance(builds, choice, "i-1");
      const granted = grantsOf(builds.map((one) => ({ ...one, isGranted })));
      const { state } = goldenBuilds(builds).classify(runs, granted, new Map(parents));
      expect(state === "revoked").toBe(build.revoked !== undefined);
    }),
    { numRuns: propertyRuns(1_000), seed: propertySeed() },
  );
});

test("each instance is in exactly one row, whatever the pages are", () => {
  fc.assert(
    fc.property(
      history,
      fc.array(run, { maxLength: 30 }),
      fc.integer({ min: 1, max: 7 }),
      (builds, runs, size) => {
        const all = runs.map((choice, index) => runInstance(builds, choice, `i-${index}`));
        const instances = all.map((one) => one.runs);
        const parents = new Map(all.flatMap((one) => one.parents));
        const join = goldenBuilds(builds);
        const rowsOf = (pages: readonly (readonly Instance[])[]) => {
          const groups = new Map<string, AmiGroup>();
          for (const page of pages) addToGroups(groups, page);
          const place = { account: "payments", accountId: "222222222222", region: "eu-west-1" };
          return joinFleet(place, groups.values(), (one) =>
            join.classify(one, grantsOf(builds), parents),
          );
        };
        const pages = Array.from({ length: Math.ceil(instances.length / size) }, (_, page) =>
          instances.slice(page * size, (page + 1) * size),
        );
        const rows = rowsOf(pages);
        expect(rows).toEqual(rowsOf([instances]));
        expect(rows.flatMap((row) => row.instances).sort()).toEqual(
          instances.map(({ id }) => id).sort(),
        );
        for (const row of rows)
          for (const id of row.instances) {
            const one = instances.find((candidate) => candidate.id === id) as Instance;
            expect(row.ami).toBe(one.ami);
            expect(row).toMatchObject(join.classify(one, grantsOf(builds), parents));
          }
      },
    ),
    { numRuns: propertyRuns(1_000), seed: propertySeed() },
  );
});
