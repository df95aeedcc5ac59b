/** What a security reviewer would ask of the policies, each as a check that throws when it doesn't hold. */
import { deepStrictEqual as mustEqual, ok } from "node:assert";
import { readFileSync } from "node:fs";
import { isLaunchPrincipal } from "../../lambda/share-updater/adapters";
import type { Context } from "./evaluate";
import {
  ANYTHING,
  administrator,
  imageBuilder,
  isMeant,
  NOTHING,
  type Onlooker,
  principal,
  type Subject,
  serviceRole,
} from "./subject";
import type { Resource, World } from "./world";

export interface Proof {
  readonly name: string;
  readonly check: (subject: Subject) => void;
}

export const viaEc2 = (region: string): Context => ({
  "kms:ViaService": `ec2.${region}.amazonaws.com`,
  "kms:EncryptionContextKeys": "aws:ebs:id",
  "kms:GrantIsForAWSResource": "true",
});

/** https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html */
const FOR_AUTO_SCALING = [
  "CreateGrant",
  "Decrypt",
  "DescribeKey",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "ReEncryptFrom",
  "ReEncryptTo",
];
const AS_EC2_NEEDS = [
  "CreateGrant",
  "Decrypt",
  "DescribeKey",
  "Encrypt",
  "GenerateDataKeyWithoutPlaintext",
  "ReEncryptFrom",
  "ReEncryptTo",
];
export const USE = [
  "Decrypt",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyPair",
  "GenerateDataKeyPairWithoutPlaintext",
  "GenerateDataKeyWithoutPlaintext",
  "ReEncryptFrom",
  "ReEncryptTo",
];
export const MANAGE = [
  "CancelKeyDeletion",
  "CreateAlias",
  "DeleteAlias",
  "DescribeKey",
  "DisableKey",
  "DisableKeyRotation",
  "EnableKey",
  "EnableKeyRotation",
  "GetKeyPolicy",
  "GetKeyRotationStatus",
  "ListAliases",
  "ListGrants",
  "ListKeyPolicies",
  "ListKeyRotations",
  "ListResourceTags",
  "PutKeyPolicy",
  "RevokeGrant",
  "RotateKeyOnDemand",
  "ScheduleKeyDeletion",
  "TagResource",
  "UntagResource",
  "UpdateAlias",
  "UpdateKeyDescription",
];

/** Any of an account that the key is for. */
const FIND = ["DescribeKey", "ListGrants"];

const sorted = (...lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())].sort();

/** Every service that could be tricked into using a policy that names a service. */
const SERVICES = [
  "cloudwatch",
  "sns",
  "sqs",
  "s3",
  "lambda",
  "ec2",
  "events",
  "imagebuilder",
  "logs.eu-west-1",
  "autoscaling",
].map((name) => ({ service: `${name}.amazonaws.com` }));

const each = (items: readonly Resource[], check: (resource: Resource) => void): void => {
  ok(items.length > 0, "there is none to look at");
  for (const item of items) check(item);
};

const members = (subject: Subject, key: Resource) =>
  subject.onlookers.map((who) => ({
    who,
    isMember: subject.audiencesOf(key).some((audience) => isMeant(audience, who, subject.factory.organization.id)),
    isOwner: who.account === key.account,
  }));

