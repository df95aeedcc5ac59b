/** The steps of `factory prove` that launch an instance and remove it. */
import {
  type Image as Ami,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  type Instance,
  type _InstanceType as InstanceType,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  type Subnet,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { NAME_PREFIX } from "../../../config/names";
import type { Context } from "./context";
import { findInstances, findSecurityGroups } from "./find-in-ec2";
import { assertContinues, pauseBefore } from "./interruption";
import { explainError, explainReason, hadNoEffect, ok, type StepResult } from "./outcome";
import { expiringTags, LIFETIME_MINUTES } from "./tags";

/** Time limits, in minutes. Together less than the session of an assumed role, which is an hour. */
const STATUS_CHECKS_MINUTES = 15;
const TERMINATION_MINUTES = 10;

/** How often EC2 is asked about an instance that it may not show yet. Takes 15 seconds. */
const SEARCHES = 5;

/** Returns the instance type that is launched: the first that the image is built on. */
export function instanceTypeOf({ image }: Pick<Context, "image">): string {
  const [type] = image.instanceTypes;
  if (type === undefined) throw new Error(`${image.name} has no instance type`);
  return type;
}

/** The network that the instance is launched in. */
interface Network {
  /** @default - the default VPC */
  readonly subnet?: Subnet | undefined;
  /** @default - the default security group of the VPC */
  readonly securityGroup?: string | undefined;
}

function requestFor(
  context: Context,
  { ImageId, BlockDeviceMappings = [] }: Ami,
  { subnet, securityGroup }: Network,
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
    ...(subnet && {
      NetworkInterfaces: [
        {
          DeviceIndex: 0,
          SubnetId: subnet.SubnetId,
          AssociatePublicIpAddress: false,
          // Assumed: overrides the subnet here, as AWS documents for CreateNetworkInterface.
          ...(subnet.AssignIpv6AddressOnCreation && { Ipv6AddressCount: 0 }),
          DeleteOnTermination: true,
          ...(securityGroup && { Groups: [securityGroup] }),
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
): Promise<StepResult> {
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

/** Something that EC2 created, or may have created without an answer. */
class Creation {
  id: string | undefined;
  /** Whether it may exist though its ID isn't known. */
  isUnclear = false;

  /** Creates it. Throws the error of EC2. */
  async create(call: () => Promise<string | undefined>): Promise<string> {
    this.isUnclear = true;
    try {
      const id = await call();
      if (id === undefined) throw new Error("EC2 returned no ID");
      this.id = id;
      this.isUnclear = false;
      return id;
    } catch (error) {
      if (hadNoEffect(error)) this.isUnclear = false;
      throw error;
    }
  }

  /** Forgets it, because it doesn't exist any more. */
  clear(): void {
    this.id = undefined;
    this.isUnclear = false;
  }
}

/** Launches an instance, and knows what it has to remove. */
export class Launch {
  /** Shown while it waits. */
  waitingFor = "";
  private readonly group = new Creation();
  private readonly instance = new Creation();
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
  async run(signal: AbortSignal): Promise<StepResult> {
    const { clock } = this.context;
    assertContinues(signal);
    const group = await this.group.create(() => this.createSecurityGroup());
    assertContinues(signal);
    const id = await this.instance.create(() => this.runInstance(group));
    this.waitingFor = `status checks of ${id}`;
    const end = clock.now() + STATUS_CHECKS_MINUTES * 60_000;
    for (let attempt = 0; clock.now() < end; attempt += 1) {
      await clock.sleep(pauseBefore(attempt), signal);
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
  private async createSecurityGroup(): Promise<string | undefined> {
    const { clients, id } = this.context;
    const tags = Object.entries(expiringTags(this.context));
    const { GroupId } = await clients.ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: this.groupName,
        Description: `factory prove ${id}`,
        VpcId: this.subnet.VpcId,
        TagSpecifications: [
          { ResourceType: "security-group", Tags: tags.map(([Key, Value]) => ({ Key, Value })) },
        ],
      }),
    );
    return GroupId;
  }

  private get groupName(): string {
    return `${NAME_PREFIX}prove-${this.context.id}`;
  }

  private async runInstance(securityGroup: string): Promise<string | undefined> {
    const { clients, clock } = this.context;
    const network = { subnet: this.subnet, securityGroup };
    this.startedAt = clock.now();
    try {
      const { Instances: [started] = [] } = await clients.ec2.send(
        new RunInstancesCommand(requestFor(this.context, this.ami, network)),
      );
      return started?.InstanceId;
    } catch (error) {
      if (hadNoEffect(error)) this.startedAt = undefined;
      throw error;
    }
  }

  /** Returns what the instance shows, or `undefined` as long as that isn't clear. */
  private async look(id: string): Promise<StepResult | undefined> {
    const { clients } = this.context;
    const instance = await this.find(id);
    const reason = instance?.StateReason;
    const state = instance?.State?.Name;
    if (state === "shutting-down" || state === "terminated" || state === "stopped")
      return explainReason({
        name: reason?.Code ?? "Terminated",
        message: (reason?.Message ?? `EC2 ended ${id}`).replace(`${reason?.Code}: `, ""),
      });
    const address = publicAddressOf(instance);
    if (address !== undefined)
      return {
        outcome: "inconclusive",
        reason: "other",
        message: `${id} has the IPv6 address ${address}, although the launch asked for none`,
        fix: "name a subnet that assigns no IPv6 addresses with --subnet",
      };
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
  async remove(): Promise<StepResult> {
    const instances = await idsOf(this.instance, () => this.search());
    for (const id of instances) await this.terminate(id);
    this.instance.clear();
    this.waitingFor = "";
    const groups = await idsOf(this.group, () => this.searchGroups());
    for (const group of groups) await deleteSecurityGroup(this.context, group);
    this.group.clear();
    const removed = [
      ...instances.map((one) => `terminated ${one}`),
      ...groups.map((one) => `deleted ${one}`),
    ];
    return ok(removed.length === 0 ? "nothing was created" : removed.join(", "));
  }

  /** Commands that remove what {@link remove} couldn't. Those without an ID search it. */
  get removal(): string[] {
    const { id, home } = this.context;
    const aws = (command: string): string => `aws ec2 ${command} --region ${home.region}`;
    const search = (what: string, filter: string, query: string): string =>
      `$(${aws(`describe-${what} --filters ${filter} --query ${query} --output text`)})`;
    const instance =
      this.instance.id ??
      search("instances", `Name=client-token,Values=${id}`, "'*[].Instances[].InstanceId'");
    const group =
      this.group.id ??
      search("security-groups", `Name=group-name,Values=${this.groupName}`, "'*[].GroupId'");
    return [
      ...(mayExist(this.instance) ? [aws(`terminate-instances --instance-ids ${instance}`)] : []),
      ...(mayExist(this.group) ? [aws(`delete-security-group --group-id ${group}`)] : []),
    ];
  }

  /** Searches instances of this run, if EC2 may have launched one without an answer. */
  private async search(): Promise<string[]> {
    const filters = [{ Name: "client-token", Values: [this.context.id] }];
    const found = await this.repeat(async () => {
      const instances = await findInstances(this.context.clients.ec2, filters);
      return instances.flatMap(({ InstanceId }) => InstanceId ?? []);
    });
    if (found.length === 0) this.startedAt = undefined;
    return found;
  }

  /** Searches the security group of this run, if EC2 may have created it without an answer. */
  private searchGroups(): Promise<string[]> {
    const filters = [{ Name: "group-name", Values: [this.groupName] }];
    return this.repeat(async () => {
      const groups = await findSecurityGroups(this.context.clients.ec2, filters);
      return groups.flatMap(({ GroupId }) => GroupId ?? []);
    });
  }

  /** Repeats a search that finds nothing, because EC2 may not show what it just created. */
  private async repeat(search: () => Promise<string[]>): Promise<string[]> {
    for (let attempt = 0; attempt < SEARCHES; attempt += 1) {
      if (attempt > 0) await this.context.clock.sleep(pauseBefore(attempt - 1));
      const found = await search();
      if (found.length > 0) return found;
    }
    return [];
  }

  /** Terminates an instance, and waits until EC2 doesn't bill it any more. */
  private async terminate(id: string): Promise<void> {
    const { clock } = this.context;
    await this.requestTermination(id);
    this.waitingFor = `termination of ${id}`;
    const end = clock.now() + TERMINATION_MINUTES * 60_000;
    for (let attempt = 0; clock.now() < end; attempt += 1) {
      const state = (await this.find(id))?.State?.Name;
      if (state === undefined || state === "terminated") break;
      await clock.sleep(pauseBefore(attempt));
    }
    this.endedAt = clock.now();
  }

  private async requestTermination(id: string): Promise<void> {
    const { clients, clock } = this.context;
    for (let attempt = 0; ; attempt += 1)
      try {
        await clients.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
        return;
      } catch (error) {
        if ((error as Error).name !== NOT_FOUND || attempt === SEARCHES) throw error;
        await clock.sleep(pauseBefore(attempt));
      }
  }
}

/** Returns an IPv6 address of an instance, if it has any. IPv4 addresses are private. */
function publicAddressOf(instance: Instance | undefined): string | undefined {
  return instance?.NetworkInterfaces?.flatMap(({ Ipv6Addresses = [] }) => Ipv6Addresses)[0]
    ?.Ipv6Address;
}

function mayExist({ id, isUnclear }: Creation): boolean {
  return id !== undefined || isUnclear;
}

/** Returns the ID of something that was created, or the IDs that a search finds if it is unclear. */
async function idsOf(
  { id, isUnclear }: Creation,
  search: () => Promise<string[]>,
): Promise<string[]> {
  if (id !== undefined) return [id];
  return isUnclear ? search() : [];
}

/** The error of EC2 for an instance that it doesn't show, such as one that it just launched. */
const NOT_FOUND = "InvalidInstanceID.NotFound";

function notFound<T>(instead: T): (error: Error) => T {
  return (error) => {
    if (error.name === NOT_FOUND) return instead;
    throw error;
  };
}

/** Times that the deletion of a security group is tried, because EC2 releases it with delay. */
const DELETIONS = 10;

/**
 * Deletes a security group as soon as nothing uses it any more. EC2 may not show a new one yet, so one
 * that doesn't exist is tried a few times.
 */
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
      const isUnknown = name === "InvalidGroup.NotFound";
      if (isUnknown && attempt > SEARCHES) return;
      if (!(isUnknown || name === "DependencyViolation") || attempt === DELETIONS) throw error;
      await clock.sleep(pauseBefore(attempt - 1));
    }
}
