/**
 * A factory with its synthesized policies, and the principals whose permissions the proofs
 * evaluate.
 */
import { readFileSync } from "node:fs";
import type { Audience } from "../../config/audience";
import { buildablesOf, type VersionedFactory } from "../../config/model";
import type { AuthorizationReference } from "../iam/authorization-reference";
import {
  allowedActions,
  type Context,
  type Document,
  type IamPrincipal,
  type Principal,
} from "../iam/evaluate";
import { ResolvedStacks, type Resource, type SynthesizedStacks } from "../iam/resolved-stacks";

/** An account with its position in, or outside, an organization. */
export interface TestAccount {
  readonly account: string;
  /** @default - in no organization */
  readonly organization?: string;
  /** Ids of its organizational units (OUs), from the root down. */
  readonly units: readonly string[];
}

/** AWS managed policies, as AWS publishes them. */
const MANAGED_POLICIES: Readonly<Record<string, { readonly document: Document }>> = JSON.parse(
  readFileSync("tools/iam/managed-policies.json", "utf8"),
);

export function managedPolicy(name: string): Document {
  const policy = MANAGED_POLICIES[name];
  if (!policy) throw new Error(`tools/iam/managed-policies.json must contain ${name}`);
  return policy.document;
}

/** Allows everything: the strongest identity policy that a resource's policy has to restrict. */
export const ALLOW_ALL: Document = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};

export const EMPTY_POLICY: Document = { Version: "2012-10-17", Statement: [] };

export function serviceLinkedRoleArn(account: string, service: string, name: string): string {
  return `arn:aws:iam::${account}:role/aws-service-role/${service}.amazonaws.com/${name}`;
}

/** The service-linked role that Auto Scaling groups of an account use by default. */
export function autoScalingRoleArn(account: string): string {
  return serviceLinkedRoleArn(account, "autoscaling", "AWSServiceRoleForAutoScaling");
}

/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths
 */
export function principal(
  { account, organization, units }: TestAccount,
  arn: string,
  ...identity: Document[]
): IamPrincipal {
  const context: Context = organization
    ? {
        "aws:PrincipalOrgID": organization,
        "aws:PrincipalOrgPaths": [[organization, "r-abcd", ...units, ""].join("/")],
      }
    : {};
  return { arn, account, identity, context };
}

export function administrator(of: TestAccount): IamPrincipal {
  return principal(of, `arn:aws:iam::${of.account}:role/administrator`, ALLOW_ALL);
}

/** The service-linked role that Image Builder uses in an account. */
export function imageBuilder(of: TestAccount): IamPrincipal {
  return principal(
    of,
    serviceLinkedRoleArn(of.account, "imagebuilder", "AWSServiceRoleForImageBuilder"),
    managedPolicy("AWSServiceRoleForImageBuilder"),
  );
}

/** Whether an account is in an audience. Repeats the product's rule on purpose, in other code. */
export function isInAudience(
  audience: Audience,
  { account, organization, units }: TestAccount,
  organizationId: string,
): boolean {
  switch (audience.kind) {
    case "organization":
      return organization === organizationId;
    case "organizationalUnits":
      return organization === organizationId && audience.units.some((unit) => units.includes(unit));
    case "accounts":
      return audience.accounts.includes(account);
  }
}

export type KeyKind = "image" | "data" | "signing";

const KEY_KINDS: Readonly<Record<string, KeyKind>> = {
  "Images of the golden image factory": "image",
  "Data of the golden image factory": "data",
  "Signatures of the golden image factory": "signing",
};

/** The kind of a key, by its description. */
export function keyKind({ config }: Resource): KeyKind | undefined {
  return KEY_KINDS[config.description];
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}

export class PolicyFixture {
  readonly stacks: ResolvedStacks;
  /** Accounts in every position that the factory's audiences distinguish, and in others. */
  readonly accounts: readonly TestAccount[];

  constructor(
    readonly factory: VersionedFactory,
    synthesized: SynthesizedStacks,
    readonly reference: AuthorizationReference,
  ) {
    this.stacks = new ResolvedStacks(synthesized);
    this.accounts = this.testAccounts();
  }

