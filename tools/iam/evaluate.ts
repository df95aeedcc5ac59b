/**
 * Whether AWS would allow a request, by the documented rules of policy evaluation, for the elements and operators that are used here:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * Anything else throws: what isn't understood proves nothing. There are no boundaries, session policies or organization policies.
 */

type Values = string | readonly string[];

export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, Values>>;
  readonly Action: Values;
  readonly Resource?: Values;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Values>>>>;
}

export interface Document {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

/** Who asks: a principal of an account with its identity policies, an AWS service, or whoever an identity provider vouches for. */
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

/** By condition key; one that is absent isn't in the request. */
export type Context = Readonly<Record<string, Values>>;

export interface Request {
  readonly principal: Principal;
  readonly resource: string;
  /** Whose the resource is. */
  readonly account: string;
  /** The resource's own policy. @default - it has none */
  readonly policy?: Document;
  readonly context?: Context;
}

/** `true` may stand without quotes. */
function list(values: Values | undefined): readonly string[] {
  return values === undefined ? [] : [values].flat().map(String);
}

const compiled = new Map<string, RegExp>();

/** `*` is any text, `?` any character. */
function source(pattern: string): string {
  return pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
}

function like(pattern: string, text: string): boolean {
  const known = compiled.get(pattern) ?? new RegExp(`^${source(pattern)}$`, "s");
  compiled.set(pattern, known);
  return known.test(text);
}

/** "Each of the six colon-delimited components of the ARN is checked separately". */
function arnLike(pattern: string, arn: string): boolean {
  const split = (text: string): string[] => [
    ...text.split(":").slice(0, 5),
    text.split(":").slice(5).join(":"),
  ];
  const parts = split(arn);
  return split(pattern).every((part, index) => like(part, parts[index] ?? ""));
}

const OPERATORS: Readonly<Record<string, (wanted: string, got: string) => boolean>> = {
  StringEquals: (wanted, got) => wanted === got,
  StringLike: like,
  ArnEquals: arnLike,
  ArnLike: arnLike,
  Bool: (wanted, got) => wanted.toLowerCase() === got.toLowerCase(),
};

function holds(
  operator: string,
  wanted: readonly string[],
  got: readonly string[] | undefined,
): boolean {
  if (operator === "Null") return wanted[0] === String(got === undefined);
  const [, quantifier, name = ""] = /^(?:(ForAnyValue|ForAllValues):)?(\w+)$/.exec(operator) ?? [];
  // What isn't there isn't like anything either.
  if (name.includes("Not")) return !holds(operator.replace("Not", ""), wanted, got);
  const matches = OPERATORS[name];
  if (!matches) throw new Error(`the operator ${operator} isn't understood`);
  const one = (value: string): boolean => wanted.some((text) => matches(text, value));
  if (quantifier === "ForAllValues") return (got ?? []).every(one);
  if (got === undefined) return false;
  if (quantifier === undefined && got.length !== 1)
    throw new Error(`${operator} on a key of several values`);
  return got.some(one);
}

/** `${aws:PrincipalAccount}` and the like; one that isn't in the request matches nothing. */
function substituted(text: string, context: Context): string {
  return text.replace(/\$\{([^}]+)\}/g, (_, key: string) => {
    const [value, ...others] = list(find(context, key));
    if (others.length > 0) throw new Error(`the variable ${key} has several values`);
    return value ?? "\u0000";
  });
}

/** Keys are the same in any case. */
function find(context: Context, key: string): Values | undefined {
  return Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
}

const ELEMENTS = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];

/** Whether a statement speaks of a resource in such a request, whatever the action. */
function isAbout(statement: Statement, resource: string, context: Context): boolean {
  const unknown = Object.keys(statement).filter((element) => !ELEMENTS.includes(element));
  if (unknown.length > 0) throw new Error(`the element ${unknown.join()} isn't understood`);
  const { Resource, Condition = {} } = statement;
  return (
    (Resource === undefined ||
      list(Resource).some((pattern) => like(substituted(pattern, context), resource))) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => {
        const got = find(context, key);
        const values = list(wanted).map((text) => substituted(text, context));
        return holds(operator, values, got === undefined ? undefined : list(got));
      }),
    )
  );
}

const actionsOf = new WeakMap<Statement, RegExp>();

/** Actions are the same in any case. */
function speaksOf(action: string) {
  return (statement: Statement): boolean => {
    const known = actionsOf.get(statement);
    if (known) return known.test(action);
    const pattern = new RegExp(`^(${list(statement.Action).map(source).join("|")})$`, "i");
    actionsOf.set(statement, pattern);
    return pattern.test(action);
  };
}

/** How a statement of a resource's policy names who asks: not at all, the principal itself, or its whole account. */
function names({ Principal: named }: Statement, principal: Principal): "no" | "itself" | "account" {
  if (named === undefined) throw new Error("a resource's policy without principal");
  if (named === "*") return "itself";
  const unknown = Object.keys(named).filter(
    (kind) => !["AWS", "Service", "Federated"].includes(kind),
  );
  if (unknown.length > 0) throw new Error(`the principal ${unknown.join()} isn't understood`);
  if ("service" in principal)
    return list(named["Service"]).includes(principal.service) ? "itself" : "no";
  if ("provider" in principal)
    return list(named["Federated"]).includes(principal.provider) ? "itself" : "no";
  const { arn, account } = principal;
  const users = list(named["AWS"]);
  if (users.includes("*") || users.includes(arn)) return "itself";
  return users.some(
    (user) => user === account || /^arn:[^:]+:iam::(\d+):root$/.exec(user)?.[1] === account,
  )
    ? "account"
    : "no";
}

function contextOf({ principal, context = {} }: Request): Context {
  return {
    "aws:SecureTransport": "true",
    ...(!("arn" in principal)
      ? {}
      : {
          "aws:PrincipalArn": principal.arn,
          "aws:PrincipalAccount": principal.account,
          ...principal.context,
        }),
    ...context,
  };
}

/** Tells of any action whether AWS would allow it. */
export function evaluate(request: Request): (action: string) => boolean {
  const { principal, resource, account, policy } = request;
  const context = contextOf(request);
  const isOutside = !("arn" in principal);
  const identity = isOutside ? [] : principal.identity.flatMap(({ Statement }) => Statement);
  const byIdentity = identity.filter((statement) => isAbout(statement, resource, context));
  const byResource = (policy?.Statement ?? []).filter(
    (statement) => names(statement, principal) !== "no" && isAbout(statement, resource, context),
  );
  return (action) => {
    const [ours, theirs] = [byIdentity, byResource].map((statements) =>
      statements.filter(speaksOf(action)),
    ) as [Statement[], Statement[]];
    if ([...ours, ...theirs].some(({ Effect }) => Effect === "Deny")) return false;
    if (isOutside) return theirs.length > 0;
    const handedOn = theirs.length > 0 && ours.length > 0;
    if (principal.account !== account) return handedOn;
    const direct = theirs.some((statement) => names(statement, principal) === "itself");
    // A key's or a role's own policy says who: identity policies count where it hands on to the account.
    return direct || handedOn || (ours.length > 0 && !/^(kms:|sts:AssumeRole)/.test(action));
  };
}
