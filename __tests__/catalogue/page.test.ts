import fc from "fast-check";
import { granteesOf, grantsOf, newestBuilds } from "../../catalogue/page/access";
import { lineageOf, place, wholeLineage } from "../../catalogue/page/lineage";
import {
  accessLink,
  accountLink,
  buildLink,
  imageLink,
  imagesLink,
  parseRoute,
} from "../../catalogue/page/routes";
import { SearchIndex } from "../../catalogue/page/search";
import { conditionOf, entriesOf } from "../../catalogue/page/states";
import type {
  Catalogue,
  CatalogueBuild,
  CatalogueChannel,
  CatalogueRunning,
} from "../../catalogue/schema";
import { propertySeed } from "../../tools/fixtures/property-runs";

const CHANNEL: CatalogueChannel = {
  region: "eu-west-1",
  name: "stable",
  audience: ["o-1"],
  keep: 1,
  bakeHours: 0,
  approval: "automatic",
  desired: [],
  shared: [],
  waitingForApproval: [],
  differs: false,
  reasons: [],
};

/** A channel's entry in the findings of a build that it shares. */
const VERDICT = { channel: "stable", isShared: true, reasons: ["x"], reportOnly: false };

function build(version: string, more: Partial<CatalogueBuild> = {}): CatalogueBuild {
  return {
    region: "eu-west-1",
    build: version,
    status: "AVAILABLE",
    createdAt: "2026-01-01T00:00:00.000Z",
    parent: "-",
    amis: [],
    containers: [],
    sharedIn: [],
    approvals: {},
    ...more,
  };
}

interface Options {
  readonly channels?: readonly Partial<CatalogueChannel>[];
  readonly builds?: readonly CatalogueBuild[];
  /** Builds of a child image. */
  readonly children?: readonly CatalogueBuild[];
  /** States of the instances that run the image. */
  readonly running?: readonly CatalogueRunning["state"][];
}

function catalogueOf({ channels = [], builds = [], children = [], running }: Options): Catalogue {
  const common = {
    kind: "image",
    platform: "Linux",
    version: "1.0",
    regions: ["eu-west-1"],
  } as const;
  return {
    format: 1,
    generator: "golden-image-factory",
    generatedAt: "2026-01-31T00:00:00.000Z",
    version: "0.0.0",
    organization: "o-1",
    regions: ["eu-west-1"],
    accounts: [
      { id: "111111111111", name: "shared", kind: "shared", units: [] },
      { id: "222222222222", name: "payments", kind: "app", units: ["ou-1", "ou-2"] },
      { id: "333333333333", kind: "other", isOutside: true },
      { id: "444444444444", kind: "other" },
    ],
    images: [
      {
        ...common,
        name: "base",
        parent: { kind: "awsManaged", name: "amazon-linux" },
        components: [{ kind: "document", name: "hardening" }],
        channels: channels.map((channel) => ({ ...CHANNEL, ...channel })),
        builds,
      },
      {
        ...common,
        name: "web",
        parent: { kind: "golden", name: "base" },
        components: [],
        channels: [],
        builds: children,
      },
    ],
    appImages: [
      {
        account: "222222222222",
        name: "api",
        kind: "image",
        platform: "Linux",
        parent: { kind: "golden", name: "web" },
        components: [],
        regions: ["eu-west-1"],
      },
    ],
    packages: [
      ["bash", "5.2"],
      ["openssl", "3.0"],
    ],
    ...(running && {
      fleet: {
        running: running.map((state) => ({
          account: "222222222222",
          region: "eu-west-1",
          image: "base",
          state,
          instances: 1,
        })),
        notLookedAt: [],
        notes: [],
        problems: [],
      },
    }),
    differences: [],
    problems: [],
  };
}

