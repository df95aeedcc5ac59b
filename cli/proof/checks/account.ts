import {
  appStackId,
  DEPLOY_ROLE_NAME,
  FLEET_ROLE_NAME,
  stateBucket,
  stateStackId,
} from "../../../config/names";
import { required } from "../../../contract/required";
import { check, failed, ifExists, notApplicable, type Observation } from "../check";

const IMAGE_BUILDER_ROLE = "AWSServiceRoleForImageBuilder";
const AUTO_SCALING_ROLE = "AWSServiceRoleForAutoScaling";

const NO_SUCH_ROLE = "NoSuchEntityException";

export const serviceLinkedRoles = check({
  id: "service-linked-roles",
  title: "The service-linked roles that the stacks name exist",
  scope: "account",
  calls: ["iam:GetRole"],
  async run({ account, factory, read }) {
    const exists = async (RoleName: string): Promise<boolean> =>
      (await ifExists(read("iam:GetRole", { RoleName }), NO_SUCH_ROLE)) !== undefined;
    const observations: Observation[] = [];
    if (!(await exists(IMAGE_BUILDER_ROLE)))
      observations.push(
        notApplicable(
          `${IMAGE_BUILDER_ROLE} doesn't exist: Image Builder creates it for the first build`,
        ),
      );
    const app = factory.apps.find(({ name }) => name === account.name);
    if (app?.autoScaling && !(await exists(AUTO_SCALING_ROLE)))
      observations.push(
        failed(
          `${AUTO_SCALING_ROLE} doesn't exist, so KMS rejects the grant for autoScaling: true`,
          {
            run: "aws iam create-service-linked-role --aws-service-name autoscaling.amazonaws.com",
          },
        ),
      );
    return observations;
  },
});

export const deployRole = check({
  id: "deploy-role",
  title: "The role that Terraform assumes in the account exists",
  scope: "account",
  calls: ["iam:GetRole"],
  async run({ account, factory, read }) {
    const name = account.deployRole ?? (factory.ci && DEPLOY_ROLE_NAME);
    if (name === undefined)
      return [notApplicable("Terraform uses the caller's credentials: deployRole isn't set")];
    // A role may have a path, which isn't part of its name.
    const RoleName = name.split("/").at(-1) ?? name;
    if (await ifExists(read("iam:GetRole", { RoleName }), NO_SUCH_ROLE)) return [];
    if (account.deployRole === undefined)
      return [
        notApplicable(`${name} doesn't exist: the stack ${stateStackId(account.name)} creates it`),
      ];
    return [
      failed(
        `the role ${name} doesn't exist`,
        "create it with the permissions of docs/reference/permissions.md, or correct deployRole in factory.yaml",
      ),
    ];
  },
});

export const stateBuckets = check({
  id: "state-bucket",
  title: "The state bucket belongs to the account, is in its Region and keeps versions",
  scope: "account",
  calls: ["s3:ListBucket", "s3:GetBucketVersioning"],
  async run({ account, factory: { state }, read }) {
    if (state.backend !== "s3") return [notApplicable(`the backend is ${state.backend}`)];
    const stack = stateStackId(account.name);
    const Bucket = stateBucket(state.bucket, account.id);
    const bucket = { Bucket, ExpectedBucketOwner: account.id };
    const head = await ifExists(
      read("s3:ListBucket", bucket, state.region),
      "NotFound",
      "NoSuchBucket",
    ).catch((error: { readonly $metadata?: { readonly httpStatusCode?: number } }) => {
      if (error.$metadata?.httpStatusCode === 403) return "denied" as const;
      throw error;
    });
    if (head === "denied")
      return [
        {
          result: "not-allowed",
          message: `S3 denies access to ${Bucket}: the credentials lack s3:ListBucket, or another account owns the bucket`,
        },
      ];
    if (head === undefined)
      return [notApplicable(`${Bucket} doesn't exist: the stack ${stack} creates it`)];
    const observations: Observation[] = [];
    if (head.BucketRegion !== undefined && head.BucketRegion !== state.region)
      observations.push(
        failed(
          `${Bucket} is in ${head.BucketRegion}, and state.region is ${state.region}`,
          "correct state.region in factory.yaml",
        ),
      );
    const { Status } = await read("s3:GetBucketVersioning", bucket, state.region);
    if (Status !== "Enabled")
      observations.push(
        failed(`${Bucket} keeps no versions, so a damaged state can't be restored`, {
          why: `apply the stack ${stack}, or use the command`,
          run: `aws s3api put-bucket-versioning --bucket ${Bucket} --versioning-configuration Status=Enabled`,
        }),
      );
    return observations;
  },
});

/** Returns the principals that a role's trust policy names. AWS returns it URL-encoded. */
function trustedPrincipals(document = ""): string[] {
  const { Statement = [] } = JSON.parse(decodeURIComponent(document) || "{}");
  return [Statement].flat().flatMap(({ Principal }) => [Principal?.AWS ?? []].flat());
}

export const fleetRole = check({
  id: "fleet-role",
  title: "With fleet: true, the role of `factory fleet` exists, and the operators can assume it",
  scope: "account",
  accounts: "app",
  calls: ["iam:GetRole"],
  async run({ account, factory: { apps, operators }, read }) {
    const app = apps.find(({ name }) => name === account.name);
    if (!app?.fleet) return [notApplicable("fleet isn't true")];
    const { name: region } = required(app.regions[0], `a Region of ${app.name}`);
    const stack = appStackId(app.name, region);
    const answer = await ifExists(read("iam:GetRole", { RoleName: FLEET_ROLE_NAME }), NO_SUCH_ROLE);
    if (answer === undefined)
      return [notApplicable(`the stack ${stack} creates ${FLEET_ROLE_NAME}`)];
    const trusted = trustedPrincipals(answer.Role?.AssumeRolePolicyDocument);
    const missing = operators.filter((operator) => !trusted.includes(operator));
    // In place of a principal that was deleted, IAM returns its unique ID.
    const others = trusted.filter((principal) => !operators.includes(principal));
    return [
      ...missing.map((operator) =>
        failed(`${operator} can't assume ${FLEET_ROLE_NAME}`, `apply the stack ${stack}`),
      ),
      ...others.map((principal) =>
        failed(
          `${FLEET_ROLE_NAME} trusts ${principal}, which isn't in sharedAccount.operators or was deleted`,
          `apply the stack ${stack}`,
        ),
      ),
    ];
  },
});
