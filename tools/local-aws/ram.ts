/**
 * Emulates AWS Resource Access Manager (RAM): shares with their principals and resources, whose
 * associations take time. "Assumed" marks behaviour that no AWS document describes.
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
  /** In milliseconds. @default - it isn't deleted */
  deletedAt?: number;
}

interface Association {
  readonly share: Share;
  readonly type: "PRINCIPAL" | "RESOURCE";
  readonly entity: string;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
  status: string;
  /** When `status` changes to `nextStatus`, in milliseconds. */
  until: number;
  nextStatus: string;
}

interface AssociationRequest {
  readonly resourceShareArn: string;
  readonly resourceArns?: readonly string[];
  readonly principals?: readonly string[];
}

const PERMISSION =
  /^arn:aws:ram::aws:permission\/AWSRAMDefaultPermissionImageBuilder(Image|ImageRecipe|Component)$/;
const BUILD = /^arn:aws:imagebuilder:[^:]+:\d{12}:image\/[a-z0-9-_]+\/\d+\.\d+\.\d+\/\d+$/;

export interface RamPeers {
  readonly organization: Organization;
  readonly buildExists: (arn: string) => boolean;
  /** Whether a recipe of another account names a build. */
  readonly isParentOfOthers: (arn: string) => boolean;
}

export interface ShareDelays {
  /** How long an association, or the deletion of a share, takes, in milliseconds. */
  readonly association: number;
  /** How long lists contain deleted shares and associations, in milliseconds. */
  readonly linger: number;
}

export class Ram {
  private readonly shares: Share[] = [];
  private associations: Association[] = [];
  private failuresLeft = 0;
  private readonly buildsInUse = new Set<string>();

  constructor(
    private readonly peers: RamPeers,
    private readonly delays: ShareDelays,
    private readonly now: () => number,
  ) {}

  /** Makes the next associations of resources end as FAILED. */
  failNext(times: number): void {
    this.failuresLeft = times;
  }

  /** While a build is in use, RAM rejects its disassociation, as if a consumer depended on it. */
  setInUse(arn: string, isInUse: boolean): void {
    if (isInUse) this.buildsInUse.add(arn);
    else this.buildsInUse.delete(arn);
  }

  /** Ends the associations and deletions whose time is over. */
  private settle(): void {
    const now = this.now();
    for (const one of this.associations) {
      if (one.until <= now) one.status = one.nextStatus;
    }
    this.associations = this.associations.filter(
      ({ status, until, share }) =>
        share.status === "ACTIVE" &&
        (status !== "DISASSOCIATED" || now < until + this.delays.linger),
    );
    for (const share of this.shares) {
      if (share.status === "DELETING" && now >= (share.deletedAt ?? 0) + this.delays.association)
        share.status = "DELETED";
    }
  }

