import { buildArn, buildVersionOf, newestFirst } from "../../../contract/build-arn";
import { SEVERITIES } from "../../../contract/findings";
import { comparePackages, type Package, type PackageDifference } from "../../../contract/packages";

/** A finding of Amazon Inspector. */
export interface NotedFinding {
  /** Begins with the vulnerability, such as `CVE-2026-1234 - openssl`. */
  readonly title: string;
  readonly severity: string;
}

/** A build, with what release notes compare. */
export interface NotedBuild {
  readonly arn: string;
  /** ARN of the recipe. */
  readonly recipe?: string | undefined;
  /** The parent: an ARN of a build, an AMI ID or a container image. */
  readonly parent?: string | undefined;
  /** ARNs. @default - the build was deleted */
  readonly components?: readonly string[] | undefined;
  /** @default - Image Builder doesn't list them */
  readonly packages?: readonly Package[] | undefined;
  /** Whether it pushed container images, whose findings are in Amazon ECR. @default false */
  readonly isContainer?: boolean;
  /** @default - the build has no AMI, or Amazon Inspector didn't scan it */
  readonly findings?: readonly NotedFinding[] | undefined;
  /** Why the build is revoked. @default - it isn't */
  readonly revocation?: string | undefined;
}

/** A value in the earlier build and in the later one. */
export interface ValueChange {
  readonly name: string;
  /** @default - the earlier build lacks it */
  readonly from?: string | undefined;
  /** @default - the later build lacks it */
  readonly to?: string | undefined;
}

/** The number of findings of a severity. */
export interface FindingCount {
  readonly severity: string;
  readonly count: number;
}

/** The findings in two builds. */
export interface FindingDifference {
  /** The highest severity first. @default - the earlier build wasn't scanned */
  readonly before?: readonly FindingCount[] | undefined;
  /** The highest severity first. @default - the later build wasn't scanned */
  readonly after?: readonly FindingCount[] | undefined;
  /** Findings in the later build only. Empty unless both were scanned. */
  readonly added: readonly NotedFinding[];
  /** Findings in the earlier build only. Empty unless both were scanned. */
  readonly removed: readonly NotedFinding[];
}

/** How a build differs from an earlier one. */
export interface ReleaseNotes {
  readonly image: string;
  readonly region: string;
  /** The build, such as `1.0.3/2`. */
  readonly to: string;
  /** The build that it is compared with. @default - there was none */
  readonly from?: string | undefined;
  /** Whether `from` has the higher version: the channel went back to an older build. */
  readonly isOlder: boolean;
  /** Why `from` is revoked. @default - it isn't */
  readonly revocation?: string | undefined;
  /** Versions of the recipe. */
  readonly recipe: ValueChange;
  readonly parent: ValueChange;
  /**
   * Components with other versions, and those that only one build has. Sorted by name.
   * @default - there is no earlier build, or it was deleted
   */
  readonly components?: readonly ValueChange[] | undefined;
  /** Number of packages in the later build. @default - Image Builder doesn't list them */
  readonly packageCount?: number | undefined;
  /** @default - Image Builder doesn't list the packages of one of the builds */
  readonly packages?: PackageDifference | undefined;
  /** @default - it is a container, whose findings are in Amazon ECR */
  readonly findings?: FindingDifference | undefined;
}

/**
 * Compares a build with the one that its channel shared before.
 *
 * @param from - `undefined` if the channel shared no build
 */
export function releaseNotes(from: NotedBuild | undefined, to: NotedBuild): ReleaseNotes {
  const { image, region } = buildArn(to.arn);
  return {
    image,
    region,
    to: buildVersionOf(to.arn),
    from: from && buildVersionOf(from.arn),
    isOlder: from !== undefined && newestFirst(from.arn, to.arn) < 0,
    revocation: from?.revocation,
    recipe: { name: "recipe", from: recipeVersion(from), to: recipeVersion(to) },
    parent: { name: "parent", from: from && parentName(from), to: parentName(to) },
    components:
      from?.components && to.components && compareComponents(from.components, to.components),
    packageCount: to.packages?.length,
    packages: from?.packages && to.packages && comparePackages(from.packages, to.packages),
    findings: to.isContainer ? undefined : compareFindings(from?.findings, to.findings),
  };
}

function recipeVersion(build: NotedBuild | undefined): string | undefined {
  return build?.recipe?.split("/")[2];
}

/** Returns an image without the account and Region of its ARN, such as `base/1.0.3/2`. */
function parentName({ parent }: NotedBuild): string | undefined {
  return parent?.replace(/^arn:[^/]*:image\//, "");
}

/** Returns the versions of components by their names, which contain the account of others. */
function componentVersions(arns: readonly string[]): Map<string, string> {
  return new Map(
    arns.map((arn) => {
      const [prefix = "", name = "", ...version] = arn.split("/");
      return [`${prefix}/${name}`, version.join("/")];
    }),
  );
}

function compareComponents(from: readonly string[], to: readonly string[]): ValueChange[] {
  const [before, after] = [componentVersions(from), componentVersions(to)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((key) => before.get(key) !== after.get(key))
    .map((key) => ({
      name: key.slice(key.indexOf("/") + 1),
      from: before.get(key),
      to: after.get(key),
    }))
    .sort((one, other) => Number(one.name > other.name) - Number(one.name < other.name));
}

/**
 * Returns the rank of a severity, the highest first. One that isn't known counts as the highest.
 */
function rank(severity: string): number {
  const known: readonly string[] = SEVERITIES;
  const index = known.indexOf(severity);
  return index === -1 ? -1 : known.length - index;
}

function countBySeverity(findings: readonly NotedFinding[]): FindingCount[] {
  const counts = new Map<string, number>();
  for (const { severity } of findings) counts.set(severity, (counts.get(severity) ?? 0) + 1);
  return [...counts]
    .map(([severity, count]) => ({ severity, count }))
    .sort((one, other) => rank(one.severity) - rank(other.severity));
}

function compareFindings(
  from: readonly NotedFinding[] | undefined,
  to: readonly NotedFinding[] | undefined,
): FindingDifference {
  return {
    before: from && countBySeverity(from),
    after: to && countBySeverity(to),
    added: from && to ? without(to, from) : [],
    removed: from && to ? without(from, to) : [],
  };
}

/** Returns the findings that others don't contain, the highest severity first. */
function without(
  findings: readonly NotedFinding[],
  others: readonly NotedFinding[],
): NotedFinding[] {
  const titles = new Set(others.map(({ title }) => title));
  return findings
    .filter(({ title }) => !titles.has(title))
    .map(({ title, severity }) => ({ title, severity }))
    .sort((one, other) => rank(one.severity) - rank(other.severity));
}
