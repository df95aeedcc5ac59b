/**
 * Generates the catalogue of a factory that doesn't exist, for `factory catalogue --demo`, for
 * tests and for measurements. The same size gives the same catalogue.
 */
import { DAY_MS, HOUR_MS } from "../contract/time";
import { channelsOf } from "./example-channels";
import { findingsAt, packagesAt } from "./example-content";
import {
  at,
  BLUEPRINTS,
  type Blueprint,
  golden,
  itemAt,
  NOW,
  ORGANIZATION,
  OUTSIDE,
  own,
  REGIONS,
  TEAMS,
  UNITS,
} from "./example-data";
import { fleetOf } from "./example-fleet";
import { notesOf } from "./example-notes";
import { PackageTable } from "./package-table";
import {
  CATALOGUE_FORMAT,
  type Catalogue,
  type CatalogueAccount,
  type CatalogueAppImage,
  type CatalogueBuild,
  type CatalogueChannel,
  type CatalogueImage,
  type CatalogueParent,
  GENERATOR,
} from "./schema";

/** Number of each kind. */
export interface ExampleSize {
  readonly images: number;
  /** Builds of each image, in all Regions. */
  readonly builds: number;
  /** App accounts. */
  readonly accounts: number;
  /** Golden images that the instances of each account run, if it gets so many. */
  readonly rows: number;
}

/** The size that `factory catalogue --demo` shows. */
export const DEMO: ExampleSize = { images: 11, builds: 24, accounts: 9, rows: 3 };

