import * as z from "zod";
import { TAG_PREFIX } from "../../contract/tags";

/** A string that matches `pattern`; whatever else comes gets the one message `must be …`. */
export function matching(what: string, pattern: RegExp) {
  return z.string({ error: `must be ${what}` }).regex(pattern, `must be ${what}`);
}

/** A whole number of `what` from `least` to `most`. */
export function integer(what: string, least: number, most: number) {
  const error = `must be a whole number of ${what} from ${least} to ${most}`;
  return z.int({ error }).min(least, error).max(most, error);
}

export function boolean() {
  return z.boolean({ error: "must be true or false" });
}

/** A list without repetitions of at least one and at most `most` items. */
export function uniqueList<T extends z.ZodType>(item: T, most = Number.MAX_SAFE_INTEGER) {
  const error =
    most === Number.MAX_SAFE_INTEGER
      ? "must be a list of at least one"
      : `must be a list of 1 to ${most}`;
  return z
    .array(item, { error })
    .min(1, error)
    .max(most, error)
    .superRefine((items, context) => {
      const seen = items.map((entry) => JSON.stringify(entry));
      items.forEach((input, index) => {
        if (seen.indexOf(JSON.stringify(input)) < index)
          context.addIssue({
            code: "custom",
            path: [index],
            message: "is in the list already",
            input,
          });
      });
    });
}

/** An object that refuses unknown keys and says which it knows. */
export function strict<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape, {
    error: ({ code, keys }) =>
      code === "unrecognized_keys"
        ? `unknown key ${(keys as string[]).map((key) => `'${key}'`).join(", ")}: known are ${Object.keys(shape).join(", ")}`
        : `must hold ${Object.keys(shape).join(", ")}`,
  });
}

/** Entries by name. */
export function mapOf<K extends z.ZodType<string, string>, T extends z.ZodType>(
  what: string,
  key: K,
  value: T,
) {
  return z.record(key, value, { error: `must be ${what} by name` });
}

/** The same, at least one. */
export function nonEmptyMapOf<K extends z.ZodType<string, string>, T extends z.ZodType>(
  what: string,
  key: K,
  value: T,
) {
  return mapOf(what, key, value).refine(
    (entries) => Object.keys(entries).length > 0,
    `must hold at least one: ${what} by name`,
  );
}

export const AccountId = matching(
  'an account id of 12 digits in quotes, such as "111111111111"',
  /^\d{12}$/,
);
export const Region = matching("a Region such as eu-west-1", /^[a-z]{2,4}(-[a-z]+)+-\d$/);
export const OrganizationId = matching(
  "an organization's id such as o-abcdefghij",
  /^o-[a-z0-9]{10,32}$/,
);
export const OrganizationalUnit = matching(
  "an organizational unit's id such as ou-abcd-11111111",
  /^ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$/,
);
export const SubnetId = matching(
  "a subnet's id such as subnet-0123456789abcdef0",
  /^subnet-([0-9a-f]{8}|[0-9a-f]{17})$/,
);
export const SecurityGroupId = matching(
  "a security group's id such as sg-0123456789abcdef0",
  /^sg-([0-9a-f]{8}|[0-9a-f]{17})$/,
);
export const AmiId = matching(
  "an AMI's id such as ami-0123456789abcdef0",
  /^ami-([0-9a-f]{8}|[0-9a-f]{17})$/,
);
export const SnapshotId = matching(
  "a snapshot's id such as snap-0123456789abcdef0",
  /^snap-([0-9a-f]{8}|[0-9a-f]{17})$/,
);
export const Email = matching("an e-mail address", /^[^\s@"<>]+@[^\s@"<>]+\.[^\s@"<>.]{2,}$/);
export const RoleName = matching(
  "a role's name of at most 64 characters, with its path if it has one",
  /^([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/,
);
export const PermissionSet = matching("a permission set's name", /^[\w+=,.@-]{1,32}$/);
export const InstanceType = matching(
  "an instance type such as t3.medium",
  /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/,
);
export const Description = matching("a text of at most 1,024 characters", /^[^\p{Cc}]{1,1024}$/u);

const FOLDS =
  "lower-case letters and digits with single hyphens between, because Image Builder folds case, spaces and underscores into one name";

/**
 * The name of an image or component. Its length is what the provider takes of a pipeline and a component; `constructor` is what every
 * object of JavaScript has.
 */
export const ImageName = matching(
  `a name of 3 to 126 characters: ${FOLDS}`,
  /^(?=.{3,126}$)(?!constructor$)[a-z0-9]+(-[a-z0-9]+)*$/,
);
/** The name of something that AWS maintains. */
export const ManagedName = matching(`a name of ${FOLDS}`, /^[a-z0-9]+(-[a-z0-9]+)*$/);
export const SimpleName = matching(
  "a name of lower-case letters and digits with single hyphens between",
  /^[a-z0-9]+(-[a-z0-9]+)*$/,
);

const NODE = "(0|[1-9]\\d{0,8})";

/** `major.minor`: the ledger adds the patch. */
export const MajorMinor = matching(
  '"major.minor" in quotes, such as "1.0"',
  new RegExp(`^${NODE}\\.${NODE}$`),
);

const RANGE = `(x\\.x\\.x|${NODE}\\.x\\.x|${NODE}\\.${NODE}\\.x|${NODE}\\.${NODE}\\.${NODE})`;

/** A version or a range of versions; a wildcard stands for a number and all to its right. */
export const VersionRange = matching(
  "x.x.x, 1.x.x, 1.2.x or 1.2.3: a wildcard can only be followed by wildcards",
  new RegExp(`^${RANGE}$`),
);

/** Any component's ARN, with a version or a range for one, and with a build or not. */
export const ComponentArn = matching(
  "a component's ARN, with a version such as x.x.x, 1.x.x, 1.2.x or 1.2.3",
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
  "a tag value: a text (in quotes if it is a number) of letters, digits, spaces and _.:/=+-@",
  /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u,
);
export const Tags = mapOf("tags", TagKey, TagValue);

/**
 * The service's model takes ASCII and, on what builds the image, 30 with the one that the factory adds; it sets two itself.
 * https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateInfrastructureConfiguration.html
 */
export const AmiTags = mapOf(
  "tags",
  TagKey.regex(
    /^(?!CreatedBy$|Ec2ImageBuilderArn$)[\x20-\x7e]+$/,
    "must be of ASCII letters, and not CreatedBy or Ec2ImageBuilderArn, which Image Builder sets",
  ),
  TagValue,
).refine((tags) => Object.keys(tags).length <= 29, "must hold at most 29 tags");
