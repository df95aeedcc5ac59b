/**
 * Checks that policies name actions, resources, condition keys and operators that fit each other.
 */
import {
  type AuthorizationReference,
  isConditionKeyIn,
  isGlobalConditionKey,
} from "./authorization-reference";
import type { Document, Statement } from "./evaluate";
import type { Policy, ResolvedStacks } from "./resolved-stacks";

const OPERATORS = [
  "ArnEquals",
  "ArnLike",
  "ArnNotEquals",
  "ArnNotLike",
  "Bool",
  "Null",
  "StringEquals",
  "StringLike",
  "StringNotEquals",
];

/** Actions that could be limited to a resource but may be allowed for `*`, each with the reason. */
const ALLOWED_FOR_ANY_RESOURCE: Readonly<Record<string, string>> = {
  "cloudwatch:DescribeAlarms": "Terraform's provider lists alarms by name prefix",
  "ecr:BatchCheckLayerAvailability": "parents of containers are in any account's repositories",
  "ecr:BatchGetImage": "parents of containers are in any account's repositories",
  "ecr:DescribeImages": "parents of containers are in any account's repositories",
  "ecr:GetDownloadUrlForLayer": "parents of containers are in any account's repositories",
  "imagebuilder:ListImageScanFindings": "without a filter, it is about all images of an account",
};

const FOR_PLANS = "a plan reads the settings of a resource; later providers read more of them";

/** Actions with a wildcard that a statement may allow, each with the reason. */
const ALLOWED_WILDCARDS: Readonly<Record<string, string>> = {
  "events:List*": FOR_PLANS,
  "iam:Get*": FOR_PLANS,
  "iam:List*": FOR_PLANS,
  "imagebuilder:Get*": FOR_PLANS,
  "lambda:Get*": FOR_PLANS,
  "lambda:List*": FOR_PLANS,
  "s3:Get*Configuration": FOR_PLANS,
  "s3:GetBucket*": FOR_PLANS,
  "sns:Get*": FOR_PLANS,
  "sns:List*": FOR_PLANS,
  "sqs:Get*": FOR_PLANS,
  "kms:GenerateDataKey*": "AWS documents it for EBS, CloudWatch Logs and SNS topics",
  "kms:ReEncrypt*": "AWS documents both halves of this operation together",
};

/** Claims of GitHub's tokens, which IAM accepts as condition keys. */
const TOKEN_KEYS = ["aud", "ref", "repository", "sub"].map(
  (claim) => `token.actions.githubusercontent.com:${claim}`,
);

/** Texts that stand for a wildcard when a resource is compared with documented ARNs. */
const WILDCARD_EXAMPLES = ["x", "x/x", "x/x/x", "x/x/x/x", "log-stream:x"];

function list(values: string | readonly string[] | undefined): readonly string[] {
  return values === undefined ? [] : [values].flat();
}

function actionProblems(
  reference: AuthorizationReference,
  { Effect, Action, NotAction }: Statement,
): string[] {
  if ((Action === undefined) === (NotAction === undefined))
    return ["a statement must contain exactly one of Action, NotAction"];
  if (NotAction !== undefined && Effect === "Allow")
    return ["only a statement that denies may contain NotAction"];
  return list(Action ?? NotAction).flatMap((action) => {
    const [match] = reference.matchingActions(action);
    if (!match) return [`the action ${action} doesn't exist`];
    if (!action.includes("*"))
      return match.name === action ? [] : [`the action ${action} must be spelled ${match.name}`];
    const isAllowed = Effect !== "Allow" || action in ALLOWED_WILDCARDS;
    return isAllowed ? [] : [`the action ${action} must not contain a wildcard`];
  });
}

/** Whether the documented ARNs of an action contain a policy's resource. */
function takesResource(
  reference: AuthorizationReference,
  action: string,
  resource: string,
): boolean {
  const arns = reference.matchingActions(action).flatMap((match) => match.arns);
  return WILDCARD_EXAMPLES.some((text) => {
    const example = resource.replaceAll("*", text);
    return arns.some((arn) => arn.test(example));
  });
}

function anyResourceProblems(
  reference: AuthorizationReference,
  { Effect, Action }: Statement,
): string[] {
  if (Effect === "Deny") return [];
  return list(Action)
    .filter((action) => !(action in ALLOWED_FOR_ANY_RESOURCE))
    .filter((action) => reference.matchingActions(action).some(({ arns }) => arns.length > 0))
    .map((action) => `the action ${action} must be limited to resources, got: *`);
}

function namedResourceProblems(
  reference: AuthorizationReference,
  { Action }: Statement,
  resources: readonly string[],
): string[] {
  const known = list(Action).filter((action) => reference.matchingActions(action).length > 0);
  if (known.length === 0) return [];
  const unlimited = known.filter(
    (action) => !resources.some((resource) => takesResource(reference, action, resource)),
  );
  if (unlimited.length > 0)
    return unlimited.map(
      (action) => `the action ${action} can't be limited to ${resources.join(", ")}`,
    );
  return resources
    .filter((resource) => !known.some((action) => takesResource(reference, action, resource)))
    .map((resource) => `no action can be limited to ${resource}`);
}