describe("entriesOf", () => {
  const statesOf = (options: Options): string[] =>
    entriesOf(catalogueOf(options))[0]?.builds.map(({ state }) => state) ?? [];

  test("names the state of each build", () => {
    const channels = [{ shared: ["1.0.2/1"] }];
    const builds = [
      build("1.0.10/1", { status: "BUILDING" }),
      build("1.0.9/1"),
      build("1.0.8/1", { status: "FAILED" }),
      build("1.0.7/1", { status: "DISABLED", revoked: "INC-1" }),
      build("1.0.6/1", { status: "DEPRECATED" }),
      build("1.0.2/1", { sharedIn: ["stable"] }),
      build("1.0.1/1"),
    ];
    expect(statesOf({ channels, builds })).toEqual([
      "building",
      "waiting",
      "failed",
      "revoked",
      "retired",
      "shared",
      "superseded",
    ]);
  });

  test("calls a build superseded only if a newer one is shared in its Region", () => {
    const channels = [{ shared: ["1.0.2/1"], region: "us-east-1" }];
    expect(statesOf({ channels, builds: [build("1.0.1/1")] })).toEqual(["unshared"]);
  });

  test("calls an older build waiting if a channel shares it after an approval", () => {
    const channels = [{ shared: ["1.0.2/1"] }, { name: "slow", waitingForApproval: ["1.0.1/1"] }];
    expect(statesOf({ channels, builds: [build("1.0.1/1")] })).toEqual(["waiting"]);
  });

  test("names the newest usable build of the parent that a build isn't based on", () => {
    const [, web] = entriesOf(
      catalogueOf({
        builds: [
          build("1.0.10/1", { revoked: "INC-1" }),
          build("1.0.9/2", { status: "FAILED" }),
          build("1.0.9/1"),
          build("1.0.2/1"),
        ],
        children: [
          build("1.0.1/1", { parent: "base 1.0.9/1" }),
          build("1.0.0/1", { parent: "base 1.0.2/1" }),
        ],
      }),
    );
    expect(web?.builds.map(({ behind }) => behind)).toEqual([undefined, "1.0.9/1"]);
    expect(web?.flags).toEqual([]);
  });

  test.each<[string, Options]>([
    ["runsRevoked", { running: ["behind", "revoked"] }],
    ["differs", { channels: [{ differs: true, shared: ["1.0.0/1"] }] }],
    [
      "revoked",
      {
        channels: [{ shared: ["1.0.0/1"] }],
        builds: [build("1.0.0/1", { revoked: "INC-1", sharedIn: ["stable"] })],
      },
    ],
    [
      "findings",
      {
        channels: [{ shared: ["1.0.0/1"] }],
        builds: [
          build("1.0.0/1", {
            sharedIn: ["stable"],
            findings: {
              list: [],
              channels: [{ ...VERDICT, exceedsLimits: true }],
            },
          }),
        ],
      },
    ],
    ["evidence", { builds: [build("1.0.0/1", { evidence: { kind: "invalid" } })] }],
    ["old", { channels: [{ shared: ["1.0.0/1"], maxAgeDays: 29 }], builds: [build("1.0.0/1")] }],
    ["waiting", { channels: [{ shared: ["1.0.0/1"], waitingForApproval: ["1.0.1/1"] }] }],
    ["failed", { builds: [build("1.0.0/1", { status: "FAILED" })] }],
    ["unshared", { channels: [{}] }],
  ])("flags an image: %s", (flag, options) => {
    expect(entriesOf(catalogueOf(options))[0]?.flags).toEqual([flag]);
  });

  test("doesn't flag findings that a channel only reports, and a build that isn't too old", () => {
    const channels = [{ ...VERDICT, exceedsLimits: true, reportOnly: true }];
    const options = {
      channels: [{ shared: ["1.0.0/1"], maxAgeDays: 30 }],
      running: ["behind", "unknown"] as const,
      builds: [build("1.0.0/1", { sharedIn: ["stable"], findings: { list: [], channels } })],
    };
    expect(entriesOf(catalogueOf(options))[0]?.flags).toEqual([]);
  });

  test("doesn't flag a shared build that left the scan window", () => {
    const findings = { list: [], channels: [{ ...VERDICT, exceedsLimits: false }] };
    const builds = [build("1.0.0/1", { sharedIn: ["stable"], findings })];
    const options = { channels: [{ shared: ["1.0.0/1"] }], builds };
    expect(entriesOf(catalogueOf(options))[0]?.flags).toEqual([]);
  });
});

