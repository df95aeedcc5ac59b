import { imageArn } from "../../config/aws/arns";
import { accountsOf } from "../../config/model";
import { ConfigError } from "../../config/problems";
import { buildVersionOf, parseBuildArn } from "../../contract/build-arn";
import { ec2Clients } from "../../lambda/common/ec2-clients";
import type { Build } from "../../lambda/share-updater/build";
import { associatedArns } from "../../lambda/share-updater/decide";
import { listAllBuilds } from "../../lambda/share-updater/list-builds";
import { readRam } from "../../lambda/share-updater/observe";
import type { CommandResult } from "../command";
import { type Origin, readOrigins } from "../deployed/ami-origins";
import type { Context } from "../deployed/context";
import { GoldenBuilds, type RunningBuild } from "../deployed/fleet-join";
import { assertEveryRegion, readGolden } from "../deployed/golden-builds";
import { allProblems, exitCodeOf, problemLines } from "../deployed/inspect";
import {
  describeRevocation,
  describeRevocations,
  scheduledRevocationOf,
} from "../deployed/outputs";
import { type AccountMessage, accountProblemLine } from "../deployed/read-fleet";
import { namesOf, type RegionMessage, readRegions } from "../deployed/regions";
import { parseProfiles } from "../profiles";
import { withProgress } from "../progress";
import { EXIT } from "../report";
import { table } from "../table";
import { type FoundInstance, findInstances } from "./find-instances";

/** IDs that the command accepts. */
const ID = /^(ami|i)-([0-9a-f]{8}|[0-9a-f]{17})$/;

/** Stands in the table for what couldn't be read. */
const UNREADABLE = "?";

/** An AMI or instance in the output of `which --json`. */
interface Match {
  readonly id: string;
  readonly region: string;
  /** Name of the instance's account. @default - it is an AMI */
  readonly account?: string;
  /** ID of the instance's AMI. @default - it is an AMI */
  readonly ami?: string;
  readonly image: string;
  readonly build: string;
  /** Region that built it. */
  readonly builtIn: string;
  readonly arn: string;
  /**
   * Image Builder's status of the build, or `DELETED` if Image Builder has no such build.
   * @default - it couldn't be read
   */
  readonly status?: string;
  /** Channels that share the build. @default - they couldn't be read */
  readonly sharedIn?: readonly string[];
  /** Reason of the revocation. @default - the build isn't revoked */
  readonly revoked?: string;
  /** Time and reason of a scheduled revocation. @default - none is scheduled */
  readonly revokeAt?: string;
}

/** IDs that the command looks for, and the profiles that it uses. */
interface Search {
  /** IDs of AMIs and instances. */
  readonly ids: readonly string[];
  readonly profiles?: string | undefined;
}

/**
 * Finds the builds that created AMIs, also of copies in other Regions, and the golden builds that
 * instances run.
 */
export async function which(
  contexts: readonly Context[],
  { ids: given, profiles: option }: Search,
): Promise<CommandResult> {
  const ids = [...new Set(given)];
  for (const id of ids)
    if (!ID.test(id))
      throw new ConfigError(
        `ID: must be the ID of an AMI or instance, such as ami-0123456789abcdef0 or i-0123456789abcdef0, got: ${id}`,
      );
  const accounts = contexts[0] ? accountsOf(contexts[0].factory) : [];
  const profiles = parseProfiles(
    option,
    accounts.map(({ name }) => name),
  );
  const instanceIds = ids.filter((id) => id.startsWith("i-"));
  if (instanceIds.length > 0) assertEveryRegion(contexts, "the ID of an instance");
  const found = await findInstances(contexts, instanceIds, profiles);
  const amis = ids.filter((id) => id.startsWith("ami-"));
  const known = await findAmis(
    contexts,
    amis,
    found.instances.map(({ ami }) => ami),
  );
  const located = await matchInstances(contexts, found.instances, known.matches);
  const matches = [...known.matches.filter(({ id }) => ids.includes(id)), ...located.matches].sort(
    (one, other) => ids.indexOf(one.id) - ids.indexOf(other.id),
  );
  const notFound = ids.filter((id) => !matches.some((match) => match.id === id));
  const unread = [...known.problems, ...located.problems];
  const problems = [...unread, ...found.problems];
  return {
    text: [
      ...render(matches),
      ...notFound.map((id) =>
        describeMissing(known.searched, id, found.instances, located.unplaced),
      ),
      ...problemLines(unread),
      ...found.problems.map(accountProblemLine),
    ].join("\n"),
    data: { found: matches, notFound, notes: notesOf(found.instances, notFound), problems },
    exitCode: problems.length > 0 ? EXIT.error : exitCodeOf([], notFound.length > 0),
  };
}