  /** The ARNs of the resources that other accounts share with the caller's account. */
  sharedWith({ account, region }: Caller): ReadonlySet<string> {
    this.settle();
    const associated = this.associations.filter(
      ({ status, share }) => status === "ASSOCIATED" && share.region === region,
    );
    const shares = new Set(
      associated
        .filter(
          ({ type, entity }) =>
            type === "PRINCIPAL" && standsFor(this.peers.organization, entity, account),
        )
        .map(({ share }) => share),
    );
    return new Set(
      associated
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

  private findOwned(arn: unknown, { account }: Caller): Share {
    const share = this.shares.find(
      (one) => one.arn === arn && one.owner === account && one.status === "ACTIVE",
    );
    if (!share)
      throw new Fault("UnknownResourceException", `ResourceShare ${arn} could not be found.`);
    return share;
  }

  /**
   * RAM disassociates nothing while an association is ASSOCIATING
   * (hashicorp/terraform-provider-aws#13458). Assumed: it accepts one change of resources at a
   * time, and several changes of principals, as Terraform makes them with `for_each`.
   */
  private assertNotBusy(share: Share, blockingStatus: RegExp, onlyResources: boolean): void {
    const busy = this.associations.find(
      (one) =>
        one.share === share &&
        blockingStatus.test(one.status) &&
        (!onlyResources || one.type === "RESOURCE"),
    );
    if (busy)
      throw new Fault(
        "InvalidStateTransitionException",
        `At least one of the associations in the resource share is in ${busy.status} status.`,
      );
  }

  private assertShareable(arn: string, { account, region }: Caller): void {
    // By the service's model only a build version can have a policy. Assumed: the error.
    if (!BUILD.test(arn))
      throw new Fault("MalformedArnException", `The specified resource ARN ${arn} is not valid.`);
    const [, , , buildRegion, owner] = arn.split(":");
    if (!this.peers.buildExists(arn) || owner !== account || buildRegion !== region)
      throw new Fault("UnknownResourceException", `Resource ${arn} could not be found.`);
  }

  private assertInOrganization(principal: string, { allowExternalPrincipals }: Share): void {
    const { id, units } = this.peers.organization;
    const isMember = principal.includes(`/${id}`) || principal in units;
    if (!isMember && !allowExternalPrincipals)
      throw new Fault(
        "OperationNotPermittedException",
        "The resource you are attempting to share can only be shared within your AWS Organization.",
      );
  }

  private add(share: Share, type: Association["type"], entity: string): Association {
    const fails = type === "RESOURCE" && this.failuresLeft > 0;
    if (fails) this.failuresLeft -= 1;
    const association: Association = {
      share,
      type,
      entity,
      createdAt: this.now(),
      status: "ASSOCIATING",
      until: this.now() + this.delays.association,
      nextStatus: fails ? "FAILED" : "ASSOCIATED",
    };
    // Assumed: an entity that is already associated starts again as ASSOCIATING.
    this.associations = this.associations.filter(
      (one) => one.share !== share || one.entity !== entity,
    );
    this.associations.push(association);
    return association;
  }

  private associate(input: Input, caller: Caller): object {
    const {
      resourceShareArn,
      resourceArns = [],
      principals = [],
    } = input as Partial<AssociationRequest>;
    const share = this.findOwned(resourceShareArn, caller);
    if (resourceArns.length + principals.length > 100)
      throw new Fault(
        "ResourceShareLimitExceededException",
        "You can associate up to 100 resources per call",
      );
    if (resourceArns.length > 0) this.assertNotBusy(share, /ING$/, true);
    for (const arn of resourceArns) this.assertShareable(arn, caller);
    for (const principal of principals) this.assertInOrganization(principal, share);
    const added = [
      ...resourceArns.map((arn) => this.add(share, "RESOURCE", arn)),
      ...principals.map((principal) => this.add(share, "PRINCIPAL", principal)),
    ];
    return { resourceShareAssociations: added.map(associationOutput) };
  }

  private disassociate(input: Input, caller: Caller): object {
    const {
      resourceShareArn,
      resourceArns = [],
      principals = [],
    } = input as Partial<AssociationRequest>;
    const share = this.findOwned(resourceShareArn, caller);
    this.assertNotBusy(share, /^ASSOCIATING$/, false);
    if (resourceArns.length > 0) this.assertNotBusy(share, /ING$/, true);
    const removed = [...resourceArns, ...principals].map((entity) => {
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
    const inUse = removed.find(
      ({ entity }) => this.buildsInUse.has(entity) || this.peers.isParentOfOthers(entity),
    );
    // "An owner cannot unshare these resources until none of the consumers depend on them".
    // Assumed: the error.
    if (inUse)
      throw new Fault("OperationNotPermittedException", `Consumers depend on ${inUse.entity}.`);
    for (const one of removed) {
      Object.assign(one, {
        status: "DISASSOCIATING",
        until: this.now() + this.delays.association,
        nextStatus: "DISASSOCIATED",
      });
    }
    return { resourceShareAssociations: removed.map(associationOutput) };
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
    const unknown = permissionArns.find((arn) => !PERMISSION.test(arn));
    if (unknown)
      throw new Fault("UnknownResourceException", `Permission ${unknown} could not be found.`);
    const id = (this.shares.length + 1).toString(16).padStart(12, "0");
    const share: Share = {
      arn: `arn:aws:ram:${region}:${account}:resource-share/00000000-0000-0000-0000-${id}`,
      name,
      owner: account,
      region,
      allowExternalPrincipals,
      permissionArns,
      createdAt: this.now(),
      tags: new Map(tags.map(({ key, value }) => [key, value])),
      status: "ACTIVE",
    };
    this.shares.push(share);
    return { resourceShare: shareOutput(share) };
  }

  /** After the deletion of a share "the status remains visible for a short period". */
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
        this.now() < (share.deletedAt ?? Number.POSITIVE_INFINITY) + this.delays.linger &&
        (resourceShareArns?.includes(share.arn) ?? true) &&
        (name ?? share.name) === share.name &&
        (resourceShareStatus ?? share.status) === share.status &&
        tagFilters.every(({ tagKey, tagValues = [] }) => {
          const value = share.tags.get(tagKey);
          return value !== undefined && (tagValues.length === 0 || tagValues.includes(value));
        }),
    );
    const { items, ...token } = page(found, input, 20);
    return { resourceShares: items.map(shareOutput), ...token };
  }

  /** Lists the resources that others share with the caller. Assumed: only the associated ones. */
  private listResources(input: Input, caller: Caller): object {
    const { resourceOwner, resourceShareArns } = input as {
      readonly resourceOwner: string;
      readonly resourceShareArns?: readonly string[];
    };
    if (resourceOwner !== "OTHER-ACCOUNTS")
      throw new Fault(
        "NotImplementedException",
        `resources of ${resourceOwner} are not emulated`,
        501,
      );
    const visible = this.sharedWith(caller);
    const found = this.associations.filter(
      ({ type, entity, share }) =>
        type === "RESOURCE" &&
        visible.has(entity) &&
        (resourceShareArns?.includes(share.arn) ?? true),
    );
    const { items, ...token } = page(found, input, 20);
    return {
      resources: items.map(({ entity, share }) => ({
        arn: entity,
        type: "imagebuilder:Image",
        resourceShareArn: share.arn,
        status: "AVAILABLE",
      })),
      ...token,
    };
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
    return { resourceShareAssociations: items.map(associationOutput), ...token };
  }

  readonly handlers: Readonly<Record<string, Handler>> = {
    CreateResourceShare: (input, caller) => this.create(input, caller),
    GetResourceShares: (input, caller) => this.list(input, caller),
    DeleteResourceShare: ({ resourceShareArn }, caller) => {
      const share = this.findOwned(resourceShareArn, caller);
      Object.assign(share, { status: "DELETING", deletedAt: this.now() });
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
    ListResources: (input, caller) => this.listResources(input, caller),
    GetResourceShareAssociations: (input, caller) => this.listAssociations(input, caller),
    ListResourceSharePermissions: (input, caller) => {
      const { permissionArns } = this.findOwned(input["resourceShareArn"], caller);
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
      const share = this.findOwned(resourceShareArn, caller);
      for (const { key, value } of tags as { key: string; value: string }[])
        share.tags.set(key, value);
      return {};
    },
    UntagResource: ({ resourceShareArn, tagKeys }, caller) => {
      const share = this.findOwned(resourceShareArn, caller);
      for (const key of tagKeys as string[]) share.tags.delete(key);
      return {};
    },
  };
}

function associationOutput({ share, type, entity, createdAt, status }: Association): object {
  return {
    resourceShareArn: share.arn,
    resourceShareName: share.name,
    associatedEntity: entity,
    associationType: type,
    status,
    creationTime: createdAt / 1_000,
    external: false,
  };
}

/** RAM writes times in seconds. */
function shareOutput({
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
