/** Reads the content of the catalogue from AWS, as the commands for single images do. */

import type {
  Catalogue,
  CatalogueBuild,
  CatalogueChannel,
  CatalogueEvidence,
  CatalogueImage,
} from "../../catalogue/schema";
import { CATALOGUE_FORMAT } from "../../catalogue/schema";
import type { TrustedKey } from "../../config/trusted-keys";
import { newestFirst } from "../../contract/build-arn";
import { batchesOf } from "../../lambda/common/batches";
import { imageBuilderAdapter } from "../../lambda/recorder/adapters/image-builder";
import type { Build } from "../../lambda/share-updater/build";
import { channelsOf } from "../../lambda/share-updater/channel";
import { type ObservedChannel, type RamState, readRam } from "../../lambda/share-updater/observe";
import { version } from "../../package.json";
import { reportOf } from "../day-two/builds";
import type { Context } from "../day-two/context";
import { undeployedChanges } from "../day-two/deployed-manifest";
import { reasonsOf } from "../day-two/explain";
import { allProblems, type Inspection, inspect, mismatchLines } from "../day-two/inspect";
import { shortName } from "../day-two/outputs";
import { type RegionMessage, readRegions } from "../day-two/regions";
import { statusOf } from "../day-two/status";
import { describeKnownError } from "../report";
import { findingsOf, relevantBuilds } from "../trust/findings";
import { type Verdict, verdictOfBuild } from "../trust/verify";
import { accountsOf, appImagesOf, describeImage } from "./describe";
import { PackageTable } from "./package-table";

/** Number of images of a Region, and of builds of an image, that are read at the same time. */
const CONCURRENT_IMAGES = 4;
const CONCURRENT_BUILDS = 8;

/** The channels and builds of an image in a Region. */
interface ImageReading {
  readonly name: string;
  readonly channels: readonly CatalogueChannel[];
  readonly builds: readonly CatalogueBuild[];
}

interface RegionReading {
  readonly images: readonly ImageReading[];
  readonly differences: readonly string[];
  readonly problems: readonly string[];
}

/**
 * Reads the catalogue. An image or Region that can't be read doesn't hide the others: it is among
 * the problems. Throws the errors if no Region can be read.
 *
 * @param keys - keys whose statements are trusted. If there are none, no statement is verified.
 */
export async function gatherCatalogue(
  contexts: readonly Context[],
  keys: readonly TrustedKey[],
): Promise<Catalogue> {
  const packages = new PackageTable();
  const readings = await readRegions(contexts, (context) => readRegion(context, keys, packages));
  const [first] = contexts;
  if (!first) throw new Error("a factory has a Region");
  const { factory, aws } = first;
  const { results } = readings;
  const images = [...factory.shared.images, ...factory.shared.containers].map((image) => {
    const found = results.flatMap(({ value }) =>
      value.images.filter(({ name }) => name === image.name),
    );
    return {
      ...describeImage(image),
      channels: found.flatMap(({ channels }) => channels),
      builds: found.flatMap(({ builds }) => builds),
    };
  });
  const differences: RegionMessage[] = results.flatMap(({ context: { region }, value }) =>
    value.differences.map((message) => ({ region, message })),
  );
  return {
    format: CATALOGUE_FORMAT,
    generatedAt: new Date(aws.now()).toISOString(),
    version,
    organization: factory.organization.id,
    regions: contexts.map(({ region }) => region),
    accounts: await accountsOf(factory, audienceOf(images), first.region),
    images,
    appImages: appImagesOf(factory),
    packages: packages.list,
    differences,
    problems: allProblems(readings),
  };
}

function audienceOf(images: readonly CatalogueImage[]): string[] {
  return images.flatMap(({ channels }) => channels.flatMap(({ audience }) => audience));
}

async function readRegion(
  context: Context,
  keys: readonly TrustedKey[],
  packages: PackageTable,
): Promise<RegionReading> {
  const manifest = await context.manifest();
  const names = context.buildables.map(({ name }) => name);
  const ram = await readRam(
    context.aws.ram,
    names.flatMap((name) => channelsOf(manifest, name)),
  );
  const differences = undeployedChanges(context.factory, context.home, manifest);
  const problems: string[] = [];
  const reader = new ImageReader(context, ram, keys, packages, differences, problems);
  const images: ImageReading[] = [];
  for (const batch of batchesOf(names, CONCURRENT_IMAGES))
    images.push(...(await Promise.all(batch.map((name) => reader.read(name)))));
  return { images, differences, problems };
}

class ImageReader {
  /**
   * @param differences - gets how shares differ from the manifest
   * @param problems - gets errors while reading
   */
  constructor(
    private readonly context: Context,
    private readonly ram: RamState,
    private readonly keys: readonly TrustedKey[],
    private readonly packages: PackageTable,
    private readonly differences: string[],
    private readonly problems: string[],
  ) {}

