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

/** A role, a user or the root user of an account. */
export interface IamPrincipal {
  readonly arn: string;
  readonly account: string;
  /** The identity-based policies. */
  readonly identity: readonly Document[];
  /** Such as `aws:PrincipalOrgID`. */
  readonly context?: Context;
}

/** The sender of a request: an IAM principal, an AWS service, or an identity provider's user. */
export type Principal = IamPrincipal | { readonly service: string } | { readonly provider: string };

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
function withVariables(text: string, context: () => RequestContext): string {
  if (!text.includes("${")) return text;
  return text.replace(/\$\{([^}]+)\}/g, (_, key: string) => {
    const [value, ...others] = context().get(key.toLowerCase()) ?? [];
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

/** The principals that a statement of a resource-based policy names. */
interface CompiledPrincipals {
  /** ARNs, account IDs and `*`. The ARN of an account's root also counts as the account's ID. */
  readonly users: ReadonlySet<string>;
  readonly services: readonly string[];
  readonly providers: readonly string[];
}

/** A statement in a form that is fast to evaluate. */
interface CompiledStatement {
  readonly isDenial: boolean;
  /** In lower case, because IAM ignores the case of actions. */
  readonly actions: ReadonlySet<string>;
  readonly actionPatterns: readonly RegExp[];
  /** Whether the statement applies to all actions but these. */
  readonly isInverted: boolean;
  /** `undefined` if the statement has no Resource. */
  readonly resources: readonly string[] | undefined;
  readonly conditions: readonly CompiledCondition[];
  /** `undefined` if the statement has no Principal. */
  readonly principals: "*" | CompiledPrincipals | undefined;
}

const compiledStatements = new WeakMap<Statement, CompiledStatement>();

function compile(statement: Statement): CompiledStatement {
  const known = compiledStatements.get(statement);
  if (known) return known;
  const unknown = Object.keys(statement).filter((element) => !ELEMENTS.includes(element));
  if (unknown.length > 0)
    throw new Error(`the policy element ${unknown.join(", ")} isn't supported`);
  const { Effect, Principal: named, Action, NotAction, Resource, Condition = {} } = statement;
  const actions = list(Action ?? NotAction).map((action) => action.toLowerCase());
  const isPattern = (action: string): boolean => /[*?]/.test(action);
  const compiled: CompiledStatement = {
    isDenial: Effect === "Deny",
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
    principals: named === undefined || named === "*" ? named : compilePrincipals(named),
  };
  compiledStatements.set(statement, compiled);
  return compiled;
}

function compilePrincipals(named: Readonly<Record<string, Values>>): CompiledPrincipals {
  const { AWS, Service, Federated, ...others } = named;
  const unknown = Object.keys(others);
  if (unknown.length > 0)
    throw new Error(`the principal type ${unknown.join(", ")} isn't supported`);
  const users = list(AWS);
  const accounts = users.flatMap((user) => /^arn:[^:]+:iam::(\d+):root$/.exec(user)?.[1] ?? []);
  return {
    users: new Set([...users, ...accounts]),
    services: list(Service),
    providers: list(Federated),
  };
}

/** Whether a statement applies to a resource in a request, whatever the action is. */
function appliesTo(
  { resources, conditions }: CompiledStatement,
  resource: string,
  context: () => RequestContext,
): boolean {
  const isResourceMatched =
    resources === undefined ||
    resources.some((pattern) => matchesPattern(withVariables(pattern, context), resource));
  if (!isResourceMatched) return false;
  return conditions.every(({ operator, key, values }) => {
    const expected = values.map((text) => withVariables(text, context));
    return isConditionMet(operator, expected, context().get(key));
  });
}

/** @param action in lower case */
function containsAction(
  { actions, actionPatterns, isInverted }: CompiledStatement,
  action: string,
): boolean {
  const isNamed = actions.has(action) || actionPatterns.some((pattern) => pattern.test(action));
  return isNamed !== isInverted;
}

/** How a resource-based policy names a principal: not at all, itself, or by its account. */
function namedAs(
  { principals }: CompiledStatement,
  principal: Principal,
): "nothing" | "itself" | "account" {
  if (principals === undefined)
    throw new Error("a statement of a resource-based policy must contain Principal");
  if (principals === "*") return "itself";
  const { users, services, providers } = principals;
  if ("service" in principal) return services.includes(principal.service) ? "itself" : "nothing";
  if ("provider" in principal) return providers.includes(principal.provider) ? "itself" : "nothing";
  const { arn, account } = principal;
  if (users.has("*") || users.has(arn)) return "itself";
  return users.has(account) ? "account" : "nothing";
}

/** The statements that apply to the resource and the context of a request. */
interface ApplicableStatements {
  readonly identity: readonly CompiledStatement[];
  readonly resource: readonly {
    readonly statement: CompiledStatement;
    readonly named: "itself" | "account" | "nothing";
  }[];
}

function applicableStatements(request: Request): ApplicableStatements {
  const { principal, resource, policy } = request;
  let known: RequestContext | undefined;
  const context = (): RequestContext => {
    known ??= requestContext(request);
    return known;
  };
  return {
    identity:
      "arn" in principal
        ? principal.identity
            .flatMap(({ Statement }) => Statement)
            .map(compile)
            .filter((statement) => appliesTo(statement, resource, context))
        : [],
    resource: (policy?.Statement ?? [])
      .map(compile)
      .map((statement) => ({ statement, named: namedAs(statement, principal) }))
      .filter(
        ({ statement, named }) => named !== "nothing" && appliesTo(statement, resource, context),
      ),
  };
}

function decide(
  { principal, account }: Request,
  statements: ApplicableStatements,
  action: string,
): boolean {
  const name = action.toLowerCase();
  const byIdentity = statements.identity.filter((statement) => containsAction(statement, name));
  const byResource = statements.resource.filter(({ statement }) => containsAction(statement, name));
  if (byIdentity.length === 0 && byResource.length === 0) return false;
  if (byIdentity.some(({ isDenial }) => isDenial)) return false;
  if (byResource.some(({ statement }) => statement.isDenial)) return false;
  if (!("arn" in principal)) return true;
  const isAllowedByBoth = byResource.length > 0 && byIdentity.length > 0;
  if (principal.account !== account) return isAllowedByBoth;
  if (isAllowedByBoth) return true;
  if (byResource.some(({ named }) => named === "itself")) return true;
  // For a key or a role, an identity policy counts only if the resource's policy names the
  // account.
  return byIdentity.length > 0 && !/^(kms:|sts:AssumeRole)/.test(action);
}

/** Returns a function that reports whether AWS allows an action such as `kms:Decrypt`. */
export function evaluate(request: Request): (action: string) => boolean {
  const statements = applicableStatements(request);
  return (action) => decide(request, statements, action);
}

/** Returns the actions in lower case that statements name; `undefined` if they contain patterns. */
function namedActions(statements: readonly CompiledStatement[]): string[] | undefined {
  const isList = statements.every(
    ({ actionPatterns, isInverted }) => actionPatterns.length === 0 && !isInverted,
  );
  return isList ? statements.flatMap(({ actions }) => [...actions]) : undefined;
}

/**
 * Returns the actions that AWS allows. Faster than {@link evaluate} for each action, because most
 * statements name few.
 *
 * @param names all actions of a service, by their names in lower case
 */
export function allowedActions(request: Request, names: ReadonlyMap<string, string>): string[] {
  const { principal, account } = request;
  const statements = applicableStatements(request);
  const ofIdentity = statements.identity.filter(({ isDenial }) => !isDenial);
  const ofResource = statements.resource
    .map(({ statement }) => statement)
    .filter(({ isDenial }) => !isDenial);
  const isOfOther = "arn" in principal && principal.account !== account;
  // Another account needs both policies to allow an action, so the actions of one are enough.
  const candidates = isOfOther
    ? (namedActions(ofIdentity) ?? namedActions(ofResource))
    : namedActions([...ofIdentity, ...ofResource]);
  return [...new Set(candidates ?? names.keys())]
    .flatMap((name) => names.get(name) ?? [])
    .filter((action) => decide(request, statements, action));
}
