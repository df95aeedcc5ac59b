/** An app account that gets a build of `base`, and what it creates. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ec2 from "@aws-sdk/client-ec2";
import * as imageBuilder from "@aws-sdk/client-imagebuilder";
import * as kms from "@aws-sdk/client-kms";
import * as ram from "@aws-sdk/client-ram";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import type { CommandResult } from "../../../../cli/command";
import type { Confirm } from "../../../../cli/prompt";
import { PROVE_TAG } from "../../../../cli/proof/leftovers";
import { type Clock, Interrupted } from "../../../../cli/proof/prove/interruption";
import { type ProveOptions, prove } from "../../../../cli/proof/prove/prove";
import type { ProveReport } from "../../../../cli/proof/prove/render";
import {
  minimalContainer,
  minimalFactory,
  type Raw,
  writeFactory,
} from "../../../../tools/fixtures/factory-file";
import { awsError } from "../../aws-error";
import { answerCalls } from "../answer-calls";

export const BUILD = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.3/2";
export const AMI = "ami-0123456789abcdef0";
export const SUBNET = "subnet-0123456789abcdef0";

const OPERATIONS = {
  DescribeImages: [ec2.EC2Client, ec2.DescribeImagesCommand],
  DescribeSubnets: [ec2.EC2Client, ec2.DescribeSubnetsCommand],
  DescribeInstances: [ec2.EC2Client, ec2.DescribeInstancesCommand],
  DescribeInstanceStatus: [ec2.EC2Client, ec2.DescribeInstanceStatusCommand],
  DescribeSecurityGroups: [ec2.EC2Client, ec2.DescribeSecurityGroupsCommand],
  CreateSecurityGroup: [ec2.EC2Client, ec2.CreateSecurityGroupCommand],
  DeleteSecurityGroup: [ec2.EC2Client, ec2.DeleteSecurityGroupCommand],
  RunInstances: [ec2.EC2Client, ec2.RunInstancesCommand],
  TerminateInstances: [ec2.EC2Client, ec2.TerminateInstancesCommand],
  GetImage: [imageBuilder.ImagebuilderClient, imageBuilder.GetImageCommand],
  CreateImageRecipe: [imageBuilder.ImagebuilderClient, imageBuilder.CreateImageRecipeCommand],
  DeleteImageRecipe: [imageBuilder.ImagebuilderClient, imageBuilder.DeleteImageRecipeCommand],
  ListImageRecipes: [imageBuilder.ImagebuilderClient, imageBuilder.ListImageRecipesCommand],
  DescribeKey: [kms.KMSClient, kms.DescribeKeyCommand],
  GetResourceShares: [ram.RAMClient, ram.GetResourceSharesCommand],
  ListResources: [ram.RAMClient, ram.ListResourcesCommand],
} as const;

type Operation = keyof typeof OPERATIONS;

// biome-ignore lint/suspicious/noExplicitAny: inputs of all operations
type Input = any;

type Answer = (input: Input) => object;

interface FakeInstance {
  readonly id: string;
  readonly token: string;
  readonly groups: readonly string[];
  readonly tags: readonly ec2.Tag[];
  state: "pending" | "running" | "shutting-down" | "terminated";
  reason?: ec2.StateReason;
  /** How often its status was read. */
  reads: number;
}

interface Tagged {
  readonly tags: readonly ec2.Tag[];
}

/** The error of a call that got no answer, though AWS did what it asked for. */
export function noAnswer(): Error {
  return Object.assign(new Error("socket hang up"), { name: "TimeoutError", $metadata: {} });
}

/** Replaces the random part of names. */
export function withoutId(text: string | undefined): string | undefined {
  return text?.replace(/prove-[0-9a-f]{12}/g, "prove-ID").replace(/\b(i|sg)-\d+/g, "$1-N");
}

/** Returns the steps that aren't ok, without their times. */
export function problems({ data }: { readonly data?: unknown }): object[] {
  return (data as ProveReport).steps
    .filter(({ outcome }) => outcome !== "ok")
    .map(({ seconds: _, ...step }) => step);
}

export class FakeAccount {
  private readonly folder = mkdtempSync(join(tmpdir(), "prove-"));
  private readonly sts = mockClient(STSClient);
  private answers: Partial<Record<Operation, Answer>> = {};
  private time = 0;
  private ids = 0;
  readonly instances = new Map<string, FakeInstance>();
  readonly groups = new Map<string, Tagged & { readonly name: string }>();
  readonly recipes = new Map<string, Readonly<Record<string, string>>>();
  readonly calls: Operation[] = [];
  readonly inputs: { readonly operation: Operation; readonly input: Input }[] = [];

