import {
  paginateGetResourceShareAssociations,
  type RAMClient,
  type ResourceShareAssociation,
} from "@aws-sdk/client-ram";
import { collect, hasName } from "../../common/client";
import { isInShare, type Ram, type SharedBuild } from "../ports";

/** Lists the builds in a share, or one of them, in every status. */
async function listBuilds(
  client: RAMClient,
  share: string,
  resourceArn?: string,
): Promise<ReadonlyMap<string, SharedBuild>> {
  const pages = paginateGetResourceShareAssociations(
    { client },
    { associationType: "RESOURCE", resourceShareArns: [share], resourceArn },
  );
  try {
    return byArn(await collect(pages, (page) => page.resourceShareAssociations));
  } catch (error) {
    if (hasName(error, "UnknownResourceException")) return new Map();
    throw error;
  }
}

/** A build that was removed and is added again may be listed twice: the share contains it. */
function byArn(associations: readonly ResourceShareAssociation[]): Map<string, SharedBuild> {
  const builds = new Map<string, SharedBuild>();
  for (const { associatedEntity: arn = "", status = "", creationTime } of associations) {
    const known = builds.get(arn);
    if (!known || !isInShare(known))
      builds.set(arn, { status, addedAt: creationTime?.getTime() ?? 0 });
  }
  return builds;
}

export function ramAdapter(client: RAMClient): Ram {
  return {
    builds: (share) => listBuilds(client, share),
    sharedBuild: async (share, resourceArn) => {
      const build = (await listBuilds(client, share, resourceArn)).get(resourceArn);
      return build && isInShare(build) ? build : undefined;
    },
  };
}
