/** Questions of `factory init`, and how each answer is validated. */
import { BASE_IMAGES, baseImage, type Platform } from "../../../config/aws/base-images";
import { didYouMean } from "../../../config/near-match";
import { ConfigError, describeProblem, type Problem } from "../../../config/problems";
import { HcpOrganization, Repository, StateBucket } from "../../../config/schema/factory-file";
import {
  AccountId,
  ImageName,
  OrganizationId,
  Region,
  SimpleName,
} from "../../../config/schema/primitives";

/** Answers by the name of their option. */
export interface Answers {
  readonly organization?: string | undefined;
  readonly "management-account"?: string | undefined;
  readonly "shared-account"?: string | undefined;
  /** Separated by commas. */
  readonly regions?: string | undefined;
  readonly "state-bucket"?: string | undefined;
  readonly "hcp-organization"?: string | undefined;
  readonly parent?: string | undefined;
  readonly image?: string | undefined;
  readonly channel?: string | undefined;
  readonly "app-account"?: string | undefined;
  readonly "app-account-id"?: string | undefined;
  readonly github?: string | undefined;
}

export type Name = keyof Answers;

/** Answers of which a factory file can be written. */
export interface Choices {
  readonly organization: string;
  readonly managementAccount: string;
  readonly sharedAccount: string;
  readonly regions: readonly [string, ...string[]];
  readonly state:
    | { readonly backend: "s3"; readonly bucket: string }
    | { readonly backend: "cloud"; readonly organization: string };
  /** The AWS-managed image that the golden image is built on. */
  readonly parent: string;
  readonly platform: SupportedPlatform;
  readonly image: string;
  readonly channel: string;
  /** @default - none */
  readonly appAccount?: { readonly name: string; readonly id: string } | undefined;
  /** OWNER/NAME. @default - GitHub isn't used */
  readonly repository?: string | undefined;
}

/** The library has components for these. */
export type SupportedPlatform = Exclude<Platform, "macOS">;

/** The part of a schema that validates an answer. */
interface Schema {
  safeParse(value: unknown): {
    readonly error?: { readonly issues: readonly { readonly message: string }[] } | undefined;
  };
}

const SCHEMAS: Readonly<Record<Exclude<Name, "regions" | "parent">, Schema>> = {
  organization: OrganizationId,
  "management-account": AccountId,
  "shared-account": AccountId,
  "state-bucket": StateBucket,
  "hcp-organization": HcpOrganization,
  image: ImageName,
  channel: SimpleName,
  "app-account": SimpleName,
  "app-account-id": AccountId,
  github: Repository,
};

/** AWS-managed images that the first golden image can be built on. */
export const PARENTS: readonly string[] = BASE_IMAGES.filter(({ platform }) =>
  isSupported(platform),
).map(({ name }) => name);

function isSupported(platform: Platform | undefined): platform is SupportedPlatform {
  return platform === "Linux" || platform === "Windows";
}

/** Returns the Regions in a text such as `eu-west-1,us-east-1`. */
export function regionsIn(text: string): string[] {
  return text.split(",").map((region) => region.trim());
}

/**
 * Returns what is wrong with an answer, with the messages of the factory file; `undefined` if it is
 * valid.
 */
export function problemOf(name: Name, text: string): Omit<Problem, "path"> | undefined {
  switch (name) {
    case "regions":
      return regionsIn(text)
        .map((region) => schemaProblem(Region, region))
        .find((problem) => problem !== undefined);
    case "parent":
      return PARENTS.includes(text)
        ? undefined
        : {
            message: `must be the name of an AWS-managed image for Linux or Windows, such as amazon-linux-2023-x86${didYouMean(text, PARENTS)}`,
            got: text,
          };
    default:
      return schemaProblem(SCHEMAS[name], text);
  }
}

function schemaProblem(schema: Schema, value: string): Omit<Problem, "path"> | undefined {
  const message = schema.safeParse(value).error?.issues[0]?.message;
  // Only YAML needs quotes, to distinguish an account ID from a number.
  return message === undefined
    ? undefined
    : { message: message.replace(' in quotes, such as "111111111111"', ""), got: value };
}

/** Throws a `ConfigError` that lists all invalid answers. */
export function assertValid(answers: Answers): void {
  const problems = Object.entries(answers).flatMap(([name, text]) => {
    const problem = text === undefined ? undefined : problemOf(name as Name, text);
    return problem ? [describeProblem({ ...problem, path: [`--${name}`] })] : [];
  });
  for (const name of ["state-bucket", "github"] as const)
    if (answers[name] !== undefined && answers["hcp-organization"] !== undefined)
      problems.push(`--${name}: can't be used together with --hcp-organization`);
  if (problems.length > 0) throw new ConfigError(problems.join("\n"));
}

const REQUIRED: readonly Name[] = [
  "organization",
  "management-account",
  "shared-account",
  "regions",
];
const REQUIRED_OF_IMAGE: readonly Name[] = ["parent", "image", "channel"];

/** Returns the options of answers that are missing, in the order of the questions. */
export function missingOptions(answers: Answers): string[] {
  const missing = (names: readonly Name[]): string[] =>
    names.filter((name) => answers[name] === undefined).map((name) => `--${name}`);
  const hasState =
    answers["state-bucket"] !== undefined || answers["hcp-organization"] !== undefined;
  const account = missing(["app-account", "app-account-id"]);
  return [
    ...missing(REQUIRED),
    ...(hasState ? [] : ["--state-bucket or --hcp-organization"]),
    ...missing(REQUIRED_OF_IMAGE),
    ...(account.length === 1 ? account : []),
  ];
}

/** Returns the answers as choices. They must be valid and complete. */
export function choicesOf(answers: Answers): Choices {
  const [region = "", ...others] = regionsIn(given(answers, "regions"));
  const parent = given(answers, "parent");
  const platform = baseImage(parent)?.platform;
  if (!isSupported(platform)) throw new Error(`${parent} has no supported platform`);
  return {
    organization: given(answers, "organization"),
    managementAccount: given(answers, "management-account"),
    sharedAccount: given(answers, "shared-account"),
    regions: [region, ...others],
    state:
      answers["state-bucket"] === undefined
        ? { backend: "cloud", organization: given(answers, "hcp-organization") }
        : { backend: "s3", bucket: answers["state-bucket"] },
    parent,
    platform,
    image: given(answers, "image"),
    channel: given(answers, "channel"),
    appAccount:
      answers["app-account"] === undefined
        ? undefined
        : { name: answers["app-account"], id: given(answers, "app-account-id") },
    repository: answers.github,
  };
}

function given(answers: Answers, name: Name): string {
  const answer = answers[name];
  if (answer === undefined) throw new Error(`the answer ${name} is missing`);
  return answer;
}
