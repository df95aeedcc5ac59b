import type { Construct } from "constructs";
import { stateBucket } from "../config/names";
import { PrivateBucket } from "../modules/common/private-bucket";
import { GithubRoles } from "../modules/github/github-roles";
import { AccountStack, type AccountStackProps } from "./account-stack";
import { githubRolesProps } from "./props/github-roles";
import { buildRoleArns } from "./props/region";

export interface StateStackProps extends Omit<AccountStackProps, "usesCallerCredentials"> {
  /** Name of the bucket, with `{account}` in place of the account ID. */
  readonly bucket: string;
}

/**
 * The resources that must exist before an account's other stacks: the state bucket and, with `ci`
 * in factory.yaml, the roles of GitHub Actions. On the first deployment its own state is kept in
 * a local file and then moved into the bucket.
 */
export class StateStack extends AccountStack {
  constructor(scope: Construct, id: string, { bucket, ...props }: StateStackProps) {
    super(scope, id, { ...props, usesCallerCredentials: true });
    const { factory } = props;
    const bucketName = stateBucket(bucket, this.accountRegion.accountId);
    const { name } = new PrivateBucket(this, "state", {
      name: bucketName,
      protect: factory.protect,
      deniedRoles: buildRoleArns(this.accountRegion),
      emptyOnDestroy: !factory.protect,
    });
    this.addOutputs({
      state_bucket: {
        description: "Name of the bucket that stores the Terraform state of this account's stacks",
        value: name,
      },
    });

    const roles = githubRolesProps(this.accountRegion, factory, bucketName, id);
    if (roles === undefined) return;
    const { planRoleArn, deployRoleArn } = new GithubRoles(this, "github", roles);
    this.addOutputs({
      plan_role_arn: {
        description: "ARN of the role that plans in GitHub Actions",
        value: planRoleArn,
      },
      deploy_role_arn: {
        description: "ARN of the role that deploys in GitHub Actions",
        value: deployRoleArn,
      },
    });
  }
}