  private testAccounts(): TestAccount[] {
    const { organization, shared, apps } = this.factory;
    const { id } = organization;
    const audiences = buildablesOf(shared).flatMap(({ channels }) =>
      channels.map(({ audience }) => audience),
    );
    const units = unique(
      audiences.flatMap((one) => (one.kind === "organizationalUnits" ? one.units : [])),
    );
    const accounts = unique(
      audiences.flatMap((one) => (one.kind === "accounts" ? one.accounts : [])),
    );
    const all = [
      { account: shared.id, organization: id, units: [] },
      ...apps.map((app) => ({ account: app.id, organization: id, units: ["ou-abcd-99999999"] })),
      ...accounts.map((account) => ({ account, organization: id, units: [] })),
      ...units.flatMap((unit, index) => [
        { account: `7000000000${10 + index}`, organization: id, units: [unit] },
        { account: `7100000000${10 + index}`, organization: id, units: [unit, "ou-abcd-88888888"] },
        { account: `7200000000${10 + index}`, organization: "o-otherother", units: [unit] },
      ]),
      // An account ID that a policy contains for no reason must not get access either.
      ...this.accountIdsInPolicies().map((account) => ({ account, units: [] })),
      { account: "800000000001", organization: id, units: ["ou-abcd-77777777"] },
      { account: "800000000002", organization: "o-otherother", units: [] },
      { account: "800000000003", units: [] },
    ];
    const byId = new Map<string, TestAccount>();
    for (const account of all) if (!byId.has(account.account)) byId.set(account.account, account);
    return [...byId.values()];
  }

  /** The account IDs in policies, without those of the factory's accounts. */
  private accountIdsInPolicies(): string[] {
    const own = new Set([this.factory.shared.id, ...this.factory.apps.map(({ id }) => id)]);
    const texts = this.stacks.policies.map(({ document }) => JSON.stringify(document));
    return unique(texts.flatMap((text) => text.match(/\b\d{12}\b/g) ?? [])).filter(
      (id) => !own.has(id),
    );
  }

  /** The keys of a kind of all stacks. */
  keys(kind: KeyKind): Resource[] {
    return this.stacks.resourcesOf("aws_kms_key").filter((key) => keyKind(key) === kind);
  }

  /**
   * The audiences of the images that a key encrypts. The audience of an app account's images is
   * itself.
   */
  audiencesOf({ account, region }: Resource): Audience[] {
    const { shared } = this.factory;
    if (account !== shared.id) return [{ kind: "accounts", accounts: [account] }];
    const images = shared.images.filter(({ regions, copyToRegions }) =>
      [...regions, ...copyToRegions].includes(region),
    );
    return images.flatMap(({ channels }) => channels.map(({ audience }) => audience));
  }

  /** All actions of a service that a principal may perform on a resource. */
  allowed(
    service: string,
    by: Principal,
    resource: string,
    account: string,
    context: Context = {},
  ): string[] {
    // The policy of an object is its bucket's.
    const owner = resource.startsWith("arn:aws:s3:") ? resource.replace(/\/.*/s, "") : resource;
    const policy = this.stacks.findDocument(owner, "resource") ?? EMPTY_POLICY;
    return this.allowedBy(policy, service, by, resource, account, context);
  }

  /** As {@link allowed}, with `policy` as the resource's policy. */
  allowedBy(
    policy: Document,
    service: string,
    by: Principal,
    resource: string,
    account: string,
    context: Context = {},
  ): string[] {
    const request = { principal: by, resource, account, context, policy };
    return allowedActions(request, this.reference.actionNames(service))
      .map((name) => name.slice(service.length + 1))
      .sort();
  }

  /** Whether an account of the organization that is in no OU may use an image key. */
  isMember(account: string, key: Resource): boolean {
    const { id } = this.factory.organization;
    return this.audiencesOf(key).some((audience) =>
      isInAudience(audience, { account, organization: id, units: [] }, id),
    );
  }

  /** A role of the factory with all its policies, AWS managed ones included. */
  role(resource: Resource): IamPrincipal {
    const arn = this.stacks.arnOf(resource);
    const declared = this.stacks.policies
      .filter(({ of, kind }) => of === arn && kind === "identity")
      .map(({ document }) => document);
    const attached = this.stacks
      .resourcesOf("aws_iam_role_policy_attachment", resource.stack)
      .filter(
        ({ config }) =>
          config.role === resource.config.name && config.policy_arn.includes(":aws:policy/"),
      )
      .map(({ config }) => managedPolicy(config.policy_arn.split("/").at(-1)));
    const account = {
      account: resource.account,
      organization: this.factory.organization.id,
      units: [],
    };
    return principal(account, arn, ...declared, ...attached);
  }
}
