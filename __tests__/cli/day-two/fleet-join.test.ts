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
  newestBuilds,
} from "../../../cli/day-two/fleet-join";
import { newestFirst } from "../../../contract/build-arn";
import { watermarkKey } from "../../../contract/watermark";
import { propertyRuns, propertySeed } from "../../../tools/fixtures/property-runs";

const SHARED = "111111111111";
const DAY_MS = 86_400_000;
const NOW = 1_000 * DAY_MS;

function arnOf(image: string, build: string, region = "eu-west-1"): string {
  return `arn:aws:imagebuilder:${region}:${SHARED}:image/${image}/${build}`;
}

function golden(build: string, ageDays: number, changes: Partial<GoldenBuild> = {}): GoldenBuild {
  return {
    arn: arnOf("base", build),
    createdAt: NOW - ageDays * DAY_MS,
    amis: [`ami-${build}`],
    isUsable: true,
    ...changes,
  };
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
  golden("1.0.0/1", 30),
  golden("1.0.0/2", 20),
  golden("1.0.1/1", 10, { isUsable: false, revoked: "INC-7" }),
  golden("1.0.2/1", 5),
  golden("1.0.10/1", 1),
];
/** The lists of all images were read, unless other lists are given. */
function goldenBuilds(
  builds: readonly GoldenBuild[],
  lists: readonly BuildList[] = ["base", "web"].flatMap((image) =>
    ["eu-west-1", "us-east-1"].map((region) => ({ image, region, isComplete: true })),
  ),
): GoldenBuilds {
  return new GoldenBuilds(SHARED, { builds, lists }, NOW);
}

const NO_PARENTS = new Map<string, string>();

function classify(
  one: Instance,
  newest: string | undefined = arnOf("base", "1.0.2/1"),
  builds = BUILDS,
  parents: ReadonlyMap<string, string> = NO_PARENTS,
): Classification {
  return goldenBuilds(builds).classify(one, () => newest, parents);
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
  ])("compares %s with the newest build of the account", (build, expected) => {
    expect(classify(instance(`ami-${build}`))).toEqual({ ...expected, running: running(build) });
  });

  test("compares with all usable builds if no channel shares one", () => {
    const { state, behindBuilds } = goldenBuilds(BUILDS).classify(
      instance("ami-1.0.2/1"),
      () => undefined,
      NO_PARENTS,
    );
    expect([state, behindBuilds]).toEqual(["behind", 1]);
  });

  test("doesn't know an AMI without a golden watermark", () => {
    const other = mark(arnOf("base", "1.0.0/1").replace(SHARED, "222222222222"));
    for (const watermarks of [[], [other], [{ ...other, key: `${SHARED}:approved` }]])
      expect(classify(instance("ami-x", { watermarks }))).toEqual({
        state: "unknown",
        behindBuilds: 0,
        behindDays: 0,
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
      golden("1.0.0/1", 1),
      { ...golden("1.0.0/1", 1), arn: there, amis: ["ami-us"], revoked: "INC-8" },
    ];
    const at = (sourceRegion: string): Classification =>
      classify(instance("ami-x", { watermarks: [mark(there, { sourceRegion })] }), there, builds);
    expect(at("us-east-1")).toMatchObject({ state: "revoked", running: { builtIn: "us-east-1" } });
    expect(at("eu-west-1")).toMatchObject({ state: "current", running: { builtIn: "eu-west-1" } });
    // The mark of a copy, whose source AMI is gone: either build is possible.
    expect(at("ap-south-1")).toMatchObject({ state: "revoked" });
    const bySource = mark(there, { sourceRegion: "ap-south-1", sourceId: "ami-us" });
    expect(classify(instance("ami-x", { watermarks: [bySource] }), there, builds)).toMatchObject({
      state: "revoked",
    });
  });

  test("an app image counts as on its golden parent", () => {
    const own = instance("ami-own", { amiOwner: "222222222222" });
    const parents = new Map([["ami-own", arnOf("base", "1.0.1/1")]]);
    expect(classify(own, undefined, BUILDS, parents)).toMatchObject({ state: "revoked" });
    const foreign = new Map([["ami-own", "arn:aws:imagebuilder:eu-west-1:aws:image/x/1.0.0/1"]]);
    expect(classify(own, undefined, BUILDS, foreign)).toMatchObject({ state: "unknown" });
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
    expect(classify(instance("ami-x"), arnOf("base", "1.0.2/1"), BUILDS, parents)).toMatchObject({
      state: "behind",
      running: running("1.0.0/9", true),
    });
  });
});