/**
 * Returns numbers from 0 up to 1 in an order that looks random. Mulberry32, in the public domain.
 */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Example {
  private readonly random = randomNumbers(20_261_127);
  private readonly table = new PackageTable();
  /** Builds by Region and image, newest first. */
  private readonly built = new Map<string, readonly CatalogueBuild[]>();
  private readonly blueprints: readonly Blueprint[];
  private readonly accounts: readonly CatalogueAccount[];

  constructor(private readonly size: ExampleSize) {
    this.blueprints = Array.from({ length: size.images }, (_, index) => blueprintAt(index));
    this.accounts = [
      { id: "111111111111", name: "shared", kind: "shared", units: [] },
      ...Array.from({ length: size.accounts }, (_, index) => appAccount(index)),
      { id: OUTSIDE, kind: "other", isOutside: true },
    ];
  }

  create(isDemo: boolean): Catalogue {
    const images = this.blueprints.map((one, index) => this.image(one, index));
    return {
      format: CATALOGUE_FORMAT,
      generator: GENERATOR,
      generatedAt: at(NOW),
      version: "0.1.0",
      ...(isDemo && { isDemo }),
      organization: ORGANIZATION,
      regions: REGIONS,
      accounts: this.accounts,
      images,
      appImages: this.appImages(),
      packages: this.table.list,
      fleet: fleetOf(this.apps, images, this.size.rows, this.random),
      differences: [
        {
          region: "us-east-1",
          message: "web-server/stable: not deployed yet: bakeHours",
        },
      ],
      problems: [],
    };
  }

  private get apps(): readonly CatalogueAccount[] {
    return this.accounts.filter(({ kind }) => kind === "app");
  }

  private teamAt(index: number): CatalogueAccount | undefined {
    return this.accounts[1 + (index % Math.max(1, this.size.accounts))];
  }

  private appImages(): CatalogueAppImage[] {
    return this.apps.flatMap(({ id, name = id }, index) =>
      ["api", "worker"].slice(0, 1 + (index % 2)).map((role, position) => {
        const parent = this.blueprints[(index * 2 + position * 3) % this.blueprints.length];
        return {
          account: id,
          name: `${name}-${role}`,
          kind: parent?.kind ?? "image",
          platform: parent?.platform ?? "Linux",
          parent: golden(parent?.name ?? ""),
          components: [own(`${name}-${role}`, `3.${index}.0`)],
          regions: ["eu-west-1"],
        };
      }),
    );
  }

  private image(blueprint: Blueprint, index: number): CatalogueImage {
    const { name } = blueprint;
    const isShared = index % 10 !== 6;
    const regions = index % 3 === 2 ? ["eu-west-1"] : REGIONS;
    const perRegion = Math.floor(this.size.builds / regions.length);
    const all = regions.map((region) => {
      const built = this.builds(blueprint, region, perRegion, index);
      const channels = isShared
        ? channelsOf(blueprint, region, built, index, this.teamAt(index))
        : [];
      const builds = this.complete(blueprint, built, channels);
      this.built.set(`${region} ${name}`, builds);
      return { channels, builds };
    });
    const { distribution: _, ...described } = blueprint;
    return {
      ...described,
      ...(index % 4 !== 3 && { schedule: "cron(0 2 ? * sun *), Europe/Dublin" }),
      regions,
      channels: all.flatMap(({ channels }) => channels),
      builds: all.flatMap(({ builds }) => builds),
    };
  }

  /** Builds about every week, newest first, without what channels add. */
  private builds(
    { name, kind, version, parent }: Blueprint,
    region: string,
    number: number,
    index: number,
  ): CatalogueBuild[] {
    // Children are built soon after their parents, except for one that is behind.
    const age = index === 5 ? 8 : parent.kind === "golden" ? 1 : 3;
    let time = NOW - (age + this.random()) * DAY_MS;
    return Array.from({ length: number }, (_, position): CatalogueBuild => {
      const approvals: Record<string, string> = {};
      const patch = Math.floor((number - position - 1) / 3);
      const build = `${version}.${patch}/${((number - position - 1) % 3) + 1}`;
      const isRevoked = position === 4 && index % 4 === 0;
      const isFailed = position > 0 && this.random() < 0.06;
      const createdAt = at(time);
      time -= (4 + this.random() * 7) * DAY_MS;
      const hasOutput = !isFailed;
      if ((position > 0 || index % 3 !== 0) && hasOutput)
        approvals["stable"] = `CHG-${4100 + index * 40 - position}`;
      return {
        region,
        build,
        status: isFailed ? "FAILED" : isRevoked ? "DISABLED" : "AVAILABLE",
        createdAt,
        parent: this.parentBuild(parent, region, createdAt),
        amis: kind === "image" && hasOutput ? [{ region, id: this.amiId() }] : [],
        containers:
          kind === "container" && hasOutput
            ? [`111111111111.dkr.ecr.${region}.amazonaws.com/${name}:${build.replace("/", "-")}`]
            : [],
        sharedIn: [],
        approvals,
        ...(isRevoked && { revoked: "INC-5678 boots without network on Nitro v6" }),
      };
    });
  }

  /** The newest build of the parent when a build began. */
  private parentBuild({ kind, name }: CatalogueParent, region: string, createdAt: string): string {
    if (kind !== "golden") return kind === "awsManaged" ? `${name} 2026.11.18/1` : name;
    const builds = this.built.get(`${region} ${name}`) ?? [];
    const newest = builds.find(
      (one) => (one.createdAt ?? "") < createdAt && one.status === "AVAILABLE",
    );
    return `${name} ${newest?.build ?? builds.at(-1)?.build ?? "1.0.0/1"}`;
  }

  private amiId(): string {
    const digits = Array.from({ length: 17 }, () => Math.floor(this.random() * 16).toString(16));
    return `ami-${digits.join("")}`;
  }

  /** Adds what depends on channels. */
  private complete(
    blueprint: Blueprint,
    builds: readonly CatalogueBuild[],
    channels: readonly CatalogueChannel[],
  ): CatalogueBuild[] {
    const { kind, components } = blueprint;
    const shared = new Set(channels.flatMap((channel) => channel.shared));
    const examined = examinedBuilds(builds, shared);
    const completed = builds.map((build, age) => {
      const sharedIn = channels
        .filter((channel) => channel.shared.includes(build.build))
        .map(({ name }) => name);
      if (!examined.has(build.build)) return { ...build, sharedIn };
      const isFindable = kind === "image" && (age === 0 || sharedIn.length > 0);
      return {
        ...build,
        sharedIn,
        ...(isFindable && { findings: this.findings(blueprint, age, sharedIn) }),
        evidence: evidenceOf(blueprint, build),
        packages: this.packages(blueprint, build),
      };
    });
    return completed.map((build) => {
      if (build.sharedIn.length === 0) return build;
      const notes = notesOf(components, build, completed, channels, this.table.list);
      return { ...build, notes };
    });
  }

  private packages(
    { name, distribution, components }: Blueprint,
    { createdAt = "" }: CatalogueBuild,
  ): CatalogueBuild["packages"] {
    const packages = packagesAt(name, distribution, components, Date.parse(createdAt));
    return this.table.positionsOf(packages);
  }

  private findings(
    { name, distribution }: Blueprint,
    age: number,
    sharedIn: readonly string[],
  ): NonNullable<CatalogueBuild["findings"]> {
    const list = findingsAt(name, distribution, age, NOW);
    const critical = list.find(({ severity }) => severity === "critical");
    return {
      scanned: at(NOW - 5 * HOUR_MS),
      list,
      channels: [
        {
          channel: "stable",
          isShared: sharedIn.includes("stable"),
          reasons: critical
            ? ["has a finding of severity critical, and the channel allows at most high"]
            : [],
          reportOnly: false,
          exceedsLimits: critical !== undefined && sharedIn.includes("stable"),
        },
      ],
    };
  }
}

