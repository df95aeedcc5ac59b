import { partitionOf } from "../aws/arns";
import { type BucketObjects, containsObjects, isPublicBucket } from "../aws/buckets";
import {
  literalHead,
  literalObjects,
  type ResourceUse,
} from "../documents/component/resource-uses";
import type { BuildAccess } from "../model";
import { ALL_LOG_BUCKETS, closedBuckets } from "../names";
import type { AccountEntry, Resolved } from "../resolve/context";
import {
  accounts,
  buildables,
  type ComponentDocumentSubject,
  componentDocuments,
  type Report,
  type Rule,
  type RuleContext,
  rule,
} from "./rule";

function patternOf(bucket: string): RegExp {
  const source = bucket.replace(/[.]/g, "\\.").replaceAll("*", ".*").replaceAll("?", ".");
  return new RegExp(`^${source}$`);
}

/**
 * Returns whether a bucket has the name of one of the factory's own. Build roles deny access to
 * them.
 */
function isFactoryBucket(bucket: string, { file }: RuleContext): boolean {
  const { evidence } = file.sharedAccount;
  const patterns = [ALL_LOG_BUCKETS, ...closedBuckets({ state: file.state, evidence })];
  return patterns.some((pattern) => patternOf(pattern).test(bucket));
}

const NOT_GRANTED =
  "which has the name of one of the factory's own buckets: build instances have no access to these, except that they write logs";

function checkObjects(
  key: "read" | "write",
  objects: readonly BucketObjects[],
  report: Report,
  context: RuleContext,
): void {
  for (const [index, { bucket }] of objects.entries()) {
    if (isFactoryBucket(bucket, context))
      report(["buildAccess", key, index], `must not be in ${bucket}, ${NOT_GRANTED}`);
  }
}

/** Reports policies and secrets that IAM or AWS Secrets Manager rejects in the account. */
function checkArns(
  { policies, secrets }: Pick<BuildAccess, "policies" | "secrets">,
  { id, regions }: AccountEntry,
  report: Report,
): void {
  const [region = ""] = regions;
  const partition = partitionOf(region);
  for (const [index, arn] of policies.entries()) {
    if (!arn.startsWith(`arn:${partition}:iam::${id}:`))
      report(
        ["buildAccess", "policies", index],
        `must be a policy of the account that builds (arn:${partition}:iam::${id}:policy/…): IAM attaches no policies of other accounts`,
        arn,
      );
  }
  for (const [index, secret] of secrets.entries()) {
    if (secret.startsWith("arn:") && !secret.startsWith(`arn:${partition}:`))
      report(
        ["buildAccess", "secrets", index],
        `must be in the partition ${partition}, like the Regions of the account`,
        secret,
      );
  }
}

/** IAM's default quota of 10 managed policies for a role, without AWS's two build policies. */
const DEFAULT_POLICIES = 8;

function grantedTo({ image, account }: Pick<Resolved, "image" | "account">): BuildAccess {
  const all = [account.buildAccess, image.buildAccess];
  return {
    read: all.flatMap(({ read }) => read),
    write: all.flatMap(({ write }) => write),
    secrets: all.flatMap(({ secrets }) => secrets),
    parameters: all.flatMap(({ parameters }) => parameters),
    policies: all.flatMap(({ policies }) => policies),
  };
}

/** Returns the objects that a use needs, as far as its target shows. */
function neededObjects({ target, isFolder = false }: ResourceUse): BucketObjects | undefined {
  const { bucket, key, isWhole } = literalHead(target);
  if (bucket === "") return undefined;
  if (!isWhole || key === "" || key.endsWith("/")) return { bucket, key, isPrefix: true };
  return isFolder ? { bucket, key: `${key}/`, isPrefix: true } : { bucket, key, isPrefix: false };
}

function isBucketGranted(use: ResourceUse, granted: readonly BucketObjects[]): boolean {
  if (use.isInput && literalObjects(use)) return true;
  const needed = neededObjects(use);
  // A bucket whose name isn't known may be any of those that are granted. In a command, a variable
  // of the shell may contain it.
  if (!needed) return !use.isInput || granted.length > 0;
  return (
    isPublicBucket(needed.bucket) ||
    granted.some((objects) => containsObjects({ ...objects, owner: undefined }, needed))
  );
}

/** Returns what to add to `read` or `write` for a use. */
function suggestion(use: ResourceUse): string {
  const needed = neededObjects(use);
  if (!needed) return "its bucket";
  const { bucket, key, isPrefix } = needed;
  const suggested = isPrefix ? key.slice(0, key.lastIndexOf("/") + 1) : key;
  return suggested === "" ? bucket : `${bucket}/${suggested}`;
}

