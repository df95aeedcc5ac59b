import { type ArnLocation, isBuildOf, parseBuildArn } from "../../contract/build-arn";
import { isRevocationInherited } from "../../contract/revocation";
import { PARENT_TAG, REVOKED_BY_TAG } from "../../contract/tags";
import { assertTimeLeft } from "../common/deadline";
import { type Build, isUsable } from "./build";
import type { Aws, Images } from "./ports";
import { readAgain } from "./read-again";

/** Number of generations of ancestors that are looked at. */
const MAX_GENERATIONS = 10;

/**
 * Returns the ARN of the parent of a build, or what its recipe names in its place.
 *
 * Image Builder knows which build it used. The tag contains the build that the rebuilder saw when
 * it started the build: another one may have replaced it before the build began. So the tag counts
 * only where Image Builder names no build.
 *
 * @param named - what Image Builder names
 */
export function parentFrom(
  named: string | undefined,
  { tags }: Pick<Build, "tags">,
): string | undefined {
  return named !== undefined && parseBuildArn(named) ? named : (tags[PARENT_TAG] ?? named);
}

/**
 * Reads the parent of a build: see {@link parentFrom}.
 *
 * @param isAsked - whether Image Builder is asked. If not, only the tag counts.
 */
export async function parentOf(
  images: Pick<Images, "parent">,
  build: Pick<Build, "arn" | "tags">,
  isAsked: boolean,
): Promise<string | undefined> {
  return parentFrom(isAsked ? await images.parent(build.arn) : undefined, build);
}

/** Whether a build inherits a revocation, as far as its ancestors are known. */
export type Ancestry =
  | { readonly kind: "revoked"; readonly ancestor: Build }
  | { readonly kind: "not-revoked" }
  /**
   * Image Builder doesn't name the parent of the build `of`, which is the build itself or an
   * ancestor, or that parent was deleted. The build inherits nothing from the ancestors before it.
   */
  | { readonly kind: "unknown"; readonly of: string };

/**
 * Follows the ancestors of a build up to the nearest one whose revocation the build inherits. Only
 * builds of the same account and Region count.
 *
 * @param read - reads an ancestor by its ARN
 */
export async function ancestryOf(
  { images, home, now }: Pick<Aws, "images" | "home" | "now">,
  build: Build,
  hasGoldenParent: boolean,
  read: Images["build"] = images.build,
): Promise<Ancestry> {
  let descendant = build;
  for (let generation = 0; generation < MAX_GENERATIONS; generation += 1) {
    const arn = await parentOf(images, descendant, hasGoldenParent);
    const unknown = { kind: "unknown", of: descendant.arn } as const;
    if (arn === undefined) return hasGoldenParent ? unknown : { kind: "not-revoked" };
    if (!isAtHome(arn, home)) return isRangeAtHome(arn, home) ? unknown : { kind: "not-revoked" };
    const ancestor = await read(arn);
    if (!ancestor) return unknown;
    if (isRevocationInherited(ancestor.tags, now())) return { kind: "revoked", ancestor };
    descendant = ancestor;
  }
  return { kind: "unknown", of: descendant.arn };
}

/** Answers about ancestors, by their ARNs. */
type Answers = Map<string, Promise<Build | undefined>>;

/** Marks builds whose ancestors are revoked. The marks stay, whatever happens to the ancestors. */
export class InheritedRevocations {
  /** The calls to AWS. Builds that this run has marked have their mark in every answer. */
  readonly aws: Aws;
  readonly errors: unknown[] = [];
  /**
   * Builds with unknown ancestors: their ARNs, and those of the builds whose parent isn't known.
   */
  readonly unknown = new Map<string, string>();
  private readonly ancestorOf = new Map<string, string>();

  /**
   * @param hasGoldenParent - whether the image has a golden parent now. If not, only tags can name
   * the parents of builds: Image Builder isn't asked for them.
   */
  constructor(
    aws: Aws,
    private readonly hasGoldenParent: boolean,
  ) {
    this.aws = { ...aws, images: this.withMarks(aws.images) };
  }

  /** Image Builder's answers may be older than the marks. */
  private withMarks(images: Images): Images {
    const withMark = (build: Build): Build => {
      const ancestor = this.ancestorOf.get(build.arn);
      if (ancestor === undefined) return build;
      return { ...build, tags: { ...build.tags, [REVOKED_BY_TAG]: ancestor } };
    };
    return {
      ...images,
      builds: async (version) => (await images.builds(version)).map(withMark),
      build: async (arn) => {
        const build = await images.build(arn);
        return build && withMark(build);
      },
    };
  }

  /**
   * Marks those of the builds that have a revoked ancestor, and returns whether there was one. A
   * build whose ancestors can't be read isn't marked. A mark that can't be set counts in this run.
   */
  async mark(builds: readonly Build[]): Promise<boolean> {
    const before = this.ancestorOf.size;
    const answers: Answers = new Map();
    for (const build of builds) {
      if (!isUsable(build, this.aws.now())) continue;
      assertTimeLeft(this.aws);
      try {
        const ancestry = await ancestryOf(this.aws, build, this.hasGoldenParent, (arn) =>
          this.ancestor(arn, answers),
        );
        if (ancestry.kind === "unknown") this.unknown.set(build.arn, ancestry.of);
        else this.unknown.delete(build.arn);
        if (ancestry.kind !== "revoked") continue;
        const { ancestor } = ancestry;
        const revoked = ancestor.tags[REVOKED_BY_TAG] ?? ancestor.arn;
        this.ancestorOf.set(build.arn, revoked);
        await this.aws.images.markRevoked(build.arn, revoked);
      } catch (error) {
        this.errors.push(error);
      }
    }
    return this.ancestorOf.size > before;
  }

  /** Reads an ancestor once. A revocation counts only if two answers agree. */
  private ancestor(arn: string, answers: Answers): Promise<Build | undefined> {
    const known = answers.get(arn);
    if (known) return known;
    const read = async (): Promise<Build | undefined> => {
      const { images, now } = this.aws;
      const readAt = now();
      const first = await images.build(arn);
      const isRevoked = first !== undefined && isRevocationInherited(first.tags, now());
      return isRevoked ? readAgain(this.aws, arn, readAt) : first;
    };
    const answer = read();
    answers.set(arn, answer);
    return answer;
  }
}

/**
 * Returns whether an ARN is that of several builds of this account and Region, such as `…/x.x.x`.
 */
function isRangeAtHome(arn: string, { partition, region, accountId }: ArnLocation): boolean {
  return arn.startsWith(`arn:${partition}:imagebuilder:${region}:${accountId}:image/`);
}

/** Returns whether an ARN is that of a build of this account and Region. */
export function isAtHome(arn: string, home: ArnLocation): boolean {
  const build = parseBuildArn(arn);
  return build !== undefined && isBuildOf(build.image, home, arn);
}
