import {
  AssociateResourceShareCommand,
  DisassociateResourceShareCommand,
  paginateGetResourceShareAssociations,
  paginateGetResourceShares,
  type RAMClient,
  type ResourceShareAssociation,
  type ResourceShareAssociationType,
} from "@aws-sdk/client-ram";
import { batchesOf } from "../../common/batches";
import { collect, hasName } from "../../common/client";
import { type Ram, type Share, ShareBusyError, UnshareRefusedError } from "../ports";

/**
 * Number of shares in one call.
 *
 * Assumed: RAM takes as many. It documents no limit.
 */
const SHARES_PER_CALL = 50;

/**
 * Rethrows an error of RAM as a `ShareBusyError` if another change of the share is in progress. RAM
 * reports that as a 400, which the SDK doesn't retry. hashicorp/terraform-provider-aws#13458
 */
function rethrow(error: unknown): never {
  if (hasName(error, "InvalidStateTransitionException"))
    throw new ShareBusyError(error.message, { cause: error });
  throw error;
}

/** Reads existing shares of one call; one by one if RAM doesn't know all of them. */
async function readShares(client: RAMClient, resourceShareArns: string[]): Promise<Share[]> {
  try {
    const pages = paginateGetResourceShares(
      { client },
      { resourceOwner: "SELF", resourceShareArns },
    );
    const shares = await collect(pages, (page) => page.resourceShares);
    return shares.map(({ resourceShareArn: arn = "", status = "", creationTime }) => ({
      arn,
      status,
      createdAt: creationTime?.getTime() ?? Number.NaN,
    }));
  } catch (error) {
    if (!hasName(error, "UnknownResourceException")) throw error;
    if (resourceShareArns.length === 1) return [];
    const shares = await Promise.all(resourceShareArns.map((arn) => readShares(client, [arn])));
    return shares.flat();
  }
}

/** Lists what is associated with shares, by the share's ARN. */
async function associationsOf(
  client: RAMClient,
  shares: readonly string[],
  associationType: ResourceShareAssociationType,
): Promise<Map<string, ResourceShareAssociation[]>> {
  const byShare = new Map<string, ResourceShareAssociation[]>(shares.map((arn) => [arn, []]));
  for (const resourceShareArns of batchesOf(shares, SHARES_PER_CALL)) {
    const pages = paginateGetResourceShareAssociations(
      { client },
      { associationType, resourceShareArns },
    );
    for (const association of await collect(pages, (page) => page.resourceShareAssociations)) {
      const { resourceShareArn: share } = association;
      if (share !== undefined) byShare.get(share)?.push(association);
    }
  }
  return byShare;
}

function mapValues<T, U>(map: ReadonlyMap<string, T>, convert: (value: T) => U): Map<string, U> {
  return new Map([...map].map(([key, value]) => [key, convert(value)]));
}

/** Statuses of principals that don't see the share's resources, or soon won't. */
const REMOVED = ["DISASSOCIATED", "DISASSOCIATING", "FAILED"];

export function ramAdapter(client: RAMClient): Ram {
  return {
    shares: async (arns) => {
      const batches = await Promise.all(
        batchesOf(arns, SHARES_PER_CALL).map((batch) => readShares(client, batch)),
      );
      // RAM lists a deleted share for a while.
      return batches.flat().filter(({ status }) => !/^DELET/.test(status));
    },
    associations: async (shares) =>
      mapValues(await associationsOf(client, shares, "RESOURCE"), (associations) =>
        associations.map(({ associatedEntity: arn = "", status = "", creationTime }) => ({
          arn,
          status,
          createdAt: creationTime?.getTime(),
        })),
      ),
    principals: async (shares) =>
      mapValues(await associationsOf(client, shares, "PRINCIPAL"), (associations) =>
        associations
          .filter(({ status = "" }) => !REMOVED.includes(status))
          .map(({ associatedEntity = "" }) => associatedEntity),
      ),
    associate: async (resourceShareArn, arns) => {
      await client
        .send(new AssociateResourceShareCommand({ resourceShareArn, resourceArns: [...arns] }))
        .catch(rethrow);
    },
    disassociate: async (resourceShareArn, arns) => {
      try {
        await client.send(
          new DisassociateResourceShareCommand({ resourceShareArn, resourceArns: [...arns] }),
        );
      } catch (error) {
        // The build isn't in the share any more.
        if (hasName(error, "UnknownResourceException")) return;
        // Assumed: AWS documents that it refuses while a consumer depends on the build, but not
        // with which error.
        if (hasName(error, "OperationNotPermittedException", "InvalidParameterException"))
          throw new UnshareRefusedError(error.message, { cause: error });
        rethrow(error);
      }
    },
  };
}
