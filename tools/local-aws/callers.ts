/** Emulates the operations of Lambda and STS that the commands call. */
import { restJson, type Service } from "./emulator";
import type { Invocation } from "./function";
import { Fault } from "./rest-json";

/** Lambda with the operation Invoke only. `run` runs the function. */
export function lambda(
  run: (name: string, event: unknown) => Promise<Invocation<unknown>>,
): Service {
  return {
    ...restJson(
      "lambda",
      (method, url, body) => {
        const [, name] =
          /\/functions\/([^/]+)\/invocations$/.exec(new URL(url, "http://localhost").pathname) ??
          [];
        if (method !== "POST" || name === undefined)
          throw new Fault("NotImplementedException", `${method} ${url} is not emulated`, 501);
        return { operation: "Invoke", input: { name, event: JSON.parse(body) } };
      },
      { Invoke: async ({ name, event }) => run(String(name), event) },
    ),
    write: (_operation, output) => {
      const { result, error } = output as Invocation<unknown>;
      return JSON.stringify(
        error ? { errorType: error.name, errorMessage: error.message } : result,
      );
    },
    headers: (output): Record<string, string> =>
      (output as Invocation<unknown>).error ? { "X-Amz-Function-Error": "Unhandled" } : {},
  };
}

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