/** Returns why it isn't known which builds instances run. */
function notesOf(
  instances: readonly FoundInstance[],
  notFound: readonly string[],
): AccountMessage[] {
  return instances.flatMap(({ id, account, region, unread }) =>
    unread === undefined || !notFound.includes(id)
      ? []
      : [{ account, region, message: `${id}: ${unread}` }],
  );
}

interface KnownAmis {
  readonly matches: readonly Match[];
  readonly problems: readonly RegionMessage[];
  /** Regions in which all builds were searched. */
  readonly searched: readonly Context[];
}

/**
 * Finds the builds of AMIs, and those of instances' AMIs as far as tags name them.
 *
 * @param ofInstances - IDs of the instances' AMIs
 */
async function findAmis(
  contexts: readonly Context[],
  ids: readonly string[],
  ofInstances: readonly string[],
): Promise<KnownAmis> {
  const all = [...new Set([...ids, ...ofInstances])];
  if (all.length === 0) return { matches: [], problems: [], searched: contexts };
  const tagged = await withProgress("reading AMIs", readTags(contexts, all));
  const untagged = ids.filter((id) => !tagged.origins.some((origin) => origin.id === id));
  const readings = await readRegions(contexts, async (context) => {
    // A deregistered AMI has no tags, but its build still names it.
    const { origins, problems } = await searchBuilds(context, untagged);
    const own = imageAmisOf(context, tagged.origins);
    const found = await Promise.all(
      [...own, ...origins].map((origin) => describe(context, origin)),
    );
    return {
      matches: found.map(({ match }) => match),
      problems: [...problems, ...found.flatMap((one) => one.problems)],
    };
  });
  return {
    matches: readings.results.flatMap(({ value }) => value.matches),
    problems: [...tagged.problems, ...allProblems(readings)],
    searched: readings.results.map(({ context }) => context),
  };
}

/** The builds that instances run. */
interface Located extends Pick<KnownAmis, "matches" | "problems"> {
  /** Builds that aren't known in a Region, such as deleted ones of a copy, by the instance's ID. */
  readonly unplaced: ReadonlyMap<string, RunningBuild>;
}

/**
 * Returns the builds that instances run: by the tags of their AMIs, or else as `fleet` finds them.
 * For the latter, all builds are listed.
 */
async function matchInstances(
  contexts: readonly Context[],
  instances: readonly FoundInstance[],
  known: readonly Match[],
): Promise<Located> {
  const matchOf = ({ ami }: FoundInstance): Match | undefined => known.find(({ id }) => id === ami);
  const matches = instances.flatMap((instance) => {
    const match = matchOf(instance);
    return match ? [{ ...match, ...placeOf(instance) }] : [];
  });
  const others = instances.filter((instance) => !matchOf(instance));
  const [first] = contexts;
  const unplaced = new Map<string, RunningBuild>();
  if (!first || others.length === 0) return { matches, unplaced, problems: [] };
  const golden = await readGolden(contexts);
  const builds = new GoldenBuilds(first.home.accountId, golden, first.aws.now());
  const problems: RegionMessage[] = [...golden.problems];
  for (const instance of others) {
    const running = builds.locate(instance, instance.parents);
    const context = contexts.find(({ region }) => region === running?.builtIn);
    if (running && !context) unplaced.set(instance.id, running);
    if (!running || !context) continue;
    const { id, region } = instance;
    const arn = imageArn(context.home, running.image, running.build);
    const found = await describe(context, { id, region, arn, image: running.image });
    matches.push({ ...found.match, ...placeOf(instance) });
    problems.push(...found.problems.map((message) => ({ region: context.region, message })));
  }
  return { matches, unplaced, problems };
}

function placeOf({
  id,
  account,
  region,
  ami,
}: FoundInstance): Pick<Match, "id" | "account" | "region" | "ami"> {
  return { id, account, region, ami };
}

interface Tagged {
  readonly origins: readonly Origin[];
  readonly problems: readonly RegionMessage[];
}

/** Reads the tags that Image Builder sets on AMIs and their copies, also on disabled ones. */
async function readTags(contexts: readonly Context[], ids: readonly string[]): Promise<Tagged> {
  const clientOf = ec2Clients();
  const regions = [...new Set(contexts.flatMap(amiRegions))];
  const settled = await Promise.allSettled(
    regions.map((region) => readOrigins(clientOf(region), region, ids)),
  );
  const problems = regions.flatMap((region, index) => {
    const result = settled[index];
    return result?.status === "rejected"
      ? [{ region, message: (result.reason as Error).message }]
      : [];
  });
  const origins = settled.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
  return { origins, problems };
}

/** Returns the Regions in which builds of a Region have AMIs. */
function amiRegions({ buildables, region }: Context): string[] {
  const copies = buildables.flatMap((one) => (one.kind === "image" ? one.copyToRegions : []));
  return [...new Set([region, ...copies])];
}

