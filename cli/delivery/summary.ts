/** What Terraform plans of several stacks change, in Markdown for a pull request. */
import type { LockFile } from "../../config/versions/lock-file";

/** A resource's change, as `terraform show -json` writes it. */
export interface ResourceChange {
  readonly address: string;
  readonly type: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: Readonly<Record<string, unknown>> | null;
    readonly after: Readonly<Record<string, unknown>> | null;
  };
}

export interface Plan {
  readonly stack: string;
  readonly changes: readonly ResourceChange[];
  /** What Terraform complained of. @default - it could plan */
  readonly failed?: string;
}

const KINDS = ["create", "update", "replace", "destroy"] as const;
type Kind = (typeof KINDS)[number];

function kindOf({ change: { actions } }: ResourceChange): Kind | undefined {
  if (actions.includes("create") && actions.includes("delete")) return "replace";
  return ({ create: "create", update: "update", delete: "destroy" } as const)[
    actions[0] as "create"
  ];
}

/** A new version of what can't be changed; its old one goes when nothing names it any more, or stays. */
const VERSIONED = [
  ...["component", "container_recipe", "image_recipe", "workflow"].map(
    (kind) => `aws_imagebuilder_${kind}`,
  ),
  "aws_s3_object",
];

function statementsOf(policy: unknown): Map<string, string> {
  const { Statement = [] } = typeof policy === "string" ? JSON.parse(policy) : {};
  return new Map(
    Statement.map((statement: { Sid?: string }) => [
      statement.Sid ?? "",
      JSON.stringify(statement),
    ]),
  );
}

/** The statements of a policy that come, change or go. */
function policyChange(before: unknown, after: unknown): string {
  const [old, now] = [statementsOf(before), statementsOf(after)];
  const added = [...now.keys()].filter((sid) => !old.has(sid));
  const gone = [...old.keys()].filter((sid) => !now.has(sid));
  const changed = [...now]
    .filter(([sid, text]) => old.has(sid) && old.get(sid) !== text)
    .map(([sid]) => sid);
  const parts = [
    ...(added.length > 0 ? [`adds ${added.join(", ")}`] : []),
    ...(changed.length > 0 ? [`changes ${changed.join(", ")}`] : []),
    ...(gone.length > 0 ? [`takes away ${gone.join(", ")}`] : []),
  ];
  return parts.join("; ") || "stays as it is";
}

/** The tags that differ: a share's say what is shared, and when. */
function tagChange(before: unknown, after: unknown): string {
  const [old, now] = [before ?? {}, after ?? {}] as Record<string, string>[];
  const keys = [...new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})])].filter(
    (key) => old?.[key] !== now?.[key],
  );
  return keys
    .map(
      (key, index) =>
        `${index === 0 ? ": " : ", "}${key} ${old?.[key] ?? "none"} → ${now?.[key] ?? "none"}`,
    )
    .join("");
}

/** In words, when a change touches who can use an image. */
function access({
  type,
  address,
  change: { actions, before, after },
}: ResourceChange): string | undefined {
  switch (type) {
    case "aws_ram_principal_association": {
      const principal = (after ?? before)?.["principal"];
      return `\`${address}\`: ${principal} ${after ? "will see" : "won't see any more"} what is shared`;
    }
    case "aws_ram_resource_share":
      return before && after
        ? `\`${address}\`: the share changes${tagChange(before["tags"], after["tags"])}`
        : `\`${address}\`: a share ${after ? "comes" : "goes, and what is in it with it"}`;
    case "aws_kms_key": {
      const name = (after ?? before)?.["description"];
      if (!before || !after)
        return `\`${address}\`: the key of "${name}" ${after ? "is new" : "goes, and with it all that it encrypts"}`;
      // Known after apply only: it can't be told what changes.
      if (after["policy"] === undefined)
        return `\`${address}\`: the policy of the key of "${name}" changes, in what way is known after apply`;
      return before["policy"] === after["policy"]
        ? undefined
        : `\`${address}\`: the policy of the key of "${name}" ${policyChange(before["policy"], after["policy"])}`;
    }
    case "aws_ecr_repository_policy": {
      const repository = (after ?? before)?.["repository"] ?? "a new repository";
      const [old, now] = [before?.["policy"], after?.["policy"]];
      return old === now
        ? undefined
        : `\`${address}\`: who pulls from ${repository}: ${policyChange(old, now)}`;
    }
    case "aws_ecr_repository":
      return actions.includes("delete")
        ? `\`${address}\`: the repository ${before?.["name"]} goes, and what is in it with it, or else ECR refuses`
        : undefined;
    case "aws_kms_grant":
      return `\`${address}\`: Auto Scaling ${after ? "may use" : "may no longer use"} the image key`;
    case "aws_imagebuilder_distribution_configuration":
      return JSON.stringify(before?.["distribution"])?.includes('"launch_permission":[{') ||
        JSON.stringify(after?.["distribution"])?.includes('"launch_permission":[{')
        ? `\`${address}\`: a launch permission of the distribution, which the updater doesn't know of`
        : undefined;
    default:
      return undefined;
  }
}