/** Returns the builds with all details: the newest, the shared ones, and those they replaced. */
function examinedBuilds(
  builds: readonly CatalogueBuild[],
  shared: ReadonlySet<string>,
): Set<string> {
  const usable = builds.filter(({ status }) => status === "AVAILABLE");
  const examined = usable.filter(({ build }, index) => {
    const newer = usable[index - 1];
    return newer === undefined || shared.has(build) || shared.has(newer.build);
  });
  return new Set(examined.map(({ build }) => build));
}

function evidenceOf(
  { name, components }: Blueprint,
  { build, parent = "" }: CatalogueBuild,
): NonNullable<CatalogueBuild["evidence"]> {
  return {
    kind: "valid",
    keyid: "5f1c6a1d0f7c9a3be4d2870b6a9c3e1f5d4b8a7690c2e1f3a5b7d9c8e6f40213",
    dependencies: [
      { name: "recipe", uri: `image-recipe/${name}/${build.split("/")[0]}` },
      { name: "parent", uri: parent },
      ...components.map((one) => ({
        name: "component",
        uri: `component/${one.name}/${one.version}`,
      })),
    ],
  };
}

function blueprintAt(index: number): Blueprint {
  const base = BLUEPRINTS[index % BLUEPRINTS.length] as Blueprint;
  const round = Math.floor(index / BLUEPRINTS.length);
  if (round === 0) return base;
  const { parent } = base;
  return {
    ...base,
    name: `${base.name}-v${round + 1}`,
    parent: parent.kind === "golden" ? golden(`${parent.name}-v${round + 1}`) : parent,
  };
}

function appAccount(index: number): CatalogueAccount {
  const round = Math.floor(index / TEAMS.length);
  const team = itemAt(TEAMS, index);
  return {
    id: String(222_200_000_000 + index * 1_010_101),
    name: round === 0 ? team : `${team}-${round + 1}`,
    kind: "app",
    units: [itemAt(UNITS, index), "ou-a1b2-00000000"],
  };
}

/** Generates a catalogue. @param isDemo - whether the page says that its content is made up */
export function exampleCatalogue(size: ExampleSize = DEMO, isDemo = true): Catalogue {
  return new Example(size).create(isDemo);
}
