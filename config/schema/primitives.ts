import { distance } from "fastest-levenshtein";
import * as z from "zod";
import { TAG_PREFIX } from "../../contract/tags";
import { DYNAMIC_TAG } from "../aws/dynamic-tags";

/** A string that matches `pattern`. Any other value is reported as `must be …`. */
export function matching(description: string, pattern: RegExp) {
  const error = `must be ${description}`;
  return z.string({ error }).regex(pattern, error);
}

/** A whole number of `unit` from `min` to `max`. */
export function integer(unit: string, min: number, max: number) {
  const error = `must be a whole number of ${unit} from ${min} to ${max}`;
  return z.int({ error }).min(min, error).max(max, error);
}

export function boolean() {
  return z.boolean({ error: "must be true or false" });
}

/** One of `values`. */
export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  const [last, ...others] = [...values].reverse();
  const list = others.length === 0 ? last : `${others.reverse().join(", ")} or ${last}`;
  return z.enum(values, { error: `must be ${list}` });
}

/** A list of `min` (1 by default) to `max` different items. */
export function uniqueList<T extends z.ZodType>(item: T, max?: number, min = 1) {
  const error =
    max === undefined
      ? "must be a list of at least one item"
      : `must be a list of ${min} to ${max} items`;
  return z
    .array(item, { error })
    .min(min, error)
    .max(max ?? Number.MAX_SAFE_INTEGER, error)
    .superRefine((items, context) => {
      const rendered = items.map((entry) => JSON.stringify(entry));
      for (const [index, input] of items.entries()) {
        if (rendered.indexOf(JSON.stringify(input)) < index)
          context.addIssue({
            code: "custom",
            path: [index],
            message: "is already in the list",
            input,
          });
      }
    });
}

/** Returns the one of `known` that `text` probably means, if a typing mistake explains the difference. */
export function nearMatch(text: string, known: readonly string[]): string | undefined {
  const lower = text.toLowerCase();
  const max = Math.max(1, Math.min(2, Math.floor(text.length / 3)));
  const matches = known
    .map((candidate) => ({ candidate, edits: distance(lower, candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= max)
    .sort((one, other) => one.edits - other.edits);
  return matches[0]?.candidate;
}

function describeUnknownKeys(keys: readonly string[], known: readonly string[]): string {
  const [key = ""] = keys;
  const match = keys.length === 1 ? nearMatch(key, known) : undefined;
  const names = keys.map((name) => `'${name}'`).join(", ");
  return match === undefined
    ? `unknown key ${names}: the keys here are ${known.join(", ")}`
    : `unknown key ${names}, did you mean '${match}'?`;
}

function requiredKeys(shape: z.ZodRawShape): string[] {
  return Object.entries(shape).flatMap(([key, schema]) =>
    (schema as z.ZodType).safeParse(undefined).success ? [] : [key],
  );
}

/** An object that rejects unknown keys. */
export function strict<T extends z.ZodRawShape>(shape: T) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: ({ code, keys }) => {
      if (code === "unrecognized_keys") return describeUnknownKeys(keys as string[], known);
      const required = requiredKeys(shape);
      if (required.length > 0) return `must contain ${required.join(", ")}`;
      return `must be {}, or contain ${known.join(", ")}`;
    },
  });
}

/** Entries by name. `entries` is the plural of what they are. */
export function mapOf<K extends z.ZodType<string, string>, T extends z.ZodType>(
  entries: string,
  key: K,
  value: T,
) {
  return z.record(key, value, { error: `must be a map of ${entries} by name` });
}

/** At least one entry by name. */
export function nonEmptyMapOf<K extends z.ZodType<string, string>, T extends z.ZodType>(
  entries: string,
  key: K,
  value: T,
) {
  return mapOf(entries, key, value).refine(
    (map) => Object.keys(map).length > 0,
    `must be a map of ${entries} by name, with at least one entry`,
  );
}

/** Rejects an object unless it contains exactly one of `kinds`. */
export function exactlyOne<K extends string>(...kinds: K[]) {
  return (value: { [key in K]?: unknown }, context: z.RefinementCtx): void => {
    const given = kinds.filter((kind) => value[kind] !== undefined);
    if (given.length === 1) return;
    const message = `must contain exactly one of ${kinds.join(", ")}`;
    context.addIssue({ code: "custom", message, input: value });
  };
}

/** Rejects `key` unless one of `parents` is given. */
export function onlyWith<K extends string, P extends string>(key: K, ...parents: P[]) {
  return (value: { [name in K | P]?: unknown }, context: z.RefinementCtx): void => {
    if (value[key] === undefined || parents.some((parent) => value[parent] !== undefined)) return;
    const message = `is only for ${parents.join(" and ")}`;
    context.addIssue({ code: "custom", path: [key], message, input: value[key] });
  };
}

