/** The shares that experiments create and change. */

import {
  AssociateResourceShareCommand,
  CreateResourceShareCommand,
  DeleteResourceShareCommand,
  DisassociateResourceShareCommand,
  paginateGetResourceShareAssociations,
  paginateGetResourceShares,
} from "@aws-sdk/client-ram";
import { imagePermissionArn } from "../../../config/aws/arns";
import { required } from "../../../contract/required";
import type { Lab } from "./lab";

/** Creates a share of the owner without resources. RAM chooses its ARN, so its name finds it. */
export async function createShare(
  lab: Lab,
  suffix: string,
  principals: readonly string[],
): Promise<string> {
  const { ram, region } = lab.owner;
  const name = lab.name(suffix);
  lab.undo(
    `the resource share ${name}`,
    `aws ram delete-resource-share --resource-share-arn $(aws ram get-resource-shares --resource-owner SELF --name ${name} --resource-share-status ACTIVE --query 'resourceShares[0].resourceShareArn' --output text --region ${region}) --region ${region}`,
    async () => {
      const pages = paginateGetResourceShares(
        { client: ram },
        { resourceOwner: "SELF", name, resourceShareStatus: "ACTIVE" },
      );
      for await (const { resourceShares = [] } of pages)
        for (const { resourceShareArn } of resourceShares)
          await ram.send(new DeleteResourceShareCommand({ resourceShareArn }));
    },
  );
  const { resourceShare } = await ram.send(
    new CreateResourceShareCommand({
      name,
      permissionArns: [imagePermissionArn(region)],
      allowExternalPrincipals: false,
      tags: Object.entries(lab.tags).map(([key, value]) => ({ key, value })),
    }),
  );
  const resourceShareArn = required(resourceShare?.resourceShareArn, `the ARN of ${name}`);
  for (const principal of principals) {
    await ram.send(
      new AssociateResourceShareCommand({ resourceShareArn, principals: [principal] }),
    );
    await settled(lab, resourceShareArn, "PRINCIPAL", principal);
  }
  return resourceShareArn;
}

/** Waits until an association is settled. Returns its status. */
export function settled(
  lab: Lab,
  share: string,
  associationType: "PRINCIPAL" | "RESOURCE",
  entity: string,
): Promise<string> {
  return lab.poll(
    `RAM to change the share for ${entity}`,
    10,
    async () => {
      const status = await associationOf(lab, share, associationType, entity);
      return status.endsWith("ING") ? undefined : status;
    },
    5,
  );
}

/** Returns the status of an association, `DISASSOCIATED` if there is none. */
export async function associationOf(
  { owner: { ram } }: Lab,
  share: string,
  associationType: "PRINCIPAL" | "RESOURCE",
  entity: string,
): Promise<string> {
  const pages = paginateGetResourceShareAssociations(
    { client: ram },
    { associationType, resourceShareArns: [share] },
  );
  for await (const { resourceShareAssociations = [] } of pages) {
    const found = resourceShareAssociations.find((one) => one.associatedEntity === entity);
    if (found) return required(found.status, `the status of ${entity} in ${share}`);
  }
  return "DISASSOCIATED";
}

/** Shares builds, and waits until RAM has associated them. */
export async function share(lab: Lab, resourceShareArn: string, arn: string): Promise<void> {
  const { ram } = lab.owner;
  await ram.send(new AssociateResourceShareCommand({ resourceShareArn, resourceArns: [arn] }));
  await settled(lab, resourceShareArn, "RESOURCE", arn);
}

/** Removes a build from a share, and waits until RAM has done so. */
export async function unshare(lab: Lab, resourceShareArn: string, arn: string): Promise<void> {
  const { ram } = lab.owner;
  await ram.send(new DisassociateResourceShareCommand({ resourceShareArn, resourceArns: [arn] }));
  await settled(lab, resourceShareArn, "RESOURCE", arn);
}