describe("classify, if lists of builds couldn't be read", () => {
  const list = (region: string, isComplete: boolean, image = "base"): BuildList => ({
    image,
    region,
    isComplete,
  });
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
    const byMark = join.classify(marked, () => undefined, NO_PARENTS);
    const byArn = join.classify(instance("ami-x"), () => undefined, byParent);
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
    const usable = golden("1.0.0/1", 1);
    const copy = instance("ami-x", {
      watermarks: [mark(usable.arn, { sourceRegion: "us-east-1" })],
    });
    const stateOf = (build: GoldenBuild, isComplete: boolean): string =>
      goldenBuilds([build], [list("eu-west-1", true), list("us-east-1", isComplete)]).classify(
        copy,
        () => undefined,
        NO_PARENTS,
      ).state;
    const revoked = { ...usable, isUsable: false, revoked: "INC-7" };
    expect([stateOf(usable, true), stateOf(usable, false)]).toEqual(["current", "unknown"]);
    expect([stateOf(revoked, true), stateOf(revoked, false)]).toEqual(["revoked", "revoked"]);
  });

  test("an image whose name is cut in its watermarks is known by its full name", () => {
    const image = "a".repeat(100);
    const watermarks = [mark(arnOf(image, "1.0.0/9"))];
    const join = goldenBuilds([], [list("eu-west-1", true, image)]);
    expect(
      join.classify(instance("ami-x", { watermarks }), () => undefined, NO_PARENTS).running,
    ).toMatchObject({ image, isDeleted: true });
  });
});

test("a known parent counts more than an inherited watermark, which must not hide a revocation", () => {
  const web = golden("1.0.0/1", 3, { arn: arnOf("web", "1.0.0/1"), amis: ["ami-web"] });
  const revoked = { ...web, isUsable: false, revoked: "INC-9" };
  const onBase = (build: string) =>
    instance("ami-own", { watermarks: [mark(arnOf("base", build))] });
  const parents = new Map([["ami-own", web.arn]]);
  const stateOf = (builds: GoldenBuild[], build: string): Classification =>
    classify(onBase(build), arnOf("base", "1.0.2/1"), [...BUILDS, ...builds], parents);
  expect(stateOf([revoked], "1.0.2/1")).toMatchObject({
    state: "revoked",
    running: { image: "web" },
  });
  expect(stateOf([web], "1.0.0/1")).toMatchObject({ state: "current", running: { image: "web" } });
  // Whether the deleted parent was revoked isn't known, but its ancestor is.
  expect(stateOf([], "1.0.1/1")).toMatchObject({ state: "revoked", running: { image: "base" } });
  expect(stateOf([], "1.0.2/1")).toMatchObject({ running: { image: "web", isDeleted: true } });
});

