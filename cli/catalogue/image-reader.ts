/** Reads a golden image or container in a Region, as the commands for single images do. */
import type { PackageTable } from "../../catalogue/package-table";
import type {
  CatalogueBuild,
  CatalogueChannel,
  CatalogueEvidence,
  CatalogueNote,
} from "../../catalogue/schema";
import type { TrustedKey } from "../../config/trusted-keys";
import { newestFirst } from "../../contract/build-arn";
import { countChanges } from "../../contract/packages";
import { batchesOf } from "../../lambda/common/batches";
import type { NoteReader } from "../../lambda/recorder/publish-notes";
import type { Build } from "../../lambda/share-updater/build";
import { parentOf } from "../../lambda/share-updater/inherited-revocation";
import type { ObservedChannel, RamState } from "../../lambda/share-updater/observe";
import type { Images } from "../../lambda/share-updater/ports";
import { reportOf } from "../day-two/builds";
import { reasonsOf } from "../day-two/explain";
import { statusOf } from "../day-two/status";
import { type UnknownAncestors, unknownAncestorsOf } from "../deployed/ancestors";
import type { Context } from "../deployed/context";
import { type GoldenImages, goldenImageOf } from "../deployed/golden-builds";
import { type Inspection, inspect, mismatchLines, sharedBuilds } from "../deployed/inspect";
import { shortName } from "../deployed/outputs";
import { readOnce } from "../read-once";
import { describeOrThrow } from "../report";
import { findingsOf, relevantBuilds } from "../trust/findings";
import { buildBefore, type ChannelNotes, channelNotes, noteReader } from "../trust/notes";
import { type Verdict, verdictOfBuild } from "../trust/verify";

/** Number of builds of an image that are read at the same time. */
const CONCURRENT_BUILDS = 8;

/** Sources that the readers of a Region's images share. */
export interface RegionSources {
  readonly context: Context;
  readonly ram: RamState;
  /** Reads each build and its parent once: images have ancestors in common. */
  readonly images: Images;
  /** Keys whose statements are trusted. */
  readonly keys: readonly TrustedKey[];
  readonly packages: PackageTable;
  /** Gets how shares differ from the manifest. */
  readonly differences: string[];
  /** Gets errors while reading. */
  readonly problems: string[];
}

/** The channels and builds of an image in a Region. */
export interface ImageReading {
  readonly name: string;
  readonly channels: readonly CatalogueChannel[];
  readonly builds: readonly CatalogueBuild[];
  /** Why channels, builds or reasons may be missing. Empty if all were read. */
  readonly unread: readonly string[];
  /** Golden images that instances may run. */
  readonly golden: GoldenImages;
}

/** Parts of a build that can be unread although the build isn't. */
type Part = keyof NonNullable<CatalogueBuild["unread"]>;

/** Which parts of which builds the catalogue contains. ARNs. */
interface Selection {
  readonly findings: ReadonlySet<string>;
  /** Also those whose statements are verified. */
  readonly packages: ReadonlySet<string>;
  /** Builds whose ancestors are read. Of the others, only a tag names the parent. */
  readonly ancestors: ReadonlySet<string>;
}

/** Stands for what a build is based on until that is read. */
const NO_ORIGIN = { parent: "-" };

export class ImageReader {
  /** AWS as the updater uses it. What was found in an AMI is read once. */
  private readonly aws: Context["aws"];
  private readonly noteReader: NoteReader;
  private readonly unknownAncestors: Promise<UnknownAncestors>;

  constructor(
    private readonly sources: RegionSources,
    private readonly name: string,
  ) {
    const { context, images } = sources;
    const { home, imageBuilder, aws } = context;
    const { amis } = aws;
    this.aws = {
      ...aws,
      images,
      amis: {
        ...amis,
        scans: readOnce((ids) => ids.join(), amis.scans),
        findings: readOnce(({ id }) => id, amis.findings),
      },
    };
    const reader = noteReader({ home, imageBuilder, aws: this.aws });
    this.noteReader = {
      ...reader,
      imageBuilder: {
        build: readOnce((arn) => arn, reader.imageBuilder.build),
        packages: readOnce((arn) => arn, reader.imageBuilder.packages),
      },
    };
    const manifest = () => context.manifest();
    this.unknownAncestors = unknownAncestorsOf({ aws: this.aws, manifest }, name);
  }

