/** What each role may do, who takes it on, and who calls the function. */
import { deepStrictEqual as mustEqual, ok } from "node:assert";
import type { Context } from "../evaluate";
import { administrator } from "../subject";
import { calledIn, each, FIND, type Proof, SERVICES, sorted } from "./support";

export const ROLES: readonly Proof[] = [
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
        // More names than IAM takes of a role's policies.
        const isMany = images.filter(({ channels }) => channels.length > 0).length > 50;
        for (const { name, channels } of [...images, { name: "not-ours", channels: [] }]) {
          const isShared = channels.length > 0 || isMany;
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
        // Copies, of images that are shared: builds keep theirs, wherever coming ones go.
        const isCopied = images.some(({ channels, copyToRegions }) => channels.length > 0 && copyToRegions.length > 0);
        mustEqual(may("ec2", ami.replace(region, "sa-east-1")), isCopied ? ["DescribeImageAttribute"] : []);
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
    name: "every role is taken on by its one service, or by GitHub Actions alone, and by no account",
    check: (subject) =>
      each(subject.world.of("aws_iam_role"), (role) => {
        const arn = subject.world.arnOf(role);
        const trust = subject.world.documentOf(arn, "trust");
        const by = SERVICES.filter((service) => subject.allowedBy(trust, "sts", service, arn, role.account).length > 0);
        const [, kind = ""] = /-(build|lifecycle|share-updater)-/.exec(role.config.name) ?? [];
        ok(kind !== "" || /-(plan|deploy)$/.test(role.config.name), role.config.name);
        const expected: Readonly<Record<string, string>> = {
          build: "ec2",
          lifecycle: "imagebuilder",
          "share-updater": "lambda",
        };
        mustEqual(
          by.map(({ service }) => service),
          kind === "" ? [] : [`${expected[kind]}.amazonaws.com`],
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
];
