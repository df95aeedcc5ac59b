/**
 * Evaluates whether AWS allows a request, by the documented rules of policy evaluation, for the
 * policy elements and operators that the factory uses. Anything else is an error: a policy that
 * isn't fully understood proves nothing. Permissions boundaries, session policies, service control
 * policies and resource control policies aren't evaluated.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */

type Values = string | readonly string[];

export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, Values>>;
  readonly Action?: Values;
  /** Every action except these. Given instead of `Action`. */
  readonly NotAction?: Values;
  readonly Resource?: Values;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Values>>>>;
}

export interface Document {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

/** The sender of a request: an IAM principal, an AWS service, or an identity provider's user. */
export type Principal =
  | {
      readonly arn: string;
      readonly account: string;
      readonly identity: readonly Document[];
      /** Such as `aws:PrincipalOrgID`. */
      readonly context?: Context;
    }
  | { readonly service: string }
  | { readonly provider: string };

/** The request context, by condition key. A missing key isn't in the request. */
export type Context = Readonly<Record<string, Values>>;

export interface Request {
  readonly principal: Principal;
  readonly resource: string;
  /** The account that owns the resource. */
  readonly account: string;
  /** The resource-based policy. @default - the resource has none */
  readonly policy?: Document;
  readonly context?: Context;
}

/** Converts to strings, because policies may contain `true` without quotes. */
function list(values: Values | undefined): readonly string[] {
  return values === undefined ? [] : [values].flat().map(String);
}

/** The request context by lower-case key: IAM ignores the case of condition keys. */
type RequestContext = ReadonlyMap<string, readonly string[]>;

function requestContext({ principal, context }: Request): RequestContext {
  const ofPrincipal =
    "arn" in principal
      ? {
          "aws:PrincipalArn": principal.arn,
          "aws:PrincipalAccount": principal.account,
          ...principal.context,
        }
      : {};
  const all = { "aws:SecureTransport": "true", ...ofPrincipal, ...context };
  return new Map(Object.entries(all).map(([key, values]) => [key.toLowerCase(), list(values)]));
}

/** `*` matches any text, `?` any character. */
function patternSource(pattern: string): string {
  return pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
}

const compiledPatterns = new Map<string, RegExp>();

function matchesPattern(pattern: string, text: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === text;
  const compiled = compiledPatterns.get(pattern) ?? new RegExp(`^${patternSource(pattern)}$`, "s");
  compiledPatterns.set(pattern, compiled);
  return compiled.test(text);
}

/** "Each of the six colon-delimited components of the ARN is checked separately". */
function matchesArnPattern(pattern: string, arn: string): boolean {
  const components = (text: string): string[] => {
    const parts = text.split(":");
    return [...parts.slice(0, 5), parts.slice(5).join(":")];
  };
  const actual = components(arn);
  return components(pattern).every((part, index) => matchesPattern(part, actual[index] ?? ""));
}

const OPERATORS: Readonly<Record<string, (expected: string, actual: string) => boolean>> = {
  StringEquals: (expected, actual) => expected === actual,
  StringLike: matchesPattern,
  ArnEquals: matchesArnPattern,
  ArnLike: matchesArnPattern,
  Bool: (expected, actual) => expected.toLowerCase() === actual.toLowerCase(),
};

function isConditionMet(
  operator: string,
  expected: readonly string[],
  actual: readonly string[] | undefined,
): boolean {
  if (operator === "Null") return expected[0] === String(actual === undefined);
  const [, quantifier, name = ""] = /^(?:(ForAnyValue|ForAllValues):)?(\w+)$/.exec(operator) ?? [];
  // A negated operator is also met when the key isn't in the request.
  if (name.includes("Not")) return !isConditionMet(operator.replace("Not", ""), expected, actual);
  const matches = OPERATORS[name];
  if (!matches) throw new Error(`the condition operator ${operator} isn't supported`);
  const isExpected = (value: string): boolean => expected.some((text) => matches(text, value));
  if (quantifier === "ForAllValues") return (actual ?? []).every(isExpected);
  if (actual === undefined) return false;
  if (quantifier === undefined && actual.length !== 1)
    throw new Error(`${operator} compares one value, but the condition key has ${actual.length}`);
  return actual.some(isExpected);
}

/** Replaces variables such as `${aws:PrincipalAccount}`; a missing one matches nothing. */
function withVariables(text: string, context: RequestContext): string {
  if (!text.includes("${")) return text;
  return text.replace(/\$\{([^}]+)\}/g, (_, key: string) => {
    const [value, ...others] = context.get(key.toLowerCase()) ?? [];
    if (others.length > 0)
      throw new Error(`the policy variable ${key} must have one value, got: ${others.length + 1}`);
    return value ?? "\u0000";
  });
}