  async read(): Promise<ImageReading> {
    const { context, ram } = this.sources;
    const unread: string[] = [];
    const inspection = await this.attempt(
      this.name,
      () => inspect(context, this.name, { full: true, ram }),
      (message) => unread.push(message),
    );
    if (!inspection)
      return { name: this.name, channels: [], builds: [], unread, golden: this.unknownBuilds() };
    for (const problem of inspection.problems) this.report(problem);
    unread.push(...inspection.problems);
    const builds = inspection.builds.toSorted((one, other) => newestFirst(one.arn, other.arn));
    const selection = this.select(builds, inspection);
    const entries: CatalogueBuild[] = [];
    for (const batch of batchesOf(builds, CONCURRENT_BUILDS)) {
      const read = batch.map((build) =>
        this.attempt(
          shortName(build.arn),
          () => this.build(build, inspection, selection),
          (message) => unread.push(`${shortName(build.arn)}: ${message}`),
        ),
      );
      entries.push(...(await Promise.all(read)).flatMap((entry) => entry ?? []));
    }
    const channels = inspection.channels.map((channel) => this.channel(channel, inspection));
    return { name: this.name, channels, builds: entries, unread, golden: this.golden(inspection) };
  }

  private golden({ listed, channels }: Inspection): GoldenImages {
    return goldenImageOf(this.sources.context, this.name, listed, channels);
  }

  private unknownBuilds(): GoldenImages {
    const { region } = this.sources.context;
    const list = { image: this.name, region, isInFile: true };
    return {
      builds: [],
      channels: [],
      lists: [{ ...list, isComplete: false, areSharesKnown: false }],
    };
  }

  /**
   * Findings: of the builds that matter for channels. Packages: also of those that release notes
   * compare them with, and of the usable build before each. Ancestors: of all builds down to these.
   */
  private select(builds: readonly Build[], inspection: Inspection): Selection {
    const relevant = new Set(relevantBuilds(inspection).map(({ arn }) => arn));
    const usable = builds.filter(({ status }) => status === "AVAILABLE");
    const before = usable.filter((_, index) => relevant.has(usable[index - 1]?.arn ?? ""));
    const compared = inspection.channels.flatMap((observed) =>
      sharedBuilds(observed).flatMap(
        (arn) => buildBefore(arn, observed, inspection, this.aws.now()) ?? [],
      ),
    );
    const packages = new Set([...relevant, ...before.map(({ arn }) => arn), ...compared]);
    const oldest = builds.findLastIndex(({ arn }) => packages.has(arn));
    const ancestors = new Set(builds.slice(0, oldest + 1).map(({ arn }) => arn));
    // Amazon ECR has the findings of containers.
    const isContainer = this.sources.context.image(this.name).kind === "container";
    return { findings: isContainer ? new Set() : relevant, packages, ancestors };
  }

