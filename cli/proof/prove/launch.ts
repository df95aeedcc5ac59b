/** The steps of `factory prove` that launch an instance and remove it. */
import {
  type Image as Ami,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  type Instance,
  type _InstanceType as InstanceType,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  type Subnet,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { NAME_PREFIX } from "../../../config/names";
import { assertContinues } from "./interruption";
import { explainError, explainReason, type Finding, ok } from "./outcome";
import type { Context } from "./subject";
import { expiringTags, LIFETIME_MINUTES } from "./tags";

/** Time between two questions to EC2, in milliseconds. */
const POLL_MS = 5_000;

/** Time limits, in minutes. Together less than the session of an assumed role, which is an hour. */
const STATUS_CHECKS_MINUTES = 15;
const TERMINATION_MINUTES = 10;

/** How often an instance is searched whose ID EC2 didn't return, because it may not show it yet. */
const SEARCHES = 3;

/** Returns the instance type that is launched: the first that the image is built on. */
export function instanceTypeOf({ image }: Pick<Context, "image">): string {
  const [type] = image.instanceTypes;
  if (type === undefined) throw new Error(`${image.name} has no instance type`);
  return type;
}

/** Where the instance is launched. */
interface Place {
  /** @default - the default VPC */
  readonly subnet?: Subnet | undefined;
  /** @default - the default security group of the VPC */
  readonly securityGroup?: string | undefined;
}

function requestFor(
  context: Context,
  { ImageId, BlockDeviceMappings = [] }: Ami,
  place: Place,
): RunInstancesCommandInput {
  const tags = { Name: `${NAME_PREFIX}prove-${context.id}`, ...expiringTags(context) };
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return {
    ImageId,
    InstanceType: instanceTypeOf(context) as InstanceType,
    MinCount: 1,
    MaxCount: 1,
    ClientToken: context.id,
    InstanceInitiatedShutdownBehavior: "terminate",
    // An image may keep its volumes.
    BlockDeviceMappings: BlockDeviceMappings.flatMap(({ DeviceName, Ebs }) =>
      Ebs === undefined ? [] : { DeviceName, Ebs: { DeleteOnTermination: true } },
    ),
    MetadataOptions: { HttpTokens: "required", HttpEndpoint: "enabled" },
    UserData: Buffer.from(shutdownScript(context)).toString("base64"),
    TagSpecifications: (["instance", "volume", "network-interface"] as const).map(
      (ResourceType) => ({ ResourceType, Tags }),
    ),
    ...(place.subnet && {
      NetworkInterfaces: [
        {
          DeviceIndex: 0,
          SubnetId: place.subnet.SubnetId,
          AssociatePublicIpAddress: false,
          DeleteOnTermination: true,
          ...(place.securityGroup && { Groups: [place.securityGroup] }),
        },
      ],
    }),
  };
}

/** Ends the instance if nothing else does, such as after this process was killed. */
function shutdownScript({ image }: Context): string {
  return image.platform === "Windows"
    ? `<powershell>shutdown /s /t ${LIFETIME_MINUTES * 60}</powershell>\n`
    : `#!/bin/sh\nshutdown -h +${LIFETIME_MINUTES}\n`;
}

/** Asks EC2 whether it would launch an instance. EC2 then checks permissions, but not the key. */
export async function dryRun(
  context: Context,
  ami: Ami,
  subnet: Subnet | undefined,
): Promise<Finding> {
  const request = { ...requestFor(context, ami, { subnet }), DryRun: true };
  try {
    await context.clients.ec2.send(new RunInstancesCommand(request));
  } catch (error) {
    switch ((error as Error).name) {
      case "DryRunOperation":
        return ok(
          "these credentials may launch an instance. EC2 doesn't check the key in a dry run",
        );
      case "VPCIdNotSpecified":
      case "MissingInput":
        return {
          outcome: "inconclusive",
          reason: "other",
          message: "the account has no default VPC",
          fix: "name a subnet with --subnet",
        };
      default:
        return explainError(error);
    }
  }
  throw new Error("EC2 launched an instance in a dry run");
}

/** Launches an instance, and knows what it has to remove. */
export class Launch {
  private securityGroup: string | undefined;
  private instance: string | undefined;
  /** Whether EC2 may have launched an instance whose ID it didn't return. */
  private isUnclear = false;
  private startedAt: number | undefined;
  private endedAt: number | undefined;

  constructor(
    private readonly context: Context,
    private readonly ami: Ami,
    private readonly subnet: Subnet,
  ) {}

  /** Time during which an instance ran, in seconds. */
  get seconds(): number {
    if (this.startedAt === undefined) return 0;
    return ((this.endedAt ?? this.context.clock.now()) - this.startedAt) / 1_000;
  }

  /** Launches an instance, and waits until EC2's status checks pass. */
  async run(signal: AbortSignal): Promise<Finding> {
    const { clock } = this.context;
    assertContinues(signal);
    await this.createSecurityGroup();
    assertContinues(signal);
    const id = await this.runInstance();
    const end = clock.now() + STATUS_CHECKS_MINUTES * 60_000;
    while (clock.now() < end) {
      await clock.sleep(POLL_MS, signal);
      const found = await this.look(id);
      if (found !== undefined) return found;
    }
    return {
      outcome: "inconclusive",
      reason: "other",
      message: `the status checks of ${id} didn't pass within ${STATUS_CHECKS_MINUTES} minutes`,
      fix: "launch the AMI yourself and look at the instance's system log",
    };
  }

  /** A group without ingress rules. The default group lets its members reach each other. */
  private async createSecurityGroup(): Promise<void> {
    const { clients, id } = this.context;
    const { GroupId } = await clients.ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: this.groupName,
        Description: `factory prove ${id}`,
        VpcId: this.subnet.VpcId,
        TagSpecifications: [{ ResourceType: "security-group", Tags: this.tags }],
      }),
    );
    this.securityGroup = GroupId;
  }

  private get groupName(): string {
    return `${NAME_PREFIX}prove-${this.context.id}`;
  }

  private get tags(): { Key: string; Value: string }[] {
    return Object.entries(expiringTags(this.context)).map(([Key, Value]) => ({ Key, Value }));
  }

  private async runInstance(): Promise<string> {
    const { clients, clock } = this.context;
    this.isUnclear = true;
    this.startedAt = clock.now();
    try {
      const { Instances: [started] = [] } = await clients.ec2.send(
        new RunInstancesCommand(
          requestFor(this.context, this.ami, {
            subnet: this.subnet,
            securityGroup: this.securityGroup,
          }),
        ),
      );
      if (started?.InstanceId === undefined) throw new Error("EC2 returned no instance");
      this.instance = started.InstanceId;
      this.isUnclear = false;
      return this.instance;
    } catch (error) {
      if (isRejection(error)) {
        this.isUnclear = false;
        this.startedAt = undefined;
      }
      throw error;
    }
  }

  /** Returns what the instance shows, or `undefined` as long as that isn't clear. */
  private async look(id: string): Promise<Finding | undefined> {
    const { clients } = this.context;
    const instance = await this.find(id);
    const reason = instance?.StateReason;
    const state = instance?.State?.Name;
    if (state === "shutting-down" || state === "terminated" || state === "stopped")
      return explainReason({
        name: reason?.Code ?? "Terminated",
        message: (reason?.Message ?? `EC2 ended ${id}`).replace(`${reason?.Code}: `, ""),
      });
    const { InstanceStatuses: [status] = [] } = await clients.ec2
      .send(new DescribeInstanceStatusCommand({ InstanceIds: [id] }))
      .catch(notFound({ InstanceStatuses: [] }));
    const checks = [status?.SystemStatus?.Status, status?.InstanceStatus?.Status];
    if (checks.every((check) => check === "ok"))
      return ok(`${id} (${instanceTypeOf(this.context)}) started, and passed both status checks`);
    if (status?.InstanceStatus?.Status === "impaired")
      return {
        outcome: "failed",
        reason: "image",
        message: `${id} started, but doesn't pass the instance status check`,
        fix: "launch the AMI yourself and look at the instance's system log: the operating system doesn't start, or has no network",
      };
    return undefined;
  }

  private async find(id: string): Promise<Instance | undefined> {
    const { Reservations = [] } = await this.context.clients.ec2
      .send(new DescribeInstancesCommand({ InstanceIds: [id] }))
      .catch(notFound({ Reservations: [] }));
    return Reservations[0]?.Instances?.[0];
  }

  /** Removes everything that was created. Doesn't stop at an interruption. */
  async remove(): Promise<Finding> {
    const instances = this.isUnclear ? await this.search() : this.instance ? [this.instance] : [];
    if (instances.length > 0) await this.terminate(instances);
    const groups =
      this.securityGroup === undefined ? await this.searchGroups() : [this.securityGroup];
    for (const group of groups) await deleteSecurityGroup(this.context, group);
    const removed = [
      ...instances.map((one) => `terminated ${one}`),
      ...groups.map((one) => `deleted ${one}`),
    ];
    return ok(removed.length === 0 ? "nothing was created" : removed.join(", "));
  }

  /** Commands that remove what {@link remove} couldn't. */
  get removal(): string[] {
    const { region } = this.context.home;
    return [
      ...(this.instance === undefined
        ? []
        : [`aws ec2 terminate-instances --instance-ids ${this.instance} --region ${region}`]),
      ...(this.securityGroup === undefined
        ? []
        : [`aws ec2 delete-security-group --group-id ${this.securityGroup} --region ${region}`]),
    ];
  }

  /** Searches instances of this run, if EC2 may have launched one without an answer. */
  private async search(): Promise<string[]> {
    const { clients, clock, id } = this.context;
    const Filters = [{ Name: "client-token", Values: [id] }];
    for (let attempt = 1; attempt <= SEARCHES; attempt += 1) {
      const { Reservations = [] } = await clients.ec2.send(
        new DescribeInstancesCommand({ Filters }),
      );
      const found = Reservations.flatMap(({ Instances = [] }) => Instances).flatMap(
        ({ InstanceId }) => InstanceId ?? [],
      );
      if (found.length > 0) {
        this.instance = found[0];
        return found;
      }
      await clock.sleep(POLL_MS);
    }
    this.startedAt = undefined;
    return [];
  }

  /** Searches the security group of this run, if EC2 may have created it without an answer. */
  private async searchGroups(): Promise<string[]> {
    const Filters = [{ Name: "group-name", Values: [this.groupName] }];
    const { SecurityGroups = [] } = await this.context.clients.ec2.send(
      new DescribeSecurityGroupsCommand({ Filters }),
    );
    return SecurityGroups.flatMap(({ GroupId }) => GroupId ?? []);
  }

  private async terminate(InstanceIds: string[]): Promise<void> {
    const { clients, clock } = this.context;
    await clients.ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    const end = clock.now() + TERMINATION_MINUTES * 60_000;
    for (const id of InstanceIds)
      while (clock.now() < end) {
        const state = (await this.find(id))?.State?.Name;
        if (state === undefined || state === "terminated") break;
        await clock.sleep(POLL_MS);
      }
    this.endedAt = clock.now();
  }
}

/** Whether AWS rejected a call, so that it had no effect. */
function isRejection(error: unknown): boolean {
  const status = (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata
    ?.httpStatusCode;
  return status !== undefined && status >= 400 && status < 500;
}

/** EC2 may not show an instance yet that it has just launched. */
function notFound<T>(instead: T): (error: Error) => T {
  return (error) => {
    if (error.name === "InvalidInstanceID.NotFound") return instead;
    throw error;
  };
}

/** Times that the deletion of a security group is tried, because EC2 releases it with delay. */
const DELETIONS = 12;

/** Deletes a security group as soon as nothing uses it any more. */
export async function deleteSecurityGroup(
  { clients, clock }: Context,
  GroupId: string,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1)
    try {
      await clients.ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
      return;
    } catch (error) {
      const { name } = error as Error;
      if (name === "InvalidGroup.NotFound") return;
      if (name !== "DependencyViolation" || attempt === DELETIONS) throw error;
      await clock.sleep(POLL_MS);
    }
}
