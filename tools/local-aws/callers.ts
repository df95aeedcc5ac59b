/** Emulates the operations of KMS, Lambda, Organizations, S3, SQS and STS that the commands and the updater call. */
import { createHash } from "node:crypto";
import type { Invocation } from "./functions/function";
import type { Organization } from "./organization";
import { type Handler, restJson, type Service } from "./protocol/emulator";
import { Fault, type Input } from "./protocol/rest-json";

/**
 * Lambda with the operations Invoke and GetFunctionConfiguration only. `run` runs the function of a
 * Region; `environment` returns its environment variables.
 */
export function lambda(
  run: (event: unknown, region: string) => Promise<Invocation<unknown>>,
  environment: (region: string) => Readonly<Record<string, string>>,
): Service {
  return {
    ...restJson(
      "lambda",
      (method, url, body) => {
        const [, name, resource] =
          /\/functions\/([^/]+)\/(invocations|configuration)$/.exec(
            new URL(url, "http://localhost").pathname,
          ) ?? [];
        if (method === "POST" && resource === "invocations")
          return { operation: "Invoke", input: { name, event: JSON.parse(body) } };
        if (method === "GET" && resource === "configuration")
          return { operation: "GetFunctionConfiguration", input: { name } };
        throw new Fault("NotImplementedException", `${method} ${url} is not emulated`, 501);
      },
      {
        Invoke: async ({ event }, { region }) => run(event, region),
        GetFunctionConfiguration: (_input, { region }) => ({
          Environment: { Variables: environment(region) },
        }),
      },
    ),
    write: (operation, output) => {
      if (operation !== "Invoke") return JSON.stringify(output);
      const { result, error } = output as Invocation<unknown>;
      return JSON.stringify(
        error ? { errorType: error.name, errorMessage: error.message } : result,
      );
    },
    headers: (output): Record<string, string> =>
      (output as Invocation<unknown>).error ? { "X-Amz-Function-Error": "Unhandled" } : {},
  };
}

/** S3 for reading. `objects` returns the text of each object by its key. */
export function s3(objects: () => ReadonlyMap<string, string>): Service {
  const read = ({ key }: Input) => {
    const text = objects().get(String(key));
    if (text === undefined) throw new Fault("NoSuchKey", "The specified key does not exist.", 404);
    return { text };
  };
  return {
    name: "s3",
    read: (method, url) => {
      const [, , ...key] = new URL(url, "http://localhost").pathname.split("/");
      return {
        operation: method === "HEAD" ? "HeadObject" : "GetObject",
        input: { key: key.join("/") },
      };
    },
    handlers: { GetObject: read, HeadObject: read },
    contentType: "application/json",
    write: (_operation, output) => (output as { text: string }).text,
    writeFault: ({ name, message }) =>
      `<Error><Code>${name}</Code><Message>${message}</Message></Error>`,
  };
}

/** KMS with the operation DescribeKey only. Every key exists, is enabled and can be used. */
export const kms: Service = restJson(
  "kms",
  (_method, _url, body) => ({ operation: "DescribeKey", input: JSON.parse(body) }),
  {
    DescribeKey: ({ KeyId }) => ({ KeyMetadata: { KeyId, KeyState: "Enabled" } }),
  },
);

/** SQS with the operation SendMessageBatch only. `send` gets the body of each message. */
export function sqs(send: (body: string) => void): Service {
  return {
    ...restJson(
      "sqs",
      (_method, _url, body) => ({ operation: "SendMessageBatch", input: JSON.parse(body) }),
      {
        SendMessageBatch: ({ Entries }) => {
          const entries = Entries as { readonly Id: string; readonly MessageBody: string }[];
          for (const { MessageBody } of entries) send(MessageBody);
          return {
            Failed: [],
            Successful: entries.map(({ Id, MessageBody }) => ({
              Id,
              MessageId: Id,
              MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
            })),
          };
        },
      },
    ),
    contentType: "application/x-amz-json-1.0",
  };
}

/** What AWS Organizations knows in addition to the accounts. */
export interface OrganizationSettings {
  readonly managementAccountId: string;
  /** Accounts that may ask about others: the management account and delegated administrators. */
  readonly administrators: Set<string>;
  /** Services with trusted access, such as `ram.amazonaws.com`. */
  readonly trustedServices: Set<string>;
}

/** AWS Organizations with the operations that commands call. */
export function organizations(
  { id, units }: Organization,
  { managementAccountId, administrators, trustedServices }: OrganizationSettings,
): Service {
  const forAdministrators =
    (answer: (input: Input) => object): Handler =>
    (input, { account }) => {
      if (administrators.has(account)) return answer(input);
      throw new Fault(
        "AccessDeniedException",
        "You don't have permissions to access this resource.",
      );
    };
  return {
    ...restJson(
      "organizations",
      (_method, _url, body, target) => ({
        operation: target.split(".").at(-1) ?? "",
        input: JSON.parse(body),
      }),
      {
        DescribeAccount: forAdministrators(({ AccountId }) => {
          if (String(AccountId) in units) return { Account: { Id: AccountId } };
          throw new Fault("AccountNotFoundException", "You specified an account that isn't found.");
        }),
        DescribeOrganization: (_input, { account }) => {
          if (account in units)
            return {
              Organization: { Id: id, MasterAccountId: managementAccountId, FeatureSet: "ALL" },
            };
          throw new Fault(
            "AWSOrganizationsNotInUseException",
            "Your account is not a member of an organization.",
          );
        },
        DescribeOrganizationalUnit: forAdministrators(({ OrganizationalUnitId: unit }) => {
          if (Object.values(units).flat().includes(String(unit)))
            return { OrganizationalUnit: { Id: unit } };
          throw new Fault(
            "OrganizationalUnitNotFoundException",
            "You specified an organizational unit that doesn't exist.",
          );
        }),
        ListAWSServiceAccessForOrganization: forAdministrators(() => ({
          EnabledServicePrincipals: [...trustedServices].map((ServicePrincipal) => ({
            ServicePrincipal,
          })),
        })),
        // AWS may answer with an empty page first.
        ListParents: forAdministrators(({ ChildId, NextToken }) => {
          const Parents = [parentOf(units, String(ChildId))];
          return NextToken === undefined ? { Parents: [], NextToken: "2" } : { Parents };
        }),
      },
    ),
    contentType: "application/x-amz-json-1.1",
  };
}

function parentOf(units: Organization["units"], child: string): object {
  const path = units[child] ?? Object.values(units).find((one) => one.includes(child));
  if (path === undefined)
    throw new Fault("ChildNotFoundException", "You specified a child that doesn't exist.");
  const parent = path[path.indexOf(child) + 1];
  return parent === undefined
    ? { Id: "r-abcd", Type: "ROOT" }
    : { Id: parent, Type: "ORGANIZATIONAL_UNIT" };
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
