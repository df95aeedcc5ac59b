/** One statement of an IAM policy; its Sid says what it is for. */
export interface Statement {
  readonly Sid: string;
  /** @default "Allow" */
  readonly Effect?: "Allow" | "Deny";
  /** In resource policies. */
  readonly Principal?:
    | "*"
    | { readonly AWS: string }
    | { readonly Service: string }
    | { readonly Federated: string };
  readonly Action: string | readonly string[];
  /** @default - left out, as trust policies have it */
  readonly Resource?: string | readonly string[];
  readonly Condition?: Condition;
}

/** Operator → key → values. */
export type Condition = Readonly<
  Record<string, Readonly<Record<string, string | readonly string[]>>>
>;

/** A policy document as Terraform takes it; a string of JSON, so that tests can read what is in it. */
export function policy(...statements: readonly Statement[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map((statement) => ({ Effect: "Allow", ...statement })),
  });
}

/** Lets an AWS service assume the role, in whose name it acts in the account that gives it: that takes `iam:PassRole` there. */
export function trust(service: string): string {
  return policy({ Sid: "Assume", Principal: { Service: service }, Action: "sts:AssumeRole" });
}
