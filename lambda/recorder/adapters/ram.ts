import { paginateGetResourceShareAssociations, type RAMClient } from "@aws-sdk/client-ram";
import { collect, hasName } from "../../common/client";
import type { Ram } from "../ports";

/** Calls RAM for the recorder. */
export function ramAdapter(client: RAMClient): Ram {
  return {
    sharedBuild: async (share, resourceArn) => {
      const pages = paginateGetResourceShareAssociations(
        { client },
        { associationType: "RESOURCE", resourceShareArns: [share], resourceArn },
      );
      try {
        const associations = await collect(pages, (page) => page.resourceShareAssociations);
        // RAM lists removed builds for a while.
        const found = associations.find(
          ({ associatedEntity, status }) =>
            associatedEntity === resourceArn &&
            (status === "ASSOCIATED" || status === "ASSOCIATING"),
        );
        if (!found) return undefined;
        return { status: found.status ?? "", addedAt: found.creationTime?.getTime() ?? 0 };
      } catch (error) {
        if (hasName(error, "UnknownResourceException")) return undefined;
        throw error;
      }
    },
  };
}
