import { SEVERITIES, type Severity } from "../../contract/findings";
import { type Ami, amiAtHome, type Build } from "../../lambda/share-updater/build";
import type { Channel } from "../../lambda/share-updater/channel";
import { blockersByFindings } from "../../lambda/share-updater/decide";
import { type Finding, forbiddenFindings, type Scan } from "../../lambda/share-updater/findings";
import type { Context } from "./context";

/** A finding in the JSON output of commands. */
export interface FindingReport {
  readonly title: string;
  readonly severity: string;
  readonly hasFix: boolean;
  /**
   * When Amazon Inspector first reported the fix.
   * @default - not known: EC2 reports only the earliest fix for each severity
   */
  readonly fixSince?: string;
  readonly firstObserved?: string;
  readonly paths: readonly string[];
}

/**
 * Reads the findings in an AMI, the most severe first. An unknown severity counts as the highest.
 */
export async function readFindings({ amis }: Context["aws"], ami: Ami): Promise<Finding[]> {
  const known: readonly string[] = SEVERITIES;
  const rank = ({ severity }: Finding): number =>
    known.includes(severity) ? known.indexOf(severity) : known.length;
  const found = await amis.findings(ami);
  return found.sort(
    (one, other) => rank(other) - rank(one) || one.title.localeCompare(other.title, "en"),
  );
}

/** @param all - the findings in the same AMI */
export function findingReport(
  { title, severity, hasFix, firstObservedAt, paths }: Finding,
  scan: Scan | undefined,
  all: readonly Finding[],
): FindingReport {
  const isOnly = all.filter((one) => one.severity === severity && one.hasFix).length === 1;
  const since = hasFix && isOnly ? scan?.fixAvailableSince[severity as Severity] : undefined;
  return {
    title,
    severity,
    hasFix,
    ...(since !== undefined && { fixSince: toTime(since) }),
    ...(!Number.isNaN(firstObservedAt) && { firstObserved: toTime(firstObservedAt) }),
    paths,
  };
}

export function toTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

export function toDay(time: string): string {
  return time.slice(0, 10);
}

/** Reads the findings that keep builds out of channels. Reads each AMI once. */
export class BlockingFindings {
  /** AMIs whose findings couldn't be read. They count as without findings. */
  readonly problems: string[] = [];
  private readonly found = new Map<string, Promise<Finding[]>>();

  constructor(private readonly aws: Context["aws"]) {}

  /**
   * Returns the findings in a build that exceed the limits of one of the channels, the most severe
   * first. Reads them only if the build's scan exceeds a limit.
   */
  async of(build: Build, channels: readonly Channel[]): Promise<FindingReport[]> {
    const now = this.aws.now();
    const { scan } = build;
    const ami = amiAtHome(build);
    const exceeded = channels.filter((channel) =>
      blockersByFindings(build, channel, now).some(({ kind }) => kind === "finding"),
    );
    if (!scan || !ami || exceeded.length === 0) return [];
    const all = await this.read(ami);
    const forbidden = new Set(
      exceeded.flatMap(({ findings }) =>
        findings ? forbiddenFindings(all, scan, findings, now) : [],
      ),
    );
    return all
      .filter((finding) => forbidden.has(finding))
      .map((finding) => findingReport(finding, scan, all));
  }

  private read(ami: Ami): Promise<Finding[]> {
    const found =
      this.found.get(ami.id) ??
      readFindings(this.aws, ami).catch((error: unknown) => {
        this.problems.push(`the findings in ${ami.id}: ${(error as Error).message}`);
        return [];
      });
    this.found.set(ami.id, found);
    return found;
  }
}
