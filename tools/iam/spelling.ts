/** Whether every policy is written as AWS reads it: actions, condition keys and operators that exist and fit each other. */
import type { Statement } from "./evaluate";
import { GLOBAL_KEYS, type Iam, isKey, keyType } from "./iam";
import type { Policies, Policy } from "./world";

const OPERATORS = [
  "StringEquals",
  "StringNotEquals",
  "StringLike",
  "ArnEquals",
  "ArnLike",
  "ArnNotLike",
  "Bool",
  "Null",
];

/** Why a statement that allows something may have a resource of `*`. A key's policy means the key itself by it, and a trust policy has none. */
const ANY_RESOURCE: Readonly<Record<string, string>> = {
  FindByName: "lists, and RAM's reads, can't be limited to a resource",
  ReadForImageBuilder: "neither can be limited to a resource",
  CreateKeys: "a key that isn't there yet has no name",
  CreateShares: "a share that isn't there yet has no name",
  FindShares: "RAM's reads can't be limited to a resource",
  SeeShares: "the same, of the example for operators",
  FindImages: "ListImages takes no resource",
  LogInToRegistries: "takes no resource",
  PullParentsOfOtherAccounts: "of other accounts, whose repositories say who pulls",
  FindParentContainers: "a recipe's parent is in anybody's repository",
  SeeWhatWaits: "ListWaitingWorkflowSteps takes no resource",
};

/** Why an action of an `Allow` may have a wildcard. */
const ANY_ACTION: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      ...[
        "iam:Get*",
        "iam:List*",
        "imagebuilder:Get*",
        "lambda:Get*",
        "lambda:List*",
        "events:List*",
        "s3:GetBucket*",
      ],
      ...["s3:Get*Configuration", "sns:Get*", "sns:List*", "sqs:Get*"],
    ].map((action) => [
      action,
      "what a plan reads of resources that it names; later providers read more",
    ]),
  ),
  "kms:GenerateDataKey*":
    "AWS asks for it in each of the policies that it documents for EBS, logs and topics",
  "kms:ReEncrypt*": "the two halves of one operation, which AWS documents together",
};

/** Keys that an identity provider adds, by what it says of whom it vouches for. */
const TOKEN_KEYS = ["aud", "ref", "repository", "sub"].map(
  (claim) => `token.actions.githubusercontent.com:${claim}`,
);

/** What a wildcard of ours may stand for. */
const FILLINGS = ["x", "x/x", "x/x/x", "x/x/x/x", "log-stream:x"];

function list(values: string | readonly string[] | undefined): readonly string[] {
  return values === undefined ? [] : [values].flat();
}

function actionsOf(iam: Iam, pattern: string) {
  const [service = ""] = pattern.split(":");
  const wanted = new RegExp(`^${pattern.replaceAll("*", ".*")}$`, "i");
  return (iam[service]?.actions ?? []).filter(({ name }) => wanted.test(name));
}

function actionProblems(iam: Iam, { Effect, Action }: Statement): string[] {
  return list(Action).flatMap((action) => {
    const matched = actionsOf(iam, action);
    if (matched.length === 0) return [`there is no action ${action}`];
    if (!action.includes("*") && matched[0]?.name !== action)
      return [`${action} is spelled ${matched[0]?.name}`];
    return action.includes("*") && Effect === "Allow" && !(action in ANY_ACTION)
      ? [`${action} is wide without a reason`]
      : [];
  });
}

