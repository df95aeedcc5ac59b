/** The use of image keys by AWS services: Image Builder, Amazon Inspector and Amazon ECR. */
import { deepStrictEqual, ok } from "node:assert";
import { buildablesOf } from "../../../../config/model";
import type { IamPrincipal } from "../../../iam/evaluate";
import type { Resource } from "../../../iam/resolved-stacks";
import {
  ALLOW_ALL,
  administrator,
  EMPTY_POLICY,
  imageBuilder,
  type PolicyFixture,
  principal,
  serviceLinkedRoleArn,
} from "../../policy-fixture";
import {
  checkEach,
  EC2_ACTIONS,
  limitsFindings,
  needsExecutionRole,
  ownerOf,
  type Proof,
  sorted,
  viaEc2,
} from "../support";
import {
  actionsOn,
  administratorActions,
  encrypts,
  type KeyActions,
  type KeyUser,
  OTHER_ACCOUNT,
  OTHER_REGION,
  roleWithoutPolicies,
  usersOf,
} from "./support";

/** No policy keeps these principals from creating a grant: the key's policy alone must. */
function checkNoGrantsByHand(key: Resource, { account }: KeyUser, actions: KeyActions): void {
  const unrestrictedImageBuilder = { ...imageBuilder(account), identity: [ALLOW_ALL] };
  const { "kms:GrantIsForAWSResource": _, ...byHand } = viaEc2(key.region);
  for (const context of [byHand, viaEc2(OTHER_REGION), { "kms:GrantIsForAWSResource": "true" }])
    for (const by of [administrator(account), unrestrictedImageBuilder])
      ok(
        !actions(by, context).includes("CreateGrant"),
        `${account.account} must not create a grant on the image key of ${key.stack} by hand`,
      );
}

export const USE_BY_IMAGE_BUILDER: Proof = {
  name: "Image Builder of every account in the audience can use the image key as EC2 needs, and only through EC2",
  check: (fixture) =>
    checkEach(fixture.keys("image"), (key) => {
      const actions = actionsOn(fixture, key);
      const ec2 = viaEc2(key.region);
      for (const user of usersOf(fixture, key)) {
        const { account, isMember, isOwner } = user;
        if (!isMember && !isOwner) continue;
        const byWildcard = isOwner
          ? ["GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"]
          : [];
        const list = isMember && isOwner ? ["ListGrants"] : [];
        deepStrictEqual(
          actions(imageBuilder(account), ec2),
          sorted(EC2_ACTIONS, byWildcard, list),
          `${account.account} on the image key of ${key.stack}`,
        );
        const s3 = { ...ec2, "kms:ViaService": "s3.eu-west-1.amazonaws.com" };
        for (const context of [{}, viaEc2(OTHER_REGION), s3])
          ok(
            !encrypts(actions(imageBuilder(account), context)),
            `${account.account} must use the image key of ${key.stack} through EC2 only`,
          );
        checkNoGrantsByHand(key, user, actions);
      }
    }),
};

function executionRoles({ stacks }: PolicyFixture, account: string): Resource[] {
  return stacks
    .resourcesOf("aws_iam_role")
    .filter((role) => role.account === account && /-execution-/.test(role.config.name));
}

/**
 * Whether a role creates images that a key encrypts: in its Region, or copies in the key's Region.
 */
function buildsFor(fixture: PolicyFixture, role: Resource, key: Resource): boolean {
  if (role.region === key.region) return true;
  return ownerOf(fixture, key).images.some(
    (image) =>
      image.regions.includes(role.region) &&
      image.copyToRegions.includes(key.region) &&
      needsExecutionRole(image),
  );
}

export const USE_BY_EXECUTION_ROLES: Proof = {
  name: "execution roles can use the image keys of the images that they build as EC2 needs, only through EC2, and no other image key",
  check: (fixture) => {
    for (const key of fixture.keys("image")) {
      const actions = actionsOn(fixture, key);
      const ec2 = viaEc2(key.region);
      for (const role of executionRoles(fixture, key.account)) {
        const by = fixture.role(role);
        const canUse = buildsFor(fixture, role, key) || fixture.isMember(key.account, key);
        deepStrictEqual(
          actions(by, ec2).filter((action) => EC2_ACTIONS.includes(action)),
          canUse ? EC2_ACTIONS : ["DescribeKey"],
          `${role.config.name} on the image key of ${key.stack}`,
        );
        for (const context of [{}, viaEc2(OTHER_REGION)])
          ok(
            !encrypts(actions(by, context)),
            `${role.config.name} must use the image key of ${key.stack} through EC2 only`,
          );
      }
    }
  },
};

function inspector(account: string): IamPrincipal {
  return principal(
    { account, units: [] },
    serviceLinkedRoleArn(account, "ami.inspector2", "AWSServiceRoleForAmazonInspector2Ami"),
    EMPTY_POLICY,
  );
}

export const USE_BY_INSPECTOR: Proof = {
  name: "Amazon Inspector can decrypt with the image key of a Region in which a channel limits findings, only through EC2, and does nothing else with it",
  check: (fixture) =>
    checkEach(fixture.keys("image"), (key) => {
      const actions = actionsOn(fixture, key);
      const images = buildablesOf(ownerOf(fixture, key));
      const isScanned = limitsFindings(
        images.filter(({ regions }) => regions.includes(key.region)),
      );
      // If the audience names an account, all its roles may use the key.
      const isNamed = (account: string): boolean =>
        fixture
          .audiencesOf(key)
          .some((one) => one.kind === "accounts" && one.accounts.includes(account));
      const ec2 = viaEc2(key.region);
      const own = inspector(key.account);
      if (isNamed(key.account)) {
        ok(actions(own, ec2).includes("Decrypt"), key.stack);
      } else {
        deepStrictEqual(actions(own, ec2), isScanned ? ["Decrypt"] : [], key.stack);
        for (const context of [{}, viaEc2(OTHER_REGION)])
          deepStrictEqual(actions(own, context), [], key.stack);
      }
      if (!isNamed(OTHER_ACCOUNT))
        deepStrictEqual(actions(inspector(OTHER_ACCOUNT), ec2), [], OTHER_ACCOUNT);
    }),
};

export const USE_BY_REPOSITORIES: Proof = {
  name: "repositories can use the image key in an account with containers, through ECR and an IAM policy only",
  check: (fixture) =>
    checkEach(fixture.keys("image"), (key) => {
      const actions = actionsOn(fixture, key);
      const hasContainers = ownerOf(fixture, key).containers.some(({ regions }) =>
        regions.includes(key.region),
      );
      const service = { "kms:ViaService": `ecr.${key.region}.amazonaws.com` };
      const viaEcr = { ...service, "kms:GrantIsForAWSResource": "true" };
      for (const user of usersOf(fixture, key)) {
        const { account, isOwner } = user;
        const by = administrator(account);
        const always = administratorActions(user);
        deepStrictEqual(
          actions(by, viaEcr),
          sorted(always, isOwner && hasContainers ? ["CreateGrant"] : []),
          account.account,
        );
        const elsewhere = { ...viaEcr, "kms:ViaService": `ecr.${OTHER_REGION}.amazonaws.com` };
        for (const context of [elsewhere, service])
          deepStrictEqual(actions(by, context), always, account.account);
      }
      ok(
        !actions(roleWithoutPolicies(key.account), viaEcr).includes("CreateGrant"),
        "a role without policies must not create a grant",
      );
    }),
};