describe("grantsOf", () => {
  const grants = (audience: string): string[] => {
    const catalogue = catalogueOf({ channels: [{ audience: [audience] }] });
    const [image] = catalogue.images;
    return granteesOf(catalogue).flatMap((grantee) =>
      image
        ? grantsOf(image, grantee).map(({ isCertain }) => `${grantee.id}${isCertain ? "" : "?"}`)
        : [],
    );
  };

  test("the organization covers its OUs and accounts, and may cover accounts that aren't known", () => {
    expect(grants("o-1")).toEqual(["o-1", "111111111111", "222222222222", "444444444444?"]);
  });

  test("an OU covers itself and the accounts in it and below", () => {
    expect(grants("ou-2")).toEqual(["ou-2", "222222222222", "444444444444?"]);
  });

  test("an OU covers the OUs in it, as far as the OUs of accounts prove it", () => {
    const catalogue = catalogueOf({ channels: [{ audience: ["ou-2", "ou-1", "ou-9"] }] });
    const units = granteesOf(catalogue).filter(({ kind }) => kind === "unit");
    const verdicts = (audience: string): (boolean | undefined)[] => {
      const [image] = catalogueOf({ channels: [{ audience: [audience] }] }).images;
      return units.map((unit) => image && grantsOf(image, unit)[0]?.isCertain);
    };
    expect(units.map(({ id }) => id)).toEqual(["ou-1", "ou-2", "ou-9"]);
    expect(verdicts("ou-2")).toEqual([true, true, false]);
    expect(verdicts("ou-1")).toEqual([true, undefined, false]);
  });

  test("an account covers only itself, even outside of the organization", () => {
    expect(grants("333333333333")).toEqual(["333333333333"]);
  });

  test("prefers a channel's principal that certainly covers the account", () => {
    const catalogue = catalogueOf({ channels: [{ audience: ["ou-2", "444444444444"] }] });
    const grantee = granteesOf(catalogue).at(-1);
    expect(grantee && catalogue.images[0] && grantsOf(catalogue.images[0], grantee)).toMatchObject([
      { via: "444444444444", isCertain: true },
    ]);
  });
});

describe("newestBuilds", () => {
  const newest = (channels: readonly Partial<CatalogueChannel>[]): string[] => {
    const catalogue = catalogueOf({ channels });
    const [image] = catalogue.images;
    const grantee = { id: "o-1", kind: "organization" } as const;
    return newestBuilds(image ? grantsOf(image, grantee) : []).map(
      ({ build: version, channel, regions }) => `${channel} ${version} ${regions.join("+")}`,
    );
  };

  test("doesn't compare builds of two Regions", () => {
    expect(newest([{ shared: ["1.0.3/1"] }, { region: "us-east-1", shared: ["1.0.2/9"] }])).toEqual(
      ["stable 1.0.3/1 eu-west-1", "stable 1.0.2/9 us-east-1"],
    );
  });

  test("merges Regions with the same build", () => {
    expect(newest([{ shared: ["1.0.3/1"] }, { region: "us-east-1", shared: ["1.0.3/1"] }])).toEqual(
      ["stable 1.0.3/1 eu-west-1+us-east-1"],
    );
  });

  test("names the channel with the newest build of a Region, without channels that share none", () => {
    const channels = [
      { shared: ["1.0.9/1"] },
      { name: "canary", shared: ["1.0.10/1"] },
      { name: "empty", region: "us-east-1" },
    ];
    expect(newest(channels)).toEqual(["canary 1.0.10/1 eu-west-1"]);
  });
});

describe("conditionOf", () => {
  const running = {
    account: "1",
    region: "eu-west-1",
    instances: 1,
  };

  test("distinguishes instances without a golden build from those whose build couldn't be read", () => {
    expect(conditionOf({ ...running, state: "unknown" })).toBe("foreign");
    expect(conditionOf({ ...running, state: "unknown", image: "base" })).toBe("unread");
    expect(conditionOf({ ...running, state: "behind", image: "base" })).toBe("behind");
  });
});

describe("parseRoute", () => {
  test("parses the links to every name", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (name, value) => {
        expect(parseRoute(imageLink(name))).toEqual({ view: "image", image: name });
        expect(parseRoute(accountLink(name))).toEqual({ view: "account", account: name });
        expect(parseRoute(imagesLink({ q: value }))).toEqual({
          view: "images",
          query: { q: value },
        });
        expect(parseRoute(accessLink({ image: value }))).toEqual({
          view: "access",
          query: { image: value },
        });
        expect(parseRoute(buildLink(name, "1.0.3/2", { compare: value }))).toEqual({
          view: "build",
          image: name,
          build: "1.0.3/2",
          query: { compare: value },
        });
      }),
      { seed: propertySeed() },
    );
  });

  test("accepts any address", () => {
    fc.assert(
      fc.property(fc.string(), (hash) => {
        expect(parseRoute(`#/${hash}`)).toHaveProperty("view");
      }),
      { seed: propertySeed() },
    );
    expect(parseRoute("#/elsewhere")).toEqual({ view: "unknown" });
  });
});

