/** Renders docs/reference/permissions.md: the permissions of the roles that plan and deploy. */
import { loadFactory } from "../../config/load";
import type { Account, VersionedFactory } from "../../config/model";
import { DEPLOY_ROLE_NAME, PLAN_ROLE_NAME, stateStackId } from "../../config/names";
import { synthFactory } from "../fixtures/synth";
import type { Statement } from "../iam/evaluate";
import { ResolvedStacks } from "../iam/resolved-stacks";

export const PERMISSIONS_PAGE = "docs/reference/permissions.md";

const EXAMPLE = "examples/complete/factory.yaml";

function listOf<T>(value: T | readonly T[] = []): readonly T[] {
  return [value].flat() as T[];
}

function code(text: string): string {
  return `\`${text}\``;
}

/** Renders actions by service: `kms`: CreateKey, DescribeKey. */
function actionsCell(actions: readonly string[]): string {
  const services = [...new Set(actions.map((action) => action.replace(/:.*/, "")))];
  const namesOf = (service: string): string[] =>
    actions
      .filter((action) => action.startsWith(`${service}:`))
      .map((action) => action.slice(service.length + 1).replaceAll("*", "\\*"))
      .sort();
  return services.map((service) => `${code(service)}: ${namesOf(service).join(", ")}`).join("<br>");
}

function conditionCell(conditions: Statement["Condition"] = {}): string {
  return Object.entries(conditions)
    .flatMap(([operator, keys]) =>
      Object.entries(keys).map(
        ([key, values]) => `${operator} ${code(key)}: ${listOf(values).map(code).join(", ")}`,
      ),
    )
    .join("<br>");
}

function row({ Sid = "", Effect, Action, Resource, Condition }: Statement): string {
  const cells = [
    Effect === "Deny" ? `${Sid} (deny)` : Sid,
    actionsCell(listOf(Action)),
    listOf(Resource).map(code).join("<br>"),
    conditionCell(Condition),
  ];
  return `| ${cells.join(" | ")} |`;
}

function table(title: string, statements: readonly Statement[]): string[] {
  return [
    `### ${title}`,
    "",
    "| Statement | Actions | Resources | Condition |",
    "| --- | --- | --- | --- |",
    ...statements.map(row),
    "",
  ];
}

const INTRODUCTION = `# Permissions of deployRole

Terraform assumes an account's \`deployRole\` to plan and deploy the account's stacks, except the state stack. This page
lists the permissions of a deploy role and of a plan role, which can only plan.

If factory.yaml contains \`ci\`, the state stacks create both roles for [GitHub Actions](../guides/github-actions.md):
\`${DEPLOY_ROLE_NAME}\` and \`${PLAN_ROLE_NAME}\`. The tables show the policies of these roles for
[examples/complete](../../examples/complete/factory.yaml). If you create \`deployRole\` yourself, give it the permissions
of the deploy role. The end-to-end test compares the policies with every API call that Terraform makes on the
[local AWS](../explanation/local-aws.md).

**Treat the deploy role as an administrator of its account.** It can change the policies of KMS keys, and of the roles
that the stacks create. Its policies prevent accidents, not abuse.

Terraform deploys state stacks with the caller's credentials. The caller needs permissions to manage the state bucket
and, with \`ci\`, the two roles, their policies and an OIDC provider.

To print the policies of the deploy role as JSON, synthesize a factory file that contains \`ci\`:

\`\`\`sh
npx --no factory synth
jq -r '.resource | (.aws_iam_role_policy[] | select(.name == "deploy")), .aws_iam_policy[]? | .policy' \\
  cdktf.out/stacks/state-shared/cdk.tf.json
\`\`\`

The inline policy of a role can have 10,240 characters, and a managed policy 6,144. So the deploy role has a managed
policy for each kind of work. The policy \`additions\` exists only if the account has containers, workflows,
parents or host AMIs in SSM parameters, an \`outputs.parameter\` outside \`/imagebuilder/\`, or policies in [\`buildAccess\`](../guides/build-access.md). Of customer managed policies, the
deploy role can attach only those
that factory.yaml names, and only to the roles of build instances. \`sharing\` exists in the shared account only, and
\`rebuilding\` in app accounts with images that [follow their parents](../guides/follow-parents.md). Synthesis fails if a
policy exceeds its limit.

In the tables, \`SHARED_ACCOUNT\` and \`APP_ACCOUNT\` stand for account IDs. \`npm run permissions\` generates this page,
and a test fails if the page is out of date.
`;

/** Loads the example with roles for GitHub Actions in place of the deploy roles. */
function exampleWithRoles(): VersionedFactory {
  const { shared, apps, ...factory } = loadFactory(EXAMPLE);
  const withoutRole = <T extends Account>({ deployRole: _, ...account }: T) => account;
  return {
    ...factory,
    shared: withoutRole(shared),
    apps: apps.map(withoutRole),
    ci: { github: { repository: "acme/golden-images" } },
  };
}

export function permissionsPage(): string {
  const factory = exampleWithRoles();
  const { policies } = new ResolvedStacks(synthFactory(factory));
  const { shared } = factory;
  const app = factory.apps.find(({ containers }) => containers.length > 0);
  if (!app) throw new Error(`${EXAMPLE} has no app account with containers`);

  /** Renders the policies of an account's role, the inline one first. */
  const tables = (title: string, account: Account, role: string): string[] =>
    policies
      .filter(
        ({ of, kind, resource }) =>
          resource.stack === stateStackId(account.name) &&
          kind === "identity" &&
          of.endsWith(`:role/${role}`),
      )
      .sort(({ resource: one }, { resource: other }) => (one.type < other.type ? 1 : -1))
      .flatMap(({ resource: { type, config }, document }) => {
        const policy = type === "aws_iam_policy" ? config.name.replace(`${role}-`, "") : "inline";
        return table(`${title} (${policy})`, document.Statement);
      });
  const section = (title: string, account: Account): string[] => [
    `## ${title}`,
    "",
    ...tables(`${title}: deploy`, account, DEPLOY_ROLE_NAME),
    ...tables(`${title}: plan`, account, PLAN_ROLE_NAME),
  ];
  return [INTRODUCTION, ...section("Shared account", shared), ...section("App account", app)]
    .join("\n")
    .replaceAll(shared.id, "SHARED_ACCOUNT")
    .replaceAll(app.id, "APP_ACCOUNT");
}
