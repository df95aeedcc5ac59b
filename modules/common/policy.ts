export interface Statement {
  /** Purpose of the statement. Unique in its policy. */
  readonly Sid: string;
  /** @default "Allow" */
  readonly Effect?: "Allow" | "Deny";
  /** Given in resource policies and trust policies only. */
  readonly Principal?:
    | "*"
    | { readonly AWS: string | readonly string[] }
    | { readonly Service: string }
    | { readonly Federated: string };
  readonly Action?: string | readonly string[];
  /** Every action except these. Given instead of `Action`. */
  readonly NotAction?: string | readonly string[];
  /** @default - none, as in trust policies and repository policies */
  readonly Resource?: string | readonly string[];
  readonly Condition?: Condition;
}

/** Conditions of a statement: operator → key → values. */
export type Condition = Readonly<
  Record<string, Readonly<Record<string, string | readonly string[]>>>
>;

/** Returns a condition with further values that keys must equal. */
export function withStringEquals(condition: Condition, values: Record<string, string>): Condition {
  return { ...condition, StringEquals: { ...condition["StringEquals"], ...values } };
}

/**
 * Renders a policy document. It is a JSON text and no Terraform expression, so that tests can
 * evaluate it.
 */
export function policy(...statements: readonly Statement[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map((statement) => ({ Effect: "Allow", ...statement })),
  });
}

/**
 * Renders the trust policy of a role that an AWS service assumes. Handing such a role to the
 * service requires `iam:PassRole`.
 */
export function trust(service: string): string {
  return policy({ Sid: "Assume", Principal: { Service: service }, Action: "sts:AssumeRole" });
}

/** Denies requests over plain HTTP. */
export function denyInsecureTransport(
  action: string,
  resource: string | readonly string[],
): Statement {
  return {
    Sid: "DenyInsecureTransport",
    Effect: "Deny",
    Principal: "*",
    Action: action,
    Resource: resource,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}
