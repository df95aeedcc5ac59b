/**
 * Generates the catalogue of a factory that doesn't exist, for `factory catalogue --demo`, for tests
 * and for measurements. The same size gives the same catalogue.
 */

import { findingsAt, packagesAt } from "./example-content";
import { BLUEPRINTS, type Blueprint, golden, own, TEAMS } from "./example-data";
import { isApproved, notesOf } from "./example-notes";
import { PackageTable } from "./package-table";
import { grantsOf } from "./page/access";
import {
  CATALOGUE_FORMAT,
  type Catalogue,
  type CatalogueAccount,
  type CatalogueAppImage,
  type CatalogueBuild,
  type CatalogueChannel,
  type CatalogueFleet,
  type CatalogueImage,
  type CatalogueParent,
  type CatalogueRunning,
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

const NOW = Date.parse("2026-11-27T06:00:00.000Z");
const DAY_MS = 86_400_000;
const REGIONS = ["eu-west-1", "us-east-1"];
const ORGANIZATION = "o-a1b2c3d4e5";
const UNITS = ["ou-a1b2-11111111", "ou-a1b2-22222222", "ou-a1b2-33333333"];

/** Returns numbers from 0 up to 1 in an order that looks random. Mulberry32, in the public domain. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Of the channels that are called stable. */
const BAKE_HOURS = 72;

function bakeEnd({ createdAt = "" }: CatalogueBuild): number {
  return Date.parse(createdAt) + BAKE_HOURS * 3_600_000;
}

function at(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
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
      { id: "888877776666", kind: "other", isOutside: true },
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
      fleet: this.fleet(images),
      differences: [
        {
          region: "us-east-1",
          message: "web-server/stable: not deployed yet: bakeHours",
        },
      ],
      problems: [],
    };
  }

  private appImages(): CatalogueAppImage[] {
    return this.accounts
      .filter(({ kind }) => kind === "app")
      .flatMap(({ id, name = id }, index) =>
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

  /** Instances on builds that their accounts get, or got. */
  private fleet(images: readonly CatalogueImage[]): CatalogueFleet {
    const apps = this.accounts.filter(({ kind }) => kind === "app");
    const names = apps.flatMap(({ name }) => name ?? []);
    const region = "eu-west-1";
    // AWS denies access to one account, and another one isn't looked at.
    const [denied = "", hidden = ""] = names.slice(-2);
    const looked = apps.slice(0, -2);
    return {
      running: looked.flatMap((account, index) => [
        ...this.runningIn(account, index, images, region),
        ...(index % 3 === 1 ? [this.foreign(account.id, region)] : []),
      ]),
      notLookedAt: [hidden],
      notes: [
        {
          account: names[0] ?? "",
          region: "us-east-1",
          message: "the Region has no instances",
        },
      ],
      problems: [
        {
          account: denied,
          message:
            "AccessDenied: not authorized to perform sts:AssumeRole on the role of the fleet",
        },
      ],
    };
  }

  /** Instances that don't run a golden build. */
  private foreign(account: string, region: string): CatalogueRunning {
    const instances = 1 + Math.floor(this.random() * 5);
    return { account, region, state: "unknown", instances };
  }

  private runningIn(
    account: CatalogueAccount,
    index: number,
    images: readonly CatalogueImage[],
    region: string,
  ): CatalogueRunning[] {
    const granted = images.flatMap((image) => {
      const grants = grantsOf(image, { id: account.id, kind: "account", account });
      const shared = grants
        .filter(({ channel }) => channel.region === region)
        .flatMap(({ channel }) => channel.shared);
      return image.kind === "image" && shared.length > 0 ? [{ image, shared }] : [];
    });
    const rows = Math.min(this.size.rows, granted.length);
    return Array.from({ length: rows }, (_, row): CatalogueRunning | undefined => {
      const found = granted[(index * 3 + row) % granted.length];
      if (!found) return undefined;
      const { image, shared } = found;
      const usable = image.builds.filter(
        (one) => one.region === region && (one.revoked !== undefined || shared.includes(one.build)),
      );
      // One account in 40 still runs a revoked build.
      const revokedBuild = index % 40 === 2 ? usable.find(({ revoked }) => revoked) : undefined;
      const current = usable.filter(({ revoked }) => revoked === undefined);
      const build = revokedBuild ?? current[(index + row) % 3 === 0 ? 0 : row % current.length];
      if (!build) return undefined;
      const newer = current.filter(({ createdAt = "" }) => createdAt > (build.createdAt ?? ""));
      const first = newer.at(-1)?.createdAt ?? at(NOW);
      const { revoked } = build;
      return {
        account: account.id,
        region,
        image: image.name,
        build: build.build,
        state: revoked !== undefined ? "revoked" : newer.length > 0 ? "behind" : "current",
        ...(revoked === undefined &&
          newer.length > 0 && {
            behindBuilds: newer.length,
            behindDays: Math.floor((NOW - Date.parse(first)) / DAY_MS),
          }),
        ...(revoked !== undefined && { revoked }),
        instances: 3 + Math.floor(this.random() * 60),
      };
    }).filter((one) => one !== undefined);
  }

  private image(blueprint: Blueprint, index: number): CatalogueImage {
    const { name } = blueprint;
    const isShared = index % 10 !== 6;
    const regions = index % 3 === 2 ? ["eu-west-1"] : REGIONS;
    const perRegion = Math.floor(this.size.builds / regions.length);
    const all = regions.map((region) => {
      const built = this.builds(blueprint, region, perRegion, index);
      const channels = isShared ? this.channels(blueprint, region, built, index) : [];
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

  private channels(
    { kind }: Blueprint,
    region: string,
    builds: readonly CatalogueBuild[],
    index: number,
  ): CatalogueChannel[] {
    const usable = builds.filter(({ status }) => status === "AVAILABLE");
    const canary = usable.slice(0, 1).map(({ build }) => build);
    const stable = usable
      .filter((one) => isApproved(one) && bakeEnd(one) <= NOW)
      .slice(0, 3)
      .map(({ build }) => build);
    const [newest] = usable;
    const why =
      newest && !stable.includes(newest.build)
        ? [
            bakeEnd(newest) > NOW && `is in its bake time until ${at(bakeEnd(newest))}`,
            !isApproved(newest) && "isn't approved for stable",
          ].filter((part) => part !== false)
        : [];
    const isForTeams = index % 4 === 3;
    const team = this.accounts[1 + (index % Math.max(1, this.size.accounts))];
    return [
      {
        region,
        name: "canary",
        audience: [UNITS[index % UNITS.length] ?? ""],
        keep: 1,
        bakeHours: 0,
        approval: "automatic",
        desired: canary,
        shared: canary,
        waitingForApproval: [],
        differs: false,
        reasons: [],
      },
      {
        region,
        name: "stable",
        audience: isForTeams && team ? [team.id, "888877776666"] : [ORGANIZATION],
        keep: 3,
        bakeHours: BAKE_HOURS,
        approval: "required",
        maxAgeDays: 30,
        // Amazon Inspector scans no container images of Image Builder.
        ...(kind === "image" && {
          findings: {
            maxSeverity: "high",
            fixWithinDays: { critical: 3, high: 14 },
            scanWindowDays: 90,
            exceptions: [
              {
                id: "CVE-2026-18840",
                until: "2026-12-31",
                reason: "sudo isn't setuid on these hosts",
              },
            ],
            reportOnly: index % 5 === 4,
          },
        }),
        desired: stable,
        shared: stable,
        waitingForApproval: newest && !isApproved(newest) ? canary : [],
        differs: false,
        reasons: why.length > 0 ? [`${newest?.build} ${why.join(", ")}`] : [],
      },
    ];
  }

  /** Adds what depends on channels. */
  private complete(
    blueprint: Blueprint,
    builds: readonly CatalogueBuild[],
    channels: readonly CatalogueChannel[],
  ): CatalogueBuild[] {
    const { name, kind, components } = blueprint;
    const isShared = (build: string): boolean =>
      channels.some(({ shared }) => shared.includes(build));
    const usable = builds.filter(({ status }) => status === "AVAILABLE");
    const looked = new Set(
      usable
        .filter(({ build }, index) => {
          const newer = usable[index - 1];
          return index === 0 || isShared(build) || (newer !== undefined && isShared(newer.build));
        })
        .map(({ build }) => build),
    );
    const completed = builds.map((build, age) => {
      const sharedIn = channels
        .filter(({ shared }) => shared.includes(build.build))
        .map(({ name }) => name);
      if (!looked.has(build.build)) return { ...build, sharedIn };
      const isFindable = kind === "image" && (age === 0 || sharedIn.length > 0);
      return {
        ...build,
        sharedIn,
        ...(isFindable && { findings: this.findings(blueprint, age, sharedIn) }),
        evidence: {
          kind: "valid" as const,
          keyid: "5f1c6a1d0f7c9a3be4d2870b6a9c3e1f5d4b8a7690c2e1f3a5b7d9c8e6f40213",
          dependencies: [
            { name: "recipe", uri: `image-recipe/${name}/${build.build.split("/")[0]}` },
            { name: "parent", uri: build.parent ?? "" },
            ...components.map((one) => ({
              name: "component",
              uri: `component/${one.name}/${one.version}`,
            })),
          ],
        },
        packages: this.table.positionsOf(
          packagesAt(name, blueprint.distribution, components, Date.parse(build.createdAt ?? "")),
        ),
      };
    });
    return completed.map((build) =>
      build.sharedIn.length === 0
        ? build
        : {
            ...build,
            notes: notesOf(blueprint.components, build, completed, channels, this.table.list),
          },
    );
  }

  private findings(
    { name, distribution }: Blueprint,
    age: number,
    sharedIn: readonly string[],
  ): NonNullable<CatalogueBuild["findings"]> {
    const list = findingsAt(name, distribution, age, NOW);
    const critical = list.find(({ severity }) => severity === "critical");
    return {
      scanned: at(NOW - 5 * 3_600_000),
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
  const team = TEAMS[index % TEAMS.length] ?? "";
  return {
    id: String(222_200_000_000 + index * 1_010_101),
    name: round === 0 ? team : `${team}-${round + 1}`,
    kind: "app",
    units: [UNITS[index % UNITS.length] ?? "", "ou-a1b2-00000000"],
  };
}

/** Generates a catalogue. @param isDemo - whether the page says that its content is made up */
export function exampleCatalogue(size: ExampleSize = DEMO, isDemo = true): Catalogue {
  return new Example(size).create(isDemo);
}