  /** Returns `undefined` after an error of AWS, which becomes a problem. */
  private async attempt<T>(
    subject: string,
    read: () => Promise<T>,
    onError: (message: string) => void,
  ): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      const message = describeOrThrow(error);
      onError(message);
      this.report(`${subject}: ${message}`);
      return undefined;
    }
  }

  /** Reports a problem once: several parts of a build or images can need what can't be read. */
  private report(problem: string): void {
    const { problems } = this.sources;
    if (!problems.includes(problem)) problems.push(problem);
  }

  private channel(observed: ObservedChannel, inspection: Inspection): CatalogueChannel {
    const { channel } = observed;
    const { context, differences } = this.sources;
    const { region, desired, shared, differs, waitingForApproval } = statusOf(
      context,
      this.name,
      observed,
      inspection,
    );
    differences.push(
      ...mismatchLines(observed).map((line) => `${this.name}/${channel.name}: ${line}`),
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
      reasons: reasonsOf(observed, inspection, this.aws.now()),
    };
  }

  private async build(
    build: Build,
    inspection: Inspection,
    selection: Selection,
  ): Promise<CatalogueBuild> {
    const {
      ageHours: _,
      findings: _summary,
      parent: _parent,
      ...report
    } = reportOf(this.sources.context, build, inspection.channels, NO_ORIGIN);
    const unread: Partial<Record<Part, string>> = {};
    const read = <T>(part: Part, call: () => Promise<T>): Promise<T | undefined> =>
      this.attempt(shortName(build.arn), call, (message) => {
        unread[part] = message;
      });
    const hasPackages = selection.packages.has(build.arn);
    const parts = {
      ...(selection.findings.has(build.arn) && {
        findings: await read("findings", () => this.findings(build, inspection)),
      }),
      ...(hasPackages && { packages: await read("packages", () => this.content(build)) }),
      ...(hasPackages && { evidence: await read("evidence", () => this.evidence(build)) }),
      ...(report.sharedIn.length > 0 && {
        notes: await read("notes", () => this.notes(build, inspection)),
      }),
    };
    return {
      ...report,
      ...(await read("parent", () => this.origin(build, selection))),
      ...(!Number.isNaN(build.createdAt) && {
        createdAt: new Date(build.createdAt).toISOString(),
      }),
      ...parts,
      ...(Object.keys(unread).length > 0 && { unread }),
    };
  }

  /**
   * Returns the parent of a build, and the build whose parent isn't known, by their short names.
   */
  private async origin(
    build: Build,
    { ancestors }: Selection,
  ): Promise<Pick<CatalogueBuild, "parent" | "unknownParentOf">> {
    const isAsked = ancestors.has(build.arn);
    const parent = await parentOf(this.aws.images, build, isAsked);
    if (!isAsked) return parent === undefined ? {} : { parent: shortName(parent) };
    const unknown = await (await this.unknownAncestors)(build);
    return {
      parent: shortName(parent ?? "-"),
      ...(unknown !== undefined && { unknownParentOf: shortName(unknown) }),
    };
  }

  private async findings(
    build: Build,
    inspection: Inspection,
  ): Promise<CatalogueBuild["findings"]> {
    const { region } = this.sources.context;
    const found = await findingsOf({ aws: this.aws, region }, build, inspection);
    return { scanned: found.scanned, list: found.findings, channels: found.channels };
  }

  /** Returns the packages of a build; `undefined` if Image Builder lists none. */
  private async content({ arn }: Build): Promise<CatalogueBuild["packages"]> {
    const found = await this.noteReader.imageBuilder.packages(arn);
    return found.length === 0 ? undefined : this.sources.packages.positionsOf(found);
  }

  /** Verifies the statement about a build; returns `undefined` if no key is trusted. */
  private async evidence(build: Build): Promise<CatalogueBuild["evidence"]> {
    const { context, keys } = this.sources;
    if (!context.factory.evidence || keys.length === 0) return undefined;
    return evidenceOf(await verdictOfBuild(context.home, build, keys));
  }

  /** Returns the release notes of the channels that share a build. */
  private async notes({ arn }: Build, inspection: Inspection): Promise<CatalogueNote[]> {
    const channels = inspection.channels.filter((observed) => sharedBuilds(observed).includes(arn));
    const found = channels.map((observed) =>
      channelNotes(this.noteReader, arn, observed, inspection),
    );
    return (await Promise.all(found)).map(noteOf);
  }
}

/** Returns release notes without what the catalogue already contains, such as packages. */
function noteOf({ channel, compared }: ChannelNotes): CatalogueNote {
  const { from, revocation, recipe, parent, components, packages, findings } = compared;
  return {
    channel: channel.name,
    approval: channel.approval,
    from,
    revocation,
    recipe: { from: recipe.from, to: recipe.to },
    parent: { from: parent.from, to: parent.to },
    components,
    packages: packages && countChanges(packages),
    findings,
  };
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
