/** The roles for GitHub Actions themselves, their policies and their identity provider. */
import { type Expectation, expectation } from "./expectation";
import { PREFIX, type Scope } from "./scope";

/** The issuer of the tokens of GitHub Actions. */
export const ISSUER = "token.actions.githubusercontent.com";

/** The roles can't change themselves. */
export function githubRoleExpectations({ iamArn }: Scope): Expectation[] {
  const roles = ["plan", "deploy"].map((name) => `role/${PREFIX}-${name}`);
  const policies = ["deploy-sharing", "deploy-rebuilding", "deploy-additions"].map(
    (name) => `policy/${PREFIX}-${name}`,
  );
  return [...roles, ...policies, `oidc-provider/${ISSUER}`].map((resource) =>
    expectation("iam", iamArn(resource)),
  );
}
