import { RamPrincipalAssociation } from "@cdktf/provider-aws/lib/ram-principal-association";
import { RamResourceShare } from "@cdktf/provider-aws/lib/ram-resource-share";
import { Construct } from "constructs";
import { renderSharePolicy, type SharePolicy } from "../../contract/share-policy";

export interface ResourceShareProps {
  readonly name: string;
  /** ARN of the permission that principals get. */
  readonly permissionArn: string;
  /** Account ids, or ARNs of organizational units or of the organization. */
  readonly principals: readonly string[];
  /** Policy that the share updater follows. The share's tags contain it. */
  readonly policy: SharePolicy;
}

/**
 * A RAM resource share for principals of the organization. Terraform manages its principals. The
 * share updater manages the builds in it, which Terraform doesn't track.
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
    for (const principal of principals)
      new RamPrincipalAssociation(this, principalId(principal), {
        resourceShareArn: share.arn,
        principal,
      });
  }
}

/** Returns the ID of an account, organizational unit or organization. An ARN ends with it. */
function principalId(principal: string): string {
  return principal.replace(/^.*\//, "");
}
