/**
 * AWS Resource Access Manager: shares, who they are for and what is in them, with associations that take their time. Marked `assumed`:
 * behaviour that no AWS document backs.
 */
import type { Caller, Handler } from "./emulator";
import { type Organization, standsFor } from "./organization";
import { Fault, type Input, page } from "./rest-json";

interface Share {
  readonly arn: string;
  readonly name: string;
  readonly owner: string;
  readonly region: string;
  readonly allowExternalPrincipals: boolean;
  readonly permissionArns: readonly string[];
  readonly createdAt: number;
  tags: Map<string, string>;
  status: string;
  /** When it was deleted. */
  deletedAt?: number;
}

interface Association {
  readonly share: Share;
  readonly type: "PRINCIPAL" | "RESOURCE";
  readonly entity: string;
  status: string;
  /** When it is settled, and as what. */
  until: number;
  becomes: string;
}

/** What comes into a share, or goes. */
interface Change {
  readonly resourceShareArn: string;
  readonly resourceArns?: readonly string[];
  readonly principals?: readonly string[];
}

const PERMISSION =
  /^arn:aws:ram::aws:permission\/AWSRAMDefaultPermissionImageBuilder(Image|ImageRecipe|Component)$/;
const BUILD = /^arn:aws:imagebuilder:[^:]+:\d{12}:image\/[a-z0-9-_]+\/\d+\.\d+\.\d+\/\d+$/;

export interface Neighbours {
  readonly organization: Organization;
  /** Whether there is such a build. */
  readonly exists: (arn: string) => boolean;
}

export interface Pace {
  /** How long an association takes, in milliseconds. */
  readonly association: number;
  /** How long what was deleted is listed still, in milliseconds. */
  readonly linger: number;
}

export class Ram {
  private readonly shares: Share[] = [];
  private associations: Association[] = [];
  private failures = 0;
  private readonly dependedOn = new Set<string>();

  constructor(
    private readonly neighbours: Neighbours,
    private readonly pace: Pace,
  ) {}

  /** Lets the next associations of resources end FAILED. */
  failNext(times: number): void {
    this.failures = times;
  }

  /** Refuses to take a build out, as if a consumer depended on it, or not any more. */
  depend(arn: string, isDependedOn: boolean): void {
    if (isDependedOn) this.dependedOn.add(arn);
    else this.dependedOn.delete(arn);
  }

  private settle(): void {
    const now = Date.now();
    for (const one of this.associations) {
      if (one.until <= now) one.status = one.becomes;
    }
    this.associations = this.associations.filter(
      ({ status, until, share }) =>
        share.status === "ACTIVE" && (status !== "DISASSOCIATED" || now < until + this.pace.linger),
    );
    for (const share of this.shares) {
      if (share.status === "DELETING" && now >= (share.deletedAt ?? 0) + this.pace.association)
        share.status = "DELETED";
    }
  }

  /** The ARNs of what other accounts share with the caller's. */
  sharedWith({ account, region }: Caller): ReadonlySet<string> {
    this.settle();
    const held = this.associations.filter(
      ({ status, share }) => status === "ASSOCIATED" && share.region === region,
    );
    const shares = new Set(
      held
        .filter(
          ({ type, entity }) =>
            type === "PRINCIPAL" && standsFor(this.neighbours.organization, entity, account),
        )
        .map(({ share }) => share),
    );
    return new Set(
      held
        .filter(({ type, share }) => type === "RESOURCE" && shares.has(share))
        .map(({ entity }) => entity),
    );
  }

  isShared(arn: string): boolean {
    this.settle();
    return this.associations.some(
      ({ entity, status }) => entity === arn && status !== "DISASSOCIATED" && status !== "FAILED",
    );
  }

  private own(arn: unknown, { account }: Caller): Share {
    const share = this.shares.find(
      (one) => one.arn === arn && one.owner === account && one.status === "ACTIVE",
    );
    if (!share)
      throw new Fault("UnknownResourceException", `ResourceShare ${arn} could not be found.`);
    return share;
  }

  /**
   * That nothing is disassociated while something is ASSOCIATING is known (hashicorp/terraform-provider-aws#13458). That of resources only one
   * change is taken at a time is assumed, and that principals may come and go together, as they do with `for_each`.
   */
  private mustBeStill(share: Share, ofResources: boolean, isBlocking: RegExp): void {
    const moving = this.associations.find(
      (one) =>
        one.share === share &&
        isBlocking.test(one.status) &&
        (!ofResources || one.type === "RESOURCE"),
    );
    if (moving)
      throw new Fault(
        "InvalidStateTransitionException",
        `At least one of the associations in the resource share is in ${moving.status} status.`,
      );
  }

