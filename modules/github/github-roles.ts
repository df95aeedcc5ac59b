import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { Construct } from "constructs";
import { policy, type Statement } from "../common/policy";

export interface GithubRolesProps {
  /** Host that issues the tokens. */
  readonly issuer: string;
  /**
   * ARN of the account's existing OIDC provider for the issuer.
   * @default - a provider is created
   */
  readonly providerArn?: string;
  /** `OWNER/NAME` of the repository whose workflows assume the roles. */
  readonly repository: string;
  /** Patterns of the prefix of the `sub` claim in the repository's tokens. */
  readonly subjects: readonly string[];
  /** GitHub environment of the jobs that deploy. */
  readonly environment: string;
  readonly planRole: RoleProps;
  readonly deployRole: RoleProps;
}

interface RoleProps {
  readonly name: string;
  /** Statements of the inline policy. */
  readonly statements: readonly Statement[];
  /**
   * Statements of managed policies, by the end of the policy's name. They don't count towards the
   * 10,240 characters that the inline policies of a role can have in total. A policy without
   * statements isn't created.
   * @default - none
   */
  readonly managedPolicies?: Readonly<Record<string, readonly Statement[]>>;
}

/** Audience of the tokens: the default of the action aws-actions/configure-aws-credentials. */
const AUDIENCE = "sts.amazonaws.com";

/** Git reference of the branch that is deployed. */
const BRANCH = "refs/heads/main";

/**
 * Roles that a repository's workflows assume without access keys. The plan role is for pull
 * requests and the branch `main`, the deploy role for jobs of a protected environment on `main`.
 *
 * The trust policies check the `repository` claim in addition to `sub`: an owner's other
 * repositories can customize their `sub` claim.
 * https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
 * https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims
 * (`ref` and `repository`)
 */
export class GithubRoles extends Construct {
  readonly planRoleArn: string;
  readonly deployRoleArn: string;

  constructor(scope: Construct, id: string, props: GithubRolesProps) {
    super(scope, id);
    const { issuer, environment, planRole, deployRole } = props;
    const providerArn = props.providerArn ?? this.addProvider(issuer);
    this.planRoleArn = this.addRole(
      "plan",
      planRole,
      trustPolicy(props, providerArn, ["pull_request", `ref:${BRANCH}`]),
    );
    // A pull request's job could use the environment as well if GitHub's protection rules didn't
    // prevent it, so the branch is checked, too.
    this.deployRoleArn = this.addRole(
      "deploy",
      deployRole,
      trustPolicy(props, providerArn, [`environment:${environment}`], {
        [`${issuer}:ref`]: BRANCH,
      }),
    );
  }

  /** AWS trusts the issuer by its certificate authority, so the provider has no thumbprint. */
  private addProvider(issuer: string): string {
    return new IamOpenidConnectProvider(this, "provider", {
      url: `https://${issuer}`,
      clientIdList: [AUDIENCE],
    }).arn;
  }

  private addRole(
    id: string,
    { name, statements, managedPolicies = {} }: RoleProps,
    assumeRolePolicy: string,
  ): string {
    const role = new IamRole(this, id, { name, assumeRolePolicy });
    new IamRolePolicy(this, `${id}-policy`, {
      name: id,
      role: role.name,
      policy: policy(...statements),
    });
    for (const [suffix, managed] of Object.entries(managedPolicies)) {
      if (managed.length === 0) continue;
      const { arn: policyArn } = new IamPolicy(this, `${id}-${suffix}`, {
        name: `${name}-${suffix}`,
        policy: policy(...managed),
      });
      new IamRolePolicyAttachment(this, `${id}-${suffix}-attachment`, {
        role: role.name,
        policyArn,
      });
    }
    return role.arn;
  }
}

/** Renders the trust policy of a role for the given ends of the `sub` claim. */
function trustPolicy(
  { issuer, repository, subjects }: GithubRolesProps,
  providerArn: string,
  contexts: readonly string[],
  claims: Readonly<Record<string, string>> = {},
): string {
  return policy({
    Sid: "Assume",
    Principal: { Federated: providerArn },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: {
      StringEquals: {
        [`${issuer}:aud`]: AUDIENCE,
        [`${issuer}:repository`]: repository,
        ...claims,
      },
      StringLike: {
        [`${issuer}:sub`]: subjects.flatMap((subject) =>
          contexts.map((context) => `${subject}:${context}`),
        ),
      },
    },
  });
}
