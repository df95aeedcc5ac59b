/** Permissions to use, grant and manage the image keys and data keys. */
import { deepStrictEqual, ok } from "node:assert";
import { buildablesOf } from "../../../config/model";
import type { Context, Principal } from "../../iam/evaluate";
import type { Resource } from "../../iam/resolved-stacks";
import {
  ALLOW_ALL,
  administrator,
  EMPTY_POLICY,
  imageBuilder,
  isInAudience,
  type PolicyFixture,
  principal,
  serviceLinkedRoleArn,
  type TestAccount,
} from "../policy-fixture";
import {
  AUTO_SCALING_ACTIONS,
  CRYPTO_ACTIONS,
  checkEach,
  EC2_ACTIONS,
  FIND_ACTIONS,
  functionsOf,
  limitsFindings,
  MANAGE_ACTIONS,
  needsExecutionRole,
  ownerOf,
  type Proof,
  SERVICES,
  SIGN_ACTIONS,
  sorted,
  viaEc2,
} from "./support";

interface KeyUser {
  readonly account: TestAccount;
  /** Whether the account is in an audience of the key's images. */
  readonly isMember: boolean;
  /** Whether the key is in this account. */
  readonly isOwner: boolean;
}

function usersOf(fixture: PolicyFixture, key: Resource): KeyUser[] {
  const audiences = fixture.audiencesOf(key);
  const { id } = fixture.factory.organization;
  return fixture.accounts.map((account) => ({
    account,
    isMember: audiences.some((audience) => isInAudience(audience, account, id)),
    isOwner: account.account === key.account,
  }));
}

/** Returns a function that lists the actions which a principal may perform on a key. */
function actionsOn(fixture: PolicyFixture, key: Resource) {
  const arn = fixture.stacks.arnOf(key);
  return (by: Principal, context: Context = {}): string[] =>
    fixture.allowed("kms", by, arn, key.account, context);
}

function usesKey(actions: readonly string[]): boolean {
  return actions.some((action) => CRYPTO_ACTIONS.includes(action));
}

function roleWithoutPolicies(account: string): Principal {
  return principal({ account, units: [] }, `arn:aws:iam::${account}:role/none`, EMPTY_POLICY);
}

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

const OTHER_REGION: Context = { "kms:ViaService": "ec2.sa-east-1.amazonaws.com" };

/** No policy keeps these principals from creating a grant: the key's policy alone must. */
function checkNoGrantsByHand(fixture: PolicyFixture, key: Resource, { account }: KeyUser): void {
  const actions = actionsOn(fixture, key);
  const unrestrictedImageBuilder = principal(
    account,
    serviceLinkedRoleArn(account.account, "imagebuilder", "AWSServiceRoleForImageBuilder"),
    ALLOW_ALL,
  );
  const { "kms:GrantIsForAWSResource": _, ...byHand } = viaEc2(key.region);
  const elsewhere = { ...viaEc2(key.region), ...OTHER_REGION };
  for (const context of [byHand, elsewhere, { "kms:GrantIsForAWSResource": "true" }])
    for (const by of [administrator(account), unrestrictedImageBuilder])
      ok(
        !actions(by, context).includes("CreateGrant"),
        `${account.account} must not create a grant on the image key of ${key.stack} by hand`,
      );
}