describe("SearchIndex", () => {
  const index = new SearchIndex(
    catalogueOf({
      channels: [{ shared: ["1.0.1/1"] }],
      builds: [
        build("1.0.1/1", {
          amis: [{ region: "eu-west-1", id: "ami-1" }],
          sharedIn: ["stable"],
          packages: [0],
        }),
        build("1.0.0/1", { amis: [{ region: "eu-west-1", id: "ami-0" }], packages: [1] }),
      ],
    }),
  );

  test.each([
    ["", []],
    ["   ", []],
    ["BASE", ["base", "web", "base 1.0.1/1", "base 1.0.0/1", "bash 5.2"]],
    ["hardening", ["base"]],
    ["ami-0", ["base 1.0.0/1"]],
    ["pay 2222", ["payments"]],
    ["bash", ["bash 5.2"]],
    ["openssl", []],
    ["base nothing", []],
  ])("finds what contains all words of '%s', of shared builds also packages", (query, titles) => {
    expect(index.find(query).results.map(({ title }) => title)).toEqual(titles);
  });

  test("returns at most eight results of a kind and how many there are, first those that begin with the word", () => {
    const builds = Array.from({ length: 20 }, (_, patch) => build(`1.0.${patch}/1`));
    const { results, totals } = new SearchIndex(catalogueOf({ builds })).find("1.0");
    expect(results.filter(({ kind }) => kind === "build")).toHaveLength(8);
    expect(totals).toMatchObject({ image: 0, build: 20 });
    expect(new SearchIndex(catalogueOf({})).find("web").results[0]?.title).toBe("web");
  });

  test("says in how many shared builds a package is", () => {
    const shared = { sharedIn: ["stable"], packages: [0] };
    const builds = [build("1.0.1/1", shared), build("1.0.0/1", shared)];
    const { results } = new SearchIndex(catalogueOf({ builds })).find("bash");
    expect(results.map(({ detail }) => detail)).toEqual([
      "in 2 shared builds, such as base 1.0.1/1",
    ]);
  });
});

describe("lineage", () => {
  test("contains every image from its first parent to app images", () => {
    const { nodes, edges } = wholeLineage(catalogueOf({}));
    expect(nodes.map(({ label, detail }) => `${label}: ${detail}`)).toEqual([
      "base: golden image, Linux",
      "amazon-linux: managed by AWS",
      "web: golden image, Linux",
      "api: image of payments",
    ]);
    expect(edges.map(({ from, to }) => `${from} → ${to}`)).toEqual([
      "awsManaged amazon-linux → golden base",
      "golden base → golden web",
      "golden web → app 222222222222 api",
    ]);
  });

  test("of an image contains its ancestors, descendants and components only", () => {
    const labels = (image: string): string[] =>
      lineageOf(catalogueOf({}), image).nodes.map(({ label }) => label);
    expect(labels("base")).toEqual(["base", "amazon-linux", "web", "api", "hardening"]);
    expect(labels("web")).toEqual(["base", "amazon-linux", "web", "api"]);
  });

  test("leaves out the edge from a parent that the catalogue doesn't have", () => {
    const catalogue = catalogueOf({});
    const { edges } = wholeLineage({ ...catalogue, images: catalogue.images.slice(0, 1) });
    expect(edges).toEqual([{ from: "awsManaged amazon-linux", to: "golden base" }]);
  });

  test("is placed from left to right, without overlaps", () => {
    const { nodes, edges, width, height } = place(lineageOf(catalogueOf({}), "base"));
    const x = new Map(nodes.map((node) => [node.id, node.x]));
    for (const { from, to, points } of edges) {
      expect(x.get(from)).toBeLessThan(x.get(to) ?? 0);
      expect(points.length).toBeGreaterThanOrEqual(2);
    }
    expect(new Set(nodes.map((node) => `${node.x} ${node.y}`)).size).toBe(nodes.length);
    expect([width, height].every((size) => size > 0)).toBe(true);
  });
});
