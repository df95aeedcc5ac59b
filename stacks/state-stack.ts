import type { Construct } from "constructs";
import { stateBucket } from "../config/names";
import { PrivateBucket } from "../modules/common/private-bucket";
import { GithubRoles } from "../modules/github/github-roles";
import { AccountStack, type AccountStackProps } from "./account-stack";
import { githubRolesProps } from "./props/github-roles";

export interface StateStackProps extends Omit<AccountStackProps, "asCaller"> {
  /** The bucket's name with `{account}` for the account's id. */
  readonly bucket: string;
}

/**
 * What an account needs before any other stack: its state bucket and, if asked for, the roles of GitHub Actions. Made with state beside
 * factory.yaml, which is then moved into the bucket.
 */
export class StateStack extends AccountStack {
  constructor(scope: Construct, id: string, { bucket, ...props }: StateStackProps) {
    super(scope, id, { ...props, asCaller: true });
    const { factory } = props;
    const { name } = new PrivateBucket(this, "state", {
      name: stateBucket(bucket, this.place.accountId),
      protect: factory.protect,
      emptyOnDestroy: !factory.protect,
    });
    this.output("state_bucket", "Holds the Terraform state of this account's stacks", name);

    const roles = githubRolesProps(
      this.place,
      factory,
      stateBucket(bucket, this.place.accountId),
      id,
    );
    if (roles) {
      const { planRoleArn, deployRoleArn } = new GithubRoles(this, "github", roles);
      this.output("plan_role_arn", "Role that GitHub Actions plans with", planRoleArn);
      this.output("deploy_role_arn", "Role that GitHub Actions deploys with", deployRoleArn);
    }
  }
}