function resourceProblems(
  reference: AuthorizationReference,
  { kind, resource }: Policy,
  statement: Statement,
): string[] {
  const resources = list(statement.Resource);
  if (kind === "trust")
    return resources.length === 0 ? [] : ["a trust policy must not contain Resource"];
  if (resource.type === "aws_ecr_repository_policy")
    return resources.length === 0 ? [] : ["a repository policy must not contain Resource"];
  if (resource.type === "aws_lambda_permission") return [];
  if (!resources.includes("*")) return namedResourceProblems(reference, statement, resources);
  // In a key policy `*` is the key itself.
  if (resource.type === "aws_kms_key") return [];
  return anyResourceProblems(reference, statement);
}

/** Splits `ForAnyValue:StringLike` into quantifier and name. */
function operatorParts(operator: string): { quantifier: string | undefined; name: string } {
  const [, quantifier, name = ""] = /^(?:(ForAnyValue|ForAllValues):)?(\w+)$/.exec(operator) ?? [];
  return { quantifier, name };
}

function conditionKeyProblems(
  reference: AuthorizationReference,
  { Action }: Statement,
  key: string,
): string[] {
  if (isGlobalConditionKey(key) || TOKEN_KEYS.includes(key)) return [];
  const supports = (action: string): boolean =>
    reference
      .matchingActions(action)
      .some(({ conditionKeys }) => isConditionKeyIn(conditionKeys, key));
  return list(Action)
    .filter((action) => !supports(action))
    .map((action) => `the action ${action} doesn't support the condition key ${key}`);
}

/** The operators that fit the type of a condition key. */
const FITTING_OPERATORS: Readonly<Record<string, RegExp>> = {
  String: /^String/,
  ARN: /^(Arn|String)/,
  Bool: /^Bool$/,
  ArrayOfString: /^String/,
  ArrayOfARN: /^(Arn|String)/,
};

/**
 * Keys of type String that AWS's own examples compare as ARNs.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
const STRING_KEYS_WITH_ARNS = ["kms:EncryptionContext:aws:logs:arn"];

function operatorProblems(
  reference: AuthorizationReference,
  operator: string,
  key: string,
): string[] {
  const type = TOKEN_KEYS.includes(key) ? "String" : reference.conditionKeyType(key);
  const { quantifier, name } = operatorParts(operator);
  if (name === "Null" || type === undefined) return [];
  const isList = type.startsWith("ArrayOf");
  if (isList && quantifier === undefined)
    return [`${key} has several values: ${operator} must start with ForAnyValue or ForAllValues`];
  if (!isList && quantifier !== undefined)
    return [`${key} has one value: ${operator} must not start with ${quantifier}`];
  const isFitting =
    FITTING_OPERATORS[type]?.test(name) === true ||
    (name.startsWith("Arn") && STRING_KEYS_WITH_ARNS.includes(key));
  return isFitting ? [] : [`${key} is of type ${type}, which ${operator} doesn't compare`];
}

function conditionProblems(reference: AuthorizationReference, statement: Statement): string[] {
  return Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) => {
    if (!OPERATORS.includes(operatorParts(operator).name))
      return [`the operator ${operator} doesn't exist`];
    return Object.keys(keys).flatMap((key) => [
      ...conditionKeyProblems(reference, statement, key),
      ...operatorProblems(reference, operator, key),
    ]);
  });
}

function formProblems({ Version, Statement }: Document, { Sid = "", Effect }: Statement) {
  const problems: string[] = [];
  if (Version !== "2012-10-17")
    problems.push(`Version must be 2012-10-17, which supports variables, got: ${Version}`);
  if (Effect !== "Allow" && Effect !== "Deny")
    problems.push(`Effect must be Allow or Deny, got: ${Effect}`);
  if (!/^[A-Za-z0-9]+$/.test(Sid)) problems.push("Sid must consist of letters and digits");
  if (Statement.filter((statement) => statement.Sid === Sid).length !== 1)
    problems.push("Sid must be unique within the policy");
  return problems;
}

function policyProblems(policy: Policy, reference: AuthorizationReference): string[] {
  const { address, document } = policy;
  return document.Statement.flatMap((statement) =>
    [
      ...formProblems(document, statement),
      ...actionProblems(reference, statement),
      ...resourceProblems(reference, policy, statement),
      ...conditionProblems(reference, statement),
    ].map((problem) => `${address}, ${statement.Sid}: ${problem}`),
  );
}

const knownProblems = new WeakMap<Policy, readonly string[]>();

/** Returns every problem of every policy, each with the address of its statement. */
export function lintPolicies(
  { policies }: ResolvedStacks,
  reference: AuthorizationReference,
): string[] {
  return policies.flatMap((policy) => {
    const problems = knownProblems.get(policy) ?? policyProblems(policy, reference);
    knownProblems.set(policy, problems);
    return problems;
  });
}
