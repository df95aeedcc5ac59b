/** Who can use, grant and manage the keys. */
import { deepStrictEqual as mustEqual, ok } from "node:assert";
import type { Image } from "../../../config/model";
import type { Context } from "../../iam/evaluate";
import type { Resource } from "../../iam/world";
import {
  ANYTHING,
  administrator,
  imageBuilder,
  isMeant,
  NOTHING,
  type PolicyFixture,
  principal,
  serviceRole,
} from "../policy-fixture";
import {
  AS_EC2_NEEDS,
  each,
  FIND,
  FOR_AUTO_SCALING,
  MANAGE,
  type Proof,
  SERVICES,
  sorted,
  USE,
  viaEc2,
} from "./support";

function members(subject: PolicyFixture, key: Resource) {
  return subject.onlookers.map((who) => ({
    who,
    isMember: subject
      .audiencesOf(key)
      .some((audience) => isMeant(audience, who, subject.factory.organization.id)),
    isOwner: who.account === key.account,
  }));
}

function executionRoles({ world }: PolicyFixture, account: string): Resource[] {
  return world
    .of("aws_iam_role")
    .filter((role) => role.account === account && /-execution-/.test(role.config.name));
}

/** Whether a role makes what a key encrypts: in its own Region, or copies in the key's. */
function makesFor({ factory }: PolicyFixture, role: Resource, key: Resource): boolean {
  const owner = [factory.shared, ...factory.apps].find(({ id }) => id === key.account);
  const copied = (owner?.images ?? []).filter(
    ({ regions, copyToRegions }) =>
      regions.includes(role.region) && copyToRegions.includes(key.region),
  );
  return role.region === key.region || copied.some(needsRole);
}

/** Said here a second time, apart from the product. */
function needsRole({ workflows, parameter }: Image): boolean {
  return (
    workflows.length > 0 || (parameter !== undefined && !parameter.startsWith("/imagebuilder/"))
  );
}