  constructor() {
    answerCalls<Operation>(OPERATIONS, (operation, input) => this.answer(operation, input));
  }

  /** Resets everything. The caller has credentials of the app account. */
  reset(change: (file: Raw) => void = () => undefined): void {
    this.answers = {};
    this.clear();
    this.time = Date.parse("2026-11-28T12:00:00Z");
    for (const name of ["AWS_PROFILE", "AWS_SESSION_TOKEN"]) delete process.env[name];
    process.env["AWS_ACCESS_KEY_ID"] = "222222222222";
    process.env["AWS_SECRET_ACCESS_KEY"] = "x";
    process.env["AWS_SHARED_CREDENTIALS_FILE"] = join(this.folder, "credentials");
    writeFileSync(
      join(this.folder, "credentials"),
      "[payments-admin]\naws_access_key_id=222222222222\naws_secret_access_key=x\n",
    );
    const file = minimalFactory();
    file.tags = { team: "platform" };
    file.images.base.share.channels = {
      canary: { principals: { accounts: ["222222222222"] } },
      stable: { principals: { organization: true } },
    };
    file.containers = {
      runtime: {
        ...minimalContainer(),
        share: { channels: { stable: { principals: { organization: true } } } },
      },
    };
    change(file);
    writeFactory(this.folder, { file });
    this.sts.reset();
    this.sts.on(GetCallerIdentityCommand).callsFake(async (_, getClient) => ({
      Account: (await getClient().config.credentials()).accessKeyId,
    }));
    this.sts.on(AssumeRoleCommand).callsFake(({ RoleArn }) => ({
      Credentials: { AccessKeyId: RoleArn.split(":")[4], SecretAccessKey: "x", SessionToken: "x" },
    }));
  }

  /** Forgets what was called and created. */
  clear(): void {
    this.calls.length = 0;
    this.inputs.length = 0;
    this.instances.clear();
    this.groups.clear();
    this.recipes.clear();
  }

  get tokens(): typeof this.sts {
    return this.sts;
  }

  on(operation: Operation, answer: Answer): void {
    this.answers[operation] = answer;
  }

  fail(operation: Operation, name: string, message?: string, status?: number): void {
    this.on(operation, () => {
      throw awsError(name, message, status);
    });
  }

  /** Everything that still exists. */
  get left(): string[] {
    return [
      ...[...this.instances.values()]
        .filter(({ state }) => state !== "terminated")
        .map(({ id }) => id),
      ...this.groups.keys(),
      ...this.recipes.keys(),
    ];
  }

  /** A clock whose pauses pass at once. */
  readonly clock: Clock = {
    now: () => this.time,
    sleep: async (milliseconds, signal) => {
      this.time += milliseconds;
      if (signal?.aborted) throw new Interrupted("interrupted");
    },
  };

  prove(
    options: Partial<ProveOptions> = {},
    confirm: Confirm = async () => true,
  ): Promise<CommandResult> {
    return prove(
      {
        image: "base",
        account: "payments",
        recipe: false,
        launch: false,
        yes: false,
        config: join(this.folder, "factory.yaml"),
        ...options,
      },
      this.clock,
      confirm,
    );
  }

  launch(options: Partial<ProveOptions> = {}): Promise<CommandResult> {
    return this.prove({ launch: true, subnet: SUBNET, ...options });
  }