const ELEMENTS = ["Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "Condition"];

interface CompiledCondition {
  readonly operator: string;
  /** In lower case. */
  readonly key: string;
  readonly values: readonly string[];
}

/** A statement in a form that is fast to evaluate. */
interface CompiledStatement {
  /** In lower case, because IAM ignores the case of actions. */
  readonly actions: ReadonlySet<string>;
  readonly actionPatterns: readonly RegExp[];
  /** Whether the statement applies to all actions but these. */
  readonly isInverted: boolean;
  /** `undefined` if the statement has no Resource. */
  readonly resources: readonly string[] | undefined;
  readonly conditions: readonly CompiledCondition[];
}

const compiledStatements = new WeakMap<Statement, CompiledStatement>();

function compile(statement: Statement): CompiledStatement {
  const known = compiledStatements.get(statement);
  if (known) return known;
  const unknown = Object.keys(statement).filter((element) => !ELEMENTS.includes(element));
  if (unknown.length > 0)
    throw new Error(`the policy element ${unknown.join(", ")} isn't supported`);
  const { Action, NotAction, Resource, Condition = {} } = statement;
  const actions = list(Action ?? NotAction).map((action) => action.toLowerCase());
  const isPattern = (action: string): boolean => /[*?]/.test(action);
  const compiled: CompiledStatement = {
    actions: new Set(actions.filter((action) => !isPattern(action))),
    actionPatterns: actions
      .filter(isPattern)
      .map((pattern) => new RegExp(`^${patternSource(pattern)}$`, "s")),
    isInverted: NotAction !== undefined,
    resources: Resource === undefined ? undefined : list(Resource),
    conditions: Object.entries(Condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => ({
        operator,
        key: key.toLowerCase(),
        values: list(values),
      })),
    ),
  };
  compiledStatements.set(statement, compiled);
  return compiled;
}

/** Whether a statement applies to a resource in a request, whatever the action is. */
function appliesTo(statement: Statement, resource: string, context: RequestContext): boolean {
  const { resources, conditions } = compile(statement);
  const isResourceMatched =
    resources === undefined ||
    resources.some((pattern) => matchesPattern(withVariables(pattern, context), resource));
  if (!isResourceMatched) return false;
  return conditions.every(({ operator, key, values }) => {
    const expected = values.map((text) => withVariables(text, context));
    return isConditionMet(operator, expected, context.get(key));
  });
}

/** @param action in lower case */
function containsAction(statement: Statement, action: string): boolean {
  const { actions, actionPatterns, isInverted } = compile(statement);
  const isNamed = actions.has(action) || actionPatterns.some((pattern) => pattern.test(action));
  return isNamed !== isInverted;
}

/** How a resource-based policy names a principal: not at all, itself, or by its account. */
function namedAs(
  { Principal: named }: Statement,
  principal: Principal,
): "nothing" | "itself" | "account" {
  if (named === undefined)
    throw new Error("a statement of a resource-based policy must contain Principal");
  if (named === "*") return "itself";
  const unknown = Object.keys(named).filter(
    (kind) => !["AWS", "Service", "Federated"].includes(kind),
  );
  if (unknown.length > 0)
    throw new Error(`the principal type ${unknown.join(", ")} isn't supported`);
  if ("service" in principal)
    return list(named["Service"]).includes(principal.service) ? "itself" : "nothing";
  if ("provider" in principal)
    return list(named["Federated"]).includes(principal.provider) ? "itself" : "nothing";
  const { arn, account } = principal;
  const users = list(named["AWS"]);
  if (users.includes("*") || users.includes(arn)) return "itself";
  const isAccountNamed = users.some(
    (user) => user === account || /^arn:[^:]+:iam::(\d+):root$/.exec(user)?.[1] === account,
  );
  return isAccountNamed ? "account" : "nothing";
}

/** Returns a function that reports whether AWS allows an action such as `kms:Decrypt`. */
export function evaluate(request: Request): (action: string) => boolean {
  const { principal, resource, account, policy } = request;
  const context = requestContext(request);
  const isIamPrincipal = "arn" in principal;
  const identityStatements = isIamPrincipal
    ? principal.identity
        .flatMap(({ Statement }) => Statement)
        .filter((statement) => appliesTo(statement, resource, context))
    : [];
  const resourceStatements = (policy?.Statement ?? []).filter(
    (statement) =>
      namedAs(statement, principal) !== "nothing" && appliesTo(statement, resource, context),
  );

  return (action) => {
    const name = action.toLowerCase();
    const byIdentity = identityStatements.filter((statement) => containsAction(statement, name));
    const byResource = resourceStatements.filter((statement) => containsAction(statement, name));
    if ([...byIdentity, ...byResource].some(({ Effect }) => Effect === "Deny")) return false;
    if (!isIamPrincipal) return byResource.length > 0;
    const isAllowedByBoth = byResource.length > 0 && byIdentity.length > 0;
    if (principal.account !== account) return isAllowedByBoth;
    if (isAllowedByBoth) return true;
    if (byResource.some((statement) => namedAs(statement, principal) === "itself")) return true;
    // For a key or a role, an identity policy counts only if the resource's policy names the
    // account.
    return byIdentity.length > 0 && !/^(kms:|sts:AssumeRole)/.test(action);
  };
}
