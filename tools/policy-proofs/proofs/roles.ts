/** What each role may do, who takes it on, and who calls the function. */
import { deepStrictEqual as mustEqual, ok } from "node:assert";
import { buildablesOf } from "../../../config/model";
import type { Context } from "../../iam/evaluate";
import { administrator } from "../policy-fixture";
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
        mustEqual(
          may("imagebuilder", `arn:aws:imagebuilder:${region}:${account}:component/agent/1.0.0/1`),
          ["GetComponent", "GetMarketplaceResource"],
        );
        for (const bucket of world.of("aws_s3_bucket")) {
          const isOwn = bucket.stack === stack && bucket.config.bucket.includes("-logs-");
          mustEqual(
            may("s3", `${world.arnOf(bucket)}/key`),
            isOwn ? ["PutObject"] : [],
            bucket.config.bucket,
          );
          mustEqual(may("s3", world.arnOf(bucket)), [], bucket.config.bucket);
        }
        mustEqual(
          may("logs", `arn:aws:logs:${region}:${account}:log-group:/aws/imagebuilder/base`),
          ["CreateLogGroup", "CreateLogStream", "PutLogEvents"],
        );
        mustEqual(may("logs", `arn:aws:logs:${region}:${account}:log-group:/aws/lambda/x`), []);
        for (const key of subject.world.of("aws_kms_key", stack)) {
          const isData = key.config.description.startsWith("Data");
          const find = subject.isMember(account, key) ? FIND : [];
          mustEqual(
            may("kms", world.arnOf(key)),
            isData ? ["Decrypt", "GenerateDataKey"] : find,
            key.stack,
          );
        }
        for (const service of ["sns", "sqs", "lambda", "ram", "iam", "sts"])
          mustEqual(may(service, "*"), [], service);
        const repository = (owner: string, name: string) =>
          may("ecr", `arn:aws:ecr:${region}:${owner}:repository/${name}`, {
            "aws:ResourceAccount": owner,
          });
        const ofContainers = /-build-containers-/.test(role.config.name);
        const pull = [
          "BatchCheckLayerAvailability",
          "BatchGetImage",
          "GetAuthorizationToken",
          "GetDownloadUrlForLayer",
        ];
        const push = ["CompleteLayerUpload", "InitiateLayerUpload", "PutImage", "UploadLayerPart"];
        mustEqual(
          repository(account, "golden-image-factory/none"),
          ofContainers ? sorted(pull, push) : [],
        );
        const ofRecipes = may(
          "imagebuilder",
          `arn:aws:imagebuilder:${region}:${account}:container-recipe/runtime/1.0.0`,
        );
        const known = ["GetComponent", "GetMarketplaceResource"];
        mustEqual(ofRecipes, ofContainers ? sorted(known, ["GetContainerRecipe"]) : known);
        mustEqual(repository(account, "else"), ofContainers ? ["GetAuthorizationToken"] : []);
        mustEqual(
          repository("888888888888", "golden-image-factory/none"),
          ofContainers ? pull : [],
        );
        const owner = [subject.factory.shared, ...subject.factory.apps].find(
          ({ id }) => id === account,
        );
        const scans = (owner?.containers ?? []).some(
          (container) => container.scan && container.regions.includes(region),
        );
        const scanned = repository(account, "image-builder-image-scanning-repository");
        const login = ofContainers ? ["GetAuthorizationToken"] : [];
        mustEqual(scanned, ofContainers && scans ? sorted(pull, push) : login);
      });
    },
  },
  {
    name: "the role that Image Builder builds in may do what AWS gives it, and beside that what its workflows and parameters name",
    check: (subject) => {
      const { world, factory } = subject;
      for (const role of world
        .of("aws_iam_role")
        .filter(({ config }) => /-execution-/.test(config.name))) {
        const { account, region, stack } = role;
        const asks = subject.role(role);
        ok("identity" in asks, role.config.name);
        const beyond = { ...asks, identity: [world.documentOf(world.arnOf(role), "identity")] };
        const may = (service: string, resource: string) =>
          subject.allowed(service, beyond, resource, account);
        const owner = [factory.shared, ...factory.apps].find(({ id }) => id === account);
        const baked = owner
          ? buildablesOf(owner).filter(({ regions }) => regions.includes(region))
          : [];
        const isGated = baked.some(({ workflows }) =>
          workflows.some(({ source }) => "document" in source && source.document.name === "gate"),
        );
        const arn = (service: string, rest: string, of = account) =>
          `arn:aws:${service}:${region}:${of}:${rest}`;
        const gated = (...rights: string[]): string[] => (isGated ? rights : []);
        mustEqual(may("ssm", arn("ssm", "document/Harden")), gated("SendCommand"));
        mustEqual(may("ssm", arn("ssm", "document/Other")), []);
        mustEqual(may("lambda", arn("lambda", "function:tell")), gated("InvokeFunction"));
        mustEqual(may("lambda", arn("lambda", "function:other")), []);
        mustEqual(
          may("states", "arn:aws:states:eu-west-1:111111111111:stateMachine:check"),
          gated("StartExecution"),
        );
        mustEqual(
          may("states", "arn:aws:states:eu-west-1:111111111111:execution:check:1"),
          gated("DescribeExecution"),
        );
        mustEqual(may("states", arn("states", "stateMachine:other")), []);
        for (const path of ["/golden/base", "/golden/other"]) {
          const its = baked.filter((image) => image.kind === "image" && image.parameter === path);
          for (const place of [region, "ap-south-1"]) {
            const lands = its.some(
              (image) =>
                place === region || (image.kind === "image" && image.copyToRegions.includes(place)),
            );
            mustEqual(
              may("ssm", `arn:aws:ssm:${place}:${account}:parameter${path}`),
              lands ? ["PutParameter"] : [],
              path,
            );
          }
        }
        for (const key of world.of("aws_kms_key", stack)) {
          const isData = key.config.description.startsWith("Data");
          const find = subject.isMember(account, key) ? FIND : [];
          mustEqual(
            may("kms", world.arnOf(key)),
            isData ? ["Decrypt", "GenerateDataKey"] : find,
            key.config.description,
          );
        }
        const allowed = beyond.identity.flatMap(({ Statement }) =>
          Statement.flatMap(({ Action }) => Action),
        );
        const known = [
          "kms:Decrypt",
          "kms:GenerateDataKey",
          "lambda:InvokeFunction",
          "ssm:PutParameter",
          "ssm:SendCommand",
        ];
        const ofMachines = ["states:DescribeExecution", "states:StartExecution"];
        mustEqual(
          allowed.filter((action) => ![...known, ...ofMachines].includes(action)),
          [],
          role.config.name,
        );
      }
    },
  },
  {
    name: "the updater may do what its code calls, to shares with the factory's tag, builds that are shared and their AMIs, and nothing else",
    check: (subject) => {
      const { world } = subject;
      each(world.of("aws_lambda_function"), (lambda) => {
        const { account, region, stack } = lambda;
        const role = world
          .of("aws_iam_role", stack)
          .find((one) => world.arnOf(one) === lambda.config.role);
        ok(role, "the function's role is in its stack");
        const asks = subject.role(role);
        const may = (service: string, resource: string, context: Context = {}) =>
          subject.allowed(service, asks, resource, account, context);
        const anywhere = {
          ram: ["GetResourceShareAssociations", "GetResourceShares"],
          imagebuilder: ["ListImages"],
        };

        const share = `arn:aws:ram:${region}:${account}:resource-share/1`;
        const tagged = {
          "aws:ResourceTag/golden-image:image": "base",
          "ram:RequestedResourceType": "imagebuilder:Image",
        };
        mustEqual(
          may("ram", share, tagged),
          sorted(anywhere.ram, ["AssociateResourceShare", "DisassociateResourceShare"]),
        );
        mustEqual(
          may("ram", share, { "ram:RequestedResourceType": "imagebuilder:Image" }),
          anywhere.ram,
        );
        mustEqual(may("ram", share, { ...tagged, "ram:Principal": "888888888888" }), anywhere.ram);
        mustEqual(
          may("ram", share, { ...tagged, "ram:RequestedResourceType": "ec2:Subnet" }),
          sorted(anywhere.ram, ["DisassociateResourceShare"]),
        );
        mustEqual(may("ram", share.replace(account, "888888888888"), tagged), anywhere.ram);

        const images = buildablesOf(subject.factory.shared).filter(({ regions }) =>
          regions.includes(region),
        );
        const build = (name: string) =>
          `arn:aws:imagebuilder:${region}:${account}:image/${name}/1.0.0/1`;
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
            isShared
              ? ["DescribeImageAttribute", "ModifyImageAttribute"]
              : ["DescribeImageAttribute"],
            name,
          );
        }
        mustEqual(may("ec2", ami), ["DescribeImageAttribute"]);
        // Copies, of images that are shared: builds keep theirs, wherever coming ones go.
        const isCopied = images.some(
          (image) =>
            image.kind === "image" && image.channels.length > 0 && image.copyToRegions.length > 0,
        );
        mustEqual(
          may("ec2", ami.replace(region, "sa-east-1")),
          isCopied ? ["DescribeImageAttribute"] : [],
        );
        mustEqual(may("ec2", `arn:aws:ec2:${region}:${account}:instance/i-1`), []);

        const group = world
          .of("aws_cloudwatch_log_group", stack)
          .find(({ config }) => config.name.startsWith("/aws/lambda/"));
        mustEqual(may("logs", `${group && world.arnOf(group)}:log-stream:x`), [
          "CreateLogStream",
          "PutLogEvents",
        ]);
        mustEqual(
          may("logs", `arn:aws:logs:${region}:${account}:log-group:/aws/lambda/other:log-stream:x`),
          [],
        );
        const [queue] = world.of("aws_sqs_queue", stack);
        mustEqual(may("sqs", queue ? world.arnOf(queue) : ""), ["SendMessage"]);
        mustEqual(may("sqs", `arn:aws:sqs:${region}:${account}:other`), []);
        for (const key of world.of("aws_kms_key", stack)) {
          const isData = key.config.description.startsWith("Data");
          const find = subject.isMember(account, key) ? FIND : [];
          mustEqual(
            may("kms", world.arnOf(key)),
            isData ? ["Decrypt", "GenerateDataKey"] : find,
            key.config.description,
          );
        }
        for (const service of ["sns", "lambda", "s3", "iam", "sts"])
          mustEqual(may(service, "*"), [], service);

        const allowed =
          "identity" in asks
            ? asks.identity.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action))
            : [];
        const others = [
          "imagebuilder:PutImagePolicy",
          "kms:Decrypt",
          "kms:GenerateDataKey",
          "sqs:SendMessage",
        ];
        const logs = ["logs:CreateLogStream", "logs:PutLogEvents"];
        const needed = sorted(calledIn("lambda/share-updater/adapters.ts"), others, logs);
        const ofBuilds = /Modify|GetImage|BuildVersions|PutImage/;
        const isAnyShared = images.some(({ channels }) => channels.length > 0);
        mustEqual(
          sorted(allowed),
          isAnyShared ? needed : needed.filter((action) => !ofBuilds.test(action)),
        );
      });
    },
  },
  {
    name: "every role is taken on by its one service, or by GitHub Actions alone, and by no account",
    check: (subject) =>
      each(subject.world.of("aws_iam_role"), (role) => {
        const arn = subject.world.arnOf(role);
        const trust = subject.world.documentOf(arn, "trust");
        const by = SERVICES.filter(
          (service) => subject.allowedBy(trust, "sts", service, arn, role.account).length > 0,
        );
        const [, kind = ""] =
          /-(build|lifecycle|execution|share-updater)-/.exec(role.config.name) ?? [];
        ok(kind !== "" || /-(plan|deploy)$/.test(role.config.name), role.config.name);
        const expected: Readonly<Record<string, string>> = {
          build: "ec2",
          lifecycle: "imagebuilder",
          execution: "imagebuilder",
          "share-updater": "lambda",
        };
        mustEqual(
          by.map(({ service }) => service),
          kind === "" ? [] : [`${expected[kind]}.amazonaws.com`],
          role.config.name,
        );
        for (const { service } of by)
          mustEqual(subject.allowedBy(trust, "sts", { service }, arn, role.account), [
            "AssumeRole",
          ]);
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
            const rights = subject.allowed("lambda", service, arn, account, {
              "aws:SourceArn": source,
            });
            mustEqual(rights, isOwn ? ["InvokeFunction"] : [], `${service.service} for ${source}`);
          }
        for (const who of subject.onlookers)
          for (const source of who.account === account ? [] : others)
            mustEqual(
              subject.allowed("lambda", administrator(who), arn, account, {
                "aws:SourceArn": source,
              }),
              [],
            );
      });
    },
  },
];