export const KEYS: readonly Proof[] = [
  {
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
          for (const context of [{}, { ...ec2, ...OTHER_REGION }, s3])
            ok(
              !usesKey(actions(imageBuilder(account), context)),
              `${account.account} must use the image key of ${key.stack} through EC2 only`,
            );
          checkNoGrantsByHand(fixture, key, user);
        }
      }),
  },
  {
    name: "execution roles can use the image keys of the images that they build as EC2 needs, only through EC2, and no other image key",
    check: (fixture) => {
      for (const key of fixture.keys("image")) {
        const actions = actionsOn(fixture, key);
        const ec2 = viaEc2(key.region);
        for (const role of executionRoles(fixture, key.account)) {
          const by = fixture.role(role);
          const mayUse = buildsFor(fixture, role, key) || fixture.isMember(key.account, key);
          deepStrictEqual(
            actions(by, ec2).filter((action) => EC2_ACTIONS.includes(action)),
            mayUse ? EC2_ACTIONS : ["DescribeKey"],
            `${role.config.name} on the image key of ${key.stack}`,
          );
          for (const context of [{}, { ...ec2, ...OTHER_REGION }])
            ok(
              !usesKey(actions(by, context)),
              `${role.config.name} must use the image key of ${key.stack} through EC2 only`,
            );
        }
      }
    },
  },
  {
    name: "Amazon Inspector can decrypt with the image key of a Region in which a channel limits findings, only through EC2, and does nothing else with it",
    check: (fixture) =>
      checkEach(fixture.keys("image"), (key) => {
        const actions = actionsOn(fixture, key);
        const images = buildablesOf(ownerOf(fixture, key));
        const isScanned = limitsFindings(
          images.filter(({ regions }) => regions.includes(key.region)),
        );
        const role = (account: string): Principal =>
          principal(
            { account, units: [] },
            serviceLinkedRoleArn(account, "ami.inspector2", "AWSServiceRoleForAmazonInspector2Ami"),
            EMPTY_POLICY,
          );
        const byAudience = (account: string): boolean =>
          fixture
            .audiencesOf(key)
            .some((one) => one.kind === "accounts" && one.accounts.includes(account));
        const ec2 = viaEc2(key.region);
        const own = role(key.account);
        if (!byAudience(key.account)) {
          deepStrictEqual(actions(own, ec2), isScanned ? ["Decrypt"] : [], key.stack);
          for (const context of [{}, { ...ec2, ...OTHER_REGION }])
            deepStrictEqual(actions(own, context), [], key.stack);
        } else ok(actions(own, ec2).includes("Decrypt"), key.stack);
        const other = "888888888888";
        if (!byAudience(other)) deepStrictEqual(actions(role(other), ec2), [], other);
      }),
  },
  {
    name: "only the recorder can sign with the key for evidence, and only digests; administrators of its account can manage it and read the public key",
    check: (fixture) => {
      for (const key of fixture.keys("signing")) {
        deepStrictEqual(
          [key.config.customer_master_key_spec, key.config.key_usage],
          ["ECC_NIST_P256", "SIGN_VERIFY"],
        );
        const actions = actionsOn(fixture, key);
        const digest = {
          "kms:MessageType": "DIGEST",
          "kms:SigningAlgorithm": "ECDSA_SHA_256",
          "kms:GrantIsForAWSResource": "true",
        };
        const contexts = [{}, digest, { ...digest, ...viaEc2(key.region) }];
        for (const account of fixture.accounts)
          for (const context of contexts)
            deepStrictEqual(
              actions(administrator(account), context),
              account.account === key.account ? sorted(MANAGE_ACTIONS, ["GetPublicKey"]) : [],
              account.account,
            );
        for (const service of SERVICES)
          for (const context of contexts) deepStrictEqual(actions(service, context), []);
        for (const role of fixture.stacks.resourcesOf("aws_iam_role")) {
          const account = { account: role.account, units: [] };
          const by = principal(account, fixture.stacks.arnOf(role), ALLOW_ALL);
          const isSigner =
            role.stack === key.stack && role.config.name.includes("factory-recorder-");
          const signs = (context: Context): string[] =>
            actions(by, context).filter((action) => SIGN_ACTIONS.includes(action));
          const read = role.account === key.account ? ["GetPublicKey"] : [];
          deepStrictEqual(signs(digest), isSigner ? [...read, "Sign"] : read, role.config.name);
          for (const other of [
            { ...digest, "kms:MessageType": "RAW" },
            { ...digest, "kms:SigningAlgorithm": "RSASSA_PSS_SHA_256" },
            {},
          ])
            deepStrictEqual(signs(other), read, role.config.name);
        }
      }
    },
  },
  {
    name: "repositories can use the image key in an account with containers, through ECR and an IAM policy only",
    check: (fixture) =>
      checkEach(fixture.keys("image"), (key) => {
        const actions = actionsOn(fixture, key);
        const hasContainers = ownerOf(fixture, key).containers.some(({ regions }) =>
          regions.includes(key.region),
        );
        const service = { "kms:ViaService": `ecr.${key.region}.amazonaws.com` };
        const viaEcr = { ...service, "kms:GrantIsForAWSResource": "true" };
        for (const { account, isMember, isOwner } of usersOf(fixture, key)) {
          const by = administrator(account);
          const basic = sorted(isMember ? FIND_ACTIONS : [], isOwner ? MANAGE_ACTIONS : []);
          deepStrictEqual(
            actions(by, viaEcr),
            sorted(basic, isOwner && hasContainers ? ["CreateGrant"] : []),
            account.account,
          );
          const elsewhere = { ...viaEcr, "kms:ViaService": "ecr.sa-east-1.amazonaws.com" };
          for (const context of [elsewhere, service])
            deepStrictEqual(actions(by, context), basic, account.account);
        }
        ok(
          !actions(roleWithoutPolicies(key.account), viaEcr).includes("CreateGrant"),
          "a role without policies must not create a grant",
        );
      }),
  },
  {
    name: "an account in the audience can grant the image key to its Auto Scaling role only, and can't revoke grants of other accounts",
    check: (fixture) =>
      checkEach(fixture.keys("image"), (key) => {
        const actions = actionsOn(fixture, key);
        const autoScaling = (account: string): string =>
          serviceLinkedRoleArn(account, "autoscaling", "AWSServiceRoleForAutoScaling");
        for (const { account, isMember, isOwner } of usersOf(fixture, key)) {
          const { account: id } = account;
          const granting = (grantee: string, ...operations: string[]): string[] =>
            actions(administrator(account), {
              "kms:GranteePrincipal": grantee,
              "kms:GrantOperations": operations,
            });
          const basic = sorted(isMember ? FIND_ACTIONS : [], isOwner ? MANAGE_ACTIONS : []);
          deepStrictEqual(
            granting(autoScaling(id), ...AUTO_SCALING_ACTIONS),
            sorted(basic, isMember ? ["CreateGrant"] : []),
            id,
          );
          deepStrictEqual(
            granting(autoScaling("888888888888"), ...AUTO_SCALING_ACTIONS),
            basic,
            `${id} must not grant to another account's Auto Scaling`,
          );
          deepStrictEqual(
            granting(`arn:aws:iam::${id}:role/x`, "Decrypt"),
            basic,
            `${id} must not grant to another role`,
          );
          deepStrictEqual(
            granting(autoScaling(id), "Decrypt", "Sign"),
            basic,
            `${id} must not grant other operations`,
          );
        }
      }),
  },
  {
    name: "an account outside the audience can do nothing with the image key",
    check: (fixture) =>
      checkEach(fixture.keys("image"), (key) => {
        const actions = actionsOn(fixture, key);
        const ec2 = viaEc2(key.region);
        for (const { account, isMember, isOwner } of usersOf(fixture, key)) {
          if (isMember || isOwner) continue;
          for (const by of [administrator(account), imageBuilder(account)])
            for (const context of [{}, ec2, { "aws:SourceAccount": key.account }])
              deepStrictEqual(actions(by, context), [], account.account);
        }
        for (const service of SERVICES) deepStrictEqual(actions(service, ec2), []);
      }),
  },
  {
    name: "administrators of a key's account, root included, can manage the key and replace its policy, but can't encrypt or decrypt",
    check: (fixture) =>
      checkEach(fixture.keys("image"), (key) => {
        const actions = actionsOn(fixture, key);
        const owner = { account: key.account, units: [] };
        const contexts: Context[] = [
          {},
          { "aws:SourceAccount": key.account },
          { "kms:GrantIsForAWSResource": "true" },
        ];
        for (const name of ["root", "role/terraform", "user/somebody"]) {
          const by = principal(owner, `arn:aws:iam::${key.account}:${name}`, ALLOW_ALL);
          for (const context of contexts)
            deepStrictEqual(actions(by, context), sorted(MANAGE_ACTIONS), name);
        }
        // In an app account the key's policy allows the whole account, as AWS's default key does.
        const isAppKey = key.account !== fixture.factory.shared.id;
        deepStrictEqual(actions(roleWithoutPolicies(key.account)), isAppKey ? FIND_ACTIONS : []);
      }),
  },
  {
    name: "key administrators can manage the image key without an IAM policy, whatever the home Region of their permission set, but can't encrypt or decrypt",
    check: (fixture) => {
      const { permissionSets, roles } = fixture.factory.keyAdministrators;
      const keys = fixture
        .keys("image")
        .filter(({ account }) => account === fixture.factory.shared.id);
      checkEach(keys, (key) => {
        const actions = actionsOn(fixture, key);
        const ssoRole = (path: string, suffix: string): string =>
          `role/aws-reserved/sso.amazonaws.com/${path}AWSReservedSSO_${suffix}`;
        const actionsOf = (name: string): string[] => {
          const arn = `arn:aws:iam::${key.account}:${name}`;
          return actions(principal({ account: key.account, units: [] }, arn, EMPTY_POLICY));
        };
        for (const set of permissionSets) {
          for (const path of ["", "eu-west-1/"])
            deepStrictEqual(
              actionsOf(ssoRole(path, `${set}_0123456789abcdef`)),
              sorted(MANAGE_ACTIONS),
              set,
            );
          deepStrictEqual(actionsOf(ssoRole("", `${set}Not_0123456789abcdef`)), []);
        }
        for (const role of roles)
          deepStrictEqual(actionsOf(`role/${role}`), sorted(MANAGE_ACTIONS), role);
        deepStrictEqual(
          actionsOf("role/x/AWSReservedSSO_AWSAdministratorAccess_0123456789abcdef"),
          [],
        );
      });
    },
  },
  {
    name: "the data key is open only to Image Builder, alarms, logs and IAM policies of its account, to SNS for the topic of the shared account, and to EventBridge for the rules of the rebuilder",
    check: (fixture) =>
      checkEach(fixture.keys("data"), (key) => {
        const actions = actionsOn(fixture, key);
        const { account, region } = key;
        const logGroupOf = (owner: string): Context => ({
          "aws:SourceAccount": owner,
          "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${region}:${owner}:log-group:/aws/lambda/x`,
        });
        for (const other of fixture.accounts) {
          const { account: id } = other;
          if (id === account) continue;
          for (const by of [administrator(other), imageBuilder(other)])
            for (const context of [{}, viaEc2(region), logGroupOf(account), logGroupOf(id)])
              deepStrictEqual(actions(by, context), [], id);
        }
        const alarmActions = CRYPTO_ACTIONS.filter((action) => /^(Decrypt|Generate)/.test(action));
        const logs = { service: `logs.${region}.amazonaws.com` };
        const expected: Readonly<Record<string, readonly string[]>> = {
          "cloudwatch.amazonaws.com": alarmActions,
          [logs.service]: CRYPTO_ACTIONS,
        };
        for (const by of [...SERVICES, logs]) {
          const { service } = by;
          deepStrictEqual(
            actions(by, logGroupOf(account)),
            sorted(expected[service] ?? []),
            service,
          );
          deepStrictEqual(actions(by, logGroupOf("888888888888")), [], service);
        }
        const topic = `arn:aws:sns:${region}:${account}:golden-image-factory-notifications`;
        const isShared = account === fixture.factory.shared.id;
        for (const { service } of SERVICES) {
          const isSender = isShared && service === "sns.amazonaws.com";
          const from = (source: string) => actions({ service }, { "aws:SourceArn": source });
          deepStrictEqual(from(topic), isSender ? sorted(alarmActions) : [], service);
          deepStrictEqual(from(`${topic}-else`), [], service);
          deepStrictEqual(from(topic.replace(account, "888888888888")), [], service);
        }
        const hasRebuilder = functionsOf(fixture.stacks, "rebuilder").some(
          (lambda) => lambda.account === account && lambda.region === region,
        );
        for (const { service } of SERVICES)
          for (const rule of ["-builds", "-shares", "", "-else"]) {
            const isSender =
              hasRebuilder && service === "events.amazonaws.com" && /^-[bs]/.test(rule);
            const source = `arn:aws:events:${region}:${account}:rule/golden-image-factory-rebuilder${rule}`;
            const from = (arn: string) => actions({ service }, { "aws:SourceArn": arn });
            deepStrictEqual(from(source), isSender ? sorted(alarmActions) : [], source);
            deepStrictEqual(from(source.replace(account, "888888888888")), [], source);
          }
        const owner = { account, units: [] };
        deepStrictEqual(actions(imageBuilder(owner)), sorted(alarmActions));
        deepStrictEqual(actions(administrator(owner)), sorted(MANAGE_ACTIONS, CRYPTO_ACTIONS));
        deepStrictEqual(actions(roleWithoutPolicies(account)), []);
      }),
  },
];