/** How much of a list is shown: what is cut from a comment is to be the end of lists, and not the table. */
const MOST_LINES = 60;

function section(title: string, lines: readonly string[]): string[] {
  const more = lines.length > MOST_LINES ? [`… and ${lines.length - MOST_LINES} more`] : [];
  return lines.length === 0
    ? []
    : [
        `**${title}**`,
        "",
        ...[...lines.slice(0, MOST_LINES), ...more].map((line) => `- ${line}`),
        "",
      ];
}

/** What the ledger still gave content to before, and doesn't now: nothing of Terraform's says so, because its stack is gone as well. */
function gone(before: LockFile, after: LockFile): string[] {
  return Object.entries(before.recipes).flatMap(([name, old]) =>
    old.digests && !after.recipes[name]?.digests
      ? [
          `recipe ${name} is gone from factory.yaml: what a stack of its own made stays, unless it was destroyed before`,
        ]
      : [],
  );
}

/** Versions that a ledger has and another hadn't. */
function moves(before: LockFile, after: LockFile): string[] {
  return (["components", "recipes", "workflows"] as const).flatMap((kind) =>
    Object.entries(after[kind]).flatMap(([name, now]) => {
      const [old, next] = [before[kind][name]?.versions.at(-1), now.versions.at(-1)];
      return old === next ? [] : [`${kind.slice(0, -1)} ${name}: ${old ?? "none"} → ${next}`];
    }),
  );
}

function complaint(failed: string): string {
  return /Error: .*/.exec(failed)?.[0] ?? failed.split("\n")[0] ?? "";
}

/** As long as a comment may be (65,536), with room for the commit that it is of. */
const LONGEST = 65_400;

function cut(text: string): string {
  if (text.length <= LONGEST) return text;
  const note = "\n\n… and more than a comment holds: each plan is in the log of its job.\n";
  return `${text.slice(0, text.lastIndexOf("\n", LONGEST - note.length))}${note}`;
}

/** Finds the comment again, to be written anew in its place. */
export const MARKER = "<!-- golden-image-factory: plan -->";

/**
 * The table of what each stack changes; before it what is replaced or destroyed, and whatever touches who can use an image. `ledgers`
 * are those before and after, for the versions that move. @default - nothing is said of versions
 */
export function planSummary(
  plans: readonly Plan[],
  ledgers?: readonly [LockFile, LockFile],
): string {
  return cut(whole(plans, ledgers));
}

function whole(plans: readonly Plan[], ledgers?: readonly [LockFile, LockFile]): string {
  const all = plans.flatMap(({ stack, changes }) =>
    changes.flatMap((change) => ({ stack, change, kind: kindOf(change) ?? "none" })),
  );
  const named = (kind: string, wanted: (change: ResourceChange) => boolean): string[] =>
    all
      .filter((one) => one.kind === kind && wanted(one.change))
      .map(({ stack, change }) => `${stack}: \`${change.address}\``);
  const isVersioned = ({ type }: ResourceChange): boolean => VERSIONED.includes(type);
  const touching = all.flatMap(({ stack, change, kind }) => {
    const words = kind === "none" ? undefined : access(change);
    return words === undefined ? [] : [`${stack}: ${words}`];
  });
  const rows = plans.flatMap(({ stack, changes }) => {
    const counts = KINDS.map((kind) => changes.filter((change) => kindOf(change) === kind).length);
    return counts.some((count) => count > 0)
      ? [`| ${stack} | ${counts.map((count) => count || "").join(" | ")} |`]
      : [];
  });
  const failed = plans.flatMap((plan) =>
    plan.failed === undefined ? [] : [`${plan.stack}: ${complaint(plan.failed)}`],
  );
  const unchanged = plans.length - rows.length - failed.length;
  return [
    MARKER,
    "## Plan",
    "",
    ...section("Couldn't be planned", failed),
    ...section(
      "Destroys",
      named("destroy", () => true),
    ),
    ...section(
      "Replaces",
      named("replace", (change) => !isVersioned(change)),
    ),
    ...section("No longer managed", ledgers ? gone(...ledgers) : []),
    ...section("Who can use an image", touching),
    ...section("New versions", ledgers ? moves(...ledgers) : []),
    ...section("New in place of an old version", named("replace", isVersioned)),
    ...(rows.length > 0
      ? [
          "| stack | create | update | replace | destroy |",
          "| --- | --- | --- | --- | --- |",
          ...rows,
          "",
        ]
      : []),
    ...(unchanged > 0 ? [`Nothing changes in ${unchanged} of ${plans.length} stacks.`, ""] : []),
  ].join("\n");
}