  async report(options: Partial<ProveOptions> = {}): Promise<ProveReport> {
    return (await this.prove(options)).data as ProveReport;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  private answer(operation: Operation, input: Input): object {
    this.calls.push(operation);
    this.inputs.push({ operation, input });
    this.time += 100;
    return (this.answers[operation] ?? this.healthy[operation])(input);
  }

  /** Answers as AWS does if nothing is wrong. */
  readonly healthy: Readonly<Record<Operation, Answer>> = {
    GetImage: () => ({
      image: {
        arn: BUILD,
        state: { status: "AVAILABLE" },
        outputResources: {
          amis: [
            { region: "us-east-1", image: "ami-00000000000000000" },
            { region: "eu-west-1", image: AMI },
          ],
        },
      },
    }),
    DescribeImages: () => ({
      Images: [
        {
          ImageId: AMI,
          State: "available",
          BlockDeviceMappings: [
            { DeviceName: "/dev/xvda", Ebs: { DeleteOnTermination: false } },
            { DeviceName: "/dev/sdb", VirtualName: "ephemeral0" },
          ],
        },
      ],
    }),
    DescribeKey: () => ({ KeyMetadata: { KeyId: "1234", KeyState: "Enabled" } }),
    DescribeSubnets: () => ({ Subnets: [{ SubnetId: SUBNET, VpcId: "vpc-1" }] }),
    // RAM may answer with an empty page first.
    GetResourceShares: ({ nextToken }) =>
      nextToken === undefined
        ? { resourceShares: [], nextToken: "2" }
        : {
            resourceShares: [
              {
                name: "golden-image-base--canary",
                resourceShareArn: "arn:aws:ram:eu-west-1:111111111111:resource-share/canary",
                status: "ACTIVE",
                owningAccountId: "111111111111",
              },
            ],
          },
    ListResources: () => ({
      resources: [
        { arn: BUILD.replace("1.0.3/2", "1.0.3/1") },
        { arn: BUILD },
        { arn: "arn:aws:imagebuilder:eu-west-1:111111111111:image/other/9.0.0/1" },
      ],
    }),
    CreateImageRecipe: ({ name, semanticVersion, tags }) => {
      const arn = `arn:aws:imagebuilder:eu-west-1:222222222222:image-recipe/${name}/${semanticVersion}`;
      this.recipes.set(arn, tags);
      return { imageRecipeArn: arn };
    },
    DeleteImageRecipe: ({ imageRecipeArn }) => {
      if (!this.recipes.delete(imageRecipeArn)) throw awsError("ResourceNotFoundException");
      return {};
    },
    ListImageRecipes: () => ({
      imageRecipeSummaryList: [...this.recipes].map(([arn, tags]) => ({ arn, tags })),
    }),
    CreateSecurityGroup: ({ GroupName, TagSpecifications: [{ Tags }] }) => {
      this.ids += 1;
      const GroupId = `sg-${this.ids}`;
      this.groups.set(GroupId, { name: GroupName, tags: Tags });
      return { GroupId };
    },
    DescribeSecurityGroups: ({ Filters: [{ Name, Values }] }) => ({
      SecurityGroups: [...this.groups]
        .filter(([, { name, tags }]) =>
          Name === "group-name" ? Values.includes(name) : tags.some(({ Key }) => Key === PROVE_TAG),
        )
        .map(([GroupId, { tags }]) => ({ GroupId, Tags: tags })),
    }),
    DeleteSecurityGroup: ({ GroupId }) => {
      const users = [...this.instances.values()].filter(
        ({ groups, state }) => groups.includes(GroupId) && state !== "terminated",
      );
      if (users.length > 0) throw awsError("DependencyViolation");
      if (!this.groups.delete(GroupId)) throw awsError("InvalidGroup.NotFound");
      return {};
    },
    RunInstances: ({ DryRun, ClientToken, NetworkInterfaces, TagSpecifications }) => {
      if (DryRun) throw awsError("DryRunOperation", "Request would have succeeded.", 412);
      this.ids += 1;
      const id = `i-${this.ids}`;
      this.instances.set(id, {
        id,
        token: ClientToken,
        groups: NetworkInterfaces[0].Groups,
        tags: TagSpecifications[0].Tags,
        state: "pending",
        reads: 0,
      });
      return { Instances: [{ InstanceId: id }] };
    },
    DescribeInstances: ({ InstanceIds, Filters = [] }) => {
      const token = Filters.find(({ Name }: Input) => Name === "client-token")?.Values[0];
      const found = [...this.instances.values()].filter((one) =>
        InstanceIds
          ? InstanceIds.includes(one.id)
          : token
            ? one.token === token
            : one.state !== "terminated",
      );
      for (const one of found) if (one.state === "shutting-down") one.state = "terminated";
      return {
        Reservations: found.map(({ id, state, reason, tags }) => ({
          Instances: [{ InstanceId: id, State: { Name: state }, StateReason: reason, Tags: tags }],
        })),
      };
    },
    DescribeInstanceStatus: ({ InstanceIds: [id] }) => {
      const instance = this.instances.get(id);
      if (instance === undefined) throw awsError("InvalidInstanceID.NotFound");
      instance.reads += 1;
      if (instance.reads === 1) return { InstanceStatuses: [] };
      instance.state = "running";
      const Status = instance.reads > 3 ? "ok" : "initializing";
      return { InstanceStatuses: [{ SystemStatus: { Status }, InstanceStatus: { Status } }] };
    },
    TerminateInstances: ({ InstanceIds }) => {
      for (const id of InstanceIds) {
        const instance = this.instances.get(id);
        if (instance && instance.state !== "terminated") instance.state = "shutting-down";
      }
      return {};
    },
  };
}

/** Creates an account for the tests of a file, and resets it before each of them. */
export function useFakeAccount(): FakeAccount {
  const aws = new FakeAccount();
  const environment = { ...process.env };
  beforeEach(() => {
    aws.reset();
    jest.spyOn(console, "error").mockImplementation();
  });
  afterAll(() => {
    process.env = environment;
    aws.remove();
  });
  return aws;
}