export const PROOFS: readonly Proof[] = [
  {
    name: "Image Builder of every account of the audience can use the image key as EC2 needs, and only through EC2",
    check: (subject) =>
      each(subject.keys("image"), (key) => {
        const arn = subject.world.arnOf(key);
        for (const { who, isMember, isOwner } of members(subject, key)) {
          if (!isMember && !isOwner) continue;
          const may = (context: Context) => subject.allowed("kms", imageBuilder(who), arn, key.account, context);
          const isMatched = isOwner ? ["GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"] : [];
          const listed = isMember && isOwner ? ["ListGrants"] : [];
          mustEqual(may(viaEc2(key.region)), sorted(AS_EC2_NEEDS, isMatched, listed), `${who.account} of ${arn}`);
          const elsewhere = { ...viaEc2(key.region), "kms:ViaService": "ec2.ap-south-1.amazonaws.com" };
          for (const context of [{}, elsewhere, { ...viaEc2(key.region), "kms:ViaService": "s3.eu-west-1.amazonaws.com" }])
            ok(!may(context).some((action) => USE.includes(action)), `${who.account} uses ${arn} without EC2`);
          // Not even who has that role's name, or any other, and no policy of its own that holds it back.
          const unheld = principal(who, serviceRole(who.account, "imagebuilder", "AWSServiceRoleForImageBuilder"), ANYTHING);
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
          const scaling = (account: string) => serviceRole(account, "autoscaling", "AWSServiceRoleForAutoScaling");
          const rights = sorted(isMember ? ["DescribeKey", "ListGrants"] : [], isOwner ? MANAGE : []);
          mustEqual(
            may(scaling(who.account), ...FOR_AUTO_SCALING),
            sorted(rights, isMember ? ["CreateGrant"] : []),
            who.account,
          );
          mustEqual(may(scaling("888888888888"), ...FOR_AUTO_SCALING), rights, `${who.account} to another's Auto Scaling`);
          mustEqual(may(`arn:aws:iam::${who.account}:role/x`, "Decrypt"), rights, `${who.account} to another role`);
          mustEqual(may(scaling(who.account), "Decrypt", "Sign"), rights, `${who.account} for other operations`);
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
        for (const service of SERVICES) mustEqual(subject.allowed("kms", service, arn, key.account, viaEc2(key.region)), []);
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
            mustEqual(subject.allowed("kms", asks, arn, key.account, context), sorted(MANAGE), name);
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
      const keys = subject.keys("image").filter(({ account }) => account === subject.factory.shared.id);
      each(keys, (key) => {
        const sso = (path: string, suffix: string) => `role/aws-reserved/sso.amazonaws.com/${path}AWSReservedSSO_${suffix}`;
        const may = (name: string): string[] => {
          const who = principal({ account: key.account, units: [] }, `arn:aws:iam::${key.account}:${name}`, NOTHING);
          return subject.allowed("kms", who, subject.world.arnOf(key), key.account);
        };
        for (const set of permissionSets) {
          for (const path of ["", "eu-west-1/"]) mustEqual(may(sso(path, `${set}_0123456789abcdef`)), sorted(MANAGE), set);
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
          mustEqual(subject.allowed("kms", service, arn, account, logGroup("888888888888")), [], service.service);
        }
        const owner = { account, units: [] };
        mustEqual(subject.allowed("kms", imageBuilder(owner), arn, account), sorted(alarms));
        mustEqual(subject.allowed("kms", administrator(owner), arn, account), sorted(MANAGE, USE));
        mustEqual(subject.allowed("kms", principal(owner, `arn:aws:iam::${account}:role/none`, NOTHING), arn, account), []);
      }),
  },
  {
    name: "the topic takes what Image Builder's role and alarms of its account publish, over TLS, and nothing else",
    check: (subject) =>
      each(subject.world.of("aws_sns_topic"), (topic) => {
        const arn = subject.world.arnOf(topic);
        const { account } = topic;
        const may = (asks: Parameters<Subject["allowed"]>[1], context: Context = {}) =>
          subject.allowed("sns", asks, arn, account, context);
        mustEqual(may(imageBuilder({ account, units: [] })), ["Publish"]);
        mustEqual(may({ service: "cloudwatch.amazonaws.com" }, { "aws:SourceAccount": account }), ["Publish"]);
        mustEqual(may({ service: "cloudwatch.amazonaws.com" }, { "aws:SourceAccount": "888888888888" }), []);
        mustEqual(
          may({ service: "cloudwatch.amazonaws.com" }, { "aws:SourceAccount": account, "aws:SecureTransport": "false" }),
          [],
        );
        const plain = { "aws:SecureTransport": "false" };
        const owner = administrator({ account, units: [] });
        mustEqual(
          may(owner, plain),
          may(owner).filter((action) => action !== "Publish"),
          "publishes without TLS",
        );
        for (const who of subject.onlookers) {
          if (who.account === account) continue;
          for (const asks of [administrator(who), imageBuilder(who)])
            mustEqual(may(asks, { "aws:SourceAccount": account }), [], who.account);
        }
        for (const service of SERVICES) {
          if (service.service === "cloudwatch.amazonaws.com") continue;
          mustEqual(may(service, { "aws:SourceAccount": account }), [], service.service);
        }
      }),
  },
  {
    name: "buckets and the queue of failed events refuse plain HTTP, and every other account and service",
    check: (subject) => {
      const { world } = subject;
      const places = [...world.of("aws_s3_bucket"), ...world.of("aws_sqs_queue")];
      each(places, (place) => {
        const arn = world.arnOf(place);
        const service = place.type === "aws_s3_bucket" ? "s3" : "sqs";
        const owner = administrator({ account: place.account, units: [] });
        for (const resource of service === "s3" ? [arn, `${arn}/key`] : [arn]) {
          const policy = world.documentOf(arn);
          const may = (asks: Parameters<Subject["allowed"]>[1], context: Context = {}) =>
            subject.allowedBy(policy, service, asks, resource, place.account, context);
          ok(may(owner).length > 0, `${resource} is closed to its own account`);
          mustEqual(may(owner, { "aws:SecureTransport": "false" }), [], resource);
          for (const who of subject.onlookers)
            if (who.account !== place.account) mustEqual(may(administrator(who)), [], who.account);
          for (const other of SERVICES) mustEqual(may(other, { "aws:SourceAccount": place.account }), [], other.service);
        }
      });
    },
  },
  {
    name: "instances that build get components, write their own logs, and touch no other data",
    check: (subject) => {
      const { world } = subject;
      const roles = world.of("aws_iam_role").filter(({ config }) => /-build-/.test(config.name));
      each(roles, (role) => {
        const asks = subject.role(role);
        const { account, stack, region } = role;
        const may = (service: string, resource: string, context: Context = {}) =>
          subject.allowed(service, asks, resource, account, context);
        mustEqual(may("imagebuilder", `arn:aws:imagebuilder:${region}:${account}:component/agent/1.0.0/1`), [
          "GetComponent",
          "GetMarketplaceResource",
        ]);
        for (const bucket of world.of("aws_s3_bucket")) {
          const isOwn = bucket.stack === stack && bucket.config.bucket.includes("-logs-");
          mustEqual(may("s3", `${world.arnOf(bucket)}/key`), isOwn ? ["PutObject"] : [], bucket.config.bucket);
          mustEqual(may("s3", world.arnOf(bucket)), [], bucket.config.bucket);
        }
        mustEqual(may("logs", `arn:aws:logs:${region}:${account}:log-group:/aws/imagebuilder/base`), [
          "CreateLogGroup",
          "CreateLogStream",
          "PutLogEvents",
        ]);
        mustEqual(may("logs", `arn:aws:logs:${region}:${account}:log-group:/aws/lambda/x`), []);
        for (const key of subject.world.of("aws_kms_key", stack)) {
          const isData = key.config.description.startsWith("Data");
          const find = subject.isMember(account, key) ? FIND : [];
          mustEqual(may("kms", world.arnOf(key)), isData ? ["Decrypt", "GenerateDataKey"] : find, key.stack);
        }
        for (const service of ["sns", "sqs", "lambda", "ram", "iam", "sts"]) mustEqual(may(service, "*"), [], service);
      });
    },
  },
  {
    name: "the updater may do what its code calls, to shares with the factory's tag, builds that are shared and their AMIs, and nothing else",
    check: (subject) => {
      const { world } = subject;
      each(world.of("aws_lambda_function"), (lambda) => {
        const { account, region, stack } = lambda;
        const role = world.of("aws_iam_role", stack).find((one) => world.arnOf(one) === lambda.config.role);
        ok(role, "the function's role is in its stack");
        const asks = subject.role(role);
        const may = (service: string, resource: string, context: Context = {}) =>
          subject.allowed(service, asks, resource, account, context);
        const anywhere = { ram: ["GetResourceShareAssociations", "GetResourceShares"], imagebuilder: ["ListImages"] };

        const share = `arn:aws:ram:${region}:${account}:resource-share/1`;
        const tagged = { "aws:ResourceTag/golden-image:image": "base", "ram:RequestedResourceType": "imagebuilder:Image" };
        mustEqual(may("ram", share, tagged), sorted(anywhere.ram, ["AssociateResourceShare", "DisassociateResourceShare"]));
        mustEqual(may("ram", share, { "ram:RequestedResourceType": "imagebuilder:Image" }), anywhere.ram);
        mustEqual(may("ram", share, { ...tagged, "ram:Principal": "888888888888" }), anywhere.ram);
        mustEqual(
          may("ram", share, { ...tagged, "ram:RequestedResourceType": "ec2:Subnet" }),
          sorted(anywhere.ram, ["DisassociateResourceShare"]),
        );
        mustEqual(may("ram", share.replace(account, "888888888888"), tagged), anywhere.ram);

        const images = subject.factory.shared.images.filter(({ regions }) => regions.includes(region));
        const build = (name: string) => `arn:aws:imagebuilder:${region}:${account}:image/${name}/1.0.0/1`;
        const ami = `arn:aws:ec2:${region}::image/ami-1`;
        for (const { name, channels } of [...images, { name: "not-ours", channels: [] }]) {
          const isShared = channels.length > 0;
          const rights = isShared ? ["GetImage", "ListImageBuildVersions", "PutImagePolicy"] : [];
          mustEqual(may("imagebuilder", build(name)), sorted(anywhere.imagebuilder, rights), name);
          const its = { "aws:ResourceTag/Ec2ImageBuilderArn": build(name) };
          mustEqual(
            may("ec2", ami, its),
            isShared ? ["DescribeImageAttribute", "ModifyImageAttribute"] : ["DescribeImageAttribute"],
            name,
          );
        }
        mustEqual(may("ec2", ami), ["DescribeImageAttribute"]);
        mustEqual(may("ec2", ami.replace(region, "ap-south-1")), []);
        mustEqual(may("ec2", `arn:aws:ec2:${region}:${account}:instance/i-1`), []);

        const group = world.of("aws_cloudwatch_log_group", stack).find(({ config }) => config.name.startsWith("/aws/lambda/"));
        mustEqual(may("logs", `${group && world.arnOf(group)}:log-stream:x`), ["CreateLogStream", "PutLogEvents"]);
        mustEqual(may("logs", `arn:aws:logs:${region}:${account}:log-group:/aws/lambda/other:log-stream:x`), []);
        const [queue] = world.of("aws_sqs_queue", stack);
        mustEqual(may("sqs", queue ? world.arnOf(queue) : ""), ["SendMessage"]);
        mustEqual(may("sqs", `arn:aws:sqs:${region}:${account}:other`), []);
        for (const key of world.of("aws_kms_key", stack)) {
          const isData = key.config.description.startsWith("Data");
          const find = subject.isMember(account, key) ? FIND : [];
          mustEqual(may("kms", world.arnOf(key)), isData ? ["Decrypt", "GenerateDataKey"] : find, key.config.description);
        }
        for (const service of ["sns", "lambda", "s3", "iam", "sts"]) mustEqual(may(service, "*"), [], service);

        const allowed =
          "identity" in asks ? asks.identity.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action)) : [];
        const others = ["imagebuilder:PutImagePolicy", "kms:Decrypt", "kms:GenerateDataKey", "sqs:SendMessage"];
        const logs = ["logs:CreateLogStream", "logs:PutLogEvents"];
        const needed = sorted(calledIn("lambda/share-updater/adapters.ts"), others, logs);
        const ofBuilds = /Modify|GetImage|BuildVersions|PutImage/;
        const isAnyShared = images.some(({ channels }) => channels.length > 0);
        mustEqual(sorted(allowed), isAnyShared ? needed : needed.filter((action) => !ofBuilds.test(action)));
      });
    },
  },
  {
    name: "every role is taken on by its one service, and by no account",
    check: (subject) =>
      each(subject.world.of("aws_iam_role"), (role) => {
        const arn = subject.world.arnOf(role);
        const trust = subject.world.documentOf(arn, "trust");
        const by = SERVICES.filter((service) => subject.allowedBy(trust, "sts", service, arn, role.account).length > 0);
        const [, kind = ""] = /-(build|lifecycle|share-updater)-/.exec(role.config.name) ?? [];
        const expected: Readonly<Record<string, string>> = {
          build: "ec2",
          lifecycle: "imagebuilder",
          "share-updater": "lambda",
        };
        mustEqual(
          by.map(({ service }) => service),
          [`${expected[kind]}.amazonaws.com`],
          role.config.name,
        );
        for (const { service } of by)
          mustEqual(subject.allowedBy(trust, "sts", { service }, arn, role.account), ["AssumeRole"]);
        for (const who of subject.onlookers)
          mustEqual(
            subject
              .allowedBy(trust, "sts", administrator(who), arn, role.account)
              .filter((action) => action.startsWith("AssumeRole")),
            [],
          );
      }),
  },
  {
    name: "the function is called by its own topic and its own schedule alone",
    check: (subject) => {
      const { world } = subject;
      each(world.of("aws_lambda_function"), (lambda) => {
        const arn = world.arnOf(lambda);
        const { stack, account, region } = lambda;
        const [topic] = world.of("aws_sns_topic", stack);
        const [rule] = world.of("aws_cloudwatch_event_rule", stack);
        const sources: Readonly<Record<string, string>> = {
          "sns.amazonaws.com": topic ? world.arnOf(topic) : "",
          "events.amazonaws.com": rule ? world.arnOf(rule) : "",
        };
        const others = [...Object.values(sources), `arn:aws:sns:${region}:${account}:other`];
        for (const service of SERVICES)
          for (const source of others) {
            const isOwn = sources[service.service] === source;
            const rights = subject.allowed("lambda", service, arn, account, { "aws:SourceArn": source });
            mustEqual(rights, isOwn ? ["InvokeFunction"] : [], `${service.service} for ${source}`);
          }
        for (const who of subject.onlookers)
          for (const source of who.account === account ? [] : others)
            mustEqual(subject.allowed("lambda", administrator(who), arn, account, { "aws:SourceArn": source }), []);
      });
    },
  },
  {
    name: "who sees an image by RAM, and who is given the launch permission, is who its audience is, channel by channel",
    check: ({ world, factory, onlookers }) => {
      const { id } = factory.organization;
      for (const { name: region } of factory.shared.regions) {
        const stack = `shared-${region}`;
        const images = factory.shared.images.filter(({ regions }) => regions.includes(region));
        const wanted = images.flatMap(({ name, channels }) => channels.map((channel) => ({ image: name, channel })));
        const shares = world.of("aws_ram_resource_share", stack);
        mustEqual(shares.length, wanted.length, `${stack} has a share for each channel`);
        for (const { image, channel } of wanted) {
          const its = shares.filter(
            ({ config: { tags } }) => tags["golden-image:image"] === image && tags["golden-image:channel"] === channel.name,
          );
          const [share] = its;
          ok(share && its.length === 1, `${image}/${channel.name} has one share`);
          mustEqual(share.config.allow_external_principals, false);
          const principals = principalsOf(world, share);
          const audience = onlookers.filter((who) => isMeant(channel.audience, who, id));
          mustEqual(membersOf(principals, onlookers), audience, `who sees ${image}/${channel.name}`);
          mustEqual(
            membersOf(principals.filter(isLaunchPrincipal), onlookers),
            audience,
            `who launches ${image}/${channel.name}`,
          );
        }
      }
    },
  },
  {
    name: "all who see an image of a Region, and nobody else, can use the Region's one key",
    check: (subject) => {
      const { world, factory, onlookers } = subject;
      const keys = subject.keys("image").filter(({ account }) => account === factory.shared.id);
      each(keys, (key) => {
        const shares = world.of("aws_ram_resource_share", key.stack);
        const seers = membersOf(
          shares.flatMap((share) => principalsOf(world, share)),
          onlookers,
        );
        const users = onlookers.filter((who) => {
          const asks = principal(who, `arn:aws:iam::${who.account}:role/x`, ANYTHING);
          return subject.allowed("kms", asks, world.arnOf(key), key.account, viaEc2(key.region)).includes("Decrypt");
        });
        mustEqual(users, seers, key.stack);
      });
    },
  },
  {
    name: "there is no statement, no grant and no attached policy but those that these proofs are about",
    check: ({ world }) => {
      for (const { resource, kind, document, address } of world.policies) {
        const known = kind === "trust" ? ["Assume"] : (STATEMENTS[whatIs(resource)] ?? []);
        const strange = document.Statement.filter(
          ({ Sid = "" }) => !known.some((pattern) => new RegExp(`^${pattern}$`).test(Sid)),
        );
        mustEqual(strange, [], address);
      }
      for (const role of world.of("aws_iam_role")) {
        const attached = world
          .of("aws_iam_role_policy_attachment", role.stack)
          .filter(({ config }) => config.role === role.config.name)
          .map(({ config }) => config.policy_arn.split("/").at(-1));
        mustEqual(attached.sort(), [...(ATTACHED[whatIs(role)] ?? [])].sort(), role.config.name);
      }
      for (const { config, account } of world.of("aws_kms_grant")) {
        mustEqual(config.grantee_principal, serviceRole(account, "autoscaling", "AWSServiceRoleForAutoScaling"));
        mustEqual([...config.operations].sort(), FOR_AUTO_SCALING);
        ok(config.key_id.includes("data.aws_kms_key"), "the grant is of another account's image key");
      }
    },
  },
];

const principalsOf = (world: World, share: Resource): string[] =>
  world
    .of("aws_ram_principal_association", share.stack)
    .filter(({ config }) => config.resource_share_arn === world.arnOf(share))
    .map(({ config }) => config.principal);

/** Those that RAM, or a launch permission, means by its principals. */
const membersOf = (principals: readonly string[], onlookers: readonly Onlooker[]): Onlooker[] =>
  onlookers.filter((who) =>
    principals.some((named) => {
      const last = named.split("/").at(-1) ?? "";
      if (named.includes(":organization/")) return who.organization === last;
      if (named.includes(":ou/")) return who.organization === named.split("/").at(-2) && who.units.includes(last);
      return named === who.account;
    }),
  );

/** What a resource with a policy, or a role, is to the factory. */
const whatIs = ({ type, config }: Resource): string => {
  const text = JSON.stringify(config);
  if (type === "aws_kms_key") return text.includes("Volumes of images") ? "image key" : "data key";
  const [, role = ""] = /golden-image-factory-(build|lifecycle|share-updater)-/.exec(`${config.name} ${config.role}`) ?? [];
  return type.startsWith("aws_iam_role") ? `${role} role` : type;
};

const STATEMENTS: Readonly<Record<string, readonly string[]>> = {
  "image key": [
    "Administer",
    "KeyAdministrators",
    "ImageBuilder(Use|Attach)",
    "(Organization|Units|Accounts)(Use|Attach|GrantToOwnAutoScaling|Find)",
  ],
  "data key": ["Administer", "UseThroughIamPolicies", "ImageBuilderPublishes", "AlarmsPublish", "LogsAreWritten"],
  aws_s3_bucket_policy: ["RefusePlainHttp"],
  aws_sqs_queue_policy: ["RefusePlainHttp"],
  aws_sns_topic_policy: ["AlarmsPublish", "RefusePlainHttp"],
  aws_lambda_permission: ["Invoke"],
  "build role": ["PutLogs", "EncryptLogs"],
  "share-updater role": [
    "WriteLogs",
    "QueueFailedEvents",
    "EncryptFailedEvents",
    "FindShares",
    "ShareBuilds",
    "Unshare",
    "FindImages",
    "ShareImages",
    "LetLaunch",
    "SeeWhoLaunches",
  ],
};

const ATTACHED: Readonly<Record<string, readonly string[]>> = {
  "build role": ["AmazonSSMManagedInstanceCore", "EC2InstanceProfileForImageBuilder"],
  "lifecycle role": ["EC2ImageBuilderLifecycleExecutionPolicy"],
};

/** What a file's code asks of AWS, by the SDK's commands that it imports. */
export const calledIn = (file: string): string[] => {
  const imports = [...readFileSync(file, "utf8").matchAll(/import \{([^}]*)\} from "@aws-sdk\/client-(\w+)"/g)];
  return imports.flatMap(([, names = "", client = ""]) =>
    [...names.matchAll(/paginate(\w+)|(\w+)Command\b/g)].map(([, paged, sent]) => `${client}:${paged ?? sent}`),
  );
};
