import { RamPrincipalAssociation } from "@cdktf/provider-aws/lib/ram-principal-association";
import { RamResourceShare } from "@cdktf/provider-aws/lib/ram-resource-share";
import { Construct } from "constructs";
import { renderSharePolicy, type SharePolicy } from "../../contract/share-policy";

export interface ResourceShareProps {
  readonly name: string;
  /** ARN of the one permission that principals get. */
  readonly permissionArn: string;
  /** Account ids, or ARNs of organizational units or the organization. */
  readonly principals: readonly string[];
  /** What the share updater goes by. */
  readonly policy: SharePolicy;
}

/**
 * A RAM resource share, for principals within the organization. Terraform manages who it is for; what is in it is the share
 * updater's, which Terraform doesn't see as drift.
 */
export class ResourceShare extends Construct {
  readonly arn: string;

  constructor(
    scope: Construct,
    id: string,
    { name, permissionArn, principals, policy }: ResourceShareProps,
  ) {
    super(scope, id);
    const share = new RamResourceShare(this, "Resource", {
      name,
      allowExternalPrincipals: false,
      permissionArns: [permissionArn],
      tags: renderSharePolicy(policy),
    });
    this.arn = share.arn;
    for (const principal of principals) {
      // An ARN ends with the id of the unit or organization.
      new RamPrincipalAssociation(this, principal.split("/").at(-1) ?? principal, {
        resourceShareArn: share.arn,
        principal,
      });
    }
  }
}
