import * as z from "zod";
import { bucketObjects } from "../aws/buckets";
import { matching, strict, uniqueList } from "../schema-blocks";

const OBJECTS =
  "must be BUCKET, BUCKET/PREFIX/ or BUCKET/KEY, such as acme-installers/linux/, without s3:// and wildcards";

const Objects = z
  .string({ error: OBJECTS })
  .refine((location) => bucketObjects(location) !== undefined, OBJECTS);

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
const Secret = matching(
  "the name of a secret in the account and Region of the build, or the complete ARN of a secret, which ends with a hyphen and 6 characters",
  /^([\w/+=.@-]{1,512}|arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6})$/,
);

const Parameter = matching(
  "the name of an SSM parameter such as /agents/token, or a path that ends with a slash such as /agents/",
  /^(?=.{1,1011}$)\/?[\w.-]+(\/[\w.-]+)*\/?$/,
);

const PolicyArn = matching(
  "the ARN of a customer managed policy, such as arn:aws:iam::111111111111:policy/read-licenses",
  /^arn:aws[a-z-]*:iam::\d{12}:policy\/([\w+=,.@-]+\/)*[\w+=,.@-]{1,128}$/,
);

/** IAM attaches at most 20 managed policies to a role, and AWS's build policies are two of them. */
const MAX_POLICIES = 18;

/** Permissions of build instances. */
export const BuildAccess = strict({
  read: uniqueList(Objects)
    .default([])
    .describe(
      "Objects that build instances can read: a bucket (acme-installers), the objects under a prefix (acme-installers/linux/) or one object (acme-installers/agent.rpm). Buckets and prefixes can also be listed.",
    ),
  write: uniqueList(Objects)
    .default([])
    .describe("Objects that build instances can write, given as in read."),
  secrets: uniqueList(Secret)
    .default([])
    .describe(
      "Secrets of AWS Secrets Manager that build instances can read: the name of a secret in the account and Region of the build, or the ARN of any secret.",
    ),
  parameters: uniqueList(Parameter)
    .default([])
    .describe(
      "SSM parameters that build instances can decrypt, in the account and Region of the build: a parameter, or a path with a slash at its end.",
    ),
  policies: uniqueList(PolicyArn, MAX_POLICIES)
    .default([])
    .describe("ARNs of customer managed policies of the account, for everything else."),
}).prefault({});
export type BuildAccessEntry = z.output<typeof BuildAccess>;