  private mustBeSharable(arn: string, { account, region }: Caller): void {
    // The answer is assumed; that nothing but a build can carry a policy is in the model.
    if (!BUILD.test(arn))
      throw new Fault("MalformedArnException", `The specified resource ARN ${arn} is not valid.`);
    const [, , , where, owner] = arn.split(":");
    if (!this.neighbours.exists(arn) || owner !== account || where !== region)
      throw new Fault("UnknownResourceException", `Resource ${arn} could not be found.`);
  }

  private mustBeInside(principal: string, { allowExternalPrincipals }: Share): void {
    const { id, units } = this.neighbours.organization;
    const isInside = principal.includes(`/${id}`) || principal in units;
    if (!isInside && !allowExternalPrincipals)
      throw new Fault(
        "OperationNotPermittedException",
        "The resource you are attempting to share can only be shared within your AWS Organization.",
      );
  }

  private add(share: Share, type: Association["type"], entity: string): Association {
    const fails = type === "RESOURCE" && this.failures > 0;
    if (fails) this.failures -= 1;
    const association: Association = {
      share,
      type,
      entity,
      status: "ASSOCIATING",
      until: Date.now() + this.pace.association,
      becomes: fails ? "FAILED" : "ASSOCIATED",
    };
    // What is in already begins anew (assumed).
    this.associations = this.associations.filter(
      (one) => one.share !== share || one.entity !== entity,
    );
    this.associations.push(association);
    return association;
  }

  private associate(input: Input, caller: Caller): object {
    const { resourceShareArn, resourceArns = [], principals = [] } = input as Partial<Change>;
    const share = this.own(resourceShareArn, caller);
    if (resourceArns.length + principals.length > 100)
      throw new Fault(
        "ResourceShareLimitExceededException",
        "You can associate up to 100 resources per call",
      );
    if (resourceArns.length > 0) this.mustBeStill(share, true, /ING$/);
    for (const arn of resourceArns) this.mustBeSharable(arn, caller);
    for (const principal of principals) this.mustBeInside(principal, share);
    const added = [
      ...resourceArns.map((arn) => this.add(share, "RESOURCE", arn)),
      ...principals.map((principal) => this.add(share, "PRINCIPAL", principal)),
    ];
    return { resourceShareAssociations: added.map(shown) };
  }

  private disassociate(input: Input, caller: Caller): object {
    const { resourceShareArn, resourceArns = [], principals = [] } = input as Partial<Change>;
    const share = this.own(resourceShareArn, caller);
    this.mustBeStill(share, false, /^ASSOCIATING$/);
    if (resourceArns.length > 0) this.mustBeStill(share, true, /ING$/);
    const gone = [...resourceArns, ...principals].map((entity) => {
      const found = this.associations.find(
        (one) => one.share === share && one.entity === entity && one.status !== "DISASSOCIATED",
      );
      if (!found)
        throw new Fault(
          "UnknownResourceException",
          `${entity} is not associated with ${resourceShareArn}.`,
        );
      return found;
    });
    const needed = gone.find(({ entity }) => this.dependedOn.has(entity));
    // "An owner cannot unshare these resources until none of the consumers depend on them"; how it says so is assumed.
    if (needed)
      throw new Fault("OperationNotPermittedException", `Consumers depend on ${needed.entity}.`);
    for (const one of gone) {
      Object.assign(one, {
        status: "DISASSOCIATING",
        until: Date.now() + this.pace.association,
        becomes: "DISASSOCIATED",
      });
    }
    return { resourceShareAssociations: gone.map(shown) };
  }

  private create(input: Input, { account, region }: Caller): object {
    const {
      name,
      permissionArns = [],
      allowExternalPrincipals = true,
      tags = [],
      ...rest
    } = input as {
      readonly name: string;
      readonly permissionArns?: readonly string[];
      readonly allowExternalPrincipals?: boolean;
      readonly tags?: readonly { readonly key: string; readonly value: string }[];
    };
    const { clientToken: _token, ...others } = rest as Input;
    if (Object.keys(others).length > 0)
      throw new Fault(
        "NotImplementedException",
        `CreateResourceShare with ${Object.keys(others)} is not emulated`,
        501,
      );
    const wrong = permissionArns.find((arn) => !PERMISSION.test(arn));
    if (wrong)
      throw new Fault("UnknownResourceException", `Permission ${wrong} could not be found.`);
    const id = (this.shares.length + 1).toString(16).padStart(12, "0");
    const share: Share = {
      arn: `arn:aws:ram:${region}:${account}:resource-share/00000000-0000-0000-0000-${id}`,
      name,
      owner: account,
      region,
      allowExternalPrincipals,
      permissionArns,
      createdAt: Date.now(),
      tags: new Map(tags.map(({ key, value }) => [key, value])),
      status: "ACTIVE",
    };
    this.shares.push(share);
    return { resourceShare: shownShare(share) };
  }

