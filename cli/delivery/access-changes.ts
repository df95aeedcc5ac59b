/** Describes the changes of a plan that affect who can use an image. */
import { describeManifestChange, isManifest } from "./manifest-changes";
import type { ResourceChange } from "./plan";

type Change = ResourceChange["change"];

/** Describes the change of a resource; returns `undefined` if it doesn't affect access. */
type Describe = (change: Change) => string | undefined;

const DESCRIPTIONS: Readonly<Record<string, Describe>> = {
  aws_ecr_repository: describeRepository,
  aws_ecr_repository_policy: describeRepositoryPolicy,
  aws_imagebuilder_distribution_configuration: describeDistribution,
  aws_kms_grant: describeGrant,
  aws_kms_key: describeKey,
  aws_ram_principal_association: describePrincipal,
  aws_ram_resource_share: describeShare,
};

/** Describes a change that affects who can use an image. Any other change has no description. */
export function describeAccessChange(resource: ResourceChange): string[] {
  const { type, address, change } = resource;
  const description = DESCRIPTIONS[type]?.(change);
  const descriptions = isManifest(resource)
    ? describeManifestChange(change)
    : description === undefined
      ? []
      : [description];
  return descriptions.map((one) => `\`${address}\`: ${one}`);
}

function describePrincipal({ before, after }: Change): string {
  const principal = (after ?? before)?.["principal"];
  return `${principal} ${after ? "gets" : "loses"} access to the shared builds`;
}

function describeShare({ before, after }: Change): string {
  if (!before) return "a resource share is created";
  if (!after) return "a resource share is deleted, and its builds are no longer shared";
  const changes = tagChanges(before["tags"], after["tags"]);
  return ["the resource share changes", ...(changes.length > 0 ? [changes.join(", ")] : [])].join(
    ": ",
  );
}

type Tags = Readonly<Record<string, string>>;

/** The tags of a share contain the channel's policy. */
function tagChanges(before: unknown, after: unknown): string[] {
  const old = new Map(Object.entries((before ?? {}) as Tags));
  const now = new Map(Object.entries((after ?? {}) as Tags));
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((key) => old.get(key) !== now.get(key))
    .map((key) => `${key} ${old.get(key) ?? "none"} → ${now.get(key) ?? "none"}`);
}

function describeKey({ before, after }: Change): string | undefined {
  const key = `the key "${(after ?? before)?.["description"]}"`;
  if (!before) return `${key} is created`;
  if (!after) return `${key} is deleted, and everything encrypted with it becomes unreadable`;
  // A policy that Terraform knows only after apply isn't part of the plan.
  if (after["policy"] === undefined)
    return `the policy of ${key} changes; the new policy is known after apply`;
  if (before["policy"] === after["policy"]) return undefined;
  return `the policy of ${key} ${policyChange(before["policy"], after["policy"])}`;
}

function describeGrant({ after }: Change): string {
  return `Auto Scaling ${after ? "can" : "can no longer"} use the image key`;
}

function describeRepository({ actions, before }: Change): string | undefined {
  if (!actions.includes("delete")) return undefined;
  const effect =
    before?.["force_delete"] === true
      ? "with all of its container images"
      : "which ECR rejects unless it is empty";
  return `the repository ${before?.["name"]} is deleted, ${effect}`;
}

function describeRepositoryPolicy({ before, after }: Change): string | undefined {
  const repository = (after ?? before)?.["repository"] ?? "a new repository";
  const [old, now] = [before?.["policy"], after?.["policy"]];
  return old === now ? undefined : `pull access to ${repository}: ${policyChange(old, now)}`;
}

function describeDistribution({ before, after }: Change): string | undefined {
  const setsLaunchPermission = [before, after].some((distribution) =>
    JSON.stringify(distribution?.["distribution"])?.includes('"launch_permission":[{'),
  );
  return setsLaunchPermission
    ? "the distribution has a launch permission, which the updater doesn't manage"
    : undefined;
}

/** Lists the statements of a policy that are added, changed or removed. */
function policyChange(before: unknown, after: unknown): string {
  const old = statementsOf(before);
  const now = statementsOf(after);
  const added = [...now.keys()].filter((sid) => !old.has(sid));
  const changed = [...now.keys()].filter((sid) => old.has(sid) && old.get(sid) !== now.get(sid));
  const removed = [...old.keys()].filter((sid) => !now.has(sid));
  const parts = [
    ...(added.length > 0 ? [`adds ${added.join(", ")}`] : []),
    ...(changed.length > 0 ? [`changes ${changed.join(", ")}`] : []),
    ...(removed.length > 0 ? [`removes ${removed.join(", ")}`] : []),
  ];
  return parts.join("; ") || "changes, but none of its statements do";
}

/** Returns the statements of a policy as JSON, by id. */
function statementsOf(policy: unknown): Map<string, string> {
  const { Statement: statements = [] } = typeof policy === "string" ? JSON.parse(policy) : {};
  return new Map(
    statements.map((statement: { Sid?: string }) => [
      statement.Sid ?? "",
      JSON.stringify(statement),
    ]),
  );
}
