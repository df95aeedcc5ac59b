import { TAG_PREFIX } from "../../contract/tags";
import { DYNAMIC_TAG } from "../aws/dynamic-tags";
import { INSTANCE_TYPES } from "../aws/instance-types";
import { REGION_NAME, REGIONS } from "../aws/regions";
import { mapOf, matching } from "../schema-blocks";

export const AccountId = matching(
  'an account ID of 12 digits in quotes, such as "111111111111"',
  /^\d{12}$/,
);
export const Region = matching("a Region such as eu-west-1", REGION_NAME, REGIONS);
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
/** A role or user. A role of IAM Identity Center has a path. */
export const PrincipalArn = matching(
  "the ARN of an IAM role or user, without wildcards, such as arn:aws:iam::111111111111:role/operators",
  /^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/,
);
export const PermissionSet = matching("the name of a permission set", /^[\w+=,.@-]{1,32}$/);
export const InstanceType = matching(
  "an instance type such as t3.medium",
  /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/,
  INSTANCE_TYPES,
);
export const Description = matching(
  "a single line of 1 to 1,024 characters",
  /^[^\p{Cc}]{1,1024}$/u,
);
export const FilePath = matching("the path of a file", /^[^\p{Cc}]+$/u);
export const YamlPath = matching("the path of a .yaml or .yml file", /^[^\p{Cc}]+\.ya?ml$/u);

const FOLDED =
  "lower-case letters and digits with single hyphens between them, because Image Builder treats names that differ only in case, spaces, underscores or hyphens as one name";

/**
 * The name of an image or component. The provider limits the length of a pipeline's and a
 * component's name. Every JavaScript object has a property `constructor`.
 */
export const ImageName = matching(
  `a name of 3 to 126 characters: ${FOLDED}`,
  /^(?=.{3,126}$)[a-z0-9]+(-[a-z0-9]+)*$/,
).refine((name) => name !== "constructor", "is reserved: choose another name");
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

const IMAGE_BUILDER_ARN = "^arn:aws[a-z-]*:imagebuilder:([a-z0-9-]+|\\{region\\})";

export const ComponentArn = matching(
  "the ARN of a component, with a version such as x.x.x, 1.x.x, 1.2.x or 1.2.3",
  new RegExp(
    `${IMAGE_BUILDER_ARN}:(\\d{12}|aws|third-party):component/[a-z0-9_-]+/${RANGE}(/\\d+)?$`,
  ),
);

export const ImageArn = matching(
  "the ARN of an image of an account, not of AWS (use awsManaged), with a version such as x.x.x, 1.x.x, 1.2.x, 1.2.3 or 1.2.3/4",
  new RegExp(
    `${IMAGE_BUILDER_ARN}:\\d{12}:image/[a-z0-9_-]+/(${RANGE}|${NODE}\\.${NODE}\\.${NODE}/\\d+)$`,
  ),
);

export const ParameterPath = matching("the path of an SSM parameter", /^\/?[\w.-]+(\/[\w.-]+)*$/);

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
 * Tags of AMIs and build instances. Image Builder allows 30 ASCII tags, of which the factory adds
 * one, and sets two itself.
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
