/** Emulates instances of Amazon EC2, their volumes and network interfaces, and security groups. */
import type {
  DescribeInstanceImageMetadataResult,
  InstanceImageMetadata,
} from "@aws-sdk/client-ec2";
import {
  assertKnownParameters,
  elementsOf,
  listIn,
  matchesFilters,
  tagsIn,
} from "../protocol/ec2-query";
import type { Caller, Handlers } from "../protocol/emulator";
import { Fault, type Input, page } from "../protocol/rest-json";
import { type Ami, stateOf, toWatermark } from "./ami";

/** The only volume of an AMI. */
export const ROOT_DEVICE = "/dev/xvda";

/** Instances in a page of DescribeInstanceImageMetadata. */
const MAX_PAGE = 1_000;

/** Number of times that the status of an instance is read until its checks pass. */
const STATUS_READS = 1;

interface Instance {
  readonly id: string;
  readonly owner: string;
  readonly region: string;
  /** Its AMI, which may be deregistered. */
  readonly ami: Ami;
  readonly launchedAt: Date;
  readonly token: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly group: string | undefined;
  state: "pending" | "running" | "shutting-down" | "terminated";
  /** Number of times that its status was read. */
  reads: number;
  /** Number of calls that still don't find it. */
  unseen: number;
}

/** A volume or network interface of an instance. */
interface Attachment {
  readonly instance: string;
  readonly isDeletedWithInstance: boolean;
}

