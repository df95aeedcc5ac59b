/** The permissions of build instances, other than those of `buildAccess`. */
import { deepStrictEqual } from "node:assert";
import type { Resource } from "../../../iam/resolved-stacks";
import type { PolicyFixture } from "../../policy-fixture";
import { buildRoles, imageOf } from "../build-access";
import { checkEach, ownerOf, type Proof, sorted } from "../support";
import { type Actions, actionsOf, checkKeys, checkNothing } from "./support";

const PULL_ACTIONS = [
  "BatchCheckLayerAvailability",
  "BatchGetImage",
  "GetAuthorizationToken",
  "GetDownloadUrlForLayer",
];
const PUSH_ACTIONS = ["CompleteLayerUpload", "InitiateLayerUpload", "PutImage", "UploadLayerPart"];

function checkBuildRoleData(fixture: PolicyFixture, role: Resource, actions: Actions): void {
  const { stacks } = fixture;
  const { account, stack, region } = role;
  for (const bucket of stacks.resourcesOf("aws_s3_bucket")) {
    const isLogBucket = bucket.stack === stack && bucket.config.bucket.includes("-logs-");
    deepStrictEqual(
      actions("s3", `${stacks.arnOf(bucket)}/key`),
      isLogBucket ? ["PutObject"] : [],
      bucket.config.bucket,
    );
    deepStrictEqual(actions("s3", stacks.arnOf(bucket)), [], bucket.config.bucket);
  }
  const logGroup = `arn:aws:logs:${region}:${account}:log-group:`;
  deepStrictEqual(actions("logs", `${logGroup}/aws/imagebuilder/base`), [
    "CreateLogGroup",
    "CreateLogStream",
    "PutLogEvents",
  ]);
  deepStrictEqual(actions("logs", `${logGroup}/aws/lambda/x`), []);
}

function checkBuildRoleContainers(fixture: PolicyFixture, role: Resource, actions: Actions): void {
  const { account, region } = role;
  const buildsContainers =
    /-build-containers-/.test(role.config.name) || imageOf(fixture, role)?.kind === "container";
  const onRepository = (owner: string, name: string): string[] =>
    actions("ecr", `arn:aws:ecr:${region}:${owner}:repository/${name}`, {
      "aws:ResourceAccount": owner,
    });
  const login = buildsContainers ? ["GetAuthorizationToken"] : [];
  const pull = buildsContainers ? PULL_ACTIONS : [];
  const pullAndPush = buildsContainers ? sorted(PULL_ACTIONS, PUSH_ACTIONS) : [];
  deepStrictEqual(onRepository(account, "golden-image-factory/none"), pullAndPush);
  deepStrictEqual(onRepository(account, "else"), login);
  deepStrictEqual(onRepository("888888888888", "golden-image-factory/none"), pull);
  const scans = ownerOf(fixture, role).containers.some(
    ({ scan, regions }) => scan && regions.includes(region),
  );
  deepStrictEqual(
    onRepository(account, "image-builder-image-scanning-repository"),
    scans ? pullAndPush : login,
  );

  const recipe = `arn:aws:imagebuilder:${region}:${account}:container-recipe/runtime/1.0.0`;
  const readComponents = ["GetComponent", "GetMarketplaceResource"];
  deepStrictEqual(
    actions("imagebuilder", recipe),
    buildsContainers ? sorted(readComponents, ["GetContainerRecipe"]) : readComponents,
  );
}

export const BUILD_ROLES: Proof = {
  name: "build instances can read components and write their logs, and can access no other data",
  check: (fixture) => {
    checkEach(buildRoles(fixture), (role) => {
      const { account, region } = role;
      const actions = actionsOf(fixture, fixture.role(role), account);
      deepStrictEqual(
        actions(
          "imagebuilder",
          `arn:aws:imagebuilder:${region}:${account}:component/agent/1.0.0/1`,
        ),
        ["GetComponent", "GetMarketplaceResource"],
      );
      checkBuildRoleData(fixture, role, actions);
      checkKeys(fixture, role, actions);
      checkNothing(actions, "sns", "sqs", "lambda", "ram", "iam", "sts");
      checkBuildRoleContainers(fixture, role, actions);
    });
  },
};