describe("newestBuilds", () => {
  const channel = (newest: string, isMember: boolean | undefined) => ({
    image: "base",
    region: "eu-west-1",
    newest,
    isMember,
  });
  test.each([
    [
      "the channels of the account",
      [channel("a/1.0.1/1", true), channel("a/1.0.2/1", undefined), channel("a/1.0.3/1", false)],
      "1.0.1/1",
    ],
    [
      "channels that may be the account's",
      [channel("a/1.0.2/1", undefined), channel("a/1.0.3/1", false)],
      "1.0.2/1",
    ],
    ["all channels", [channel("a/1.0.2/1", false), channel("a/1.0.10/1", false)], "1.0.10/1"],
  ])("returns the newest build of %s", (_, channels, expected) => {
    const full = channels.map((one) => ({
      ...one,
      newest: arnOf("base", one.newest.slice(2)),
    }));
    expect(newestBuilds(full)("base", "eu-west-1")).toBe(arnOf("base", expected));
    expect(newestBuilds(full)("base", "us-east-1")).toBeUndefined();
    expect(newestBuilds(full)("web", "eu-west-1")).toBeUndefined();
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

/** Builds of two images in two Regions. The newer the version, the newer the build. */
const history = fc
  .uniqueArray(
    fc.tuple(
      fc.constantFrom("base", "web"),
      fc.constantFrom("eu-west-1", "us-east-1"),
      version,
      fc.constantFrom("usable", "usable", "revoked", "disabled"),
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
    return builds.map(([image, region, build, state], index): GoldenBuild => {
      const arn = arnOf(image, build, region);
      return {
        arn,
        createdAt: NOW - arns.indexOf(arn) * DAY_MS,
        amis: [`ami-${index}-home`, `ami-${index}-copy`],
        isUsable: state === "usable",
        revoked: state === "revoked" ? "x" : undefined,
      };
    });
  });

/** A build of a history, and how an instance is known to run it. */
const run = fc.tuple(fc.nat(), fc.constantFrom("home", "copy", "watermark", "source", "parent"));

function runInstance(builds: readonly GoldenBuild[], [at, how]: [number, string], id: string) {
  const index = at % builds.length;
  const build = builds[index] as GoldenBuild;
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

/** The newest usable build of each image and Region. */
function newestUsable(builds: readonly GoldenBuild[]) {
  return (image: string, region: string): string | undefined =>
    builds
      .filter(
        ({ arn, isUsable }) =>
          isUsable && arn.includes(`:${region}:`) && arn.includes(`/${image}/`),
      )
      .map(({ arn }) => arn)
      .sort(newestFirst)[0];
}

test("an instance gets the state of its build, however the build is found", () => {
  fc.assert(
    fc.property(history, run, (builds, choice) => {
      const { build, runs, parents } = runInstance(builds, choice, "i-1");
      const newest = newestUsable(builds);
      const found = goldenBuilds(builds).classify(runs, newest, new Map(parents));
      const same = builds.filter(
        ({ arn }) =>
          arn.replace(/\/[^/]+\/[^/]+$/, "") === build.arn.replace(/\/[^/]+\/[^/]+$/, ""),
      );
      const newer = same.filter(({ arn, isUsable }) => isUsable && newestFirst(arn, build.arn) < 0);
      const expected =
        build.revoked !== undefined ? "revoked" : newer.length > 0 ? "behind" : "current";
      expect(found.state).toBe(expected);
      expect(found.running?.build).toBe(build.arn.split("/").slice(-2).join("/"));
      expect(found.running?.builtIn).toBe(build.arn.split(":")[3]);
      expect(found.behindBuilds).toBe(expected === "behind" ? newer.length : 0);
      if (expected !== "behind") expect(found.behindDays).toBe(0);
      else
        expect(found.behindDays).toBe(
          Math.floor((NOW - Math.min(...newer.map(({ createdAt }) => createdAt))) / DAY_MS),
        );
    }),
    { numRuns: propertyRuns(1_000), seed: propertySeed() },
  );
});

test("a revoked build is revoked, whatever the account gets", () => {
  fc.assert(
    fc.property(history, run, fc.option(version), (builds, choice, newest) => {
      const { build, runs, parents } = runInstance(builds, choice, "i-1");
      const newestOf = (image: string, region: string): string | undefined =>
        newest === null ? undefined : arnOf(image, newest, region);
      const join = goldenBuilds(builds);
      const { state } = join.classify(runs, newestOf, new Map(parents));
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
            join.classify(one, newestUsable(builds), parents),
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
            expect(row).toMatchObject(join.classify(one, newestUsable(builds), parents));
          }
      },
    ),
    { numRuns: propertyRuns(1_000), seed: propertySeed() },
  );
});