function secretNameOf(secret: string): string {
  return /:secret:(.+)-[A-Za-z0-9]{6}$/.exec(secret)?.[1] ?? secret;
}

function isSecretGranted({ target }: ResourceUse, granted: readonly string[]): boolean {
  const isKnown = !/[$`%]|\{\{/.test(target);
  return !isKnown || granted.some((secret) => secretNameOf(secret) === secretNameOf(target));
}

function usesOf({ component }: ComponentDocumentSubject): readonly ResourceUse[] {
  return component.kind === "document" ? component.uses : [];
}

function advice(missing: string, key: keyof BuildAccess): string {
  return `add ${missing} to buildAccess.${key} of the image or of its account`;
}

export const buildAccessRules: readonly Rule[] = [
  rule({
    id: "account-access-without-factory-buckets",
    description:
      "buildAccess of an account doesn't name the factory's own buckets: build instances have no access to these, except that they write logs.",
    each: accounts,
    check({ buildAccess: { read, write } }, report, context) {
      checkObjects("read", read, report, context);
      checkObjects("write", write, report, context);
    },
  }),
  rule({
    id: "image-access-without-factory-buckets",
    description:
      "buildAccess of an image doesn't name the factory's own buckets: build instances have no access to these, except that they write logs.",
    each: buildables,
    check({ entry: { buildAccess }, image }, report, context) {
      checkObjects(
        "read",
        image.buildAccess.read.slice(0, buildAccess.read.length),
        report,
        context,
      );
      checkObjects(
        "write",
        image.buildAccess.write.slice(0, buildAccess.write.length),
        report,
        context,
      );
    },
  }),
  rule({
    id: "component-without-factory-buckets",
    description:
      "A component document doesn't use the factory's own buckets: build instances have no access to these, except that they write logs.",
    each: componentDocuments,
    check(subject, report, context) {
      for (const use of usesOf(subject)) {
        const objects = neededObjects(use);
        if (objects && use.kind !== "secret" && isFactoryBucket(objects.bucket, context))
          report("document", `uses ${use.target} (${use.location}), ${NOT_GRANTED}`, subject.file);
      }
    },
  }),
  rule({
    id: "account-access-arns",
    description:
      "The policies in buildAccess of an account are its own, and its secrets are in its partition.",
    source: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html",
    each: accounts,
    check: (account, report) => checkArns(account.buildAccess, account, report),
  }),
  rule({
    id: "image-access-arns",
    description:
      "The policies in buildAccess of an image are of its account, and its secrets are in the account's partition.",
    source: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html",
    each: buildables,
    check: ({ image: { buildAccess }, account }, report) => checkArns(buildAccess, account, report),
  }),
  rule({
    id: "build-access-policy-quota",
    severity: "warning",
    description:
      "A build role has at most 8 policies of buildAccess: IAM's default quota for a role is 10, and AWS's policies for build instances are two of them.",
    source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
    each: buildables,
    check(subject, report) {
      const count = new Set(grantedTo(subject).policies).size;
      if (count > DEFAULT_POLICIES)
        report(
          ["buildAccess", "policies"],
          `gives the image's build role ${count} policies, including those of the account, but IAM's default quota leaves room for ${DEFAULT_POLICIES}: request a higher quota for managed policies per role, or combine policies`,
        );
    },
  }),
  rule({
    id: "component-bucket-granted",
    severity: "warning",
    description:
      "Build instances have permission for the buckets that a component document uses: its inputs name them literally, or buildAccess contains them.",
    source: "https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-action-modules.html",
    each: componentDocuments,
    check(subject, report) {
      const granted = grantedTo(subject);
      if (granted.policies.length > 0) return;
      for (const use of usesOf(subject)) {
        if (use.kind === "secret" || isBucketGranted(use, granted[use.kind])) continue;
        const verb = use.kind === "read" ? "reads" : "writes";
        const reason = use.isInput
          ? `${verb} ${use.target} (${use.location}), which isn't literal, so build instances have no permission for it`
          : `${verb} ${use.target} in a command (${use.location}), and build instances have no permission for it`;
        report("document", `${reason}: ${advice(suggestion(use), use.kind)}`, subject.file);
      }
    },
  }),
  rule({
    id: "component-secret-granted",
    severity: "warning",
    description:
      "Build instances have permission for the secrets that the commands of a component document name literally.",
    each: componentDocuments,
    check(subject, report) {
      const granted = grantedTo(subject);
      if (granted.policies.length > 0) return;
      for (const use of usesOf(subject)) {
        if (use.kind !== "secret" || isSecretGranted(use, granted.secrets)) continue;
        report(
          "document",
          `reads the secret ${use.target} in a command (${use.location}), and build instances have no permission for it: ${advice(use.target, "secrets")}`,
          subject.file,
        );
      }
    },
  }),
];