function resourceProblems(
  iam: Iam,
  { kind, resource }: Policy,
  { Sid = "", Effect, Action, Resource }: Statement,
): string[] {
  if (kind === "trust") return Resource === undefined ? [] : ["a trust policy names a resource"];
  if (resource.type === "aws_lambda_permission") return [];
  if (resource.type === "aws_ecr_repository_policy")
    return Resource === undefined ? [] : ["a repository's policy names a resource"];
  const named = list(Resource).filter((pattern) => pattern !== "*");
  const isKeyItself = resource.type === "aws_kms_key";
  const isAny =
    named.length < list(Resource).length &&
    !isKeyItself &&
    Effect !== "Deny" &&
    !(Sid in ANY_RESOURCE);
  const fits = (action: string, pattern: string): boolean =>
    actionsOf(iam, action)
      .flatMap(({ arns }) => arns)
      .some((arn) => FILLINGS.some((text) => arn.test(pattern.replaceAll("*", text))));
  const known = list(Action).filter((action) => actionsOf(iam, action).length > 0);
  const lost =
    named.length < list(Resource).length
      ? []
      : known.filter((action) => !named.some((one) => fits(action, one)));
  const idle =
    known.length === 0 || lost.length > 0
      ? []
      : named.filter((pattern) => !known.some((action) => fits(action, pattern)));
  return [
    ...(isAny ? [`${Sid} is for any resource without a reason`] : []),
    ...lost.map((action) => `${action} can't be limited to ${named.join(", ")}`),
    ...idle.map((pattern) => `nothing of it can be limited to ${pattern}`),
  ];
}

function conditionProblems(iam: Iam, { Action, Condition = {} }: Statement): string[] {
  return Object.entries(Condition).flatMap(([operator, keys]) => {
    const [, name = ""] = /^(?:ForAnyValue:|ForAllValues:)?(\w+)$/.exec(operator) ?? [];
    if (!OPERATORS.includes(name)) return [`there is no operator ${operator}`];
    return Object.keys(keys).flatMap((key) => {
      if (isKey(GLOBAL_KEYS, key) || TOKEN_KEYS.includes(key)) return [];
      const deaf = list(Action).filter(
        (action) => !actionsOf(iam, action).some((one) => isKey(one.conditionKeys, key)),
      );
      return deaf.map((action) => `${action} knows no condition key ${key}`);
    });
  });
}

/** Which operators a key of a type takes. */
const FITTING: Readonly<Record<string, RegExp>> = {
  String: /^String/,
  ARN: /^(Arn|String)/,
  Bool: /^Bool$/,
  ArrayOfString: /^String/,
  ArrayOfARN: /^(Arn|String)/,
};

/** Keys of strings that AWS's own samples compare as ARNs. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html */
const ARNS_IN_STRINGS = ["kms:EncryptionContext:aws:logs:arn"];

function operatorProblems(iam: Iam, { Condition = {} }: Statement): string[] {
  return Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.keys(keys).flatMap((key) => {
      const type = TOKEN_KEYS.includes(key) ? "String" : keyType(iam, key);
      const [, quantifier, name = ""] = /^(ForAnyValue:|ForAllValues:)?(\w+)$/.exec(operator) ?? [];
      if (name === "Null" || type === undefined || !OPERATORS.includes(name)) return [];
      if (type.startsWith("ArrayOf") !== (quantifier !== undefined))
        return [
          `${key} is ${quantifier ? "one value" : "several values"}, which ${operator} isn't for`,
        ];
      const fits =
        FITTING[type]?.test(name) === true ||
        (name.startsWith("Arn") && ARNS_IN_STRINGS.includes(key));
      return fits ? [] : [`${key} is of type ${type}, which ${operator} isn't for`];
    }),
  );
}

/** What AWS would refuse, or read otherwise. */
function formProblems({ document }: Policy, { Sid = "", Effect }: Statement): string[] {
  return [
    ...(document.Version === "2012-10-17"
      ? []
      : [`the version ${document.Version} knows no variables`]),
    ...(Effect === "Allow" || Effect === "Deny" ? [] : [`the effect is ${Effect}`]),
    ...(/^[A-Za-z0-9]+$/.test(Sid) ? [] : ["the Sid isn't letters and digits"]),
    ...(document.Statement.filter((one) => one.Sid === Sid).length === 1
      ? []
      : ["the Sid is there twice"]),
  ];
}

/** What is wrong, with where it is. */
export function spellingProblems({ policies }: Policies, iam: Iam): string[] {
  return policies.flatMap((policy) =>
    policy.document.Statement.flatMap((statement) =>
      [
        ...formProblems(policy, statement),
        ...actionProblems(iam, statement),
        ...resourceProblems(iam, policy, statement),
        ...conditionProblems(iam, statement),
        ...operatorProblems(iam, statement),
      ].map((problem) => `${policy.address}, ${statement.Sid}: ${problem}`),
    ),
  );
}
