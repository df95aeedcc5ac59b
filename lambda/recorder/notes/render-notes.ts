import type { PackageChange, PackageDifference } from "../../../contract/packages";
import { required } from "../../../contract/required";
import { renderMessage, type Section } from "./message";
import type { FindingCount, ReleaseNotes, ValueChange } from "./release-notes";
import { safeText } from "./safe-text";

/** Maximum lengths of other people's text, in characters. */
const MAX_NAME = 80;
const MAX_VERSION = 60;
const MAX_PARENT = 120;
const MAX_REASON = 150;
/** Of the names of severities. EC2's longest is `informational`. */
const MAX_SEVERITY = 13;
/** EC2 knows five severities. */
const MAX_SEVERITIES = 6;

/** The channel that changed, for the text. */
export interface NotedChannel {
  readonly name: string;
  /** Reason of the approval. @default - the channel needs none */
  readonly approval?: string | undefined;
}

/**
 * Renders release notes as plain text of at most 2,000 characters.
 *
 * @param channel - the channel that changed. Without it, the text is about the two builds only
 */
export function renderNotes(notes: ReleaseNotes, channel?: NotedChannel): string {
  return renderMessage(
    [
      headline(notes, channel),
      ...earlierLines(notes, channel),
      ...(channel?.approval === undefined
        ? []
        : [`Approved: ${safeText(channel.approval, MAX_REASON) || "no reason"}`]),
      "",
      valueLine("Recipe", notes.recipe),
      valueLine("Parent", notes.parent),
      componentLine(notes),
      findingLine(notes),
      packageLine(notes),
    ],
    sectionsOf(notes),
  );
}

function headline({ image, region, to, from }: ReleaseNotes, channel?: NotedChannel): string {
  if (channel)
    return `The channel ${safeText(channel.name, MAX_NAME)} of ${image} in ${region} now shares ${to}.`;
  return from === undefined
    ? `${image} ${to} in ${region}`
    : `${image} ${from} -> ${to} in ${region}`;
}

function earlierLines(
  { from, isOlder, revocation }: ReleaseNotes,
  channel: NotedChannel | undefined,
): string[] {
  if (from === undefined) return channel ? ["It shared no build before."] : [];
  const before = channel
    ? [`Its newest build was ${from}${isOlder ? ", a higher version" : ""}.`]
    : [];
  if (revocation === undefined) return before;
  return [...before, `${from} is revoked: ${safeText(revocation, MAX_REASON) || "no reason"}`];
}

function valueLine(title: string, { from, to }: ValueChange): string {
  const [before, after] = [from, to].map((value) =>
    value === undefined ? undefined : safeText(value, MAX_PARENT),
  );
  if (after === undefined) return `${title}: unknown`;
  if (before === undefined) return `${title}: ${after}`;
  return before === after ? `${title}: ${after}, as before` : `${title}: ${before} -> ${after}`;
}

function componentLine({ components }: ReleaseNotes): string {
  if (!components) return "Components: not compared";
  const counts = [
    [components.filter(({ from, to }) => from !== undefined && to !== undefined), "changed"],
    [components.filter(({ from }) => from === undefined), "new"],
    [components.filter(({ to }) => to === undefined), "gone"],
  ] as const;
  return `Components: ${countsOf(counts)}`;
}

/** Joins the counts that aren't 0. */
function countsOf(counts: readonly (readonly [readonly unknown[], string])[]): string {
  const parts = counts.flatMap(([{ length }, label]) => (length > 0 ? [`${length} ${label}`] : []));
  return parts.join(", ") || "no change";
}

function findingLine({ from, findings }: ReleaseNotes): string {
  if (!findings) return "Findings: in Amazon ECR";
  const { before, after } = findings;
  const earlier = from === undefined ? "" : `, before: ${findingCounts(before)}`;
  return `Findings: ${findingCounts(after)}${earlier}`;
}

function findingCounts(counts: readonly FindingCount[] | undefined): string {
  if (counts === undefined) return "not scanned";
  const parts = counts
    .slice(0, MAX_SEVERITIES)
    .map(({ severity, count }) => `${count} ${safeText(severity, MAX_SEVERITY)}`);
  return parts.join(", ") || "none";
}

function packageLine({ from, packages, packageCount }: ReleaseNotes): string {
  if (packageCount === undefined) return "Packages: not listed by Image Builder";
  if (from === undefined) return `Packages: ${packageCount}`;
  if (!packages) return `Packages: ${packageCount}, not listed by Image Builder for ${from}`;
  const { up, down, changed, added, removed } = packages;
  const counts = [
    [up, "up"],
    [down, "down"],
    [changed, "changed"],
    [added, "new"],
    [removed, "gone"],
  ] as const;
  return `Packages: ${countsOf(counts)}`;
}

/** Returns the lists, in the order in which people should see them. The last is cut first. */
function sectionsOf({ components, findings, packages }: ReleaseNotes): Section[] {
  const finding = ({ title, severity }: { readonly title: string; readonly severity: string }) =>
    `${safeText(severity, MAX_SEVERITY)}: ${safeText(title, MAX_NAME)}`;
  return [
    { title: "Components", items: (components ?? []).map(componentItem) },
    { title: "New findings", items: (findings?.added ?? []).map(finding) },
    { title: "Findings that are gone", items: (findings?.removed ?? []).map(finding) },
    ...(packages ? packageSections(packages) : []),
  ];
}

function packageSections({ up, down, changed, added, removed }: PackageDifference): Section[] {
  return [
    { title: "Packages with a lower version", items: down.map(packageItem) },
    { title: "Packages with another version", items: changed.map(packageItem) },
    { title: "Packages with a higher version", items: up.map(packageItem) },
    { title: "New packages", items: added.map(packageItem) },
    { title: "Packages that are gone", items: removed.map(packageItem) },
  ];
}

function componentItem({ name, from, to }: ValueChange): string {
  const text = safeText(name, MAX_NAME);
  if (from === undefined)
    return `${text} ${safeText(required(to, `the version of ${name}`), MAX_VERSION)}, new`;
  if (to === undefined) return `${text} ${safeText(from, MAX_VERSION)}, gone`;
  return `${text} ${safeText(from, MAX_VERSION)} -> ${safeText(to, MAX_VERSION)}`;
}

function packageItem({ name, from, to }: PackageChange): string {
  const versions = [from, to].flatMap((list) =>
    list.length > 0 ? [safeText(list.join(", "), MAX_VERSION)] : [],
  );
  return `${safeText(name, MAX_NAME)} ${versions.join(" -> ")}`;
}