interface SecurityGroup {
  readonly id: string;
  readonly owner: string;
  readonly region: string;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** As in the AWS SDK. */
function toMetadata({ id, owner, ami, launchedAt, state }: Instance): InstanceImageMetadata {
  return {
    InstanceId: id,
    OwnerId: owner,
    LaunchTime: launchedAt,
    State: { Name: state },
    ImageMetadata: {
      ImageId: ami.id,
      Name: ami.name,
      OwnerId: ami.owner,
      State: stateOf(ami),
      CreationDate: ami.createdAt.toISOString(),
      ImageWatermarks: ami.watermarks.map(toWatermark),
    },
  };
}

/** Whether a request asks EC2 to delete the volume of an AMI, which keeps it, with the instance. */
function deletesVolume(input: Input): boolean {
  const [prefix] =
    Object.entries(input)
      .find(([key, value]) => /^BlockDevice.*\.DeviceName$/.test(key) && value === ROOT_DEVICE)?.[0]
      .split(/(?<=^BlockDeviceMapping\.\d+)/) ?? [];
  return input[`${prefix}.Ebs.DeleteOnTermination`] === "true";
}

function toTagSet(tags: Readonly<Record<string, string>>): object[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

function notFound(id: unknown): Fault {
  return new Fault("InvalidInstanceID.NotFound", `The instance ID '${id}' does not exist`);
}

export class Instances {
  private readonly instances = new Map<string, Instance>();
  private readonly attachments = new Map<string, Attachment>();
  private readonly groups = new Map<string, SecurityGroup>();
  /** Number in the last ID. */
  private lastId = 0;
  /**
   * Number of calls that don't find a new instance, because answers of EC2 can be older than a
   * launch.
   */
  unseenCalls = 0;

  /**
   * @param findAmi returns an AMI that the caller can launch. Throws a {@link Fault} if there is
   * none
   */
  constructor(private readonly findAmi: (id: string, caller: Caller) => Ami) {}

  /**
   * The IDs of everything that costs money or blocks a deletion: instances that aren't terminated,
   * volumes, network interfaces and security groups.
   */
  get launched(): string[] {
    const alive = [...this.instances.values()].filter(({ state }) => state !== "terminated");
    return [...alive.map(({ id }) => id), ...this.attachments.keys(), ...this.groups.keys()];
  }

  /** Returns the AMI of an instance. Throws a {@link Fault} if there is no such instance. */
  amiOf(instanceId: unknown, caller: Caller): Ami {
    const instance = this.ofCaller(caller).find(({ id }) => id === instanceId);
    if (!instance) throw notFound(instanceId);
    return instance.ami;
  }

  readonly handlers: Handlers = {
    DescribeInstanceImageMetadata: (input, caller) => {
      assertKnownParameters("DescribeInstanceImageMetadata", input);
      return elementsOf("DescribeInstanceImageMetadata", this.describeImages(input, caller));
    },
    RunInstances: (input, caller) => {
      const ami = this.findAmi(String(input["ImageId"]), caller);
      if (input["DryRun"] === "true")
        throw new Fault(
          "DryRunOperation",
          "Request would have succeeded, but DryRun flag is set.",
          412,
        );
      const token = String(input["ClientToken"] ?? "");
      const known = this.ofCaller(caller).find((one) => token !== "" && one.token === token);
      const { id } = known ?? this.launch(input, ami, caller);
      return { instancesSet: [{ instanceId: id, imageId: ami.id }] };
    },
    DescribeInstances: (input, caller) => ({
      reservationSet: this.select(input, caller).map((instance) => {
        const { id, ami, state, tags } = instance;
        if (state === "shutting-down") this.end(instance);
        const found = { instanceId: id, imageId: ami.id, instanceState: { name: state } };
        return { instancesSet: [{ ...found, tagSet: toTagSet(tags) }] };
      }),
    }),
    DescribeInstanceStatus: (input, caller) => ({
      instanceStatusSet: this.select(input, caller)
        .filter(({ state }) => state === "pending" || state === "running")
        .map((instance) => {
          instance.reads += 1;
          instance.state = "running";
          const status = { status: instance.reads > STATUS_READS ? "ok" : "initializing" };
          return { instanceId: instance.id, systemStatus: status, instanceStatus: status };
        }),
    }),
    TerminateInstances: (input, caller) => {
      for (const instance of this.select(input, caller))
        if (instance.state !== "terminated") instance.state = "shutting-down";
      return { instancesSet: [] };
    },
  };

  readonly networkHandlers: Handlers = {
    CreateSecurityGroup: (input, { account, region }) => {
      const name = String(input["GroupName"]);
      const tags = tagsIn(input, "security-group");
      if (this.groupsOf({ account, region }).some((group) => group.name === name))
        throw new Fault("InvalidGroup.Duplicate", `The security group '${name}' already exists`);
      const id = this.nextId("sg");
      this.groups.set(id, { id, owner: account, region, name, tags });
      return { return: true, groupId: id };
    },
    DescribeSecurityGroups: (input, caller) => ({
      securityGroupInfo: this.groupsOf(caller)
        .filter(({ name, tags }) =>
          matchesFilters(input, { "group-name": [name], "tag-key": Object.keys(tags) }),
        )
        .map(({ id, name, tags }) => ({ groupId: id, groupName: name, tagSet: toTagSet(tags) })),
    }),
    DeleteSecurityGroup: ({ GroupId }) => {
      const id = String(GroupId);
      const isUsed = [...this.instances.values()].some(
        ({ group, state }) => group === id && state !== "terminated",
      );
      if (isUsed) throw new Fault("DependencyViolation", `resource ${id} has a dependent object`);
      if (!this.groups.delete(id))
        throw new Fault("InvalidGroup.NotFound", `The security group '${id}' does not exist`);
      return { return: true };
    },
    // Every account has this subnet.
    DescribeSubnets: (input) => ({
      subnetSet: listIn(input, "SubnetId").map((subnetId) => ({ subnetId, vpcId: "vpc-1" })),
    }),
  };

  private launch(input: Input, ami: Ami, { account, region }: Caller): Instance {
    const group = input["NetworkInterface.1.SecurityGroupId.1"];
    const instance: Instance = {
      id: this.nextId("i"),
      owner: account,
      region,
      ami,
      launchedAt: new Date(),
      token: String(input["ClientToken"] ?? ""),
      tags: tagsIn(input, "instance"),
      group: group === undefined ? undefined : String(group),
      state: "pending",
      reads: 0,
      unseen: this.unseenCalls,
    };
    this.instances.set(instance.id, instance);
    this.attachments.set(instance.id.replace("i-", "vol-"), {
      instance: instance.id,
      isDeletedWithInstance: deletesVolume(input),
    });
    this.attachments.set(instance.id.replace("i-", "eni-"), {
      instance: instance.id,
      isDeletedWithInstance: input["NetworkInterface.1.DeleteOnTermination"] !== "false",
    });
    return instance;
  }

  /** Ends an instance, with everything that isn't kept. */
  private end(instance: Instance): void {
    instance.state = "terminated";
    for (const [id, attachment] of this.attachments)
      if (attachment.instance === instance.id && attachment.isDeletedWithInstance)
        this.attachments.delete(id);
  }

  private nextId(prefix: string): string {
    this.lastId += 1;
    return `${prefix}-${this.lastId.toString(16).padStart(17, "0")}`;
  }

  /** As in the AWS SDK. EC2 describes the AMI even if the account can't see it any more. */
  private describeImages(input: Input, caller: Caller): DescribeInstanceImageMetadataResult {
    const ids = listIn(input, "InstanceId");
    for (const id of ids) this.amiOf(id, caller);
    const found = this.ofCaller(caller)
      .filter(({ id }) => ids.length === 0 || ids.includes(id))
      .filter(({ id, state }) =>
        matchesFilters(input, { "instance-id": [id], "instance-state-name": [state] }),
      );
    const { NextToken: nextToken, MaxResults: maxResults } = input;
    const { items, ...next } = page(found, { nextToken, maxResults }, MAX_PAGE);
    return { InstanceImageMetadata: items.map(toMetadata), NextToken: next.nextToken };
  }

  private ofCaller({ account, region }: Caller): Instance[] {
    return [...this.instances.values()].filter(
      (one) => one.owner === account && one.region === region,
    );
  }

  private groupsOf({ account, region }: Caller): SecurityGroup[] {
    return [...this.groups.values()].filter(
      (group) => group.owner === account && group.region === region,
    );
  }

  /**
   * The instances of a caller that a request names by ID or filters. Throws a {@link Fault} if an
   * ID isn't found.
   */
  private select(input: Input, caller: Caller): Instance[] {
    const ids = listIn(input, "InstanceId");
    const named = this.ofCaller(caller)
      .filter(({ id }) => ids.length === 0 || ids.includes(id))
      .filter(({ token, tags, state }) =>
        matchesFilters(input, {
          "client-token": [token],
          "tag-key": Object.keys(tags),
          "instance-state-name": [state],
        }),
      );
    const found = named.filter((instance) => {
      instance.unseen -= 1;
      return instance.unseen < 0;
    });
    for (const id of ids) if (!found.some((one) => one.id === id)) throw notFound(id);
    return found;
  }
}
