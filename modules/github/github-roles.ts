import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { Construct } from "constructs";
import { policy, type Statement } from "../common/policy";
import { additionsName } from "./container-permissions";

export interface GithubRolesProps {
  /** Host that issues the tokens. */
  readonly issuer: string;
  /** ARN of the account's OIDC provider for it. @default - one is made */
  readonly providerArn?: string;
  /** OWNER/NAME: whose workflows take the roles on. */
  readonly repository: string;
  /** Patterns of what the `sub` of its tokens starts with. */
  readonly subjects: readonly string[];
  /** GitHub's environment that a deploying job has to be in. */
  readonly environment: string;
  readonly planRole: RoleProps;
  readonly deployRole: RoleProps;
}

interface RoleProps {
  readonly name: string;
  readonly statements: readonly Statement[];
  /** What more it may do, in a policy of its own because IAM takes so much of a role's. @default - nothing */
  readonly additions?: readonly Statement[];
}

/** What AWS STS has to be asked as; the default of AWS's own action. */
const AUDIENCE = "sts.amazonaws.com";

/** Where it is deployed from. */
const BRANCH = "refs/heads/main";

/**
 * Roles that a repository's workflows take on without keys: one plans, in pull requests and on the branch `main`; one deploys, in jobs of a
 * protected environment. The `sub` alone wouldn't tell the repository for sure, because who administers another of the same owner can make it
 * say more.
 * https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
 * https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims (`ref` and `repository`)
 */
export class GithubRoles extends Construct {
  readonly planRoleArn: string;
  readonly deployRoleArn: string;

  constructor(scope: Construct, id: string, props: GithubRolesProps) {
    super(scope, id);
    const { issuer, repository, subjects, environment, planRole, deployRole } = props;
    const providerArn =
      props.providerArn ??
      // AWS trusts the issuer's certificate by its authority, and needs no thumbprint.
      new IamOpenidConnectProvider(this, "provider", {
        url: `https://${issuer}`,
        clientIdList: [AUDIENCE],
      }).arn;

    const role = (
      child: string,
      { name, statements, additions = [] }: RoleProps,
      contexts: readonly string[],
      more = {},
    ): string => {
      const { arn, name: roleName } = new IamRole(this, child, {
        name,
        assumeRolePolicy: policy({
          Sid: "Assume",
          Principal: { Federated: providerArn },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              [`${issuer}:aud`]: AUDIENCE,
              [`${issuer}:repository`]: repository,
              ...more,
            },
            StringLike: {
              [`${issuer}:sub`]: subjects.flatMap((one) =>
                contexts.map((context) => `${one}:${context}`),
              ),
            },
          },
        }),
      });
      new IamRolePolicy(this, `${child}-policy`, {
        name: child,
        role: roleName,
        policy: policy(...statements),
      });
      if (additions.length > 0) {
        const { arn: policyArn } = new IamPolicy(this, `${child}-additions`, {
          name: additionsName(name),
          policy: policy(...additions),
        });
        new IamRolePolicyAttachment(this, `${child}-attachment`, { role: roleName, policyArn });
      }
      return arn;
    };
    this.planRoleArn = role("plan", planRole, ["pull_request", `ref:${BRANCH}`]);
    // A pull request's job may name the environment too; only GitHub's own rules would keep it away.
    this.deployRoleArn = role("deploy", deployRole, [`environment:${environment}`], {
      [`${issuer}:ref`]: BRANCH,
    });
  }
}