/** An AMI, and the image that its build belongs to. */
interface ImageAmi extends Origin {
  /** Name of the image. */
  readonly image: string;
}

/** Returns the AMIs whose builds are in a Region. */
function imageAmisOf({ home }: Context, origins: readonly Origin[]): ImageAmi[] {
  return origins.flatMap((origin) => {
    const build = parseBuildArn(origin.arn);
    const isOwn = build?.accountId === home.accountId && build.region === home.region;
    return isOwn ? [{ ...origin, image: build.image }] : [];
  });
}

/** Searches all builds of a Region for AMIs. */
async function searchBuilds(
  context: Context,
  ids: readonly string[],
): Promise<{ readonly origins: readonly ImageAmi[]; readonly problems: readonly string[] }> {
  const origins: ImageAmi[] = [];
  const problems: string[] = [];
  if (ids.length === 0) return { origins, problems };
  for (const { name, kind } of context.buildables) {
    if (kind !== "image") continue;
    const { builds, errors } = await listAllBuilds(context.aws, name);
    for (const { arn, amis } of builds)
      origins.push(
        ...amis
          .filter(({ id }) => ids.includes(id))
          .map(({ id, region }) => ({ id, region, arn, image: name })),
      );
    problems.push(...errors.map((error) => (error as Error).message));
  }
  return { origins, problems };
}

/** Describes an AMI by what can be read: at least by its image and build. */
async function describe(
  context: Context,
  { id, region, arn, image }: ImageAmi,
): Promise<{ readonly match: Match; readonly problems: readonly string[] }> {
  const [build, sharedIn] = await Promise.allSettled([
    context.aws.images.build(arn),
    channelsWith(context, image, arn),
  ]);
  const match = { id, region, image, build: buildVersionOf(arn), builtIn: context.region, arn };
  return {
    match: {
      ...match,
      ...(build.status === "fulfilled" && stateOf(context, build.value)),
      ...(sharedIn.status === "fulfilled" && { sharedIn: sharedIn.value }),
    },
    problems: [build, sharedIn].flatMap((result) =>
      result.status === "rejected" ? [(result.reason as Error).message] : [],
    ),
  };
}

function stateOf(
  { aws }: Context,
  build: Build | undefined,
): Pick<Match, "status" | "revoked" | "revokeAt"> {
  if (!build) return { status: "DELETED" };
  const revoked = describeRevocation(build, aws.now());
  const revokeAt = scheduledRevocationOf(build, aws.now());
  return {
    status: build.status,
    ...(revoked !== undefined && { revoked }),
    ...(revokeAt !== undefined && { revokeAt }),
  };
}

/** Returns the channels of an image whose shares contain a build. */
async function channelsWith(context: Context, image: string, arn: string): Promise<string[]> {
  const channels = await context.channels(image);
  const { associations } = await readRam(context.aws.ram, channels);
  return channels
    .filter(({ share }) => associatedArns(associations.get(share) ?? []).includes(arn))
    .map(({ name }) => name);
}

function render(matches: readonly Match[]): string[] {
  if (matches.length === 0) return [];
  const hasInstances = matches.some(({ account }) => account !== undefined);
  const rows = matches.map((match) => [
    match.id,
    ...(hasInstances ? [match.account ?? "-"] : []),
    match.region,
    match.image,
    match.build,
    match.builtIn,
    match.status ?? UNREADABLE,
    match.sharedIn ? match.sharedIn.join(" ") || "-" : UNREADABLE,
    match.status === undefined ? UNREADABLE : describeRevocations(match),
  ]);
  const first = hasInstances ? ["ID", "account"] : ["AMI"];
  const others = ["Region", "image", "build", "built in", "status", "shared in", "revoked"];
  return [table([[...first, ...others], ...rows])];
}

function describeMissing(
  contexts: readonly Context[],
  id: string,
  instances: readonly FoundInstance[],
  unplaced: Located["unplaced"],
): string {
  const account = contexts[0]?.home.accountId;
  if (id.startsWith("ami-"))
    return `${id} isn't an AMI of a build of the shared account ${account} in ${namesOf(contexts)}`;
  const found = instances.find((one) => one.id === id);
  const build = unplaced.get(id);
  const why = found?.unread === undefined ? "" : `: ${found.unread}`;
  const known = build
    ? `based on ${build.image} ${build.build}, which wasn't found in ${namesOf(contexts)}`
    : `which isn't known to be based on a golden build${why}`;
  return found
    ? `${id} in ${found.account}, ${found.region} runs ${found.ami}, ${known}`
    : `${id} isn't an instance of the shared account ${account}, or of an app account with fleet: true or a profile`;
}