export const KEYS: readonly Proof[] = [
  {
    name: "Image Builder of every account of the audience can use the image key as EC2 needs, and only through EC2",
    check: (subject) =>
      each(subject.keys("image"), (key) => {
        const arn = subject.world.arnOf(key);
        for (const { who, isMember, isOwner } of members(subject, key)) {
          if (!isMember && !isOwner) continue;
          const may = (context: Context) =>
            subject.allowed("kms", imageBuilder(who), arn, key.account, context);
          const isMatched = isOwner
            ? ["GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"]
            : [];
          const listed = isMember && isOwner ? ["ListGrants"] : [];
          mustEqual(
            may(viaEc2(key.region)),
            sorted(AS_EC2_NEEDS, isMatched, listed),
            `${who.account} of ${arn}`,
          );
          const elsewhere = {
            ...viaEc2(key.region),
            "kms:ViaService": "ec2.sa-east-1.amazonaws.com",
          };
          for (const context of [
            {},
            elsewhere,
            { ...viaEc2(key.region), "kms:ViaService": "s3.eu-west-1.amazonaws.com" },
          ])
            ok(
              !may(context).some((action) => USE.includes(action)),
              `${who.account} uses ${arn} without EC2`,
            );
          // Not even who has that role's name, or any other, and no policy of its own that holds it back.
          const unheld = principal(
            who,
            serviceRole(who.account, "imagebuilder", "AWSServiceRoleForImageBuilder"),
            ANYTHING,
          );
          const { "kms:GrantIsForAWSResource": _, ...byHand } = viaEc2(key.region);
          for (const context of [byHand, elsewhere, { "kms:GrantIsForAWSResource": "true" }]) {
            for (const asks of [administrator(who), unheld]) {
              const rights = subject.allowed("kms", asks, arn, key.account, context);
              ok(!rights.includes("CreateGrant"), `${who.account} grants ${arn} by hand`);
            }
          }
        }
      }),
  },
  {
    name: "the roles that Image Builder builds in can use the image key of what they make as EC2 needs, and only through EC2, and no other image key",
    check: (subject) => {
      for (const key of subject.keys("image")) {
        for (const role of executionRoles(subject, key.account)) {
          const may = (context: Context) =>
            subject.allowed(
              "kms",
              subject.role(role),
              subject.world.arnOf(key),
              key.account,
              context,
            );
          const uses = may(viaEc2(key.region)).filter((action) => AS_EC2_NEEDS.includes(action));
          const expected =
            makesFor(subject, role, key) || subject.isMember(key.account, key)
              ? AS_EC2_NEEDS
              : ["DescribeKey"];
          mustEqual(uses, expected, `${role.config.name} of ${key.stack}`);
          for (const context of [
            {},
            { ...viaEc2(key.region), "kms:ViaService": "ec2.sa-east-1.amazonaws.com" },
          ])
            ok(
              !may(context).some((action) => USE.includes(action)),
              `${role.config.name} uses ${key.stack} without EC2`,
            );
        }
      }
    },
  },
  {
    name: "an account's IAM policies let its repositories use the image key, where it has containers, and nothing else does",
    check: (subject) =>
      each(subject.keys("image"), (key) => {
        const { world, factory } = subject;
        const owner = [factory.shared, ...factory.apps].find(({ id }) => id === key.account);
        const hasContainers = (owner?.containers ?? []).some(({ regions }) =>
          regions.includes(key.region),
        );
        const viaEcr = {
          "kms:ViaService": `ecr.${key.region}.amazonaws.com`,
          "kms:GrantIsForAWSResource": "true",
        };
        for (const { who, isMember, isOwner } of members(subject, key)) {
          const may = (context: Context) =>
            subject.allowed("kms", administrator(who), world.arnOf(key), key.account, context);
          const rights = sorted(isMember ? FIND : [], isOwner ? MANAGE : []);
          mustEqual(
            may(viaEcr),
            sorted(rights, isOwner && hasContainers ? ["CreateGrant"] : []),
            who.account,
          );
          const elsewhere = { ...viaEcr, "kms:ViaService": "ecr.sa-east-1.amazonaws.com" };
          for (const context of [elsewhere, { "kms:ViaService": viaEcr["kms:ViaService"] }])
            mustEqual(may(context), rights, who.account);
        }
        const none = principal(
          { account: key.account, units: [] },
          `arn:aws:iam::${key.account}:role/none`,
          NOTHING,
        );
        ok(
          !subject
            .allowed("kms", none, world.arnOf(key), key.account, viaEcr)
            .includes("CreateGrant"),
          "without an IAM policy",
        );
      }),
  },
  {
    name: "an account of the audience can grant the image key to its own Auto Scaling role and to nobody else, and can't revoke another's grant",
    check: (subject) =>
      each(subject.keys("image"), (key) => {
        const arn = subject.world.arnOf(key);
        for (const { who, isMember, isOwner } of members(subject, key)) {
          const may = (grantee: string, ...operations: string[]): string[] =>
            subject.allowed("kms", administrator(who), arn, key.account, {
              "kms:GranteePrincipal": grantee,
              "kms:GrantOperations": operations,
            });
          const scaling = (account: string) =>
            serviceRole(account, "autoscaling", "AWSServiceRoleForAutoScaling");
          const rights = sorted(
            isMember ? ["DescribeKey", "ListGrants"] : [],
            isOwner ? MANAGE : [],
          );
          mustEqual(
            may(scaling(who.account), ...FOR_AUTO_SCALING),
            sorted(rights, isMember ? ["CreateGrant"] : []),
            who.account,
          );
          mustEqual(
            may(scaling("888888888888"), ...FOR_AUTO_SCALING),
            rights,
            `${who.account} to another's Auto Scaling`,
          );
          mustEqual(
            may(`arn:aws:iam::${who.account}:role/x`, "Decrypt"),
            rights,
            `${who.account} to another role`,
          );
          mustEqual(
            may(scaling(who.account), "Decrypt", "Sign"),
            rights,
            `${who.account} for other operations`,
          );
        }
      }),
  },
  {
    name: "an account outside the audience can do nothing with the image key",
    check: (subject) =>
      each(subject.keys("image"), (key) => {
        const arn = subject.world.arnOf(key);
        for (const { who, isMember, isOwner } of members(subject, key)) {
          if (isMember || isOwner) continue;
          for (const asks of [administrator(who), imageBuilder(who)])
            for (const context of [{}, viaEc2(key.region), { "aws:SourceAccount": key.account }])
              mustEqual(subject.allowed("kms", asks, arn, key.account, context), [], who.account);
        }
        for (const service of SERVICES)
          mustEqual(subject.allowed("kms", service, arn, key.account, viaEc2(key.region)), []);
      }),
  },
  {
    name: "administrators of a key's account, root included, can manage it, can always put its policy again, and can't use it",
    check: (subject) =>
      each(subject.keys("image"), (key) => {
        const arn = subject.world.arnOf(key);
        const owner = { account: key.account, units: [] };
        for (const name of ["root", "role/terraform", "user/somebody"]) {
          const asks = principal(owner, `arn:aws:iam::${key.account}:${name}`, ANYTHING);
          for (const context of [
            {},
            { "aws:SourceAccount": key.account },
            { "kms:GrantIsForAWSResource": "true" },
          ] as Context[])
            mustEqual(
              subject.allowed("kms", asks, arn, key.account, context),
              sorted(MANAGE),
              name,
            );
        }
        const none = principal(owner, `arn:aws:iam::${key.account}:role/none`, NOTHING);
        // In an app's own account its key says who, as AWS's own key for volumes does: whoever comes through EC2.
        const isOwn = key.account !== subject.factory.shared.id;
        mustEqual(subject.allowed("kms", none, arn, key.account), isOwn ? FIND : []);
      }),
  },
  {
    name: "key administrators manage the image key without an IAM policy, whatever Region their permission set is at home in, and can't use it",
    check: (subject) => {
      const { permissionSets, roles } = subject.factory.keyAdministrators;
      const keys = subject
        .keys("image")
        .filter(({ account }) => account === subject.factory.shared.id);
      each(keys, (key) => {
        const sso = (path: string, suffix: string) =>
          `role/aws-reserved/sso.amazonaws.com/${path}AWSReservedSSO_${suffix}`;
        const may = (name: string): string[] => {
          const who = principal(
            { account: key.account, units: [] },
            `arn:aws:iam::${key.account}:${name}`,
            NOTHING,
          );
          return subject.allowed("kms", who, subject.world.arnOf(key), key.account);
        };
        for (const set of permissionSets) {
          for (const path of ["", "eu-west-1/"])
            mustEqual(may(sso(path, `${set}_0123456789abcdef`)), sorted(MANAGE), set);
          mustEqual(may(sso("", `${set}Not_0123456789abcdef`)), []);
        }
        for (const role of roles) mustEqual(may(`role/${role}`), sorted(MANAGE), role);
        mustEqual(may("role/x/AWSReservedSSO_AWSAdministratorAccess_0123456789abcdef"), []);
      });
    },
  },
  {
    name: "the data key is closed to every other account, and open to this one's Image Builder, alarms, logs and IAM policies alone",
    check: (subject) =>
      each(subject.keys("data"), (key) => {
        const arn = subject.world.arnOf(key);
        const { account, region } = key;
        const logGroup = (owner: string) => ({
          "aws:SourceAccount": owner,
          "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${region}:${owner}:log-group:/aws/lambda/x`,
        });
        for (const who of subject.onlookers) {
          if (who.account === account) continue;
          for (const asks of [administrator(who), imageBuilder(who)])
            for (const context of [{}, viaEc2(region), logGroup(account), logGroup(who.account)])
              mustEqual(subject.allowed("kms", asks, arn, account, context), [], who.account);
        }
        const alarms = ["Decrypt", ...USE.filter((action) => action.startsWith("GenerateDataKey"))];
        const of: Readonly<Record<string, readonly string[]>> = {
          "cloudwatch.amazonaws.com": alarms,
          [`logs.${region}.amazonaws.com`]: USE,
        };
        for (const service of [...SERVICES, { service: `logs.${region}.amazonaws.com` }]) {
          mustEqual(
            subject.allowed("kms", service, arn, account, logGroup(account)),
            sorted(of[service.service] ?? []),
            service.service,
          );
          mustEqual(
            subject.allowed("kms", service, arn, account, logGroup("888888888888")),
            [],
            service.service,
          );
        }
        const owner = { account, units: [] };
        mustEqual(subject.allowed("kms", imageBuilder(owner), arn, account), sorted(alarms));
        mustEqual(subject.allowed("kms", administrator(owner), arn, account), sorted(MANAGE, USE));
        mustEqual(
          subject.allowed(
            "kms",
            principal(owner, `arn:aws:iam::${account}:role/none`, NOTHING),
            arn,
            account,
          ),
          [],
        );
      }),
  },
];