  /** Of a deleted share "the status remains visible for a short period". */
  private list(input: Input, { account, region }: Caller): object {
    const {
      resourceOwner,
      resourceShareArns,
      name,
      resourceShareStatus,
      tagFilters = [],
    } = input as {
      readonly resourceOwner: string;
      readonly resourceShareArns?: readonly string[];
      readonly name?: string;
      readonly resourceShareStatus?: string;
      readonly tagFilters?: readonly {
        readonly tagKey: string;
        readonly tagValues?: readonly string[];
      }[];
    };
    if (resourceOwner !== "SELF")
      throw new Fault(
        "NotImplementedException",
        `shares of ${resourceOwner} are not emulated`,
        501,
      );
    this.settle();
    const found = this.shares.filter(
      (share) =>
        share.owner === account &&
        share.region === region &&
        Date.now() < (share.deletedAt ?? Number.POSITIVE_INFINITY) + this.pace.linger &&
        (resourceShareArns?.includes(share.arn) ?? true) &&
        (name ?? share.name) === share.name &&
        (resourceShareStatus ?? share.status) === share.status &&
        tagFilters.every(({ tagKey, tagValues = [] }) => {
          const value = share.tags.get(tagKey);
          return value !== undefined && (tagValues.length === 0 || tagValues.includes(value));
        }),
    );
    const { items, ...token } = page(found, input, 20);
    return { resourceShares: items.map(shownShare), ...token };
  }

  private listAssociations(input: Input, { account, region }: Caller): object {
    const { associationType, resourceShareArns, resourceArn, principal, associationStatus } =
      input as {
        readonly associationType: string;
        readonly resourceShareArns?: readonly string[];
        readonly resourceArn?: string;
        readonly principal?: string;
        readonly associationStatus?: string;
      };
    this.settle();
    const entity = resourceArn ?? principal;
    const found = this.associations.filter(
      (one) =>
        one.share.owner === account &&
        one.share.region === region &&
        one.type === associationType &&
        (resourceShareArns?.includes(one.share.arn) ?? true) &&
        (entity ?? one.entity) === one.entity &&
        (associationStatus ?? one.status) === one.status,
    );
    const { items, ...token } = page(found, input, 20);
    return { resourceShareAssociations: items.map(shown), ...token };
  }

  readonly handlers: Readonly<Record<string, Handler>> = {
    CreateResourceShare: (input, caller) => this.create(input, caller),
    GetResourceShares: (input, caller) => this.list(input, caller),
    DeleteResourceShare: ({ resourceShareArn }, caller) => {
      const share = this.own(resourceShareArn, caller);
      Object.assign(share, { status: "DELETING", deletedAt: Date.now() });
      return { returnValue: true };
    },
    AssociateResourceShare: (input, caller) => {
      this.settle();
      return this.associate(input, caller);
    },
    DisassociateResourceShare: (input, caller) => {
      this.settle();
      return this.disassociate(input, caller);
    },
    GetResourceShareAssociations: (input, caller) => this.listAssociations(input, caller),
    ListResourceSharePermissions: (input, caller) => {
      const { permissionArns } = this.own(input["resourceShareArn"], caller);
      const { items, ...token } = page(permissionArns, input, 20);
      return {
        permissions: items.map((arn) => ({
          arn,
          version: "1",
          defaultVersion: true,
          name: arn.split("/").at(-1),
        })),
        ...token,
      };
    },
    TagResource: ({ resourceShareArn, tags }, caller) => {
      const share = this.own(resourceShareArn, caller);
      for (const { key, value } of tags as { key: string; value: string }[])
        share.tags.set(key, value);
      return {};
    },
    UntagResource: ({ resourceShareArn, tagKeys }, caller) => {
      const share = this.own(resourceShareArn, caller);
      for (const key of tagKeys as string[]) share.tags.delete(key);
      return {};
    },
  };
}

function shown({ share, type, entity, status }: Association): object {
  return {
    resourceShareArn: share.arn,
    resourceShareName: share.name,
    associatedEntity: entity,
    associationType: type,
    status,
    external: false,
  };
}

/** RAM's times are seconds. */
function shownShare({
  arn,
  name,
  owner,
  allowExternalPrincipals,
  status,
  tags,
  createdAt,
}: Share): object {
  return {
    resourceShareArn: arn,
    name,
    owningAccountId: owner,
    allowExternalPrincipals,
    status,
    tags: [...tags].map(([key, value]) => ({ key, value })),
    creationTime: createdAt / 1_000,
    lastUpdatedTime: createdAt / 1_000,
    featureSet: "STANDARD",
  };
}