export const AccountId = matching(
  'an account ID of 12 digits in quotes, such as "111111111111"',
  /^\d{12}$/,
);
export const Region = matching("a Region such as eu-west-1", /^[a-z]{2,4}(-[a-z]+)+-\d$/);
export const OrganizationId = matching(
  "an organization ID such as o-abcdefghij",
  /^o-[a-z0-9]{10,32}$/,
);
export const OrganizationalUnit = matching(
  "an organizational unit ID such as ou-abcd-11111111",
  /^ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$/,
);
export const SubnetId = matching(
  "a subnet ID such as subnet-0123456789abcdef0",
  /^subnet-([0-9a-f]{8}|[0-9a-f]{17})$/,
);
export const SecurityGroupId = matching(
  "a security group ID such as sg-0123456789abcdef0",
  /^sg-([0-9a-f]{8}|[0-9a-f]{17})$/,
);
export const AmiId = matching(
  "an AMI ID such as ami-0123456789abcdef0",
  /^ami-([0-9a-f]{8}|[0-9a-f]{17})$/,
);
export const SnapshotId = matching(
  "a snapshot ID such as snap-0123456789abcdef0",
  /^snap-([0-9a-f]{8}|[0-9a-f]{17})$/,
);
export const Email = matching("an email address", /^[^\s@"<>]+@[^\s@"<>]+\.[^\s@"<>.]{2,}$/);
export const RoleName = matching(
  "a role name of at most 64 characters, with its path if it has one",
  /^([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/,
);
export const PermissionSet = matching("the name of a permission set", /^[\w+=,.@-]{1,32}$/);
export const InstanceType = matching(
  "an instance type such as t3.medium",
  /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/,
);
export const Description = matching("a string of at most 1,024 characters", /^[^\p{Cc}]{1,1024}$/u);
export const FilePath = matching("the path of a file", /^[^\p{Cc}]+$/u);
export const YamlPath = matching("the path of a .yaml or .yml file", /^[^\p{Cc}]+\.ya?ml$/u);

const FOLDED =
  "lower-case letters and digits with single hyphens between them, because Image Builder treats names that differ only in case, spaces, underscores or hyphens as one name";

/**
 * The name of an image or component. The provider limits the length of a pipeline's and a component's name. Every JavaScript object
 * has a property `constructor`.
 */
export const ImageName = matching(
  `a name of 3 to 126 characters: ${FOLDED}`,
  /^(?=.{3,126}$)[a-z0-9]+(-[a-z0-9]+)*$/,
).refine((name) => name !== "constructor", "is reserved: choose another name");
/** The name of an AWS-managed resource. */
export const ManagedName = matching(`a name of ${FOLDED}`, /^[a-z0-9]+(-[a-z0-9]+)*$/);
export const SimpleName = matching(
  "a name of lower-case letters and digits with single hyphens between them",
  /^[a-z0-9]+(-[a-z0-9]+)*$/,
);

const NODE = "(0|[1-9]\\d{0,8})";

/** `major.minor`. The version lock file adds the patch. */
export const MajorMinor = matching(
  '"major.minor" in quotes, without leading zeros, such as "1.0"',
  new RegExp(`^${NODE}\\.${NODE}$`),
);

const RANGE = `(x\\.x\\.x|${NODE}\\.x\\.x|${NODE}\\.${NODE}\\.x|${NODE}\\.${NODE}\\.${NODE})`;

/** A version, or a range in which a wildcard stands for a number and everything to its right. */
export const VersionRange = matching(
  "x.x.x, 1.x.x, 1.2.x or 1.2.3: only wildcards can follow a wildcard",
  new RegExp(`^${RANGE}$`),
);

/** The ARN of a component, with a version or a range, and optionally a build. */
export const ComponentArn = matching(
  "the ARN of a component, with a version such as x.x.x, 1.x.x, 1.2.x or 1.2.3",
  new RegExp(
    `^arn:aws[a-z-]*:imagebuilder:[a-z0-9-]+:(\\d{12}|aws|third-party):component/[a-z0-9_-]+/${RANGE}(/\\d+)?$`,
  ),
);

// https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
const TagKey = matching(
  `a tag key of letters, digits, spaces and _.:/=+-@ that doesn't start with aws: or ${TAG_PREFIX}`,
  new RegExp(`^(?!aws:|${TAG_PREFIX})[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]{1,128}$`, "iu"),
);
const TagValue = matching(
  "a tag value: a string (in quotes if it is a number) of letters, digits, spaces and _.:/=+-@",
  /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u,
);
export const Tags = mapOf("tags", TagKey, TagValue);

const AmiTagValue = matching(
  "a tag value: a string (in quotes if it is a number) of letters, digits, spaces and _.:/=+-@, in which the only placeholders are {{imagebuilder:buildDate}} and {{imagebuilder:buildVersion}}",
  new RegExp(`^(?=.{0,256}$)(?:[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]|${DYNAMIC_TAG})*$`, "u"),
);

/**
 * Tags of AMIs and build instances. Image Builder allows 30 ASCII tags, of which the factory adds one, and sets two itself.
 * https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateInfrastructureConfiguration.html
 */
export const AmiTags = mapOf(
  "tags",
  TagKey.regex(
    /^(?!CreatedBy$|Ec2ImageBuilderArn$)[\x20-\x7e]+$/,
    "must consist of ASCII characters, and must not be CreatedBy or Ec2ImageBuilderArn, which Image Builder sets",
  ),
  AmiTagValue,
).refine((tags) => Object.keys(tags).length <= 29, "must contain at most 29 tags");
