import type { Organization } from "../organization";
import type { Caller, Handlers } from "../protocol/emulator";
import { Fault, type Input, page } from "../protocol/rest-json";
import { type Association, type Associations, describeAssociation } from "./associations";
import type { Share, Shares } from "./shares";

const BUILD = /^arn:aws:imagebuilder:[^:]+:\d{12}:image\/[a-z0-9-_]+\/\d+\.\d+\.\d+\/\d+$/;

export interface AssociationPeers {
  readonly shares: Shares;
  readonly associations: Associations;
  readonly organization: Organization;
  readonly buildExists: (arn: string) => boolean;
  /** Whether a consumer depends on a build. */
  readonly hasConsumers: (arn: string) => boolean;
}

/** The operations on the principals and resources of shares. */
export function associationHandlers(peers: AssociationPeers): Handlers {
  return {
    AssociateResourceShare: (input, caller) => associate(peers, input, caller),
    DisassociateResourceShare: (input, caller) => disassociate(peers, input, caller),
    ListResources: (input, caller) => listResources(peers, input, caller),
    GetResourceShareAssociations: (input, caller) => listAssociations(peers, input, caller),
  };
}

interface AssociationRequest {
  readonly resourceShareArn: string;
  readonly resourceArns?: readonly string[];
  readonly principals?: readonly string[];
}

function associate(peers: AssociationPeers, input: Input, caller: Caller): object {
  const {
    resourceShareArn,
    resourceArns = [],
    principals = [],
  } = input as Partial<AssociationRequest>;
  const { shares, associations, organization } = peers;
  const share = shares.findOwned(resourceShareArn, caller);
  if (resourceArns.length + principals.length > 100)
    throw new Fault(
      "ResourceShareLimitExceededException",
      "You can associate up to 100 resources per call",
    );
  if (resourceArns.length > 0) assertNotBusy(associations, share, /ING$/, true);
  for (const arn of resourceArns) assertShareable(peers, arn, caller);
  for (const principal of principals) assertInOrganization(organization, principal, share);
  const added = [
    ...resourceArns.map((arn) => associations.add(share, "RESOURCE", arn)),
    ...principals.map((principal) => associations.add(share, "PRINCIPAL", principal)),
  ];
  return { resourceShareAssociations: added.map(describeAssociation) };
}

function disassociate(peers: AssociationPeers, input: Input, caller: Caller): object {
  const {
    resourceShareArn,
    resourceArns = [],
    principals = [],
  } = input as Partial<AssociationRequest>;
  const { shares, associations } = peers;
  const share = shares.findOwned(resourceShareArn, caller);
  assertNotBusy(associations, share, /^ASSOCIATING$/, false);
  if (resourceArns.length > 0) assertNotBusy(associations, share, /ING$/, true);
  const removed = [...resourceArns, ...principals].map((entity) =>
    findAssociation(associations, share, entity),
  );
  const inUse = removed.find(({ entity }) => peers.hasConsumers(entity));
  // "An owner cannot unshare these resources until none of the consumers depend on them".
  // Assumed: the error.
  if (inUse)
    throw new Fault("OperationNotPermittedException", `Consumers depend on ${inUse.entity}.`);
  for (const association of removed) associations.remove(association);
  return { resourceShareAssociations: removed.map(describeAssociation) };
}

/**
 * RAM disassociates nothing while an association is ASSOCIATING
 * (hashicorp/terraform-provider-aws#13458). Assumed: it accepts one change of resources at a
 * time, and several changes of principals, as Terraform makes them with `for_each`.
 */
function assertNotBusy(
  associations: Associations,
  share: Share,
  blockingStatus: RegExp,
  onlyResources: boolean,
): void {
  const busy = associations
    .current()
    .find(
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

function assertShareable(
  { buildExists }: AssociationPeers,
  arn: string,
  { account, region }: Caller,
): void {
  // By the service's model only a build version can have a policy. Assumed: the error.
  if (!BUILD.test(arn))
    throw new Fault("MalformedArnException", `The specified resource ARN ${arn} is not valid.`);
  const [, , , buildRegion, owner] = arn.split(":");
  if (!buildExists(arn) || owner !== account || buildRegion !== region)
    throw new Fault("UnknownResourceException", `Resource ${arn} could not be found.`);
}

function assertInOrganization(
  { id, units }: Organization,
  principal: string,
  { allowExternalPrincipals }: Share,
): void {
  const isMember = principal.includes(`/${id}`) || principal in units;
  if (!isMember && !allowExternalPrincipals)
    throw new Fault(
      "OperationNotPermittedException",
      "The resource you are attempting to share can only be shared within your AWS Organization.",
    );
}

function findAssociation(associations: Associations, share: Share, entity: string): Association {
  const found = associations
    .current()
    .find((one) => one.share === share && one.entity === entity && one.status !== "DISASSOCIATED");
  if (!found)
    throw new Fault("UnknownResourceException", `${entity} is not associated with ${share.arn}.`);
  return found;
}

/** Lists the resources that others share with the caller. Assumed: only the associated ones. */
function listResources({ associations }: AssociationPeers, input: Input, caller: Caller): object {
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
  const visible = associations.sharedWith(caller);
  const found = associations
    .current()
    .filter(
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

function listAssociations(
  { associations }: AssociationPeers,
  input: Input,
  { account, region }: Caller,
): object {
  const { associationType, resourceShareArns, resourceArn, principal, associationStatus } =
    input as {
      readonly associationType: string;
      readonly resourceShareArns?: readonly string[];
      readonly resourceArn?: string;
      readonly principal?: string;
      readonly associationStatus?: string;
    };
  const entity = resourceArn ?? principal;
  const found = associations
    .current()
    .filter(
      (one) =>
        one.share.owner === account &&
        one.share.region === region &&
        one.type === associationType &&
        (resourceShareArns?.includes(one.share.arn) ?? true) &&
        (entity ?? one.entity) === one.entity &&
        (associationStatus ?? one.status) === one.status,
    );
  const { items, ...token } = page(found, input, 20);
  return { resourceShareAssociations: items.map(describeAssociation), ...token };
}
