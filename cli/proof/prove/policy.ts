/** The IAM policies of `factory prove`. */
import type { Session } from "../../account-credentials";
import { PROVE_PREFIX, PROVE_TAG } from "../leftovers";

/** Changes that a run may make. */
export interface Changes {
  readonly recipe: boolean;
  readonly launch: boolean;
}

interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;
}

/** AWS requests that create something must tag it. */
const CREATES_TAGGED = { Null: { [`aws:RequestTag/${PROVE_TAG}`]: "false" } };

const IS_TAGGED = { Null: { [`aws:ResourceTag/${PROVE_TAG}`]: "false" } };

const VIA_EC2 = { StringLike: { "kms:ViaService": "ec2.*.amazonaws.com" } };

function always(): boolean {
  return true;
}

function createsRecipe({ recipe }: Changes): boolean {
  return recipe;
}

function launches({ launch }: Changes): boolean {
  return launch;
}

/** A statement, when it is needed, and the ARNs of its resources without `arn:PARTITION:`. */
type Row = readonly [
  sid: string,
  isNeeded: (changes: Changes) => boolean,
  actions: readonly string[],
  resources: readonly string[],
  condition?: Statement["Condition"],
];

const RECIPES = [`imagebuilder:*:*:image-recipe/${PROVE_PREFIX}*`];

function ec2(...types: readonly string[]): string[] {
  return types.map((type) => `ec2:*:*:${type}/*`);
}

/**
 * Everything that a run creates and removes has {@link PROVE_TAG}. Every run may launch: IAM can't
 * distinguish a dry run from a launch.
 */
const ROWS: readonly Row[] = [
  [
    "Look",
    always,
    [
      "ec2:DescribeImages",
      "ec2:DescribeInstanceStatus",
      "ec2:DescribeInstances",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "imagebuilder:ListImageRecipes",
      "ram:GetResourceShares",
      "ram:ListResources",
    ],
    [],
  ],
  [
    "LookAtImages",
    always,
    ["imagebuilder:GetComponent", "imagebuilder:GetImage"],
    ["imagebuilder:*:*:component/*", "imagebuilder:*:*:image/*"],
  ],
  ["LookAtKeys", always, ["kms:DescribeKey"], ["kms:*:*:key/*"]],
  [
    "LaunchTagged",
    always,
    ["ec2:RunInstances"],
    ec2("instance", "network-interface", "volume"),
    CREATES_TAGGED,
  ],
  [
    "LaunchFrom",
    always,
    ["ec2:RunInstances"],
    ["ec2:*::image/*", ...ec2("security-group", "subnet")],
  ],
  [
    "TagWhatIsCreated",
    always,
    ["ec2:CreateTags"],
    ec2("instance", "network-interface", "security-group", "volume"),
    { StringEquals: { "ec2:CreateAction": ["CreateSecurityGroup", "RunInstances"] } },
  ],
  [
    "CreateRecipe",
    createsRecipe,
    ["imagebuilder:CreateImageRecipe", "imagebuilder:TagResource"],
    RECIPES,
    CREATES_TAGGED,
  ],
  ["CreateGroup", launches, ["ec2:CreateSecurityGroup"], ec2("security-group"), CREATES_TAGGED],
  ["CreateGroupIn", launches, ["ec2:CreateSecurityGroup"], ec2("vpc")],
  [
    "UseKeysThroughEc2",
    launches,
    ["kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"],
    ["kms:*:*:key/*"],
    VIA_EC2,
  ],
  [
    "RemoveFromEc2",
    ({ recipe, launch }) => recipe || launch,
    ["ec2:DeleteSecurityGroup", "ec2:TerminateInstances"],
    ec2("instance", "security-group"),
    IS_TAGGED,
  ],
  [
    "RemoveRecipes",
    ({ recipe, launch }) => recipe || launch,
    ["imagebuilder:DeleteImageRecipe"],
    RECIPES,
  ],
];

function statementsFor(changes: Changes, partition: string): Statement[] {
  return ROWS.filter(([, isNeeded]) => isNeeded(changes)).map(
    ([Sid, , Action, resources, Condition]) => ({
      Sid,
      Effect: "Allow",
      Action,
      Resource: resources.length === 0 ? "*" : resources.map((one) => `arn:${partition}:${one}`),
      ...(Condition && { Condition }),
    }),
  );
}

/** Allows every call of `factory prove` with all of its options. */
export const PROVE_POLICY = {
  Version: "2012-10-17",
  Statement: statementsFor({ recipe: true, launch: true }, "aws"),
};

/** Roles can be assumed for an hour, whatever their maximum is. */
const HOUR_SECONDS = 3_600;

/** Statements whose resources limit more than their condition does. */
const LIMITED_BY_RESOURCES = [
  "LaunchTagged",
  "LaunchFrom",
  "CreateGroup",
  "CreateGroupIn",
  "RemoveRecipes",
];

/**
 * Limits the session of an assumed role. STS accepts 2,048 characters, so the statements are
 * broader where the tag limits them, or where they only read.
 */
export function sessionFor(changes: Changes, partition: string): Session {
  const statements = statementsFor(changes, partition).map(({ Sid, ...statement }) =>
    LIMITED_BY_RESOURCES.includes(Sid) ? statement : { ...statement, Resource: "*" },
  );
  const isRead = ({ Resource, Condition }: Omit<Statement, "Sid">): boolean =>
    Resource === "*" && Condition === undefined;
  const reads = statements.filter(isRead).flatMap(({ Action }) => Action);
  const Statement = [
    { Effect: "Allow", Action: reads, Resource: "*" },
    ...statements.filter((statement) => !isRead(statement)),
  ];
  return {
    name: "golden-image-factory-prove",
    policy: JSON.stringify({ Version: "2012-10-17", Statement }),
    ...(changes.launch && { seconds: HOUR_SECONDS }),
  };
}
