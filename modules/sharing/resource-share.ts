import { RamPrincipalAssociation } from "@cdktf/provider-aws/lib/ram-principal-association";
import { RamResourceShare } from "@cdktf/provider-aws/lib/ram-resource-share";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";

export interface ResourceShareProps {
  readonly name: string;
  /** ARN of the permission that principals get. */
  readonly permissionArn: string;
  /** Account ids, or ARNs of organizational units or of the organization. */
  readonly principals: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * A RAM resource share for principals of the organization. Terraform manages its principals. The
 * updater manages the builds in it, which Terraform doesn't track.
 */
export class ResourceShare extends Construct {
  readonly arn: string;
  /** Dependencies of a run of the updater, which compares the principals. */
  readonly principals: readonly ITerraformDependable[];

  constructor(
    scope: Construct,
    id: string,
    { name, permissionArn, principals, tags }: ResourceShareProps,
  ) {
    super(scope, id);
    const share = new RamResourceShare(this, "Resource", {
      name,
      allowExternalPrincipals: false,
      permissionArns: [permissionArn],
      tags: { ...tags },
    });
    this.arn = share.arn;
    this.principals = principals.map(
      (principal) =>
        new RamPrincipalAssociation(this, principalId(principal), {
          resourceShareArn: share.arn,
          principal,
        }),
    );
  }
}

/** Returns the ID of an account, organizational unit or organization. An ARN ends with it. */
function principalId(principal: string): string {
  return principal.replace(/^.*\//, "");
}
