/** Summarizes the Terraform plans of several stacks as Markdown, for a pull request. */
import type { LockFile } from "../../config/versions/lock-file";
import { describeAccessChange } from "./access-changes";
import { isManifest, isOtherManifest } from "./manifest-changes";
import { errorLine, KINDS, type Kind, kindOf, type Plan, type ResourceChange } from "./plan";

/** First line of the summary, by which the workflow finds the comment to update. */
export const MARKER = "<!-- golden-image-factory: plan -->";

/**
 * Maximum length of a summary. GitHub accepts comments of 65,536 characters, and the workflow adds
 * the commit.
 */
const MAX_LENGTH = 65_400;

/** Maximum number of lines of a list: lists are shortened before the table is. */
const MAX_LINES = 60;

/** Resources that can't be changed: a new version replaces the old one. */
const VERSIONED = [
  "aws_imagebuilder_component",
  "aws_imagebuilder_container_recipe",
  "aws_imagebuilder_image_recipe",
  "aws_imagebuilder_workflow",
  "aws_s3_object",
];

/** A change that a plan makes to a resource of a stack. */
interface StackChange {
  readonly stack: string;
  readonly kind: Kind;
  readonly change: ResourceChange;
}

/**
 * Summarizes plans: the failed plans, what is destroyed or replaced, and what affects who can use
 * an image, then a table of all stacks.
 *
 * `lockFiles` are the version lock files before and after. @default - versions aren't listed
 */
export function planSummary(
  plans: readonly Plan[],
  lockFiles?: readonly [LockFile, LockFile],
): string {
  const changes = plans.flatMap(changesOf);
  const sections = [
    section("Plan failed", failures(plans)),
    section("Destroys", addressesOf(changes.filter(({ kind }) => kind === "destroy"))),
    section("Replaces", addressesOf(changes.filter(isUnexpectedlyReplaced))),
    section("No longer managed", lockFiles ? removedRecipes(...lockFiles) : []),
    section("Access to images", accessChanges(changes)),
    section("New versions", lockFiles ? newVersions(...lockFiles) : []),
    section(
      "Replaced by a new version",
      addressesOf(
        changes.filter((one) => isReplaced(one) && isVersioned(one) && !isNewManifest(one)),
      ),
    ),
  ];
  return truncate([MARKER, "## Plan", "", ...sections.flat(), ...tableOf(plans)].join("\n"));
}

function changesOf({ stack, changes }: Plan): StackChange[] {
  return changes.flatMap((change) => {
    const kind = kindOf(change);
    return kind === undefined ? [] : [{ stack, kind, change }];
  });
}

function isReplaced({ kind }: StackChange): boolean {
  return kind === "replace";
}

function isVersioned({ change: { type } }: StackChange): boolean {
  return VERSIONED.includes(type);
}

/**
 * Returns whether a change gives a function a new manifest: it replaces the old one, and invokes
 * the updater.
 */
function isNewManifest({ change }: StackChange): boolean {
  return isManifest(change) || isOtherManifest(change) || change.type === "aws_lambda_invocation";
}

function isUnexpectedlyReplaced(change: StackChange): boolean {
  return isReplaced(change) && !isVersioned(change) && !isNewManifest(change);
}

function addressesOf(changes: readonly StackChange[]): string[] {
  return changes.map(({ stack, change }) => `${stack}: \`${change.address}\``);
}

function accessChanges(changes: readonly StackChange[]): string[] {
  return changes.flatMap(({ stack, change }) =>
    describeAccessChange(change).map((description) => `${stack}: ${description}`),
  );
}

function failures(plans: readonly Plan[]): string[] {
  return plans.flatMap(({ stack, failed }) =>
    failed === undefined ? [] : [`${stack}: ${errorLine(failed)}`],
  );
}

/**
 * Lists recipes that are no longer in the factory file. No plan shows them if their stack was
 * removed too.
 */
function removedRecipes(before: LockFile, after: LockFile): string[] {
  return Object.entries(before.recipes)
    .filter(([name, { digests }]) => digests && !after.recipes[name]?.digests)
    .map(
      ([name]) =>
        `recipe ${name} was removed from factory.yaml: if its stack was removed too, destroy the stack before you merge, or its resources stay in AWS`,
    );
}

/** Lists versions that differ between two version lock files. */
function newVersions(before: LockFile, after: LockFile): string[] {
  return (["components", "recipes", "workflows"] as const).flatMap((kind) =>
    Object.entries(after[kind]).flatMap(([name, entry]) => {
      const old = before[kind][name]?.versions.at(-1);
      const now = entry.versions.at(-1);
      return old === now ? [] : [`${kind.slice(0, -1)} ${name}: ${old ?? "none"} → ${now}`];
    }),
  );
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const rest = lines.length - MAX_LINES;
  const shown = rest > 0 ? [...lines.slice(0, MAX_LINES), `… and ${rest} more`] : lines;
  return [`**${title}**`, "", ...shown.map((line) => `- ${line}`), ""];
}

/** Returns a table with a row for each stack that changes, and the number of stacks that don't. */
function tableOf(plans: readonly Plan[]): string[] {
  const planned = plans.filter(({ failed }) => failed === undefined);
  const rows = planned.flatMap((plan) => {
    const kinds = changesOf(plan).map(({ kind }) => kind);
    const counts = KINDS.map((kind) => kinds.filter((one) => one === kind).length || "");
    return kinds.length > 0 ? [`| ${plan.stack} | ${counts.join(" | ")} |`] : [];
  });
  const unchanged = planned.length - rows.length;
  return [
    ...(rows.length > 0
      ? [
          "| stack | create | update | replace | destroy |",
          "| --- | --- | --- | --- | --- |",
          ...rows,
          "",
        ]
      : []),
    ...(unchanged > 0 ? [`No changes in ${unchanged} of ${plans.length} stacks.`, ""] : []),
  ];
}

/** Removes lines at the end of a summary that is too long for a comment. */
function truncate(text: string): string {
  if (text.length <= MAX_LENGTH) return text;
  const note = "\n\n… truncated. The log of each job contains its complete plan.\n";
  return `${text.slice(0, text.lastIndexOf("\n", MAX_LENGTH - note.length))}${note}`;
}
