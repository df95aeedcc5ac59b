/** A factory with its synthesized policies, and everybody whose rights are looked at. */
import { readFileSync } from "node:fs";
import type { Audience } from "../../config/audience";
import { buildablesOf, type VersionedFactory } from "../../config/model";
import { type Context, type Document, evaluate, type Principal } from "../iam/evaluate";
import type { Iam } from "../iam/iam";
import { Policies, type Resource } from "../iam/world";

/** An account somewhere in or out of an organization. */
export interface Onlooker {
  readonly account: string;
  /** @default - in none */
  readonly organization?: string;
  /** From the root down. */
  readonly units: readonly string[];
}

/** AWS's own policies, as AWS publishes them. */
const MANAGED: Readonly<Record<string, { readonly document: Document }>> = JSON.parse(
  readFileSync("tools/iam/managed-policies.json", "utf8"),
);

export function managed(name: string): Document {
  const policy = MANAGED[name];
  if (!policy) throw new Error(`the managed policy ${name} isn't known`);
  return policy.document;
}

/** Whoever may do anything in its account: the most that a policy of ours has to hold against. */
export const ANYTHING: Document = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};

export const NOTHING: Document = { Version: "2012-10-17", Statement: [] };

export function serviceRole(account: string, service: string, name: string): string {
  return `arn:aws:iam::${account}:role/aws-service-role/${service}.amazonaws.com/${name}`;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths */
export function principal(
  { account, organization, units }: Onlooker,
  arn: string,
  ...identity: Document[]
): Principal {
  return {
    arn,
    account,
    identity,
    context: organization
      ? {
          "aws:PrincipalOrgID": organization,
          "aws:PrincipalOrgPaths": [[organization, "r-abcd", ...units, ""].join("/")],
        }
      : {},
  };
}

export function administrator(who: Onlooker): Principal {
  return principal(who, `arn:aws:iam::${who.account}:role/administrator`, ANYTHING);
}

export function imageBuilder(who: Onlooker): Principal {
  return principal(
    who,
    serviceRole(who.account, "imagebuilder", "AWSServiceRoleForImageBuilder"),
    managed("AWSServiceRoleForImageBuilder"),
  );
}

/** Whether an audience is meant for an account; said here a second time, apart from the product. */
export function isMeant(
  audience: Audience,
  { account, organization, units }: Onlooker,
  id: string,
): boolean {
  switch (audience.kind) {
    case "organization":
      return organization === id;
    case "organizationalUnits":
      return organization === id && audience.units.some((unit) => units.includes(unit));
    case "accounts":
      return audience.accounts.includes(account);
  }
}

export class PolicyFixture {
  readonly world: Policies;

  constructor(
    readonly factory: VersionedFactory,
    stacks: Policies["stacks"],
    readonly iam: Iam,
  ) {
    this.world = new Policies(stacks);
  }

  /** In every position that the factory's audiences tell apart, and in some that they mustn't. */
  get onlookers(): Onlooker[] {
    const { organization, shared, apps } = this.factory;
    const audiences = buildablesOf(shared).flatMap(({ channels }) =>
      channels.map(({ audience }) => audience),
    );
    const units = [
      ...new Set(audiences.flatMap((one) => (one.kind === "organizationalUnits" ? one.units : []))),
    ];
    const accounts = [
      ...new Set(audiences.flatMap((one) => (one.kind === "accounts" ? one.accounts : []))),
    ];
    const { id } = organization;
    return [
      { account: shared.id, organization: id, units: [] },
      ...apps.map((app) => ({ account: app.id, organization: id, units: ["ou-abcd-99999999"] })),
      ...accounts.map((account) => ({ account, organization: id, units: [] })),
      ...units.flatMap((unit, index) => [
        { account: `7000000000${10 + index}`, organization: id, units: [unit] },
        { account: `7100000000${10 + index}`, organization: id, units: [unit, "ou-abcd-88888888"] },
        { account: `7200000000${10 + index}`, organization: "o-otherother", units: [unit] },
      ]),
      // Whoever a policy names, and nobody knows why.
      ...this.named.map((account) => ({ account, units: [] })),
      { account: "800000000001", organization: id, units: ["ou-abcd-77777777"] },
      { account: "800000000002", organization: "o-otherother", units: [] },
      { account: "800000000003", units: [] },
    ].filter(
      ({ account }, index, all) => all.findIndex((one) => one.account === account) === index,
    );
  }

  /** Every account id that stands in a resource's policy, beside those of the factory. */
  private get named(): string[] {
    const own = new Set([this.factory.shared.id, ...this.factory.apps.map(({ id }) => id)]);
    const texts = this.world.policies.map(({ document }) => JSON.stringify(document));
    return [...new Set(texts.flatMap((text) => text.match(/\b\d{12}\b/g) ?? []))].filter(
      (id) => !own.has(id),
    );
  }

  /** The image key, or the data key, of a stack. */
  keys(kind: "image" | "data"): Resource[] {
    const description =
      kind === "image" ? "Images of the golden image factory" : "Data of the golden image factory";
    return this.world.of("aws_kms_key").filter(({ config }) => config.description === description);
  }

  /** Who a key's images are for: an app's for itself. */
  audiencesOf({ account, region }: Resource): Audience[] {
    const { shared } = this.factory;
    if (account !== shared.id) return [{ kind: "accounts", accounts: [account] }];
    const images = shared.images.filter(({ regions, copyToRegions }) =>
      [...regions, ...copyToRegions].includes(region),
    );
    return images.flatMap(({ channels }) => channels.map(({ audience }) => audience));
  }

  /** All actions of a service that a principal may do to a resource, which may have a policy of its own. */
  allowed(
    service: string,
    who: Principal,
    resource: string,
    account: string,
    context: Context = {},
  ): string[] {
    // An object's is its bucket's.
    const owner = resource.startsWith("arn:aws:s3:") ? (resource.split("/")[0] ?? "") : resource;
    const hasPolicy = this.world.policies.some(
      ({ of, kind }) => of === owner && kind === "resource",
    );
    return this.allowedBy(
      hasPolicy ? this.world.documentOf(owner) : NOTHING,
      service,
      who,
      resource,
      account,
      context,
    );
  }

  /** The same, by the policy given. */
  allowedBy(
    policy: Document,
    service: string,
    who: Principal,
    resource: string,
    account: string,
    context: Context = {},
  ): string[] {
    const isAllowed = evaluate({ principal: who, resource, account, context, policy });
    return (this.iam[service]?.actions ?? [])
      .filter(({ name }) => isAllowed(name))
      .map(({ name }) => name.slice(service.length + 1))
      .sort();
  }

  /** Whether an account of the organization, in no unit, may use a key. */
  isMember(account: string, key: Resource): boolean {
    const { id } = this.factory.organization;
    return this.audiencesOf(key).some((audience) =>
      isMeant(audience, { account, organization: id, units: [] }, id),
    );
  }

  /** A role of ours with all its policies, AWS's own included. */
  role(resource: Resource): Principal {
    const arn = this.world.arnOf(resource);
    const own = this.world.policies
      .filter(({ of, kind }) => of === arn && kind === "identity")
      .map(({ document }) => document);
    const attached = this.world
      .of("aws_iam_role_policy_attachment", resource.stack)
      .filter(
        ({ config }) =>
          config.role === resource.config.name && config.policy_arn.includes(":aws:policy/"),
      )
      .map(({ config }) => managed(config.policy_arn.split("/").at(-1)));
    const who = {
      account: resource.account,
      organization: this.factory.organization.id,
      units: [],
    };
    return principal(who, arn, ...own, ...attached);
  }
}
