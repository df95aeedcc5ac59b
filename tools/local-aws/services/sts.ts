import type { Service } from "../protocol/emulator";
import { Fault } from "../protocol/rest-json";

function xml(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(([name, member]) => `<${name}>${xml(member)}</${name}>`)
    .join("");
}

/** STS for callers whose access key is the ID of their account. */
export const sts: Service = {
  name: "sts",
  read: (_method, _url, body) => ({
    operation: new URLSearchParams(body).get("Action") ?? "",
    input: { roleArn: new URLSearchParams(body).get("RoleArn") },
  }),
  handlers: {
    GetCallerIdentity: (_input, { account }) => ({ Account: account }),
    // The access key of an account is its id.
    AssumeRole: ({ roleArn }) => {
      const [, account] = /^arn:aws:iam::(\d{12}):role\//.exec(String(roleArn)) ?? [];
      if (account === undefined) throw new Fault("ValidationError", "The role ARN is invalid.");
      return { Credentials: { AccessKeyId: account, SecretAccessKey: "x", SessionToken: "x" } };
    },
  },
  contentType: "text/xml",
  write: (operation, output) =>
    `<${operation}Response><${operation}Result>${xml(output)}</${operation}Result></${operation}Response>`,
  writeFault: ({ name, message }) =>
    `<ErrorResponse><Error><Code>${name}</Code><Message>${message}</Message></Error></ErrorResponse>`,
};