  async read(name: string): Promise<ImageReading> {
    const inspection = await this.attempt(name, () =>
      inspect(this.context, name, { full: true, ram: this.ram }),
    );
    if (!inspection) return { name, channels: [], builds: [] };
    this.problems.push(...inspection.problems);
    const builds = inspection.builds.toSorted((one, other) => newestFirst(one.arn, other.arn));
    const withFindings = new Set(relevantBuilds(inspection).map(({ arn }) => arn));
    const withPackages = packagedBuilds(builds, withFindings);
    const entries: CatalogueBuild[] = [];
    for (const batch of batchesOf(builds, CONCURRENT_BUILDS)) {
      const read = batch.map((build) =>
        this.attempt(shortName(build.arn), () =>
          this.build(build, inspection, withFindings.has(build.arn), withPackages.has(build.arn)),
        ),
      );
      entries.push(...(await Promise.all(read)).flatMap((entry) => entry ?? []));
    }
    const channels = inspection.channels.map((channel) => this.channel(name, channel, inspection));
    return { name, channels, builds: entries };
  }

  /** Returns `undefined` after an error of AWS, which becomes a problem. */
  private async attempt<T>(subject: string, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      const message = describeKnownError(error);
      if (message === undefined) throw error;
      this.problems.push(`${subject}: ${message}`);
      return undefined;
    }
  }

  private channel(
    name: string,
    observed: ObservedChannel,
    inspection: Inspection,
  ): CatalogueChannel {
    const { channel } = observed;
    const { region, desired, shared, differs, waitingForApproval } = statusOf(
      this.context,
      name,
      observed,
      inspection,
    );
    this.differences.push(
      ...mismatchLines(observed).map((line) => `${name}/${channel.name}: ${line}`),
    );
    return {
      region,
      name: channel.name,
      audience: channel.audience.map((principal) => principal.split("/").at(-1) ?? principal),
      keep: channel.keep,
      bakeHours: channel.bakeHours,
      approval: channel.approval,
      maxAgeDays: channel.maxAgeDays,
      findings: channel.findings,
      desired,
      shared,
      waitingForApproval,
      differs,
      reasons: reasonsOf(observed, inspection, this.context.aws.now()),
    };
  }

  private async build(
    build: Build,
    inspection: Inspection,
    hasFindings: boolean,
    hasPackages: boolean,
  ): Promise<CatalogueBuild> {
    const listed = await reportOf(this.context, build, inspection.channels);
    const { ageHours: _, findings: _summary, ...report } = listed;
    return {
      ...report,
      ...(!Number.isNaN(build.createdAt) && {
        createdAt: new Date(build.createdAt).toISOString(),
      }),
      ...(hasFindings && { findings: await this.findings(build, inspection) }),
      ...(hasPackages && { packages: await this.content(build) }),
      ...(hasPackages && { evidence: await this.evidence(build) }),
    };
  }

  private async findings(
    build: Build,
    inspection: Inspection,
  ): Promise<CatalogueBuild["findings"]> {
    const found = await this.attempt(shortName(build.arn), () =>
      findingsOf(this.context, build, inspection),
    );
    return found && { scanned: found.scanned, list: found.findings, channels: found.channels };
  }

  /** Returns the packages of a build; `undefined` if Image Builder lists none. */
  private async content(build: Build): Promise<CatalogueBuild["packages"]> {
    const { packages: list } = imageBuilderAdapter(this.context.imageBuilder);
    const found = (await this.attempt(shortName(build.arn), () => list(build.arn))) ?? [];
    return found.length === 0 ? undefined : this.packages.positionsOf(found);
  }

  /** Verifies the statement about a build; returns `undefined` if no key is trusted. */
  private async evidence(build: Build): Promise<CatalogueBuild["evidence"]> {
    const { home, factory } = this.context;
    if (!factory.evidence || this.keys.length === 0) return undefined;
    const verdict = await this.attempt(shortName(build.arn), () =>
      verdictOfBuild(home, build, this.keys),
    );
    return verdict && evidenceOf(verdict);
  }
}

/** Returns the relevant builds, and the usable build before each of the shared ones. */
function packagedBuilds(builds: readonly Build[], relevant: ReadonlySet<string>): Set<string> {
  const usable = builds.filter(({ status }) => status === "AVAILABLE");
  const before = usable.filter((_, index) => relevant.has(usable[index - 1]?.arn ?? ""));
  return new Set([...relevant, ...before.map(({ arn }) => arn)]);
}

function evidenceOf(verdict: Verdict): CatalogueEvidence {
  switch (verdict.kind) {
    case "valid": {
      const { statement, keyid } = verdict.verified;
      const { resolvedDependencies } = statement.predicate.buildDefinition;
      const dependencies = resolvedDependencies.flatMap(({ name, uri }) =>
        name !== undefined && uri !== undefined ? [{ name, uri }] : [],
      );
      return { kind: "valid", keyid, dependencies };
    }
    case "invalid":
      return { kind: "invalid", reason: verdict.reason };
    case "missing":
      return { kind: "missing" };
    default:
      return verdict satisfies never;
  }
}
