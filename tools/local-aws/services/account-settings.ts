/** Emulates the operations of Service Quotas and Amazon Inspector that the commands call. */
import { restJson, type Service } from "../protocol/emulator";

/** Service Quotas. `quotas` returns the values of all services by their codes. */
export function serviceQuotas(quotas: () => ReadonlyMap<string, number>): Service {
  const list = ({ ServiceCode }: { readonly ServiceCode?: unknown }): object => ({
    Quotas: [...quotas()].map(([QuotaCode, Value]) => ({ ServiceCode, QuotaCode, Value })),
  });
  return {
    ...restJson(
      "servicequotas",
      (_method, _url, body, target) => ({
        operation: target.replace(/.*\./, ""),
        input: JSON.parse(body),
      }),
      { ListAWSDefaultServiceQuotas: list, ListServiceQuotas: list },
    ),
    endpointName: "SERVICE_QUOTAS",
    contentType: "application/x-amz-json-1.1",
  };
}

/** Amazon Inspector, which scans the same types of resources, such as `ECR`, in all accounts. */
export function inspector(types: Set<string>): Service {
  const statusOf = (type: string): object => ({ status: types.has(type) ? "ENABLED" : "DISABLED" });
  return restJson(
    "inspector2",
    (_method, url, body) => ({
      operation: url === "/enable" ? "Enable" : "BatchGetAccountStatus",
      input: JSON.parse(body),
    }),
    {
      BatchGetAccountStatus: ({ accountIds }) => ({
        accounts: (accountIds as string[]).map((accountId) => ({
          accountId,
          state: { status: types.size === 0 ? "DISABLED" : "ENABLED" },
          resourceState: { ec2: statusOf("EC2"), ecr: statusOf("ECR") },
        })),
        failedAccounts: [],
      }),
      Enable: ({ resourceTypes }) => {
        for (const type of resourceTypes as string[]) types.add(type);
        return { accounts: [], failedAccounts: [] };
      },
    },
  );
}
